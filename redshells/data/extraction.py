"""Columns of a table as a list or a dict."""

from __future__ import annotations

from typing import Any

import gokart
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.target import check_pickle_path
from redshells.task import RedshellsTask


class ExtractColumnAsList(RedshellsTask[list[Any]]):
    """Take one column out of a table. Output: a list of its values, in the order of the rows.

    The values are Python's own numbers and strings. Missing values are NaN in a column of floats, None in all others.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task that outputs a pandas or polars data frame.')
    column_name: str = parameter.text(description='The column.')
    output_file_path: str = parameter.text(
        default='data/extract_column_as_list.pkl', description='Path of the list below the workspace, a pickle file.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a pickle file.

        Raises:
            ParameterError: It is not.
        """
        check_pickle_path(self.output_file_path)

    def output(self) -> TargetOnKart:
        """The list."""
        return self.file_target(self.output_file_path)

    def compute(self) -> list[Any]:
        """The list."""
        from redshells.analysis.column_values import python_values
        from redshells.model.frame import read_table, require_columns

        frame = read_table(self.load(self.data_task))
        require_columns(frame, [self.column_name])
        values = python_values(frame[self.column_name])
        self.task_log['rows'] = len(values)
        return values


class ExtractColumnAsDict(RedshellsTask[dict[Any, Any]]):
    """Look one column up by another. Output: a dict with the value of each key, in the order of the rows.

    A key may stand in several rows if it has one value in all of them. Missing keys are refused.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task that outputs a pandas or polars data frame.')
    key_column_name: str = parameter.text(description='The column with the keys.')
    value_column_name: str = parameter.text(description='The column with the values.')
    output_file_path: str = parameter.text(
        default='data/extract_column_as_dict.pkl', description='Path of the dict below the workspace, a pickle file.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a pickle file.

        Raises:
            ParameterError: It is not.
        """
        check_pickle_path(self.output_file_path)

    def output(self) -> TargetOnKart:
        """The dict."""
        return self.file_target(self.output_file_path)

    def compute(self) -> dict[Any, Any]:
        """The dict."""
        from redshells.analysis.column_values import value_by_key
        from redshells.model.frame import read_table, require_columns

        frame = read_table(self.load(self.data_task))
        require_columns(frame, [self.key_column_name, self.value_column_name])
        result = value_by_key(frame, self.key_column_name, self.value_column_name)
        self.task_log.update({'rows': len(frame), 'keys': len(result)})
        return result


class GroupByColumnAsDict(RedshellsTask[dict[Any, list[Any]]]):
    """Collect the values of one column by another. Output: a dict with the list of the values of each key.

    Keys and values are in the order of the rows. Missing keys are refused; missing values stay in the lists.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task that outputs a pandas or polars data frame.')
    key_column_name: str = parameter.text(description='The column with the keys.')
    value_column_name: str = parameter.text(description='The column with the values.')
    output_file_path: str = parameter.text(
        default='data/group_by_column_as_dict.pkl', description='Path of the dict below the workspace, a pickle file.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a pickle file.

        Raises:
            ParameterError: It is not.
        """
        check_pickle_path(self.output_file_path)

    def output(self) -> TargetOnKart:
        """The dict."""
        return self.file_target(self.output_file_path)

    def compute(self) -> dict[Any, list[Any]]:
        """The dict."""
        from redshells.analysis.column_values import values_by_key
        from redshells.model.frame import read_table, require_columns

        frame = read_table(self.load(self.data_task))
        require_columns(frame, [self.key_column_name, self.value_column_name])
        result = values_by_key(frame, self.key_column_name, self.value_column_name)
        self.task_log.update({'rows': len(frame), 'keys': len(result)})
        return result
