"""Interactions that a model of users and items has not seen, and what is known of their users and items."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from redshells.model.interactions import Interactions
from redshells.model.recommender import RecommenderModel

Array = npt.NDArray[Any]

_FEWEST_OF_GROUP = 20  # of which a score says something


@dataclass(frozen=True)
class HeldOut:
    """Interactions with the positions of their users and items in a model.

    Attributes:
        interactions: The interactions.
        users: Positions of the users; -1 for those that did not train.
        items: Positions of the items, likewise.
        is_seen: Whether the pair was in the training.
        of_users: How many pairs of the training the user has.
        of_items: How many the item has.
    """

    interactions: Interactions
    users: Array
    items: Array
    is_seen: Array
    of_users: Array
    of_items: Array

    @classmethod
    def of(cls, model: RecommenderModel, interactions: Interactions) -> HeldOut:
        """Look up interactions in the training of a model.

        Args:
            model: The fitted model.
            interactions: The interactions.

        Raises:
            DataError: The ids are of another type than in training.
        """
        users = model.user_ids_.positions(interactions.users, 'the users')
        items = model.item_ids_.positions(interactions.items, 'the items')
        of_items = np.bincount(model.seen_.indices, minlength=len(model.item_ids_))
        return cls(
            interactions,
            users,
            items,
            _seen(model, users, items),
            np.where(users >= 0, np.diff(model.seen_.indptr)[users], 0),
            np.where(items >= 0, of_items[items], 0),
        )

    def take(self, rows: Array) -> HeldOut:
        """The rows at these positions, or where this mask is true."""
        return HeldOut(
            self.interactions.take(rows),
            self.users[rows],
            self.items[rows],
            self.is_seen[rows],
            self.of_users[rows],
            self.of_items[rows],
        )

    def __len__(self) -> int:
        return len(self.users)


@dataclass(frozen=True)
class HeldOutFacts:
    """What is to be known of held-out interactions before their scores are read.

    Attributes:
        rows: How many there are.
        seen: How many of the pairs were in the training.
        new_users: How many are of users that did not train.
        new_items: How many are of items that did not train.
    """

    rows: int
    seen: int
    new_users: int
    new_items: int

    @classmethod
    def of(cls, held_out: HeldOut) -> HeldOutFacts:
        """The facts of interactions."""
        return cls(
            len(held_out),
            int(held_out.is_seen.sum()),
            int((held_out.users < 0).sum()),
            int((held_out.items < 0).sum()),
        )


def _seen(model: RecommenderModel, users: Array, items: Array) -> Array:
    """Whether each pair was in the training."""
    known = (users >= 0) & (items >= 0)
    size = len(model.item_ids_)
    pairs = np.repeat(np.arange(len(model.user_ids_)), np.diff(model.seen_.indptr)) * size + model.seen_.indices
    pairs.sort()  # at once where they are in order already
    wanted = users[known] * size + items[known]
    result = np.zeros(len(users), dtype=bool)
    result[known] = pairs[np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)] == wanted
    return result


def thirds(counts: Array) -> Iterator[tuple[Array, int, int]]:
    """Groups of about a third each, by rising counts; equal counts stay together, and tiny groups are left out.

    Args:
        counts: How many interactions each of them has.

    Yields:
        Which ones are in the group, the least count and the largest one.

    Example:
        >>> [(int(rows.sum()), low, high) for rows, low, high in thirds(np.arange(90))]
        [(30, 0, 29), (30, 30, 59), (30, 60, 89)]
    """
    if not len(counts):
        return
    bounds = [-1.0, *np.quantile(counts, [1 / 3, 2 / 3]), float(counts.max())]
    for low, high in itertools.pairwise(bounds):
        rows = (counts > low) & (counts <= high)
        if rows.sum() >= _FEWEST_OF_GROUP:
            yield rows, int(counts[rows].min()), int(counts[rows].max())
