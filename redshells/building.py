"""`build`: ``gokart.build`` as its users wish it were."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeVar, cast, overload

import gokart
import luigi
import luigi.configuration
from gokart.build import HasLockedTaskException

from redshells.build_report import BuildReport, make_build_error
from redshells.cores import shared_cores
from redshells.errors import ParameterError
from redshells.process import prepare_fork

T = TypeVar('T')

logger = logging.getLogger(__name__)

_LOG_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)
#: Loggers whose INFO records `build` replaces by its own lines.
_WORDY_LOGGERS = ('gokart.worker', 'gokart.file_processor.base', 'luigi', 'luigi-interface')
_WORDY_LIBRARY = 'gensim'  # whose loggers are many, and say what redshells says in a line


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
    with _visible_logs(log_level), _checked_outputs(), shared_cores(workers), BuildReport.of_tasks() as report:
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
                raise make_build_error(failures) from failures[0].error or error
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
    library = logging.getLogger(_WORDY_LIBRARY)
    quiet = log_level > logging.DEBUG and library.level == logging.NOTSET
    if quiet:
        library.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(disabled)  # gokart.build leaves it at a value of its own
        for each in wordy:
            each.removeFilter(no_details)
        if quiet:
            library.setLevel(logging.NOTSET)
        if attach:
            root.removeHandler(handler)
            root.setLevel(level)
