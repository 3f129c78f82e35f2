"""Models by name."""

from __future__ import annotations

import itertools
import pickle

import pytest
from sklearn.tree import DecisionTreeRegressor

from redshells.errors import MissingExtraError, ParameterError, UnknownArgumentError, UnknownNameError
from redshells.factory.boosted_trees import CATBOOST, LIGHTGBM, XGBOOST
from redshells.factory.model_spec import ModelSpec
from redshells.factory.prediction_model_factory import (
    create_prediction_model,
    get_model_spec,
    get_prediction_model_type,
    register_prediction_model,
)
from redshells.tuning import SearchSpace
from tests.tables import classes_table, numbers_table


@pytest.mark.parametrize(
    ('name', 'class_name'),
    [
        ('XGBClassifier', 'XGBoostModel'),
        ('LGBMRegressor', 'LightGBMModel'),
        ('CatBoostRanker', 'CatBoostModel'),
        ('RandomForestClassifier', 'RandomForestClassifier'),
        ('RandomForestRegressor', 'RandomForestRegressor'),
        ('sklearn.ensemble:ExtraTreesClassifier', 'ExtraTreesClassifier'),
    ],
)
def test_type_of_a_name(name: str, class_name: str) -> None:
    assert get_prediction_model_type(name).__name__ == class_name


def test_create() -> None:
    frame = classes_table(120)
    model = create_prediction_model('LGBMClassifier', n_estimators=5)
    model.fit(frame.drop(columns='category'), frame['category'])
    assert model.best_round_ == 5
    frame = numbers_table(120)
    model = create_prediction_model('XGBRegressor', n_estimators=5).fit(frame[['a', 'b']], frame['y'])
    assert model.problem == 'regression'
    assert create_prediction_model('RandomForestClassifier', n_estimators=3).n_estimators == 3


def test_registered_class() -> None:
    register_prediction_model('Tree', DecisionTreeRegressor)
    assert get_prediction_model_type('Tree') is DecisionTreeRegressor
    assert create_prediction_model('Tree', max_depth=2).max_depth == 2
    assert get_model_spec('Tree').name == 'sklearn.tree._classes:DecisionTreeRegressor'


@pytest.mark.parametrize('name', ['LGBMClasifier', '', 'sklearn.ensemble.ExtraTreesClassifier', 'a b:c', ':x'])
def test_names_that_nobody_registered(name: str) -> None:
    with pytest.raises(UnknownNameError, match='register_prediction_model'):
        get_model_spec(name)


def test_what_is_no_class_at_the_top_of_a_module() -> None:
    class Inner:
        pass

    for thing in (Inner, lambda: None, classes_table):
        if thing is classes_table:
            register_prediction_model('a_function', thing)  # a function that makes a model will do
        else:
            with pytest.raises(ParameterError, match='top level'):
                register_prediction_model('thing', thing)


def test_specs_of_the_boosted_trees_hold_together() -> None:
    for spec in (LIGHTGBM, XGBOOST, CATBOOST):
        build = spec.build_with(problem='classification', random_seed=3, n_jobs=1)
        assert set(spec.first_trials) == {'classification', 'regression', 'ranking'}
        for first in itertools.chain.from_iterable(spec.first_trials.values()):
            build.canonical(first)
            assert spec.search_space.clip(first) == first
            assert spec.search_space.contains(first)
        assert build.canonical(dict.fromkeys(spec.search_space.names, 1)).keys() == set(spec.search_space.names)
        assert pickle.loads(pickle.dumps(build)) == build
        model = build({})
        assert (model.random_seed, model.n_jobs, model.problem) == (3, 1, 'classification')


def test_builder_replaces_the_number_of_rounds_under_any_name() -> None:
    build = LIGHTGBM.build_with(problem='regression', random_seed=0, n_jobs=1)
    assert build({'n_estimators': 9, 'num_leaves': 4}, 5).model_kwargs == {'num_leaves': 4}
    assert build({'n_estimators': 9}).model_kwargs == {'n_estimators': 9}
    frame = numbers_table(120)
    assert build({'num_iterations': 9}, 5).fit(frame[['a']], frame['y']).best_round_ == 5


def test_builder_knows_aliases() -> None:
    build = XGBOOST.build_with(problem='classification', random_seed=0, n_jobs=1)
    assert build.canonical({'eta': 0.1, 'alpha': 2}) == {'learning_rate': 0.1, 'reg_alpha': 2}
    assert build.named_as_in(['eta', 'max_depth'], {'learning_rate': 0.1}) == {'eta': 0.1}
    assert build.override({'eta': 0.5, 'max_depth': 2}, {'learning_rate': 0.1}) == {
        'max_depth': 2,
        'learning_rate': 0.1,
    }
    with pytest.raises(UnknownArgumentError, match='max_depth'):
        build.canonical({'max_dept': 1})


def test_missing_library() -> None:
    spec = ModelSpec('Thing', 'no_such_library:Thing', 'no_such_library', 'thing', SearchSpace({}))
    with pytest.raises(MissingExtraError, match=r"pip install 'redshells\[thing\]'"):
        spec.check_installed()
