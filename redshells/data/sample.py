"""Draw rows of a table."""

from __future__ import annotations

from typing import Any

import gokart
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import DataError
from redshells.target import check_table_path
from redshells.task import RedshellsTask


class SampleData(RedshellsTask[Any]):
    """Draw rows of a table at random, each at most once.

    Output: a data frame of the kind that came in (pandas or polars), in the order of the input.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task that outputs a pandas or polars data frame.')
    sample_size: int = parameter.integer(minimum=1, description='Number of rows; the table must have as many.')
    random_seed: int = parameter.integer(default=0, minimum=0, maximum=2**31 - 1, description='Seed of the sample.')
    output_file_path: str = parameter.text(
        default='data/sample_data.pkl', description='Path of the sample below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table.

        Raises:
            ParameterError: It is not.
        """
        check_table_path(self.output_file_path)

    def output(self) -> TargetOnKart:
        """The sample."""
        return self.file_target(self.output_file_path)

    def compute(self) -> Any:
        """The sample."""
        import numpy as np

        from redshells.data.either_frame import collect
        from redshells.model.frame import read_table, take_rows

        table = collect(self.load(self.data_task))
        rows = len(read_table(table))
        if rows < self.sample_size:
            raise DataError(
                f'the input table has {rows} rows, and sample_size={self.sample_size} was given; '
                'at most as many as there are rows is expected. Lower it, or check the task that makes the table.'
            )
        self.check_table(table, self.output_file_path)
        drawn = np.random.default_rng(self.random_seed).choice(rows, self.sample_size, replace=False, shuffle=False)
        self.task_log.update({'rows': rows, 'sampled_rows': self.sample_size})
        return take_rows(table, np.sort(drawn))
