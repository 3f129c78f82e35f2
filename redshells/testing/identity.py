"""Checks of the unique id, under which outputs are filed. None of them runs the task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import gokart
import numpy as np
from gokart.utils import flatten
from luigi.task_register import Register

from redshells.errors import RedshellsError
from redshells.testing.comparison import expect
from redshells.testing.example import TaskExample
from redshells.testing.runs import ExampleRuns

_PROBES: tuple[Mapping[str, Any], ...] = ({'b': 1, 'a': [2, 0.5], 'c': {'e': True, 'd': None}},)
_REGISTER: Any = Register  # luigi does not type it
_LOOK_ALIKES: tuple[Mapping[str, Any], ...] = ({'a': 1}, {'a': 1.0}, {'a': True})


def unique_id(example: TaskExample) -> str:
    """The unique id of an example."""
    runs = ExampleRuns(example)
    with runs.workspace('id'):
        return str(runs.make_task().make_unique_id())


def check_id_survives_serialization(runs: ExampleRuns) -> None:
    """The text of the task, as a parameter of another task or on the command line, makes a task with the same id."""
    parameter: Any = gokart.TaskInstanceParameter()
    with runs.workspace('id'):
        task = runs.make_task()
        copies = {
            'TaskInstanceParameter': parameter.parse(parameter.serialize(task)),
            'from_str_params': type(task).from_str_params(task.to_str_params()),
        }
        for name, other in copies.items():
            expect(type(other) is type(task), f'{name} makes a {type(other).__name__} of a {runs.example.name}')
            expect(other.make_unique_id() == task.make_unique_id(), f'{name} changes the id: {task} becomes {other}')
        shown, expected = copies['from_str_params'].param_kwargs, task.param_kwargs
        lost = [name for name in expected if repr(shown[name]) != repr(expected[name])]
        expect(not lost, f'the parameters {lost} of {runs.example.name} are not what they were before they became text')


def check_id_is_independent_of_the_workspace(runs: ExampleRuns) -> None:
    """The id is the same in every workspace."""
    ids = []
    for name in ('id', 'another'):
        with runs.workspace(name):
            ids.append(runs.make_task().make_unique_id())
    expect(ids[0] == ids[1], f'the id of {runs.example.name} depends on the workspace')


def check_insignificant_parameters_do_not_change_the_id(runs: ExampleRuns) -> None:
    """Numbers that are declared as not significant are left out of the id."""
    with runs.workspace('id'):
        task = runs.make_task()
        expected = task.make_unique_id()
        for name, parameter in type(task).get_params():
            value = getattr(task, name)
            if parameter.significant or isinstance(value, bool) or not isinstance(value, int):
                continue
            other = task.clone(**{name: value + 1 if value >= 0 else 1})
            expect(other.make_unique_id() == expected, f'{name} of {runs.example.name} changes the id')


def check_requires_is_pure(runs: ExampleRuns) -> None:
    """Two calls of ``requires`` give the same tasks and leave nothing behind: a task on ``self`` becomes an input."""
    with runs.workspace('id'):
        task = runs.make_task()
        before = dict(vars(task))
        first, second = (flatten(task.requires()) for _ in range(2))
        expect(first == second, f'requires() of {runs.example.name} gives other tasks when it is called again')
        changed = [name for name, value in vars(task).items() if name not in before or before[name] is not value]
        expect(not changed, f'requires() of {runs.example.name} changes {changed} of the task')
        parameters = {name for name, _ in type(task).get_params()}
        stray = [name for name in task.make_task_instance_dictionary() if name not in parameters]
        expect(not stray, f'{runs.example.name} keeps the tasks {stray} on itself, which makes them inputs')


def check_equal_arguments_give_equal_ids(runs: ExampleRuns) -> None:
    """The order of keys, numpy's numbers, and ``1`` for ``1.0`` where a float is expected do not change the id."""
    with runs.workspace('id'):
        task = runs.make_task()
        for name, value in task.param_kwargs.items():
            for given in (value, *(_PROBES if isinstance(value, Mapping) else ())):
                expected = _id_with(task, name, given)
                for spelling in _spellings(given):
                    found = _id_with(task, name, spelling)
                    expect(
                        found == expected,
                        f'{runs.example.name} has another id for {name}={spelling!r} than for {given!r}',
                    )


def check_id_is_independent_of_earlier_tasks(runs: ExampleRuns) -> None:
    """``1``, ``1.0``, and ``True`` in a dict are what they are, whichever of them an earlier task was given."""
    with runs.workspace('id'):
        task = runs.make_task()
        for name in (name for name, value in task.param_kwargs.items() if isinstance(value, Mapping)):
            alone = [_id_with(task, name, value) for value in _LOOK_ALIKES]
            _REGISTER.clear_instance_cache()
            together = [_id_with(task, name, value, forget=False) for value in _LOOK_ALIKES]
            expect(alone == together, f'the id for a value of {name} of {runs.example.name} depends on earlier tasks')


def _id_with(task: Any, name: str, value: Any, *, forget: bool = True) -> str | None:
    """The id with another value of a parameter; None where the value is refused."""
    if forget:
        _REGISTER.clear_instance_cache()
    try:
        other = type(task)(**{**task.param_kwargs, name: value})
    except RedshellsError:
        return None
    return str(other.make_unique_id())


def _spellings(value: Any) -> Iterator[Any]:
    """Other ways to say a value."""
    if isinstance(value, Mapping):
        yield {key: value[key] for key in reversed(list(value))}
        yield {key: next(_spellings(item), item) for key, item in value.items()}
    elif isinstance(value, bool):
        yield np.bool_(value)
    elif isinstance(value, int):
        yield np.int64(value)
    elif isinstance(value, float):
        yield np.float64(value)
        if value.is_integer():
            yield int(value)
    elif isinstance(value, (list, tuple)) and value and not isinstance(value[0], gokart.TaskOnKart):
        yield list(value)
        yield tuple(value)
