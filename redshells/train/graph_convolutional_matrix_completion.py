"""Train, tune and validate graph convolutional matrix completion."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart
import pandas as pd

from redshells import parameter
from redshells.errors import DivergenceError
from redshells.factory.recommenders import GRAPH_CONVOLUTIONAL_MATRIX_COMPLETION
from redshells.train.execution import WithCheckpoints
from redshells.train.interaction_shape import WithSideFeatures
from redshells.train.interaction_verb import (
    InteractionModelVerb,
    OptimizeInteractions,
    TrainInteractions,
    ValidateInteractions,
)
from redshells.tuning import TuningResult

if TYPE_CHECKING:
    from redshells.model.graph_convolutional_matrix_completion import (
        GraphConvolutionalMatrixCompletion,  # noqa: F401 - named in the strings below
    )
    from redshells.model.interactions import Interactions

T = TypeVar('T')

logger = logging.getLogger(__name__)


class CompletesRatings(WithSideFeatures[T], InteractionModelVerb[T], Generic[T]):
    """Ratings of few levels, and what is known of users and items, to complete."""

    spec = GRAPH_CONVOLUTIONAL_MATRIX_COMPLETION

    rating_column_name: str = parameter.text(
        default='rating', description='The column with the ratings, of which there are few different ones.'
    )
    min_user_click_count: int = parameter.integer(
        default=5, minimum=0, description='Users with fewer ratings are not learnt from.'
    )
    max_user_click_count: int = parameter.integer(
        default=200, minimum=1, description='Users with more ratings are not learnt from.'
    )

    def explicit_arguments(self) -> dict[str, Any]:
        """The given arguments, the limits of the numbers of ratings among them."""
        limits = {
            'min_user_click_count': self.min_user_click_count,
            'max_user_click_count': self.max_user_click_count,
        }
        return {**limits, **super().explicit_arguments()}


class TrainGraphConvolutionalMatrixCompletion(
    CompletesRatings['GraphConvolutionalMatrixCompletion'],
    TrainInteractions['GraphConvolutionalMatrixCompletion'],
    WithCheckpoints['GraphConvolutionalMatrixCompletion'],
):
    """Complete a matrix of ratings by convolutions on the graph of who rated what.

    Output: a [`GraphConvolutionalMatrixCompletion`][redshells.model.graph_convolutional_matrix_completion].
    """

    validation_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs ratings to watch for early stopping.'
    )
    test_size: float = parameter.number(
        default=0.0,
        minimum=0.0,
        maximum=0.9,
        description='Share of the ratings to hold out and watch for early stopping; 0 for none.',
    )
    try_count: int = parameter.integer(
        default=10, minimum=1, description='How often the training is tried, should it diverge.'
    )
    decay_speed: float = parameter.number(
        default=2.0, minimum=1.0, description='By what the learning rate is divided after a training that diverged.'
    )
    output_file_path: str = parameter.text(
        default='model/graph_convolutional_matrix_completion.zip',
        description='Path of the model below the workspace.',
    )

    def check_parameters(self) -> None:
        """Check the ratings to watch, besides what all verbs check.

        Raises:
            ParameterError: They are not one output of a task.
        """
        super().check_parameters()
        self.check_input('validation_data_task')

    def load_validation(self, *, has_ratings: bool) -> Interactions | None:
        """The ratings to watch for early stopping."""
        if self.validation_data_task is None:
            return None
        return self.load_interactions('validation_data_task', has_ratings=has_ratings)

    def explicit_arguments(self) -> dict[str, Any]:
        """The given arguments, the share to hold out among them."""
        return {'validation_size': self.test_size, **super().explicit_arguments()}

    def train(
        self,
        arguments: Mapping[str, Any],
        interactions: Interactions,
        features: Mapping[str, pd.DataFrame],
        validation: Interactions | None,
    ) -> Any:
        """The fitted model; a training that diverges is tried again with a smaller learning rate.

        Raises:
            DivergenceError: All of them diverged.
        """
        for number in range(self.try_count):
            try:
                return super().train(arguments, interactions, features, validation)
            except DivergenceError as error:
                if number + 1 == self.try_count:
                    raise
                rate = self.builder().new_model(arguments).settings.learning_rate / self.decay_speed
                logger.warning('%s It is tried again with learning_rate=%g.', error, rate)
                arguments = {**arguments, 'learning_rate': rate}
        raise AssertionError('try_count is at least 1')


class OptimizeGraphConvolutionalMatrixCompletion(CompletesRatings[TuningResult], OptimizeInteractions):
    """Tune graph convolutional matrix completion by its error on held-out ratings.

    Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``TrainGraphConvolutionalMatrixCompletion``.
    """

    output_file_path: str = parameter.text(
        default='optimize/graph_convolutional_matrix_completion.json',
        description='Path of the tuning result below the workspace.',
    )


class ValidateGraphConvolutionalMatrixCompletion(CompletesRatings[dict[str, pd.DataFrame]], ValidateInteractions):
    """Cross-validate graph convolutional matrix completion. Output: the ``'scores'`` and ``'predictions'``."""

    output_file_path: str = parameter.text(
        default='validate/graph_convolutional_matrix_completion.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )
