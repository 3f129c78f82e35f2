"""A fair share of the cores for each task that runs beside others."""

from __future__ import annotations

import math
import operator
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import current_process
from pathlib import Path
from typing import Any, cast

from redshells.errors import ParameterError

_worker_count = 1


def set_worker_count(count: int) -> None:
    """Say how many tasks run side by side, in this process and in those that are forked from it.

    Args:
        count: The number of worker processes, at least 1.

    Raises:
        ParameterError: The number is not a positive integer.
    """
    global _worker_count
    _worker_count = _check_integer('the number of workers', count, minimum=1)


def worker_count() -> int:
    """Tell how many tasks run side by side.

    Returns:
        The number that `set_worker_count` was given, or the number of processes of the gokart worker that forked this
        process if that is larger.
    """
    return max(_worker_count, _gokart_worker_count())


def _gokart_worker_count() -> int:
    # gokart forks a TaskProcess for each task. These attributes are not documented: without them it counts as one.
    process = current_process()
    identity = getattr(process, 'worker_id', '')
    named = re.search(r'\bworkers=(\d+)', str(identity))
    if named:
        return int(named[1])
    try:  # the user gave the worker an id; only the scheduler knows
        return int(cast(Any, process).status_reporter._scheduler._state.get_worker(identity).info['workers'])
    except Exception:
        return 1


@contextmanager
def shared_cores(count: int) -> Iterator[None]:
    """Say that so many tasks run side by side where one would run otherwise, for the time of the block.

    Args:
        count: How many share what one would have.
    """
    before = worker_count()
    set_worker_count(before * count)
    try:
        yield
    finally:
        set_worker_count(before)


def thread_count(n_jobs: int) -> int:
    """Tell how many threads a model may use, so that all workers together do not use more than the cores.

    Args:
        n_jobs: The number that the user asked for; -1 for this worker's share of the cores.

    Returns:
        The share for -1; otherwise ``n_jobs``, but no more than the share if several workers run side by side.

    Raises:
        ParameterError: ``n_jobs`` is 0, less than -1 or not an integer.
    """
    if n_jobs != -1:
        n_jobs = _check_integer('n_jobs', n_jobs, minimum=1, otherwise=' or -1 (all cores)')
    workers = worker_count()
    share = max(1, available_cores() // workers)
    if n_jobs == -1:
        return share
    return n_jobs if workers == 1 else min(n_jobs, share)


def _check_integer(what: str, value: int, minimum: int, otherwise: str = '') -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = minimum - 1
    if number < minimum or isinstance(value, bool):
        raise ParameterError(f'{what} is {value!r}; an integer of at least {minimum}{otherwise} is expected.')
    return number


def available_cores() -> int:
    """Count the cores that this process may use: its affinity and the CPU quota of its control groups.

    Returns:
        At least 1.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
    return max(1, min(cores, math.floor(min(_read_cpu_quota(), cores))))


def _read_cpu_quota(root: Path = Path('/')) -> float:
    quota = math.inf
    try:
        groups = (root / 'proc/self/cgroup').read_text().splitlines()
    except OSError:
        return quota
    for group in groups:
        _, controllers, path = group.split(':', 2)
        if controllers and 'cpu' not in controllers.split(','):
            continue
        mount = root / 'sys/fs/cgroup' / ('cpu' if controllers else '')  # no controllers: version 2
        folder = mount / path.lstrip('/')
        # The limit of a parent holds as well, and in a container only the mount itself may be visible.
        for place in (folder, *(parent for parent in folder.parents if parent.is_relative_to(mount))):
            quota = min(quota, _read_quota(place))
    return quota


def _read_quota(folder: Path) -> float:
    """Read the cores that one control group may use; both versions of control groups are known."""
    with suppress(OSError, ValueError):
        limit, period = (folder / 'cpu.max').read_text().split()
        return math.inf if limit == 'max' else int(limit) / int(period)
    with suppress(OSError, ValueError):
        limit, period = ((folder / f'cpu.cfs_{name}_us').read_text() for name in ('quota', 'period'))
        return math.inf if int(limit) < 0 else int(limit) / int(period)
    return math.inf
