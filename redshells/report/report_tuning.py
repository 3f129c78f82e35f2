"""Report on a search for parameters."""

from __future__ import annotations

from typing import Any

import gokart

from redshells import parameter
from redshells.page.report import Report
from redshells.process import run_safely
from redshells.report.verb import ReportTask, local_path_of
from redshells.tuning import TuningResult


class ReportTuning(ReportTask):
    """Report on a tuning result: how the search went, which parameters matter, and what was found.

    Output: a [`Report`][redshells.page.report.Report], saved as one HTML file that needs no network and no script.
    """

    tuning_task: gokart.TaskOnKart[TuningResult] = parameter.task(description='An Optimize… task.')
    output_file_path: str = parameter.text(
        default='report/report_tuning.html', description='Path of the page below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the input is a search, besides what all reports check.

        Raises:
            ParameterError: It is not.
        """
        super().check_parameters()
        self.check_input('tuning_task', 'a tuning result')

    def subject(self) -> gokart.TaskOnKart[Any]:
        """The search."""
        return self.tuning_task

    def default_title(self) -> str:
        """The task and the column that is predicted."""
        target = getattr(self.tuning_task, 'target_column_name', '')
        return f'{type(self.tuning_task).__name__}: {target}' if target else type(self.tuning_task).__name__

    def compute(self) -> Report:
        """The report."""
        from redshells.page.tuning_page import report_tuning

        result: TuningResult = self.load_fitting(
            'tuning_task',
            lambda one: isinstance(one, TuningResult),
            'an Optimize… task, which outputs a TuningResult,',
        )
        path, comment = local_path_of(self.tuning_task)
        code = (
            'from pathlib import Path\nfrom redshells.tuning import TuningResult\n'
            f'result = TuningResult.from_json(Path({path!r}).read_text()){comment}\n'
            'result.best_params, result.trials  # a dict and a data frame'
        )
        earlier = self.load_earlier('tuning')
        run = self.run_facts({'Tuning result': self.tuning_task, 'Report': self}, code, earlier)
        report: Report = run_safely(report_tuning, result, run, self.language, earlier.content)
        self.task_log.update({'best_value': result.best_value, 'bytes': len(report.html.encode())})
        return report
