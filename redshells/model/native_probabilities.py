"""From what a booster predicts to probabilities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def native_to_probabilities(native: npt.NDArray[np.float64], *, raw: bool) -> npt.NDArray[np.float64]:
    """Probabilities (rows, classes) of what a booster predicts.

    Args:
        native: Of two classes the second one, of shape (rows,); else of shape (rows, classes).
        raw: Whether they are raw scores, as of custom objectives, which are squashed.
    """
    if native.ndim == 1:
        positive = np.exp(-np.logaddexp(0.0, -native)) if raw else native
        return np.column_stack([1.0 - positive, positive])
    if raw:
        native = np.exp(native - native.max(axis=1, keepdims=True))
        return native / native.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]
    total = native.sum(axis=1, keepdims=True)  # not 1 where each class has a booster of its own
    even = np.full_like(native, 1 / native.shape[1])
    return np.divide(native, total, out=even, where=total > 0)  # type: ignore[no-any-return]
