"""Search rules by name."""

from __future__ import annotations

import pickle

import optuna
import pytest

from redshells.errors import SearchSpaceError, UnknownNameError
from redshells.factory.optuna_param_factory import get_optuna_param, get_search_space, register_optuna_param_rule
from redshells.factory.search_spaces import XGBOOST
from redshells.tuning import SearchSpace
from tests.train import search_rule

DEPTH = {'depth': {'type': 'int', 'low': 1, 'high': 3}}


@pytest.mark.parametrize(
    'name',
    [
        f'{model}{kind}_default'
        for model in ('XGB', 'LGBM', 'CatBoost', 'RandomForest')
        for kind in ('Classifier', 'Regressor')
    ],
)
def test_rules_that_are_there(name: str) -> None:
    trial = optuna.trial.FixedTrial({})
    space = get_search_space(name)
    assert len(space) >= 4
    with pytest.raises(ValueError, match='is not found'):  # it asks the trial
        get_optuna_param(name, trial)
    assert get_search_space('XGBClassifier_default') == XGBOOST


def test_rule_as_data() -> None:
    for rule in (DEPTH, SearchSpace(DEPTH)):
        register_optuna_param_rule('as data', rule)
        assert get_search_space('as data') == SearchSpace(DEPTH)
        assert get_optuna_param('as data', optuna.trial.FixedTrial({'depth': 2})) == {'depth': 2}


def test_rule_as_a_function() -> None:
    register_optuna_param_rule('as a function', search_rule.draw)
    space = get_search_space('as a function')
    trial = optuna.trial.FixedTrial({'eta': 0.2, 'max_depth': 3})
    assert get_optuna_param('as a function', trial) == {'eta': 0.2, 'max_depth': 3}
    assert space  # an empty space would have one trial
    assert pickle.loads(pickle.dumps(space)).suggest(trial) == {'eta': 0.2, 'max_depth': 3}


def test_rules_that_can_not_be_used() -> None:
    with pytest.raises(SearchSpaceError, match='depth'):
        register_optuna_param_rule('wrong', {'depth': {'type': 'int', 'low': 3, 'high': 1}})
    with pytest.raises(UnknownNameError, match='register_optuna_param_rule'):
        get_search_space('wrong')
