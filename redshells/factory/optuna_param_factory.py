"""Search spaces by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from redshells.errors import UnknownNameError
from redshells.factory import search_spaces
from redshells.tuning import SearchSpace

_search_spaces: dict[str, SearchSpace] = {
    'XGBClassifier_default': search_spaces.XGBOOST,
    'XGBRegressor_default': search_spaces.XGBOOST,
    'LGBMClassifier_default': search_spaces.LIGHTGBM,
    'LGBMRegressor_default': search_spaces.LIGHTGBM,
    'CatBoostClassifier_default': search_spaces.CATBOOST,
    'CatBoostRegressor_default': search_spaces.CATBOOST,
    'RandomForestClassifier_default': search_spaces.RANDOM_FOREST,
    'RandomForestRegressor_default': search_spaces.RANDOM_FOREST,
}


class FunctionSpace(SearchSpace):
    """A search space that a function of an Optuna trial draws from.

    Args:
        function: Takes an Optuna trial and gives arguments.
    """

    def __init__(self, function: Callable[[Any], dict[str, Any]]) -> None:
        super().__init__({})
        object.__setattr__(self, '_function', function)

    def suggest(self, trial: Any) -> dict[str, Any]:
        """What the function gives."""
        return dict(self._function(trial))  # type: ignore[attr-defined]

    def without(self, fixed: Mapping[str, Any]) -> SearchSpace:
        """Itself: what the function draws is replaced by what is fixed."""
        return self

    def at_most(self, bounds: Mapping[str, float]) -> SearchSpace:
        """Itself: what the function draws from is not known."""
        return self

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FunctionSpace) and self._function == other._function  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash(self._function)  # type: ignore[attr-defined]

    def __reduce__(self) -> tuple[Any, ...]:
        return FunctionSpace, (self._function,)  # type: ignore[attr-defined]


def get_search_space(key: str) -> SearchSpace:
    """The search space of a name.

    Raises:
        UnknownNameError: Nobody registered the name.
    """
    if key not in _search_spaces:
        raise UnknownNameError(
            f'the search rule {key!r} was asked for; registered are {sorted(_search_spaces)}. '
            'Call register_optuna_param_rule before, or give a search_space.'
        )
    return _search_spaces[key]


def get_optuna_param(key: str, trial: Any) -> dict[str, Any]:
    """The arguments that a trial gets from the rule of a name.

    Args:
        key: Name of the rule.
        trial: An Optuna trial.

    Raises:
        UnknownNameError: Nobody registered the name.
    """
    return get_search_space(key).suggest(trial)


def register_optuna_param_rule(
    key: str, rule: Mapping[str, Any] | SearchSpace | Callable[[Any], dict[str, Any]]
) -> None:
    """Give a search space a name.

    Args:
        key: The name.
        rule: A search space as data, or a function that takes an Optuna trial and gives arguments. A function is known
            to the task by its name only: change the name when you change the function.

    Raises:
        SearchSpaceError: The search space can't be searched.
    """
    is_data = isinstance(rule, (Mapping, SearchSpace))
    _search_spaces[key] = SearchSpace.from_mapping(rule) if is_data else FunctionSpace(rule)  # type: ignore[arg-type]
