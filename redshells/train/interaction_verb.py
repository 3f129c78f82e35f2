"""The verbs Train, Optimize and Validate of models of users and items."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import gokart
import pandas as pd
from gokart.target import TargetOnKart
from gokart.utils import FlattenableItems

from redshells import parameter
from redshells.errors import ParameterError
from redshells.factory.recommenders import RecommenderBuilder, RecommenderSpec
from redshells.process import run_safely
from redshells.target import check_table_path
from redshells.train.argument_search import ArgumentSearch
from redshells.train.execution import RunsOnDevice
from redshells.train.interaction_shape import FromInteractions
from redshells.train.tuned import load_tuning_result
from redshells.tuning import TuningResult
from redshells.tuning.interaction_metric import RATING, SPLITS, USUAL_METRICS, check_interaction_metric

if TYPE_CHECKING:
    from redshells.model.interactions import Interactions
    from redshells.model.recommender import RecommenderModel
    from redshells.tuning.argument_tuning import ArgumentTuningPlan
    from redshells.tuning.split import Positions

T = TypeVar('T')
M = TypeVar('M', bound='RecommenderModel')
R = TypeVar('R')


class InteractionModelVerb(FromInteractions[T], RunsOnDevice[T], Generic[T]):
    """What all verbs of models of users and items have: a model, its arguments, and where it runs."""

    spec: ClassVar[RecommenderSpec]

    model_kwargs: dict[str, Any] = parameter.keyword_arguments(
        default={},
        description='Arguments of the model by its own names; they win over tuned ones, and are not searched.',
    )

    def check_parameters(self) -> None:
        """Check that the model's library is installed, besides what the shape checks.

        Raises:
            MissingExtraError: It is not.
        """
        super().check_parameters()
        self.spec.check_installed(type(self).__name__)

    def explicit_arguments(self) -> dict[str, Any]:
        """The given arguments under the model's own names."""
        return parameter.plain(self.model_kwargs)

    def problem(self, arguments: Mapping[str, Any]) -> str:
        """``'rating'`` or ``'top_items'``: what a model with these arguments foretells."""
        return RATING

    def load_features(self) -> dict[str, pd.DataFrame]:
        """``'user_features'`` and ``'item_features'``, as far as the model takes them and they are given."""
        return {}

    def builder(self) -> RecommenderBuilder:
        """What trains the models of the task."""
        return RecommenderBuilder(self.spec, self.random_seed, self.execution())

    def learnt_column_name(self) -> str:
        """The column that is learnt, for the result of a search."""
        return self.rating_column_name or ''


class WithBestArguments(InteractionModelVerb[T], Generic[T]):
    """Verbs that train a model of users and items with tuned arguments."""

    best_params_task: gokart.TaskOnKart[TuningResult] | None = parameter.optional_task(
        description='An Optimize… task of the same model; its best parameters are used.'
    )

    def check_parameters(self) -> None:
        """Check the tuned arguments, besides what all verbs check.

        Raises:
            ParameterError: They are something else.
        """
        super().check_parameters()
        self.check_input('best_params_task', 'a tuning result')

    def training_arguments(self) -> dict[str, Any]:
        """Tuned arguments, and the explicit ones, which win.

        Raises:
            ResultMismatchError: The tuning was of another model, problem or column.
            UnknownArgumentError: The model does not take an argument.
        """
        arguments = self.explicit_arguments()
        if self.best_params_task is not None:
            problem = self.problem(arguments)
            result = load_tuning_result(self, self.spec.name, problem, self.learnt_column_name())
            arguments = {**result.best_params, **arguments}
        self.builder().new_model(arguments)  # refuses before the data is read
        return arguments


class TrainInteractions(WithBestArguments[M], Generic[M]):
    """Train a model of users and items. Output: the model, saved as an archive."""

    output_file_path: str = parameter.text(description='Path of the model below the workspace.')

    def output(self) -> TargetOnKart:
        """The model."""
        return self.model_target(self.output_file_path)

    def load_validation(self, *, has_ratings: bool) -> Interactions | None:
        """The interactions to watch for early stopping, where the model stops early."""
        return None

    def compute(self) -> M:
        """The fitted model."""
        arguments = self.training_arguments()
        has_ratings = self.problem(arguments) == RATING
        interactions = self.load_interactions('train_data_task', has_ratings=has_ratings)
        features, validation = self.load_features(), self.load_validation(has_ratings=has_ratings)
        model: M = self.train(arguments, interactions, features, validation)
        facts = {'users': len(model.user_ids_), 'items': len(model.item_ids_)}
        self.task_log.update(facts)
        names = ('rows', 'pairs', 'users', 'items', 'inputs')
        model.training = {**model.training, **{name: self.task_log[name] for name in names}}
        return model

    def train(
        self,
        arguments: Mapping[str, Any],
        interactions: Interactions,
        features: Mapping[str, pd.DataFrame],
        validation: Interactions | None,
    ) -> Any:
        """The fitted model."""
        return run_safely(self.builder(), arguments, interactions, features, validation)


class SplitsInteractions(InteractionModelVerb[T], Generic[T]):
    """Verbs that hold interactions out."""

    cross_validation_size: int = parameter.integer(default=5, minimum=1, description='Number of folds.')
    split: str | None = parameter.text(
        default=None,
        choices=SPLITS,
        description="'random'; 'time' holds later rows out; 'leave_last_out' holds out the last row of each user, then "
        'the one before it, and so on. By time where times are given.',
    )

    def check_parameters(self) -> None:
        """Check that the rows can be split in this way.

        Raises:
            ParameterError: They can't.
        """
        super().check_parameters()
        split = self.split_name()
        if split != 'random' and self.time_column_name is None:
            raise ParameterError(
                f'split={split!r} was given without time_column_name; the column with the time of each row is expected.'
            )
        if split != 'leave_last_out' and self.cross_validation_size < 2:
            raise ParameterError(
                f'cross_validation_size={self.cross_validation_size} was given; at least 2 is expected, or '
                "split='leave_last_out'."
            )

    def split_name(self) -> str:
        """How rows are held out."""
        return self.split or ('time' if self.time_column_name else 'random')

    def check_metrics(self, names: Iterable[str]) -> None:
        """Check that there are scores of these names.

        Raises:
            UnknownNameError: There is none.
        """
        for name in names:
            check_interaction_metric(name, self.problem(self.explicit_arguments()))

    def folds_of(self, interactions: Interactions) -> list[tuple[Positions, Positions]]:
        """The rows that train and that are held out.

        Raises:
            SplitError: There are too few.
        """
        from redshells.tuning.interaction_split import interaction_folds

        with self.reading('train_data_task'):
            return interaction_folds(interactions, self.split_name(), self.cross_validation_size, self.random_seed)


class OptimizeInteractions(SplitsInteractions[TuningResult], ArgumentSearch):
    """Tune a model of users and items with Optuna, by its scores on held-out interactions.

    Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``best_params_task``. The study is kept in a file
    under the unique id (or in ``storage``): a run that was killed goes on where it was.
    """

    metric: str | None = parameter.text(
        default=None,
        description="The score to tune for: 'rmse' or 'mae' of ratings, by default 'rmse'; 'recall@20', 'ndcg@20', "
        "'map@20', 'mrr@20', 'hit_rate@20' and others of top items, by default 'recall@20'.",
    )
    cross_validation_size: int = parameter.integer(
        default=3, minimum=1, description='Number of folds, shared by all trials.'
    )

    def check_parameters(self) -> None:
        """Check that the parameters go together.

        Raises:
            ParameterError: They do not.
        """
        super().check_parameters()
        self.check_metrics([self.metric_name()])

    def metric_name(self) -> str:
        """The score to tune for."""
        return self.metric or USUAL_METRICS[self.problem(self.explicit_arguments())][0]

    def search_with(self, function: Callable[[Any, ArgumentTuningPlan], R]) -> R:
        """What a function of an objective and a plan makes of the inputs and the parameters."""
        from redshells.tuning.interaction_objective import InteractionObjective

        explicit, builder = self.explicit_arguments(), self.builder()
        builder.new_model(explicit)  # refuses before the data is read
        problem = self.problem(explicit)
        interactions = self.load_interactions('train_data_task', has_ratings=problem == RATING)
        objective = InteractionObjective(
            build=builder,
            interactions=interactions,
            features=self.load_features(),
            folds=self.folds_of(interactions),
            metric=self.metric_name(),
            problem=problem,
            fixed=explicit,
            random_seed=self.random_seed,
        )
        solver = self.spec.solver_of(explicit)
        plan = self.plan(
            explicit,
            model_name=self.spec.name,
            target_column_name=self.learnt_column_name(),
            search_space=self.spec.search_space[solver],
            first_trials=self.spec.first_trials.get(solver, ()),
        )
        return run_safely(function, objective, plan)


class ValidateInteractions(SplitsInteractions[dict[str, pd.DataFrame]], WithBestArguments[dict[str, pd.DataFrame]]):
    """Cross-validate a model of users and items.

    Output: ``'scores'``, one row for each fold and metric, and ``'predictions'``, the out-of-fold prediction of each
    held-out interaction.
    """

    metrics: tuple[str, ...] | list[str] = parameter.names(
        default=(), description='Names of the scores; those that are usual for the model when empty.'
    )
    output_file_path: str = parameter.text(
        description='Path below the workspace, to which _scores and _predictions are added.'
    )

    def check_parameters(self) -> None:
        """Check that the parameters go together.

        Raises:
            ParameterError: They do not.
        """
        super().check_parameters()
        self.check_metrics(self.metrics)
        check_table_path(self.output_file_path)

    def output(self) -> FlattenableItems[TargetOnKart]:
        """The scores and the predictions."""
        base, extension = os.path.splitext(self.output_file_path)
        return {name: self.file_target(f'{base}_{name}{extension}') for name in ('scores', 'predictions')}

    def compute(self) -> dict[str, pd.DataFrame]:
        """The scores and the predictions."""
        from redshells.tuning.interaction_validation import validate_recommender

        arguments = self.training_arguments()
        problem = self.problem(arguments)
        interactions = self.load_interactions('train_data_task', has_ratings=problem == RATING)
        result = run_safely(
            validate_recommender,
            self.builder(),
            interactions,
            self.folds_of(interactions),
            arguments=arguments,
            metrics=self.metrics or USUAL_METRICS[problem],
            problem=problem,
            features=self.load_features(),
        )
        self.task_log['scores'] = result['scores'].groupby('metric', sort=False)['score'].mean().to_dict()
        return result
