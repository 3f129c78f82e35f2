"""Train, tune and validate the similarity of items by their features."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart
import pandas as pd
from gokart.target import TargetOnKart
from gokart.utils import FlattenableItems

from redshells import parameter
from redshells.errors import raised_by
from redshells.factory.similarity import FIRST_TRIALS, NAME, SEARCH_SPACE
from redshells.process import run_safely
from redshells.target import check_table_path
from redshells.train.execution import WithCheckpoints
from redshells.train.feature_pair_shape import FromFeaturePairs, SplitsFeaturePairs
from redshells.train.search import Search
from redshells.train.tuned import load_tuning_result
from redshells.tuning import TuningResult
from redshells.tuning.similarity_metric import PROBLEM, check_similarity_metric, usual_metrics

if TYPE_CHECKING:
    from redshells.model.feature_aggregation_similarity_model import FeatureAggregationSimilarityModel
    from redshells.tuning.argument_tuning import ArgumentTuningPlan
    from redshells.tuning.similarity_objective import SimilarityObjective

T = TypeVar('T')
R = TypeVar('R')


class WithBestSimilarity(FromFeaturePairs[T], Generic[T]):
    """Verbs that train with tuned arguments."""

    best_params_task: gokart.TaskOnKart[TuningResult] | None = parameter.optional_task(
        description='An OptimizeFeatureAggregationSimilarityModel task; its best parameters are used.'
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
            ResultMismatchError: The tuning was of another model or problem.
            UnknownArgumentError: The model does not take an argument.
        """
        arguments = self.explicit_arguments()
        if self.best_params_task is not None:
            arguments = {**load_tuning_result(self, NAME, PROBLEM).best_params, **arguments}
        self.builder().new_model(arguments)  # refuses before the data is read
        return arguments


class TrainFeatureAggregationSimilarityModel(
    WithBestSimilarity['FeatureAggregationSimilarityModel'], WithCheckpoints['FeatureAggregationSimilarityModel']
):
    """Learn the similarity of items from bags of their features.

    Output: a [`FeatureAggregationSimilarityModel`][redshells.model.feature_aggregation_similarity_model].
    """

    output_file_path: str = parameter.text(
        default='model/feature_aggregation_similarity_model.zip', description='Path of the model below the workspace.'
    )

    def output(self) -> TargetOnKart:
        """The model."""
        return self.model_target(self.output_file_path)

    def compute(self) -> FeatureAggregationSimilarityModel:
        """The fitted model."""
        arguments = self.training_arguments()
        dataset = self.load_dataset()
        model: FeatureAggregationSimilarityModel = run_safely(self.builder(), arguments, dataset)
        self.task_log.update(model.training)
        model.training = {**model.training, 'pairs': self.task_log['pairs'], 'inputs': self.task_log['inputs']}
        return model


class OptimizeFeatureAggregationSimilarityModel(SplitsFeaturePairs[TuningResult], Search):
    """Tune the similarity of items by features by its scores on held-out pairs.

    Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``TrainFeatureAggregationSimilarityModel``.
    """

    metric: str = parameter.text(
        default='rmse',
        description="The score to tune for: 'rmse', 'mae' and others of regressions; 'auc', 'average_precision' or "
        "'logloss' where scores are 0 and 1.",
    )
    cross_validation_size: int = parameter.integer(
        default=3, minimum=2, description='Number of folds, shared by all trials.'
    )
    output_file_path: str = parameter.text(
        default='optimize/feature_aggregation_similarity_model.json',
        description='Path of the tuning result below the workspace.',
    )

    def check_parameters(self) -> None:
        """Check the score and the search space, besides what all verbs check.

        Raises:
            UnknownNameError: There is no such score.
        """
        super().check_parameters()
        check_similarity_metric(self.metric)

    def compute(self) -> TuningResult:
        """The tuning result."""
        from redshells.tuning.argument_tuning import tune_arguments

        result = self._search_with(tune_arguments)
        self.task_log.update(
            {'best_value': result.best_value, 'metric': result.metric, 'best_params': result.best_params}
        )
        return replace(result, inputs=self.task_log['inputs'])

    def help_search(self, n_jobs: int = 1) -> None:
        """Run trials of the study until it has them all, beside a build of this task that may be on another machine.

        The inputs must be there; the output is saved by the build only.

        Args:
            n_jobs: Not used: one trial runs at a time here.

        Raises:
            RedshellsError: The pairs or the parameters can't be used, or the search can't go on.
        """
        from redshells.tuning.argument_tuning import search_arguments

        with raised_by(type(self).__name__):
            self._search_with(search_arguments)

    def _search_with(self, function: Callable[[SimilarityObjective, ArgumentTuningPlan], R]) -> R:
        from redshells.tuning.similarity_metric import evaluate_similarity
        from redshells.tuning.similarity_objective import SimilarityObjective

        explicit, builder = self.explicit_arguments(), self.builder()
        dataset = self.load_dataset()
        assert dataset.scores is not None, 'it was checked'
        with self.reading('dataset_task'):  # refuses a score that these pairs do not have
            evaluate_similarity(dataset.scores, dataset.scores, [self.metric])
        objective = SimilarityObjective(
            build=builder,
            dataset=dataset,
            folds=self.folds_of(dataset),
            metric=self.metric,
            fixed=explicit,
            random_seed=self.random_seed,
        )
        return run_safely(function, objective, self._plan(explicit))

    def _plan(self, explicit: Mapping[str, Any]) -> ArgumentTuningPlan:
        from redshells.tuning.argument_tuning import ArgumentTuningPlan

        chosen = self.search_space
        return ArgumentTuningPlan(
            model_name=NAME,
            target_column_name='',
            search_space=(chosen or SEARCH_SPACE).without(explicit),
            first_trials=() if chosen else FIRST_TRIALS,
            n_trials=self.number_of_trials(),
            timeout=self.timeout,
            sampler=(self.sampler, parameter.plain(self.sampler_kwargs)),
            pruner=(self.pruner, parameter.plain(self.pruner_kwargs)),
            storage=self.study_storage(),
            study_name=self.study_name(),
            show_progress=self.show_progress,
        )


class ValidateFeatureAggregationSimilarityModel(
    SplitsFeaturePairs[dict[str, pd.DataFrame]], WithBestSimilarity[dict[str, pd.DataFrame]]
):
    """Cross-validate the similarity of items by features. Output: the ``'scores'`` and ``'predictions'``."""

    metrics: tuple[str, ...] | list[str] = parameter.names(
        default=(), description="Names of the scores; 'rmse', 'mae' and, of scores of 0 and 1, 'auc' when empty."
    )
    output_file_path: str = parameter.text(
        default='validate/feature_aggregation_similarity_model.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )

    def check_parameters(self) -> None:
        """Check that the parameters go together.

        Raises:
            ParameterError: They do not.
        """
        super().check_parameters()
        check_table_path(self.output_file_path)
        for name in self.metrics:
            check_similarity_metric(name)

    def output(self) -> FlattenableItems[TargetOnKart]:
        """The scores and the predictions."""
        base, extension = os.path.splitext(self.output_file_path)
        return {name: self.file_target(f'{base}_{name}{extension}') for name in ('scores', 'predictions')}

    def compute(self) -> dict[str, pd.DataFrame]:
        """The scores and the predictions."""
        from redshells.tuning.similarity_metric import evaluate_similarity
        from redshells.tuning.similarity_validation import validate_similarity

        arguments, dataset = self.training_arguments(), self.load_dataset()
        assert dataset.scores is not None, 'it was checked'
        metrics = self.metrics or usual_metrics(dataset.scores)
        with self.reading('dataset_task'):  # refuses scores that these pairs do not have
            evaluate_similarity(dataset.scores, dataset.scores, metrics)
        folds = self.folds_of(dataset)
        result = run_safely(validate_similarity, self.builder(), dataset, folds, arguments=arguments, metrics=metrics)
        self.task_log['scores'] = result['scores'].groupby('metric', sort=False)['score'].mean().to_dict()
        return result
