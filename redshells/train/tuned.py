"""What an Optimize… task has found, for the tasks that train with it."""

from __future__ import annotations

from typing import Any

from redshells.task import RedshellsTask
from redshells.tuning import TuningResult


def load_tuning_result(
    task: RedshellsTask[Any], model_name: str, problem: str, target_column_name: str | None = None
) -> TuningResult:
    """The result of the task that ``best_params_task`` holds, which is of the same model and problem.

    Args:
        task: The task that trains.
        model_name: Its model.
        problem: Its problem.
        target_column_name: What it learns; None where the result may be of another column.

    Raises:
        ParameterError: The other task outputs something else.
        ResultMismatchError: The tuning was of something else.
    """
    result: TuningResult = task.load_fitting(
        'best_params_task',
        lambda one: isinstance(one, TuningResult),
        'an Optimize… task, which outputs a TuningResult,',
    )
    result.check_fits(
        model_name, problem, result.target_column_name if target_column_name is None else target_column_name
    )
    return result
