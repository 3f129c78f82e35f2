"""The learning curve that a model has kept of its training by epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from redshells.model.learning_curve import LearningCurve

_FEWEST_SCORES = 10
_STILL_MOVING = 0.02  # of the way from the worst score to the best one


def training_curve(model: Any) -> LearningCurve | None:
    """The loss and the score after each epoch, as the model has kept them; None where there are less than two epochs.

    It is an attribute ``learning_curve_`` of the model, or stands in ``training['learning_curve']``.

    Args:
        model: A fitted model of any kind.
    """
    curve = getattr(model, 'learning_curve_', None)
    if not isinstance(curve, LearningCurve):
        kept = getattr(model, 'training', {}).get('learning_curve')
        if not isinstance(kept, Mapping):
            return None
        curve = LearningCurve.from_json(kept)
    return curve if len(curve.epochs) > 1 else None


def is_cut_short(curve: LearningCurve) -> bool:
    """Whether the score on held-out rows was still getting better when the training ended.

    So it is where the last epoch is the best one, and the last tenth of the epochs has brought more than 2 % of the way
    from the worst score to the best one.

    Args:
        curve: The curve.
    """
    scores = np.array(curve.scores, dtype=float)
    if len(scores) < _FEWEST_SCORES or curve.best_epoch != curve.epochs[-1] or not np.isfinite(scores).all():
        return False
    return bool(abs(scores[-1] - scores[-1 - len(scores) // 10]) > _STILL_MOVING * np.ptp(scores))
