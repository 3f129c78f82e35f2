"""Top items of MovieLens 100K as clicks, beside implicit's ALS, and what clicks in closed form cost as they grow."""

from __future__ import annotations

import argparse
import gzip
import itertools
import os
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from benchmarks import print_table
from redshells.model.interactions import Interactions
from redshells.model.largest import largest_columns
from redshells.model.light_gcn import LightGCN
from redshells.model.ranked_lists import Recommendations
from redshells.model.ranking_metrics import evaluate_ranking
from redshells.testing.new_process import call_in_new_process

Scores = npt.NDArray[np.float32]
Settings = Mapping[str, Any]

TOP = 20
LEAST_RATING = 4
SPECTRAL = {
    'number_of_components': [64, 256, 1000],
    'low_pass_softness': [0.003, 0.01, 0.02, 0.03],
    'low_pass_weight': [0.5, 1.0],
    'user_normalisation': [0.0, 0.25, 0.5],
    'item_normalisation': [0.0, 0.1, 0.2],
}
ALS = {
    'factors': [32, 64, 128, 256],
    'regularization': [0.1, 1, 10, 30, 100],
    'alpha': [1, 2, 5, 10, 20, 40],
    'iterations': [15],
}


class Clicks:
    """Clicks with a numbered matrix, and the last click of each user held out.

    Args:
        table: With the columns user, item and time.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        ordered = table.sort_values(['user', 'time'], kind='stable')
        is_last = ~ordered['user'].duplicated(keep='last') & ordered['user'].duplicated(keep=False)
        self.train, self.held_out = ordered[~is_last], ordered[is_last]
        self.interactions, self.later = (
            Interactions(users=one['user'].to_numpy(), items=one['item'].to_numpy())
            for one in (self.train, self.held_out)
        )
        self.users, user_codes = np.unique(self.interactions.users, return_inverse=True)
        self.items, item_codes = np.unique(self.interactions.items, return_inverse=True)
        ones = np.ones(len(user_codes), dtype=np.float32)
        self.matrix = sparse.csr_array((ones, (user_codes, item_codes)), shape=(len(self.users), len(self.items)))

    def judge(self, scores: Scores) -> list[float]:
        """Recall and NDCG of the best items that a user has not clicked on; a click on an unknown item is missed."""
        scores = scores.copy()
        scores[self.matrix.nonzero()] = -np.inf
        best = largest_columns(scores, TOP)
        lists = Recommendations(users=np.repeat(self.users, TOP), items=self.items[best].ravel())
        found = evaluate_ranking(lists, self.later, k=[TOP], metrics=['recall', 'ndcg'])
        return [float(one) for one in found['score']]


def by_light_gcn(clicks: Clicks, settings: Settings, seed: int) -> Scores:
    """Scores of all users by LightGCN."""
    model = LightGCN(**settings, random_seed=seed).fit_interactions(clicks.interactions)
    return model.score_items(np.arange(len(clicks.users)))


def by_implicit(clicks: Clicks, settings: Settings, seed: int) -> Scores:
    """Scores of all users by implicit's ALS with one thread."""
    from implicit.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(**settings, random_state=seed, num_threads=1)
    model.fit(sparse.csr_matrix(clicks.matrix), show_progress=False)
    return np.asarray(model.user_factors @ model.item_factors.T, dtype=np.float32)


def combinations(grid: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """All settings of a grid."""
    return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]


def mean_scores(
    fit: Callable[[Clicks, Settings, int], Scores], settings: Settings, cuts: Sequence[Clicks]
) -> list[float]:
    """The mean recall and NDCG on the held-out clicks of several cuts."""
    scores: list[float] = np.mean([cut.judge(fit(cut, settings, 0)) for cut in cuts], axis=0).tolist()
    return scores


def tuned(
    fit: Callable[[Clicks, Settings, int], Scores], grid: Mapping[str, Sequence[Any]], cuts: Sequence[Clicks]
) -> tuple[dict[str, Any], list[float]]:
    """The settings with the best mean NDCG on held-out clicks, and what they score there."""
    found = [(mean_scores(fit, settings, cuts), settings) for settings in combinations(grid)]
    scores, settings = max(found, key=lambda one: one[0][1])
    return settings, scores


def compare(data: str, seeds: int, number_of_cuts: int) -> None:
    """Print the table of accuracies."""
    with gzip.open(os.path.join(data, 'ml-100k', 'u.data.gz'), 'rt') as file:
        ratings = pd.read_csv(file, sep='\t', names=['user', 'item', 'rating', 'time'])
    test = Clicks(ratings[ratings['rating'] >= LEAST_RATING])
    cuts = [Clicks(test.train)]
    while len(cuts) < number_of_cuts:
        cuts.append(Clicks(cuts[-1].train))
    rows: list[list[object]] = []
    chosen = []
    for name, fit, grid in (('redshells', by_light_gcn, SPECTRAL), ('implicit ALS', by_implicit, ALS)):
        settings, scores = tuned(fit, grid, cuts)
        chosen.append(f'{name}: {settings}')
        rows.append([f'{name}, tuned', len(combinations(grid)), *scores, *measure(fit, settings, test, seeds)])
    for name, settings in {
        'redshells, defaults': {},
        'redshells, as in the paper': {
            'user_normalisation': 0.5,
            'item_normalisation': 0.5,
            'low_pass_softness': 0.0,
            'low_pass_weight': 0.23,
            'number_of_components': 64,
        },
        'redshells, gradient': {'solver': 'gradient'},
    }.items():
        rows.append(
            [name, 1, *mean_scores(by_light_gcn, settings, cuts), *measure(by_light_gcn, settings, test, seeds)]
        )
    print_table(
        f'MovieLens 100K, ratings of at least {LEAST_RATING} as clicks, the last click of each user held out, tuned by '
        f'mean NDCG on the {number_of_cuts} clicks before it, one at a time; means of {seeds} seeds; median CPU s',
        ['model', 'settings', 'recall@20 before', 'NDCG@20 before', 'recall@20', 'NDCG@20', 'CPU s'],
        rows,
    )
    print('\n'.join(chosen), end='\n\n')


def measure(
    fit: Callable[[Clicks, Settings, int], Scores], settings: Settings, clicks: Clicks, seeds: int
) -> list[float]:
    """The mean recall and NDCG of several seeds, and the median CPU seconds of training and scoring."""
    found, seconds = [], []
    for seed in range(seeds):
        started = time.process_time()
        scores = fit(clicks, settings, seed)
        seconds.append(time.process_time() - started)
        found.append(clicks.judge(scores))
    return [*np.mean(found, axis=0).tolist(), float(np.median(seconds))]


def synthetic_clicks(count: int, seed: int = 0) -> Interactions:
    """Clicks of users with tastes on items of unequal popularity, each pair once; somewhat fewer than asked for."""
    generator = np.random.default_rng(seed)
    number_of_users, number_of_items, tastes = count // 50, max(500, count // 500), 20
    users = generator.integers(number_of_users, size=count)
    own = generator.random(count) < 0.7
    taste = np.where(own, users % tastes, generator.integers(tastes, size=count))
    place = (number_of_items // tastes * generator.random(count) ** 2).astype(np.int64)
    codes = np.unique(users * number_of_items + place * tastes + taste)
    return Interactions(users=codes // number_of_items, items=codes % number_of_items)


def cost(count: int, components: int) -> list[object]:
    """What a training on so many synthetic clicks costs, in this process."""
    clicks = synthetic_clicks(count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    model = LightGCN(number_of_components=components).fit_interactions(clicks)
    fitted = time.process_time() - started
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    users = np.arange(1000)
    started = time.process_time()
    model.score_items(users)
    scored = time.process_time() - started
    shape = f'{len(model.user_ids_):,} x {len(model.item_ids_):,}'
    return [f'{len(clicks):,}', shape, fitted, 1e6 * fitted / len(clicks), scored, more / 1024]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', help='folder with ml-100k/u.data.gz; without it, only the costs are measured')
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--cuts', type=int, default=3, help='how many earlier clicks the models are tuned on')
    parser.add_argument('--components', type=int, default=64, help='of the training whose cost is measured')
    parser.add_argument('--clicks', type=int, nargs='*', default=[100_000, 1_000_000, 10_000_000])
    options, _ = parser.parse_known_args(arguments)
    if options.data:
        compare(options.data, options.seeds, options.cuts)
    print_table(
        f'the cost of {options.components} components; CPU seconds, each in a fresh process',
        ['clicks', 'users x items', 'fit, s', 'fit, s per million', 'score 1,000 users, s', 'memory of the fit, MB'],
        [call_in_new_process(cost, count, options.components, timeout=3600) for count in options.clicks],
    )


if __name__ == '__main__':
    main()
