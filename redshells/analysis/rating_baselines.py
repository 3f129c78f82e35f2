"""What a model of ratings has to beat: means of all, of items, and of users and items."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from redshells.model.id_index import IdIndex
from redshells.model.interactions import Interactions

Array = npt.NDArray[Any]

_DRAW = 5.0  # ratings of the mean that an item or a user has besides its own
RATING_BASELINES = ('bias', 'item_mean', 'mean')
"""The means, the best one first."""


class RatingBaselines:
    """Predicts ratings by means.

    - ``'mean'``: the mean of all ratings, m
    - ``'item_mean'``: m + b(i), where b(i) is what the ratings of item i differ from m, drawn toward 0 as if there were
      5 more ratings of m
    - ``'bias'``: m + b(i) + b(u), where b(u) is what the ratings of user u differ from m + b(i), drawn likewise

    Args:
        train: Ratings to learn from.
    """

    def __init__(self, train: Interactions) -> None:
        assert train.ratings is not None, 'the caller has checked it'
        self._users, self._items = IdIndex.of(train.users), IdIndex.of(train.items)
        self._mean = float(train.ratings.mean())
        users, items = self._users.positions(train.users), self._items.positions(train.items)
        rest = train.ratings - self._mean
        self._of_items = _drawn_means(items, rest, len(self._items))
        self._of_users = _drawn_means(users, rest - self._of_items[items], len(self._users))

    def predict(self, name: str, interactions: Interactions) -> Array:
        """The rating of each pair; users and items that did not train are taken for average ones.

        Args:
            name: ``'mean'``, ``'item_mean'`` or ``'bias'``.
            interactions: The pairs.
        """
        prediction = np.full(len(interactions), self._mean)
        if name != 'mean':
            prediction += _looked_up(self._of_items, self._items.positions(interactions.items))
        if name == 'bias':
            prediction += _looked_up(self._of_users, self._users.positions(interactions.users))
        return prediction


def _drawn_means(codes: Array, values: Array, size: int) -> Array:
    sums = np.bincount(codes, values, minlength=size)
    means: Array = sums / (np.bincount(codes, minlength=size) + _DRAW)
    return means


def _looked_up(values: Array, positions: Array) -> Array:
    return np.where(positions >= 0, values[positions], 0.0)
