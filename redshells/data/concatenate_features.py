"""Put the features of several tasks side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import gokart
import pandas as pd
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import ParameterError, RedshellsError
from redshells.target import check_table_path
from redshells.task import RedshellsTask


class ConcatenateFeatures(RedshellsTask[pd.DataFrame]):
    """Put the columns of any number of tables side by side, by keys or by the index.

    Output: a pandas data frame with the columns of the first table, and then those of the others, keys once. Its rows
    are in the order of the first table and have its index; those of ``how='outer'`` that it lacks follow, and are
    numbered anew with it where the keys are columns. Without ``key_column_names`` rows belong together that have the
    same index, which for polars tables is the number of the row.

    A key that comes twice in a table, is missing, or is of another type in another table is refused, as is a column
    that two tables have. Where a table lacks a key that the result has, its values are missing; its integers and
    booleans are then of pandas' nullable types, such as ``Int64``, and keep their values.
    """

    data_tasks: Sequence[gokart.TaskOnKart[Any]] = parameter.tasks(
        description='Tasks that output pandas or polars data frames.'
    )
    key_column_names: tuple[str, ...] | list[str] = parameter.names(
        default=(), description='Columns of all tables that tell which rows belong together; the index when empty.'
    )
    how: str = parameter.text(
        default='exact',
        choices=('exact', 'left', 'inner', 'outer'),
        description="Which keys are kept: 'exact' refuses tables with different keys, 'left' keeps those of the first "
        "table, 'inner' those that all tables have, 'outer' those that any has.",
    )
    output_file_path: str = parameter.text(
        default='data/concatenate_features.pkl', description='Path of the table below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, and that each task has one output.

        Raises:
            ParameterError: One is not so.
        """
        check_table_path(self.output_file_path)
        for position, task in enumerate(self.data_tasks):
            if not isinstance(task.output(), TargetOnKart):
                raise ParameterError(
                    f'data_tasks[{position}]={type(task).__name__} has several outputs; a task with one table is '
                    'expected. Choose one of them with LoadDataOfTask.'
                )

    def output(self) -> TargetOnKart:
        """The table."""
        return self.file_target(self.output_file_path)

    def compute(self) -> pd.DataFrame:
        """The table."""
        from redshells.analysis.join import join_tables

        names = self._names()
        tables = {name: self._read(name, task) for name, task in zip(names, self.data_tasks, strict=True)}
        joined = join_tables(tables, self.key_column_names, self.how)
        self.check_index(joined.table.index, self.output_file_path)
        rows, columns = joined.table.shape
        self.task_log.update({'rows': rows, 'columns': columns, 'missing_keys': dict(joined.missing_keys)})
        return joined.table

    def _read(self, name: str, task: gokart.TaskOnKart[Any]) -> pd.DataFrame:
        from redshells.model.frame import read_table

        table = self.load(task)
        try:
            return read_table(table)
        except RedshellsError as error:
            raise type(error)(f'{name}: {error}') from None

    def _names(self) -> list[str]:
        """What the tasks are called in messages."""
        names = [type(task).__name__ for task in self.data_tasks]
        counts = Counter(names)
        return [
            name if counts[name] == 1 else f'{name} (data_tasks[{position}])' for position, name in enumerate(names)
        ]
