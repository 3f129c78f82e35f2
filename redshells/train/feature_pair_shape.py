"""The shape of pairs with features: a dataset of pairs of items, with the features of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart

from redshells import parameter
from redshells.errors import ParameterError
from redshells.factory.keyword_model import check_torch_installed
from redshells.factory.similarity import SimilarityBuilder
from redshells.train.execution import RunsOnDevice

if TYPE_CHECKING:
    from redshells.model.feature_aggregation_similarity_dataset import FeatureAggregationSimilarityDataset
    from redshells.tuning.split import Positions

T = TypeVar('T')


class FromFeaturePairs(RunsOnDevice[T], Generic[T]):
    """Pairs of items with the features of both and how similar they are, and the arguments of the model."""

    dataset_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs a FeatureAggregationSimilarityDataset with scores.'
    )
    embedding_size: int | None = parameter.integer(
        default=None, minimum=1, description='Numbers of a vector; 32 unless it is given or tuned.'
    )
    learning_rate: float | None = parameter.number(
        default=None, minimum=0.0, description='Of Adam; 0.01 unless it is given or tuned.'
    )
    batch_size: int | None = parameter.integer(
        default=None, minimum=1, description='Pairs of a step; that of the dataset unless it is given or tuned.'
    )
    epoch_size: int | None = parameter.integer(
        default=None, minimum=1, description='Passes over all pairs at most; 50 unless it is given or tuned.'
    )
    test_size_rate: float | None = parameter.number(
        default=None,
        minimum=0.0,
        maximum=0.9,
        description='Share of the pairs that are held out to stop the training early; 0.05 unless it is given.',
    )
    early_stopping_patience: int | None = parameter.integer(
        default=None,
        minimum=0,
        description='Stop when the held-out score has not got better for so many epochs; 2 unless it is given, 0 never '
        'stops.',
    )
    max_data_size: int = parameter.integer(
        default=50_000_000, minimum=1, description='The most pairs that are learnt from; of more, a random sample.'
    )
    model_kwargs: dict[str, Any] = parameter.keyword_arguments(
        default={},
        description="Further arguments of the model by its own names, such as loss='logistic'; they win over tuned "
        'ones, and are not searched.',
    )
    random_seed: int = parameter.integer(
        default=0, minimum=0, maximum=2**31 - 1, description='Seed of all that is drawn.'
    )

    def check_parameters(self) -> None:
        """Check that the model's library is installed, and that the dataset is one output of a task.

        Raises:
            MissingExtraError: It is not.
            ParameterError: It is not, or an argument is given twice.
        """
        super().check_parameters()
        check_torch_installed(type(self).__name__)
        self.check_input('dataset_task', 'a dataset')
        self.explicit_arguments()

    def explicit_arguments(self) -> dict[str, Any]:
        """The given arguments under the model's own names.

        Raises:
            ParameterError: One is given twice.
        """
        given = {
            'embedding_size': self.embedding_size,
            'learning_rate': self.learning_rate,
            'batch_size': self.batch_size,
            'epochs': self.epoch_size,
            'validation_size': self.test_size_rate,
            'early_stopping_patience': self.early_stopping_patience,
        }
        explicit = {name: value for name, value in given.items() if value is not None}
        others = parameter.plain(self.model_kwargs)
        twice = sorted(set(explicit) & set(others))
        if twice:
            raise ParameterError(f'{twice} are given by parameters of the task and in model_kwargs. Give one of both.')
        return {**explicit, **others}

    def builder(self) -> SimilarityBuilder:
        """What trains the models of the task."""
        return SimilarityBuilder(self.random_seed, self.execution())

    def load_dataset(self) -> FeatureAggregationSimilarityDataset:
        """The pairs, at most so many as are learnt from.

        Raises:
            ParameterError: The input is no such dataset.
            DataError: They can't be learnt from.
        """
        from redshells.model.feature_aggregation_similarity_dataset import FeatureAggregationSimilarityDataset

        dataset: FeatureAggregationSimilarityDataset = self.load_fitting(
            'dataset_task',
            lambda one: isinstance(one, FeatureAggregationSimilarityDataset),
            'a task that outputs a FeatureAggregationSimilarityDataset',
        )
        with self.reading('dataset_task'):
            self.builder().new_model(self.explicit_arguments()).check(dataset)
        self.task_log['pairs'] = len(dataset)
        return dataset.get(self.max_data_size, random_seed=self.random_seed)


class SplitsFeaturePairs(FromFeaturePairs[T], Generic[T]):
    """Verbs that hold pairs out."""

    cross_validation_size: int = parameter.integer(
        default=5, minimum=2, description='Number of folds; rows of one pair are held out together.'
    )

    def folds_of(self, dataset: FeatureAggregationSimilarityDataset) -> list[tuple[Positions, Positions]]:
        """The rows that train and that are held out.

        Raises:
            SplitError: There are too few.
        """
        from redshells.tuning.similarity_objective import pair_folds

        with self.reading('dataset_task'):
            return pair_folds(dataset, self.cross_validation_size, self.random_seed)
