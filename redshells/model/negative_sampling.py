"""Pairs of users and items without an interaction, drawn as examples of what users do not do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from redshells.errors import ParameterError
from redshells.model.id_index import IdIndex
from redshells.model.interactions import Interactions

STRATEGIES = ('uniform', 'popularity')
"""How items are drawn."""

_ROUNDS = 30  # of draws that may meet what the user had; for most users two or three are enough
_CELLS = 1 << 22  # of the items that are looked at for each user, at a time

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Negatives:
    """Drawn pairs.

    Attributes:
        pairs: The distinct pairs of the interactions, in the order of their first rows.
        negatives: The drawn pairs, in the order of users; those of a user in the order in which they were drawn.
        users_with_fewer: How many users have fewer negatives than asked for, as they had nearly all items.
    """

    pairs: Interactions
    negatives: Interactions
    users_with_fewer: int


def sample_negatives(
    interactions: Interactions,
    *,
    number_of_negatives: int = 1,
    strategy: str = 'uniform',
    random_seed: int = 0,
) -> Negatives:
    """Draw items that a user had no interaction with, each at most once for a user.

    A user with p of the n items gets ``number_of_negatives`` times p of them; the n - p others, where these are fewer,
    and none where the user had all. The items are those of the interactions. Draws that meet what the user had are
    repeated; of users who had most items, all others are weighed, so that each draw is exact.

    Args:
        interactions: What users did; several rows of a pair count as one.
        number_of_negatives: Negatives for each pair.
        strategy: ``'uniform'``: each item is as likely; ``'popularity'``: in proportion to its number of users.
        random_seed: Seed of the draws.

    Raises:
        ParameterError: An argument has a wrong value.

    Example:
        >>> interactions = Interactions(users=np.array([1, 1, 2]), items=np.array([7, 8, 7]))
        >>> drawn = sample_negatives(interactions)
        >>> drawn.negatives.users.tolist(), drawn.negatives.items.tolist(), drawn.users_with_fewer
        ([2], [8], 1)
    """
    if number_of_negatives < 1:
        raise ParameterError(f'number_of_negatives={number_of_negatives} was given; at least 1 is expected.')
    if strategy not in STRATEGIES:
        raise ParameterError(f'strategy={strategy!r} was given; one of {list(STRATEGIES)} is expected.')
    user_ids, item_ids = IdIndex.of(interactions.users), IdIndex.of(interactions.items)
    size = len(item_ids)
    codes = user_ids.positions(interactions.users) * size + item_ids.positions(interactions.items)
    pairs, first_rows = np.unique(codes, return_index=True)
    counts = np.bincount(pairs // size)
    wanted = np.minimum(counts * number_of_negatives, size - counts)
    weights = np.bincount(pairs % size).astype(np.float64) if strategy == 'popularity' else np.ones(size)
    found = _draw(pairs, wanted, weights, np.random.default_rng(random_seed))
    negatives = Interactions(users=user_ids.ids[found // size], items=item_ids.ids[found % size])
    fewer = int(np.count_nonzero(wanted < counts * number_of_negatives))
    return Negatives(interactions.take(np.sort(first_rows)), negatives, fewer)


def _draw(pairs: Codes, wanted: Codes, weights: npt.NDArray[np.float64], generator: np.random.Generator) -> Codes:
    """Codes of as many pairs of each user as wanted; in the order of users, and of their draws."""
    limits = np.cumsum(weights)
    taken, drawn = pairs, [np.zeros(0, dtype=np.int64)]
    lacking = wanted.copy()
    for _ in range(_ROUNDS):
        users = np.repeat(np.arange(len(wanted)), lacking)
        if not len(users):
            break
        items = np.searchsorted(limits, generator.random(len(users)) * limits[-1], side='right')
        codes = users * len(weights) + np.minimum(items, len(weights) - 1)
        codes = codes[np.sort(np.unique(codes, return_index=True)[1])]  # the first of equal ones
        places = np.minimum(np.searchsorted(taken, codes), len(taken) - 1)  # each user has taken some
        codes = codes[taken[places] != codes]
        drawn.append(codes)
        lacking -= np.bincount(codes // len(weights), minlength=len(wanted))
        taken = np.concatenate([taken, codes])
        taken = np.sort(taken[lacking[taken // len(weights)] > 0])
    drawn.append(_draw_rest(taken, lacking, weights, generator))
    found = np.concatenate(drawn)
    return found[np.argsort(found // len(weights), kind='stable')]


def _draw_rest(taken: Codes, lacking: Codes, weights: npt.NDArray[np.float64], generator: np.random.Generator) -> Codes:
    """For users who still lack some, by exponential times of arrival of all items that are not taken."""
    size = len(weights)
    waiting = np.flatnonzero(lacking)
    step = max(1, _CELLS // size)
    found = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(waiting), step):
        users = waiting[start : start + step]
        arrivals = generator.exponential(size=(len(users), size)) / weights
        first, last = np.searchsorted(taken, [users[0] * size, (users[-1] + 1) * size])
        of_users = taken[first:last]
        of_users = of_users[lacking[of_users // size] > 0]
        arrivals[np.searchsorted(users, of_users // size), of_users % size] = np.inf
        order = np.argsort(arrivals, axis=1, kind='stable')
        is_first = np.arange(size) < lacking[users][:, None]
        found.append((users[:, None] * size + order)[is_first])
    return np.concatenate(found)
