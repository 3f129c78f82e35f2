"""The search spaces of the boosted trees, and the arguments that each search tries first.

The ranges follow the spaces of AutoGluon and FLAML. The first arguments are the tuned defaults of Holzmüller,
Grinsztajn, Steinwart: Better by default: Strong pre-tuned MLPs and boosted trees on tabular data
(https://arxiv.org/abs/2407.04491); the defaults of the libraries; and configurations that stand out together on many
data sets, as those of Salinas, Erickson: TabRepo: A Large Scale Repository of Tabular Model Evaluations
(https://arxiv.org/abs/2311.02971).

The learning rate is not searched: all trials have the same, and the final model a lower one (see
``redshells.tuning.effort``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from redshells.tuning import SearchSpace
from redshells.tuning.search_strategy import RowBound, SearchStrategy

FirstTrials = Mapping[str, tuple[Mapping[str, Any], ...]]


def _rows(names: Sequence[str], common: Mapping[str, Any], *rows: Sequence[Any]) -> tuple[Mapping[str, Any], ...]:
    return tuple({**common, **dict(zip(names, row, strict=True))} for row in rows)


LIGHTGBM = SearchSpace(
    {
        'num_leaves': {'type': 'int', 'low': 4, 'high': 512, 'log': True},
        'min_data_in_leaf': {'type': 'int', 'low': 1, 'high': 200, 'log': True},
        'feature_fraction': {'type': 'float', 'low': 0.3, 'high': 1.0},
        'bagging_fraction': {'type': 'float', 'low': 0.5, 'high': 1.0},
        'lambda_l1': {'type': 'float', 'low': 1e-4, 'high': 10.0, 'log': True},
        'lambda_l2': {'type': 'float', 'low': 1e-4, 'high': 50.0, 'log': True},
        'extra_trees': {'type': 'categorical', 'choices': [False, True]},
        'max_bin': {'type': 'categorical', 'choices': [63, 255, 1023]},
        'cat_smooth': {'type': 'float', 'low': 0.1, 'high': 100.0, 'log': True},
        'cat_l2': {'type': 'float', 'low': 0.1, 'high': 30.0, 'log': True},
        'min_data_per_group': {'type': 'int', 'low': 5, 'high': 200, 'log': True},
    }
)
LIGHTGBM_STRATEGY = SearchStrategy(
    row_bounds={'num_leaves': RowBound(20, 8), 'min_data_in_leaf': RowBound(50, 20)},
    of_categories=frozenset({'cat_smooth', 'cat_l2', 'min_data_per_group'}),
)
_LIGHTGBM_NAMES = (
    'num_leaves',
    'min_data_in_leaf',
    'feature_fraction',
    'bagging_fraction',
    'lambda_l1',
    'lambda_l2',
    'extra_trees',
)
_LIGHTGBM_COMMON = {'max_bin': 255, 'cat_smooth': 10.0, 'cat_l2': 10.0, 'min_data_per_group': 100}
_LIGHTGBM_ANY = (
    (31, 20, 1.0, 1.0, 1e-4, 1e-4, False),
    (68, 2, 0.62, 0.96, 0.16, 0.69, False),
    (19, 18, 0.66, 0.93, 0.56, 1.3, False),
    (256, 70, 0.63, 0.9, 0.1, 10.0, False),
    (6, 12, 0.5, 0.8, 0.24, 0.3, False),
    (111, 3, 0.95, 0.72, 0.11, 0.6, False),
    (39, 3, 0.46, 0.88, 0.24, 0.35, True),  # extra trees learn slowly: by now there is something to race against
    (16, 27, 0.72, 0.97, 0.92, 1.7, True),
    (180, 12, 0.4, 0.95, 0.77, 1.6, True),
)
_LIGHTGBM_CLASSES = _rows(_LIGHTGBM_NAMES, _LIGHTGBM_COMMON, (50, 40, 1.0, 0.75, 1e-4, 1e-4, False), *_LIGHTGBM_ANY)
_LIGHTGBM_NUMBERS = _rows(_LIGHTGBM_NAMES, _LIGHTGBM_COMMON, (100, 3, 1.0, 0.7, 1e-4, 1e-4, False), *_LIGHTGBM_ANY)
LIGHTGBM_FIRST_TRIALS: FirstTrials = {
    'classification': _LIGHTGBM_CLASSES,
    'regression': _LIGHTGBM_NUMBERS,
    'ranking': _LIGHTGBM_CLASSES,
}

XGBOOST = SearchSpace(
    {
        'max_depth': {'type': 'int', 'low': 2, 'high': 11},
        'min_child_weight': {'type': 'float', 'low': 1e-3, 'high': 100.0, 'log': True},
        'subsample': {'type': 'float', 'low': 0.5, 'high': 1.0},
        'colsample_bytree': {'type': 'float', 'low': 0.4, 'high': 1.0},
        'colsample_bylevel': {'type': 'float', 'low': 0.4, 'high': 1.0},
        'gamma': {'type': 'float', 'low': 1e-6, 'high': 10.0, 'log': True},
        'reg_alpha': {'type': 'float', 'low': 1e-4, 'high': 10.0, 'log': True},
        'reg_lambda': {'type': 'float', 'low': 1e-3, 'high': 50.0, 'log': True},
    }
)
XGBOOST_STRATEGY = SearchStrategy()
_XGBOOST_NAMES = (
    'max_depth',
    'min_child_weight',
    'subsample',
    'colsample_bytree',
    'colsample_bylevel',
    'gamma',
    'reg_alpha',
    'reg_lambda',
)
_XGBOOST_ANY = (
    (6, 1.0, 1.0, 1.0, 1.0, 1e-6, 1e-4, 1.0),
    (10, 0.6, 1.0, 0.69, 1.0, 1e-6, 1e-4, 1.0),
    (4, 2.0, 0.8, 0.6, 0.8, 1e-6, 1e-2, 3.0),
    (8, 10.0, 0.8, 0.6, 0.7, 1e-3, 0.1, 10.0),
    (3, 1.0, 0.8, 0.8, 1.0, 1e-6, 1e-4, 1.0),
    (7, 0.8, 0.9, 0.9, 0.6, 1e-6, 0.5, 1.0),
    (9, 30.0, 0.7, 0.5, 0.8, 1e-6, 1e-3, 1.0),
)
_XGBOOST_CLASSES = _rows(_XGBOOST_NAMES, {}, (6, 1e-3, 0.65, 1.0, 0.9, 1e-6, 1e-4, 1e-3), *_XGBOOST_ANY)
_XGBOOST_NUMBERS = _rows(_XGBOOST_NAMES, {}, (9, 2.0, 0.7, 1.0, 1.0, 1e-6, 1e-4, 1e-3), *_XGBOOST_ANY)
XGBOOST_FIRST_TRIALS: FirstTrials = {
    'classification': _XGBOOST_CLASSES,
    'regression': _XGBOOST_NUMBERS,
    'ranking': _XGBOOST_CLASSES,
}

CATBOOST = SearchSpace(
    {
        'depth': {'type': 'int', 'low': 4, 'high': 9},
        'l2_leaf_reg': {'type': 'float', 'low': 1.0, 'high': 30.0, 'log': True},
        'random_strength': {'type': 'float', 'low': 0.1, 'high': 20.0, 'log': True},
        'rsm': {'type': 'float', 'low': 0.4, 'high': 1.0},
        'one_hot_max_size': {'type': 'int', 'low': 2, 'high': 25, 'log': True},
        'max_ctr_complexity': {'type': 'int', 'low': 1, 'high': 4},
    }
)
CATBOOST_STRATEGY = SearchStrategy(of_categories=frozenset({'one_hot_max_size', 'max_ctr_complexity'}))
_CATBOOST = _rows(
    ('depth', 'l2_leaf_reg', 'random_strength', 'rsm'),
    {'one_hot_max_size': 10, 'max_ctr_complexity': 4},
    (6, 3.0, 1.0, 1.0),
    (8, 2.8, 1.0, 1.0),
    (4, 4.5, 1.0, 1.0),
    (7, 1.0, 1.0, 0.9),
    (6, 10.0, 5.0, 0.6),
)
CATBOOST_FIRST_TRIALS: FirstTrials = dict.fromkeys(('classification', 'regression', 'ranking'), _CATBOOST)

RANDOM_FOREST = SearchSpace(
    {
        'n_estimators': {'type': 'int', 'low': 50, 'high': 500, 'log': True},
        'max_features': {'type': 'float', 'low': 0.1, 'high': 1.0},
        'min_samples_leaf': {'type': 'int', 'low': 1, 'high': 50, 'log': True},
        'max_depth': {'type': 'int', 'low': 3, 'high': 30, 'log': True},
    }
)
