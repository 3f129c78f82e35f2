"""Ids and the rows that they have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshells.errors import (
    ColumnTypeError,
    DataError,
    EmptyTableError,
    MissingColumnError,
    MissingValueError,
    RedshellsError,
)
from redshells.model.id_index import IdIndex, checked_ids, read_ids

_INTEGERS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20)
_STRINGS = st.lists(st.text(st.characters(codec='utf-8'), max_size=5), max_size=20)


@given(ids=st.one_of(_INTEGERS, _STRINGS), asked=st.one_of(_INTEGERS, _STRINGS))
def test_positions_are_those_of_the_sorted_distinct_ids(ids: list[Any], asked: list[Any]) -> None:
    index = IdIndex.of(ids)
    distinct = sorted(set(ids))
    assert index.ids.tolist() == distinct
    assert len(index) == len(distinct)
    assert index.positions(ids).tolist() == [distinct.index(one) for one in ids]
    if ids and asked and type(ids[0]) is not type(asked[0]):
        with pytest.raises(ColumnTypeError, match='in training they were'):
            index.positions(asked)
    else:
        expected = [distinct.index(one) if one in distinct else -1 for one in asked]
        assert index.positions(asked).tolist() == expected


@given(ids=st.one_of(_INTEGERS, _STRINGS))
def test_an_archive_gives_them_back(ids: list[Any]) -> None:
    index = IdIndex.of(ids)
    other = IdIndex.from_parts(index.to_parts('users'), 'users')
    assert other.ids.tolist() == index.ids.tolist()
    assert other.ids.dtype == index.ids.dtype
    assert other.positions(ids).tolist() == index.positions(ids).tolist()


@pytest.mark.parametrize(
    'ids',
    [
        [3, 1, 2],
        (3, 1, 2),
        np.array([3, 1, 2], dtype=np.uint8),
        pd.Series([3, 1, 2], dtype='Int64', index=[7, 7, 7]),
        pd.Series([3, 1, 2], dtype='category'),
        pd.Series([3, 1, 2], dtype=object),
        pd.Index([3, 1, 2]),
        pl.Series([3, 1, 2]),
        [np.int32(3), 1, 2],
    ],
)
def test_integers_of_all_kinds(ids: Any) -> None:
    checked = checked_ids(ids, 'ids')
    assert checked.dtype == np.int64
    assert checked.tolist() == [3, 1, 2]


@pytest.mark.parametrize(
    'ids',
    [
        ['b', 'a', 'b'],
        np.array(['b', 'a', 'b']),
        pd.Series(['b', 'a', 'b'], dtype='category'),
        pd.Series(['b', 'a', 'b'], dtype='string'),
        pd.Series(['b', 'a', 'b'], dtype=object),
        pd.Index(['b', 'a', 'b']),
        pl.Series(['b', 'a', 'b']),
    ],
)
def test_strings_of_all_kinds(ids: Any) -> None:
    checked = checked_ids(ids, 'ids')
    assert checked.dtype == object
    assert checked.tolist() == ['b', 'a', 'b']


@pytest.mark.parametrize(
    ('ids', 'error', 'message'),
    [
        ([1, None], MissingValueError, r'the users has 1 missing ids'),
        (['a', np.nan, pd.NA], MissingValueError, r'2 missing ids'),
        (pd.Series(['a', None], dtype='category'), MissingValueError, r'1 missing ids'),
        ([1, 'a'], ColumnTypeError, r'object \(mixed-integer\), such as 1; integers or strings'),
        ([1.0, 2.0], ColumnTypeError, r'float64 \(floating\), such as 1.0;'),
        ([True], ColumnTypeError, r'bool \(boolean\), such as True;'),
        ([b'a'], ColumnTypeError, r'\(bytes\)'),
        ([[1], [2]], ColumnTypeError, r'\(mixed\)'),
        (pd.date_range('2020-01-01', periods=2), ColumnTypeError, r'datetime64'),
        (np.array([2**63], dtype=np.uint64), ColumnTypeError, r'beyond 2\*\*63'),
        ([-(2**63) - 1, 1], ColumnTypeError, r'beyond 2\*\*63'),
        ('abc', DataError, r"the string 'abc' was given for the users; a list of ids is expected"),
        (5, DataError, r'a value of type int was given for the users'),
        (None, DataError, r'a value of type NoneType'),
        ({1: 2}, DataError, r'a value of type dict'),
        ({1, 2}, DataError, r'a value of type set'),
        (np.ones((2, 2), int), DataError, r'a value of type ndarray'),
    ],
)
def test_what_are_no_ids_is_refused(ids: Any, error: type[RedshellsError], message: str) -> None:
    with pytest.raises(error, match=message):
        checked_ids(ids, 'the users')


def test_ids_are_read_of_lists_and_tables() -> None:
    frame = pd.DataFrame({'user': ['b', 'a']}, index=[3, 3])
    for value in (frame, pl.from_pandas(frame), pl.from_pandas(frame).lazy(), ['b', 'a'], frame['user']):
        assert read_ids(value, 'user').tolist() == ['b', 'a']
    with pytest.raises(MissingColumnError, match=r"lacks the columns \['item'\].* Set item_column_name"):
        read_ids(frame, 'item', 'item_column_name')
    for empty in ([], frame.iloc[:0]):
        with pytest.raises(EmptyTableError, match="there are no ids 'user'"):
            read_ids(empty, 'user')
