"""Report on a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gokart
from gokart.utils import FlattenableItems

from redshells import parameter
from redshells.analysis.baseline_names import BASELINES, check_baselines
from redshells.errors import ParameterError
from redshells.model.metric_name import check_metrics
from redshells.page.report import Report
from redshells.process import run_safely
from redshells.report.verb import ReportTask, local_path_of

if TYPE_CHECKING:
    import pandas as pd

    from redshells.model.frame import TableData
    from redshells.model.table_model import TableModel


class ReportModel(ReportTask):
    """Report on a trained model: what it is worth, what it looks at, what it was made of, and what has changed.

    Output: a [`Report`][redshells.page.report.Report], saved as one HTML file that needs no network and no script.

    The training table, the tuning result and the columns are those of ``model_task``, if that is a Train… task; other
    tasks that output a model of redshells need ``train_data_task`` and ``target_column_name``.
    """

    model_task: gokart.TaskOnKart[Any] = parameter.task(description='A Train… task.')
    data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs rows that the model was not trained on, with their target.'
    )
    train_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs the rows of the training; those of the Train… task by default.'
    )
    tuning_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='An Optimize… task; the best_params_task of the Train… task by default.'
    )
    validation_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A Validate… task, whose scores are shown beside those of the scored rows.'
    )
    prediction_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A PredictTable task, whose file is linked.'
    )
    target_column_name: str | None = parameter.text(
        default=None, description='The column to predict; that of the Train… task by default.'
    )
    weight_column_name: str | None = parameter.text(
        default=None, description='The column with the weight of each row; that of the Train… task by default.'
    )
    group_column_name: str | None = parameter.text(
        default=None, description='The column with the group of each row; that of the Train… task by default.'
    )
    metrics: tuple[str, ...] | list[str] = parameter.names(
        default=(),
        description='Names of the scores, the most important one first; what was tuned for, or fits the problem, when '
        'empty.',
    )
    baselines: tuple[str, ...] | list[str] = parameter.names(
        default=BASELINES,
        description='What the model is compared with: the prior, a linear model, and its library with the defaults.',
    )
    positive_class: str | None = parameter.text(
        default=None,
        description='Of two classes, the label that curves and lifts are of; the second one, or the rarer one of two '
        'texts, by default.',
    )
    number_of_resamples: int = parameter.integer(
        default=200, minimum=20, description='Bootstrap resamples for the intervals.'
    )
    n_jobs: int = parameter.integer(
        default=-1, minimum=-1, significant=False, description='Threads; -1 shares the cores among the workers.'
    )
    output_file_path: str = parameter.text(
        default='report/report_model.html', description='Path of the page below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the training table and the target are known, besides what all reports check.

        Raises:
            ParameterError: They are not, there is no such baseline or score, or an input is of another kind.
        """
        super().check_parameters()
        check_baselines(self.baselines)
        self.check_input('model_task', 'a model')
        self.check_input('tuning_task', 'a tuning result')
        for name in ('data_task', 'train_data_task', 'prediction_task'):
            self.check_input(name)
        problem = getattr(self.model_task, 'problem', None)
        if isinstance(problem, str):
            check_metrics(self.metrics, problem)
        if self.n_jobs == 0:
            raise ParameterError('n_jobs=0 was given; -1, or a number of threads of at least 1, is expected.')
        for name in ('train_data_task', 'target_column_name'):
            if self._of_training(name) is None:
                raise ParameterError(
                    f'model_task={type(self.model_task).__name__} has no {name}; a Train… task has. Give {name} to the '
                    'report.'
                )

    def subject(self) -> gokart.TaskOnKart[Any]:
        """The task that trained the model."""
        return self.model_task

    def default_title(self) -> str:
        """The task and the column that is predicted."""
        return f'{type(self.model_task).__name__}: {self._of_training("target_column_name")}'

    def requires(self) -> FlattenableItems[gokart.TaskOnKart[Any]]:
        """The model, the rows, and what the model was made of."""
        names = ('model_task', 'data_task', 'validation_task', 'prediction_task', 'previous_report_task')
        tasks = {name: getattr(self, name) for name in names}
        tasks |= {
            'train_data_task': self._of_training('train_data_task'),
            'tuning_task': self.tuning_task_of(self.model_task),
        }
        return {name: task for name, task in tasks.items() if task is not None}

    _lost_group = ''

    def compute(self) -> Report:
        """The report."""
        from redshells.page.model_page import report_model

        model = self._load_model()
        test = self._load_rows('data_task', self.data_task, model)
        train = self._load_rows('train_data_task', self._of_training('train_data_task'), model)
        self._check_predictions()
        tuning = self.tuning_task_of(self.model_task)
        classes = model.target_encoding_.classes
        earlier = self.load_earlier(
            'model',
            list(train.features.columns),
            {'problem': model.problem, 'classes': [] if classes is None else [str(label) for label in classes]},
        )
        result: Report = run_safely(
            report_model,
            model,
            train,
            test,
            self._plan(),
            None if tuning is None else self.load_tuning(tuning),
            self._load_validation(),
            self.run_facts(self._outputs(), self._code(), earlier, model.versions),
            self.language,
            earlier.content,
            self._check_table(model),
        )
        content = result.content
        self.task_log.update({'scores': content['scores'], 'bytes': len(result.html.encode())})
        return result

    def _of_training(self, name: str) -> Any:
        """A parameter of the report, or of the task that trained the model."""
        given = getattr(self, name)
        return getattr(self.model_task, name, None) if given is None else given

    def _outputs(self) -> dict[str, gokart.TaskOnKart[Any] | None]:
        """The tasks behind the report, by what they are to it."""
        return {
            'Model': self.model_task,
            'Training table': self._of_training('train_data_task'),
            'Scored rows': self.data_task,
            'Tuning result': self.tuning_task_of(self.model_task),
            'Cross-validation': self.validation_task,
            'Predictions': self.prediction_task,
            'Report': self,
        }

    def _plan(self) -> Any:
        from redshells.analysis.model_summary import SummaryPlan

        return SummaryPlan(
            tuple(self.metrics),
            tuple(self.baselines),
            self.number_of_resamples,
            self.random_seed,
            self.n_jobs,
            self.positive_class or '',
        )

    def _load_model(self) -> TableModel:
        from redshells.model.table_model import TableModel

        model = self.load(self.model_task)
        if not isinstance(model, TableModel):
            raise ParameterError(
                f'model_task={type(self.model_task).__name__} outputs a {type(model).__name__}; a Train… task, which '
                'outputs a model, is expected.'
            )
        return model

    def _load_rows(self, name: str, task: gokart.TaskOnKart[Any], model: TableModel) -> TableData:
        from redshells.model.frame import cut_table

        table = self.load_input(name, task)
        group = self._of_training('group_column_name') or ''
        if model.problem != 'ranking' and group not in getattr(table, 'columns', ()):
            self._lost_group, group = group, ''  # it only tells which rows belong together
        with self.reading(name, task):
            return cut_table(
                table,
                target_column_name=self._of_training('target_column_name'),
                feature_column_names=[column.name for column in model.schema_.columns],
                weight_column_name=self._of_training('weight_column_name') or '',
                group_column_name=group,
            )

    def _load_validation(self) -> pd.DataFrame | None:
        if self.validation_task is None:
            return None
        output = self.load(self.validation_task)
        scores: Any = output.get('scores') if isinstance(output, dict) else None
        if not {'fold', 'metric', 'score'} <= set(getattr(scores, 'columns', ())):
            raise ParameterError(
                f'validation_task={type(self.validation_task).__name__} outputs no scores of folds; a Validate… task '
                'is expected.'
            )
        result: pd.DataFrame = scores
        return result

    def _check_predictions(self) -> None:
        from redshells.model.frame import read_table, require_columns

        if self.prediction_task is not None:
            with self.reading('prediction_task'):
                require_columns(read_table(self.load(self.prediction_task)), ['prediction'])

    def _check_table(self, model: TableModel) -> Any:
        from redshells.page.finding import TableCheck

        recorded = model.training.get('inputs', {}).get('train_data_task', {}).get('digest') or ''
        return TableCheck(recorded, self.task_log['inputs']['train_data_task'].get('digest') or '', self._lost_group)

    def _code(self) -> str:
        path, comment = local_path_of(self.model_task)
        return (
            f'import redshells\nmodel = redshells.load_model({path!r}){comment}\n'
            'model.predict(table)  # a pandas or polars data frame with the columns of the training'
        )
