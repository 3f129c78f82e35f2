"""The top items of all users, beside implicit's and plain numpy's: CPU seconds and peak memory, by batch."""

from __future__ import annotations

import argparse
import statistics
import time
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from benchmarks import print_table
from redshells.archive import Archive
from redshells.model.id_index import IdIndex
from redshells.model.interactions import Interactions
from redshells.model.recommender import RecommenderModel
from redshells.model.top_items import find_top_items

_SEEN = 0.02  # of all pairs: 80 items of 4,000 for each user


class GivenFactors(RecommenderModel):
    """Scores are products of vectors that are given.

    Args:
        users: The vectors of users, of shape (users, factors).
        items: The vectors of items, of shape (items, factors).
        seen: The pairs of the training, of shape (users, items).
    """

    def __init__(self, users: npt.NDArray[Any], items: npt.NDArray[Any], seen: sparse.csr_array) -> None:
        self.users, self.items = users, items
        self.user_ids_, self.item_ids_ = IdIndex(np.arange(len(users))), IdIndex(np.arange(len(items)))
        self.seen_ = seen

    def fit_interactions(self, interactions: Interactions, **options: Any) -> GivenFactors:
        """Not needed: the vectors are given."""
        raise NotImplementedError

    def predict_interactions(self, interactions: Interactions, *, default: float = np.nan) -> npt.NDArray[np.float64]:
        """Not needed."""
        raise NotImplementedError

    def score_items(self, users: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The product of the vectors of users and items."""
        scores: npt.NDArray[np.float32] = self.users[users] @ self.items.T
        return scores

    def item_vectors(self) -> npt.NDArray[np.float32]:
        """The vectors of items."""
        return self.items

    def to_archive(self) -> Archive:
        """Not needed."""
        raise NotImplementedError

    @classmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> GivenFactors:
        """Not needed."""
        raise NotImplementedError


def make_model(users: int, items: int, factors: int) -> GivenFactors:
    """A model of random vectors, and random pairs that were seen."""
    generator = np.random.default_rng(0)
    seen = sparse.random_array((users, items), density=_SEEN, format='csr', rng=generator, dtype=np.float32)
    vectors = [generator.normal(size=(size, factors)).astype(np.float32) for size in (users, items)]
    return GivenFactors(*vectors, sparse.csr_array(seen))


def by_redshells(model: GivenFactors, top_n: int, batch_size: int | None) -> npt.NDArray[Any]:
    """In batches."""
    return find_top_items(model, np.arange(len(model.users)), top_n, batch_size=batch_size).positions


def by_implicit(model: GivenFactors, top_n: int, batch_size: int | None) -> npt.NDArray[Any]:
    """Implicit's recommend, with one thread."""
    from implicit.cpu.als import AlternatingLeastSquares

    peer = AlternatingLeastSquares(factors=model.users.shape[1], num_threads=1)
    peer.user_factors, peer.item_factors = model.users, model.items
    seen = sparse.csr_matrix(model.seen_)
    step = batch_size or len(model.users)
    found = []
    for start in range(0, len(model.users), step):
        rows = np.arange(start, min(start + step, len(model.users)))
        found.append(peer.recommend(rows, seen[rows], N=top_n, filter_already_liked_items=True)[0])
    return np.concatenate(found)


def by_numpy(model: GivenFactors, top_n: int, batch_size: int | None) -> npt.NDArray[Any]:
    """The obvious way: sort all scores of a user."""
    step = batch_size or len(model.users)
    found = []
    for start in range(0, len(model.users), step):
        scores = model.score_items(np.arange(start, min(start + step, len(model.users))))
        rows, items = model.seen_[start : start + step].nonzero()
        scores[rows, items] = -np.inf
        found.append(np.argsort(-scores, axis=1)[:, :top_n])
    return np.concatenate(found)


FINDERS: dict[str, Callable[[GivenFactors, int, int | None], npt.NDArray[Any]]] = {
    'redshells': by_redshells,
    'implicit': by_implicit,
    'numpy': by_numpy,
}


def measure(name: str, model: GivenFactors, top_n: int, batch_size: int | None, repeats: int) -> list[float]:
    """The median of CPU and of wall-clock seconds, and the peak of the memory that numpy asked for in MB."""
    cpu, wall = [], []
    for _ in range(repeats):
        started = time.process_time(), time.perf_counter()
        FINDERS[name](model, top_n, batch_size)
        cpu.append(time.process_time() - started[0])
        wall.append(time.perf_counter() - started[1])
    tracemalloc.start()
    FINDERS[name](model, top_n, batch_size)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return [statistics.median(cpu), statistics.median(wall), peak]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--users', type=int, default=6000)
    parser.add_argument('--items', type=int, default=4000)
    parser.add_argument('--factors', type=int, default=20)
    parser.add_argument('--top-n', type=int, default=20)
    parser.add_argument('--repeats', type=int, default=3)
    parser.add_argument('--batches', type=int, nargs='*', default=[100, 1000])
    options, _ = parser.parse_known_args(arguments)
    model = make_model(options.users, options.items, options.factors)
    expected = by_redshells(model, options.top_n, None)
    rows: list[list[object]] = []
    for batch_size in [None, *options.batches]:
        found = {name: measure(name, model, options.top_n, batch_size, options.repeats) for name in FINDERS}
        for name, (cpu, wall, peak) in found.items():
            same = float((FINDERS[name](model, options.top_n, batch_size) == expected).mean())
            usual = 'default' if name == 'redshells' else 'all'
            rows.append([name, batch_size or usual, cpu, wall, peak, cpu / found['redshells'][0], same])
    print_table(
        f'the top {options.top_n} of {options.items:,} items for {options.users:,} users, {options.factors} factors, '
        f'{_SEEN:.0%} of the pairs seen',
        ['', 'users at a time', 'CPU s', 's', 'peak MB', 'times the CPU s', 'same items'],
        rows,
    )


if __name__ == '__main__':
    main()
