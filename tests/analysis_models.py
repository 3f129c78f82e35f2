"""Trained models, their rows, and searches, for the tests of the analysis and of the pages."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from redshells.model.estimator import EstimatorModel
from redshells.model.frame import TableData, cut_table
from redshells.model.lightgbm import LightGBMModel
from redshells.tuning import SearchSpace, TuningResult
from redshells.tuning.result import TrialRecord, best_record
from tests.tables import classes_table, numbers_table, queries_table

PROBLEMS: dict[str, dict[str, Any]] = {
    'binary': {'table': classes_table, 'target': 'category', 'problem': 'classification'},
    'multiclass': {
        'table': lambda rows, seed: classes_table(rows, seed, 3),
        'target': 'category',
        'problem': 'classification',
    },
    'regression': {'table': numbers_table, 'target': 'y', 'problem': 'regression'},
    'ranking': {
        'table': lambda rows, seed: queries_table(rows // 8, seed),
        'target': 'relevance',
        'problem': 'ranking',
    },
}


@functools.cache
def data_of(kind: str, rows: int = 400, seed: int = 0) -> TableData:
    """Rows of a problem."""
    one = PROBLEMS[kind]
    group = 'query' if kind == 'ranking' else ''
    return cut_table(one['table'](rows, seed), target_column_name=one['target'], group_column_name=group)


@functools.cache
def trees_of(kind: str, rounds: int = 30) -> LightGBMModel:
    """A model of boosted trees, trained on these rows."""
    data = data_of(kind)
    model = LightGBMModel(
        problem=PROBLEMS[kind]['problem'], model_kwargs={'num_leaves': 7}, number_of_rounds=rounds, n_jobs=1
    )
    return model.fit(data.features, data.target, group=data.group)


@functools.cache
def estimator_of(kind: str, estimator: str) -> EstimatorModel:
    """An estimator of scikit-learn, trained on these rows."""
    data = data_of(kind)
    model = EstimatorModel(estimator=estimator, problem=PROBLEMS[kind]['problem'], n_jobs=1)
    return model.fit(data.features, data.target)


SPACE = SearchSpace(
    {
        'rate': {'type': 'float', 'low': 1e-4, 'high': 1.0, 'log': True},
        'depth': {'type': 'int', 'low': 1, 'high': 9},
        'kind': {'type': 'categorical', 'choices': [None, True, 'a', 2]},
    }
)


def search(
    trials: int,
    value: Callable[[dict[str, Any], int], float | None] = lambda params, number: -abs(np.log10(params['rate']) + 2),
    *,
    states: Sequence[str] = ('COMPLETE',),
    direction: str = 'maximize',
    space: SearchSpace = SPACE,
) -> TuningResult:
    """A search of as many trials, whose states take turns; the rate is what matters by default."""
    generator = np.random.default_rng(0)
    records = []
    for number in range(trials):
        params = {
            'rate': float(10 ** generator.uniform(-4, 0)),
            'depth': int(generator.integers(1, 10)),
            'kind': [None, True, 'a', 2][int(generator.integers(4))],
        }
        params = {name: params[name] for name in space.names}
        state = states[number % len(states)]
        records.append(
            TrialRecord(
                number=number,
                state=state,
                value=None if state == 'FAIL' else value(params, number),
                params=params,
                number_of_rounds=None,
                duration=0.5,
                started='2024-01-01T00:00:00',
            )
        )
    best = best_record(records, direction)
    assert best is not None
    assert best.value is not None
    return TuningResult(
        model='LightGBM',
        problem='classification',
        target_column_name='y',
        metric='auc',
        direction=direction,
        best_params=best.params,
        best_value=best.value,
        number_of_rounds=None,
        search_space=space,
        random_seed=0,
        trial_records=tuple(records),
    )
