"""Tuning at an equal wall-clock budget: redshells beside FLAML, LightGBMTuner, naive tuning and the library's defaults.

    python -m benchmarks.tuning --data FOLDER --budget 60
    python -m benchmarks.tuning --tables mine.csv yours.parquet

Each method gets the training rows and the budget, and is scored on the test rows once, by AUC (two classes), log loss
(several) or RMSE. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import optuna
import pandas as pd

from benchmarks import print_table
from benchmarks.data_sets import DataSet, load_data_sets, load_table
from benchmarks.tuning_peers import Method, Result, defaults, flaml, lightgbm_tuner, naive
from redshells.model.metric import get_metric
from redshells.model.target_encoding import TargetEncoding

_SEARCH_SHARE = 0.8  # of the budget; training with the result takes up to a fifth of that time


def tuned_by_redshells(library: str) -> Method:
    """``OptimizeX`` and ``TrainX``, as tasks."""

    def method(data: DataSet, budget: float, seed: int) -> Result:
        import gokart

        from redshells import train

        class Rows(gokart.TaskOnKart[pd.DataFrame]):
            def output(self) -> Any:
                return self.make_target('rows.pkl')

            def run(self) -> None:
                self.dump(data.train)

        with tempfile.TemporaryDirectory() as workspace:
            common = {
                'train_data_task': Rows(workspace_directory=workspace),
                'target_column_name': 'target',
                'problem': data.problem,
                'random_seed': seed,
                'workspace_directory': workspace,
            }
            gokart.build(common['train_data_task'], reset_register=False)
            best = getattr(train, f'Optimize{library}')(
                **common, metric=data.metric, timeout=_SEARCH_SHARE * budget, show_progress=False
            )
            result = gokart.build(best, reset_register=False)
            task = getattr(train, f'Train{library}')(**common, best_params_task=best)
            model = gokart.build(task, reset_register=False)
        return model.predict_for_metric(data.test.drop(columns='target')), len(result.trials)

    return method


def within(share: float, method: Method) -> Method:
    """A method that gets a share of the budget."""
    return lambda data, budget, seed: method(data, share * budget, seed)


METHODS: dict[str, Method] = {
    'LightGBM by redshells': tuned_by_redshells('LightGBM'),
    'LightGBM by redshells, a third of the time': within(1 / 3, tuned_by_redshells('LightGBM')),
    'LightGBM by FLAML': flaml,
    'LightGBM by LightGBMTuner': lightgbm_tuner,
    'LightGBM, naive': naive('LightGBM'),
    'LightGBM, defaults': defaults('LightGBM'),
    'XGBoost by redshells': tuned_by_redshells('XGBoost'),
    'XGBoost, naive': naive('XGBoost'),
    'XGBoost, defaults': defaults('XGBoost'),
    'CatBoost by redshells': tuned_by_redshells('CatBoost'),
    'CatBoost, naive': naive('CatBoost'),
    'CatBoost, defaults': defaults('CatBoost'),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print two tables: the score of each method on each data set, and how often redshells is ahead of each peer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', type=Path, help='folder with further data sets')
    parser.add_argument(
        '--tables', type=Path, nargs='*', default=[], help="files with a column 'target', in their place"
    )
    parser.add_argument('--budget', type=float, default=60.0, help='seconds for each method')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--methods', nargs='*', default=list(METHODS))
    parser.add_argument('--sets', nargs='*', help='names of the data sets; all when left out')
    options = parser.parse_args(arguments)
    warnings.simplefilter('ignore')
    logging.disable(logging.WARNING)
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # gokart takes the line above back
    rows: list[list[Any]] = []
    losses: dict[str, dict[str, float]] = defaultdict(dict)
    for data in map(load_table, options.tables) if options.tables else load_data_sets(options.data):
        if options.sets and data.name not in options.sets:
            continue
        for name in options.methods:
            row, loss = _measure(data, name, options.budget, options.seed)
            rows.append(row)
            print(*row, sep='\t', flush=True)
            if loss is not None:
                losses[name][data.name] = loss
    print_table(f'Tuning in {options.budget:g} s', ['data set', 'method', 'test score', 'trials', 'seconds'], rows)
    print_table(
        'redshells ahead of its peers', ['redshells', 'peer', 'better', 'worse', 'mean loss ratio'], _duels(losses)
    )


def _measure(data: DataSet, name: str, budget: float, seed: int) -> tuple[list[Any], float | None]:
    encoding = TargetEncoding.of(data.train['target'], data.problem)
    metric = get_metric(data.metric, data.problem, encoding.number_of_classes)
    started = time.perf_counter()
    try:
        values, trials = METHODS[name](data, budget, seed)
    except ImportError as error:
        return [data.name, name, f'not installed: {error.name}', '', ''], None
    seconds = time.perf_counter() - started
    score = metric(encoding.encode(data.test['target']), values)
    row = [data.name, name, f'{data.metric} {score:.5g}', trials, round(seconds, 1)]
    return row, 1.0 - score if metric.direction == 'maximize' else score


def _duels(losses: dict[str, dict[str, float]]) -> list[list[Any]]:
    rows = []
    for own, library in [(name, name.split()[0]) for name in losses if 'redshells' in name]:
        for peer in losses:
            if peer.startswith(library) and 'redshells' not in peer:
                ratios = pd.Series(losses[own]) / pd.Series(losses[peer])
                mean = float(ratios.prod() ** (1 / len(ratios)))
                rows.append([own, peer, int((ratios < 1).sum()), int((ratios > 1).sum()), mean])
    return rows


if __name__ == '__main__':
    main()
