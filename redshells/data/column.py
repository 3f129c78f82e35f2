"""Take columns of a table, and name them anew."""

from __future__ import annotations

from collections import Counter
from typing import Any

import gokart
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import DuplicateColumnError, ParameterError
from redshells.target import check_table_path
from redshells.task import RedshellsTask


class FilterByColumn(RedshellsTask[Any]):
    """Keep some columns of a table, and no others.

    Output: a data frame of the kind that came in (pandas or polars) with these columns in this order, and all rows.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task that outputs a pandas or polars data frame.')
    column_names: tuple[str, ...] | list[str] = parameter.names(description='The columns to keep.')
    output_file_path: str = parameter.text(
        default='data/filter_by_column.pkl', description='Path of the table below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that there are columns to keep, and that the output is a file that holds a table.

        Raises:
            ParameterError: One is not so.
        """
        check_table_path(self.output_file_path)
        if not self.column_names:
            raise ParameterError('column_names=[] was given; the columns to keep are expected. Name at least one.')

    def output(self) -> TargetOnKart:
        """The table."""
        return self.file_target(self.output_file_path)

    def compute(self) -> Any:
        """The table."""
        from redshells.data.either_frame import collect, select_columns
        from redshells.model.frame import read_table, require_columns

        table = collect(self.load(self.data_task))
        frame = read_table(table)
        require_columns(frame, self.column_names)
        self.check_table(table, self.output_file_path)
        self.task_log.update({'rows': len(frame), 'columns': list(self.column_names)})
        return select_columns(table, self.column_names)


class RenameColumn(RedshellsTask[Any]):
    """Give columns of a table other names.

    Output: a data frame of the kind that came in (pandas or polars), with all its rows and columns in their order.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task that outputs a pandas or polars data frame.')
    rename_rule: dict[str, str] = parameter.keyword_arguments(
        description='New names by old ones, as in {"user_id": "user"}. Two columns may swap their names.'
    )
    output_file_path: str = parameter.text(
        default='data/rename_column.pkl', description='Path of the table below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the new names are different strings, and that the output is a file that holds a table.

        Raises:
            ParameterError: One is not so.
        """
        check_table_path(self.output_file_path)
        wrong = {old: new for old, new in self.rename_rule.items() if not isinstance(new, str)}
        if wrong:
            raise ParameterError(f'rename_rule has {wrong}; strings are expected as new names.')
        twice = _repeated(list(self.rename_rule.values()))
        if twice:
            raise ParameterError(f'rename_rule gives several columns the names {twice}; one for each is expected.')

    def output(self) -> TargetOnKart:
        """The table."""
        return self.file_target(self.output_file_path)

    def compute(self) -> Any:
        """The table."""
        from redshells.data.either_frame import collect, rename_columns
        from redshells.model.frame import read_table, require_columns

        table = collect(self.load(self.data_task))
        frame = read_table(table)
        require_columns(frame, list(self.rename_rule))
        names = [self.rename_rule.get(name, name) for name in frame.columns]
        twice = _repeated(names)
        if twice:
            raise DuplicateColumnError(
                f'rename_rule={dict(self.rename_rule)} gives columns the names {twice}, which other columns have. '
                'Choose other names, or drop those columns before with FilterByColumn.'
            )
        self.check_table(table, self.output_file_path)
        self.task_log.update({'rows': len(frame), 'columns': names})
        return rename_columns(table, self.rename_rule)


def _repeated(names: list[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)
