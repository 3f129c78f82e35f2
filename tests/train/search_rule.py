"""A search rule as a function, and a metric, of a user's module."""

from __future__ import annotations

from typing import Any

import numpy as np


def draw(trial: Any) -> dict[str, Any]:
    return {
        'eta': trial.suggest_float('eta', 0.1, 0.5),
        'max_depth': trial.suggest_int('max_depth', 2, 4),
    }


def worst_error(target: Any, prediction: Any) -> float:
    return float(np.max(np.abs(target - prediction)))


worst_error.greater_is_better = False  # type: ignore[attr-defined]
