"""Drift, and the profiles that it is measured by."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redshells.analysis.column_profile import ColumnProfile, Distribution, count_like, profile_table
from redshells.analysis.drift import compare_column, compare_distribution, population_stability_index

ROWS = 300
POSITIONS = np.arange(ROWS)
HOURS = pd.Series(pd.date_range('2024-01-01', periods=ROWS, freq='h'))
DAYS = [datetime.date(2024, 1, 1) + datetime.timedelta(days=day) for day in range(ROWS - 1)]
COLUMNS: dict[str, Any] = {
    'float': np.random.default_rng(0).normal(size=ROWS),
    'float with NaN': np.where(POSITIONS % 5 == 0, np.nan, POSITIONS * 0.1),
    'infinity': np.where(POSITIONS % 2 == 0, np.inf, -np.inf),
    'half': POSITIONS.astype('float16'),
    'huge': np.linspace(-1, 1, ROWS) * 1.7e308,
    'many integers': POSITIONS,
    'few integers': POSITIONS % 4,
    'nullable': pd.array([1, None, 3] * 100, dtype='Int64'),
    'boolean': POSITIONS % 2 == 0,
    'boolean or nothing': [True, None, False] * 100,
    'string': ['a', 'b', 'c'] * 100,
    'identifier': [f'id {position}' for position in POSITIONS],
    'categorical': pd.Categorical(['x', 'y', None] * 100, categories=['x', 'y', 'never']),
    'date': HOURS,
    'date of a zone': HOURS.dt.tz_localize('Asia/Tokyo'),
    'far date': np.array(['9999-12-31', '0001-01-01', '2024-01-01'] * 100, dtype='datetime64[us]'),
    'duration': pd.to_timedelta(POSITIONS, 'min'),
    'decimal': [Decimal('1.5'), Decimal(2), Decimal('2.0')] * 100,
    'one value': ['same'] * ROWS,
    'zeros': np.zeros(ROWS),
    'arrow text': pd.array(['a', None, 'b'] * 100, dtype=pd.ArrowDtype(pyarrow.string())),
    'arrow day': pd.array([datetime.date(2024, 1, 1)] * ROWS, dtype=pd.ArrowDtype(pyarrow.date32())),
    'day objects': [*DAYS, None],
    'moment objects': HOURS.dt.tz_localize('Asia/Tokyo').astype(object),
    'duration objects': pd.Series(pd.to_timedelta(POSITIONS, 'min').to_pytimedelta(), dtype=object),
    'arrow time': pd.array(HOURS, dtype=pd.ArrowDtype(pyarrow.timestamp('us', 'UTC'))),
}
UNCOUNTED: dict[str, Any] = {
    'nothing': [None] * ROWS,
    'lists': [[1, 2]] * ROWS,
    'vectors': [np.arange(2)] * ROWS,
    'records': [{'a': 1}] * ROWS,
    'mixed': [1, 'a', None] * 100,
    'complex': POSITIONS * 1j,
    'periods': pd.period_range('2020-01', periods=ROWS, freq='M'),
}


def profile(values: Any) -> ColumnProfile:
    return profile_table(pd.DataFrame({'x': values}))[0]


def distribution_of(values: Any) -> Distribution:
    found = profile(values).distribution
    assert found is not None
    return found


@pytest.mark.parametrize('name', COLUMNS)
def test_a_column_has_not_drifted_from_itself(name: str) -> None:
    column = pd.Series(COLUMNS[name])
    found = profile(column)
    assert found.distribution is not None
    kept = Distribution.from_json(json.loads(json.dumps(found.distribution.to_json(), allow_nan=False)))
    assert kept == found.distribution
    assert kept.rows == ROWS
    assert kept.missing == found.missing == column.isna().sum()
    assert count_like(column, kept) == kept
    drift = compare_column(found, column)
    assert drift is not None
    assert drift.psi == 0
    assert drift.severity == 'none'


def test_dates_that_are_objects() -> None:
    found = profile(COLUMNS['day objects'])
    assert (found.kind, found.dtype, found.missing, found.distinct) == ('date', 'object', 1, ROWS - 1)
    assert (found.minimum, found.median, found.maximum) == ('2024-01-01', '2024-05-29', '2024-10-25')
    later = compare_column(found, pd.Series([day + datetime.timedelta(days=400) for day in DAYS], dtype=object))
    same = compare_column(found, pd.Series([*map(pd.Timestamp, DAYS), pd.NaT]))
    assert (later is not None, same is not None) == (True, True)
    assert later.severity == 'strong'
    assert same.psi == 0


@pytest.mark.parametrize('name', UNCOUNTED)
def test_what_can_not_be_counted_has_no_drift(name: str) -> None:
    found = profile(UNCOUNTED[name])
    assert found.distribution is None
    assert compare_column(found, pd.Series(UNCOUNTED[name])) is None


@pytest.mark.parametrize('before', ['float', 'string', 'date', 'few integers', 'boolean'])
def test_any_column_can_be_compared_with_any_other(before: str) -> None:
    found = profile(COLUMNS[before])
    for name, now in (COLUMNS | UNCOUNTED).items():
        drift = compare_column(found, pd.Series(now))
        assert drift is not None, name
        assert drift.psi >= 0, name


def test_the_index_is_that_of_the_formula() -> None:
    before, now = np.array([40, 30, 20, 10]), np.array([25, 25, 25, 25])
    p, q = before / before.sum(), now / now.sum()
    expected = np.sum((q - p) * np.log(q / p))
    levels = ('a', 'b', 'c', 'd')
    index = population_stability_index(
        Distribution(levels, counts=(40, 30, 20, 10)), Distribution(levels, counts=(25,) * 4)
    )
    assert index == pytest.approx(expected)
    lost = population_stability_index(
        Distribution(('a', 'b'), counts=(50, 50)), Distribution(('a', 'b'), counts=(100, 0))
    )
    assert lost == pytest.approx((1 - 0.5) * np.log(1 / 0.5) + (0.005 - 0.5) * np.log(0.005 / 0.5))
    assert np.isnan(population_stability_index(Distribution(), Distribution()))


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=8))
def test_the_index_is_symmetric_and_never_negative(pairs: list[tuple[int, int]]) -> None:
    levels = tuple(map(str, range(len(pairs))))
    one, other = (Distribution(levels, counts=tuple(counts)) for counts in zip(*pairs, strict=True))
    forth, back = population_stability_index(one, other), population_stability_index(other, one)
    assert forth == pytest.approx(back, nan_ok=True)
    assert not forth < 0


@pytest.mark.parametrize(('rows_before', 'rows_now'), [(5_000, 30), (200, 200), (2_000, 500)])
def test_where_nothing_has_moved_hardly_a_column_is_accused(rows_before: int, rows_now: int) -> None:
    generator = np.random.default_rng(0)
    accused = 0
    for _ in range(150):
        for draw in (generator.normal, lambda size: generator.choice(list('abcdefgh'), size)):
            drift = compare_column(profile(draw(size=rows_before)), pd.Series(draw(size=rows_now)), 10)
            assert drift is not None
            accused += drift.severity != 'none'
    assert accused <= 4  # of 300


@pytest.mark.parametrize(
    ('before', 'now'),
    [
        (np.random.default_rng(0).normal(size=1000), np.random.default_rng(1).normal(1.0, size=1000)),
        (['a', 'b'] * 500, ['a'] * 900 + ['b'] * 100),
        (['a', 'b'] * 500, ['new'] * 1000),
        (np.arange(1000.0), np.where(np.arange(1000) % 2, np.nan, np.arange(1000))),
        (HOURS, HOURS + pd.Timedelta('400h')),
        # nearly all have one value, at either end or in the middle
        (np.r_[np.zeros(980), np.arange(1, 21)], np.r_[np.zeros(500), np.arange(1, 501)]),
        (np.r_[np.full(980, 99.0), np.arange(20)], np.r_[np.full(500, 99.0), np.linspace(0, 19, 500)]),
        (np.r_[np.full(980, 50.0), np.arange(20)], np.r_[np.full(500, 50.0), np.linspace(0, 19, 500)]),
    ],
)
def test_a_planted_drift_is_seen(before: Any, now: Any) -> None:
    drift = compare_column(profile(before), pd.Series(now))
    assert drift is not None
    assert drift.severity == 'strong'


def test_missing_values_are_told() -> None:
    drift = compare_distribution('x', distribution_of(['a', 'b', None, 'a']), pd.Series(['a', 'new', 'b', 'a']))
    assert drift is not None
    assert (drift.missing_before, drift.missing_now) == (0.25, 0.0)
    assert compare_distribution('x', distribution_of(['a']), pd.Series([], dtype=object)) is None


def test_a_number_counts_as_itself_whatever_its_type() -> None:
    integers = distribution_of([1, 2, 3] * 10)
    for other in (
        pd.Series([1.0, 2.0, 3.0] * 10),
        pd.Series([1, 2, 3] * 10, dtype='Int8'),
        pd.Series(list('123') * 10),
    ):
        assert count_like(other, integers) == integers


def test_a_boolean_counts_as_itself_with_and_without_missing_values() -> None:
    whole, holed = profile([True, False] * 20), profile([True, False, None] * 20)
    assert whole.kind == holed.kind == 'category'
    assert whole.distribution is not None
    assert count_like(pd.Series([True, False, None] * 20), whole.distribution).counts == (20, 20)


def test_long_texts_with_one_beginning_are_told_apart() -> None:
    found = profile([f'https://example.com/a/very/long/path/to/the/page/{number % 2}' for number in range(20)])
    assert found.distinct == 2
    assert found.distribution is not None
    assert [len(level) for level in found.distribution.levels] == [40, 40]


def test_what_a_profile_says() -> None:
    found = profile(
        pd.Series(['2024-03-01', '2024-01-01', '2024-02-01', None]).astype('datetime64[s]').dt.tz_localize('Asia/Tokyo')
    )
    assert (found.minimum, found.median, found.maximum) == ('2024-01-01', '2024-02-01', '2024-03-01')
    assert (found.rows, found.missing, found.distinct, found.missing_share) == (4, 1, 3, 0.25)
    number = profile([3, 1, 2, 2])
    assert (number.minimum, number.median, number.maximum, number.distinct) == (1.0, 2.0, 3.0, 3)
    assert profile(np.array(['9999-12-31'], dtype='datetime64[us]')).maximum == '9999-12-31'
    assert profile(COLUMNS['infinity']).distinct == 2


def test_a_large_table_is_sampled_and_missing_values_are_counted_in_all_rows() -> None:
    generator = np.random.default_rng(0)
    wide = pd.DataFrame({f'c{number}': generator.normal(size=5_100).astype('float32') for number in range(1_001)})
    wide.iloc[:600, 0] = np.nan
    found = profile_table(wide)
    assert found[0].missing == 600
    assert found[1].distribution is not None
    assert found[1].distribution.rows == 5_000
    assert found == profile_table(wide)


@settings(max_examples=50)
@given(st.lists(st.one_of(st.none(), st.floats(allow_subnormal=False)), min_size=1, max_size=60))
def test_all_values_are_counted_once(values: list[float | None]) -> None:
    column = pd.Series(values, dtype=float)
    found = profile(column)
    if found.distribution is not None:
        assert count_like(column, found.distribution) == found.distribution
        assert found.distribution.rows == len(values)
        assert sum(found.histogram) in (0, len(values) - found.missing)
