"""Columns of every type that pandas has: each function works, or raises an error of redshells."""

from __future__ import annotations

import datetime
import decimal
import itertools
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from redshells.analysis.column_kind import KINDS
from redshells.analysis.column_values import python_values, value_by_key, values_by_key
from redshells.analysis.contract import TableContract, read_columns
from redshells.analysis.join import join_tables
from redshells.analysis.one_hot import one_hot
from redshells.analysis.table_change import ChangeLimits, find_changes, measure_table
from redshells.analysis.table_contract import find_breaches
from redshells.errors import RedshellsError


def of_arrow(values: list[Any], kind: Any) -> Any:
    return pd.array(values, dtype=pd.ArrowDtype(kind))


DAY = datetime.datetime(2024, 1, 1)
COLUMNS: dict[str, Any] = {
    'integers': [1, 2, 1],
    'floats': [0.5, np.nan, np.inf],
    'booleans': [True, False, True],
    'text': ['a', None, 'b'],
    'mixed': pd.Series([1, 'a', None], dtype=object),
    'lists': [[1], [2], [1]],
    'dicts': [{'a': 1}] * 3,
    'arrays': pd.Series([np.arange(2)] * 3),
    'tuples': pd.Series([(1, 2)] * 3),
    'decimals': [decimal.Decimal('1.5'), None, None],
    'days': [DAY.date()] * 3,
    'moments': pd.date_range('2024', periods=3),
    'moments of a zone': pd.date_range('2024', periods=3, tz='Asia/Tokyo'),
    'moments of some zones': pd.Series([pd.Timestamp(DAY, tz='UTC'), pd.Timestamp(DAY), None], dtype=object),
    'durations': pd.to_timedelta(range(3), unit='D'),
    'periods': pd.period_range('2024-01', periods=3, freq='M'),
    'intervals': pd.interval_range(0, 3),
    'categories': pd.Categorical(['a', 'b', None]),
    'categories of a mixture': pd.Categorical([1, 'a', None]),
    'nullable integers': pd.array([1, None, 3], dtype='Int64'),
    'nullable booleans': pd.array([True, None, False], dtype='boolean'),
    'sparse': pd.arrays.SparseArray([0, 0, 1]),
    'complex': [1 + 2j] * 3,
    'half floats': np.arange(3, dtype='float16'),
    'missing floats': [np.nan] * 3,
    'missing objects': [None] * 3,
    'missing moments': [pd.NaT] * 3,
    'huge': [2**70] * 3,
    'bytes': [b'a'] * 3,
    'lists of arrow': of_arrow([[1], [2], None], pa.list_(pa.int64())),
    'records of arrow': of_arrow([{'a': 1}] * 3, pa.struct([('a', pa.int64())])),
    'decimals of arrow': of_arrow([decimal.Decimal('1.5')] * 3, pa.decimal128(5, 2)),
    'days of arrow': of_arrow([DAY.date()] * 3, pa.date32()),
    'moments of arrow': of_arrow([DAY] * 3, pa.timestamp('us', 'UTC')),
    'booleans of arrow': of_arrow([True, None, False], pa.bool_()),
    'dictionary of arrow': of_arrow(['a', 'b', None], pa.dictionary(pa.int32(), pa.string())),
}
CONTRACTS: list[dict[str, Any]] = [
    {'minimum': 0, 'maximum': 2},
    {'minimum': '2024-01-01', 'maximum': '2024-01-02T00:00+09:00'},
    {'values': ['a', 1], 'unique': True, 'nullable': False},
    {'pattern': '[a-z]'},
    *({'type': kind} for kind in KINDS),
]
LIMITS = ChangeLimits(**dict.fromkeys(('maximum_row_change', 'maximum_new_categories', 'maximum_missing_change'), 0.0))


def uses(frame: pd.DataFrame) -> list[Callable[[], Any]]:
    """What is done with the column ``x``."""
    other = frame[::-1].rename(columns={'y': 'z'})
    measures = [measure_table(frame, with_categories=True)] * 2
    checks = [lambda c=c: find_breaches(frame, TableContract(columns=read_columns({'x': c}))) for c in CONTRACTS]
    joins = [
        lambda how=how, rows=rows: join_tables({'a': frame, 'b': other[:rows]}, ['x'], how)
        for how, rows in itertools.product(('exact', 'left', 'outer'), (1, 3))
    ]
    return [
        *checks,
        *joins,
        lambda: find_breaches(frame, TableContract(key_column_names=['x', 'y'])),
        lambda: find_changes(*measures, LIMITS),
        lambda: measure_table(frame, with_categories=True, category_column_names=['x']),
        lambda: python_values(frame['x']),
        lambda: value_by_key(frame, 'x', 'y'),
        lambda: value_by_key(frame.assign(y=1), 'y', 'x'),
        lambda: values_by_key(frame, 'x', 'y'),
        lambda: one_hot(frame, ['x'], maximum_levels=9),
    ]


@pytest.mark.parametrize('name', COLUMNS)
@pytest.mark.parametrize('rows', [0, 3])
def test_nothing_else_is_raised_and_the_table_is_left_unchanged(name: str, rows: int) -> None:
    frame = pd.DataFrame({'x': COLUMNS[name], 'y': range(3)})[:rows]
    before = frame.copy(deep=True)
    for use in uses(frame):
        with suppress(RedshellsError):
            use()
    pd.testing.assert_frame_equal(frame, before)
    measures = measure_table(frame, with_categories=True)
    assert not find_changes(measures, measures, LIMITS).breaches
