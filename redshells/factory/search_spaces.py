"""The search spaces of the boosted trees, and the arguments that each search tries first.

The ranges follow the spaces of AutoGluon and FLAML and the tuned defaults of Holzmüller, Grinsztajn, Steinwart: Better
by default: Strong pre-tuned MLPs and boosted trees on tabular data (https://arxiv.org/abs/2407.04491).
"""

from __future__ import annotations

from redshells.tuning import SearchSpace

LIGHTGBM = SearchSpace(
    {
        'learning_rate': {'type': 'float', 'low': 0.01, 'high': 0.2, 'log': True},
        'num_leaves': {'type': 'int', 'low': 4, 'high': 256, 'log': True},
        'min_data_in_leaf': {'type': 'int', 'low': 1, 'high': 128, 'log': True},
        'feature_fraction': {'type': 'float', 'low': 0.3, 'high': 1.0},
        'bagging_fraction': {'type': 'float', 'low': 0.5, 'high': 1.0},
        'lambda_l1': {'type': 'float', 'low': 1e-4, 'high': 10.0, 'log': True},
        'lambda_l2': {'type': 'float', 'low': 1e-4, 'high': 50.0, 'log': True},
        'extra_trees': {'type': 'categorical', 'choices': [False, True]},
    }
)
LIGHTGBM_FIRST_TRIALS = (
    {
        'learning_rate': 0.05,
        'num_leaves': 50,
        'min_data_in_leaf': 40,
        'feature_fraction': 1.0,
        'bagging_fraction': 0.75,
        'lambda_l1': 1e-4,
        'lambda_l2': 1e-4,
        'extra_trees': False,
    },
    {
        'learning_rate': 0.1,
        'num_leaves': 31,
        'min_data_in_leaf': 20,
        'feature_fraction': 1.0,
        'bagging_fraction': 1.0,
        'lambda_l1': 1e-4,
        'lambda_l2': 1e-4,
        'extra_trees': False,
    },
)

XGBOOST = SearchSpace(
    {
        'learning_rate': {'type': 'float', 'low': 0.01, 'high': 0.2, 'log': True},
        'max_depth': {'type': 'int', 'low': 2, 'high': 10},
        'min_child_weight': {'type': 'float', 'low': 0.01, 'high': 100.0, 'log': True},
        'subsample': {'type': 'float', 'low': 0.5, 'high': 1.0},
        'colsample_bytree': {'type': 'float', 'low': 0.4, 'high': 1.0},
        'colsample_bylevel': {'type': 'float', 'low': 0.4, 'high': 1.0},
        'gamma': {'type': 'float', 'low': 1e-6, 'high': 10.0, 'log': True},
        'reg_alpha': {'type': 'float', 'low': 1e-4, 'high': 10.0, 'log': True},
        'reg_lambda': {'type': 'float', 'low': 1e-3, 'high': 50.0, 'log': True},
    }
)
XGBOOST_FIRST_TRIALS = (
    {
        'learning_rate': 0.08,
        'max_depth': 6,
        'min_child_weight': 5e-6,
        'subsample': 0.65,
        'colsample_bytree': 1.0,
        'colsample_bylevel': 0.9,
        'gamma': 1e-6,
        'reg_alpha': 1e-4,
        'reg_lambda': 1e-3,
    },
    {
        'learning_rate': 0.1,
        'max_depth': 6,
        'min_child_weight': 1.0,
        'subsample': 1.0,
        'colsample_bytree': 1.0,
        'colsample_bylevel': 1.0,
        'gamma': 1e-6,
        'reg_alpha': 1e-4,
        'reg_lambda': 1.0,
    },
)

CATBOOST = SearchSpace(
    {
        'learning_rate': {'type': 'float', 'low': 0.02, 'high': 0.2, 'log': True},
        'depth': {'type': 'int', 'low': 4, 'high': 8},
        'l2_leaf_reg': {'type': 'float', 'low': 1.0, 'high': 30.0, 'log': True},
        'random_strength': {'type': 'float', 'low': 0.1, 'high': 20.0, 'log': True},
        'rsm': {'type': 'float', 'low': 0.4, 'high': 1.0},
        'one_hot_max_size': {'type': 'int', 'low': 2, 'high': 25, 'log': True},
    }
)
CATBOOST_FIRST_TRIALS = (
    {
        'learning_rate': 0.08,
        'depth': 6,
        'l2_leaf_reg': 3.0,
        'random_strength': 1.0,
        'rsm': 1.0,
        'one_hot_max_size': 2,
    },
)

RANDOM_FOREST = SearchSpace(
    {
        'n_estimators': {'type': 'int', 'low': 50, 'high': 500, 'log': True},
        'max_features': {'type': 'float', 'low': 0.1, 'high': 1.0},
        'min_samples_leaf': {'type': 'int', 'low': 1, 'high': 50, 'log': True},
        'max_depth': {'type': 'int', 'low': 3, 'high': 30, 'log': True},
    }
)
