"""What a TuningResult does in Train and Validate: it feeds the training exactly, or it is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from redshells.errors import ParameterError, ResultMismatchError
from redshells.train import (
    OptimizeCatBoost,
    OptimizeClassificationModel,
    OptimizeLightGBM,
    OptimizeXGBoost,
    TrainCatBoost,
    TrainClassificationModel,
    TrainLightGBM,
    TrainXGBoost,
    ValidateLightGBM,
    ValidateXGBoost,
)
from tests.tables import NARROW, Workspace, classes_table, numbers_table

TUNING = {'n_trials': 3, 'cross_validation_size': 2, 'early_stopping_rounds': 3}
LEARNING_RATE = {'learning_rate': {'type': 'float', 'low': 0.1, 'high': 0.5}}


def tuned_lightgbm(workspace: Workspace, frame: Any, **parameters: Any) -> Any:
    return workspace.task(OptimizeLightGBM, frame, **{**TUNING, 'search_space': NARROW, **parameters})


@pytest.mark.parametrize(
    ('optimize', 'train'),
    [(OptimizeLightGBM, TrainLightGBM), (OptimizeXGBoost, TrainXGBoost), (OptimizeCatBoost, TrainCatBoost)],
)
def test_best_parameters_and_rounds_reach_the_model(workspace: Workspace, optimize: type, train: type) -> None:
    frame = classes_table(120)
    tuning = workspace.task(optimize, frame, search_space=LEARNING_RATE, **TUNING)
    model = workspace.build(train, frame, best_params_task=tuning)
    result = workspace.build(tuning)
    assert model.canonical_arguments() == result.best_params == {'learning_rate': result.best_params['learning_rate']}
    assert model.best_round_ == result.number_of_rounds
    assert 'validation_rows' not in model.training  # no row is held out for a number that is known
    by_hand = workspace.build(
        train,
        frame,
        validation_size=0.0,
        model_kwargs={**result.best_params, 'n_estimators': result.number_of_rounds},
    )
    np.testing.assert_array_equal(
        model.predict_proba(frame.drop(columns='category')), by_hand.predict_proba(frame.drop(columns='category'))
    )


def test_default_search_space_feeds_training(workspace: Workspace) -> None:
    frame = classes_table(120)
    for optimize, train in [(OptimizeXGBoost, TrainXGBoost), (OptimizeLightGBM, TrainLightGBM)]:
        tuning = workspace.task(optimize, frame, **TUNING)
        model = workspace.build(train, frame, best_params_task=tuning)
        assert model.canonical_arguments().keys() >= {'learning_rate'}
        assert set(model.canonical_arguments()) == {'learning_rate', *workspace.build(tuning).search_space.names}


def test_explicit_arguments_win(workspace: Workspace) -> None:
    frame = classes_table(120)
    tuning = tuned_lightgbm(workspace, frame)
    best = workspace.build(tuning)
    # shrinkage_rate is LightGBM's other name of learning_rate
    model = workspace.build(
        TrainLightGBM,
        frame,
        best_params_task=tuning,
        model_kwargs={'shrinkage_rate': 0.05},
        early_stopping_rounds=2,
    )
    assert model.canonical_arguments() == {**best.best_params, 'learning_rate': 0.05}
    # the tuned number of rounds belongs to the tuned learning rate: it is found anew
    assert model.training['validation_rows'] == 24


def test_explicit_argument_that_says_what_was_tuned_keeps_the_rounds(workspace: Workspace) -> None:
    frame = classes_table(120)
    tuning = tuned_lightgbm(workspace, frame)
    best = workspace.build(tuning)
    model = workspace.build(
        TrainLightGBM, frame, best_params_task=tuning, model_kwargs={'num_leaves': best.best_params['num_leaves']}
    )
    assert model.best_round_ == best.number_of_rounds


@pytest.mark.parametrize('name', ['n_estimators', 'num_iterations', 'num_boost_round'])
def test_explicit_number_of_rounds_wins(workspace: Workspace, name: str) -> None:
    frame = classes_table(120)
    tuning = tuned_lightgbm(workspace, frame)
    model = workspace.build(
        TrainLightGBM, frame, best_params_task=tuning, model_kwargs={name: 3}, early_stopping_rounds=0
    )
    assert model.booster_.current_iteration() == 3


def test_given_validation_rows_are_watched_in_spite_of_a_tuned_number(workspace: Workspace) -> None:
    frame = classes_table(120)
    turned = classes_table(120, seed=5).assign(category=lambda table: 1 - table['category'])
    model = workspace.build(
        TrainLightGBM,
        frame,
        best_params_task=tuned_lightgbm(workspace, frame),
        validation_data_task=workspace.given(turned),
        early_stopping_rounds=3,
        refit=False,
    )
    assert model.training['validation_rows'] == 120
    assert model.booster_.current_iteration() == 1


def test_what_optimize_was_given_is_passed_on(workspace: Workspace) -> None:
    frame = classes_table(120)
    tuning = tuned_lightgbm(workspace, frame, model_kwargs={'num_leaves': 5, 'max_bin': 31, 'n_estimators': 4})
    model = workspace.build(TrainLightGBM, frame, best_params_task=tuning)
    arguments = model.canonical_arguments()
    assert (arguments['num_leaves'], arguments['max_bin']) == (5, 31)
    assert model.booster_.current_iteration() <= 4


def test_arguments_under_aliases_are_not_searched(workspace: Workspace) -> None:
    frame = classes_table(120)
    result = workspace.build(OptimizeXGBoost, frame, model_kwargs={'eta': 0.4, 'lambda': 2.0}, **TUNING)
    assert not {'learning_rate', 'eta', 'reg_lambda', 'lambda'} & set(result.search_space.names)
    assert 'max_depth' in result.search_space.names
    assert (result.best_params['learning_rate'], result.best_params['reg_lambda']) == (0.4, 2.0)
    # and the other way round: the space has the alias
    space = {'eta': {'type': 'float', 'low': 0.1, 'high': 0.2}, 'max_depth': {'type': 'int', 'low': 2, 'high': 3}}
    result = workspace.build(OptimizeXGBoost, frame, model_kwargs={'learning_rate': 0.4}, search_space=space, **TUNING)
    assert result.search_space.names == ('max_depth',)
    assert result.best_params['learning_rate'] == 0.4
    task = workspace.task(OptimizeXGBoost, frame, search_space=space, **TUNING)
    model = workspace.build(TrainXGBoost, frame, best_params_task=task, model_kwargs={'learning_rate': 0.3})
    assert model.canonical_arguments()['learning_rate'] == 0.3


@pytest.mark.parametrize('train', [TrainXGBoost, TrainCatBoost, ValidateXGBoost])
def test_result_of_another_model_is_refused(workspace: Workspace, train: type) -> None:
    frame = classes_table(120)
    error = workspace.failure(train, frame, best_params_task=tuned_lightgbm(workspace, frame))
    assert isinstance(error, ResultMismatchError)
    assert str(error).startswith(f"{train.__name__}: the best parameters were tuned for model='LightGBM'; asked for is")


@pytest.mark.parametrize('verb', [TrainLightGBM, ValidateLightGBM])
def test_result_of_another_problem_or_target_is_refused(workspace: Workspace, verb: type) -> None:
    frame = classes_table(120).assign(other=lambda table: 1 - table['category'])
    tuning = tuned_lightgbm(workspace, frame)
    error = workspace.failure(verb, frame, best_params_task=tuning, target_column_name='other')
    assert isinstance(error, ResultMismatchError)
    assert "target_column_name='category'" in str(error)
    error = workspace.failure(verb, frame, best_params_task=tuning, problem='regression')
    assert isinstance(error, ResultMismatchError)
    assert "problem='classification'" in str(error)


def test_result_of_one_estimator_is_not_for_another(workspace: Workspace) -> None:
    frame = classes_table(120)
    tuning = workspace.task(
        OptimizeClassificationModel,
        frame,
        model_name='sklearn.tree:DecisionTreeClassifier',
        search_space={'max_depth': {'type': 'int', 'low': 1, 'high': 4}},
        n_trials=2,
    )
    error = workspace.failure(
        TrainClassificationModel, frame, model_name='sklearn.tree:ExtraTreeClassifier', best_params_task=tuning
    )
    assert isinstance(error, ResultMismatchError)


def test_short_names_and_own_tasks_share_results(workspace: Workspace) -> None:
    frame = classes_table(120)
    model = workspace.build(
        TrainClassificationModel, frame, model_name='LGBMClassifier', best_params_task=tuned_lightgbm(workspace, frame)
    )
    assert type(model).__name__ == 'LightGBMModel'


@pytest.mark.parametrize('verb', [TrainLightGBM, ValidateLightGBM])
def test_task_without_a_tuning_result_is_refused(workspace: Workspace, verb: type) -> None:
    error = workspace.failure(verb, classes_table(), best_params_task=workspace.given({'num_leaves': 7}))
    assert isinstance(error, ParameterError)
    assert 'outputs a dict' in str(error)
    assert 'Optimize' in str(error)


def test_something_else_than_a_task_is_refused_at_once(workspace: Workspace) -> None:
    with pytest.raises(ParameterError, match=r'^TrainLightGBM: best_params_task=.*with brackets'):
        workspace.task(TrainLightGBM, classes_table(), best_params_task=OptimizeLightGBM)


def test_regression(workspace: Workspace) -> None:
    frame = numbers_table(120)
    parameters = {'target_column_name': 'y', 'problem': 'regression'}
    tuning = tuned_lightgbm(workspace, frame, **parameters)
    model = workspace.build(TrainLightGBM, frame, best_params_task=tuning, **parameters)
    result = workspace.build(tuning)
    assert (result.metric, result.direction, result.problem) == ('rmse', 'minimize', 'regression')
    assert model.best_round_ == result.number_of_rounds
