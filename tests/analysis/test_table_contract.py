"""Contracts of tables: each breach by its name, with its count and examples; malformed contracts by their key."""

from __future__ import annotations

import copy
import datetime
import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redshells.analysis.contract import TableContract, read_columns
from redshells.analysis.table_contract import find_breaches
from redshells.errors import ContractBreach, ContractError, ParameterError
from redshells.model.frame import read_table

DATES = pd.Series([datetime.date(2024, 1, day) for day in (1, 2, 3)] + [None], dtype=object)
DAYS = pd.to_datetime(['2024-01-01', '2024-01-02', '2024-01-03'])


def breaches(frame: Any, columns: Any = None, **table: Any) -> list[tuple[Any, ...]]:
    found = find_breaches(read_table(frame), TableContract(columns=read_columns(columns or {}), **table))
    return [(one.name, one.column, one.count, one.examples) for one in found]


def one_column(column: Any, **contract: Any) -> list[tuple[Any, ...]]:
    return breaches(pd.DataFrame({'x': column}), {'x': contract})


@pytest.mark.parametrize(
    ('contract', 'values', 'expected'),
    [
        ({'minimum': 0}, [1, -1, -2, -1], ('out_of_range', 'x', 3, (-1, -2))),
        ({'maximum': 1.5}, [1.0, np.inf, np.nan], ('out_of_range', 'x', 1, (np.inf,))),
        ({'minimum': 0, 'maximum': 9}, range(-3, 13), ('out_of_range', 'x', 6, (-3, -2, -1, 10, 11))),
        ({'minimum': '2024-01-02'}, DATES, ('out_of_range', 'x', 1, (DATES[0],))),
        ({'maximum': '2024-01-02T10:00+09:00'}, DATES, ('out_of_range', 'x', 1, (DATES[2],))),
        (
            {'minimum': '2024-01-02'},
            DAYS.tz_localize('Asia/Tokyo').astype(object),
            ('out_of_range', 'x', 1, (DAYS[0].tz_localize('Asia/Tokyo'),)),
        ),
        ({'minimum': '2024-01-02'}, DAYS, ('out_of_range', 'x', 1, (DAYS[0],))),
        (
            {'maximum': '2024-01-02T00:00+00:00'},
            DAYS.tz_localize('Asia/Tokyo'),
            ('out_of_range', 'x', 1, (DAYS[2].tz_localize('Asia/Tokyo'),)),
        ),
        ({'values': ['a', 'b']}, ['a', 'c', None, 'c', 'd'], ('value_not_allowed', 'x', 3, ('c', 'd'))),
        ({'values': [1, 2]}, [1, 2, 3], ('value_not_allowed', 'x', 1, (3,))),
        (
            {'values': ['a']},
            pd.Categorical(['a', 'b'], categories=['a', 'b', 'c']),
            ('value_not_allowed', 'x', 1, ('b',)),
        ),
        ({'pattern': '[a-z]+(?!9)'}, ['ab', 'a1', None], ('pattern_not_matched', 'x', 1, ('a1',))),
        ({'unique': True}, [1, 2, 1, 1, None, None], ('not_unique', 'x', 2, (1.0,))),
        ({'nullable': False}, ['a', None, None], ('too_many_missing', 'x', 2, ())),
        ({'maximum_missing': 0.3}, [1, None, None], ('too_many_missing', 'x', 2, ())),
        ({'type': 'integer'}, [0.5, 1.0], ('wrong_type', 'x', 2, (0.5, 1.0))),
        ({'type': 'integer'}, [1.0, np.inf], ('wrong_type', 'x', 2, (1.0, np.inf))),
        ({'type': 'float'}, [1, 2], ('wrong_type', 'x', 2, (1, 2))),
        ({'type': 'number'}, ['1', '2'], ('wrong_type', 'x', 2, ('1', '2'))),
        ({'type': 'number'}, [True, False], ('wrong_type', 'x', 2, (True, False))),
        ({'type': 'boolean'}, [1, 0], ('wrong_type', 'x', 2, (1, 0))),
        ({'type': 'string'}, pd.Categorical(['a']), ('wrong_type', 'x', 1, ('a',))),
        ({'type': 'string'}, pd.Series(['a', 1], dtype=object), ('wrong_type', 'x', 2, ('a', 1))),
        ({'type': 'datetime'}, ['2024-01-01'], ('wrong_type', 'x', 1, ('2024-01-01',))),
        ({'type': 'category'}, ['a'], ('wrong_type', 'x', 1, ('a',))),
        ({'type': 'int32'}, [1], ('wrong_type', 'x', 1, (1,))),
        ({'minimum': 0}, ['a'], ('wrong_type', 'x', 1, ('a',))),
        ({'minimum': '2024-01-01'}, [1], ('wrong_type', 'x', 1, (1,))),
        ({'pattern': 'a'}, [1], ('wrong_type', 'x', 1, (1,))),
        ({'unique': True}, [[1], [1]], ('wrong_type', 'x', 2, ([1],))),
    ],
)
def test_a_column_that_breaks_its_contract(contract: Any, values: Any, expected: Any) -> None:
    assert one_column(values, **contract) == [expected]


@pytest.mark.parametrize(
    ('contract', 'values'),
    [
        ({}, [1, 'a', None]),
        ({'type': 'integer'}, [1, 2]),
        ({'type': 'integer'}, [1, None]),
        ({'type': 'integer'}, pd.array([1, None], dtype='Int64')),
        ({'type': 'integer'}, np.array([1], dtype='uint8')),
        ({'type': 'integer'}, [4.0, 5.0]),
        ({'type': 'integer'}, pd.array([4.0, 5.0], dtype='Float64')),
        ({'type': 'float'}, [1.0, 2.0]),
        ({'type': 'float'}, [1.0, None]),
        ({'type': 'number'}, [1, 2]),
        ({'type': 'boolean'}, pd.array([True, None], dtype='boolean')),
        ({'type': 'boolean'}, [True, None]),
        ({'type': 'string'}, ['a', None]),
        ({'type': 'string'}, pd.Series(['a', None], dtype=object)),
        ({'type': 'datetime', 'minimum': '2024-01-01', 'maximum': '2024-01-03'}, DAYS),
        ({'type': 'datetime'}, DAYS.tz_localize('UTC')),
        ({'type': 'datetime', 'minimum': '2024-01-01', 'maximum': '2024-01-03'}, DATES),
        ({'type': 'datetime', 'unique': True}, DATES),
        ({'minimum': '2024-01-01'}, DATES.astype('date32[pyarrow]')),
        ({'type': 'timedelta'}, DAYS - DAYS[0]),
        ({'type': 'category', 'values': ['a']}, pd.Categorical(['a', None])),
        ({'type': 'int64', 'minimum': 1}, [1]),
        ({'type': 'datetime64[us, UTC]'}, DAYS.tz_localize('UTC').as_unit('us')),
        ({'type': 'string', 'values': ['a']}, [None, None]),
        ({'type': 'integer', 'minimum': 0}, [np.nan, np.nan]),
        ({'maximum_missing': 0.29}, [None] * 29 + [1] * 71),
        ({'nullable': False, 'unique': True, 'minimum': 0, 'maximum': 2}, [0, 1, 2]),
        ({'pattern': '.{1,2}'}, ['a', 'bc', None]),
    ],
)
def test_a_column_that_keeps_its_contract(contract: Any, values: Any) -> None:
    assert one_column(values, **contract) == []


def test_a_polars_table() -> None:
    frame = polars.DataFrame({'n': [1, None], 'b': [True, None], 's': ['a', None], 'd': [DAYS[0], None]})
    kinds = {'n': 'integer', 'b': 'boolean', 's': 'string', 'd': 'datetime'}
    assert breaches(frame, {name: {'type': kind} for name, kind in kinds.items()}) == []


FRAME = pd.DataFrame({'user': ['a', 'a', 'b'], 'day': [1, 1, 1], 'score': [0.1, 0.2, 0.3]}, index=[5, 5, 5])


def test_values_that_can_not_be_compared_with_a_bound() -> None:
    zones = pd.Series([DAYS[0], DAYS[1].tz_localize('UTC'), None], dtype=object)
    (breach,) = find_breaches(
        pd.DataFrame({'x': zones}), TableContract(columns=read_columns({'x': {'minimum': '2024-01-01'}}))
    )
    assert (breach.name, breach.column, breach.count) == ('wrong_type', 'x', 3)
    assert "it can not be told which values of 'x' are not at least 2024-01-01: TypeError" in str(breach)


def test_breaches_of_the_table() -> None:
    assert breaches(FRAME, minimum_rows=4) == [('too_few_rows', None, 3, ())]
    assert breaches(FRAME, maximum_rows=2) == [('too_many_rows', None, 3, ())]
    assert breaches(FRAME[:0]) == [('too_few_rows', None, 0, ())]
    assert breaches(FRAME[:0], {'user': {'type': 'string', 'nullable': False}}, minimum_rows=0) == []
    assert breaches(FRAME, {'absent': {}, 'other': {'required': False}}) == [('missing_column', 'absent', 1, ())]
    named = {name: {} for name in ('score', 'user')}
    assert breaches(FRAME, named, allow_other_columns=False) == [('unexpected_column', 'day', 1, ())]
    assert breaches(FRAME, named, allow_other_columns=False, key_column_names=['day', 'score']) == []


def test_keys() -> None:
    assert breaches(FRAME, key_column_names=['user', 'day']) == [('not_unique', None, 1, (('a', 1),))]
    assert breaches(FRAME, key_column_names=['day']) == [('not_unique', 'day', 2, ((1,),))]
    assert breaches(FRAME, key_column_names=['user', 'score']) == []
    assert breaches(FRAME, key_column_names=['user', 'absent']) == [('missing_column', 'absent', 1, ())]
    missing = FRAME.assign(user=['a', None, None])
    assert breaches(missing, key_column_names=['user', 'day']) == [('too_many_missing', 'user', 2, ())]
    lists = FRAME.assign(user=[[1], [1], [2]])
    assert [one[:3] for one in breaches(lists, key_column_names=['user', 'day'])] == [('wrong_type', 'user', 3)]


def test_all_breaches_are_found_and_the_table_is_left_unchanged() -> None:
    before = copy.deepcopy(FRAME)
    columns = {
        'user': {'values': ['b'], 'unique': True},
        'score': {'maximum': 0.15},
        'day': {'type': 'string'},
        'z': {},
    }
    found = breaches(FRAME, {**columns, 'z': {}}, minimum_rows=9, key_column_names=['day'], allow_other_columns=False)
    assert [one[:2] for one in found] == [
        ('too_few_rows', None),
        ('missing_column', 'z'),
        ('wrong_type', 'day'),
        ('value_not_allowed', 'user'),
        ('not_unique', 'user'),
        ('out_of_range', 'score'),
        ('not_unique', 'day'),
    ]
    pd.testing.assert_frame_equal(FRAME, before)


def test_the_environment_does_not_switch_the_checks_off() -> None:
    from pandera.config import config_context

    with config_context(validation_enabled=False):
        assert [one[0] for one in one_column([-1], minimum=0)] == ['out_of_range']


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.integers(-5, 5), min_size=1, max_size=12), st.integers(-5, 5), st.integers(0, 5))
def test_counts_are_those_of_a_plain_loop(values: list[int | None], least: int, width: int) -> None:
    present = [value for value in values if value is not None]
    found = {
        name: count
        for name, _, count, _ in one_column(
            pd.array(values, dtype='Int64'),
            **{'minimum': least, 'maximum': least + width, 'values': [0, 1], 'unique': True, 'nullable': False},
        )
    }
    expected = {
        'out_of_range': sum(not least <= value <= least + width for value in present),
        'value_not_allowed': sum(value not in (0, 1) for value in present),
        'not_unique': len(present) - len(set(present)),
        'too_many_missing': len(values) - len(present),
    }
    assert found == {name: count for name, count in expected.items() if count}


@pytest.mark.parametrize(
    ('contract', 'message'),
    [
        ('integer', r"columns\['x'\] is 'integer'; a dict such as"),
        (
            {'minimun': 0},
            r"columns\['x'\] has the unknown key 'minimun'. Did you mean 'minimum'\? The keys are \['type'",
        ),
        ({'type': 'integr'}, r"columns\['x'\]\['type'\] is 'integr'; one of \['integer'"),
        ({'type': 3}, r"\['type'\] is 3"),
        ({'nullable': 'no'}, r"\['nullable'\] is 'no'; true or false"),
        ({'required': 1}, r"\['required'\] is 1; true or false"),
        ({'unique': 1}, r"\['unique'\] is 1; true or false"),
        ({'maximum_missing': 1.5}, r"\['maximum_missing'\] is 1.5; a share from 0 to 1"),
        ({'minimum': 'soon'}, r"\['minimum'\] is 'soon'; a number, or a date"),
        ({'maximum': True}, r"\['maximum'\] is True; a number"),
        ({'maximum': float('nan')}, r"\['maximum'\] is nan; a number"),
        ({'minimum': 2, 'maximum': 1}, 'has the minimum 2 and the maximum 1; two numbers'),
        ({'minimum': '2024-02-01', 'maximum': '2024-01-01T00:00+09:00'}, 'two numbers or two dates'),
        ({'minimum': 1, 'maximum': '2024-01-01'}, 'two numbers or two dates'),
        ({'values': []}, r"\['values'\] is \[\]; a list of strings"),
        ({'values': 'a'}, r"\['values'\] is 'a'; a list of strings"),
        ({'values': ['a', None]}, 'nullable says whether values may be missing'),
        ({'pattern': '('}, r"\['pattern'\] is '\('; a regular expression"),
        ({'pattern': 3}, r"\['pattern'\] is 3; a regular expression"),
        ({'nullable': False, 'maximum_missing': 0.1}, 'contradict each other'),
        ({'type': 'string', 'minimum': 0}, "has the type 'string' and 'minimum': 0, which is for columns"),
        ({'type': 'integer', 'maximum': '2024-01-01'}, "the type 'integer' and 'maximum'"),
        ({'type': 'float32', 'pattern': 'a'}, "the type 'float32' and 'pattern'"),
    ],
)
def test_a_malformed_contract_is_refused(contract: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        read_columns({'x': contract})


def test_rows_that_contradict_each_other() -> None:
    with pytest.raises(ParameterError, match='minimum_rows=3 and maximum_rows=2'):
        TableContract(minimum_rows=3, maximum_rows=2)


def test_the_error_survives_another_process() -> None:
    breach = ContractBreach('out_of_range', 'x', 1, (-1,), "1 values of 'x' are not at least 0")
    error = ContractError('the table is wrong', [breach])
    error.who = 'CheckDataFrame'
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.breaches) == (ContractError, str(error), (breach,))
    assert isinstance(again, ValueError)
    assert str(breach) == "out_of_range: 1 values of 'x' are not at least 0, such as -1"
