"""Models by short name or import path, for the generic tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redshells.errors import ParameterError, UnknownNameError
from redshells.factory import boosted_trees, search_spaces
from redshells.factory.model_spec import ModelSpec
from redshells.model import load_class
from redshells.model.arguments import is_import_path
from redshells.tuning import SearchSpace

_BOOSTED_TREES = {
    'XGBClassifier': boosted_trees.XGBOOST,
    'XGBRegressor': boosted_trees.XGBOOST,
    'XGBRanker': boosted_trees.XGBOOST,
    'LGBMClassifier': boosted_trees.LIGHTGBM,
    'LGBMRegressor': boosted_trees.LIGHTGBM,
    'LGBMRanker': boosted_trees.LIGHTGBM,
    'CatBoostClassifier': boosted_trees.CATBOOST,
    'CatBoostRegressor': boosted_trees.CATBOOST,
    'CatBoostRanker': boosted_trees.CATBOOST,
}
_EXTRAS = frozenset(spec.extra for spec in _BOOSTED_TREES.values())
_estimators = {
    'RandomForestClassifier': 'sklearn.ensemble:RandomForestClassifier',
    'RandomForestRegressor': 'sklearn.ensemble:RandomForestRegressor',
}
_SEARCH_SPACES = {path: search_spaces.RANDOM_FOREST for path in _estimators.values()}


def get_model_spec(name: str) -> ModelSpec:
    """The spec of a model.

    Args:
        name: A short name (``'LGBMClassifier'``, ...) or an import path (``'sklearn.ensemble:ExtraTreesClassifier'``).

    Raises:
        UnknownNameError: Nobody registered the name, and it is no import path.
    """
    if name in _BOOSTED_TREES:
        return _BOOSTED_TREES[name]
    path = _estimators.get(name, name)
    if not is_import_path(path):
        raise UnknownNameError(
            f'model_name={name!r} was given; registered are {sorted([*_BOOSTED_TREES, *_estimators])}. Give one of '
            "them or an import path such as 'sklearn.ensemble:ExtraTreesClassifier', or call "
            'register_prediction_model before.'
        )
    package = path.split(':')[0].split('.')[0]
    return ModelSpec(
        name=path,
        model_class='redshells.model.estimator:EstimatorModel',
        library=package,
        extra=package if package in _EXTRAS else '',
        search_space=_SEARCH_SPACES.get(path, SearchSpace({})),
        stops_early=False,
        model_arguments={'estimator': path},
        trusted_modules=(package,),
    )


def get_prediction_model_type(key: str) -> Any:
    """The class of a model by its name.

    Raises:
        UnknownNameError: Nobody registered the name, and it is no import path.
    """
    spec = get_model_spec(key)
    return load_class(str(spec.model_arguments.get('estimator', spec.model_class)))


def create_prediction_model(key: str, **kwargs: Any) -> Any:
    """A new model of a name, with these constructor arguments.

    Raises:
        UnknownNameError: Nobody registered the name, and it is no import path.
    """
    if key in _BOOSTED_TREES:
        return get_prediction_model_type(key)(problem=problem_of_name(key), model_kwargs=kwargs)
    return get_prediction_model_type(key)(**kwargs)


def register_prediction_model(key: str, class_name: Callable[..., Any]) -> None:
    """Give a class a short name. An import path needs no registration and works in other processes as well.

    Args:
        key: The name.
        class_name: The class; it must be importable from its module.

    Raises:
        ParameterError: The class is defined inside a function, where no other process can find it.
    """
    qualified = getattr(class_name, '__qualname__', '')
    if not qualified.isidentifier():
        raise ParameterError(
            f'register_prediction_model was given {class_name!r}; a class at the top level of a module is expected, '
            'so that a saved model can be loaded again. Move it there.'
        )
    _estimators[key] = f'{class_name.__module__}:{qualified}'


def problem_of_name(key: str) -> str | None:
    """The problem that a short name of boosted trees says, such as ``'regression'`` of ``'LGBMRegressor'``."""
    endings = {'Classifier': 'classification', 'Regressor': 'regression', 'Ranker': 'ranking'}
    return next(
        (problem for ending, problem in endings.items() if key in _BOOSTED_TREES and key.endswith(ending)), None
    )
