"""MovieLens 100K of a folder that is given, and ratings that are made up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.model.interactions import Interactions


@dataclass(frozen=True)
class RatingSplit:
    """Ratings to learn from, and later or other ones to be foretold."""

    name: str
    train: Interactions
    test: Interactions


def read_ratings(path: Path) -> Interactions:
    """The ratings of a tab-separated file: user, item, rating, time."""
    table = pd.read_csv(path, sep='\t', names=['user', 'item', 'rating', 'time'])
    return Interactions(
        users=table['user'].to_numpy(np.int64),
        items=table['item'].to_numpy(np.int64),
        ratings=table['rating'].to_numpy(np.float64),
        times=table['time'].to_numpy(np.int64),
    )


def read_paper_split(folder: Path) -> RatingSplit:
    """The split u1 of MovieLens 100K."""
    parts = [read_ratings(folder / 'ml-100k' / f'u1.{part}.gz') for part in ('base', 'test')]
    return RatingSplit('u1', *parts)


def cut_fold(interactions: Interactions, seed: int) -> RatingSplit:
    """A fifth of the rows at random for testing."""
    rows = np.random.default_rng(seed).permutation(len(interactions))
    cut = len(rows) // 5
    return RatingSplit(f'random fold {seed}', interactions.take(rows[cut:]), interactions.take(rows[:cut]))


def leave_last_out(interactions: Interactions, number: int = 1) -> RatingSplit:
    """Of each user with more rows than ``number``, the row with so many from the end; those before it for training."""
    assert interactions.times is not None
    ordered = interactions.take(np.lexsort((interactions.items, interactions.times, interactions.users)))
    _, starts, counts = np.unique(ordered.users, return_index=True, return_counts=True)
    from_end = np.repeat(starts + counts, counts) - np.arange(len(ordered))
    enough = np.repeat(counts, counts) > number
    name = f'the last but {number - 1} out' if number > 1 else 'the last one out'
    return RatingSplit(name, ordered.take((from_end > number) | ~enough), ordered.take((from_end == number) & enough))


def make_ratings(number: int, seed: int = 0, rank: int = 8) -> RatingSplit:
    """Ratings from 1 to 5 of a planted low rank; few users and items have many of them, and most have few."""
    generator = np.random.default_rng(seed)
    users, items = max(50, number // 80), max(40, int(number**0.5 * 3))
    p, q = (0.5 * generator.standard_normal((count, rank), dtype=np.float32) for count in (users, items))
    biases = [0.4 * generator.standard_normal(count, dtype=np.float32) for count in (users, items)]
    shares = [generator.gamma(shape, size=count) + 0.05 for shape, count in ((1.0, users), (0.7, items))]
    pairs = np.zeros(0, dtype=np.int64)
    while len(pairs) < number * 1.1:
        left, right = (_draw(share, int(number * 0.6), generator).astype(np.int64) for share in shares)
        pairs = np.unique(np.concatenate([pairs, left * items + right]))
    pairs = generator.permutation(pairs)[: int(number * 1.1)]
    left, right = pairs // items, pairs % items
    values = np.empty(len(pairs))
    for start in range(0, len(pairs), 2**20):
        part = slice(start, start + 2**20)
        values[part] = 3.5 + biases[0][left[part]] + biases[1][right[part]]
        values[part] += np.einsum('nk,nk->n', p[left[part]], q[right[part]])
    ratings = np.clip(np.round(values + 0.8 * generator.normal(size=len(values))), 1, 5)
    whole = Interactions(users=left, items=right, ratings=ratings)
    return RatingSplit('made up', whole.take(np.arange(number)), whole.take(np.arange(number, len(pairs))))


def _draw(shares: npt.NDArray[np.float64], number: int, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    ends = np.cumsum(shares)
    return np.searchsorted(ends, generator.random(number) * ends[-1])
