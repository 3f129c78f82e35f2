"""The verb Train: from rows to a saved model."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import gokart
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.model.metric_name import check_metrics
from redshells.process import run_safely
from redshells.train.model_verb import WithBestParams

T = TypeVar('T')


class Train(WithBestParams[T], Generic[T]):
    """Train a model. Output: the fitted model, saved as an archive."""

    validation_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs the rows to watch for early stopping, in place of a share of the training.'
    )
    metric: str | None = parameter.text(
        default=None, description='The score that early stopping watches; the loss of the problem by default.'
    )
    output_file_path: str = parameter.text(description='Path of the model below the workspace.')

    def check_parameters(self) -> None:
        """Check the score and the rows to watch, besides what all verbs check.

        Raises:
            ParameterError: Nobody knows the score, or the rows are not one output of a task.
        """
        super().check_parameters()
        self.check_input('validation_data_task')
        check_metrics((self.metric,) if self.metric else (), self.problem_name())

    def output(self) -> TargetOnKart:
        """The model."""
        return self.model_target(self.output_file_path, self.model_spec().trusted_modules)

    def compute(self) -> T:
        """The fitted model."""
        from redshells.model.frame import require_columns
        from redshells.tuning.training import TrainingPlan, train_model

        params, rounds = self.training_arguments()
        data = self.load_rows(self.rows_parameter_name)
        validation = None
        if self.validation_data_task is not None:
            validation = self.load_rows('validation_data_task')
            with self.reading('validation_data_task'):
                require_columns(validation.features, list(data.features.columns))
        plan = TrainingPlan(self.validation_size, self.early_stopping_rounds, self.refit, self.metric or '', rounds)
        model = run_safely(train_model, self.builder(self.n_jobs), data, plan, params, validation)
        model.training = {**model.training, 'inputs': self.task_log['inputs']}
        self.task_log.update(model.training)
        return model
