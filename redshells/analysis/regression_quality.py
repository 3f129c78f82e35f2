"""How good predicted numbers are: predicted against true, and what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_MOST_POINTS = 500


@dataclass(frozen=True)
class RegressionQuality:
    """What the predictions are worth.

    Attributes:
        truth: True values of a sample of rows.
        prediction: Predicted values of the same rows.
        residual_edges: Bounds of 30 intervals of the residuals (true minus predicted) between their outer percents.
        residual_counts: Rows in each; what lies beyond counts at the ends.
        residual_quantiles: Residuals below which 5, 25, 50, 75 and 95 % of the rows lie.
        tenth_prediction: Mean prediction of each tenth of the rows, by rising prediction.
        tenth_truth: Mean true value of the same rows.
        tenth_error: Mean absolute residual of the same rows.
    """

    truth: Array
    prediction: Array
    residual_edges: Array
    residual_counts: Array
    residual_quantiles: Array
    tenth_prediction: Array
    tenth_truth: Array
    tenth_error: Array


def judge_regression(target: Array, prediction: Array, random_seed: int = 0) -> RegressionQuality:
    """Judge predicted numbers.

    Args:
        target: True values, of shape (rows,).
        prediction: Predicted values, of shape (rows,).
        random_seed: Seed of the sample.
    """
    rows = np.arange(len(target))
    if len(rows) > _MOST_POINTS:
        rows = np.random.default_rng(random_seed).choice(rows, _MOST_POINTS, replace=False)
    residual = target - prediction
    low, high = np.quantile(residual, [0.01, 0.99])
    edges = np.linspace(low, high if high > low else low + 1, 31)
    order = np.argsort(prediction, kind='stable')
    tenths = [part for part in np.array_split(order, 10) if len(part)]
    return RegressionQuality(
        truth=target[rows],
        prediction=prediction[rows],
        residual_edges=edges,
        residual_counts=np.histogram(np.clip(residual, edges[0], edges[-1]), edges)[0],
        residual_quantiles=np.quantile(residual, [0.05, 0.25, 0.5, 0.75, 0.95]),
        tenth_prediction=np.array([prediction[part].mean() for part in tenths]),
        tenth_truth=np.array([target[part].mean() for part in tenths]),
        tenth_error=np.array([np.abs(residual[part]).mean() for part in tenths]),
    )
