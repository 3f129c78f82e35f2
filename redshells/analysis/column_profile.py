"""What stands in the columns of a table: kinds, missing values, and distributions that can be kept and compared."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from redshells.analysis.column_kind import as_moments, kind_of_values
from redshells.model.feature_schema import is_numeric, to_numbers
from redshells.model.sparse_vector_dtype import SparseVectorDtype

Array = npt.NDArray[Any]

_MOST_CELLS = 1_500_000  # that are looked at for the distributions: a second or so
_FEWEST_ROWS = 5_000
_MOST_LEVELS = 20
_FEW_VALUES = 12  # numbers with no more values than this are counted one by one
_NUMBER_OF_BINS = 10
_SHOWN_AS = {
    **dict.fromkeys(('integer', 'float'), 'number'),
    **dict.fromkeys(('boolean', 'string', 'category'), 'category'),
    **dict.fromkeys(('datetime', 'timedelta'), 'date'),
}
_LONGEST_LEVEL = 40  # characters; of longer ones, the beginning and a digest are kept
_LENGTH_OF_DIGEST = 8


@dataclass(frozen=True)
class Distribution:
    """How often values occur, as counts of levels or of intervals; missing values are counted apart.

    Attributes:
        levels: The values, the most frequent first, or () for intervals.
        edges: The inner and outer bounds of intervals with about equal counts, or () for levels. A value that many
            rows have has an interval of its own, which ends with it.
        counts: How many rows there are of each level, or in each interval.
        other: How many rows have a level that is not listed.
        missing: How many rows have none.
    """

    levels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    other: int = 0
    missing: int = 0

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return sum(self.counts) + self.other + self.missing

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Distribution:
        """Of what ``to_json`` gave."""
        parts: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in values.items()}
        return cls(**parts)


@dataclass(frozen=True)
class ColumnProfile:
    """One column of a table.

    Attributes:
        name: Its name.
        kind: ``'number'``, ``'category'``, ``'date'``, ``'vector'`` or ``'other'``.
        dtype: Its type.
        rows: Rows of the table.
        missing: Rows without a value.
        distinct: Different values among the rows that were looked at; None where they can't be told apart.
        minimum: The smallest number or the earliest date, as a text for dates, in the time zone of the column.
        median: The middle one.
        maximum: The largest or latest one.
        histogram: Counts in intervals of equal width between the first and the last percentile, for a picture; what
            lies beyond counts at the ends.
        histogram_range: The two percentiles; None without a histogram.
        distribution: What is compared with other tables; None where there is nothing to count.
        length: How many numbers a vector has.
    """

    name: str
    kind: str
    dtype: str
    rows: int
    missing: int
    distinct: int | None = None
    minimum: float | str | None = None
    median: float | str | None = None
    maximum: float | str | None = None
    histogram: tuple[int, ...] = ()
    histogram_range: tuple[float, float] | None = None
    distribution: Distribution | None = None
    length: int | None = None

    @property
    def missing_share(self) -> float:
        """Share of the rows without a value."""
        return self.missing / self.rows if self.rows else 0.0


def sample_rows(frame: pd.DataFrame, random_seed: int, *, most_cells: int = _MOST_CELLS) -> pd.DataFrame:
    """Rows, in order, that are enough to see the distributions: all of them unless the table is large.

    Args:
        frame: The table.
        random_seed: Seed of the sample.
        most_cells: How many values are wanted at most.
    """
    rows = max(_FEWEST_ROWS, most_cells // max(frame.shape[1], 1))
    if len(frame) <= rows:
        return frame
    chosen = np.random.default_rng(random_seed).choice(len(frame), rows, replace=False)
    return frame.iloc[np.sort(chosen)]


def profile_table(frame: pd.DataFrame, *, random_seed: int = 0) -> tuple[ColumnProfile, ...]:
    """The profile of each column. Missing values are counted in all rows, the rest in a sample of a large table.

    Args:
        frame: The table, with column names that differ.
        random_seed: Seed of the sample.
    """
    sample = sample_rows(frame, random_seed)
    return tuple(_profile(frame[name], sample[name]) for name in frame.columns)


def count_like(column: pd.Series[Any], distribution: Distribution) -> Distribution:
    """The distribution of another column, by the levels or the intervals of a given one.

    Args:
        column: The other column, of any type.
        distribution: What it will be compared with.
    """
    if distribution.edges:
        values = _as_numbers(column)
        present = np.sort(values[~np.isnan(values)])
        return Distribution((), distribution.edges, _count_intervals(present, distribution.edges), 0, _missing(values))
    texts = _as_texts(column)
    counts = texts.value_counts()
    known = tuple(int(counts.get(level, 0)) for level in distribution.levels)
    missing = int(texts.isna().sum())
    return Distribution(distribution.levels, (), known, len(texts) - missing - sum(known), missing)


def kind_of(column: pd.Series[Any]) -> str:
    """``'number'``, ``'category'``, ``'date'``, ``'vector'`` or ``'other'``."""
    if isinstance(column.dtype, SparseVectorDtype):
        return 'vector'
    if (kind := kind_of_values(column)) in _SHOWN_AS:
        return _SHOWN_AS[kind]
    if is_numeric(column):
        return 'number'  # decimals, and objects without a value
    present = column.dropna()
    if all(isinstance(value, (str, bool)) for value in present):
        return 'category'
    return 'vector' if all(isinstance(value, (list, tuple, np.ndarray)) for value in present) else 'other'


def _profile(whole: pd.Series[Any], sample: pd.Series[Any]) -> ColumnProfile:
    kind = kind_of(sample)
    name, dtype, rows, missing = str(whole.name), str(whole.dtype), len(whole), int(whole.isna().sum())
    if kind == 'category':
        distinct, distribution = _count_levels(_as_texts(sample))
        return ColumnProfile(name, kind, dtype, rows, missing, distinct, distribution=distribution)
    if kind not in ('number', 'date'):
        return ColumnProfile(
            name, kind, dtype, rows, missing, length=_vector_length(sample) if kind == 'vector' else None
        )
    sample = as_moments(sample)
    values = _as_numbers(sample)
    present = np.sort(values[~np.isnan(values)])
    distinct = int(np.count_nonzero(present[1:] != present[:-1])) + 1 if len(present) else 0
    if distinct == 0:
        return ColumnProfile(name, kind, dtype, rows, missing, 0)
    few = distinct <= _FEW_VALUES and kind == 'number'
    distribution = _count_levels(_as_texts(sample))[1] if few else _count_quantiles(present, _missing(values))
    low, middle, high = (_shown(present[at], sample) for at in (0, len(present) // 2, -1))
    counts, limits = _histogram(present)
    return ColumnProfile(name, kind, dtype, rows, missing, distinct, low, middle, high, counts, limits, distribution)


def _vector_length(column: pd.Series[Any]) -> int | None:
    if isinstance(column.dtype, SparseVectorDtype):
        return column.dtype.size
    lengths = {len(value) for value in column.dropna()}
    return lengths.pop() if len(lengths) == 1 else None


def _shown(value: float, column: pd.Series[Any]) -> float | str:
    if types.is_datetime64_any_dtype(column.dtype):
        moment = pd.Timestamp(np.datetime64(int(value), 'us').astype('datetime64[s]'))
        zone = getattr(getattr(column.dtype, 'pyarrow_dtype', column.dtype), 'tz', None)
        if zone is not None:
            moment = moment.tz_localize('UTC').tz_convert(zone).tz_localize(None)
        return str(moment).removesuffix(' 00:00:00')
    if types.is_timedelta64_dtype(column.dtype):
        return str(pd.Timedelta(np.timedelta64(int(value), 'us')))
    return float(value)


def _as_numbers(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """Numbers, or microseconds of dates; what is neither is missing."""
    column = as_moments(column)
    dtype = column.dtype
    if types.is_datetime64_any_dtype(dtype) or types.is_timedelta64_dtype(dtype):
        if isinstance(dtype, pd.DatetimeTZDtype):
            column = column.dt.tz_convert('UTC').dt.tz_localize(None)
        unit = 'datetime64[us]' if types.is_datetime64_any_dtype(dtype) else 'timedelta64[us]'  # any year fits
        values = column.to_numpy(dtype=unit).astype('int64').astype(np.float64)
        return np.where(column.isna().to_numpy(), np.nan, values)
    if isinstance(dtype, (pd.CategoricalDtype, pd.StringDtype)) or not is_numeric(column):
        return np.full(len(column), np.nan)
    values = to_numbers(column)
    return np.where(np.isinf(values), np.sign(values) * np.finfo(np.float64).max, values)


def _as_texts(column: pd.Series[Any]) -> pd.Series[Any]:
    """Each value as a text, whole numbers without a point whatever their type."""
    try:
        codes, uniques = pd.factorize(column)
    except TypeError:  # lists and the like, where there were texts or numbers
        return column.map(_as_text, na_action='ignore')
    levels = np.array([*(_as_text(value) for value in uniques), None], dtype=object)
    return pd.Series(levels[codes], index=column.index, name=column.name)


def _as_text(value: Any) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        value = int(value)
    text = str(value)
    if len(text) <= _LONGEST_LEVEL:
        return text
    digest = hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:_LENGTH_OF_DIGEST]
    return f'{text[: _LONGEST_LEVEL - _LENGTH_OF_DIGEST - 1]}…{digest}'


def _missing(values: npt.NDArray[np.float64]) -> int:
    return int(np.isnan(values).sum())


def _count_levels(texts: pd.Series[Any]) -> tuple[int, Distribution]:
    counts = texts.value_counts()
    counts = counts[counts > 0]
    # of equal counts, the order of the texts decides, and not that of the rows
    top = sorted(((str(level), int(count)) for level, count in counts.items()), key=lambda pair: (-pair[1], pair[0]))
    levels, shown = zip(*top[:_MOST_LEVELS], strict=True) if top else ((), ())
    other = int(counts.sum()) - sum(shown)
    return len(counts), Distribution(tuple(levels), (), tuple(shown), other, int(texts.isna().sum()))


def _count_quantiles(present: Array, missing: int) -> Distribution:
    positions = np.linspace(0, len(present) - 1, _NUMBER_OF_BINS + 1).round().astype(int)
    inner = np.unique(present[positions[1:-1]])
    if inner[-1] == present[-1]:  # many rows have the largest value: an interval ends before it
        inner = np.unique([*inner[:-1], *present[present < present[-1]][-1:]])
    bounds = tuple(float(edge) for edge in (present[0], *inner, present[-1]))
    return Distribution((), bounds, _count_intervals(present, bounds), 0, missing)


def _count_intervals(present: Array, edges: Sequence[float]) -> tuple[int, ...]:
    """Counts of ascending values up to the second edge, up to each of the next ones, and above the last but one."""
    inner = np.searchsorted(present, np.asarray(edges[1:-1]), side='right')
    return tuple(int(count) for count in np.diff([0, *inner, len(present)]))


def _histogram(present: Array, bins: int = 24) -> tuple[tuple[int, ...], tuple[float, float] | None]:
    low, high = float(present[len(present) // 100]), float(present[-1 - len(present) // 100])
    if low == high:
        return (len(present),), (low, high)
    with np.errstate(over='ignore', invalid='ignore'):
        edges = np.linspace(low, high, bins + 1)
    if not np.isfinite(edges).all():
        return (), None
    inner = np.searchsorted(present, edges[1:-1], side='right')
    return tuple(int(count) for count in np.diff([0, *inner, len(present)])), (low, high)
