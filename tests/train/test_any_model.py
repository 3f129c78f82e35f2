"""The generic tasks: any estimator by name or import path, with the promises of the others."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import redshells
from redshells.errors import (
    MissingExtraError,
    MissingValueError,
    ParameterError,
    TargetError,
    UnknownArgumentError,
    UnknownNameError,
)
from redshells.factory.optuna_param_factory import register_optuna_param_rule
from redshells.factory.prediction_model_factory import register_prediction_model
from redshells.predict import PredictTable
from redshells.train import (
    OptimizeBinaryClassificationModel,
    OptimizeClassificationModel,
    OptimizeRegressionModel,
    TrainBinaryClassificationModel,
    TrainClassificationModel,
    TrainRegressionModel,
    ValidateBinaryClassificationModel,
    ValidateClassificationModel,
    ValidateRegressionModel,
)
from tests.tables import Workspace, classes_table, numbers_table
from tests.train import search_rule

USER_MODULE = '''
import numpy as np


class Nearest:
    """Knows the mean of each class; no estimator of scikit-learn."""

    def __init__(self, power=2.0):
        self.power = power

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.means_ = np.stack([X[y == label].mean(axis=0) for label in self.classes_])

    def predict(self, X):
        distances = (np.abs(X[:, None, :] - self.means_[None]) ** self.power).sum(axis=2)
        return self.classes_[distances.argmin(axis=1)]
'''


@pytest.fixture
def user_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    (tmp_path / 'models_of_a_user.py').write_text(USER_MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module('models_of_a_user')
    sys.modules.pop('models_of_a_user')


def accuracy(model: Any, frame: pd.DataFrame) -> float:
    return float(np.mean(model.predict(frame.drop(columns='category')) == frame['category']))


@pytest.mark.parametrize(
    ('model_name', 'model_kwargs'),
    [
        ('RandomForestClassifier', {'n_estimators': 20}),
        ('sklearn.ensemble:ExtraTreesClassifier', {'n_estimators': 20}),
        ('sklearn.linear_model:LogisticRegression', {}),
        ('sklearn.svm:LinearSVC', {}),
        ('XGBClassifier', {'n_estimators': 10}),
        ('LGBMClassifier', {'n_estimators': 10}),
        ('CatBoostClassifier', {'n_estimators': 10}),
    ],
)
def test_train_and_predict(workspace: Workspace, model_name: str, model_kwargs: dict[str, Any]) -> None:
    frame = classes_table().assign(category=lambda table: table['category'].map({0: 'no', 1: 'yes'}))
    task = workspace.task(TrainClassificationModel, frame, model_name=model_name, model_kwargs=model_kwargs)
    model = workspace.build(task)
    assert accuracy(model, frame) > 0.85
    log = task.get_task_log()
    assert (log['rows'], log['columns']) == (240, 4)
    predictions = workspace.build(PredictTable, frame, model_task=task)
    np.testing.assert_array_equal(predictions['prediction'], model.predict(frame))
    has_probabilities = model_name != 'sklearn.svm:LinearSVC'
    assert ('probability_yes' in predictions) == has_probabilities
    assert set(predictions['prediction']) == {'no', 'yes'}


def test_seed_reaches_the_estimator(workspace: Workspace) -> None:
    frame = classes_table()
    parameters = {'model_name': 'sklearn.ensemble:ExtraTreesClassifier', 'model_kwargs': {'n_estimators': 5}}
    one = workspace.build(TrainClassificationModel, frame, **parameters)
    other = workspace.build(TrainClassificationModel, frame, random_seed=1, **parameters)
    assert (one.estimator_.random_state, other.estimator_.random_state) == (0, 1)
    unseen = classes_table(seed=3)
    assert not np.array_equal(one.predict_proba(unseen), other.predict_proba(unseen))


def test_name_and_path_are_part_of_the_id(workspace: Workspace) -> None:
    data = workspace.given(classes_table())
    names = ['XGBClassifier', 'RandomForestClassifier', 'sklearn.svm:LinearSVC', 'sklearn.svm:SVC']
    ids = {workspace.task(TrainClassificationModel, data, model_name=name).make_unique_id() for name in names}
    assert len(ids) == len(names)


def test_class_of_a_user(workspace: Workspace, user_module: Any) -> None:
    register_prediction_model('Nearest', user_module.Nearest)
    frame = classes_table()
    by_name = workspace.task(TrainClassificationModel, frame, model_name='Nearest', model_kwargs={'power': 1.0})
    by_path = workspace.task(
        TrainClassificationModel, frame, model_name='models_of_a_user:Nearest', model_kwargs={'power': 1.0}
    )
    models = [workspace.build(task) for task in (by_name, by_path)]
    assert type(models[0].estimator_) is user_module.Nearest
    assert accuracy(models[0], frame) > 0.8
    np.testing.assert_array_equal(models[0].predict(frame), models[1].predict(frame))
    predictions = workspace.build(PredictTable, frame, model_task=by_path)
    assert list(predictions.columns) == ['prediction']
    scores = workspace.build(ValidateClassificationModel, frame, model_name='Nearest', cross_validation_size=2)[
        'scores'
    ]
    assert scores.query("metric == 'accuracy'")['score'].min() > 0.7
    tuning = workspace.task(
        OptimizeClassificationModel,
        frame,
        model_name='Nearest',
        search_space={'power': {'type': 'float', 'low': 0.5, 'high': 3.0}},
        n_trials=2,
    )
    tuned = workspace.build(TrainClassificationModel, frame, model_name='Nearest', best_params_task=tuning)
    assert tuned.estimator_.power == workspace.build(tuning).best_params['power']
    error = workspace.failure(TrainClassificationModel, frame, model_name='Nearest', model_kwargs={'strength': 1})
    assert isinstance(error, UnknownArgumentError)
    assert str(error).startswith('TrainClassificationModel: ')


def test_class_inside_a_function_can_not_be_registered() -> None:
    class Hidden:
        pass

    with pytest.raises(ParameterError, match='top level of a module'):
        register_prediction_model('Hidden', Hidden)


def test_names_that_nobody_knows(workspace: Workspace) -> None:
    frame = classes_table()
    with pytest.raises(UnknownNameError, match=r"^TrainClassificationModel: model_name='XGBClasifier'.*XGBClassifier"):
        workspace.task(TrainClassificationModel, frame, model_name='XGBClasifier')
    with pytest.raises(MissingExtraError, match=r'^TrainClassificationModel: .*no_such_package'):
        workspace.task(TrainClassificationModel, frame, model_name='no_such_package.models:Model')
    error = workspace.failure(TrainClassificationModel, frame, model_name='sklearn.svm:NoSuchClass')
    assert isinstance(error, ParameterError)
    assert 'NoSuchClass' in str(error)
    error = workspace.failure(OptimizeClassificationModel, frame, optuna_param_name='no_rule', n_trials=1)
    assert isinstance(error, UnknownNameError)
    assert 'XGBClassifier_default' in str(error)


def test_optimize_with_the_rules_of_a_name(workspace: Workspace) -> None:
    frame = classes_table(120)
    parameters = {'n_trials': 3, 'early_stopping_rounds': 3}
    by_rule = workspace.build(
        OptimizeClassificationModel, frame, optuna_param_name='XGBClassifier_default', **parameters
    )
    by_default = workspace.build(OptimizeClassificationModel, frame, **parameters)
    assert by_rule.model == 'XGBoost'
    assert by_rule.best_params == by_default.best_params
    assert [record.params for record in by_rule.trial_records] == [record.params for record in by_default.trial_records]


def test_rule_as_a_dict(workspace: Workspace) -> None:
    register_optuna_param_rule('shallow', {'max_depth': {'type': 'int', 'low': 1, 'high': 2}})
    frame = classes_table(120)
    parameters = {'model_name': 'sklearn.tree:DecisionTreeClassifier'}
    tuning = workspace.task(
        OptimizeClassificationModel, frame, optuna_param_name='shallow', n_trials=3, metric='accuracy', **parameters
    )
    result = workspace.build(tuning)
    assert result.search_space.names == ('max_depth',)
    assert result.best_params['max_depth'] in (1, 2)
    model = workspace.build(TrainClassificationModel, frame, best_params_task=tuning, **parameters)
    assert model.estimator_.max_depth == result.best_params['max_depth']


def test_rule_as_a_function(workspace: Workspace) -> None:
    register_optuna_param_rule('drawn', search_rule.draw)
    frame = classes_table(120)
    parameters = {'optuna_param_name': 'drawn', 'n_trials': 4, 'early_stopping_rounds': 3}
    tuning = workspace.task(OptimizeClassificationModel, frame, **parameters)
    result = workspace.build(tuning)
    assert len(result.trial_records) == 4
    assert set(result.best_params) == {'eta', 'max_depth'}
    model = workspace.build(TrainClassificationModel, frame, best_params_task=tuning)
    assert model.canonical_arguments()['learning_rate'] == result.best_params['eta']
    # what is given wins, here too, under any name
    given = workspace.task(OptimizeClassificationModel, frame, model_kwargs={'learning_rate': 0.05}, **parameters)
    result = workspace.build(given)
    assert result.best_params['learning_rate'] == 0.05
    assert 'eta' not in result.best_params
    model = workspace.build(TrainClassificationModel, frame, best_params_task=given)
    assert model.canonical_arguments()['learning_rate'] == 0.05


def test_an_estimator_for_another_problem(workspace: Workspace) -> None:
    error = workspace.failure(TrainClassificationModel, classes_table(), model_name='RandomForestRegressor')
    assert isinstance(error, ParameterError)
    assert 'is a regressor; an estimator for classification is expected' in str(error)
    parameters = {'target_column_name': 'y', 'model_name': 'sklearn.linear_model:LogisticRegression'}
    error = workspace.failure(TrainRegressionModel, numbers_table(), **parameters)
    assert isinstance(error, ParameterError)
    assert 'is a classifier; an estimator for regression is expected' in str(error)


def test_model_without_a_search_space_has_one_trial(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    task = workspace.task(
        OptimizeClassificationModel, classes_table(120), model_name='sklearn.svm:LinearSVC', metric='accuracy'
    )
    result = redshells.build(task)
    assert len(result.trial_records) == 1
    assert result.best_params == {}
    assert 'sklearn.svm:LinearSVC has no search space' in caplog.text


def test_regression(workspace: Workspace) -> None:
    frame = numbers_table()
    parameters = {'target_column_name': 'y', 'model_name': 'sklearn.linear_model:Ridge'}
    space = {'alpha': {'type': 'float', 'low': 0.01, 'high': 100.0, 'log': True}}
    tuning = workspace.task(OptimizeRegressionModel, frame, search_space=space, n_trials=3, **parameters)
    model = workspace.build(TrainRegressionModel, frame, best_params_task=tuning, **parameters)
    assert model.score(frame, frame['y']) > 0.95
    assert model.estimator_.alpha == workspace.build(tuning).best_params['alpha']
    output = workspace.build(ValidateRegressionModel, frame, cross_validation_size=3, **parameters)
    assert output['scores'].query("metric == 'r2'")['score'].min() > 0.9


@pytest.mark.parametrize(
    'task_class',
    [TrainBinaryClassificationModel, OptimizeBinaryClassificationModel, ValidateBinaryClassificationModel],
)
def test_binary_tasks_refuse_three_classes(workspace: Workspace, task_class: type) -> None:
    error = workspace.failure(task_class, classes_table(classes=3), model_name='XGBClassifier')
    assert isinstance(error, TargetError)
    assert str(error).startswith(
        f"{task_class.__name__}: train_data_task=GivenTable: the target 'category' has 3 classes"
    )
    assert task_class.__name__.replace('Binary', '') in str(error)


def test_binary_tasks_take_two_classes(workspace: Workspace) -> None:
    frame = classes_table(120)
    tuning = workspace.task(
        OptimizeBinaryClassificationModel, frame, model_name='XGBClassifier', n_trials=2, early_stopping_rounds=3
    )
    parameters = {'model_name': 'XGBClassifier', 'best_params_task': tuning}
    assert accuracy(workspace.build(TrainBinaryClassificationModel, frame, **parameters), frame) > 0.8
    output = workspace.build(ValidateBinaryClassificationModel, frame, cross_validation_size=2, **parameters)
    assert set(output['scores']['metric']) == {'auc', 'logloss', 'accuracy'}


def test_missing_values_are_refused_for_models_that_can_not_take_them(workspace: Workspace) -> None:
    frame = classes_table()
    frame.iloc[3, 0] = np.nan
    error = workspace.failure(TrainClassificationModel, frame, model_name='sklearn.linear_model:LogisticRegression')
    assert isinstance(error, MissingValueError)
    assert str(error).startswith('TrainClassificationModel: ')
    assert "['a']" in str(error)
    model = workspace.build(
        TrainClassificationModel, frame, model_name='RandomForestClassifier', model_kwargs={'n_estimators': 3}
    )
    assert accuracy(model, frame) > 0.8


def test_weights(workspace: Workspace) -> None:
    frame = classes_table().assign(weight=1.0)
    parameters = {'weight_column_name': 'weight'}
    model = workspace.build(
        TrainClassificationModel, frame, model_name='sklearn.linear_model:LogisticRegression', **parameters
    )
    assert 'weight' not in model.feature_names_in_
    error = workspace.failure(
        TrainClassificationModel, frame, model_name='sklearn.neighbors:KNeighborsClassifier', **parameters
    )
    assert isinstance(error, ParameterError)
    assert 'sample_weight' in str(error)
