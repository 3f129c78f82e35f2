"""Factorization machines on MovieLens 100K beside myFM, in one run: RMSE and CPU seconds; and how the cost grows."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, median
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks import print_table
from redshells.model.factorization_machine import FactorizationMachine
from redshells.model.factorization_rows import encode_rows, join_fields
from redshells.model.feature_fields import FeatureFields

IDS = ['user', 'item']
Predict = Callable[[pd.DataFrame, 'pd.Series[float]', pd.DataFrame, int], npt.NDArray[Any]]


def read_ratings(path: Path) -> pd.DataFrame:
    """User, item, rating and time of each row."""
    return pd.read_csv(path, sep='\t', names=['user', 'item', 'rating', 'time'])


def read_fields(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is known of users and of items, by their ids."""
    users = pd.read_csv(folder / 'u.user.gz', sep='|', names=['user', 'age', 'sex', 'job', 'zip'], index_col='user')
    users = users.assign(age=(users['age'] // 5).astype(str), zip=users['zip'].str[0])
    films = pd.read_csv(folder / 'u.item.gz', sep='|', header=None, encoding='latin1', index_col=0)
    genres = [[f'g{number}' for number in np.flatnonzero(row)] for row in films.iloc[:, 4:].to_numpy()]
    items = pd.DataFrame({'year': films[2].astype(str).str[-4:], 'genres': genres}, index=films.index)
    return users, items


def with_fields(table: pd.DataFrame, users: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """User and item of each row, and what is known of them."""
    return table[IDS].join(users, on='user').join(items, on='item')


def by_redshells(**arguments: Any) -> Predict:
    """FactorizationMachine with its defaults but for these arguments."""

    def predict(table: pd.DataFrame, target: pd.Series[float], new: pd.DataFrame, seed: int) -> npt.NDArray[np.float64]:
        model = FactorizationMachine(categorical_column_names=IDS, random_seed=seed, **arguments)
        return model.fit(table, target).predict(new)

    return predict


def by_myfm(table: pd.DataFrame, target: pd.Series[float], new: pd.DataFrame, seed: int) -> npt.NDArray[Any]:
    """MyFMRegressor of rank 10 with 200 iterations, all of which it keeps, with a group for each field."""
    if 'pkg_resources' not in sys.modules:  # which myFM imports for its version only, and setuptools no longer has
        resources = ModuleType('pkg_resources')
        resources.DistributionNotFound = LookupError  # type: ignore[attr-defined]
        resources.get_distribution = _no_distribution  # type: ignore[attr-defined]
        sys.modules['pkg_resources'] = resources
    import myfm  # type: ignore[import-untyped]

    fields = FeatureFields.of(table, categorical_column_names=IDS)
    rows = encode_rows(fields, table)
    model = myfm.MyFMRegressor(rank=10, random_seed=seed)
    model.fit(
        join_fields(rows).astype(np.float64), target.to_numpy(), n_iter=200, group_shapes=[one.size for one in rows]
    )
    predicted = model.predict(join_fields(encode_rows(fields, new)).astype(np.float64), n_workers=1)
    return np.asarray(np.clip(predicted, target.min(), target.max()))


def _no_distribution(name: str) -> None:
    raise LookupError(name)


MODELS: dict[str, tuple[Predict, bool]] = {
    'myFM, user and item': (by_myfm, False),
    'mcmc, user and item': (by_redshells(engine='mcmc'), False),
    'adam, user and item': (by_redshells(engine='adam'), False),
    'myFM, all fields': (by_myfm, True),
    'mcmc, all fields': (by_redshells(engine='mcmc'), True),
    'adam, all fields': (by_redshells(engine='adam'), True),
}
"""What predicts, and whether it is given what is known of users and items besides their ids."""


def measure(
    name: str, train: pd.DataFrame, test: pd.DataFrame, known: tuple[pd.DataFrame, pd.DataFrame], seed: int
) -> tuple[float, float]:
    """CPU seconds of training and prediction, and RMSE."""
    predict, has_fields = MODELS[name]
    table, new = (with_fields(one, *known) if has_fields else one[IDS] for one in (train, test))
    started = time.process_time()
    found = predict(table, train['rating'], new, seed)
    seconds = time.process_time() - started
    return seconds, float(np.sqrt(np.mean((found - test['rating'].to_numpy()) ** 2)))


def compare(
    title: str,
    parts: Sequence[tuple[pd.DataFrame, pd.DataFrame]],
    known: tuple[pd.DataFrame, pd.DataFrame],
    names: Sequence[str],
) -> None:
    """Print how the models do on pairs of tables, each with a seed of its own."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for seed, (train, test) in enumerate(parts):
        for name in names:  # by turns, so that all see the machine as busy as it is
            found[name].append(measure(name, train, test, known, seed))
    rows: list[list[object]] = []
    for name, values in found.items():
        seconds, errors = [one for one, _ in values], [one for _, one in values]
        peer = [one for one, _ in found.get(f'myFM,{name.partition(",")[2]}', [])]
        ratio = median(a / b for a, b in zip(peer, seconds, strict=True)) if peer else float('nan')
        rows.append([name, mean(errors), min(errors), max(errors), median(seconds), ratio])
    print_table(title, ['model', 'RMSE', 'least', 'largest', 'CPU s', 'times faster than myFM'], rows)


def split(table: pd.DataFrame, count: int) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Random folds."""
    fold = np.random.default_rng(0).permutation(len(table)) % count
    return [(table[fold != number], table[fold == number]) for number in range(count)]


def grow(sizes: Sequence[int]) -> None:
    """Print what a step costs on synthetic tables: users, items, hours and a number."""
    rows: list[list[object]] = []
    FactorizationMachine(engine='adam', epochs=1).fit(pd.DataFrame({'x': [0.0, 1.0]}), [0.0, 1.0])  # loads PyTorch
    for size in sizes:
        generator = np.random.default_rng(0)
        table = pd.DataFrame(
            {
                'user': generator.integers(0, size // 100, size),
                'item': (generator.pareto(1.0, size) * 50).astype(np.int64) % (size // 200),
                'hour': generator.integers(0, 24, size).astype(str),
                'price': generator.normal(size=size),
            }
        )
        target = generator.normal(size=size)
        for engine, short, long in (
            ('mcmc', {'iterations': 1, 'burn_in': 0}, {'iterations': 3, 'burn_in': 2}),
            ('adam', {'epochs': 1, 'batch_size': 8192}, {'epochs': 2, 'batch_size': 8192}),
        ):
            seconds = []
            for arguments in (short, long):
                started = time.process_time()
                model = FactorizationMachine(engine=engine, categorical_column_names=IDS, **arguments)  # type: ignore[arg-type]
                model.fit(table, target)
                seconds.append(time.process_time() - started)
            steps = 2 if engine == 'mcmc' else 1
            step = (seconds[1] - seconds[0]) / steps
            rows.append([engine, f'{size:,}', f'{model.fields_.size:,}', step, step / size * 1e6, seconds[0] - step])
    header = ['engine', 'rows', 'features', 'CPU s a pass', 'CPU µs a row', 'CPU s besides']
    print_table('an iteration of mcmc and an epoch of adam, embedding_size=10, four fields', header, rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', required=True, help='folder with ml-100k')
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--folds', type=int, default=5, help='random folds of all ratings; 0 for none')
    parser.add_argument('--models', choices=list(MODELS), nargs='*', default=list(MODELS))
    parser.add_argument('--rows', type=int, nargs='*', default=[100_000, 1_000_000], help='rows of synthetic tables')
    options, _ = parser.parse_known_args(arguments)
    folder = Path(options.data) / 'ml-100k'
    known = read_fields(folder)
    base, test = read_ratings(folder / 'u1.base.gz'), read_ratings(folder / 'u1.test.gz')
    if options.seeds:
        title = f'MovieLens 100K, u1, {options.seeds} seeds'
        compare(title, [(base, test)] * options.seeds, known, options.models)
    if options.folds:
        folds = split(read_ratings(folder / 'u.data.gz'), options.folds)
        compare(f'MovieLens 100K, {options.folds} random folds', folds, known, options.models)
    if options.rows:
        grow(options.rows)


if __name__ == '__main__':
    main()
