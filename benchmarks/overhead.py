"""What ``TrainLightGBM`` costs over ``lightgbm.train``: both read a file, train with equal arguments and save."""

from __future__ import annotations

import argparse
import cProfile
import logging
import os
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gokart
import lightgbm
import luigi
import numpy as np
import pandas as pd

from benchmarks import print_table
from redshells import load_model
from redshells.cores import thread_count
from redshells.train import TrainLightGBM
from redshells.tuning.split import train_validation_split

_TARGET = 'y'
_PATIENCE = 50
_EQUAL = {'objective': 'binary', 'seed': 0, 'verbosity': -1, 'deterministic': True, 'force_col_wise': True}


class Table(gokart.TaskOnKart[pd.DataFrame]):
    """Numbers with a target that trees can learn in part. Output: a data frame."""

    task_namespace = 'benchmarks'
    rows: int = luigi.IntParameter()
    columns: int = luigi.IntParameter()

    def output(self) -> Any:
        """A feather file, as gokart's default is a pickle."""
        return self.make_target('table.feather')

    def run(self) -> None:
        """Draw the numbers."""
        generator = np.random.default_rng(0)
        X = generator.normal(size=(self.rows, self.columns))
        signal = X[:, 0] + X[:, 1] * X[:, 2] + np.sin(3 * X[:, 3]) + X[:, 4:10].sum(axis=1) / 3
        frame = pd.DataFrame(X, columns=[f'feature_{i}' for i in range(self.columns)])
        self.dump(frame.assign(**{_TARGET: (signal + generator.normal(size=self.rows) > 0).astype(np.int64)}))


@dataclass(frozen=True)
class Case:
    """One way to train, by the task and by hand.

    Args:
        name: What it is called in the table.
        arguments: Arguments of the task.
        rounds: Number of rounds; at most so many where it stops early.
        stops_early: Whether rows are held out, and the model is trained again on all.
    """

    name: str
    arguments: dict[str, Any]
    rounds: int
    stops_early: bool = False


def cases(rounds: tuple[int, ...]) -> list[Case]:
    """Fixed numbers of rounds, then early stopping with a refit."""
    fixed = [Case(f'{n} rounds', {'validation_size': 0.0, 'model_kwargs': {'num_boost_round': n}}, n) for n in rounds]
    return [*fixed, Case('early stopping, refit', {'early_stopping_rounds': _PATIENCE}, 10_000, stops_early=True)]


def train_bare(path: str, model_path: str, case: Case, params: dict[str, Any]) -> None:
    """What one writes without redshells.

    Args:
        path: The feather file.
        model_path: Where the model goes.
        case: How to train.
        params: Parameters of LightGBM.
    """
    frame = pd.read_feather(path)
    X, y = frame[[name for name in frame if name.startswith('feature_')]], frame[_TARGET]  # gokart adds its index
    rounds = case.rounds
    if case.stops_early:
        train, rest = train_validation_split(
            number_of_rows=len(frame), split='stratified', validation_size=0.2, random_seed=0, target=y.to_numpy()
        )
        data = lightgbm.Dataset(X.iloc[train], y.iloc[train], params=params)
        held_out = data.create_valid(X.iloc[rest], y.iloc[rest])
        stop = lightgbm.early_stopping(_PATIENCE, verbose=False)
        with_metric = {**params, 'metric': 'binary_logloss'}
        booster = lightgbm.train(with_metric, data, rounds, valid_sets=[held_out], callbacks=[stop])
        rounds = booster.best_iteration
    lightgbm.train(params, lightgbm.Dataset(X, y, params=params), rounds).save_model(model_path)


def train_with_task(workspace: str, table: Table, case: Case, threads: int) -> str:
    """Build the task, whose input is there already.

    Returns:
        The path of the model.
    """
    task = TrainLightGBM(
        train_data_task=table,
        target_column_name=_TARGET,
        workspace_directory=workspace,
        should_dump_supplementary_log_files=False,
        n_jobs=threads,
        **case.arguments,
    )
    path = str(task.output().path())
    if os.path.exists(path):
        os.remove(path)
    gokart.build(task, reset_register=False, log_level=logging.CRITICAL, return_value=False)
    return path


def seconds_of(function: Callable[..., Any], *args: Any) -> float:
    """Seconds that a call takes."""
    started = time.perf_counter()
    function(*args)
    return time.perf_counter() - started


def seconds_by_place(function: Callable[..., Any], *args: Any) -> tuple[float, float, float]:
    """Where the seconds of a build go, by cProfile: in LightGBM, in the rest of ``run``, and in gokart around it."""
    profile = cProfile.Profile()
    profile.runcall(function, *args)
    statistics_of_calls = pstats.Stats(profile)
    run = native = 0.0
    for (file, _, name), (_, _, _, cumulative, callers) in statistics_of_calls.stats.items():  # type: ignore[attr-defined]
        if file.endswith('redshells/task.py') and name == 'run':
            run += cumulative
        if '/lightgbm/' in file:  # counted where it is called from outside
            native += sum(times[3] for caller, times in callers.items() if '/lightgbm/' not in caller[0])
    return native, run - native, statistics_of_calls.total_tt - run  # type: ignore[attr-defined]


def measure(case: Case, workspace: str, table: Table, repeats: int, threads: int) -> tuple[list[object], list[object]]:
    """Alternate both ways, and profile one more build.

    Returns:
        A row for each of the two tables.
    """
    bare_path = os.path.join(workspace, 'bare.txt')
    params = {**_EQUAL, 'num_threads': thread_count(threads)}
    source = table.output().path()
    bare, ours = [], []
    for _ in range(repeats):
        bare.append(seconds_of(train_bare, source, bare_path, case, params))
        ours.append(seconds_of(train_with_task, workspace, table, case, threads))
    ratios = [b / a for a, b in zip(bare, ours, strict=True)]
    path = train_with_task(workspace, table, case, threads)
    equal = _trees(load_model(path).booster) == _trees(lightgbm.Booster(model_file=bare_path))
    medians = [statistics.median(values) for values in (bare, ours, ratios)]
    overhead: list[object] = [case.name, *medians, min(ratios), max(ratios), 'yes' if equal else 'no']
    return overhead, [case.name, *seconds_by_place(train_with_task, workspace, table, case, threads)]


def _trees(booster: lightgbm.Booster) -> str:
    return booster.model_to_string().partition('Tree=0')[2].partition('end of trees')[0]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rows', type=int, default=100_000)
    parser.add_argument('--columns', type=int, default=50)
    parser.add_argument('--rounds', type=int, nargs='*', default=[100, 300])
    parser.add_argument('--repeats', type=int, default=7)
    parser.add_argument('--threads', type=int, default=-1, help='1 where other processes are at work; -1: all cores')
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as workspace:
        table = Table(rows=options.rows, columns=options.columns, workspace_directory=workspace)
        gokart.build(table, reset_register=False, log_level=logging.CRITICAL, return_value=False)
        measured = [
            measure(case, workspace, table, options.repeats, options.threads) for case in cases(tuple(options.rounds))
        ]
    shape = f'{options.rows:,} rows x {options.columns} columns'
    header = ['case', 'bare s', 'task s', 'ratio', 'least', 'most', 'equal trees']
    print_table(
        f'TrainLightGBM over lightgbm.train, {shape}, {options.repeats} runs', header, [row for row, _ in measured]
    )
    header = ['case', 'LightGBM s', 'rest of run s', 'gokart s']
    print_table('Where the seconds of the task go (cProfile, one run)', header, [row for _, row in measured])


if __name__ == '__main__':
    main()
