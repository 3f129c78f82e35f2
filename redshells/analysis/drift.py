"""Drift: how far the distribution of a column has moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from redshells.analysis.column_profile import ColumnProfile, Distribution, count_like

MODERATE, STRONG = 0.1, 0.25
"""The usual bounds of the population stability index."""

_ALARMS = 0.01  # how often chance alone may give an alarm, in all columns of a table together


@dataclass(frozen=True)
class Drift:
    """How far one column has moved.

    Attributes:
        name: The column.
        psi: The population stability index.
        chance: What the index stays below where nothing has moved, in 99 of 100 cases for all columns of a table
            together; it is larger for few rows and many columns.
        missing_before: Share of the rows without a value before.
        missing_now: And now.
    """

    name: str
    psi: float
    chance: float
    missing_before: float
    missing_now: float

    @property
    def severity(self) -> str:
        """``'none'``, ``'moderate'`` or ``'strong'``."""
        if self.psi < MODERATE or self.psi < self.chance:
            return 'none'
        return 'moderate' if self.psi < STRONG else 'strong'


def population_stability_index(before: Distribution, now: Distribution) -> float:
    """The sum of (q - p) ln(q / p) over the levels or intervals, those of missing values and of other levels included.

    p and q are shares of the rows before and now; a share of zero counts as half a row. Siddiqi: Credit Risk
    Scorecards (2006).

    Args:
        before: What it was.
        now: What it is, by the same levels or intervals.

    Example:
        >>> before = Distribution(levels=('a', 'b'), counts=(50, 50))
        >>> round(population_stability_index(before, Distribution(levels=('a', 'b'), counts=(75, 25))), 4)
        0.2747
    """
    if not before.rows or not now.rows:
        return float('nan')
    p, q = (np.array([*one.counts, one.other, one.missing], dtype=float) for one in (before, now))
    used = (p > 0) | (q > 0)
    p = np.maximum(p[used], 0.5) / before.rows
    q = np.maximum(q[used], 0.5) / now.rows
    return float(np.sum((q - p) * np.log(q / p)))


def compare_column(profile: ColumnProfile, column: pd.Series[Any], number_of_columns: int = 1) -> Drift | None:
    """How far a column has moved from what a profile says; None where there is nothing to compare.

    Args:
        profile: What the column was.
        column: What it is.
        number_of_columns: How many columns are compared.
    """
    if profile.distribution is None:
        return None
    return compare_distribution(profile.name, profile.distribution, column, number_of_columns)


def compare_distribution(
    name: str, before: Distribution, column: pd.Series[Any], number_of_columns: int = 1
) -> Drift | None:
    """How far a column has moved from a distribution; None for a table without rows.

    Args:
        name: The column.
        before: What it was.
        column: What it is.
        number_of_columns: How many columns are compared.
    """
    now = count_like(column, before)
    if not before.rows or not now.rows:
        return None
    used = sum(a > 0 or b > 0 for a, b in zip(_cells(before), _cells(now), strict=True))
    # under no change, n m / (n + m) times the index is about a chi-square of as many degrees as there are free cells
    spread = 1 / before.rows + 1 / now.rows
    chance = float(stats.chi2.isf(_ALARMS / number_of_columns, max(used - 1, 1)) * spread)
    return Drift(
        name,
        population_stability_index(before, now),
        chance,
        before.missing / before.rows,
        now.missing / now.rows,
    )


def _cells(distribution: Distribution) -> tuple[int, ...]:
    return (*distribution.counts, distribution.other, distribution.missing)
