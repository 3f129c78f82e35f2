"""`build`: ``gokart.build`` as its users wish it were."""

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
from typing import Any, ClassVar, Literal, TypeVar, cast, overload

import gokart
import luigi
import luigi.configuration
from gokart.build import GokartBuildError, HasLockedTaskException
from gokart.conflict_prevention_lock.task_lock import TaskLockException
from luigi.worker import TaskException

from redshells.cores import set_worker_count, worker_count
from redshells.errors import ParameterError, ProcessError
from redshells.process import dump_error, end_with_parent, load_error, prepare_fork

T = TypeVar('T')

logger = logging.getLogger(__name__)

_EVENTS: Any = luigi.Task  # whose event handlers are those of all tasks; luigi does not type them

_LOG_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)
#: Loggers whose INFO records `build` replaces by its own lines.
_WORDY_LOGGERS = ('gokart.worker', 'gokart.file_processor.base', 'luigi', 'luigi-interface')


@overload
def build(
    task: gokart.TaskOnKart[T],
    *,
    workers: int = ...,
    log_level: int = ...,
    return_value: Literal[True] = ...,
    **gokart_arguments: Any,
) -> T: ...


@overload
def build(
    task: gokart.TaskOnKart[Any],
    *,
    workers: int = ...,
    log_level: int = ...,
    return_value: Literal[False],
    **gokart_arguments: Any,
) -> None: ...


def build(
    task: gokart.TaskOnKart[T],
    *,
    workers: int = 1,
    log_level: int = logging.INFO,
    return_value: bool = True,
    **gokart_arguments: Any,
) -> T | None:
    """Run a task and all that it needs, and return its output.

    It is ``gokart.build``, with these differences:

    - INFO logs are visible: on stderr, unless the root logger has handlers.
    - It says which tasks run, how long they took, and when there was nothing to do.
    - The error of the task that failed is the cause of the ``GokartBuildError``, with one worker and with several.
    - A task whose output is not there after ``run()`` fails, unless ``[gokart_worker] check_complete_on_run`` is set.
    - Worker processes end when this process is killed (on Linux).
    - Models share the cores between the workers (`redshells.cores.thread_count`).
    - Task classes stay registered.

    Args:
        task: The task.
        workers: How many tasks may run side by side, each in a process of its own if more than one.
        log_level: A level of `logging`; with ``logging.DEBUG``, gokart's own report of each step is shown as well.
        return_value: Whether the output is loaded and returned.
        **gokart_arguments: Further arguments of ``gokart.build``.

    Returns:
        The output of the task, or None if ``return_value`` is False.

    Raises:
        ParameterError: An argument has a wrong value.
        gokart.build.GokartBuildError: A task failed. Its ``__cause__`` is the error of the task.
    """
    _check_arguments(task, workers, log_level)
    gokart_arguments = {'reset_register': False, **gokart_arguments}
    run = cast(Callable[..., T | None], gokart.build)
    with _visible_logs(log_level), _checked_outputs(), _shared_cores(workers), _Report.of_tasks() as report:
        if workers > 1 and (hazards := prepare_fork()):
            logger.warning(
                '%s has been used in this process: tasks of your own that use it in one of the %d worker processes can '
                'wait for ever. Build with workers=1, or in a process that has not used it.',
                ' and '.join(hazards),
                workers,
            )
        try:
            output = run(task, return_value=return_value, log_level=log_level, workers=workers, **gokart_arguments)
        except HasLockedTaskException:
            raise
        except Exception as error:
            if failures := report.collect_failures():
                raise _make_build_error(failures) from failures[0].error or error
            raise
        report.check_complete(task)
        report.log_summary(task)
    return output


def _check_arguments(task: object, workers: object, log_level: object) -> None:
    if isinstance(task, type) and issubclass(task, luigi.Task):
        raise ParameterError(f'build got the class {task.__name__}; a task is expected. Call it: {task.__name__}(...).')
    if not isinstance(task, gokart.TaskOnKart):
        raise ParameterError(f'build got {task!r}; one task (a gokart.TaskOnKart) is expected.')
    if not isinstance(workers, int) or isinstance(workers, bool) or workers < 1:
        raise ParameterError(f'workers is {workers!r}; an integer of at least 1 is expected.')
    if log_level not in _LOG_LEVELS:
        raise ParameterError(f'log_level is {log_level!r}; a level such as logging.INFO is expected.')


@contextmanager
def _shared_cores(workers: int) -> Iterator[None]:
    before = worker_count()
    set_worker_count(before * workers)  # a task that builds other tasks shares its share
    try:
        yield
    finally:
        set_worker_count(before)


@contextmanager
def _checked_outputs() -> Iterator[None]:
    """Let gokart check after each ``run()`` that the outputs are there, unless the user has configured it."""
    config: Any = cast(Any, luigi.configuration).get_config()
    section, option = 'gokart_worker', 'check_complete_on_run'
    if config.has_option(section, option):
        yield
        return
    config.set(section, option, 'true')
    try:
        yield
    finally:
        if isinstance(config, luigi.configuration.LuigiTomlParser):
            del config.data[section][option]
        else:
            config.remove_option(section, option)


class _NotShownYet(logging.Filter):
    """Keeps records out that a handler nearer to their logger shows."""

    def filter(self, record: logging.LogRecord) -> bool:
        nearer: logging.Logger | None = logging.getLogger(record.name)
        while nearer is not None and nearer.parent is not None:
            if any(not isinstance(handler, logging.NullHandler) for handler in nearer.handlers):
                return False
            nearer = nearer.parent
        return True


class _NoDetails(logging.Filter):
    """Keeps out what is no warning, and gokart's warning that a task was complete before its turn came."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING and 'is skipped because the task is already' not in str(record.msg)


@contextmanager
def _visible_logs(log_level: int) -> Iterator[None]:
    """Show log records on stderr if nobody has configured that, and put everything back afterwards."""
    root, disabled = logging.getLogger(), logging.root.manager.disable
    level, handler = root.level, logging.StreamHandler()
    handler.setFormatter(logging.Formatter('%(asctime)s %(levelname)s %(name)s: %(message)s', '%H:%M:%S'))
    handler.addFilter(_NotShownYet())
    attach = not root.handlers
    if attach:
        root.addHandler(handler)
        root.setLevel(log_level)
    no_details = _NoDetails()
    wordy = [logging.getLogger(name) for name in _WORDY_LOGGERS if log_level > logging.DEBUG]
    for each in wordy:
        each.addFilter(no_details)
    try:
        yield
    finally:
        logging.disable(disabled)  # gokart.build leaves it at a value of its own
        for each in wordy:
            each.removeFilter(no_details)
        if attach:
            root.removeHandler(handler)
            root.setLevel(level)


@dataclass(frozen=True)
class _Event:
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


class _Report:
    """Collects what becomes of the tasks of one build, in this process and in the worker processes."""

    #: The builds that run now, each inside a task of the one before.
    running: ClassVar[list[_Report]] = []

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process_id = os.getpid()
        self._events: list[_Event] = []
        self._start = time.monotonic()

    @classmethod
    @contextmanager
    def of_tasks(cls) -> Iterator[_Report]:
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
        event = _Event(time.time(), kind, _identify(task), _describe(task), **details)
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

    def _collect(self) -> list[_Event]:
        events = list(self._events)
        for path in self._directory.iterdir():
            with suppress(EOFError, pickle.UnpicklingError):  # the process was killed while it wrote
                event, error = pickle.loads(path.read_bytes())
                events.append(replace(event, error=None if error is None else load_error(error)))
        return sorted(events, key=lambda event: event.moment)

    def collect_failures(self) -> list[_Event]:
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
            raise _make_build_error(failures) from failures[0].error
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


def _make_build_error(failures: list[_Event]) -> GokartBuildError:
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
