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


class _BothObjective(_RangeObjective, _MultiObjective):
    """For any number of classes."""


def uncompiled(own: Any) -> Any:
    """An objective of the user's that CatBoost calls as it is.

    Where numba is installed, CatBoost compiles what does not use ``self``, and fails in the training when numba can
    not.
    """
    kinds = {(True, True): _BothObjective, (True, False): _RangeObjective, (False, True): _MultiObjective}
    kind = kinds.get((hasattr(own, 'calc_ders_range'), hasattr(own, 'calc_ders_multi')))
    return own if kind is None else kind(own)
