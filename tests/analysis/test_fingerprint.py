"""Fingerprints of tables: what changes them, what does not, and that nothing is refused."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshells.analysis.fingerprint import Fingerprint, fingerprint
from redshells.testing.new_process import call_in_new_process

DAYS = [datetime.datetime(2024, 1, day) for day in (1, 2, 3)]


class Thing:
    """Its repr holds its address in memory."""


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError('no text')


def columns() -> dict[str, Any]:
    """Three values of each kind that a column may hold."""
    return {
        'float': [1.5, None, -3.0],
        'integer': [1, -2, 3],
        'boolean': [True, False, True],
        'text': ['a', None, 'é'],
        'empty text': ['', 'a', ''],
        'dates': [day.date() for day in DAYS],
        'times': [DAYS[0], None, DAYS[2]],
        'zoned times': pd.Series(DAYS).dt.tz_localize('Asia/Tokyo'),
        'durations': pd.to_timedelta([1, None, 3], unit='h'),
        'category': pd.Categorical(['b', None, 'a']),
        'ordered': pd.Categorical(['b', None, 'a'], categories=['b', 'a'], ordered=True),
        'vector': [[1.0, 2.0], [], None],
        'array': [np.array([1.0, np.nan]), None, np.array([3.0, 4.0])],
        'tokens': [['a', 'b'], ['c'], []],
        'struct': [{'x': 1, 'y': 'a'}, None, {'x': 2, 'y': None}],
        'nullable integer': pd.array([1, None, 3], dtype='Int64'),
        'nullable boolean': pd.array([True, None, False], dtype='boolean'),
        'decimal': [Decimal('1.5'), None, Decimal('2.25')],
        'bytes': [b'a', None, b'\x00\xff'],
        'nothing': [None, None, None],
        'period': pd.period_range('2024-01', periods=3, freq='M'),
        'interval': pd.arrays.IntervalArray.from_breaks([0, 1, 2, 3]),
        'sparse': pd.arrays.SparseArray([0.0, 0.0, 1.0]),
        'large': np.array([2**64 - 1, 0, 1], dtype=np.uint64),
    }


def odd_columns() -> dict[str, Any]:
    """Values of no common type."""
    return {
        'mixed': [1, 'a', None],
        'huge': [2**70, 1, 2],
        'complex': [1 + 2j, 0j, 1j],
        'matrix': [np.eye(2), np.ones((2, 2)), None],
        'set': [{'a', 'b', 'c'}, frozenset(), None],
        'thing': [Thing(), Thing(), Thing()],
        'unprintable': [Unprintable(), 1, 2],
        'class': [int, 'a', len],
    }


def digest(values: Any, name: str = 'x') -> str:
    found = fingerprint(pd.DataFrame({name: values})).digest
    assert found is not None
    return found


def all_digests() -> dict[str, Any]:
    return {name: digest(values) for name, values in {**columns(), **odd_columns()}.items()}


# what it is


def test_digest_shape_and_schema_of_a_table() -> None:
    found = fingerprint(pd.DataFrame({'a': [1.0, 2.0], 'b': ['x', None], 3: [1, 2]}))
    assert found == Fingerprint(
        'DataFrame', found.digest, (2, 3), {'a': 'float64', 'b': 'str', '3': 'int64'}, by_text=()
    )
    assert json.loads(json.dumps(found.to_json())) == {
        'digest': found.digest,
        'shape': [2, 3],
        'schema': {'a': 'float64', 'b': 'str', '3': 'int64'},
    }
    # it stands in saved models: a change would make all of them look stale
    assert found.digest == '1678942f5f5f2ff5a801e5e83393c0e400ab831b22d75287cf21b6f1db4d8fc6'


def test_all_kinds_of_columns_differ() -> None:
    digests = all_digests()
    assert len(set(digests.values())) == len(digests)
    assert not fingerprint(pd.DataFrame({name: values for name, values in columns().items()})).by_text


def test_a_new_process_finds_the_same() -> None:
    assert call_in_new_process(all_digests) == all_digests()


# what changes it


@pytest.mark.parametrize('name', [*columns(), *odd_columns()])
def test_a_changed_order_or_value_is_seen(name: str) -> None:
    frame = pd.DataFrame({'x': pd.Series({**columns(), **odd_columns()}[name])})
    seen = {fingerprint(frame).digest, fingerprint(frame[:2]).digest, fingerprint(frame[:0]).digest}
    assert len(seen) == 3
    if name not in ('nothing', 'thing'):
        seen |= {fingerprint(frame[::-1]).digest, fingerprint(frame.iloc[[0, 0, 0]]).digest}
        assert len(seen) == (4 if name in ('boolean', 'empty text') else 5)


CHANGES: dict[str, Callable[[pd.DataFrame], Any]] = {
    'a name': lambda frame: frame.rename(columns={'a': 'A'}),
    'the order of the columns': lambda frame: frame[['b', 'a', 'c']],
    'the order of the rows': lambda frame: frame[::-1],
    'a column less': lambda frame: frame[['a', 'b']],
    'one value': lambda frame: frame.assign(a=[1.0, np.nextafter(2.0, 3.0), np.nan]),
    'floats for integers': lambda frame: frame.assign(b=frame['b'].astype(float)),
    'texts for integers': lambda frame: frame.assign(b=frame['b'].astype(str)),
    'another missing value': lambda frame: frame.assign(a=[1.0, np.nan, np.nan]),
    'swapped names': lambda frame: frame.set_axis(['b', 'a', 'c'], axis=1),
    'values that move to the next text': lambda frame: frame.assign(c=['x', 'yz', '']),
}


@pytest.mark.parametrize('change', CHANGES)
def test_what_changes_it(change: str) -> None:
    frame = pd.DataFrame({'a': [1.0, 2.0, None], 'b': [1, 2, 3], 'c': ['xy', 'z', '']})
    assert fingerprint(CHANGES[change](frame)).digest != fingerprint(frame).digest


def test_the_order_of_categories_counts_where_they_are_ordered() -> None:
    values = ['a', 'b', 'a']
    up, down = (pd.Categorical(values, categories, ordered=True) for categories in (['a', 'b'], ['b', 'a']))
    assert digest(up) != digest(down)
    assert digest(pd.Categorical(values, ['a', 'b'])) == digest(pd.Categorical(values, ['c', 'b', 'a']))


# what does not change it


def test_the_index_and_the_memory_do_not_count() -> None:
    frame = pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=['a', 'b', 'c'])
    expected = fingerprint(frame).digest
    assert fingerprint(frame.set_index(pd.Index(list('wxyz')))).digest == expected
    assert fingerprint(pd.DataFrame({name: frame[name].copy() for name in frame})).digest == expected
    assert fingerprint(pd.concat([frame, frame])[:4]).digest == expected
    assert fingerprint(frame.astype('float32')).digest == expected
    assert fingerprint(frame.astype('Float64')).digest == expected
    assert fingerprint(frame.astype('>f8')).digest == expected
    assert fingerprint(frame.astype('int64')).digest == fingerprint(frame.astype('uint8')).digest != expected


def test_one_missing_value_is_like_another() -> None:
    odd_nan = np.array([0x7FF8000000000001, 0xFFF8000000000000], dtype=np.uint64).view(np.float64)
    assert digest(odd_nan) == digest([np.nan, np.nan])
    assert digest(pd.Series(['a', None], dtype=object)) == digest(pd.Series(['a', np.nan])) == digest(['a', pd.NA])
    assert digest([0.0, 1.0]) == digest([-0.0, 1.0])


@pytest.mark.parametrize('name', [name for name in columns() if name not in ('period', 'interval', 'sparse')])
def test_polars_and_pandas_have_one_digest(name: str) -> None:
    frame = pd.DataFrame({'x': pd.Series(columns()[name])})
    if name in ('decimal', 'ordered'):
        pytest.skip('polars has a type of its own')
    table = pl.from_arrow(pa.table({'x': pa.array(frame['x'], from_pandas=True)}))
    assert isinstance(table, pl.DataFrame)
    assert fingerprint(table).digest == fingerprint(frame).digest
    assert fingerprint(table.lazy()).digest == fingerprint(frame).digest
    twice, table_twice = pd.concat([frame, frame]), pl.concat([table, table])
    assert fingerprint(table_twice).digest == fingerprint(twice).digest
    assert fingerprint(table_twice[1:4]).digest == fingerprint(twice[1:4]).digest


def test_vectors_of_polars_are_lists() -> None:
    vectors = [[1.0, 2.0], [3.0, 4.0]]
    table = pl.DataFrame({'x': pl.Series(vectors, dtype=pl.Array(pl.Float64, 2))})
    assert fingerprint(table).digest == digest(vectors) == digest([np.array(vector) for vector in vectors])


@given(st.lists(st.none() | st.text(st.characters(codec='utf-8')), max_size=6), st.integers(0, 6))
def test_texts_count_wherever_they_lie(values: list[str | None], start: int) -> None:
    frame = pd.DataFrame({'x': pd.Series([*values, 'a'], dtype='str')})
    part = frame[start:]
    copy = pd.DataFrame({'x': pd.Series(list(part['x']), dtype='str')})
    assert fingerprint(part).digest == fingerprint(copy).digest


# nothing is refused


def test_values_of_no_common_type_count_by_their_texts() -> None:
    found = fingerprint(pd.DataFrame({'number': [1, 2, 3], **odd_columns()}))
    assert found.by_text == tuple(odd_columns())
    assert found.to_json()['by_text'] == list(odd_columns())


def test_odd_tables() -> None:
    tables = [
        pd.DataFrame(),
        pd.DataFrame({'a': []}),
        pd.DataFrame([[1, 2], [3, 4]], columns=['a', 'a']),
        pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([('a', 'b'), ('c', 'd')])),
        pd.DataFrame([['\ud800', 'a']], dtype=object).set_axis(pd.Index(['\ud800', 'a'], dtype=object), axis=1),
        pl.DataFrame(),
        pl.DataFrame({'a': pl.Series([Thing(), None], dtype=pl.Object)}),
        pl.DataFrame({'a': pl.Series([1, None], dtype=pl.Int128)}),
    ]
    assert len({fingerprint(table).digest for table in tables} - {None}) == len(tables) - 1
    assert fingerprint(tables[0]).digest == fingerprint(tables[5]).digest


def test_what_is_no_table() -> None:
    tokens = fingerprint([['a', 'b'], ['c']])
    assert tokens.to_json() == {'digest': tokens.digest, 'shape': [2], 'type': 'list'}
    assert tokens.digest not in (fingerprint([['a'], ['b', 'c']]).digest, None)
    matrix = np.arange(6.0).reshape(2, 3)
    assert fingerprint(matrix).shape == (2, 3)
    assert fingerprint(matrix).digest != fingerprint(matrix.reshape(3, 2)).digest
    assert fingerprint(matrix).digest == fingerprint(np.asfortranarray(matrix)).digest
    assert fingerprint(pd.Series([1, 2])).digest != fingerprint(pd.Series([2, 1])).digest
    for other in (Thing(), None, 'text', {'a': 1}, [{'a'}, {'b'}], [1, 'a'], [Thing()]):
        assert fingerprint(other).to_json() == {'type': type(other).__name__}
