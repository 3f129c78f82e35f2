"""How long it takes to construct a graph of 194 tasks and its unique ids, in a fresh process each time."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import Any

import gokart
import luigi
import pandas as pd

from benchmarks import print_table
from redshells.predict import PredictTable
from redshells.train import OptimizeLightGBM, TrainLightGBM

_REPEATS = 5
_FEATURES, _MODELS, _FOLDS = 20, 10, 8


class Feature(gokart.TaskOnKart[pd.DataFrame]):
    """A feature of the user's, with plain parameters."""

    task_namespace = 'benchmarks'
    number: int = luigi.IntParameter()
    date: str = luigi.Parameter(default='2026-01-01')


class Labels(gokart.TaskOnKart[pd.DataFrame]):
    """What is to be predicted."""

    task_namespace = 'benchmarks'


class Features(gokart.TaskOnKart[pd.DataFrame]):
    """All features and the labels in one table."""

    task_namespace = 'benchmarks'
    label_task: Any = gokart.TaskInstanceParameter()
    feature_tasks: Any = gokart.ListTaskInstanceParameter()


class Customers(gokart.TaskOnKart[pd.DataFrame]):
    """The rows to predict."""

    task_namespace = 'benchmarks'
    features_task: Any = gokart.TaskInstanceParameter()


class Blend(gokart.TaskOnKart[pd.DataFrame]):
    """The mean of all predictions."""

    task_namespace = 'benchmarks'
    prediction_tasks: Any = gokart.ListTaskInstanceParameter()


def build_graph() -> Blend:
    """20 features, 10 tuned models in 8 folds each, a prediction of each, and their blend."""
    features = Features(label_task=Labels(), feature_tasks=[Feature(number=number) for number in range(_FEATURES)])
    customers = Customers(features_task=features)
    predictions = []
    for number in range(_MODELS):
        best = OptimizeLightGBM(train_data_task=features, random_seed=number)
        for fold in range(_FOLDS):
            model = TrainLightGBM(train_data_task=features, best_params_task=best, random_seed=100 * number + fold)
            predictions.append(PredictTable(model_task=model, data_task=customers))
    return Blend(prediction_tasks=predictions)


def count_tasks(task: Any) -> int:
    """How many tasks there are from this one on."""
    found: dict[str, Any] = {}
    todo = [task]
    while todo:
        current = todo.pop()
        if current.task_id not in found:
            found[current.task_id] = current
            todo += luigi.task.flatten(current.requires())  # type: ignore[no-untyped-call]
    return len(found)


def main() -> None:
    """Print the table, or the seconds of one construction if ``once`` is given."""
    if sys.argv[1:] == ['once']:
        started = time.perf_counter()
        blend = build_graph()
        constructed = time.perf_counter() - started
        unique_id = blend.make_unique_id()
        print(count_tasks(blend), constructed, time.perf_counter() - started, unique_id)
        return
    runs = [
        subprocess.run(
            [sys.executable, '-m', 'benchmarks.graph', 'once'], check=True, capture_output=True, text=True
        ).stdout.split()
        for _ in range(_REPEATS)
    ]
    assert len({run[3] for run in runs}) == 1, 'the unique id differs from process to process'
    medians = [statistics.median(float(run[column]) for run in runs) for column in (1, 2)]
    header = ['tasks', 'constructed s', 'with unique id s']
    print_table(f'A graph in a fresh process, median of {_REPEATS}', header, [[runs[0][0], *medians]])


if __name__ == '__main__':
    main()
