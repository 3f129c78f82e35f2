"""Silence for Optuna, whose log tells users what the searches of redshells tell them already."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_quiet_lock = threading.Lock()
_quiet_levels: list[int] = []


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Silence Optuna's log below errors; its level comes back when the last search of the process ends."""
    logger = logging.getLogger('optuna')
    with _quiet_lock:
        _quiet_levels.append(logger.level)
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        with _quiet_lock:
            # The level before the first search is that of the user.
            level = _quiet_levels[0]
            _quiet_levels.pop()
            if not _quiet_levels:
                logger.setLevel(level)
