"""Report on the training of any model."""

from __future__ import annotations

from typing import Any

import gokart
from gokart.utils import FlattenableItems

from redshells import parameter
from redshells.page.report import Report
from redshells.process import run_safely
from redshells.report.verb import ReportTask, local_path_of


class ReportTraining(ReportTask):
    """Report on how a model was trained: its learning curve, its arguments, what was recorded, and the search.

    It takes every model of redshells, also those that `ReportModel` and `ReportRecommender` have no page for, such as a
    graph convolutional network; it reads no data.

    Output: a [`Report`][redshells.page.report.Report], saved as one HTML file that needs no network and no script.
    """

    model_task: gokart.TaskOnKart[Any] = parameter.task(description='A Train… task.')
    tuning_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='An Optimize… task; the best_params_task of the Train… task by default.'
    )
    output_file_path: str = parameter.text(
        default='report/report_training.html', description='Path of the page below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the inputs are a model and a search, besides what all reports check.

        Raises:
            ParameterError: They are not.
        """
        super().check_parameters()
        self.check_input('model_task', 'a model')
        self.check_input('tuning_task', 'a tuning result')

    def subject(self) -> gokart.TaskOnKart[Any]:
        """The task that trained the model."""
        return self.model_task

    def default_title(self) -> str:
        """The task that trained the model."""
        return type(self.model_task).__name__

    def requires(self) -> FlattenableItems[gokart.TaskOnKart[Any]]:
        """The model, the search, and the report to compare with."""
        tasks = {
            'model_task': self.model_task,
            'tuning_task': self.tuning_task_of(self.model_task),
            'previous_report_task': self.previous_report_task,
        }
        return {name: task for name, task in tasks.items() if task is not None}

    def compute(self) -> Report:
        """The report."""
        from redshells.page.training_page import report_training

        model = self._load_model()
        tuning = self.tuning_task_of(self.model_task)
        earlier = self.load_earlier('training')
        path, comment = local_path_of(self.model_task)
        code = f'import redshells\nmodel = redshells.load_model({path!r}){comment}'
        outputs = {'Model': self.model_task, 'Tuning result': tuning, 'Report': self}
        report: Report = run_safely(
            report_training,
            model,
            None if tuning is None else self.load_tuning(tuning),
            self.run_facts(outputs, code, earlier, model.versions),
            self.language,
            earlier.content,
        )
        self.task_log.update({'bytes': len(report.html.encode())})
        return report

    def _load_model(self) -> Any:
        from redshells.model.saved_model import SavedModel

        return self.load_fitting(
            'model_task', lambda one: isinstance(one, SavedModel), 'a Train… task, which outputs a model of redshells,'
        )
