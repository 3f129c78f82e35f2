"""What a task has to know of the similarity of features without loading its library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redshells.factory.keyword_model import new_model
from redshells.model.execution import Execution
from redshells.tuning import SearchSpace

if TYPE_CHECKING:
    from redshells.model.feature_aggregation_similarity_dataset import FeatureAggregationSimilarityDataset

NAME = 'FeatureAggregationSimilarityModel'
_CLASS = 'redshells.model.feature_aggregation_similarity_model:FeatureAggregationSimilarityModel'
_RESERVED = {
    'random_seed': 'Use the parameter random_seed of the task.',
    'epoch_size': 'It is called epochs, or use the parameter epoch_size of the task.',
    'test_size_rate': 'It is called validation_size, or use the parameter test_size_rate of the task.',
}
SEARCH_SPACE = SearchSpace(
    {
        'embedding_size': {'type': 'int', 'low': 8, 'high': 128, 'log': True},
        'learning_rate': {'type': 'float', 'low': 0.002, 'high': 0.05, 'log': True},
        'regularization': {'type': 'float', 'low': 1e-5, 'high': 0.1, 'log': True},
    }
)
"""What ``Optimize…`` searches unless told otherwise."""
FIRST_TRIALS: tuple[Mapping[str, Any], ...] = (
    {'embedding_size': 32, 'learning_rate': 0.01, 'regularization': 1e-3},
    {'embedding_size': 32, 'learning_rate': 0.01, 'regularization': 1e-2},
)
"""Arguments that are known to be good, tried first."""


@dataclass(frozen=True)
class SimilarityBuilder:
    """Trains models of similarity; can be sent to another process.

    Args:
        random_seed: Seed of the models.
        execution: Where and how a training runs.
    """

    random_seed: int
    execution: Execution = field(default_factory=Execution)

    def new_model(self, arguments: Mapping[str, Any]) -> Any:
        """A model with these arguments that is not fitted yet.

        Raises:
            UnknownArgumentError: The model does not take one.
            ParameterError: A value is out of its range, or an argument is one of the task's.
        """
        return new_model(_CLASS, NAME, arguments, self.random_seed, _RESERVED)

    def __call__(self, arguments: Mapping[str, Any], dataset: FeatureAggregationSimilarityDataset) -> Any:
        """A model with these arguments, trained on pairs."""
        return self.new_model(arguments).fit(dataset, execution=self.execution)
