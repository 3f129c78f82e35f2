"""Processes: what a fork breaks, and a fresh process where it matters.

``gokart.build(workers=2)`` forks. A forked process has no threads but one, while the libraries in it still count on
those that they had started, and wait for them for ever. Importing this module cures what can be cured: from then on,
each ``os.fork`` first stops the idle threads of GNU OpenMP (LightGBM, XGBoost, scikit-learn, PyTorch); they start again
when they are needed. What is left is named by `fork_hazards`, and `run_safely` keeps clear of it.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

from redshells.fresh_process import FreshCall

P = ParamSpec('P')
T = TypeVar('T')

_OPENMP_LIBRARIES = ('lightgbm', 'xgboost', 'sklearn', 'torch')
_OMP_PAUSE_SOFT = 1  # of omp_pause_resource_t: give the threads back, keep the settings
_PR_SET_PDEATHSIG = 1  # of prctl: the signal to get when the parent ends

_hazards: tuple[str, ...] = ()
_hazards_of_next_fork: tuple[str, ...] = ()


def fork_hazards() -> tuple[str, ...]:
    """Name the libraries that can hang in this process, because their threads were lost when it was forked.

    Returns:
        Import names such as ``'polars'``; empty in a process that was not forked, and in one that was forked before
        this module was imported.
    """
    return _hazards


def prepare_fork() -> tuple[str, ...]:
    """Stop the threads that would be missed after a fork, as far as they can be stopped.

    It runs by itself before each ``os.fork``.

    Returns:
        The import names of the libraries whose threads can't be stopped: what `fork_hazards` would be in a child.
    """
    return tuple(dict.fromkeys((*_hazards, *_running_openmp(), *_running_polars())))


def _running_openmp() -> tuple[str, ...]:
    loaded = tuple(name for name in _OPENMP_LIBRARIES if name in sys.modules)
    try:
        maps = Path('/proc/self/maps').read_bytes()
    except OSError:
        return loaded
    # Each wheel may bring a GNU OpenMP of its own, with threads of its own.
    runtimes = {os.fsdecode(path) for path in re.findall(rb'(/[^\n]*/libgomp[^/\n]*)$', maps, re.MULTILINE)}
    stopped = [_stop_openmp_threads(path) for path in runtimes]
    return () if all(stopped) else loaded or ('libgomp',)


def _stop_openmp_threads(path: str) -> bool:
    try:
        return bool(ctypes.CDLL(path).omp_pause_resource_all(_OMP_PAUSE_SOFT) == 0)
    except (OSError, AttributeError):  # AttributeError: older than GCC 9
        return False


def _running_polars() -> tuple[str, ...]:
    # To be imported does no harm, and gokart imports it wherever it is installed.
    if 'polars' not in sys.modules:
        return ()
    names = []
    for thread in Path('/proc/self/task').glob('*/comm'):
        with suppress(OSError):  # a thread that has just ended
            names.append(thread.read_text(errors='replace').strip())
    running = any(re.fullmatch(r'polars-\d+', name) for name in names)
    return ('polars',) if running or not names else ()


def _before_fork() -> None:
    global _hazards_of_next_fork
    _hazards_of_next_fork = prepare_fork()


def _after_fork_in_child() -> None:
    global _hazards
    _hazards = _hazards_of_next_fork


if hasattr(os, 'register_at_fork'):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)


def end_with_parent() -> None:
    """Let this forked process end when the one that forked it ends, however that happens; Linux only."""
    if sys.platform == 'linux':
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def run_safely(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function where no library can hang: here, or in a fresh Python process if there are `fork_hazards`.

    The fresh process knows the caller's ``sys.path``, working directory, environment and log levels; log records come
    back to the caller's handlers, and the output goes where the caller's goes. It knows nothing else: not what the
    caller's code has registered or set in other modules. It ends when the caller ends, however that happens.

    Args:
        function: A function that can be imported from a module.
        *args: Its arguments. They and the result go through pickle where a fresh process is needed.
        **kwargs: Its keyword arguments.

    Returns:
        What the function returns.

    Raises:
        ProcessError: The fresh process died, or something can't be handed over to it.
        BaseException: Whatever the function raises, with the traceback of the fresh process as a note.
    """
    if not fork_hazards():
        return function(*args, **kwargs)
    used = ' and '.join(fork_hazards())
    call = FreshCall(
        function,
        args,
        kwargs,
        why=f'because {used} had been used before this process was forked',
        way_out='Build with workers=1',
    )
    with call, call.start() as process:
        return process.result()
