"""Shapes: where the rows come from."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart

from redshells import parameter
from redshells.errors import ParameterError, TargetError
from redshells.model.target_encoding import PROBLEMS
from redshells.task import RedshellsTask

if TYPE_CHECKING:
    from redshells.model.frame import TableData

T = TypeVar('T')

logger = logging.getLogger(__name__)


class FromTable(RedshellsTask[T], Generic[T]):
    """Rows of a data frame with a target column."""

    train_data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs the rows to train on: a pandas or polars data frame.'
    )
    target_column_name: str = parameter.text(default='category', description='The column to predict.')
    problem: str = parameter.text(
        default='classification',
        choices=PROBLEMS,
        description='What is predicted: classes (binary or multi-class by their number), numbers, or order in a query.',
    )
    feature_column_names: tuple[str, ...] | list[str] = parameter.names(
        default=(),
        description='The columns to learn from; all but the target, weight, group and time columns when empty.',
    )
    weight_column_name: str | None = parameter.text(default=None, description='The column with the weight of each row.')
    group_column_name: str | None = parameter.text(
        default=None,
        description='The column with the group of each row: the query of a ranking, or what no split may tear apart.',
    )
    time_column_name: str | None = parameter.text(
        default=None,
        description='The column with the time of each row; it is no feature, and the latest rows are held out by it.',
    )

    def check_parameters(self) -> None:
        """Check that a ranking has queries, besides what the verb checks.

        Raises:
            ParameterError: It has none.
        """
        super().check_parameters()
        if self.problem == 'ranking' and self.group_column_name is None:
            raise ParameterError(
                "problem='ranking' was given without group_column_name; the column with the query of each row is "
                'expected.'
            )

    def has_times(self) -> bool:
        """Whether a time column is given."""
        return self.time_column_name is not None

    def problem_name(self) -> str:
        """The problem."""
        return self.problem

    def target_name(self) -> str:
        """The column to predict."""
        return self.target_column_name

    def load_rows(self, parameter_name: str) -> TableData:
        """The table of an input task, cut into features, target and the rest.

        Args:
            parameter_name: The parameter that holds the input task.

        Raises:
            DataError: A column is missing, or there are no rows.
        """
        from redshells.model.feature_schema import is_numeric
        from redshells.model.frame import cut_table

        with self.reading(parameter_name):
            data = cut_table(
                self.load_input(parameter_name),
                target_column_name=self.target_column_name,
                feature_column_names=self.feature_column_names,
                weight_column_name=self.weight_column_name or '',
                group_column_name=self.group_column_name or '',
                time_column_name=self.time_column_name or '',
            )
        self.task_log.update({'rows': len(data), 'columns': data.features.shape[1]})
        if self.problem == 'classification' and is_numeric(data.target):
            classes = data.target.nunique()
            if classes > max(100, len(data) // 10):
                logger.warning(
                    'the target %r has %d different numbers in %d rows, and each is taken for a class. Set '
                    "problem='regression' if they are amounts.",
                    self.target_column_name,
                    classes,
                    len(data),
                )
        return data


class FromBinaryTable(FromTable[T], Generic[T]):
    """Rows of a data frame whose target column has no more than two classes."""

    def load_rows(self, parameter_name: str) -> TableData:
        """The table of an input task, cut into features, target and the rest.

        Args:
            parameter_name: The parameter that holds the input task.

        Raises:
            DataError: A column is missing, there are no rows, or the target has more than two classes.
        """
        data = super().load_rows(parameter_name)
        classes = data.target.dropna().unique()
        with self.reading(parameter_name):
            if len(classes) > 2:
                raise TargetError(
                    f'the target {self.target_column_name!r} has {len(classes)} classes, {list(classes[:5])} among '
                    f'them; two are expected. Use {type(self).__name__.replace("Binary", "")}, or make two classes of '
                    'it.'
                )
        return data
