"""The similarity of items by the features that they have."""

from __future__ import annotations

import logging
import time
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from redshells.archive import Archive
from redshells.errors import DataError, EmptyTableError, NotFittedError, ParameterError, UnknownArgumentError
from redshells.model import load_class
from redshells.model.argument_rules import require_number, require_whole
from redshells.model.execution import Execution
from redshells.model.feature_aggregation import LOSSES, FeatureAggregation, Floats
from redshells.model.feature_aggregation_similarity_dataset import (
    FeatureAggregationSimilarityDataset,
    checked_features,
)
from redshells.model.learning_curve import LearningCurve
from redshells.model.saved_model import SavedModel

logger = logging.getLogger(__name__)

_NEW_NAMES = {
    'epoch_size': 'It is called epochs, and is an argument of the constructor.',
    'epochs': 'It is an argument of the constructor.',
    'test_size_rate': 'It is called validation_size, and is an argument of the constructor.',
    'validation_size': 'It is an argument of the constructor.',
    'early_stopping_patience': 'It is an argument of the constructor.',
}


class FeatureAggregationSimilarityModel(SavedModel):
    r"""The similarity of two items from the features of both, such as tags, categories or words.

    A feature :math:`f` has a vector :math:`v_f`. The vector of an item with the features :math:`F` is their mean, and
    the similarity of two items is their dot product with biases,

    .. math:: s(x, y) = b + b_x + b_y + e_x \cdot e_y, \quad e_x = \frac{1}{|F_x|} \sum_{f \in F_x} v_f

    It is symmetric. The squared error of the scores is learnt by Adam; with ``loss='logistic'`` the similarity is
    :math:`1 / (1 + \exp(-s))`, of scores from 0 to 1, and the cross entropy is learnt. Two towers that share their
    weights and average what they are given are known as a siamese network (Bromley et al.: `Signature Verification
    using a "Siamese" Time Delay Neural Network
    <https://papers.nips.cc/paper/769-signature-verification-using-a-siamese-time-delay-neural-network>`_, 1993).

    An item that is new has no bias, and a vector by its features. Features that were not seen in training are left out
    of the mean; an item without any other one has a vector of zeros.

    Args:
        embedding_size: Numbers of a vector.
        learning_rate: Of Adam.
        feature_size: The most features of an item; by default, what the dataset of the training has.
        item_size: How many items there are, likewise.
        max_feature_index: The largest number of a feature, likewise.
        loss: ``'squared'``, or ``'logistic'`` for scores from 0 to 1.
        regularization: The penalty on the squares of the vectors and biases of items.
        epochs: Passes over all pairs at most.
        batch_size: Pairs of a step; that of the dataset unless given.
        validation_size: The share of the pairs that are held out to stop the training early; 0 holds out none.
        early_stopping_patience: Epochs without a better score of the held-out pairs, after which the training ends; 0
            never ends it. The weights of the best epoch are kept.
        random_seed: Seed of the first weights, of the order of the pairs, and of which are held out.

    Shapes:
        * calculate_similarity: (rows,)
        * calculate_embeddings: (rows, embedding_size)

    Attributes:
        weights_: The vectors of the features and the biases.
        learning_curve_: The loss and the held-out score after each epoch.

    Raises:
        ParameterError: An argument has a wrong value.

    Example:
        >>> items = [[1, 2], [1, 3], [4, 5], [4, 6]]
        >>> pairs = [(0, 1, 1.0), (2, 3, 1.0), (0, 2, 0.0), (1, 2, 0.0), (0, 3, 0.0), (1, 3, 0.0)]
        >>> x, y, scores = (list(column) for column in zip(*pairs))
        >>> dataset = FeatureAggregationSimilarityDataset(x, y, [items[i] for i in x], [items[i] for i in y], scores)
        >>> model = FeatureAggregationSimilarityModel(epochs=100, validation_size=0, regularization=0).fit(dataset)
        >>> model.calculate_similarity([-1, -1], [-1, -1], [[1, 0], [1, 0]], [[2, 3], [5, 6]]) > 0.5
        array([ True, False])
    """

    weights_: FeatureAggregation
    learning_curve_: LearningCurve

    def __init__(
        self,
        *,
        embedding_size: int = 32,
        learning_rate: float = 0.01,
        feature_size: int | None = None,
        item_size: int | None = None,
        max_feature_index: int | None = None,
        loss: str = 'squared',
        regularization: float = 1e-3,
        epochs: int = 50,
        batch_size: int | None = None,
        validation_size: float = 0.05,
        early_stopping_patience: int = 2,
        random_seed: int = 0,
    ) -> None:
        def optional(name: str, value: Any, least: int) -> int | None:
            return None if value is None else require_whole(name, value, least)

        self.embedding_size = require_whole('embedding_size', embedding_size, 1)
        self.learning_rate = require_number('learning_rate', learning_rate, above=0)
        self.feature_size = optional('feature_size', feature_size, 1)
        self.item_size = optional('item_size', item_size, 0)
        self.max_feature_index = optional('max_feature_index', max_feature_index, 1)
        if loss not in LOSSES:
            raise ParameterError(f'loss={loss!r} was given; one of {list(LOSSES)} is expected.')
        self.loss = loss
        self.regularization = require_number('regularization', regularization)
        self.epochs = require_whole('epochs', epochs, 1)
        self.batch_size = optional('batch_size', batch_size, 1)
        self.validation_size = require_number('validation_size', validation_size, below=1)
        self.early_stopping_patience = require_whole('early_stopping_patience', early_stopping_patience, 0)
        self.random_seed = require_whole('random_seed', random_seed, 0)

    def fit(
        self,
        dataset: FeatureAggregationSimilarityDataset,
        *,
        validation: FeatureAggregationSimilarityDataset | None = None,
        execution: Execution | None = None,
        **others: Any,
    ) -> Self:
        """Train.

        Args:
            dataset: Pairs with scores.
            validation: Pairs to watch for early stopping, in place of a share of ``validation_size``.
            execution: Where and how it runs.
            **others: None: earlier names of arguments are refused with the new ones.

        Returns:
            Itself, fitted.

        Raises:
            UnknownArgumentError: There is no such argument, or no longer.
            EmptyTableError: There are no pairs, or no features.
            DataError: There are no scores, or the sizes do not fit.
            SplitError: There are too few pairs to hold some out.
            DivergenceError: The loss is no number any more.
        """
        _refuse_others(others)
        started = time.perf_counter()
        item_size, max_feature_index = self.check(dataset)
        train = dataset
        if validation is not None:
            self.check(validation)
        elif self.validation_size:
            train, validation = dataset.train_test_split(self.validation_size, random_seed=self.random_seed)
        assert train.scores is not None, 'it was checked'
        known = np.zeros(max_feature_index + 1, dtype=bool)
        for features in (train.x_item_features, train.y_item_features):
            known[np.unique(features)] = True
        known[0] = False
        start = FeatureAggregation.at_start(
            known, item_size, self.embedding_size, self._usual(train.scores), self.random_seed
        )
        logger.info(
            'training on %d pairs of %d items with %d features, %d pairs held out',
            len(train), item_size, int(known.sum()), 0 if validation is None else len(validation),
        )  # fmt: skip
        train_aggregation = load_class('redshells.model.feature_aggregation_training:train_aggregation')
        self.weights_, self.learning_curve_ = train_aggregation(
            start, train, validation, self._training(dataset), execution or Execution()
        )
        self.training = {
            'rows': len(dataset),
            'validation_rows': 0 if validation is None else len(validation),
            'items': item_size,
            'features': int(known.sum()),
            'learning_curve': self.learning_curve_.to_json(),
        }
        logger.info('trained in %.1f s', time.perf_counter() - started)
        return self

    def check(self, dataset: FeatureAggregationSimilarityDataset) -> tuple[int, int]:
        """Refuse what can't be learnt from.

        Args:
            dataset: Pairs with scores.

        Returns:
            How many items there are, and the largest number of a feature.

        Raises:
            EmptyTableError: There are no pairs, or no features.
            DataError: There are no scores, they are out of the range of the loss, or the sizes do not fit.
        """
        if not len(dataset) or not dataset.max_feature_index:
            raise EmptyTableError(
                f'the dataset has {len(dataset)} pairs and {dataset.max_feature_index} features. Check the task that '
                'makes it.'
            )
        if dataset.scores is None:
            raise DataError('the dataset has no scores to learn. Give it scores.')
        if self.loss == 'logistic' and (dataset.scores.min() < 0 or dataset.scores.max() > 1):
            raise DataError(
                f"loss='logistic' learns scores from 0 to 1; they are from {dataset.scores.min():g} to "
                f"{dataset.scores.max():g}. Scale them, or use loss='squared'."
            )
        sizes = {}
        for name in ('feature_size', 'item_size', 'max_feature_index'):
            given, found = getattr(self, name), getattr(dataset, name)
            if given is not None and given < found:
                raise DataError(f'{name}={given} was given, and the dataset has {found}. Give more, or leave it out.')
            sizes[name] = found if given is None else given
        return sizes['item_size'], sizes['max_feature_index']

    def calculate_similarity(
        self,
        x_item_indices: npt.ArrayLike,
        y_item_indices: npt.ArrayLike,
        x_item_features: npt.ArrayLike,
        y_item_features: npt.ArrayLike,
        batch_size: int = 2**14,
    ) -> npt.NDArray[np.float64]:
        """The similarity of each pair, of shape (rows,).

        Args:
            x_item_indices: One item of each pair; -1, or a number that was not there in training, of a new item.
            y_item_indices: The other item.
            x_item_features: The features of the one, of shape (rows, features).
            y_item_features: The features of the other.
            batch_size: Pairs at a time, which bounds the memory.

        Raises:
            NotFittedError: It is not fitted.
            DataError: Lengths differ, or a number is out of its range.
            ColumnTypeError: Items or features are no whole numbers.
        """
        weights = self._fitted()
        pairs = FeatureAggregationSimilarityDataset(x_item_indices, y_item_indices, x_item_features, y_item_features)
        result = np.empty(len(pairs))
        for start in range(0, len(pairs), require_whole('batch_size', batch_size, 1)):
            rows = slice(start, start + batch_size)
            result[rows] = weights.similarity(
                pairs.x_item_indices[rows],
                pairs.y_item_indices[rows],
                pairs.x_item_features[rows],
                pairs.y_item_features[rows],
                self.loss,
            )
        return result

    def calculate_embeddings(self, item_features: npt.ArrayLike, batch_size: int = 2**14) -> Floats:
        """The vector of each item, of shape (rows, embedding_size); zeros where no feature is known.

        Args:
            item_features: Of shape (rows, features).
            batch_size: Items at a time, which bounds the memory.

        Raises:
            NotFittedError: It is not fitted.
            DataError: A number is out of its range.
            ColumnTypeError: Features are no whole numbers.
        """
        weights, features = self._fitted(), checked_features('item_features', item_features)
        result = np.empty((len(features), self.embedding_size), dtype=np.float32)
        for start in range(0, len(features), require_whole('batch_size', batch_size, 1)):
            rows = slice(start, start + batch_size)
            result[rows] = weights.item_embeddings(features[rows])
        return result

    def to_archive(self) -> Archive:
        """The contents of the saved model."""
        weights = self._fitted()
        parameters = {name: getattr(self, name) for name in _PARAMETERS}
        state = {'bias': weights.bias, 'learning_curve': self.learning_curve_.to_json()}
        return Archive(self.import_path(), parameters, state, weights.to_parts(), training=self.training)

    @classmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> Self:
        """The model of an archive's contents."""
        model = cls(**archive.parameters)
        model.weights_ = FeatureAggregation.from_parts(archive.parts, archive.state['bias'])
        model.learning_curve_ = LearningCurve.from_json(archive.state['learning_curve'])
        model.training, model.versions = archive.training, archive.versions
        return model

    def _usual(self, scores: npt.NDArray[np.float64]) -> float:
        """The bias that foretells the mean score."""
        mean = float(scores.mean())
        if self.loss == 'squared':
            return mean
        share = min(max(mean, 1e-3), 1 - 1e-3)
        return float(np.log(share / (1 - share)))

    def _training(self, dataset: FeatureAggregationSimilarityDataset) -> Any:
        names = ('learning_rate', 'regularization', 'loss', 'epochs', 'early_stopping_patience', 'random_seed')
        return load_class('redshells.model.feature_aggregation_training:AggregationTraining')(
            **{name: getattr(self, name) for name in names}, batch_size=self.batch_size or dataset.batch_size
        )

    def _fitted(self) -> FeatureAggregation:
        if not hasattr(self, 'weights_'):
            raise NotFittedError(f'{type(self).__name__} is not fitted. Call fit, or load a saved model.')
        return self.weights_


_PARAMETERS = (
    'embedding_size',
    'learning_rate',
    'feature_size',
    'item_size',
    'max_feature_index',
    'loss',
    'regularization',
    'epochs',
    'batch_size',
    'validation_size',
    'early_stopping_patience',
    'random_seed',
)


def _refuse_others(others: dict[str, Any]) -> None:
    for name, value in others.items():
        advice = _NEW_NAMES.get(name, 'It takes validation and execution besides the dataset.')
        raise UnknownArgumentError(f'fit was given {name}={value!r}. {advice}')
