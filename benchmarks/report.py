"""What a report costs at 100,000 rows, in a fresh process each time: seconds of the task, and the size of the page."""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import gokart
import luigi
import numpy as np
import pandas as pd

from benchmarks import print_table
from redshells.report import ReportData, ReportModel
from redshells.train import TrainCatBoost, TrainLightGBM, TrainXGBoost

_TARGET = 'y'
_CASES: dict[str, tuple[Any, str, int]] = {
    'LightGBM, 2 classes': (TrainLightGBM, 'classification', 2),
    'LightGBM, 5 classes': (TrainLightGBM, 'classification', 5),
    'LightGBM, numbers': (TrainLightGBM, 'regression', 0),
    'LightGBM, ranking': (TrainLightGBM, 'ranking', 5),
    'XGBoost, 2 classes': (TrainXGBoost, 'classification', 2),
    'CatBoost, 2 classes': (TrainCatBoost, 'classification', 2),
    'CatBoost, 2 classes, without its defaults': (TrainCatBoost, 'classification', 2),
    'a table': (None, 'classification', 2),
}


class Table(gokart.TaskOnKart[pd.DataFrame]):
    """22 columns of numbers and 8 of texts, a tenth of one of them missing. Output: a data frame."""

    task_namespace = 'benchmarks'
    rows: int = luigi.IntParameter()
    classes: int = luigi.IntParameter()
    seed: int = luigi.IntParameter()

    def output(self) -> Any:
        """A feather file."""
        return self.make_target('table.feather')

    def run(self) -> None:
        """Draw the values."""
        generator = np.random.default_rng(self.seed)
        frame = pd.DataFrame(generator.normal(size=(self.rows, 22)), columns=[f'number_{i}' for i in range(22)])
        for i in range(8):
            frame[f'text_{i}'] = generator.choice([f'level {j}' for j in range(2 + 5 * i)], self.rows)
        score = frame['number_0'] + frame['number_1'] * frame['number_2'] + 2 * (frame['text_1'] == 'level 2')
        score += generator.normal(size=self.rows)
        frame['number_3'] = frame['number_3'].where(generator.random(self.rows) > 0.1)
        frame['query'] = np.arange(self.rows) // 20
        frame[_TARGET] = pd.qcut(score, self.classes, labels=False) if self.classes else score
        self.dump(frame)


def make_report(case: str, rows: int, workspace: str) -> gokart.TaskOnKart[Any]:
    """The report of a case, on as many scored rows as rows of the training."""
    train_class, problem, classes = _CASES[case]
    place = {'workspace_directory': workspace}
    train, test = (Table(rows=rows, classes=classes, seed=seed, **place) for seed in (0, 1))
    if train_class is None:
        return ReportData(data_task=train, target_column_name=_TARGET, **place)
    model = train_class(
        train_data_task=train,
        target_column_name=_TARGET,
        problem=problem,
        group_column_name='query' if problem == 'ranking' else None,
        feature_column_names=[f'number_{i}' for i in range(22)] + [f'text_{i}' for i in range(8)],
        model_kwargs={'learning_rate': 0.1},
        **place,
    )
    baselines = ('prior', 'linear') if case.endswith('without its defaults') else ('prior', 'linear', 'defaults')
    return ReportModel(model_task=model, data_task=test, baselines=baselines, **place)


def prepare(task: gokart.TaskOnKart[Any]) -> None:
    """Build what the report needs, and remove the report."""
    for needed in luigi.task.flatten(task.requires()):  # type: ignore[no-untyped-call]
        gokart.build(needed, reset_register=False, log_level=logging.CRITICAL, return_value=False)
    with suppress(FileNotFoundError):
        os.remove(str(task.output().path()))


def measure(task: gokart.TaskOnKart[Any]) -> tuple[float, float]:
    """Build the report, whose inputs are there.

    Returns:
        Seconds of the build, and thousands of bytes of the page.
    """
    started = time.perf_counter()
    report = gokart.build(task, reset_register=False, log_level=logging.CRITICAL)
    return time.perf_counter() - started, len(report.html.encode()) / 1e3


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rows', type=int, default=100_000)
    parser.add_argument('--repeats', type=int, default=3)
    parser.add_argument('--case', choices=list(_CASES), nargs='*', default=list(_CASES))
    parser.add_argument('--workspace', help='measure the first case once in this process, and print JSON')
    options = parser.parse_args(arguments)
    if options.workspace:
        print(json.dumps(measure(make_report(options.case[0], options.rows, options.workspace))))
        return
    rows = []
    with tempfile.TemporaryDirectory() as workspace:
        for case in options.case:
            found = [_measure_apart(case, options.rows, workspace) for _ in range(options.repeats)]
            seconds = [one for one, _ in found]
            rows.append([case, statistics.median(seconds), min(seconds), max(seconds), found[0][1]])
    header = ['report', 'median s', 'least', 'most', 'kB']
    print_table(f'Reports on {options.rows:,} rows of training and as many scored ones, 30 columns', header, rows)


def _measure_apart(case: str, rows: int, workspace: str) -> tuple[float, float]:
    prepare(make_report(case, rows, workspace))
    command = [sys.executable, '-m', 'benchmarks.report', '--case', case, '--rows', str(rows), '--workspace', workspace]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, size = json.loads(done.stdout.splitlines()[-1])
    return seconds, size


if __name__ == '__main__':
    main()
