"""Tables side by side: the order and index of the first, and no key lost in silence."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redshells.analysis.join import HOW, join_tables
from redshells.errors import ColumnTypeError, DataError, DuplicateColumnError, MissingColumnError, MissingValueError

AGES = pd.DataFrame({'age': [30, 40, 50], 'user': ['b', 'a', 'c']}, index=[7, 5, 6])
PLANS = pd.DataFrame({'user': ['a', 'b', 'd'], 'plan': ['free', 'paid', 'paid']}, index=[1, 2, 3])


def join(*tables: pd.DataFrame, keys: Any = ('user',), how: str = 'exact') -> pd.DataFrame:
    return join_tables({f't{number}': table for number, table in enumerate(tables)}, keys, how).table


def test_the_same_keys() -> None:
    plans = PLANS.replace('d', 'c')
    expected = AGES.assign(plan=['paid', 'free', 'paid'])
    before = copy.deepcopy((AGES, plans))
    pd.testing.assert_frame_equal(join(AGES, plans), expected)
    pd.testing.assert_frame_equal(join(AGES), AGES)
    for table, other in zip((AGES, plans), before, strict=True):
        pd.testing.assert_frame_equal(table, other)


def test_other_keys() -> None:
    left = AGES.assign(plan=['paid', 'free', np.nan])
    pd.testing.assert_frame_equal(join(AGES, PLANS, how='left'), left)
    pd.testing.assert_frame_equal(join(AGES, PLANS, how='inner'), left[:2])
    outer = pd.DataFrame(
        {'age': [30, 40, 50, np.nan], 'user': ['b', 'a', 'c', 'd'], 'plan': ['paid', 'free', np.nan, 'paid']}
    )
    pd.testing.assert_frame_equal(join(AGES, PLANS, how='outer'), outer.astype({'age': 'Int64'}))
    joined = join_tables({'ages': AGES, 'plans': PLANS}, ['user'], 'left')
    assert joined.missing_keys == {'ages': 1, 'plans': 1}
    with pytest.raises(
        DataError,
        match=r"^of 4 keys in all tables t0 lacks 1, such as \['d'\]; t1 lacks 1, such as \['c'\]; with how='exact'",
    ):
        join(AGES, PLANS)


def test_integers_and_booleans_keep_their_values_where_keys_are_missing() -> None:
    items = pd.DataFrame({'user': ['b'], 'large': [2**60 + 1], 'seen': [True]})
    items = items.assign(largest=np.array([2**64 - 1], dtype='uint64'), small=np.array([-1], dtype='int8'))
    for how, absent in (('left', 2), ('outer', 2)):
        joined = join(AGES, items, how=how)
        assert joined.loc[joined['user'] == 'b', ['large', 'largest', 'small', 'seen']].values.tolist() == [
            [2**60 + 1, 2**64 - 1, -1, True]
        ]
        assert joined.dtypes[['large', 'largest', 'small', 'seen']].map(str).tolist() == [
            *('Int64', 'UInt64', 'Int8', 'boolean')
        ]
        assert joined['large'].isna().sum() == absent
    assert join(AGES, items, how='inner').dtypes[['large', 'seen']].map(str).tolist() == ['int64', 'bool']


def test_the_index() -> None:
    ages, plans = AGES.set_index('user'), PLANS.set_index('user')
    expected = pd.DataFrame({'age': [30, 40], 'plan': ['paid', 'free']}, index=pd.Index(['b', 'a'], name='user'))
    pd.testing.assert_frame_equal(join(ages, plans, keys=(), how='inner'), expected)
    outer = join(ages, plans, keys=(), how='outer')
    assert (list(outer.index), outer.index.name) == (['b', 'a', 'c', 'd'], 'user')
    levels = AGES.set_index(['user', 'age']).assign(x=[1, 2, 3])
    joined = join(levels, levels[::-1].rename(columns={'x': 'y'}), keys=())
    pd.testing.assert_frame_equal(joined, levels.assign(y=[1, 2, 3]))


def test_several_keys_and_tables() -> None:
    first = pd.DataFrame({'u': ['a', 'a', 'b'], 'd': [2, 1, 1], 'x': [1, 2, 3]})
    second = first[::-1].rename(columns={'x': 'y'}).astype({'d': 'int32', 'u': 'category'})
    third = first.rename(columns={'x': 'z'}).astype({'u': object})
    joined = join(first, second, third, keys=['u', 'd'])
    pd.testing.assert_frame_equal(joined, first.assign(y=[1, 2, 3], z=[1, 2, 3]))
    categorical = join(second, first, keys=['u', 'd'])
    assert isinstance(categorical['u'].dtype, pd.CategoricalDtype)
    with pytest.raises(DataError, match=r"2 rows of t1 repeat a key, such as \[\('a', 1\)\]"):
        join(first, second.assign(u='a', d=1), keys=['u', 'd'])


def test_moments_of_other_units_are_the_same() -> None:
    first = pd.DataFrame({'t': pd.to_datetime(['2024-01-01', '2024-01-02']), 'x': [1, 2]})
    second = pd.DataFrame({'t': first['t'].astype('datetime64[ns]'), 'y': [1, 2]})
    pd.testing.assert_frame_equal(join(first, second, keys=['t']), first.assign(y=[1, 2]))
    with pytest.raises(ColumnTypeError, match=r"the key 't' is of the type datetime64.*and datetime64.*UTC"):
        join(first, second.assign(t=second['t'].dt.tz_localize('UTC')), keys=['t'])


@pytest.mark.parametrize(
    ('other', 'keys', 'error', 'message'),
    [
        (PLANS.drop(columns='user'), ['user'], MissingColumnError, r"t1: the input table lacks the columns \['user'\]"),
        (PLANS.assign(age=1), ['user'], DuplicateColumnError, "t0 and t1 both have the column 'age'"),
        (PLANS, [], DuplicateColumnError, "t0 and t1 both have the column 'user'"),
        (
            PLANS.assign(user=[1, 2, 3]),
            ['user'],
            ColumnTypeError,
            'the type str in t0 and int64 in t1',
        ),
        (
            PLANS[['plan']].set_axis([1.0, 2.0, 3.0]),
            [],
            ColumnTypeError,
            'the index is of the type int64 in t0 and float',
        ),
        (PLANS.assign(user=None), ['user'], MissingValueError, "the key 'user' of t1 has 3 missing values"),
        (PLANS.assign(user='a'), ['user'], DataError, r"2 rows of t1 repeat a key, such as \['a'\]"),
        (PLANS.assign(user=[[1]] * 3), ['user'], ColumnTypeError, "t1: the column 'user' has values of type list"),
        (PLANS[['plan']].set_axis(list('abc')), [], ColumnTypeError, 'the index is of the type int64 in t0 and'),
        (PLANS.set_index(['user', 'plan']), [], ColumnTypeError, 'the index of t0 has 1 levels, that of t1 2'),
        (PLANS[['plan']].set_axis([1, 2, np.nan]), [], MissingValueError, 'the index of t1 has 1 missing values'),
    ],
)
def test_what_is_refused(other: pd.DataFrame, keys: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        join(AGES, other, keys=keys, how='outer')


KEYS = st.lists(st.integers(0, 6), unique=True, max_size=6)


@settings(max_examples=60, deadline=None)
@given(KEYS, KEYS, st.sampled_from(HOW))
def test_the_rows_are_those_of_a_merge(first: list[int], second: list[int], how: str) -> None:
    one = pd.DataFrame({'k': pd.Series(first, dtype='int64'), 'x': first}).astype({'x': 'float64'})
    two = pd.DataFrame({'k': pd.Series(second, dtype='int64'), 'y': second}).astype({'y': 'float64'})
    if how == 'exact' and set(first) != set(second):
        with pytest.raises(DataError):
            join(one, two, keys=['k'], how=how)
        return
    found = join(one, two, keys=['k'], how=how)
    merged: Any = one.merge(two, on='k', how='left' if how == 'exact' else how)
    pd.testing.assert_frame_equal(found.sort_values('k', ignore_index=True), merged.sort_values('k', ignore_index=True))
    assert found['k'].tolist()[: len(first)] == [key for key in first if how != 'inner' or key in second]
