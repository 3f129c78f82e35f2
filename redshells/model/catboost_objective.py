"""Objectives of the user's for CatBoost."""

from __future__ import annotations

from typing import Any


class _RangeObjective:
    def __init__(self, own: Any) -> None:
        self._own = own

    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> Any:
        return self._own.calc_ders_range(approxes, targets, weights)


class _MultiObjective:
    def __init__(self, own: Any) -> None:
        self._own = own

    def calc_ders_multi(self, approxes: Any, target: Any, weight: Any) -> Any:
        return self._own.calc_ders_multi(approxes, target, weight)


def uncompiled(own: Any) -> Any:
    """An objective of the user's that CatBoost calls as it is.

    Where numba is installed, CatBoost compiles what does not use ``self``, and fails in the training when numba can
    not.
    """
    if hasattr(own, 'calc_ders_multi'):
        return _MultiObjective(own)
    return _RangeObjective(own) if hasattr(own, 'calc_ders_range') else own
