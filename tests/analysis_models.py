"""Trained models, and their rows, for the tests of the analysis and of the pages."""

from __future__ import annotations

import functools
from typing import Any

from redshells.model.estimator import EstimatorModel
from redshells.model.frame import TableData, cut_table
from redshells.model.lightgbm import LightGBMModel
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
