"""Functions compiled by numba, whose machine code is kept on the disk where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Generic, ParamSpec, TypeVar

import numba

_Arguments = ParamSpec('_Arguments')
_Result = TypeVar('_Result')


def compiled(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Compile a function of arrays and numbers on its first call; it runs without the lock of the interpreter.

    The machine code is kept beside the source, or in the user's folder for caches where that is read-only. Where
    neither can be written, each process compiles for itself. No more than one thread is used, so that a process can
    fork after a call.

    Args:
        function: What numba can compile.
    """
    return _Compiled(function)


class _Compiled(Generic[_Arguments, _Result]):
    def __init__(self, function: Callable[_Arguments, _Result]) -> None:
        update_wrapper(self, function)
        self._function = function
        try:
            self._compiled = _compile(function, keep=True)
        except RuntimeError:  # numba has found no folder that it can write to
            self._compiled = _compile(function, keep=False)

    def __call__(self, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        try:
            return self._compiled(*args, **kwargs)
        except OSError:  # the disk is full, or the folder has become read-only; numba writes before it calls
            self._compiled = _compile(self._function, keep=False)
            return self._compiled(*args, **kwargs)


def _compile(function: Callable[_Arguments, _Result], *, keep: bool) -> Callable[_Arguments, _Result]:
    made: Callable[_Arguments, _Result] = numba.njit(cache=keep, nogil=True, fastmath=True)(function)
    return made
