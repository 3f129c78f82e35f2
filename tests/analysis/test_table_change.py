"""Changes from one table to the next: each by its name, and what was measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from redshells.analysis.table_change import ChangeLimits, TableChange, find_changes, measure_table
from redshells.errors import ColumnTypeError

FRAME = pd.DataFrame({'n': [1, 2, 3, 4], 'x': [0.5, 1.5, None, 2.5], 'colour': ['red', 'red', 'blue', 'green']})


def change(previous: pd.DataFrame, current: pd.DataFrame, names: Any = (), **limits: Any) -> TableChange:
    measures = [
        measure_table(frame, with_categories=True, category_column_names=names, other_column_names=['key'])
        for frame in (previous, current)
    ]
    return find_changes(*measures, ChangeLimits(**limits))


def breaches(*frames: pd.DataFrame, **limits: Any) -> list[tuple[Any, ...]]:
    return [(one.name, one.column, one.count, one.examples) for one in change(*frames, **limits).breaches]


@pytest.mark.parametrize(
    ('rows', 'limit', 'is_breach'), [(6, 0.5, False), (7, 0.5, True), (2, 0.5, False), (1, 0.5, True), (5, 0.0, True)]
)
def test_rows(rows: int, limit: float, is_breach: bool) -> None:
    current = pd.concat([FRAME, FRAME])[:rows]
    expected = [('rows_changed', None, abs(rows - 4), ())] if is_breach else []
    assert breaches(FRAME, current, maximum_row_change=limit) == expected
    assert breaches(FRAME, current) == []


def test_columns_and_types() -> None:
    current = FRAME.rename(columns={'x': 'y'}).assign(n=FRAME['n'].astype(str))
    assert breaches(FRAME, current) == [
        ('columns_changed', 'y', 1, ()),
        ('columns_changed', 'x', 1, ()),
        ('type_changed', 'n', 4, ()),
    ]
    assert breaches(FRAME, current, compare_columns=False, compare_types=False) == []


@pytest.mark.parametrize(
    'values',
    [
        np.array([1, 2, 3, 4], 'int32'),
        [1, 2, None, 4],
        [1.0, 2.0, 3.0, 4.0],
        pd.array([1, None, 3, 4], 'Int64'),
        [None] * 4,
    ],
)
def test_an_integer_stays_one(values: Any) -> None:
    assert breaches(FRAME, FRAME.assign(n=values)) == []
    assert breaches(FRAME.assign(n=values), FRAME) == []


def test_missing_values() -> None:
    current = FRAME.assign(x=[0.5, None, None, None], n=[1, 2, 3, None])
    assert breaches(FRAME, current, maximum_missing_change=0.3) == [('missing_changed', 'x', 2, ())]
    assert change(FRAME, current).facts['missing_changes'] == {'n': 0.25, 'x': 0.5, 'colour': 0.0}
    assert breaches(FRAME.assign(x=1.5), FRAME, maximum_missing_change=0.25) == []


def test_categories() -> None:
    current = FRAME.assign(colour=['red', 'black', 'white', None])
    assert breaches(FRAME, current, maximum_new_categories=0.6) == [
        ('categories_changed', 'colour', 2, ('black', 'white'))
    ]
    assert breaches(FRAME, current, maximum_vanished_categories=0.6) == [
        ('categories_changed', 'colour', 2, ('blue', 'green'))
    ]
    assert breaches(FRAME, current, maximum_new_categories=0.67, maximum_vanished_categories=0.67) == []
    facts = change(FRAME, current, maximum_new_categories=1.0).facts
    assert (facts['new_categories'], facts['vanished_categories']) == ({'colour': 2}, {'colour': 2})


def test_which_columns_are_categories() -> None:
    frame = FRAME.assign(key=['a', 'b', 'c', 'd'], flag=True, kind=pd.Categorical([1, 2, 1, 2]))
    current = frame.assign(key='z', flag=False, kind=3, n=7)
    found = breaches(frame, current.astype({'kind': 'category'}), maximum_new_categories=0.0)
    assert [one[1:] for one in found] == [('flag', 1, (False,)), ('kind', 1, (3,))]
    named = breaches(frame, current, names=['n'], maximum_new_categories=0.0, compare_types=False)
    assert named == [('categories_changed', 'n', 1, (7,))]
    with pytest.raises(ColumnTypeError, match='can not be categories'):
        change(frame, frame.assign(n=[[1], [2], [3], [4]]), names=['n'])


def test_an_earlier_table_without_rows() -> None:
    limits = {'maximum_row_change': 0.5, 'maximum_missing_change': 0.0, 'maximum_new_categories': 0.0}
    assert breaches(FRAME[:0], FRAME, **limits) == [('rows_changed', None, 4, ())]
    assert 'row_change' not in change(FRAME[:0], FRAME, **limits).facts
    assert breaches(FRAME[:0], FRAME[:0], **limits) == []
    assert breaches(FRAME, FRAME[:0], **limits) == [('rows_changed', None, 4, ())]
