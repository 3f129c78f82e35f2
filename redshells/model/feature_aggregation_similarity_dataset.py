"""Pairs of items with the features of both, from which their similarity is learnt."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import ColumnTypeError, DataError, InfiniteValueError, SplitError
from redshells.model.argument_rules import require_number, require_whole

Integers = npt.NDArray[np.int64]
Features = npt.NDArray[np.int32]


class FeatureAggregationSimilarityDataset:
    """Pairs of items with the features of both, and how similar they are.

    An item is a number from 0, or -1: an item that is new, or too rare for a bias of its own. The features of an item
    are a row of a matrix: their numbers from 1, in any order, and 0 where there are no more. A feature that stands in
    a row twice counts twice. Which item of a pair is x and which is y does not matter.

    Args:
        x_item_indices: One item of each pair.
        y_item_indices: The other item.
        x_item_features: The features of the one.
        y_item_features: The features of the other.
        scores: How similar they are; None where that is to be predicted.
        batch_size: Rows of a step of the training.
        item_size: How many items there are; by default as many as the largest number tells.
        max_feature_index: The largest number of a feature, likewise.

    Shapes:
        * x_item_indices, y_item_indices, scores: (rows,)
        * x_item_features, y_item_features: (rows, feature_size)

    Raises:
        DataError: Lengths differ, or a number is out of its range.
        ColumnTypeError: Items or features are no whole numbers, or scores no numbers.
        InfiniteValueError: A score is missing or infinite.
        ParameterError: A size is none.

    Example:
        >>> dataset = FeatureAggregationSimilarityDataset(
        ...     [0, 0], [1, 2], [[1, 2], [1, 2]], [[2, 3], [4, 0]], [1.0, 0.0]
        ... )
        >>> len(dataset), dataset.item_size, dataset.feature_size, dataset.max_feature_index
        (2, 3, 2, 4)
    """

    def __init__(
        self,
        x_item_indices: npt.ArrayLike,
        y_item_indices: npt.ArrayLike,
        x_item_features: npt.ArrayLike,
        y_item_features: npt.ArrayLike,
        scores: npt.ArrayLike | None = None,
        batch_size: int = 2**10,
        *,
        item_size: int | None = None,
        max_feature_index: int | None = None,
    ) -> None:
        self.x_item_indices = checked_items('x_item_indices', x_item_indices)
        self.y_item_indices = checked_items('y_item_indices', y_item_indices)
        self.x_item_features = checked_features('x_item_features', x_item_features)
        self.y_item_features = checked_features('y_item_features', y_item_features)
        self.scores = None if scores is None else _checked_scores(scores)
        self.batch_size = require_whole('batch_size', batch_size, 1)
        self._check_shapes()
        items = max(int(one.max(initial=-1)) for one in (self.x_item_indices, self.y_item_indices))
        features = max(int(one.max(initial=0)) for one in (self.x_item_features, self.y_item_features))
        self.item_size = items + 1 if item_size is None else require_whole('item_size', item_size, 0)
        self.max_feature_index = (
            features if max_feature_index is None else require_whole('max_feature_index', max_feature_index, 0)
        )
        if self.item_size <= items or self.max_feature_index < features:
            raise DataError(
                f'item_size={self.item_size} and max_feature_index={self.max_feature_index} were given, but there is '
                f'an item {items} and a feature {features}. Give larger sizes, or leave them out.'
            )

    def __len__(self) -> int:
        return len(self.x_item_indices)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FeatureAggregationSimilarityDataset):
            return NotImplemented
        return all(np.array_equal(value, getattr(other, name)) for name, value in vars(self).items())

    __hash__ = None  # type: ignore[assignment] # its arrays can be changed

    @property
    def feature_size(self) -> int:
        """The most features that an item can have: the columns of the features."""
        return int(self.x_item_features.shape[1])

    def take(self, rows: npt.NDArray[Any]) -> Self:
        """The rows at these positions, or where this mask is true, with the sizes of the whole dataset."""
        return type(self)(
            self.x_item_indices[rows],
            self.y_item_indices[rows],
            self.x_item_features[rows],
            self.y_item_features[rows],
            None if self.scores is None else self.scores[rows],
            self.batch_size,
            item_size=self.item_size,
            max_feature_index=self.max_feature_index,
        )

    def get(self, size: int, batch_size: int | None = None, *, random_seed: int = 0) -> Self:
        """At most so many rows.

        Args:
            size: How many rows are kept, drawn at random and in their order; all where there are no more.
            batch_size: Rows of a step of the training; that of this dataset unless given.
            random_seed: Seed of the draw.
        """
        rows = np.arange(len(self))
        if require_whole('size', size, 1) < len(self):
            rows = np.sort(np.random.default_rng(random_seed).choice(len(self), size, replace=False))
        result = self.take(rows)
        if batch_size is not None:
            result.batch_size = require_whole('batch_size', batch_size, 1)
        return result

    def train_test_split(self, test_size_rate: float, *, random_seed: int = 0) -> tuple[Self, Self]:
        """Two parts; the rows of one pair, in either order, stay together.

        Args:
            test_size_rate: The share of the pairs that are in the second part.
            random_seed: Seed of the draw.

        Raises:
            SplitError: There are too few pairs.
        """
        share = require_number('test_size_rate', test_size_rate, above=0, below=1)
        codes = self.pair_codes()
        count = int(codes.max(initial=-1)) + 1
        held_out = max(1, round(share * count))
        if held_out >= count:
            raise SplitError(
                f'the dataset has {count} pairs, of which {held_out} would be held out (test_size_rate={share}). Give '
                'more pairs, or hold out fewer.'
            )
        is_held_out = np.zeros(count, dtype=bool)
        is_held_out[np.random.default_rng(random_seed).permutation(count)[:held_out]] = True
        return self.take(~is_held_out[codes]), self.take(is_held_out[codes])

    def pair_codes(self) -> Integers:
        """A number from 0 for each pair: equal ones for the rows of two items, whatever their order.

        A row with an item of -1 is a pair of its own.
        """
        low = np.minimum(self.x_item_indices, self.y_item_indices)
        high = np.maximum(self.x_item_indices, self.y_item_indices)
        keys = np.where(low < 0, -1 - np.arange(len(self)), low * self.item_size + high)
        return np.asarray(pd.factorize(keys)[0], dtype=np.int64)

    def _check_shapes(self) -> None:
        lengths = {
            'x_item_indices': len(self.x_item_indices),
            'y_item_indices': len(self.y_item_indices),
            'x_item_features': len(self.x_item_features),
            'y_item_features': len(self.y_item_features),
            **({} if self.scores is None else {'scores': len(self.scores)}),
        }
        if len(set(lengths.values())) > 1:
            raise DataError(f'the lengths are {lengths}; as many of each are expected.')
        if self.x_item_features.shape[1] != self.y_item_features.shape[1]:
            raise DataError(
                f'x_item_features has {self.x_item_features.shape[1]} columns and y_item_features '
                f'{self.y_item_features.shape[1]}; as many are expected. Fill the rest of the columns with 0.'
            )


def checked_items(name: str, values: npt.ArrayLike) -> Integers:
    """Numbers of items.

    Args:
        name: What they are called, for messages.
        values: What was given.

    Raises:
        ColumnTypeError: They are no whole numbers.
        DataError: They are of another shape, or below -1.
    """
    return _whole_numbers(name, values, 1, -1, np.iinfo(np.int32).max).astype(np.int64)


def checked_features(name: str, values: npt.ArrayLike) -> Features:
    """Numbers of features, of shape (rows, feature_size).

    Args:
        name: What they are called, for messages.
        values: What was given.

    Raises:
        ColumnTypeError: They are no whole numbers.
        DataError: They are of another shape, or below 0.
    """
    return _whole_numbers(name, values, 2, 0, np.iinfo(np.int32).max - 1).astype(np.int32)


def _whole_numbers(name: str, values: npt.ArrayLike, dimensions: int, least: int, most: int) -> npt.NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(f'the rows of {name} are of several lengths: {error}. Fill them up with 0.') from error
    if array.size == 0 and array.ndim == dimensions:
        array = array.astype(np.int64)
    if array.dtype.kind not in 'iu':
        raise ColumnTypeError(
            f'{name} is of type {array.dtype}; whole numbers are expected. Number them, and convert them by '
            '.astype(int).'
        )
    if array.ndim != dimensions:
        raise DataError(f'{name} is of shape {array.shape}; {dimensions} dimensions are expected.')
    if array.size and (array.min() < least or array.max() > most):
        raise DataError(f'{name} has numbers from {array.min()} to {array.max()}; {least} to {most} is expected.')
    return array


def _checked_scores(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    array = np.asarray(values)
    if array.dtype.kind not in 'biuf' or array.ndim != 1:
        raise ColumnTypeError(
            f'scores is of type {array.dtype} and shape {array.shape}; a number for each pair is expected.'
        )
    scores = array.astype(np.float64)
    wrong = int(np.count_nonzero(~np.isfinite(scores)))
    if wrong:
        raise InfiniteValueError(f'scores has {wrong} values that are missing or infinite. Remove these pairs.')
    return scores
