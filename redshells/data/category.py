"""Columns of categories: as a type of its own, or as a column for each level."""

from __future__ import annotations

from typing import Any

import gokart
import pandas as pd
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import ParameterError
from redshells.target import check_table_path
from redshells.task import RedshellsTask


class ConvertToOneHot(RedshellsTask[pd.DataFrame]):
    """Put a column of booleans for each level in the place of columns of categories.

    Output: a pandas data frame with the other columns, and then ``column_level`` for each level of each named column.
    The levels of a categorical column are all its categories in their order, be they in the table or not; those of
    any other column are its values, sorted. So two tables get the same columns if their columns are categorical with
    the same categories. A missing value is False in all levels.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task that outputs a pandas or polars data frame.')
    categorical_column_names: tuple[str, ...] | list[str] = parameter.names(description='The columns of categories.')
    maximum_levels: int = parameter.integer(
        default=1000,
        minimum=1,
        significant=False,
        description='A column with more levels is refused, for it is an identifier or would fill the memory.',
    )
    output_file_path: str = parameter.text(
        default='data/convert_to_one_hot.pkl', description='Path of the table below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that columns are named, and that the output is a file that holds a table.

        Raises:
            ParameterError: One is not so.
        """
        check_table_path(self.output_file_path)
        _check_names(self.categorical_column_names)

    def output(self) -> TargetOnKart:
        """The table."""
        return self.file_target(self.output_file_path)

    def compute(self) -> pd.DataFrame:
        """The table."""
        from redshells.analysis.one_hot import one_hot
        from redshells.model.frame import read_table, require_columns

        frame = read_table(self.load(self.data_task))
        require_columns(frame, self.categorical_column_names)
        self.check_index(frame.index, self.output_file_path)
        result = one_hot(frame, self.categorical_column_names, self.maximum_levels)
        self.task_log.update({'rows': len(result), 'columns': len(result.columns)})
        return result


class ConvertTypeToCategory(RedshellsTask[pd.DataFrame]):
    """Give columns pandas' categorical type.

    Output: a pandas data frame with all rows and columns in their order. The categories are the values of the column,
    sorted where they have an order; a column that is categorical already stays as it is. Missing values stay missing.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task that outputs a pandas or polars data frame.')
    categorical_column_names: tuple[str, ...] | list[str] = parameter.names(description='The columns of categories.')
    output_file_path: str = parameter.text(
        default='data/convert_type_to_category.pkl', description='Path of the table below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that columns are named, and that the output is a file that keeps the type.

        Raises:
            ParameterError: One is not so.
        """
        check_table_path(self.output_file_path)
        _check_names(self.categorical_column_names)
        if self.output_file_path.endswith(('.csv', '.tsv')):
            raise ParameterError(
                f'output_file_path={self.output_file_path!r} was given, a text file, which has no categorical type. '
                "Set it to one that ends in '.pkl', '.feather' or '.parquet'."
            )

    def output(self) -> TargetOnKart:
        """The table."""
        return self.file_target(self.output_file_path)

    def compute(self) -> pd.DataFrame:
        """The table."""
        from redshells.analysis.column_values import check_hashable
        from redshells.model.frame import read_table, require_columns

        frame = read_table(self.load(self.data_task))
        require_columns(frame, self.categorical_column_names)
        self.check_index(frame.index, self.output_file_path)
        for name in self.categorical_column_names:
            check_hashable(frame[name], 'categories')
        result = frame.astype(dict.fromkeys(self.categorical_column_names, 'category'))
        levels = {name: len(result[name].cat.categories) for name in self.categorical_column_names}
        self.task_log.update({'rows': len(result), 'levels': levels})
        return result


def _check_names(names: tuple[str, ...] | list[str]) -> None:
    if not names:
        raise ParameterError('categorical_column_names=[] was given; columns are expected. Name at least one.')
