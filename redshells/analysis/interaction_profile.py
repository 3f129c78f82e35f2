"""The shape of interactions: how many of them users and items have, and how much the most popular items have of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Array = npt.NDArray[Any]

_MOST_POINTS = 100  # of a curve
_MOST_BARS = 24


@dataclass(frozen=True)
class Counts:
    """How many interactions each user, or each item, has.

    Attributes:
        least: The fewest.
        median: The median.
        most: The most.
        edges: Whole numbers that bound intervals, which grow with the number; an interval holds its lower bound and
            not the upper one.
        number: How many users, or items, lie in each interval.
    """

    least: int
    median: float
    most: int
    edges: Array
    number: Array


@dataclass(frozen=True)
class Concentration:
    """How much of all belongs to the items that have most of it.

    Attributes:
        items: Shares of the items, those with the most first, from 0 to 1.
        parts: What these items have of all together.
    """

    items: Array
    parts: Array

    def of_first(self, share: float) -> float:
        """What the first ``share`` of the items has."""
        return float(np.interp(share, self.items, self.parts))


@dataclass(frozen=True)
class InteractionProfile:
    """The shape of interactions.

    Attributes:
        users: How many users there are.
        items: How many items.
        pairs: How many pairs of them.
        per_user: Pairs of each user.
        per_item: Pairs of each item.
        concentration: How much the most popular items have of all pairs.
    """

    users: int
    items: int
    pairs: int
    per_user: Counts
    per_item: Counts
    concentration: Concentration

    @property
    def density(self) -> float:
        """The share of all possible pairs that are there."""
        return self.pairs / max(self.users * self.items, 1)


def profile_interactions(seen: sparse.csr_array) -> InteractionProfile:
    """Find the shape of the pairs of a training.

    Args:
        seen: Of shape (users, items), with an entry for each pair.
    """
    of_items = np.bincount(seen.indices, minlength=seen.shape[1])
    return InteractionProfile(
        users=seen.shape[0],
        items=seen.shape[1],
        pairs=int(seen.nnz),
        per_user=_count(np.diff(seen.indptr)),
        per_item=_count(of_items),
        concentration=concentration_of(of_items),
    )


def concentration_of(counts: Array) -> Concentration:
    """How much of all the items have that have most of it.

    Args:
        counts: What each item has.

    Example:
        >>> concentration_of(np.array([1, 8, 1, 0])).of_first(0.25)
        0.8
    """
    cumulated = np.concatenate([[0], np.cumsum(np.sort(counts)[::-1])]) / max(counts.sum(), 1)
    places = np.unique(np.linspace(0, len(counts), min(len(counts), _MOST_POINTS) + 1).round().astype(int))
    return Concentration(places / max(len(counts), 1), cumulated[places])


def _count(counts: Array) -> Counts:
    low, high = max(int(counts.min()), 1), int(counts.max())
    edges = np.unique(np.geomspace(low, high + 1, _MOST_BARS + 1).round().astype(np.int64))
    number = np.histogram(counts, np.append(edges[:-1], edges[-1] - 0.5))[0]
    return Counts(int(counts.min()), float(np.median(counts)), high, edges, number)
