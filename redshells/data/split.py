"""Split a table."""

from __future__ import annotations

from typing import Any

import gokart
from gokart.target import TargetOnKart
from gokart.utils import FlattenableItems

from redshells import parameter
from redshells.errors import ParameterError
from redshells.target import check_table_path
from redshells.task import RedshellsTask


class SplitTrainTestData(RedshellsTask[dict[str, Any]]):
    """Split a data frame into a training and a test part.

    Output: ``'train'`` and ``'test'``, data frames of the kind that came in (pandas or polars), each in the order of
    the input. Use [`LoadDataOfTask`][redshells.data.LoadDataOfTask] to hand one of them to another task.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task that outputs a pandas or polars data frame.')
    test_size_rate: float = parameter.number(
        minimum=0.0, maximum=1.0, description='Share of the rows in the test part, between 0 and 1.'
    )
    stratify_column_name: str | None = parameter.text(
        default=None, description='A column whose values have the same shares in both parts.'
    )
    group_column_name: str | None = parameter.text(
        default=None, description='A column whose groups lie in one part as a whole.'
    )
    time_column_name: str | None = parameter.text(
        default=None,
        description='A column with times (no texts but ISO 8601); the test part is later than the training part.',
    )
    random_seed: int = parameter.integer(default=0, minimum=0, maximum=2**31 - 1, description='Seed of the split.')
    train_output_file_path: str = parameter.text(
        default='data/train_data.pkl', description='Path of the training part below the workspace.'
    )
    test_output_file_path: str = parameter.text(
        default='data/test_data.pkl', description='Path of the test part below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the parameters go together.

        Raises:
            ParameterError: They do not.
        """
        check_table_path(self.train_output_file_path)
        check_table_path(self.test_output_file_path)
        if not 0 < self.test_size_rate < 1:
            raise ParameterError(
                f'test_size_rate={self.test_size_rate} was given; a share between 0 and 1, such as 0.2, is expected.'
            )
        others = {
            'stratify_column_name': self.stratify_column_name,
            'group_column_name': self.group_column_name,
        }
        given = [name for name, value in others.items() if value is not None]
        if self.time_column_name is not None and given:
            raise ParameterError(
                f'time_column_name was given with {" and ".join(given)}; a split by time follows the '
                'time alone. Leave one out.'
            )

    def output(self) -> FlattenableItems[TargetOnKart]:
        """The two parts."""
        return {
            'train': self.file_target(self.train_output_file_path),
            'test': self.file_target(self.test_output_file_path),
        }

    def compute(self) -> dict[str, Any]:
        """The two parts."""
        from redshells.model.frame import read_table, require_columns, take_rows
        from redshells.tuning.split import train_validation_split

        table = self.load(self.data_task)
        frame = read_table(table)
        named = {'target': self.stratify_column_name, 'group': self.group_column_name, 'time': self.time_column_name}
        require_columns(frame, [name for name in named.values() if name is not None])
        for path in (self.train_output_file_path, self.test_output_file_path):
            self.check_table(table, path)
        train, test = train_validation_split(
            number_of_rows=len(frame),
            split=self._split(),
            validation_size=self.test_size_rate,
            random_seed=self.random_seed,
            **{role: None if name is None else frame[name] for role, name in named.items()},
        )
        self.task_log.update({'train_rows': len(train), 'test_rows': len(test)})
        return {'train': take_rows(table, train), 'test': take_rows(table, test)}

    def _split(self) -> str:
        if self.time_column_name is not None:
            return 'time'
        if self.stratify_column_name is not None:
            return 'stratified'
        return 'random' if self.group_column_name is None else 'group'
