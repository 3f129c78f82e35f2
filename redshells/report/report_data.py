"""Report on a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gokart

from redshells import parameter
from redshells.errors import EmptyTableError, ParameterError, TargetError
from redshells.model.target_encoding import PROBLEMS
from redshells.page.report import Report
from redshells.process import run_safely
from redshells.report.verb import ReportTask
from redshells.task import RedshellsTask

if TYPE_CHECKING:
    import pandas as pd


class ReportData(ReportTask):
    """Report on a table: columns, types, missing values, distributions, what they have to do with the target, drift.

    Output: a [`Report`][redshells.page.report.Report], saved as one HTML file that needs no network and no script.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task that outputs a pandas or polars data frame.')
    target_column_name: str | None = parameter.text(
        default=None, description='The column to predict, with which the others are compared.'
    )
    problem: str | None = parameter.text(
        default=None,
        choices=PROBLEMS,
        description='What is to be predicted; by default, few whole numbers and all texts are classes.',
    )
    output_file_path: str = parameter.text(
        default='report/report_data.html', description='Path of the page below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that a problem is one of a target, besides what all reports check.

        Raises:
            ParameterError: There is no target, or the input has several outputs.
        """
        super().check_parameters()
        self.check_input('data_task')
        if self.problem is not None and self.target_column_name is None:
            raise ParameterError(
                f'problem={self.problem!r} was given without target_column_name; the column to predict is expected. '
                'Give it, too, or neither.'
            )

    def subject(self) -> gokart.TaskOnKart[Any]:
        """The task that outputs the table."""
        return self.data_task

    def default_title(self) -> str:
        """The task that makes the table, behind those that check, split or cut it."""
        task: Any = self.data_task
        while isinstance(task, RedshellsTask) and hasattr(task, 'data_task'):
            task = task.data_task
        return type(task).__name__

    def compute(self) -> Report:
        """The report."""
        from redshells.model.frame import read_table, require_columns
        from redshells.page.data_page import report_data

        with self.reading('data_task'):
            frame = read_table(self.load_input('data_task'))
            if frame.empty:
                raise EmptyTableError(
                    f'the input table has {frame.shape[0]} rows and {frame.shape[1]} columns. Check the task that '
                    'makes it.'
                )
            if self.target_column_name is not None:
                require_columns(frame, [self.target_column_name])
                self._check_target(frame[self.target_column_name])
        earlier = self.load_earlier('data', list(frame.columns))
        report: Report = run_safely(
            report_data,
            frame,
            self.target_column_name or '',
            self.problem or '',
            self.random_seed,
            self.run_facts({'Table': self.data_task, 'Report': self}, '', earlier),
            self.language,
            earlier.content,
        )
        self.task_log.update({'rows': len(frame), 'bytes': len(report.html.encode())})
        return report

    def _check_target(self, target: pd.Series[Any]) -> None:
        from redshells.model.feature_schema import is_numeric

        if self.problem not in (None, 'classification') and not is_numeric(target):
            raise TargetError(
                f'the target {target.name!r} is of the type {target.dtype}, and problem={self.problem!r} was given; '
                "numbers are expected. Set problem='classification', or convert the column."
            )
