"""Check a table before anything is made of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gokart
import pandas as pd

from redshells import parameter
from redshells.errors import ContractBreach, ContractError, ParameterError, require_installed
from redshells.target import CheckedTarget, JsonProcessor
from redshells.task import RedshellsTask

if TYPE_CHECKING:
    from redshells.analysis.contract import TableContract
    from redshells.analysis.table_change import ChangeLimits, TableMeasures

_LIMITS = ('maximum_row_change', 'maximum_missing_change', 'maximum_new_categories', 'maximum_vanished_categories')


class CheckDataFrame(RedshellsTask[Any]):
    """Check that a table keeps a contract, and that it is not too different from an earlier one.

    Output: the table of the other task, unchanged: it is read where that task has saved it, and only a record of the
    check is written. What requires this task, and not the table itself, does not run when the table is wrong. The
    check runs once for each unique id, and again when the table was written anew.

    The ContractError names every point in which the table is wrong: ``too_few_rows``, ``too_many_rows``,
    ``missing_column``, ``unexpected_column``, ``wrong_type``, ``too_many_missing``, ``out_of_range``,
    ``value_not_allowed``, ``pattern_not_matched``, ``not_unique``; and against the earlier table ``rows_changed``,
    ``columns_changed``, ``type_changed``, ``missing_changed``, ``categories_changed``.

    The columns and their kinds are compared with the earlier table unless told otherwise, all else where a limit is
    given. Of an earlier table without rows, the types, missing values and categories are not compared.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task that outputs a pandas or polars data frame.')
    columns: Mapping[str, Mapping[str, Any]] = parameter.keyword_arguments(
        default={},
        description='The contract of each column by its name: a dict with any of type, required, nullable, '
        'maximum_missing, minimum, maximum, unique, values and pattern. What is not said is not checked.',
    )
    key_column_names: tuple[str, ...] | list[str] = parameter.names(
        default=(), description='Columns whose values together are unique, and not missing.'
    )
    minimum_rows: int = parameter.integer(default=1, minimum=0, description='The least number of rows.')
    maximum_rows: int | None = parameter.integer(default=None, minimum=0, description='The greatest number of rows.')
    allow_other_columns: bool = parameter.flag(
        default=True, description='Whether there may be columns that the contract does not name.'
    )
    previous_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description="A task that outputs an earlier table to compare with, such as yesterday's. Give the task that "
        'makes the table and not its CheckDataFrame, which would require the one before, and so on.'
    )
    maximum_row_change: float | None = parameter.number(
        default=None, minimum=0.0, description='Share by which the number of rows may change; 0.5 is -50 % to +50 %.'
    )
    maximum_missing_change: float | None = parameter.number(
        default=None,
        minimum=0.0,
        maximum=1.0,
        description='Difference by which the share of missing values of a column may change.',
    )
    maximum_new_categories: float | None = parameter.number(
        default=None, minimum=0.0, maximum=1.0, description='Share of the categories of a column that may be new.'
    )
    maximum_vanished_categories: float | None = parameter.number(
        default=None,
        minimum=0.0,
        maximum=1.0,
        description='Share of the earlier categories of a column that may be gone.',
    )
    category_column_names: tuple[str, ...] | list[str] = parameter.names(
        default=(),
        description='The columns whose categories are compared; all of text, booleans and of the categorical type '
        'that are no keys when empty.',
    )
    compare_columns: bool = parameter.flag(
        default=True, description='Whether no column of the earlier table may be gone, and none may be new.'
    )
    compare_types: bool = parameter.flag(
        default=True, description='Whether columns must be of the kind that they were: integer, float, string, ...'
    )
    output_file_path: str = parameter.text(
        default='data/check_data_frame.json', description='Path of the record of the check below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the contract can be read, and that it can be checked.

        Raises:
            ParameterError: A key of the contract is unknown, or parameters do not go together.
            MissingExtraError: pandera is not installed.
        """
        require_installed('A contract', 'pandera', 'contract')
        self._contract()
        if os.path.splitext(self.output_file_path)[1] != '.json':
            raise ParameterError(
                f"output_file_path={self.output_file_path!r} was given; a path that ends in '.json' is expected."
            )
        given = [name for name in _LIMITS if getattr(self, name) is not None]
        given += ['category_column_names'] if self.category_column_names else []
        if self.previous_data_task is None and given:
            raise ParameterError(f'{", ".join(given)} was given without previous_data_task. Give it, too, or neither.')
        if self.category_column_names and not self._limits().compares_categories:
            raise ParameterError(
                'category_column_names was given without a limit for them. Set maximum_new_categories or '
                'maximum_vanished_categories.'
            )
        for name in ('data_task', 'previous_data_task'):
            self.check_input(name)

    def output(self) -> CheckedTarget:
        """The table, once it is checked."""
        record = self.file_target(self.output_file_path, JsonProcessor())
        checked: Any = self.data_task.output()
        return CheckedTarget(checked, record, self.task_log)

    def compute(self) -> Any:
        """The table.

        Raises:
            ContractError: It breaks the contract, or is too different from the earlier one.
        """
        from redshells.analysis.table_change import find_changes
        from redshells.analysis.table_contract import find_breaches
        from redshells.model.frame import read_table

        earlier = self.previous_data_task
        previous = None
        if earlier is not None:
            with self.reading('previous_data_task'):
                previous = self._measures(read_table(self.load(earlier)))
        with self.reading('data_task'):
            table = self.load(self.data_task)
            frame = read_table(table)
            current = self._measures(frame)
        self.task_log.update({'rows': current.rows, 'missing_shares': dict(current.missing_shares)})
        breaches = find_breaches(frame, self._contract())
        if previous is not None:
            change = find_changes(previous, current, self._limits())
            self.task_log.update(change.facts)
            breaches += change.breaches
        self._refuse(breaches, frame.shape)
        return table

    def _measures(self, frame: pd.DataFrame) -> TableMeasures:
        from redshells.analysis.table_change import measure_table

        return measure_table(
            frame,
            with_categories=self._limits().compares_categories,
            category_column_names=self.category_column_names,
            other_column_names=self.key_column_names,
        )

    def _refuse(self, breaches: list[ContractBreach], shape: tuple[int, int]) -> None:
        if not breaches:
            return
        lines = '\n'.join(f'  {breach}' for breach in breaches)
        points = '1 point' if len(breaches) == 1 else f'{len(breaches)} points'
        raise ContractError(
            f'the table of {type(self.data_task).__name__}, of {shape[0]} rows and {shape[1]} columns, breaks its '
            f'contract in {points}:\n{lines}\nMend what makes the table, or change the contract.',
            breaches,
        )

    def _contract(self) -> TableContract:
        from redshells.analysis.contract import ColumnContract, TableContract, read_columns

        compared = {name: ColumnContract() for name in self.category_column_names}
        return TableContract(
            columns={**compared, **read_columns(parameter.plain(self.columns))},
            key_column_names=self.key_column_names,
            minimum_rows=self.minimum_rows,
            maximum_rows=self.maximum_rows,
            allow_other_columns=self.allow_other_columns,
        )

    def _limits(self) -> ChangeLimits:
        from redshells.analysis.table_change import ChangeLimits

        return ChangeLimits(
            **{name: getattr(self, name) for name in _LIMITS},
            compare_columns=self.compare_columns,
            compare_types=self.compare_types,
        )
