"""Search spaces by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from redshells.errors import UnknownNameError
from redshells.factory import search_spaces
from redshells.tuning import SearchSpace

Rule = SearchSpace | Callable[[Any], dict[str, Any]]

_rules: dict[str, Rule] = {
    'XGBClassifier_default': search_spaces.XGBOOST,
    'XGBRegressor_default': search_spaces.XGBOOST,
    'LGBMClassifier_default': search_spaces.LIGHTGBM,
    'LGBMRegressor_default': search_spaces.LIGHTGBM,
    'CatBoostClassifier_default': search_spaces.CATBOOST,
    'CatBoostRegressor_default': search_spaces.CATBOOST,
    'RandomForestClassifier_default': search_spaces.RANDOM_FOREST,
    'RandomForestRegressor_default': search_spaces.RANDOM_FOREST,
}


def get_search_rule(key: str) -> Rule:
    """What is registered under a name: a search space, or a function of an Optuna trial.

    Raises:
        UnknownNameError: Nobody registered the name.
    """
    if key not in _rules:
        raise UnknownNameError(
            f'the search rule {key!r} was asked for; registered are {sorted(_rules)}. '
            'Call register_optuna_param_rule before, or give a search_space.'
        )
    return _rules[key]


def get_optuna_param(key: str, trial: Any) -> dict[str, Any]:
    """The arguments that a trial gets from the rule of a name.

    Args:
        key: Name of the rule.
        trial: An Optuna trial.

    Raises:
        UnknownNameError: Nobody registered the name.
    """
    rule = get_search_rule(key)
    return rule.suggest(trial) if isinstance(rule, SearchSpace) else rule(trial)


def register_optuna_param_rule(key: str, rule: Mapping[str, Any] | SearchSpace | Callable[[Any], dict[str, Any]]) -> None:
    """Give a search space a name.

    Args:
        key: The name.
        rule: A search space as data, or a function that takes an Optuna trial and gives arguments. A function is known to
            the task by its name only: change the name when you change the function.

    Raises:
        SearchSpaceError: The search space can't be searched.
    """
    _rules[key] = rule if callable(rule) and not isinstance(rule, (Mapping, SearchSpace)) else SearchSpace.from_mapping(rule)
