"""Checks of what a task refuses: by an error that redshells raises on purpose, in its name, and before it works."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import gokart
from gokart.utils import flatten

from redshells.errors import MissingExtraError
from redshells.testing.comparison import expect
from redshells.testing.example import BadInput
from redshells.testing.new_process import call_in_new_process
from redshells.testing.runs import ExampleRuns


def check_bad_input_is_refused(runs: ExampleRuns, bad: BadInput) -> None:
    """A bad input raises the error that is meant for it, with the name of the task, before any work is done."""
    name = runs.example.name
    error, work = runs.refuse(bad)
    what = f'{name} raises {type(error).__name__} for {bad.name}: {error}'
    expect(isinstance(error, bad.error), f'{what}\n{bad.error.__name__} is expected')
    expect(str(error).startswith(f'{name}: '), f'{what}\nThe message does not begin with the name of the task')
    expect(not work, f'{name} calls {sorted(work)} before it refuses {bad.name}')


def check_missing_extra_is_refused(runs: ExampleRuns) -> None:
    """Without the library the task is refused when it is constructed, with the line that installs it."""
    parameter: Any = gokart.TaskInstanceParameter()
    with runs.workspace('extra'):
        task = runs.make_task()
        text, modules = parameter.serialize(task), sorted(_modules(task))
    for library in runs.example.libraries:
        kinds, message = call_in_new_process(_construct_without, library, modules, text)
        what = f'{runs.example.name} without {library} raises {kinds[0]}: {message}'
        expect(MissingExtraError.__name__ in kinds, f'{what}\nMissingExtraError is expected')
        expect(message.startswith(f'{runs.example.name}: '), f'{what}\nThe name of the task is expected first')
        expect('pip install' in message, f'{what}\nThe line that installs it is expected')


def _modules(task: gokart.TaskOnKart[Any]) -> set[str]:
    required: Any = flatten(task.requires())
    return {type(task).__module__}.union(*(_modules(one) for one in required))


def _construct_without(library: str, modules: list[str], text: str) -> tuple[list[str], str]:
    # skops imports every module of scikit-learn, and so PyTorch where it is installed
    for name in [one for one in sys.modules if one.split('.')[0] == library]:
        del sys.modules[name]
    sys.modules[library] = None  # type: ignore[assignment] # as if it were not installed
    for module in modules:
        import_module(module)
    parameter: Any = gokart.TaskInstanceParameter()
    try:
        parameter.parse(text)
    except Exception as error:
        return [one.__name__ for one in type(error).__mro__], str(error)
    return ['no error'], 'it was constructed'
