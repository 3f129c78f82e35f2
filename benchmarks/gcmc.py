"""Graph convolutional matrix completion on MovieLens 100K, beside the obvious version, and on made-up ratings."""

from __future__ import annotations

import argparse
import gzip
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch.nn import functional

from benchmarks import print_table
from redshells.model.execution import Execution
from redshells.model.graph_convolutional_matrix_completion import GraphConvolutionalMatrixCompletion
from redshells.model.interactions import Interactions

_GENRES = [f'genre_{number}' for number in range(19)]
_CPU = Execution(device='cpu')


def read_ratings(folder: Path, name: str) -> Interactions:
    """The ratings of a file of MovieLens 100K."""
    with gzip.open(folder / 'ml-100k' / f'{name}.gz', 'rt') as file:
        table = np.loadtxt(file, dtype=np.int64)
    return Interactions(users=table[:, 0], items=table[:, 1], ratings=table[:, 2].astype(np.float64))


def read_features(folder: Path) -> dict[str, pd.DataFrame]:
    """Age, sex and occupation of users; genres and year of items."""
    users = pd.read_csv(
        folder / 'ml-100k' / 'u.user.gz', sep='|', header=None, names=['id', 'age', 'sex', 'occupation', 'zip']
    )
    items = pd.read_csv(
        folder / 'ml-100k' / 'u.item.gz',
        sep='|',
        header=None,
        encoding='latin1',
        names=['id', 'title', 'date', 'video_date', 'url', *_GENRES],
    ).set_index('id')
    genres = items[_GENRES].apply(lambda row: [name for name in _GENRES if row[name]], axis=1)
    years = pd.to_numeric(items['date'].str[-4:], errors='coerce')
    return {
        'user_features': users.set_index('id')[['age', 'sex', 'occupation']],
        'item_features': pd.DataFrame({'genres': genres, 'year': years}),
    }


def folds_of(folder: Path, number: int) -> list[tuple[str, Interactions, Interactions]]:
    """The split of the paper, and random fifths of all ratings that are held out."""
    everything = read_ratings(folder, 'u.data')
    folds = [('u1', read_ratings(folder, 'u1.base'), read_ratings(folder, 'u1.test'))]
    for fold in range(number):
        order = np.random.default_rng(fold).permutation(len(everything))
        held_out = order[: len(order) // 5]
        folds.append((f'random {fold}', everything.take(order[len(held_out) :]), everything.take(held_out)))
    return folds


def measure_quality(folder: Path, seeds: int, folds: int, arguments: dict[str, Any]) -> None:
    """RMSE with and without features; pairs of new items and users have the mean of the training ratings."""
    rows: list[list[object]] = []
    both: dict[str, dict[str, Any]] = {'no': {}, 'yes': read_features(folder)}
    for name, train, test in folds_of(folder, folds):
        for label, features in both.items():
            errors, seconds = [], []
            for seed in range(seeds):
                started = time.process_time()
                model = GraphConvolutionalMatrixCompletion(**arguments, random_seed=seed)
                model.fit_interactions(train, **features, execution=_CPU)
                seconds.append(time.process_time() - started)
                assert train.ratings is not None
                assert test.ratings is not None
                found = model.predict_interactions(test, default=float(train.ratings.mean()))
                errors.append(float(np.sqrt(np.mean((found - test.ratings) ** 2))))
            rows.append([name, label, mean(errors), max(errors) - min(errors), median(seconds)])
    print_table(f'MovieLens 100K, {seeds} seeds', ['fold', 'features', 'RMSE', 'spread', 'CPU s'], rows)


class ObviousGcmc:
    """The paper's model as one would write it down: a gather for each end of each edge, dropout, cross entropy.

    Args:
        ratings: The ratings.
        arguments: Sizes and dropout of the other model.
    """

    def __init__(self, ratings: Interactions, arguments: dict[str, Any]) -> None:
        assert ratings.ratings is not None
        settings = GraphConvolutionalMatrixCompletion(**arguments).settings
        self.rate = settings.dropout_rate
        (users, self.n_users), (items, self.n_items) = (_codes(one) for one in (ratings.users, ratings.items))
        levels, self.n_levels = _codes(ratings.ratings)
        self.users, self.items, self.levels = users, items, levels
        size, out = settings.encoder_hidden_size // self.n_levels, settings.encoder_size
        shapes = {
            'user_messages': (self.n_levels, self.n_users, size),
            'item_messages': (self.n_levels, self.n_items, size),
            'dense': (size * self.n_levels, out),
            'bases': (settings.basis_size, out, out),
            'coefficients': (settings.basis_size, self.n_levels),
        }
        self.weights = {name: torch.empty(shape).uniform_(-0.1, 0.1).requires_grad_() for name, shape in shapes.items()}
        self.optimizer = torch.optim.Adam(self.weights.values(), lr=settings.learning_rate)

    def vectors(self, of_items: bool) -> torch.Tensor:
        """The vectors of one side."""
        receivers, senders = (self.items, self.users) if of_items else (self.users, self.items)
        nodes = self.n_items if of_items else self.n_users
        table = functional.dropout(self.weights['user_messages' if of_items else 'item_messages'], self.rate)
        hidden = []
        degrees = torch.bincount(receivers, minlength=nodes).clamp(min=1)
        for level in range(self.n_levels):
            here = self.levels == level
            messages = table[level][senders[here]] / degrees[receivers[here], None]
            hidden.append(torch.zeros(nodes, messages.shape[1]).index_add(0, receivers[here], messages))
        together = functional.dropout(torch.relu(torch.cat(hidden, 1)), self.rate)
        return together @ self.weights['dense']

    def steps(self, number: int) -> None:
        """So many epochs."""
        for _ in range(number):
            self._step()

    def _step(self) -> None:
        users, items = self.vectors(False)[self.users], self.vectors(True)[self.items]
        scores = torch.stack([(users @ basis * items).sum(1) for basis in self.weights['bases']], 1)
        loss = functional.cross_entropy(scores @ self.weights['coefficients'], self.levels)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()


def _codes(values: npt.NDArray[Any]) -> tuple[torch.Tensor, int]:
    distinct, codes = np.unique(values, return_inverse=True)
    return torch.from_numpy(codes), len(distinct)


def measure_speed(folder: Path) -> None:
    """CPU milliseconds an epoch beside the obvious version, at two widths, alternated."""
    torch.set_num_threads(1)
    train = read_ratings(folder, 'u1.base')
    rows: list[list[object]] = []
    widths: list[dict[str, Any]] = [{}, {'encoder_hidden_size': 500, 'encoder_size': 75, 'basis_size': 2}]
    for arguments in widths:
        own, obvious = [], []
        for _ in range(3):
            model = GraphConvolutionalMatrixCompletion(**arguments, epochs=30)
            own.append(_milliseconds(partial(model.fit_interactions, train, execution=_CPU), 30))
            other = ObviousGcmc(train, arguments)
            obvious.append(_milliseconds(partial(other.steps, 5), 5))
        width = ' / '.join(
            str(getattr(model.settings, name)) for name in ('encoder_hidden_size', 'encoder_size', 'basis_size')
        )
        rows.append([width, median(own), median(obvious), median(obvious) / median(own)])
    print_table(
        'MovieLens 100K u1: CPU ms an epoch, with all that a training does before and after',
        ['hidden / vector / bases', 'redshells', 'obvious version', 'times'],
        rows,
    )


def _milliseconds(call: Callable[[], Any], epochs: int) -> float:
    started = time.process_time()
    call()
    return (time.process_time() - started) / epochs * 1000


def make_ratings(number: int) -> Interactions:
    """Ratings of few items by many users, where few items have many."""
    generator = np.random.default_rng(0)
    n_users, n_items = number // 100, number // 400
    users = generator.integers(n_users, size=number)
    items = (n_items * generator.uniform(size=number) ** 2).astype(np.int64)
    ratings = 1 + (users * 7 + items * 3 + generator.integers(3, size=number)) % 5
    return Interactions(users=users, items=items, ratings=ratings.astype(np.float64))


def measure_size(number: int, epochs: int) -> list[object]:
    """CPU seconds of an epoch, of the work around the training, and memory; in a process of its own."""
    GraphConvolutionalMatrixCompletion(epochs=2).fit_interactions(make_ratings(10_000), execution=_CPU)  # loads PyTorch
    ratings = make_ratings(number)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    for length in (1, 1 + epochs):
        started = time.process_time()
        model = GraphConvolutionalMatrixCompletion(epochs=length).fit_interactions(ratings, execution=_CPU)
        seconds.append(time.process_time() - started)
    an_epoch = (seconds[1] - seconds[0]) / epochs
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    edges = int(model.seen_.nnz)
    return [f'{edges:,}', an_epoch, an_epoch / edges * 1e6, seconds[0], memory, memory / edges * 2**20]


def measure_sizes(largest: int) -> None:
    """Cost by the number of ratings."""
    rows = []
    for number, epochs in ((100_000, 30), (1_000_000, 10), (10_000_000, 3)):
        if number <= largest:
            with ProcessPoolExecutor(1, mp_context=get_context('spawn')) as pool:
                rows.append(pool.submit(measure_size, number, epochs).result())
    header = ['ratings', 'CPU s an epoch', 'CPU us a rating', 'CPU s of one epoch and all else', 'MB', 'bytes a rating']
    print_table('Made-up ratings', header, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, required=True, help='folder with ml-100k')
    parser.add_argument('--only', choices=['quality', 'speed', 'sizes'], help='one of the tables')
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--folds', type=int, default=2, help='random folds besides u1')
    parser.add_argument('--epochs', type=int, help='other than the default')
    parser.add_argument('--largest', type=int, default=10_000_000, help='how many ratings are made up at most')
    options, _ = parser.parse_known_args(arguments)
    changes = {} if options.epochs is None else {'epochs': options.epochs}
    if options.only in (None, 'quality'):
        measure_quality(options.data, options.seeds, options.folds, changes)
    if options.only in (None, 'speed'):
        measure_speed(options.data)
    if options.only in (None, 'sizes'):
        measure_sizes(options.largest)


if __name__ == '__main__':
    main()
