"""Ratings as a graph: users and items are its nodes, and each level of the ratings is a kind of edge."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from redshells.errors import DataError, ParameterError, TargetError

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

NORMALIZATION_TYPES = ('left', 'right', 'symmetric', 'left_square_root')
"""What a message is divided by: see `RatingGraph.message_weights`."""

MOST_LEVELS = 100
"""More distinct ratings are no levels."""


class RatingLevels:
    """The distinct ratings, in ascending order.

    Args:
        values: Distinct ratings, sorted.

    Example:
        >>> levels = RatingLevels.of(np.array([5.0, 1.0, 3.0, 5.0]))
        >>> levels.positions(np.array([3.0, 5.0])).tolist()
        [1, 2]
    """

    def __init__(self, values: npt.NDArray[np.float64]) -> None:
        self.values = values

    @classmethod
    def of(cls, ratings: npt.NDArray[np.float64]) -> RatingLevels:
        """The levels of ratings.

        Raises:
            TargetError: There are too many distinct ratings, or only one.
        """
        values = np.unique(ratings)
        if len(values) > MOST_LEVELS:
            raise TargetError(
                f'the ratings have {len(values)} distinct values, such as {values[:3].tolist()}; each is a kind of '
                f'edge, and at most {MOST_LEVELS} are expected. Round them to few levels, or use MatrixFactorization.'
            )
        if len(values) < 2:
            raise TargetError(
                f'all ratings are {values.tolist()}; at least two levels are expected. For data that only say who '
                'did what, use a model of implicit feedback.'
            )
        return cls(values)

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def standardized(self) -> Floats:
        """The levels with mean 0 and standard deviation 1."""
        return np.asarray((self.values - self.values.mean()) / self.values.std(), dtype=np.float32)

    def positions(self, ratings: npt.NDArray[np.float64]) -> Integers:
        """The position of the level of each rating.

        Raises:
            DataError: A rating is none of the levels.
        """
        places = np.searchsorted(self.values, ratings).clip(max=len(self) - 1)
        wrong = np.flatnonzero(self.values[places] != ratings)
        if len(wrong):
            unknown = sorted(set(np.asarray(ratings)[wrong].tolist()))
            raise DataError(
                f'{len(wrong)} ratings are of levels that were not in training: {unknown[:5]}; the levels are '
                f'{self.values.tolist()}. Round the ratings to them, or train again.'
            )
        return places.astype(np.int64)


@dataclass(frozen=True)
class RatingGraph:
    """Who rated what, and on which level; each pair stands there once.

    Args:
        users: The position of the user of each rating.
        items: The position of the item of each.
        levels: The position of the level of each.
        number_of_users: How many users there are, those without ratings too.
        number_of_items: How many items there are, likewise.
        number_of_levels: How many levels there are.
    """

    users: Integers
    items: Integers
    levels: Integers
    number_of_users: int
    number_of_items: int
    number_of_levels: int

    def __len__(self) -> int:
        return len(self.users)

    def take(self, rows: npt.NDArray[Any]) -> RatingGraph:
        """The ratings at these positions, or where this mask is true, of the same users and items."""
        return RatingGraph(
            self.users[rows],
            self.items[rows],
            self.levels[rows],
            self.number_of_users,
            self.number_of_items,
            self.number_of_levels,
        )

    @cached_property
    def user_degrees(self) -> Integers:
        """How many items each user rated."""
        return np.bincount(self.users, minlength=self.number_of_users)

    @cached_property
    def item_degrees(self) -> Integers:
        """How many users rated each item."""
        return np.bincount(self.items, minlength=self.number_of_items)

    def message_weights(
        self, normalization_type: str, *, to_items: bool, sender_degrees: Integers | None = None
    ) -> Floats:
        r"""The weight :math:`1 / c_{ij}` of the message over each edge, to its item or to its user.

        With the degrees :math:`d_i` of the node that gets the message and :math:`d_j` of the one that sends it,
        :math:`c_{ij}` is :math:`d_i` for ``'left'``, :math:`d_j` for ``'right'``, :math:`\sqrt{d_i d_j}` for
        ``'symmetric'``, and :math:`\sqrt{d_i}` for ``'left_square_root'``. Degrees count the edges of all levels.

        Args:
            normalization_type: One of these.
            to_items: Whether the messages go to the items.
            sender_degrees: The degrees of the nodes that send, if they are not those of this graph.
        """
        degrees = (self.user_degrees, self.item_degrees)
        receivers, senders = (self.items, self.users) if to_items else (self.users, self.items)
        if sender_degrees is None:
            sender_degrees = degrees[not to_items]
        of_receivers = degrees[to_items][receivers].astype(np.float64)
        of_senders = np.maximum(sender_degrees[senders], 1).astype(np.float64)
        divisors = {
            'left': of_receivers,
            'right': of_senders,
            'symmetric': np.sqrt(of_receivers * of_senders),
            'left_square_root': np.sqrt(of_receivers),
        }
        return (1 / divisors[normalization_type]).astype(np.float32)


def check_normalization(normalization_type: str) -> None:
    """Raise unless there is such a normalisation.

    Raises:
        ParameterError: There is none.
    """
    if normalization_type not in NORMALIZATION_TYPES:
        raise ParameterError(
            f'normalization_type={normalization_type!r} was given; one of {list(NORMALIZATION_TYPES)} is expected.'
        )
