"""What becomes of the tasks of a build, in this process and in its worker processes."""

from __future__ import annotations

import logging
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

import gokart
import luigi
from gokart.build import GokartBuildError
from gokart.conflict_prevention_lock.task_lock import TaskLockException
from luigi.worker import TaskException

from redshells.errors import ProcessError
from redshells.fresh_process import dump_error, load_error
from redshells.process import end_with_parent

logger = logging.getLogger('redshells.building')  # the one name under which users find all lines of a build

_EVENTS: Any = luigi.Task  # whose event handlers are those of all tasks; luigi does not type them


@dataclass(frozen=True)
class TaskEvent:
    """What became of a task."""

    moment: float
    kind: Literal['complete', 'ran', 'failed']
    task_id: str
    task: str
    seconds: float = 0.0
    error: BaseException | None = None
    reason: str = ''


def _identify(task: luigi.Task) -> str:
    try:
        return cast(gokart.TaskOnKart[Any], task).make_unique_id()
    except Exception:  # not a task of gokart, or one with broken requirements
        return str(task.task_id).rpartition('_')[2]


def _describe(task: luigi.Task) -> str:
    return f'{type(task).__name__}[{_identify(task)[:8]}]'


class BuildReport:
    """Collects what becomes of the tasks of one build, in this process and in the worker processes."""

    #: The builds that run now, each inside a task of the one before.
    running: ClassVar[list[BuildReport]] = []

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process_id = os.getpid()
        self._events: list[TaskEvent] = []
        self._start = time.monotonic()

    @classmethod
    @contextmanager
    def of_tasks(cls) -> Iterator[BuildReport]:
        """Listen to the events of all tasks."""
        with tempfile.TemporaryDirectory(prefix='redshells-') as directory:
            report = cls(Path(directory))
            callbacks: dict[str, Callable[..., None]] = {
                luigi.Event.DEPENDENCY_PRESENT: report._on_complete,
                luigi.Event.DEPENDENCY_MISSING: report._on_missing,
                luigi.Event.START: report._on_start,
                luigi.Event.PROCESSING_TIME: report._on_end,
                luigi.Event.FAILURE: report._on_failure,
                luigi.Event.BROKEN_TASK: report._on_failure,
                luigi.Event.PROCESS_FAILURE: report._on_death,
                luigi.Event.TIMEOUT: report._on_death,
            }
            cls.running.append(report)
            for event, callback in callbacks.items():
                _EVENTS.event_handler(event)(callback)
            try:
                with _forgotten_handlers():
                    yield report
            finally:
                cls.running.remove(report)
                for event, callback in callbacks.items():
                    _EVENTS.remove_event_handler(event, callback)

    def _add(self, kind: Literal['complete', 'ran', 'failed'], task: luigi.Task, **details: Any) -> None:
        if self.running[-1] is not self:
            return  # the task belongs to a build inside a task of this one
        event = TaskEvent(time.time(), kind, _identify(task), _describe(task), **details)
        if os.getpid() == self._process_id:
            self._events.append(event)
            return
        error = None if event.error is None else dump_error(event.error)
        path = self._directory / f'{time.time_ns()}-{os.getpid()}'
        path.write_bytes(pickle.dumps((replace(event, error=None), error)))

    def _on_complete(self, task: luigi.Task) -> None:
        self._add('complete', task)

    def _on_start(self, task: luigi.Task) -> None:
        if os.getpid() != self._process_id:
            end_with_parent()
        if self.running[-1] is self:
            logger.info('%s: running', _describe(task))

    def _on_end(self, task: luigi.Task, seconds: float) -> None:
        if self.running[-1] is self:
            logger.info('%s: done in %.1f s', _describe(task), seconds)
        self._add('ran', task, seconds=seconds)

    def _on_failure(self, task: luigi.Task, error: BaseException) -> None:
        reason = f'{type(error).__name__}: {error}'
        if isinstance(error, TaskException):
            reason += ' Does its run() dump the output?'
        self._add('failed', task, error=error, reason=reason)

    def _on_death(self, task: luigi.Task, message: str) -> None:
        error = ProcessError(f'{message}. If the memory ran out, build with fewer workers.')
        self._add('failed', task, error=error, reason=str(error))

    def _on_missing(self, task: luigi.Task) -> None:
        try:
            cast(Any, task).complete()  # luigi has swallowed the error, if this is what went wrong
        except Exception as error:
            self._on_failure(task, error)
        else:
            self._add(
                'failed', task, reason='its output does not exist, and it is an external task that nothing makes.'
            )

    def _collect(self) -> list[TaskEvent]:
        events = list(self._events)
        for path in self._directory.iterdir():
            with suppress(EOFError, pickle.UnpicklingError):  # the process was killed while it wrote
                event, error = pickle.loads(path.read_bytes())
                events.append(replace(event, error=None if error is None else load_error(error)))
        return sorted(events, key=lambda event: event.moment)

    def collect_failures(self) -> list[TaskEvent]:
        """List the tasks that failed and did not succeed afterwards, real errors before lost locks."""
        events = self._collect()
        succeeded = {event.task_id for event in events if event.kind != 'failed'}
        failures = {event.task_id: event for event in reversed(events) if event.task_id not in succeeded}
        return sorted(reversed(failures.values()), key=lambda event: isinstance(event.error, TaskLockException))

    def check_complete(self, task: luigi.Task) -> None:
        """Raise an error if the task neither ran nor was complete, which gokart takes for a success."""
        if any(event.task_id == _identify(task) and event.kind != 'failed' for event in self._collect()):
            return
        if failures := self.collect_failures():
            raise make_build_error(failures) from failures[0].error
        raise GokartBuildError(f'{_describe(task)} did not run: luigi did not permit it.', raised_exceptions={})

    def log_summary(self, task: luigi.Task) -> None:
        """Log which tasks ran and how long."""
        durations: dict[str, list[float]] = {}
        for event in self._collect():
            if event.kind == 'ran':
                durations.setdefault(event.task.partition('[')[0], []).append(event.seconds)
        if not durations:
            logger.info('%s: already complete, nothing to do', _describe(task))
            return
        parts = (
            f'{name} {sum(seconds):.1f} s' + (f' ({len(seconds)} tasks)' if len(seconds) > 1 else '')
            for name, seconds in durations.items()
        )
        total = time.monotonic() - self._start
        logger.info('%s: built in %.1f s: %s', _describe(task), total, ', '.join(parts))


def make_build_error(failures: list[TaskEvent]) -> GokartBuildError:
    """The error of a build, which names the first task that failed."""
    reason = (failures[0].reason.splitlines() or [''])[0]
    others = f' (and {len(failures) - 1} more failed)' if len(failures) > 1 else ''
    exceptions: dict[str, list[Exception]] = {}
    for failure in failures:
        if isinstance(failure.error, Exception):
            exceptions.setdefault(failure.task_id, []).append(failure.error)
    return GokartBuildError(f'{failures[0].task} failed: {reason}{others}', raised_exceptions=exceptions)


@contextmanager
def _forgotten_handlers() -> Iterator[None]:
    """Remove the handlers that ``gokart.build`` leaves behind: one a call, each with all exceptions of its build."""

    def list_handlers() -> set[Callable[..., None]]:
        return set(gokart.TaskOnKart._event_callbacks.get(gokart.TaskOnKart, {}).get(luigi.Event.FAILURE, ()))

    before = list_handlers()
    try:
        yield
    finally:
        for callback in list_handlers() - before:
            if callback.__module__ == 'gokart.build':
                cast(Any, gokart.TaskOnKart).remove_event_handler(luigi.Event.FAILURE, callback)
