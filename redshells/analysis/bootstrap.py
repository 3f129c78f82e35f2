"""Scores with intervals: how much of a score, or of the difference of two, is the luck of the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from redshells.errors import ParameterError
from redshells.model.metric import Metric

Array = npt.NDArray[Any]

_CONFIDENCE = 0.95
_MOST_ROWS = 3_000  # of a resample: a metric takes half a millisecond or so then
_MOST_ROWS_FOR_RARE_CLASS = 20_000  # of a resample, so that it holds enough rows of the rarer of two classes
_ENOUGH_OF_RARE_CLASS = 20
_FEWEST_UNITS = 10  # rows, groups, or rows of the rarer of two classes: fewer tell nothing of their spread


@dataclass(frozen=True)
class Estimate:
    """A number and the interval that holds it with a confidence of 95 %.

    Attributes:
        value: The number.
        low: Where the interval begins; NaN where it can't be told.
        high: Where it ends.
    """

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class ScoredRows:
    """Rows with their truth, which several models have predicted.

    Attributes:
        target: Codes of classes, numbers, or relevances, of shape (rows,).
        is_classification: Whether the target holds codes of classes.
        weight: Weight of each row, of shape (rows,), or None.
        group: The query or group of each row, of shape (rows,), or None; its rows are drawn together.
    """

    target: Array
    is_classification: bool = False
    weight: Array | None = None
    group: Array | None = None

    def score(self, metric: Metric, prediction: Array, rows: Array | None = None, group: Array | None = None) -> float:
        """A score of a prediction, of some rows if they are given.

        Args:
            metric: The metric.
            prediction: What the metric takes, one entry for each row.
            rows: Positions of the rows; all of them by default.
            group: The group of each of these rows, where one that was drawn twice counts as two.
        """
        if rows is None:
            return metric(self.target, prediction, weight=self.weight, group=self.group)
        weight = None if self.weight is None else self.weight[rows]
        return metric(self.target[rows], prediction[rows], weight=weight, group=group)


class Bootstrap:
    """Draws rows with replacement, the same ones for all scores, so that differences can be judged as well.

    Groups are drawn as a whole. All classes are drawn together, for how many rows of each the table holds is luck as
    well; a resample that lacks what a metric needs does not count. Of many rows, fewer are drawn than there are, and
    the spread is scaled by the square root of their share (the m out of n bootstrap). Of few rows, the spread is
    widened as the quantiles of Student's t are; of fewer than ten rows, groups, or rows of the rarer of two classes,
    and where all resamples score the same, there is no interval.

    Bickel, Götze, van Zwet: Resampling Fewer Than n Observations: Gains, Losses, and Remedies for Losses (1997,
    https://www3.stat.sinica.edu.tw/statistica/j7n1/j7n11/j7n11.htm).
    Hesterberg: What Teachers Should Know About the Bootstrap (2015, https://arxiv.org/abs/1411.5279), for few rows.

    Args:
        rows: What was predicted.
        number_of_resamples: How often rows are drawn.
        random_seed: Seed of the draws.

    Raises:
        ParameterError: Too few resamples for an interval.

    Example:
        >>> from redshells.model.metric import get_metric
        >>> rows = ScoredRows(np.arange(100.0))
        >>> bootstrap = Bootstrap(rows, random_seed=0)
        >>> estimate = bootstrap.estimate(get_metric('mae', 'regression'), np.arange(100.0) + np.tile([1.0, 3.0], 50))
        >>> estimate.value, 1.7 < estimate.low < 2 < estimate.high < 2.3
        (2.0, True)
    """

    def __init__(self, rows: ScoredRows, *, number_of_resamples: int = 200, random_seed: int = 0) -> None:
        if number_of_resamples < 20:
            raise ParameterError(f'number_of_resamples={number_of_resamples} was given; at least 20 are expected.')
        self._rows = rows
        generator = np.random.default_rng(random_seed)
        draw = self._group_drawer() if rows.group is not None else self._row_drawer()
        self._draws = [draw(generator) for _ in range(number_of_resamples)]
        self._scores: dict[tuple[str, int], tuple[Array, Array]] = {}

    def estimate(self, metric: Metric, prediction: Array) -> Estimate:
        """A score with its interval.

        Args:
            metric: The metric.
            prediction: What the metric takes, one entry for each row.
        """
        value, resampled = self._rows.score(metric, prediction), self._resampled(metric, prediction)
        return self._interval(value, resampled, *_bounds(metric))

    def estimate_gain(self, metric: Metric, prediction: Array, other: Array) -> Estimate:
        """By how much a prediction scores better than another one: above zero, whatever the direction of the metric.

        Args:
            metric: The metric.
            prediction: What the metric takes, one entry for each row.
            other: The prediction that it is compared with.
        """
        sign = 1.0 if metric.direction == 'maximize' else -1.0
        value = sign * (self._rows.score(metric, prediction) - self._rows.score(metric, other))
        return self._interval(value, sign * (self._resampled(metric, prediction) - self._resampled(metric, other)))

    def _resampled(self, metric: Metric, prediction: Array) -> Array:
        key = (metric.name, id(prediction))
        if key not in self._scores:
            scores = [self._rows.score(metric, prediction, rows, group) for rows, group in self._draws]
            self._scores[key] = np.array(scores), prediction  # which is kept, so that no other one gets its id
        return self._scores[key][0]

    def _interval(self, value: float, resampled: Array, lowest: float = -np.inf, highest: float = np.inf) -> Estimate:
        known = resampled[np.isfinite(resampled)]
        if self._units < _FEWEST_UNITS or not np.isfinite(value) or len(known) < len(resampled) / 2:
            return Estimate(value, np.nan, np.nan)
        if np.ptp(known) <= 1e-12 * abs(value):  # no draw tells anything of the spread: all rows are right, for example
            return Estimate(value, np.nan, np.nan)
        tail = (1 - _CONFIDENCE) / 2
        # the draws of fewer rows than there are spread around a mean of their own
        spread = (known - known.mean()) * self._scale
        low, high = value + np.quantile(spread, [tail, 1 - tail]) * _widening(self._units, tail)
        return Estimate(value, float(max(low, lowest)), float(min(high, highest)))

    def _row_drawer(self) -> Any:
        size = len(self._rows.target)
        rarest = self._rows_of_rarer_class()
        drawn = min(size, _MOST_ROWS)
        if rarest * drawn < _ENOUGH_OF_RARE_CLASS * size:
            drawn = min(size, _MOST_ROWS_FOR_RARE_CLASS, -(-_ENOUGH_OF_RARE_CLASS * size // rarest))
        self._scale = float(np.sqrt(drawn / size))
        self._units = rarest

        def draw(generator: np.random.Generator) -> tuple[Array, Array | None]:
            return generator.integers(0, size, drawn), None

        return draw

    def _rows_of_rarer_class(self) -> int:
        """How many rows the rarer of two classes has; all rows where there are no two classes."""
        counts = np.bincount(self._rows.target) if self._rows.is_classification else np.empty(0)
        counts = counts[counts > 0]
        return int(counts.min()) if len(counts) == 2 else len(self._rows.target)

    def _group_drawer(self) -> Any:
        codes = pd.factorize(pd.Series(self._rows.group), use_na_sentinel=False)[0]
        members = np.split(np.argsort(codes, kind='stable'), np.cumsum(np.bincount(codes))[:-1])
        drawn = max(min(len(members), 50), round(len(members) * min(1.0, _MOST_ROWS / len(codes))))
        self._scale = float(np.sqrt(drawn / len(members)))
        self._units = len(members)

        def draw(generator: np.random.Generator) -> tuple[Array, Array | None]:
            chosen = [members[code] for code in generator.integers(0, len(members), drawn)]
            return np.concatenate(chosen), np.repeat(np.arange(drawn), [len(rows) for rows in chosen])

        return draw


def _bounds(metric: Metric) -> tuple[float, float]:
    """The least and the greatest value that a metric can have, as far as it is known."""
    name = metric.name.partition('@')[0]
    if name in ('r2', 'mcc'):
        return (-np.inf, 1.0) if name == 'r2' else (-1.0, 1.0)
    if ':' in name:
        return -np.inf, np.inf
    return (0.0, 1.0) if metric.direction == 'maximize' else (0.0, np.inf)


def _widening(units: int, tail: float) -> float:
    """By how much the spread of resamples of few units is too small."""
    quantile = stats.t.ppf(1 - tail, units - 1) / stats.norm.ppf(1 - tail)
    return float(quantile * np.sqrt(units / (units - 1)))
