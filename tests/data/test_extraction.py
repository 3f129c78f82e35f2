"""ExtractColumnAsList, ExtractColumnAsDict and GroupByColumnAsDict: plain Python values, and no key lost."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import polars
import pytest

from redshells.data import ExtractColumnAsDict, ExtractColumnAsList, GroupByColumnAsDict
from redshells.errors import ColumnTypeError, DataError, MissingColumnError, MissingValueError, ParameterError
from tests.tables import Workspace

CLICKS = pd.DataFrame({'user': ['b', 'a', 'b', 'c'], 'item': [3, 1, 3, 2], 'score': [0.5, np.nan, 1.5, 2.5]})


def both(frame: pd.DataFrame) -> list[Any]:
    return [frame, polars.from_pandas(frame)]


@pytest.mark.parametrize('table', both(CLICKS), ids=['pandas', 'polars'])
def test_the_three_on_either_kind(workspace: Workspace, table: Any) -> None:
    items = workspace.build(ExtractColumnAsList, table, column_name='item')
    assert items == [3, 1, 3, 2]
    assert {type(item) for item in items} == {int}
    item_by_user = {'key_column_name': 'user', 'value_column_name': 'item'}
    assert workspace.build(ExtractColumnAsDict, table, **item_by_user) == {'b': 3, 'a': 1, 'c': 2}
    grouped = workspace.build(GroupByColumnAsDict, table, **item_by_user)
    assert grouped == {'b': [3, 3], 'a': [1], 'c': [2]}
    assert list(grouped) == ['b', 'a', 'c']
    assert {type(item) for group in grouped.values() for item in group} == {int}
    by_item = workspace.build(GroupByColumnAsDict, table, key_column_name='item', value_column_name='user')
    assert {type(key) for key in by_item} == {int}


@pytest.mark.parametrize(
    ('values', 'expected'),
    [
        (pd.Series([1, None], dtype='Int64'), [1, None]),
        (pd.Series([True, None], dtype='boolean'), [True, None]),
        (pd.Series(['a', None]), ['a', None]),
        (pd.Series(['a', None], dtype='category'), ['a', None]),
        (pd.Series([np.int64(1), 'a', None], dtype=object), [1, 'a', None]),
        (pd.Series(pd.to_datetime(['2024-01-01', None])), [pd.Timestamp('2024-01-01'), None]),
        (pd.Series([[1], [2]]), [[1], [2]]),
    ],
)
def test_values_are_plain(workspace: Workspace, values: pd.Series[Any], expected: list[Any]) -> None:
    found = workspace.build(ExtractColumnAsList, values.to_frame('x'), column_name='x')
    assert found == expected
    assert [type(value) for value in found] == [type(value) for value in expected]


@pytest.mark.parametrize('dtype', ['float64', 'float32', 'Float64'])
def test_missing_floats_are_nan(workspace: Workspace, dtype: str) -> None:
    one, missing = workspace.build(
        ExtractColumnAsList, pd.DataFrame({'x': pd.Series([0.5, None], dtype=dtype)}), column_name='x'
    )
    assert (one, type(one)) == (0.5, float)
    assert math.isnan(missing)


def test_a_table_without_rows(workspace: Workspace) -> None:
    assert workspace.build(ExtractColumnAsList, CLICKS[:0], column_name='user') == []
    names = {'key_column_name': 'user', 'value_column_name': 'item'}
    assert workspace.build(GroupByColumnAsDict, CLICKS[:0], **names) == {}


def test_a_key_with_several_values_is_named(workspace: Workspace) -> None:
    frame = pd.DataFrame({'user': ['a', 'a', 'b', 'b', 'c'], 'item': [1, 2, 3, 3, 4]})
    error = workspace.failure(ExtractColumnAsDict, frame, key_column_name='user', value_column_name='item')
    assert isinstance(error, DataError)
    assert str(error) == (
        "ExtractColumnAsDict: 1 of 3 keys in 'user' have several values in 'item', such as ['a']; one value for each "
        'key is expected. Make the keys unique, or collect the values with GroupByColumnAsDict.'
    )


def test_a_key_may_repeat_its_value(workspace: Workspace) -> None:
    vector = np.arange(2)
    frame = pd.DataFrame({'user': ['a', 'a'], 'score': [np.nan, np.nan], 'vector': [vector, vector.copy()]})
    for name in ('score', 'vector'):
        found = workspace.build(ExtractColumnAsDict, frame, key_column_name='user', value_column_name=name)
        assert list(found) == ['a']


@pytest.mark.parametrize('task', [ExtractColumnAsDict, GroupByColumnAsDict])
def test_keys_that_are_refused(workspace: Workspace, task: Any) -> None:
    names = {'key_column_name': 'user', 'value_column_name': 'item'}
    error = workspace.failure(task, CLICKS.assign(user=['a', None, 'b', None]), **names)
    assert isinstance(error, MissingValueError)
    assert "the column 'user' has 2 missing values in 4 rows" in str(error)
    error = workspace.failure(task, CLICKS.assign(user=[['a'], ['b'], ['c'], ['d']]), **names)
    assert isinstance(error, ColumnTypeError)
    assert "such as ['a'], which can not be keys" in str(error)
    error = workspace.failure(task, CLICKS.drop(columns='item'), **names)
    assert isinstance(error, MissingColumnError)
    with pytest.raises(ParameterError, match=rf"^{task.__name__}: output_file_path='x.csv' .*'.pkl'"):
        workspace.task(task, CLICKS, output_file_path='x.csv', **names)


def test_what_can_not_be_compared_counts_as_different(workspace: Workspace) -> None:
    frame = pd.DataFrame({'user': ['a', 'a'], 'vectors': [[np.arange(2)], [np.arange(2)]]})
    error = workspace.failure(ExtractColumnAsDict, frame, key_column_name='user', value_column_name='vectors')
    assert isinstance(error, DataError)
