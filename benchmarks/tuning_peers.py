"""The peers of the tuning benchmark: FLAML, LightGBMTuner, naive tuning, and the defaults of the libraries."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.data_sets import DataSet
from redshells.model.metric import get_metric
from redshells.model.target_encoding import TargetEncoding

Result = tuple[npt.NDArray[np.float64], int]
"""What the metric takes, and the number of trials."""
Method = Callable[[DataSet, float, int], Result]
"""Gets a data set, the budget in seconds, and a seed."""


def naive(library: str) -> Method:
    """Optuna over the scikit-learn wrapper, with a fresh split and fresh binning in each trial."""

    def method(data: DataSet, budget: float, seed: int) -> Result:
        import optuna
        from sklearn.model_selection import train_test_split

        end = time.perf_counter() + 0.9 * budget
        features, target = data.train.drop(columns='target'), data.train['target']
        encoding = TargetEncoding.of(target, data.problem)
        metric = get_metric(data.metric, data.problem, encoding.number_of_classes)
        generator = np.random.RandomState(seed)
        codes = encoding.encode(target)
        strata = None if data.problem == 'regression' else codes

        def objective(trial: optuna.Trial) -> float:
            a, b, ya, yb = train_test_split(features, codes, test_size=0.2, random_state=generator, stratify=strata)
            model = _wrapper(library, data, seed, **_NAIVE_SPACES[library](trial)).fit(a, ya)
            return metric(yb, model.predict(b) if data.problem == 'regression' else model.predict_proba(b))

        study = optuna.create_study(direction=metric.direction, sampler=optuna.samplers.TPESampler(seed=seed))
        while time.perf_counter() < end:
            study.optimize(objective, n_trials=1)
        best = optuna.trial.FixedTrial(study.best_params)
        return _with_wrapper(library, data, seed, **_NAIVE_SPACES[library](best)), len(study.trials)

    return method


def defaults(library: str) -> Method:
    """The library as it comes."""

    def method(data: DataSet, budget: float, seed: int) -> Result:
        return _with_wrapper(library, data, seed), 1

    return method


def _naive_lightgbm(trial: Any) -> dict[str, Any]:
    return {
        'num_leaves': trial.suggest_int('num_leaves', 10, 500),
        'learning_rate': trial.suggest_float('learning_rate', 1e-5, 1, log=True),
        'feature_fraction': trial.suggest_float('feature_fraction', 0.01, 1.0),
        'boosting_type': trial.suggest_categorical('boosting_type', ['gbdt', 'dart']),
    }


def _naive_xgboost(trial: Any) -> dict[str, Any]:
    return {
        'max_depth': trial.suggest_int('max_depth', 2, 12),
        'learning_rate': trial.suggest_float('learning_rate', 1e-3, 1, log=True),
        'n_estimators': trial.suggest_int('n_estimators', 50, 1000, log=True),
        'subsample': trial.suggest_float('subsample', 0.5, 1.0),
        'colsample_bytree': trial.suggest_float('colsample_bytree', 0.3, 1.0),
        'reg_lambda': trial.suggest_float('reg_lambda', 1e-3, 100, log=True),
    }


def _naive_catboost(trial: Any) -> dict[str, Any]:
    return {
        'depth': trial.suggest_int('depth', 2, 10),
        'learning_rate': trial.suggest_float('learning_rate', 1e-3, 1, log=True),
        'iterations': trial.suggest_int('iterations', 50, 1000, log=True),
        'l2_leaf_reg': trial.suggest_float('l2_leaf_reg', 1, 30, log=True),
    }


_NAIVE_SPACES = {'LightGBM': _naive_lightgbm, 'XGBoost': _naive_xgboost, 'CatBoost': _naive_catboost}


def flaml(data: DataSet, budget: float, seed: int) -> Result:
    """FLAML with LightGBM alone."""
    from flaml import AutoML

    automl = AutoML()
    automl.fit(
        data.train.drop(columns='target'),
        data.train['target'],
        task=data.problem,
        metric={'auc': 'roc_auc', 'logloss': 'log_loss', 'rmse': 'rmse'}[data.metric],
        estimator_list=['lgbm'],
        time_budget=budget,
        seed=seed,
        verbose=0,
    )
    features = data.test.drop(columns='target')
    values = automl.predict(features) if data.problem == 'regression' else automl.predict_proba(features)
    return np.asarray(values), len(automl.config_history)


def lightgbm_tuner(data: DataSet, budget: float, seed: int) -> Result:
    """Optuna's step-wise tuner, trained again on all rows."""
    import lightgbm
    import optuna_integration.lightgbm as tuner_module
    from sklearn.model_selection import train_test_split

    encoding = TargetEncoding.of(data.train['target'], data.problem)
    target = encoding.encode(data.train['target'])
    features = data.train.drop(columns='target')
    rows, held_out = train_test_split(
        np.arange(len(target)),
        test_size=0.2,
        random_state=seed,
        stratify=None if data.problem == 'regression' else target,
    )
    params: dict[str, Any] = {'objective': 'regression', 'metric': 'rmse', 'verbosity': -1, 'seed': seed}
    if data.problem == 'classification' and encoding.number_of_classes == 2:
        params.update(objective='binary', metric='auc')
    elif data.problem == 'classification':
        params.update(objective='multiclass', metric='multi_logloss', num_class=encoding.number_of_classes)
    train = lightgbm.Dataset(features.iloc[rows], target[rows])
    valid = lightgbm.Dataset(features.iloc[held_out], target[held_out], reference=train)
    tuner = tuner_module.LightGBMTuner(
        params,
        train,
        valid_sets=[valid],
        num_boost_round=1000,
        callbacks=[lightgbm.early_stopping(50, verbose=False)],
        time_budget=int(0.9 * budget),
        optuna_seed=seed,
        show_progress_bar=False,
    )
    tuner.run()
    rounds = tuner.get_best_booster().best_iteration
    booster = lightgbm.train(tuner.best_params, lightgbm.Dataset(features, target), max(1, int(rounds * 1.1)))
    values = np.asarray(booster.predict(data.test.drop(columns='target')))
    if params['objective'] == 'binary':
        values = np.column_stack([1 - values, values])
    return values, len(tuner.study.trials)


def _wrapper(library: str, data: DataSet, seed: int, **params: Any) -> Any:
    kind = 'Regressor' if data.problem == 'regression' else 'Classifier'
    if library == 'LightGBM':
        import lightgbm

        return getattr(lightgbm, f'LGBM{kind}')(**params, verbosity=-1, random_state=seed)
    if library == 'XGBoost':
        import xgboost

        return getattr(xgboost, f'XGB{kind}')(**params, enable_categorical=True, random_state=seed)
    import catboost

    categories = [name for name in data.train.columns if name != 'target' and _is_category(data.train[name])]
    silent = {'verbose': False, 'allow_writing_files': False}
    return _CatBoostOnTables(getattr(catboost, f'CatBoost{kind}')(**params, **silent, random_seed=seed), categories)


class _CatBoostOnTables:
    """CatBoost's wrapper, which takes no missing categories."""

    def __init__(self, model: Any, categories: list[str]) -> None:
        self._model = model
        self._categories = categories

    def fit(self, features: pd.DataFrame, target: Any) -> Any:
        self._model.fit(self._filled(features), target, cat_features=self._categories)
        return self

    def predict(self, features: pd.DataFrame) -> Any:
        return self._model.predict(self._filled(features))

    def predict_proba(self, features: pd.DataFrame) -> Any:
        return self._model.predict_proba(self._filled(features))

    def _filled(self, features: pd.DataFrame) -> pd.DataFrame:
        texts = {name: features[name].astype(object).fillna('missing').astype(str) for name in self._categories}
        return features.assign(**texts)


def _is_category(column: pd.Series[Any]) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def _with_wrapper(library: str, data: DataSet, seed: int, **params: Any) -> npt.NDArray[np.float64]:
    codes = TargetEncoding.of(data.train['target'], data.problem).encode(data.train['target'])
    model = _wrapper(library, data, seed, **params).fit(data.train.drop(columns='target'), codes)
    features = data.test.drop(columns='target')
    return np.asarray(model.predict(features) if data.problem == 'regression' else model.predict_proba(features))
