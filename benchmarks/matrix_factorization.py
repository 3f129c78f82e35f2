"""Matrix factorization beside scikit-surprise, myFM and implicit in one run: errors, ranking, CPU seconds, scaling."""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from benchmarks import print_table
from benchmarks.movielens import RatingSplit, cut_fold, leave_last_out, make_ratings, read_paper_split, read_ratings
from redshells.model.interactions import Interactions
from redshells.model.matrix_factorization import MatrixFactorization

Predictions = npt.NDArray[np.float64]
Predict = Callable[[], Predictions]
TOP = 20
CUTS = (2, 3, 4, 5, 6)
"""The rows from the end, of which the settings for clicks are chosen; the last row is the test."""

OWN_CLICKS = [
    {'n_latent_factors': size, 'alpha': alpha, 'regularization': regularization}
    for size, alpha, regularization in itertools.product((64, 128, 256), (1.0, 3.0, 5.0), (0.01, 0.012, 0.014))
]
THEIR_CLICKS = [
    {'factors': size, 'alpha': alpha, 'regularization': regularization}
    for size, alpha, regularization in itertools.product((64, 128, 256), (2.0, 5.0, 10.0), (10.0, 20.0, 30.0))
]


def by_als(split: RatingSplit, seed: int) -> Predict:
    """The defaults of MatrixFactorization."""
    model = MatrixFactorization(random_seed=seed).fit_interactions(split.train)
    return lambda: model.predict_interactions(split.test, default=None)


def by_bayes(split: RatingSplit, seed: int) -> Predict:
    """The defaults of the solver 'bayes'."""
    model = MatrixFactorization(solver='bayes', random_seed=seed).fit_interactions(split.train)
    return lambda: model.predict_interactions(split.test, default=None)


def by_surprise(split: RatingSplit, seed: int) -> Predict:
    """The defaults of scikit-surprise's SVD."""
    from surprise import SVD, Dataset, Reader

    train = pd.DataFrame({'user': split.train.users, 'item': split.train.items, 'rating': split.train.ratings})
    data = Dataset.load_from_df(train, Reader(rating_scale=(1, 5))).build_full_trainset()
    model = SVD(random_state=seed).fit(data)
    pairs = zip(split.test.users.tolist(), split.test.items.tolist(), strict=True)
    return lambda: np.array([model.predict(user, item).est for user, item in pairs])


def by_myfm(split: RatingSplit, seed: int, rank: int = 10, iterations: int = 500) -> Predict:
    """MyFM's best: users, items, which items a user has rated and which users have rated an item."""
    _provide_pkg_resources()
    from myfm import MyFMRegressor, RelationBlock

    train, test = split.train, split.test
    ids = [np.unique(np.concatenate(pair)) for pair in ((train.users, test.users), (train.items, test.items))]
    rows = [np.searchsorted(index, one) for index, one in zip(ids, (train.users, train.items), strict=True)]
    wanted = [np.searchsorted(index, one) for index, one in zip(ids, (test.users, test.items), strict=True)]
    graph = sparse.csr_matrix((np.ones(len(train)), tuple(rows)), shape=tuple(map(len, ids)))
    blocks = [
        sparse.hstack([sparse.identity(one.shape[0]), _by_root(one)], format='csr') for one in (graph, graph.T.tocsr())
    ]
    sizes = [size for one in blocks for size in (one.shape[0], one.shape[1] - one.shape[0])]
    model = MyFMRegressor(rank=rank, random_seed=seed)
    relations = [
        [RelationBlock(place, block) for place, block in zip(places, blocks, strict=True)] for places in (rows, wanted)
    ]
    model.fit(
        None,
        train.ratings,
        X_rel=relations[0],
        n_iter=iterations,
        n_kept_samples=iterations - 20,
        group_shapes=sizes,
    )
    return lambda: np.clip(model.predict(None, relations[1]), 1, 5)


def _provide_pkg_resources() -> None:
    """Stand in for a module that myFM asks for its own version, and that setuptools no longer has."""
    try:
        import pkg_resources  # noqa: F401
    except ImportError:
        module: Any = ModuleType('pkg_resources')
        module.DistributionNotFound = LookupError
        module.get_distribution = lambda name: SimpleNamespace(version='')
        sys.modules['pkg_resources'] = module


def _by_root(graph: sparse.csr_matrix) -> sparse.csr_matrix:
    counts = np.maximum(np.diff(graph.indptr), 1)
    return sparse.diags(counts**-0.5) @ graph


RATINGS: dict[str, Callable[[RatingSplit, int], Predict]] = {
    'als': by_als,
    "surprise's SVD": by_surprise,
    'bayes': by_bayes,
    "myFM's best": by_myfm,
}


def compare_ratings(folder: Path, seeds: int) -> None:
    """Errors on u1 and on random folds. All settings are defaults, or those that the issue of the peer names."""
    everything = read_ratings(folder / 'ml-100k' / 'u.data.gz')
    splits = [read_paper_split(folder), cut_fold(everything, 1), make_ratings(100_000)]
    for split in splits:
        by_als(RatingSplit('', split.train.take(np.arange(100)), split.test), 0)
        rows: list[list[object]] = []
        for name, method in RATINGS.items():
            runs = [_timed(method, split, seed) for seed in range(seeds)]
            errors = [_rmse(found, split.test) for found, _ in runs]
            seconds = statistics.median(one for _, one in runs)
            rows.append([name, f'{statistics.mean(errors):.4f}', f'{np.std(errors):.4f}', seconds])
        times = {str(row[0]): float(str(row[3])) for row in rows}
        for row, peer in zip(rows, ("surprise's SVD", "surprise's SVD", "myFM's best", "myFM's best"), strict=True):
            row.append(times[peer] / times[str(row[0])])
        print_table(
            f'{split.name}: {len(split.train):,} ratings, {len(split.test):,} to foretell; mean of {seeds} seeds',
            ['model', 'RMSE', '+-', 'CPU s of training', 'times faster than its peer'],
            rows,
        )


def _timed(method: Callable[[RatingSplit, int], Predict], split: RatingSplit, seed: int) -> tuple[Predictions, float]:
    started = time.process_time()
    predict = method(split, seed)
    seconds = time.process_time() - started
    return predict(), seconds


def _rmse(found: Predictions, test: Interactions) -> float:
    assert test.ratings is not None
    return float(np.sqrt(np.mean(np.square(found - test.ratings))))


def own_scores(train: Interactions, seed: int, **arguments: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any], Any]:
    """Scores of all items for all users, and their ids, by this package."""
    clicks = Interactions(users=train.users, items=train.items)
    model = MatrixFactorization(solver='implicit', random_seed=seed, **arguments).fit_interactions(clicks)
    return model.user_ids_.ids, model.item_ids_.ids, model.score_items(np.arange(len(model.user_ids_)))


def their_scores(train: Interactions, seed: int, **arguments: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any], Any]:
    """Scores of all items for all users, and their ids, by implicit's ALS."""
    from implicit.als import AlternatingLeastSquares

    user_ids, users = np.unique(train.users, return_inverse=True)
    item_ids, items = np.unique(train.items, return_inverse=True)
    clicks = sparse.csr_matrix((np.ones(len(users), dtype=np.float32), (users, items)))
    model = AlternatingLeastSquares(random_state=seed, num_threads=1, **arguments)
    model.fit(clicks, show_progress=False)
    return user_ids, item_ids, np.asarray(model.user_factors) @ np.asarray(model.item_factors).T


CLICKS = {'redshells': (own_scores, OWN_CLICKS), 'implicit': (their_scores, THEIR_CLICKS)}


def rank_quality(split: RatingSplit, scored: tuple[npt.NDArray[Any], npt.NDArray[Any], Any]) -> tuple[float, float]:
    """Recall and NDCG of the first 20 items that a user has not seen, where one is to be found."""
    user_ids, item_ids, scores = scored
    scores = np.array(scores)
    scores[np.searchsorted(user_ids, split.train.users), np.searchsorted(item_ids, split.train.items)] = -np.inf
    users = np.searchsorted(user_ids, split.test.users)
    items = np.minimum(np.searchsorted(item_ids, split.test.items), len(item_ids) - 1)
    known = item_ids[items] == split.test.items
    places = (scores[users] > scores[users, items][:, None]).sum(axis=1)
    hits = known & (places < TOP)
    return float(hits.mean()), float((hits / np.log2(places + 2)).mean())


def compare_clicks(folder: Path, seeds: int) -> None:
    """Both models, with the settings of their grid that were best on the rows before the last one."""
    everything = read_ratings(folder / 'ml-100k' / 'u.data.gz')
    assert everything.ratings is not None
    liked = everything.take(everything.ratings >= 4)
    cuts, last = [leave_last_out(liked, number) for number in CUTS], leave_last_out(liked)
    rows: list[list[object]] = []
    for name, (method, grid) in CLICKS.items():
        found = [
            (np.mean([rank_quality(cut, method(cut.train, 0, **settings)) for cut in cuts], axis=0), settings)
            for settings in grid
        ]
        best, settings = max(found, key=lambda one: float(one[0].sum()))
        runs = []
        for seed in range(seeds):
            started = time.process_time()
            scored = method(last.train, seed, **settings)
            runs.append([time.process_time() - started, *rank_quality(last, scored)])
        seconds, recall, ndcg = np.median(runs, axis=0)[0], *np.mean(runs, axis=0)[1:]
        chosen = ', '.join(f'{key}={value}' for key, value in settings.items())
        rows.append([name, chosen, float(best[0]), float(best[1]), float(recall), float(ndcg), float(seconds)])
    print_table(
        f'Clicks (rating of at least 4), the last one of each user left out; mean of {seeds} seeds',
        ['model', 'settings', 'recall@20, cuts', 'NDCG@20, cuts', 'recall@20', 'NDCG@20', 'CPU s'],
        rows,
    )


def show_scaling(numbers: Sequence[int]) -> None:
    """Time and memory on ratings that are made up; each training in a process of its own."""
    rows: list[list[object]] = []
    for number, solver in itertools.product(numbers, ('als', 'bayes', 'implicit')):
        rows.append(_apart(number, solver))
    print_table(
        'Ratings that are made up; an iteration with vectors of 10 numbers',
        ['ratings', 'users', 'items', 'solver', 'CPU ms an iteration', 'ns a rating', 'other CPU s', 'MB', 'RMSE'],
        rows,
    )


def _apart(number: int, solver: str) -> list[object]:
    """Measure in a process of its own, whose peak of memory is its own."""
    command = [sys.executable, '-m', 'benchmarks.matrix_factorization', '--measure', str(number), solver]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: list[object] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(number: int, solver: str) -> list[object]:
    split = make_ratings(number)
    train = Interactions(users=split.train.users, items=split.train.items) if solver == 'implicit' else split.train
    counts = (2, 12)
    more = {'chains': 1, 'burn_in': 1} if solver == 'bayes' else {}
    MatrixFactorization(solver=solver, iterations=2).fit_interactions(train.take(np.arange(100)))
    before = _peak()
    seconds = []
    for iterations in counts:
        started = time.process_time()
        model = MatrixFactorization(solver=solver, n_latent_factors=10, iterations=iterations, **more)
        model.fit_interactions(train)
        seconds.append(time.process_time() - started)
    each = (seconds[1] - seconds[0]) / (counts[1] - counts[0])
    error = _rmse(model.predict_interactions(split.test, default=None), split.test) if solver != 'implicit' else 0.0
    users, items = (len(np.unique(one)) for one in (train.users, train.items))
    other = seconds[0] - counts[0] * each
    return [number, int(users), int(items), solver, 1000 * each, 1e9 * each / number, other, _peak() - before, error]


def _peak() -> float:
    unit = 1e6 if sys.platform == 'darwin' else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _chosen(names: Sequence[str] | None, all_names: Sequence[str]) -> Iterator[str]:
    yield from names or all_names


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, help='folder with ml-100k; without it only the scaling is shown')
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--only', choices=['ratings', 'clicks', 'scaling'], nargs='*')
    parser.add_argument('--numbers', type=int, nargs='*', default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument('--measure', nargs=2, help='measure one number of ratings and one solver, and print JSON')
    options, _ = parser.parse_known_args(arguments)
    if options.measure:
        print(json.dumps(_measure(int(options.measure[0]), options.measure[1])))
        return
    for table in _chosen(options.only, ['ratings', 'clicks', 'scaling']):
        if table == 'scaling':
            show_scaling(options.numbers)
        elif options.data is not None:
            (compare_ratings if table == 'ratings' else compare_clicks)(options.data, options.seeds)


if __name__ == '__main__':
    main()
