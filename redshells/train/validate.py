"""The verb Validate: from rows to scores of folds and out-of-fold predictions."""

from __future__ import annotations

import os

import pandas as pd
from gokart.target import TargetOnKart
from gokart.utils import FlattenableItems

from redshells import parameter
from redshells.model.metric_name import check_metrics
from redshells.process import run_safely
from redshells.target import check_table_path
from redshells.train.model_verb import WithBestParams


class Validate(WithBestParams[dict[str, pd.DataFrame]]):
    """Cross-validate a model.

    Output: ``'scores'``, one row for each fold and metric, and ``'predictions'``, the out-of-fold prediction of each
    row.
    """

    cross_validation_size: int = parameter.integer(default=5, minimum=2, description='Number of folds.')
    split: str | None = parameter.text(
        default=None,
        choices=('stratified', 'random', 'group', 'time'),
        description='How rows are split; by time where times are given, else by the problem and never through a group.',
    )
    metrics: tuple[str, ...] | list[str] = parameter.names(
        default=(), description='Names of the scores; those that fit the problem when empty.'
    )
    output_file_path: str = parameter.text(
        description='Path below the workspace, to which _scores and _predictions are added.'
    )

    def check_parameters(self) -> None:
        """Check that the parameters go together.

        Raises:
            ParameterError: They do not.
        """
        super().check_parameters()
        self.check_split(self.split)
        check_metrics(self.metrics, self.problem_name())
        check_table_path(self.output_file_path)

    def output(self) -> FlattenableItems[TargetOnKart]:
        """The scores and the predictions."""
        base, extension = os.path.splitext(self.output_file_path)
        return {name: self.file_target(f'{base}_{name}{extension}') for name in ('scores', 'predictions')}

    def compute(self) -> dict[str, pd.DataFrame]:
        """The scores and the predictions."""
        from redshells.tuning.cross_validation import SplitPlan, cross_validate
        from redshells.tuning.training import TrainingPlan

        params, rounds = self.training_arguments()
        data = self.load_rows(self.rows_parameter_name)
        self.check_index(data.features.index, self.output_file_path)
        training = TrainingPlan(self.validation_size, self.early_stopping_rounds, self.refit, number_of_rounds=rounds)
        splitting = SplitPlan(self.split or '', self.cross_validation_size)
        result = run_safely(cross_validate, self.builder(self.n_jobs), data, training, splitting, params, self.metrics)
        self.task_log['scores'] = result['scores'].groupby('metric', sort=False)['score'].mean().to_dict()
        return result
