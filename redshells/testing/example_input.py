"""Inputs of examples, and the workspace that they are used in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import gokart
import luigi.configuration
from gokart.conflict_prevention_lock.task_lock import make_task_lock_params
from gokart.in_memory import make_in_memory_target
from gokart.target import TargetOnKart
from luigi.task_register import Register

from redshells import parameter
from redshells.errors import ParameterError

_REGISTER: Any = Register  # luigi does not type it


class ExampleInput(gokart.TaskOnKart[Any]):
    """An object from memory. Output: the very object that was given, not a copy of it."""

    task_namespace = 'redshells'

    name: str = parameter.text(description='What the object is; objects of different names have different ids.')

    @classmethod
    def give(cls, name: str, value: Any) -> ExampleInput:
        """A task that outputs a value, in this process and this workspace."""
        task = cls(name=name)
        task.output().dump(value)
        return task

    def output(self) -> TargetOnKart:
        """The object."""
        key = f'{self.workspace_directory}/{self.make_unique_id()}'
        lock = make_task_lock_params(file_path=key, unique_id=None, redis_host=None, redis_port=None, redis_timeout=180)
        return make_in_memory_target(key, lock)

    def run(self) -> None:
        """Refuse: the object is there, or it was given in another process or workspace.

        Raises:
            ParameterError: Always.
        """
        raise ParameterError(f'ExampleInput(name={self.name!r}) has no object here. Make it with ExampleInput.give.')


@contextmanager
def workspace(directory: str, *, supplementary_logs: bool = True) -> Iterator[None]:
    """Make every task that is constructed inside use a workspace, whatever was constructed before.

    Args:
        directory: The workspace. Parameters that a task is given explicitly win.
        supplementary_logs: Whether gokart writes its log files, and seeds ``random`` and ``numpy``.
    """
    options = {
        'workspace_directory': directory,
        'local_temporary_directory': f'{directory}/tmp',
        'should_dump_supplementary_log_files': str(supplementary_logs).lower(),
    }
    config: Any = cast(Any, luigi.configuration).get_config()
    before = {name: config.get('TaskOnKart', name, None) for name in options}
    for name, value in options.items():
        config.set('TaskOnKart', name, value)
    # An instance in luigi's cache has the workspace that it was constructed with.
    _REGISTER.clear_instance_cache()
    try:
        yield
    finally:
        for name, old in before.items():
            _set_back(config, name, old)
        _REGISTER.clear_instance_cache()


def _set_back(config: Any, name: str, value: Any) -> None:
    if value is not None:
        config.set('TaskOnKart', name, value)
    elif isinstance(config, luigi.configuration.LuigiTomlParser):
        del config.data['TaskOnKart'][name]
    else:
        config.remove_option('TaskOnKart', name)
