"""One output of a task that has several."""

from __future__ import annotations

from typing import Any

import gokart
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import ParameterError
from redshells.task import RedshellsTask


class LoadDataOfTask(RedshellsTask[Any]):
    """One output, by name, of a task that has several, as if it were a task of its own. Nothing is copied.

    Output: what the other task saves under the name.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task whose output is a dict of targets.')
    target_name: str = parameter.text(description='The name of the output.')

    def check_parameters(self) -> None:
        """Check that the task has an output of the name.

        Raises:
            ParameterError: It has not.
        """
        targets = self.data_task.output()
        names = sorted(targets) if isinstance(targets, dict) else []
        if self.target_name not in names:
            task = type(self.data_task).__name__
            advice = '' if names else ' Where it has one output without a name, give the task itself.'
            raise ParameterError(f'target_name={self.target_name!r} was given; {task} has the outputs {names}.{advice}')

    def output(self) -> TargetOnKart:
        """The target of the other task."""
        targets: dict[str, TargetOnKart] = self.data_task.output()  # type: ignore[assignment]
        return targets[self.target_name]

    def compute(self) -> Any:
        """What the other task has saved."""
        return self.load(self.output())

    def run(self) -> None:
        """Do nothing: the other task has saved it."""
