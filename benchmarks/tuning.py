"""Tuning at an equal wall-clock budget: redshells beside FLAML, LightGBMTuner, naive tuning and the library's defaults.

    python -m benchmarks.tuning --data FOLDER --budget 60

Each method gets the training rows and the budget, and is scored on the test rows once, by AUC (two classes), log loss
(several) or RMSE. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks import print_table
from benchmarks.data_sets import DataSet, load_data_sets
from redshells.model.metric import get_metric
from redshells.model.target_encoding import TargetEncoding

Result = tuple[npt.NDArray[np.float64], int]  # what the metric takes, and the number of trials
Method = Callable[[DataSet, float, int], Result]

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


def main() -> None:
    """Print a table: data set, method, score, trials, seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', type=Path, help='folder with further data sets')
    parser.add_argument('--budget', type=float, default=60.0, help='seconds for each method')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--methods', nargs='*', default=list(METHODS))
    parser.add_argument('--sets', nargs='*', help='names of the data sets; all when left out')
    options = parser.parse_args()
    warnings.simplefilter('ignore')
    logging.disable(logging.WARNING)
    rows = []
    for data in load_data_sets(options.data):
        if options.sets and data.name not in options.sets:
            continue
        encoding = TargetEncoding.of(data.train['target'], data.problem)
        metric = get_metric(data.metric, data.problem, encoding.number_of_classes)
        for name in options.methods:
            started = time.perf_counter()
            try:
                values, trials = METHODS[name](data, options.budget, options.seed)
            except ImportError as error:
                rows.append([data.name, name, f'not installed: {error.name}', '', ''])
                continue
            seconds = time.perf_counter() - started
            score = metric(encoding.encode(data.test['target']), values)
            rows.append([data.name, name, f'{data.metric} {score:.5g}', trials, round(seconds, 1)])
            print(*rows[-1], sep='\t', flush=True)
    print_table(f'Tuning in {options.budget:g} s', ['data set', 'method', 'test score', 'trials', 'seconds'], rows)


if __name__ == '__main__':
    main()
