"""Scores of predicted similarities by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from redshells.errors import DataError, UnknownNameError
from redshells.model.metric import get_metric

Floats = npt.NDArray[np.float64]

PROBLEM = 'similarity'
"""What results call the problem."""
_OF_CLASSES = ('auc', 'average_precision', 'logloss')


def check_similarity_metric(name: str) -> None:
    """Check that there is a score of this name.

    Raises:
        UnknownNameError: There is none.
    """
    if name not in _OF_CLASSES:
        try:
            get_metric(name, 'regression')
        except UnknownNameError as error:
            raise UnknownNameError(f'{error} Or one of {list(_OF_CLASSES)}, of scores that are 0 or 1.') from None


def direction_of(name: str) -> str:
    """``'maximize'`` or ``'minimize'``."""
    return get_metric(name, 'classification' if name in _OF_CLASSES else 'regression').direction


def usual_metrics(scores: Floats) -> tuple[str, ...]:
    """Names of what says most about similarities: errors, and the order of pairs where scores are 0 and 1."""
    return ('rmse', 'mae', 'auc') if _are_classes(scores) else ('rmse', 'mae')


def evaluate_similarity(scores: Floats, similarity: Floats, names: Sequence[str]) -> list[float]:
    """What predicted similarities are worth.

    ``'auc'``, ``'average_precision'`` and ``'logloss'`` are of scores that are 0 or 1; the last takes similarities
    outside of 0 to 1 for the nearer end. All others are metrics of regressions.

    Args:
        scores: The true ones.
        similarity: The predicted ones.
        names: Names of the metrics.

    Raises:
        DataError: A metric is of classes, and the scores are none.

    Example:
        >>> evaluate_similarity(np.array([1.0, 0.0]), np.array([0.5, 0.5]), ['rmse', 'auc'])
        [0.5, 0.5]
    """
    values = []
    for name in names:
        if name not in _OF_CLASSES:
            values.append(get_metric(name, 'regression')(scores, similarity))
            continue
        if not _are_classes(scores):
            raise DataError(
                f'the metric {name!r} is of scores that are 0 or 1; they are from {scores.min():g} to '
                f"{scores.max():g}. Choose another one, such as 'rmse'."
            )
        shares = np.clip(similarity, 0, 1) if name == 'logloss' else similarity
        values.append(
            get_metric(name, 'classification', 2)(scores.astype(np.int64), np.stack([1 - shares, shares], axis=1))
        )
    return values


def _are_classes(scores: Floats) -> bool:
    return bool(np.isin(scores, (0, 1)).all())
