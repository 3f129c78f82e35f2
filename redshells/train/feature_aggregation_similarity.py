"""Train, tune and validate the similarity of items by their features."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart
import pandas as pd
from gokart.target import TargetOnKart
from gokart.utils import FlattenableItems

from redshells import parameter
from redshells.factory.similarity import FIRST_TRIALS, NAME, SEARCH_SPACE
from redshells.process import run_safely
from redshells.target import check_table_path
from redshells.train.argument_search import ArgumentSearch
from redshells.train.execution import WithCheckpoints
from redshells.train.feature_pair_shape import FromFeaturePairs, SplitsFeaturePairs
from redshells.train.tuned import load_tuning_result
from redshells.tuning import TuningResult
from redshells.tuning.similarity_metric import PROBLEM, check_similarity_metric, usual_metrics

if TYPE_CHECKING:
    from redshells.model.feature_aggregation_similarity_model import FeatureAggregationSimilarityModel
    from redshells.tuning.argument_tuning import ArgumentTuningPlan

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


class OptimizeFeatureAggregationSimilarityModel(SplitsFeaturePairs[TuningResult], ArgumentSearch):
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

    def search_with(self, function: Callable[[Any, ArgumentTuningPlan], R]) -> R:
        """What a function of an objective and a plan makes of the inputs and the parameters."""
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
        plan = self.plan(
            explicit, model_name=NAME, target_column_name='', search_space=SEARCH_SPACE, first_trials=FIRST_TRIALS
        )
        return run_safely(function, objective, plan)


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
