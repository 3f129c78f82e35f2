"""Columns, targets, weights, queries and column names: of the kinds that a table has, and that it should not have."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

Rng = np.random.Generator
Maker = Callable[[Rng, int], Any]


def _choice(values: list[Any], dtype: Any = object) -> Maker:
    """Values drawn from a list."""
    return lambda rng, rows: pd.Series([values[i] for i in rng.integers(0, len(values), rows)], dtype=dtype)


def _cycle(values: list[Any], dtype: Any = object) -> Maker:
    """The values of a list in turn, so that all are there."""
    return lambda rng, rows: pd.Series([values[row % len(values)] for row in range(rows)], dtype=dtype)


def _arrow(values: list[Any], arrow_type: Any) -> Maker:
    return _choice(values, pd.ArrowDtype(arrow_type))


def _categorical(values: list[Any], *, ordered: bool = False, unused: tuple[Any, ...] = ()) -> Maker:
    levels = [value for value in dict.fromkeys([*values, *unused]) if value is not None and value == value]
    dtype = pd.CategoricalDtype(levels, ordered=ordered)
    return _choice(values, dtype)


def _vectors(rng: Rng, rows: int) -> Any:
    return pd.Series([rng.normal(size=3).tolist() for _ in range(rows)], dtype=object)


_DAY = pd.Timestamp('2024-02-29')
_JAPANESE = ['東京', '大阪', 'カ゛', '']

USUAL: dict[str, Maker] = {
    'floats': lambda rng, rows: rng.normal(size=rows),
    'floats with gaps': lambda rng, rows: np.where(rng.random(rows) < 0.3, np.nan, rng.normal(size=rows)),
    '32-bit floats': lambda rng, rows: rng.normal(size=rows).astype(np.float32),
    'integers': lambda rng, rows: rng.integers(-5, 5, rows),
    'booleans': lambda rng, rows: rng.random(rows) < 0.5,
    'nullable integers': _choice([1, 2, None], 'Int64'),
    'nullable booleans': _choice([True, False, None], 'boolean'),
    'strings': _choice(['red', 'green', 'blue'], 'str'),
    'strings with gaps': _choice(['red', 'green', None]),
    'categories': _categorical(['a', 'b', None], unused=('c',)),
    'ordered categories': _categorical(['low', 'high', None], ordered=True),
    'vectors': _vectors,
    'arrow integers': _arrow([1, 2, None], pa.int64()),
    'decimals': _choice([Decimal('1.5'), Decimal('2'), None]),
}

COLUMNS: dict[str, Maker] = {
    **USUAL,
    'constant': lambda rng, rows: np.ones(rows),
    'NaN': lambda rng, rows: np.full(rows, np.nan),
    'None': lambda rng, rows: [None] * rows,
    'NA': _choice([pd.NA], 'Float64'),
    'no strings': _choice([None], 'str'),
    'no categories': _categorical([None]),
    'infinite': _choice([1.0, np.inf, -np.inf, np.nan], 'float64'),
    'infinite decimals': _choice([Decimal('Infinity'), Decimal('NaN'), Decimal(1)]),
    'too large for 32 bits': _choice([1e300, -1e39, 1.0], 'float64'),
    'tiny': _choice([5e-324, 1e-300, 1e-45, 0.0, -0.0], 'float64'),
    'close': _choice([1.0, 1.0 + 1e-15, 1.0 - 1e-15], 'float64'),
    'extended floats': lambda rng, rows: rng.normal(size=rows).astype(np.longdouble) * np.longdouble('1e400'),
    'half floats': lambda rng, rows: rng.normal(size=rows).astype(np.float16),
    'unsigned integers': _choice([0, 2**64 - 1, 2**63], 'uint64'),
    'large integers': _choice([2**70, -(2**70), 0]),
    'huge integers': _choice([10**400, 1]),
    'sparse': lambda rng, rows: pd.arrays.SparseArray(np.where(rng.random(rows) < 0.5, 0.0, np.nan)),
    'sparse integers': lambda rng, rows: pd.arrays.SparseArray(rng.integers(0, 2, rows)),
    'complex': lambda rng, rows: rng.normal(size=rows) * 1j,
    'odd strings': _choice(['', ' ', '\x00', 'a', 'a\x00', '\n', '"', "'", '{', 'nan', 'None', *_JAPANESE]),
    'numpy strings': _choice([np.str_('a'), np.str_('b')]),
    'digits': _choice(['1', '2', '3']),
    'all different strings': lambda rng, rows: [f's{row}' for row in range(rows)],
    'bytes': _choice([b'a', b'b']),
    'booleans as objects': _choice([True, False, None]),
    'integers as objects': _choice([1, 2, None]),
    'integers and NaN as objects': _choice([1, 2.5, float('nan'), pd.NA]),
    'numbers and strings': _choice([1, 'a', 2.5]),
    'numbers and booleans': _choice([1, True, 2.5]),
    'anything': _choice([1, 'a', None, [1], {}, b'', _DAY]),
    'dictionaries': _choice([{'a': 1}, {}]),
    'sets': _choice([{1}, set()]),
    'objects': _choice([object(), len, int]),
    'dates': _choice([_DAY, pd.NaT], 'datetime64[ns]'),
    'dates with a zone': _choice([_DAY.tz_localize('Asia/Tokyo'), pd.NaT], 'datetime64[ns, Asia/Tokyo]'),
    'days': _choice([datetime.date(2024, 1, 1), None]),
    'times': _choice([datetime.time(12), None]),
    'numbers and NaT': _choice([1, pd.NaT]),
    'NaT': _choice([pd.NaT]),
    'durations': _choice([pd.Timedelta(1, 'D'), pd.NaT], 'timedelta64[ns]'),
    'durations as objects': _choice([datetime.timedelta(1), None]),
    'periods': _choice([pd.Period('2024-01', 'M'), pd.NaT], 'period[M]'),
    'intervals': _choice([pd.Interval(0, 1), pd.Interval(1, 2)], 'interval'),
    'integer categories': _categorical([1, 2, 3, None]),
    'float categories': _categorical([1.0, 2.5, np.inf]),
    'boolean categories': _categorical([True, False]),
    'interval categories': _categorical([pd.Interval(0, 1), pd.Interval(1, 2)]),
    'date categories': _categorical([_DAY, _DAY + pd.Timedelta(1, 'D'), None]),
    'mixed categories': _categorical([1, '1', True, 'True', None]),
    'large integer categories': _categorical([2**63, -1, 2**70]),
    'ordered integer categories': _categorical([3, 1, 2], ordered=True),
    'vectors with gaps': _choice([[1.0, None], [np.nan, 2], None]),
    'arrays': _choice([np.array([1, 2]), np.array([3.0, np.nan])]),
    'tuples': _choice([(1, 2), (True, False)]),
    'matrices': _choice([np.eye(2), np.ones((2, 2))]),
    'vectors of one': _choice([[1], [2]]),
    'vectors with infinity': _choice([[1.0, np.inf], [2.0, 1e300]]),
    'unequal vectors': _choice([[1], [1, 2], []]),
    'empty vectors': _choice([[]]),
    'vectors in vectors': _choice([[[1], [1, 2]], [[1], 2]]),
    'vectors of strings': _choice([['1', '2'], ['3', '4']]),
    'vectors of dates': _choice([np.array(['2024', '2025'], dtype='datetime64[s]')]),
    'vectors of complex': _choice([np.array([1j, 2])]),
    'vectors of huge integers': _choice([[10**400, 1]]),
    'arrays without a dimension': _choice([np.array(1.0), np.array(2.0)]),
    'vectors and numbers': _choice([[1, 2], 3]),
    'arrow strings': _arrow(['a', 'b', None], pa.string()),
    'arrow booleans': _arrow([True, False, None], pa.bool_()),
    'arrow decimals': _arrow([Decimal('1.5'), None], pa.decimal128(5, 2)),
    'arrow days': _arrow([datetime.date(2024, 1, 1), None], pa.date32()),
    'arrow durations': _arrow([datetime.timedelta(1), None], pa.duration('us')),
    'arrow lists': _arrow([[1, 2], [3, None]], pa.list_(pa.int64())),
    'arrow records': _arrow([{'a': 1}, None], pa.struct([('a', pa.int64())])),
    'arrow dictionary': _arrow(['a', 'b', None], pa.dictionary(pa.int32(), pa.string())),
    'arrow nothing': _arrow([None], pa.null()),
    'arrow bytes': _arrow([b'a', b'b'], pa.binary()),
}

_CLASSES: dict[str, Maker] = {
    'two classes': _cycle([0, 1], 'int64'),
    'three classes': _cycle([0, 1, 2], 'int64'),
    'strings': _cycle(['yes', 'no']),
    'three strings': _cycle(['a', 'b', 'c'], 'str'),
    'booleans': _cycle([True, False], 'bool'),
    'nullable': _cycle([1, 2], 'Int64'),
    'categories': _cycle(['x', 'y'], pd.CategoricalDtype(['y', 'x', 'z'])),
    'floats': _cycle([-1.0, 1.0, 7.0], 'float64'),
    'arrow': _cycle(['a', 'b'], pd.ArrowDtype(pa.string())),
    'odd strings': _cycle(['a', 'a\x00', '', '東京']),
    'large integers': _cycle([2**63, -1]),
    'large floats': _cycle([1e300, -1e300], 'float64'),
    'one for each row': lambda rng, rows: np.arange(rows),
    'list': lambda rng, rows: [row % 2 for row in range(rows)],
    'one class': _cycle([1], 'int64'),
    'too short': lambda rng, rows: np.arange(rows + 1) % 2,
    'two columns': lambda rng, rows: np.ones((rows, 2)),
    'lists': _cycle([[1], [2]]),
    'mixed': _cycle([1, 'a', None]),
    'mixed without gaps': _cycle([1, 'a']),
    'nothing': lambda rng, rows: None,
}
_NUMBERS: dict[str, Maker] = {
    'numbers': lambda rng, rows: rng.normal(size=rows),
    'integers': lambda rng, rows: rng.integers(0, 100, rows),
    'nullable': _choice([1.5, 2.5], 'Float64'),
    'decimals': _choice([Decimal('1.5'), Decimal('2')]),
    'large': _choice([1e30, -1e30], 'float64'),
    'just in 32 bits': _choice([3e38, -3e38], 'float64'),
    'too large': _choice([1e300, 1.0], 'float64'),
    'tiny': _choice([1e-300, 1e-45, 0.0], 'float64'),
    'constant': lambda rng, rows: np.full(rows, 3.5),
    'digits': _choice(['1', '2']),
    'too short': lambda rng, rows: np.arange(rows + 1.0),
}
_RELEVANCES: dict[str, Maker] = {
    'relevances': lambda rng, rows: rng.integers(0, 4, rows),
    'two relevances': lambda rng, rows: (rng.random(rows) < 0.5).astype(float),
    'none relevant': lambda rng, rows: np.zeros(rows),
    'many relevances': lambda rng, rows: np.arange(rows) * 2,
    'negative': lambda rng, rows: rng.integers(-2, 2, rows),
    'broken': lambda rng, rows: rng.random(rows),
}
TARGETS = {'classification': _CLASSES, 'regression': _NUMBERS, 'ranking': _RELEVANCES}

WEIGHTS: dict[str, Maker] = {
    'weights': lambda rng, rows: rng.random(rows) + 0.1,
    'some zero': _choice([0.0, 1.0], 'float64'),
    'booleans': _choice([True, False], 'bool'),
    'large': lambda rng, rows: np.full(rows, 1e30),
    'largest': lambda rng, rows: np.full(rows, 3e38),
    'too large': lambda rng, rows: np.full(rows, 1e300),
    'small': lambda rng, rows: np.full(rows, 1e-30),
    'too small': lambda rng, rows: np.full(rows, 1e-300),
    'uneven': _choice([1e-30, 1e30], 'float64'),
    'zero': lambda rng, rows: np.zeros(rows),
    'negative': _choice([-1.0, 1.0], 'float64'),
    'gaps': _choice([np.nan, 1.0], 'float64'),
    'too short': lambda rng, rows: np.ones(rows + 1),
    'two columns': lambda rng, rows: np.ones((rows, 2)),
}

GROUPS: dict[str, Maker] = {
    'queries': lambda rng, rows: rng.integers(0, 4, rows),
    'sorted': lambda rng, rows: np.arange(rows) // 5,
    'strings': _choice(['q1', 'q2', 'q3'], 'str'),
    'categories': _categorical(['q1', 'q2'], unused=('q3',)),
    'one': lambda rng, rows: np.ones(rows),
    'one for each row': lambda rng, rows: np.arange(rows),
    'gaps': _choice(['q1', None]),
    'too short': lambda rng, rows: np.ones(rows + 1),
}

NAMES: list[Callable[[list[str]], Any]] = [
    lambda kinds: [f'{kind} {position}' for position, kind in enumerate(kinds)],
    lambda kinds: [f'feature_{position}' for position in range(len(kinds))],
    lambda kinds: list(range(len(kinds))),
    lambda kinds: [['a[0]', 'a(0)', 'a]0[', '<a:0>', 'a,0'][position] for position in range(len(kinds))],
    lambda kinds: [['a b', 'a_b', 'a_b_0', 'a_b_1'][position] for position in range(len(kinds))],
    lambda kinds: [['', ' ', '\n', '{"a": 1}'][position] for position in range(len(kinds))],
    lambda kinds: [['年齢', '都道府県', '𠮷', 'é\u0301'][position] for position in range(len(kinds))],
    lambda kinds: [[None, 'None', 1, '1'][position] for position in range(len(kinds))],
    lambda kinds: ['same'] * len(kinds),
    lambda kinds: (
        pd.MultiIndex.from_tuples([('a', position) for position in range(len(kinds))])
        if kinds
        else pd.MultiIndex.from_arrays([[], []])
    ),
    lambda kinds: pd.date_range('2024', periods=len(kinds)),
    lambda kinds: [f'{position}' * 500 for position in range(len(kinds))],
]
