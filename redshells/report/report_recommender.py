"""Report on a model of users and items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gokart
from gokart.utils import FlattenableItems

from redshells import parameter
from redshells.errors import ParameterError
from redshells.page.report import Report
from redshells.process import run_safely
from redshells.report.verb import ReportTask, local_path_of

if TYPE_CHECKING:
    from redshells.model.interactions import Interactions
    from redshells.model.recommender import RecommenderModel

_COLUMNS = (
    'user_column_name',
    'item_column_name',
    'rating_column_name',
    'service_column_name',
    'time_column_name',
    'duplicates',
)
_USUAL = {'user_column_name': 'user', 'item_column_name': 'item'}


class ReportRecommender(ReportTask):
    """Report on a model of users and items: what it is worth, what it recommends, and what it was trained on.

    Output: a [`Report`][redshells.page.report.Report], saved as one HTML file that needs no network and no script.

    The interactions of the training, the tuning result and the columns are those of ``model_task``, if that is a Train…
    task. Without ``test_data_task`` the page has no scores.
    """

    model_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A Train… task of a model of users and items, such as TrainMatrixFactorization.'
    )
    test_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs interactions that the model was not trained on.'
    )
    train_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs the interactions of the training; those of the Train… task by default.'
    )
    tuning_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='An Optimize… task; the best_params_task of the Train… task by default.'
    )
    item_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs a table with the names of items, to be shown in place of their ids.'
    )
    item_name_column_name: str | None = parameter.text(
        default=None, description='The column of that table with the names; the ids are in that of item_column_name.'
    )
    user_column_name: str | None = parameter.text(
        default=None, description="The column with the ids of users; that of the Train… task, or 'user', by default."
    )
    item_column_name: str | None = parameter.text(
        default=None, description="The column with the ids of items; that of the Train… task, or 'item', by default."
    )
    rating_column_name: str | None = parameter.text(
        default=None, description='The column with the ratings; that of the Train… task by default.'
    )
    top_n: int = parameter.integer(default=20, minimum=1, description='How many items of each user are looked at.')
    minimum_rating: float | None = parameter.number(
        default=None, description='Held-out items of a lower rating are not taken for items that the user chose.'
    )
    number_of_resamples: int = parameter.integer(
        default=200, minimum=20, description='Bootstrap resamples for the intervals.'
    )
    output_file_path: str = parameter.text(
        default='report/report_recommender.html', description='Path of the page below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the parameters go together, besides what all reports check.

        Raises:
            ParameterError: They do not, or an input is of another kind.
        """
        super().check_parameters()
        self.check_input('model_task', 'a model')
        self.check_input('tuning_task', 'a tuning result')
        for name in ('test_data_task', 'train_data_task', 'item_data_task'):
            self.check_input(name)
        if (self.item_data_task is None) != (self.item_name_column_name is None):
            raise ParameterError(
                f'item_data_task={self.item_data_task and type(self.item_data_task).__name__} and '
                f'item_name_column_name={self.item_name_column_name!r} were given; both or neither are expected.'
            )
        if self.minimum_rating is not None and self._of_training('rating_column_name') is None:
            raise ParameterError(
                f'minimum_rating={self.minimum_rating} was given without rating_column_name; the column with the '
                'ratings is expected. Give it, too, or neither.'
            )

    def subject(self) -> gokart.TaskOnKart[Any]:
        """The task that trained the model."""
        return self.model_task

    def default_title(self) -> str:
        """The task that trained the model."""
        return type(self.model_task).__name__

    def requires(self) -> FlattenableItems[gokart.TaskOnKart[Any]]:
        """The model, the interactions, and what the model was made of."""
        names = ('model_task', 'test_data_task', 'item_data_task', 'previous_report_task')
        tasks = {name: getattr(self, name) for name in names}
        tasks |= {
            'train_data_task': self._of_training('train_data_task'),
            'tuning_task': self.tuning_task_of(self.model_task),
        }
        return {name: task for name, task in tasks.items() if task is not None}

    def compute(self) -> Report:
        """The report."""
        from redshells.page.recommender_page import report_recommender

        model = self._load_model()
        test = self._load_interactions('test_data_task', self.test_data_task)
        if test is not None:
            with self.reading('test_data_task'):
                model.user_ids_.positions(test.users[:1], 'the users')  # refuses ids of another type
                model.item_ids_.positions(test.items[:1], 'the items')
        train = self._load_interactions('train_data_task', self._of_training('train_data_task'))
        tuning = self.tuning_task_of(self.model_task)
        earlier = self.load_earlier('recommender')
        result: Report = run_safely(
            report_recommender,
            model,
            test,
            train,
            self._plan(),
            None if tuning is None else self.load_tuning(tuning),
            self.run_facts(self._outputs(), self._code(model), earlier, model.versions),
            self.language,
            earlier.content,
            self._check_table(model),
        )
        self.task_log.update({'scores': result.content['scores'], 'bytes': len(result.html.encode())})
        return result

    def _of_training(self, name: str) -> Any:
        """A parameter of the report, or of the task that trained the model, or what is usual."""
        given = getattr(self, name, None)
        return getattr(self.model_task, name, _USUAL.get(name)) if given is None else given

    def _outputs(self) -> dict[str, gokart.TaskOnKart[Any] | None]:
        """The tasks behind the report, by what they are to it."""
        return {
            'Model': self.model_task,
            'Interactions of the training': self._of_training('train_data_task'),
            'Held-out interactions': self.test_data_task,
            'Tuning result': self.tuning_task_of(self.model_task),
            'Report': self,
        }

    def _load_model(self) -> RecommenderModel:
        from redshells.model.recommender import RecommenderModel

        model = self.load(self.model_task)
        if not isinstance(model, RecommenderModel):
            raise ParameterError(
                f'model_task={type(self.model_task).__name__} outputs a {type(model).__name__}; a Train… task of a '
                'model of users and items is expected.'
            )
        return model

    def _load_interactions(self, name: str, task: gokart.TaskOnKart[Any] | None) -> Interactions | None:
        from redshells.model.interactions import cut_interactions

        if task is None:
            return None
        columns: dict[str, Any] = {one: self._of_training(one) or '' for one in _COLUMNS}
        duplicates = columns.pop('duplicates')
        table = self.load_input(name, task)
        with self.reading(name, task):
            rows = cut_interactions(table, **columns)
            return rows.merge_duplicates(duplicates or 'last')

    def _plan(self) -> Any:
        from redshells.analysis.recommender_summary import RecommenderPlan

        return RecommenderPlan(
            self.top_n, self.minimum_rating, self.number_of_resamples, self.random_seed, self._item_names()
        )

    def _item_names(self) -> dict[str, str] | None:
        from redshells.model.frame import read_table, require_columns

        if self.item_data_task is None or self.item_name_column_name is None:
            return None
        with self.reading('item_data_task'):
            table = read_table(self.load_input('item_data_task'))
            id_name = self._of_training('item_column_name')
            require_columns(table, [id_name, self.item_name_column_name])
        return dict(zip(table[id_name].astype(str), table[self.item_name_column_name].astype(str), strict=True))

    def _check_table(self, model: RecommenderModel) -> Any:
        from redshells.page.finding import TableCheck

        recorded = model.training.get('inputs', {}).get('train_data_task', {}).get('digest') or ''
        found = self.task_log.get('inputs', {}).get('train_data_task', {}).get('digest') or recorded
        return TableCheck(recorded, found)

    def _code(self, model: RecommenderModel) -> str:
        path, comment = local_path_of(self.model_task)
        user = model.user_ids_.ids[:1].tolist()
        return (
            'import redshells\nfrom redshells.model.recommend import recommend_items\n'
            f'model = redshells.load_model({path!r}){comment}\n'
            f'recommend_items(model, {user!r}, top_n={self.top_n}).table'
        )
