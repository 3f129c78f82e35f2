from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest

from redshells.errors import DataError, ParameterError
from redshells.factory.boosted_trees import CATBOOST, LIGHTGBM, XGBOOST
from redshells.model import load_class
from redshells.model.early_stopping import EarlyStopping, RoundWatcher
from redshells.model.encoded_table import EncodedTable
from redshells.model.frame import TableData
from redshells.model.lightgbm import LightGBMModel
from redshells.model.metric import get_metric
from redshells.tuning.training import TrainingPlan, evaluate, train_model

SPECS = {'lightgbm': LIGHTGBM, 'xgboost': XGBOOST, 'catboost': CATBOOST}


def _rows(kind: str) -> TableData:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(300, 3)), columns=['a', 'b', 'c'])
    noisy = X['a'] + rng.normal(size=300)
    targets = {
        'small numbers': X['a'].abs() * 0.3,
        'counts': pd.Series(rng.poisson(np.exp(X['a'] * 0.5 + 1)) + 1.0),
        'two classes': (noisy > 0).astype(int),
        'three classes': noisy.round().clip(0, 2).astype(int),
    }
    return TableData(X, targets[kind].rename('y'), pd.Series(rng.random(300) + 0.1, name='weight'))


@pytest.mark.parametrize(
    ('library', 'kind', 'metric_name', 'arguments'),
    [
        ('lightgbm', 'small numbers', 'mape', {}),
        ('xgboost', 'small numbers', 'mape', {}),
        ('lightgbm', 'counts', 'rmse', {'objective': 'poisson'}),
        ('xgboost', 'counts', 'rmse', {'objective': 'count:poisson'}),
        ('catboost', 'counts', 'rmse', {'loss_function': 'Poisson'}),
        ('catboost', 'counts', 'r2', {'loss_function': 'Tweedie:variance_power=1.5'}),
        ('lightgbm', 'two classes', 'auc', {}),
        ('xgboost', 'two classes', 'auc', {}),
        ('catboost', 'two classes', 'auc', {}),
        ('catboost', 'two classes', 'brier', {}),
        ('lightgbm', 'three classes', 'logloss', {'objective': 'multiclassova'}),
        ('catboost', 'three classes', 'logloss', {'loss_function': 'MultiClassOneVsAll'}),
        ('catboost', 'three classes', 'brier', {'loss_function': 'MultiClassOneVsAll'}),
        ('catboost', 'three classes', 'brier', {}),
    ],
)
def test_the_watched_score_is_the_metric_of_the_predictions(
    library: str, kind: str, metric_name: str, arguments: dict[str, Any]
) -> None:
    data, problem = _rows(kind), 'classification' if 'classes' in kind else 'regression'
    train, held_out = data.take(np.arange(200)), data.take(np.arange(200, 300))
    classes = data.target.nunique() if problem == 'classification' else None
    metric, seen = get_metric(metric_name, problem, classes), {}
    model = load_class(SPECS[library].model_class)(
        problem=problem, number_of_rounds=12, n_jobs=1, model_kwargs=arguments
    )

    model.fit(
        train.features,
        train.target,
        train.weight,
        early_stopping=EarlyStopping(held_out, metric, 5, on_round=seen.__setitem__),
    )

    assert seen[model.best_round_] == pytest.approx(evaluate(model, held_out, metric), rel=1e-4)


@pytest.mark.parametrize('library', SPECS)
def test_a_score_that_is_no_number_is_refused(library: str) -> None:
    data = _rows('two classes')
    one_class = data.take(np.flatnonzero(data.target == 1))
    build = SPECS[library].build_with(problem='classification', random_seed=0, n_jobs=1)

    with pytest.raises(DataError, match=r'auc on the .* held-out rows is nan'):
        train_model(build, data, TrainingPlan(metric='auc', early_stopping_rounds=2), {}, one_class)


def test_linear_boosting_is_refused() -> None:
    data = _rows('counts')
    build = XGBOOST.build_with(problem='regression', random_seed=0, n_jobs=1)

    with pytest.raises(ParameterError, match='gblinear'):
        train_model(build, data, TrainingPlan(), {'booster': 'gblinear'})


def test_class_weights_are_put_on_rows_that_are_binned_once() -> None:
    data = _rows('two classes')
    encoder = LightGBMModel(n_jobs=1)
    table = encoder.encode(data)
    train, held_out = table.take(np.arange(200)), table.take(np.arange(200, 300))

    for _ in range(9):
        model = LightGBMModel(n_jobs=1, number_of_rounds=2, model_kwargs={'class_weight': 'balanced'})
        model.fit_encoded(train, encoder, EarlyStopping(held_out, get_metric('logloss', 'classification', 2), 2))

    weighted = [one for part in (train, held_out) for one in part._native.values() if isinstance(one, EncodedTable)]
    assert len(weighted) == 1
    kept = [one for part in (table, train, held_out, *weighted) for one in part._native.values()]
    assert sum(isinstance(one, lightgbm.Dataset) for one in kept) == 3  # the whole, and two parts of it


def test_the_first_of_equal_rounds_is_the_best() -> None:
    watcher = RoundWatcher(EarlyStopping(_rows('small numbers'), get_metric('rmse', 'regression'), 2))

    assert [watcher.should_stop(number, score) for number, score in enumerate([3.0, 1.0, 1.0, 2.0], start=1)] == [
        False,
        False,
        False,
        True,
    ]
    assert watcher.best_round == 2
