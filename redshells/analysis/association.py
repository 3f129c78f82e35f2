"""How much the columns of a table have to do with its target, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.analysis.column_profile import kind_of
from redshells.model.feature_schema import to_numbers

Array = npt.NDArray[Any]

_MOST_ROWS = 20_000
_FEWEST_ROWS = 2_000  # of a wide table
_MOST_CELLS = 5_000_000
_MOST_LEVELS = 100


@dataclass(frozen=True)
class Association:
    """How much one column has to do with the target.

    Attributes:
        name: The column.
        measure: ``'spearman'`` (two numbers, from -1 to 1), ``'correlation_ratio'`` (a number and a category, from 0
            to 1) or ``'cramers_v'`` (two categories, from 0 to 1).
        value: Its value; NaN where one of the two is constant.
    """

    name: str
    measure: str
    value: float


def associate(
    frame: pd.DataFrame, target_column_name: str, *, is_classification: bool, random_seed: int = 0
) -> tuple[Association, ...]:
    """The association of each column with the target, in a sample of a large table, rows with missing values left out.

    Columns that are neither numbers nor categories are left out.

    Args:
        frame: The table.
        target_column_name: The target, which is one of its columns; nothing is told of one without order and levels.
        is_classification: Whether the target is a category, even if it is a number.
        random_seed: Seed of the sample.
    """
    if kind_of(frame[target_column_name]) not in ('number', 'category'):
        return ()
    rows = int(np.clip(_MOST_CELLS // frame.shape[1], _FEWEST_ROWS, _MOST_ROWS))
    if len(frame) > rows:
        frame = frame.iloc[np.sort(np.random.default_rng(random_seed).choice(len(frame), rows, replace=False))]
    target = frame[target_column_name]
    target_is_number = not is_classification and kind_of(target) == 'number'
    outcome = to_numbers(target) if target_is_number else _codes(target)
    found = []
    for name in frame.columns:
        kind = kind_of(frame[name])
        if name == target_column_name or kind not in ('number', 'category'):
            continue
        values = to_numbers(frame[name]) if kind == 'number' else _codes(frame[name])
        known = np.isfinite(values) & np.isfinite(outcome)
        pair = (values[known], outcome[known])
        if kind == 'number' and target_is_number:
            found.append(Association(str(name), 'spearman', _spearman(*pair)))
        elif kind == 'number':
            found.append(Association(str(name), 'correlation_ratio', _correlation_ratio(pair[1], pair[0])))
        elif target_is_number:
            found.append(Association(str(name), 'correlation_ratio', _correlation_ratio(*pair)))
        else:
            found.append(Association(str(name), 'cramers_v', _cramers_v(*pair)))
    return tuple(found)


def _codes(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """A number for each level; the rarer ones of many are one level."""
    codes, uniques = pd.factorize(column)
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    if len(uniques) > _MOST_LEVELS:
        rank = np.empty(len(uniques), dtype=int)
        rank[np.argsort(-counts, kind='stable')] = np.arange(len(uniques))
        codes = np.where(codes >= 0, np.minimum(rank[codes], _MOST_LEVELS), -1)
    return np.where(codes >= 0, codes.astype(float), np.nan)


def _spearman(values: Array, outcome: Array) -> float:
    if len(values) < 3:
        return float('nan')
    ranks = [pd.Series(one).rank().to_numpy() for one in (values, outcome)]
    if any(_is_constant(one) for one in ranks):
        return float('nan')
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _is_constant(values: Array) -> bool:
    return bool(values.min() == values.max())


def _correlation_ratio(codes: Array, numbers: Array) -> float:
    """Square root of the share of the variance between the groups, corrected for the number of groups."""
    if len(numbers) < 3 or _is_constant(numbers):
        return float('nan')
    numbers = pd.Series(numbers).rank().to_numpy()  # a few huge values would hide all others
    groups = np.unique(codes, return_inverse=True)[1]
    counts = np.bincount(groups)
    if len(counts) < 2 or len(counts) >= len(numbers):
        return float('nan')
    means = np.bincount(groups, weights=numbers) / counts
    total = np.sum((numbers - numbers.mean()) ** 2)
    within = np.sum((numbers - means[groups]) ** 2)
    share = 1 - (within / (len(numbers) - len(counts))) / (total / (len(numbers) - 1))
    return float(np.sqrt(max(share, 0.0)))


def _cramers_v(values: Array, outcome: Array) -> float:
    """With the correction of Bergsma (2013): A bias-correction for Cramér's V and Tschuprow's T."""
    if len(values) < 3:
        return float('nan')
    first, second = (np.unique(one, return_inverse=True)[1] for one in (values, outcome))
    rows, columns, size = int(first.max()) + 1, int(second.max()) + 1, len(first)
    if min(rows, columns) < 2:
        return float('nan')
    table = np.bincount(first * columns + second, minlength=rows * columns).reshape(rows, columns)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / size
    phi = float(np.sum((table - expected) ** 2 / expected)) / size
    phi = max(0.0, phi - (columns - 1) * (rows - 1) / (size - 1))
    narrow = min(rows - (rows - 1) ** 2 / (size - 1), columns - (columns - 1) ** 2 / (size - 1))
    return float(min(1.0, np.sqrt(phi / max(narrow - 1, 1e-12))))
