"""Checks of how a task class is declared. None of them runs the task."""

from __future__ import annotations

import re
from typing import Any

import gokart
from gokart.utils import flatten
from luigi.task_register import Register

from redshells.testing.comparison import expect
from redshells.testing.runs import ExampleRuns

_FRAMEWORKS = ('gokart', 'luigi')


def check_parameters_are_described(runs: ExampleRuns) -> None:
    """Each parameter has a description."""
    task_class: Any = runs.example.task_class
    bare = [name for name, parameter in task_class.get_params() if not (parameter.description or '').strip()]
    expect(not bare, f'the parameters {bare} of {runs.example.name} have no description')


def check_parameters_are_annotated(runs: ExampleRuns) -> None:
    """Each parameter that is not gokart's is annotated with the type of its value, where it is declared."""
    wrong = {}
    task_class: Any = runs.example.task_class
    for name, parameter in task_class.get_params():
        owner = next(one for one in task_class.__mro__ if vars(one).get(name) is parameter)
        if owner.__module__.split('.')[0] in _FRAMEWORKS:
            continue
        annotation = str(vars(owner).get('__annotations__', {}).get(name, 'not annotated'))
        if annotation == 'not annotated' or re.search(r'Parameter\b', annotation):
            wrong[name] = annotation
    expect(
        not wrong,
        f'parameters of {runs.example.name} are not annotated with the type of their value: {wrong}. '
        'Write n_trials: int = ..., not luigi.IntParameter.',
    )


def check_docstring(runs: ExampleRuns) -> None:
    """The class has a docstring of its own that says what it does and what it outputs."""
    text = vars(runs.example.task_class).get('__doc__') or ''
    expect(text.strip(), f'{runs.example.name} has no docstring')
    first_line = text.strip().splitlines()[0]
    expect(
        first_line.endswith('.') or '. ' in first_line, f'the docstring of {runs.example.name} begins with no sentence'
    )
    expect(re.search(r'\bOutput: \S', text), f'the docstring of {runs.example.name} has no "Output: …"')


def check_class_name_is_unique(runs: ExampleRuns) -> None:
    """No other task class has the name: gokart's unique id has the name alone, neither module nor namespace."""
    task_class = runs.example.task_class
    others = {
        f'{one.__module__}.{one.__qualname__}'
        for one in Register._reg
        if one.__name__ == task_class.__name__ and one is not task_class
    }
    expect(not others, f'{sorted(others)} have the name of {task_class.__module__}.{task_class.__qualname__}')


def check_output_path_is_its_own(runs: ExampleRuns) -> None:
    """The outputs lie under explicit paths: by default gokart takes the path of the module, which may move."""
    with runs.workspace('declaration'):
        task = runs.make_task()
        default = gokart.TaskOnKart.make_target(task).path()
        paths = [target.path() for target in flatten(task.output())]
    expect(default not in paths, f'{runs.example.name} writes to {default}, the path of its module')
    expect(len(set(paths)) == len(paths), f'{runs.example.name} writes two outputs to one path: {paths}')
