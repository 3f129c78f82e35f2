"""Predict the rows of a table, and score the predictions."""

from __future__ import annotations

from typing import Any

import gokart
import pandas as pd
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.model.metric_name import check_metrics
from redshells.model.target_encoding import PROBLEMS
from redshells.process import run_safely
from redshells.target import check_table_path
from redshells.task import RedshellsTask


class PredictTable(RedshellsTask[pd.DataFrame]):
    """Predict each row of a table with a trained model.

    Output: a data frame with one row for each input row, in order and with its index: the id columns, ``prediction``
    and, for a classification, ``probability_<class>``.
    """

    model_task: gokart.TaskOnKart[Any] = parameter.task(description='A Train… task.')
    data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs a pandas or polars data frame with the columns of the training.'
    )
    id_column_names: tuple[str, ...] | list[str] = parameter.names(
        default=(), description='Columns of the table that stand in the output as they are.'
    )
    with_contributions: bool = parameter.flag(
        default=False,
        description='Add contribution_<feature> and contribution_base, which add up to the raw score '
        '(boosted trees only).',
    )
    prediction_batch_size: int = parameter.integer(
        default=100_000, minimum=1, significant=False, description='Rows that are predicted at a time.'
    )
    output_file_path: str = parameter.text(
        default='predict/predict_table.feather', description='Path of the predictions below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, and that the inputs are a model and a table.

        Raises:
            ParameterError: One is not.
        """
        check_table_path(self.output_file_path)
        self.check_input('model_task', 'a model')
        self.check_input('data_task')

    def output(self) -> TargetOnKart:
        """The predictions."""
        return self.file_target(self.output_file_path)

    def compute(self) -> pd.DataFrame:
        """The predictions."""
        from redshells.model.prediction import predict_table
        from redshells.model.table_model import TableModel

        table = self.load_input('data_task')
        if isinstance(table, pd.DataFrame):
            self.check_index(table.index, self.output_file_path)
        model: TableModel = self.load_fitting(
            'model_task', lambda one: isinstance(one, TableModel), 'a Train… task, which outputs a model,'
        )
        with self.reading('data_task'):
            result = run_safely(
                predict_table,
                model,
                table,
                id_column_names=self.id_column_names,
                with_contributions=self.with_contributions,
                batch_size=self.prediction_batch_size,
            )
        self.task_log.update({'rows': len(result), 'columns': list(result.columns)})
        return result


class EvaluatePrediction(RedshellsTask[pd.DataFrame]):
    """Score the output of `PredictTable` against the truth.

    Output: a data frame with one row for each metric: ``metric``, ``direction``, ``score`` and ``number_of_rows``.
    """

    prediction_task: gokart.TaskOnKart[pd.DataFrame] = parameter.task(description='A PredictTable task.')
    data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='The task whose rows were predicted, with the target column.'
    )
    target_column_name: str = parameter.text(default='category', description='The column that was predicted.')
    problem: str = parameter.text(
        default='classification',
        choices=PROBLEMS,
        description='What was predicted: classes, numbers, or the order in a query.',
    )
    weight_column_name: str | None = parameter.text(default=None, description='The column with the weight of each row.')
    group_column_name: str | None = parameter.text(default=None, description='The column with the query of each row.')
    metrics: tuple[str, ...] | list[str] = parameter.names(
        default=(), description='Names of the scores; those that fit the problem when empty.'
    )
    output_file_path: str = parameter.text(
        default='predict/evaluate_prediction.csv', description='Path of the scores below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, that the inputs are tables, and the names of the scores.

        Raises:
            ParameterError: One is not so.
        """
        check_table_path(self.output_file_path)
        self.check_input('prediction_task')
        self.check_input('data_task')
        check_metrics(self.metrics, self.problem)

    def output(self) -> TargetOnKart:
        """The scores."""
        return self.file_target(self.output_file_path)

    def compute(self) -> pd.DataFrame:
        """The scores."""
        from redshells.model.evaluation import evaluate_predictions, probability_columns
        from redshells.model.frame import cut_table, read_table, require_columns
        from redshells.tuning.cross_validation import default_metrics

        with self.reading('data_task'):
            data = cut_table(
                self.load_input('data_task'),
                target_column_name=self.target_column_name,
                weight_column_name=self.weight_column_name or '',
                group_column_name=self.group_column_name or '',
                needs_features=False,
            )
        with self.reading('prediction_task'):
            predictions = read_table(self.load_input('prediction_task'))
            require_columns(predictions, ['prediction'])
        classes = len(probability_columns(predictions)) or data.target.nunique()
        metrics = self.metrics or default_metrics(self.problem, classes)
        scores = evaluate_predictions(predictions, data, self.problem, metrics)
        self.task_log['scores'] = dict(zip(scores['metric'], scores['score'], strict=True))
        return scores
