"""Fresh processes that work on the same study as this one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from redshells.fresh_process import FreshCall, FreshProcess
from redshells.tuning.search import Objective, Outcome, Report

T = TypeVar('T')

_logger = logging.getLogger(__name__)


class Helpers(Generic[T]):
    """Fresh processes that make the same call while this process tries parameters.

    They are started at the first trial here, so that a study that has its trials starts none. Use it as a context
    manager, at whose end they are killed. What they ran is then free again.

    Args:
        count: How many there are.
        function: What they call, which can be imported from a module.
        *arguments: Its arguments, pickled once for all.
    """

    def __init__(self, count: int, function: Callable[..., T], *arguments: Any) -> None:
        self._count = count
        self._function = function
        self._arguments = arguments
        self._running: list[FreshProcess[T]] = []
        self._started = False
        self._lock = threading.Lock()
        self._values: list[T] = []

    def beside(self, objective: Objective) -> Objective:
        """Return the objective, whose trials start the helpers and end with what a helper has raised."""

        def watched(params: dict[str, Any], report: Report) -> Outcome:
            self._start()
            self._check()
            return objective(params, _WatchedReport(report, self._check))

        return watched if self._count > 0 else objective

    def collect(self) -> list[T]:
        """Wait for all helpers, and return what those that lived have returned.

        Raises:
            BaseException: What one of them has raised.
        """
        self._check(wait=True)
        return self._values

    def _start(self) -> None:
        if self._started:
            return
        self._started = True
        call = FreshCall(
            self._function,
            self._arguments,
            why=f'for {self._count + 1} trials are to run side by side (n_jobs)',
            way_out='Set n_jobs=1, give the search space as data rather than as a function',
        )
        with call:  # a helper that has been started keeps the file
            for _ in range(self._count):
                self._running.append(self._stack.enter_context(call.start()))

    def _check(self, *, wait: bool = False) -> None:
        with self._lock:  # the folds of a trial, a thread for each, report at the same time
            for process in [one for one in self._running if wait or one.has_ended]:
                try:
                    self._values.append(process.result())
                except BaseException as error:
                    if not process.has_ended or (process.has_answered and isinstance(error, Exception)):
                        raise
                    reason = str(error) or type(error).__name__
                    _logger.warning('%s The trial that it ran is repeated; the search goes on without it.', reason)
                self._running.remove(process)

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            process.kill()  # all at once, before the first of them is waited for
        self._stack.close()


@dataclass(frozen=True)
class _WatchedReport:
    report: Report
    check: Callable[[], None]

    def __call__(self, step: int, value: float) -> None:
        self.check()
        self.report(step, value)

    def is_late(self) -> bool:
        self.check()
        return self.report.is_late()
