"""The runs of an example, which its checks share."""

from __future__ import annotations

import copy
import logging
import shutil
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, reduce
from importlib import import_module
from inspect import unwrap
from pathlib import Path
from typing import Any, cast

import gokart
import luigi
from gokart.build import GokartBuildError

from redshells.testing.comparison import expect, observation
from redshells.testing.example import BadInput, TaskExample
from redshells.testing.example_input import ExampleInput, workspace


@dataclass(frozen=True)
class Run:
    """One run of an example.

    Args:
        task: The task.
        output: What ``gokart.build`` returned.
        inputs: The objects that it was given.
        copies: Copies of them that were made before.
        work: Import paths of those functions of the example that were called.
        was_run: Whether the task was run, and not complete before.
    """

    task: Any
    output: Any
    inputs: Mapping[str, Any]
    copies: Mapping[str, Any]
    work: frozenset[str]
    was_run: bool


class ExampleRuns:
    """Runs of an example, each made when it is first asked for and kept for the other checks.

    Args:
        example: The example.
    """

    def __init__(self, example: TaskExample) -> None:
        self.example = example
        self._folder = tempfile.mkdtemp(prefix='redshells-')
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    @cached_property
    def first(self) -> Run:
        """A run with gokart's supplementary logs."""
        with self.workspace('first'):
            return self._run()

    @cached_property
    def second(self) -> Run:
        """A run in another workspace, without the supplementary logs."""
        with self.workspace('second', supplementary_logs=False):
            return self._run()

    @cached_property
    def with_another_seed(self) -> Run:
        """A run that differs from the first one in its seed alone."""
        name = self.example.seed_parameter
        with self.workspace('first'):
            return self._run({name: getattr(self.make_task(), name) + 1})

    def workspace(self, name: str, *, supplementary_logs: bool = True) -> Any:
        """The workspace of a name, as a context manager."""
        return workspace(str(Path(self._folder) / name), supplementary_logs=supplementary_logs)

    def make_task(self, **parameters: Any) -> Any:
        """The task in the present workspace, without its inputs; for all that does not run it."""
        return self._make_task(dict.fromkeys(self.example.make_inputs()), {}, parameters)

    def observe(self, run: Run) -> Any:
        """What is compared of the output of a run."""
        return observation(self.example)(run.output, run.copies)

    def _run(self, parameters: Mapping[str, Any] = {}) -> Run:
        inputs = self.example.make_inputs()
        copies = copy.deepcopy(dict(inputs))
        task = self._make_task(inputs, {}, parameters)
        with called_functions(self.example.work) as called, started_tasks() as started:
            output = gokart.build(task, reset_register=False, log_level=logging.CRITICAL)
        return Run(task, output, inputs, copies, frozenset(called), str(task.task_id) in started)

    def refuse(self, bad: BadInput) -> tuple[BaseException, frozenset[str]]:
        """Run the task with a bad input after the first good run, in the same workspace.

        Returns:
            The error, and the import paths of those functions of the example that were called nevertheless.

        Raises:
            AssertionError: It was not refused.
        """
        _ = self.first  # what the task needs besides the bad input is there
        inputs = dict(self.example.make_inputs())
        changed = inputs if bad.change is None else bad.change(dict(inputs))
        suffixes = {name: f' with {bad.name}' for name in inputs if changed[name] is not inputs[name]}
        with self.workspace('first'), called_functions(self.example.work) as called:
            try:
                task = self._make_task(changed, suffixes, bad.parameters)
                gokart.build(task, reset_register=False, log_level=logging.CRITICAL, return_value=False)
            except GokartBuildError as error:
                errors = [one for several in error.raised_exceptions.values() for one in several]
                return (errors or [error])[0], frozenset(called)
            except Exception as error:
                return error, frozenset(called)
        raise AssertionError(f'{self.example.name} took {bad.name}; {bad.error.__name__} is expected')

    def _make_task(self, inputs: Mapping[str, Any], suffixes: Mapping[str, str], parameters: Mapping[str, Any]) -> Any:
        tasks = {
            name: ExampleInput(name=name)
            if value is None
            else ExampleInput.give(f'{name}{suffixes.get(name, "")}', value)
            for name, value in inputs.items()
        }
        task: Any = self.example.make_task(**tasks)
        expect(
            type(task) is self.example.task_class,
            f'make_task of the example of {self.example.name} makes a {type(task).__name__}',
        )
        return task.clone(**parameters) if parameters else task


@contextmanager
def started_tasks() -> Iterator[list[str]]:
    """List the tasks that a build in this process starts."""
    started: list[str] = []

    def on_start(task: luigi.Task) -> None:
        started.append(str(task.task_id))

    tasks: Any = luigi.Task
    tasks.event_handler(luigi.Event.START)(on_start)
    try:
        yield started
    finally:
        tasks.remove_event_handler(luigi.Event.START, on_start)


@contextmanager
def called_functions(import_paths: Sequence[str]) -> Iterator[set[str]]:
    """Collect which functions are called, in this process and any thread that is started inside.

    Args:
        import_paths: Functions and methods of Python, such as ``'catboost:CatBoost.fit'``.
    """
    called: set[str] = set()
    if not import_paths:
        yield called
        return
    codes = {unwrap(_function(path)).__code__: path for path in import_paths}

    def on_event(frame: Any, event: str, argument: Any) -> None:
        if event == 'call' and frame.f_code in codes:
            called.add(codes[frame.f_code])

    before = sys.getprofile()
    threading.setprofile(on_event)
    sys.setprofile(on_event)
    try:
        yield called
    finally:
        sys.setprofile(before)
        threading.setprofile(cast(Any, before))


def _function(import_path: str) -> Callable[..., Any]:
    module, _, names = import_path.partition(':')
    return cast(Callable[..., Any], reduce(getattr, names.split('.'), import_module(module)))
