"""What a task is checked with: a minimal example of it, and what it must refuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import gokart

from redshells.errors import RedshellsError

Observe = Callable[[Any, Mapping[str, Any]], Any]
Kind = Literal['model', 'tuning_result', 'table', 'tables', 'other']


@dataclass(frozen=True, kw_only=True)
class BadInput:
    """What a task must refuse, and by which error.

    Args:
        name: What is wrong, such as ``'an empty table'``.
        error: The error that says so.
        change: Takes the inputs by name, and returns those that are given instead. None leaves them as they are.
        parameters: Parameters that are given to the task instead of those of the example.
    """

    name: str
    error: type[RedshellsError]
    change: Callable[[dict[str, Any]], Mapping[str, Any]] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TaskExample:
    """A minimal example of a task class: small enough to run several times in a test.

    Args:
        task_class: The class.
        make_task: Makes the task. It is given, by name, a task for each input that outputs it; the workspace is set.
        kind: What the task outputs: a ``'model'``, a ``'tuning_result'``, a ``'table'``, ``'tables'`` (a dict of
            them), or ``'other'``.
        make_inputs: Makes the inputs, by name. Each call makes new but equal ones.
        seed_parameter: The parameter with the seed, if the output depends on one.
        bad_inputs: What it must refuse, before it starts to work.
        work: Import paths of the functions that do the work, such as ``'lightgbm:train'``: they are called in a good
            run, and not called where a bad input is refused.
        libraries: Modules of an extra that the task can't be constructed without.
        observe: Turns an output and the inputs into tables, arrays, or JSON values that are compared; a function at the
            top level of a module. By default a model's predictions for the input named ``prediction_input``, a tuning
            result without its times, or the output as it is.
        prediction_input: Name of the input whose rows a model predicts; the first one by default.
        trusted_modules: Packages that ``redshells.load_model`` has to trust to load the model.
        skipped_checks: Names of checks that are left out, each with the reason.
    """

    task_class: type[gokart.TaskOnKart[Any]]
    make_task: Callable[..., gokart.TaskOnKart[Any]]
    kind: Kind
    make_inputs: Callable[[], Mapping[str, Any]] = dict
    seed_parameter: str = ''
    bad_inputs: tuple[BadInput, ...] = ()
    work: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    observe: Observe | None = None
    prediction_input: str = ''
    trusted_modules: tuple[str, ...] = ()
    skipped_checks: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the task class."""
        return self.task_class.__name__
