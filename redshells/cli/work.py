"""``redshells work``: help with the searches of a task."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, cast

from gokart.object_storage import ObjectStorage
from luigi.cmdline_parser import CmdlineParser
from luigi.parameter import ParameterException
from luigi.task import flatten
from luigi.task_register import TaskClassException

from redshells.errors import RedshellsError
from redshells.train.search import Search

_logger = logging.getLogger('redshells.work')
_SECONDS_BETWEEN_LOOKS = 2.0


class _CommandError(Exception):
    """The command is wrong."""


class _MissingInputError(Exception):
    """Inputs did not come in time."""


def work(arguments: Sequence[str], *, n_jobs: int, wait: float) -> int:
    """Help with the searches of a task and of all that it needs.

    Args:
        arguments: The task as on luigi's command line.
        n_jobs: Trials that run side by side.
        wait: For how many seconds the inputs of a search are waited for.

    Returns:
        The exit status.
    """
    try:
        with _named_task(arguments) as task:
            searches = list(_searches(task))
            if not searches:
                raise _CommandError(
                    f'{task.task_family} and the tasks that it needs have no Optimize... task of redshells: there is '
                    'nothing to help with. Name the task that is built, or the Optimize... task itself.'
                )
            for search in searches:
                _help(search, n_jobs, wait)
    except _CommandError as error:
        return _fail(error, 2)
    except (RedshellsError, _MissingInputError) as error:
        return _fail(error, 1)
    return 0


def _fail(error: Exception, status: int) -> int:
    print(f'redshells work: {error}', file=sys.stderr)
    return status


@contextmanager
def _named_task(arguments: Sequence[str]) -> Iterator[Any]:
    """The task of the command line; the options for other tasks hold within the block."""
    with ExitStack() as stack:
        try:
            parser = stack.enter_context(cast(Any, CmdlineParser).global_instance(list(arguments)))
            task = parser.get_task_obj()
        except ModuleNotFoundError as error:
            raise _CommandError(
                f'the module can not be imported: {error}. It is looked for in the working directory and in PYTHONPATH.'
            ) from error
        except (TaskClassException, ParameterException, ValueError) as error:
            raise _CommandError(f'{error}. See redshells work --help.') from error
        except SystemExit as error:
            if isinstance(error.code, str):  # luigi's own word for a command line without a task
                raise _CommandError(f'{error.code}. See redshells work --help.') from error
            raise
        yield task


def _searches(task: Any, seen: set[Any] | None = None) -> Iterator[Search]:
    """The Optimize tasks of a tree, each after those that it needs."""
    seen = set() if seen is None else seen
    if task in seen:
        return
    seen.add(task)
    for needed in _needed(task):
        yield from _searches(needed, seen)
    if isinstance(task, Search):
        yield task


def _help(task: Search, n_jobs: int, wait: float) -> None:
    name = f'{type(task).__name__}[{task.make_unique_id()[:8]}]'
    if not _wait_for_inputs(task, name, wait):
        _logger.info('%s is complete', name)
        return
    if task.storage is None and ObjectStorage.if_object_storage_path(task.workspace_directory):
        _logger.warning(
            '%s keeps its study in a file of this machine, %s, so no build of another machine is helped. Give it a '
            "storage such as 'postgresql://...'.",
            name,
            task.study_storage(),
        )
    _logger.info('%s: helping with the study', name)
    task.help_search(n_jobs)
    _logger.info('%s: the study has its trials; the build saves the result', name)


def _wait_for_inputs(task: Search, name: str, wait: float) -> bool:
    """Wait until the inputs are there; return whether the output is not."""
    until = time.monotonic() + wait
    said: list[str] = []
    while not _is_there(task):
        missing = [_describe(needed) for needed in _needed(task) if not _is_there(needed)]
        if not missing:
            return True
        if time.monotonic() >= until:
            raise _MissingInputError(
                f'{name} still needs {", ".join(missing)} after {wait:g} s. Start the build that makes it, or wait '
                'longer (--wait).'
            )
        if missing != said:
            _logger.info('%s waits for %s', name, ', '.join(missing))
            said = missing
        time.sleep(min(_SECONDS_BETWEEN_LOOKS, max(0.0, until - time.monotonic())))
    return False


def _needed(task: Any) -> list[Any]:
    return list(task.deps())


def _is_there(task: Any) -> bool:
    # gokart's complete() removes the output of a task that is to run again
    if getattr(task, 'rerun', False):
        return all(target.exists() for target in _targets(task))
    return bool(task.complete())


def _targets(task: Any) -> list[Any]:
    return list(cast(Any, flatten)(task.output()))


def _describe(task: Any) -> str:
    paths = [target.path() if callable(target.path) else target.path for target in _targets(task)]
    return f'{type(task).__name__} ({", ".join(map(str, paths))})'
