"""Train tasks on real gokart: the final form of the model, what it is trained on, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars
import pytest

import redshells
from redshells.errors import DataError, MissingColumnError, ParameterError, UnknownArgumentError
from redshells.train import (
    OptimizeLightGBM,
    TrainCatBoost,
    TrainClassificationModel,
    TrainLightGBM,
    TrainXGBoost,
)
from tests.tables import Workspace, classes_table, numbers_table, queries_table

BOOSTERS = [TrainLightGBM, TrainXGBoost, TrainCatBoost]


def features(frame):
    return frame.drop(columns='category')


def rounds_of(model):
    booster = model.booster_
    for name in ('current_iteration', 'num_boosted_rounds'):
        if hasattr(booster, name):
            return getattr(booster, name)()
    return booster.tree_count_


@pytest.mark.parametrize('task_class', BOOSTERS)
def test_trains_on_strings_and_says_what_it_did(workspace: Workspace, task_class: type) -> None:
    frame = classes_table()
    task = workspace.task(task_class, frame, model_kwargs={'n_estimators': 30}, early_stopping_rounds=5)
    model = workspace.build(task)
    assert np.mean(model.predict(features(frame)) == frame['category']) > 0.85
    log = task.get_task_log()
    assert log['rows'] == 240
    assert log['columns'] == log['features'] == 4
    assert log['number_of_rounds'] == model.best_round_ == rounds_of(model) <= 30
    assert log['metric'] == 'logloss'
    assert 0 < log['validation_score'] < 0.6
    assert log['validation_rows'] == 48
    assert {'redshells', 'pandas', 'numpy'} <= log['versions'].keys()


ROUND_PARAMETERS = [
    # without a held-out part, the number is what is given or the library's
    ({'validation_size': 0.0, 'model_kwargs': {'n_estimators': 12}}, {12}),
    ({'validation_size': 0.0, 'model_kwargs': {'num_boost_round': 12}, 'early_stopping_rounds': 0}, {12}),
    ({'validation_size': 0.0}, {100}),
    ({'validation_size': 0.0, 'early_stopping_rounds': 0, 'refit': False}, {100}),
    ({'early_stopping_rounds': 0, 'model_kwargs': {'n_estimators': 12}}, {12}),
    ({'early_stopping_rounds': 0, 'model_kwargs': {'n_estimators': 12}, 'refit': False}, {12}),
    # with one, the number that is given is the most
    ({'early_stopping_rounds': 3, 'model_kwargs': {'n_estimators': 2}}, {1, 2}),
    ({'early_stopping_rounds': 3, 'model_kwargs': {'n_estimators': 2}, 'refit': False}, {1, 2}),
    ({'early_stopping_rounds': 3, 'model_kwargs': {'learning_rate': 0.3}}, set(range(1, 90))),
    ({'early_stopping_rounds': 3, 'model_kwargs': {'learning_rate': 0.3}, 'refit': False}, set(range(1, 90))),
]


@pytest.mark.parametrize(('parameters', 'expected'), ROUND_PARAMETERS)
@pytest.mark.parametrize('with_validation_task', [False, True])
def test_number_of_rounds(workspace: Workspace, parameters: dict, expected: set, with_validation_task: bool) -> None:
    frame = classes_table()
    stops = parameters.get('early_stopping_rounds', 50) > 0
    if with_validation_task:
        parameters = {**parameters, 'validation_data_task': workspace.given(classes_table(seed=1))}
    model = workspace.build(TrainLightGBM, frame, **parameters)
    held_out = with_validation_task or parameters.get('validation_size', 0.2) > 0
    if stops and held_out:
        assert model.training['validation_rows'] == (240 if with_validation_task else 48)
        given = parameters.get('model_kwargs', {}).get('n_estimators', 10_000)
        assert 1 <= rounds_of(model) <= given
        if expected != {100} and expected != {12}:
            assert rounds_of(model) in expected
    else:
        assert rounds_of(model) in expected
        assert 'validation_rows' not in model.training


@pytest.mark.parametrize('task_class', BOOSTERS)
def test_refit_trains_the_same_number_of_rounds_on_all_rows(workspace: Workspace, task_class: type) -> None:
    frame = classes_table()
    parameters = {'model_kwargs': {'n_estimators': 20, 'learning_rate': 0.3}, 'early_stopping_rounds': 3}
    part = workspace.build(task_class, frame, refit=False, **parameters)
    whole = workspace.build(task_class, frame, refit=True, **parameters)
    given = workspace.build(
        task_class,
        frame,
        validation_size=0.0,
        model_kwargs={'n_estimators': rounds_of(part), 'learning_rate': 0.3},
    )
    assert rounds_of(whole) == rounds_of(part) == rounds_of(given)
    proba = [model.predict_proba(features(frame)) for model in (part, whole, given)]
    np.testing.assert_allclose(proba[1], proba[2])
    assert not np.allclose(proba[0], proba[1])


def test_refit_uses_the_rows_of_the_validation_task(workspace: Workspace) -> None:
    frame, other = classes_table(120), classes_table(240, seed=5)
    parameters = {'model_kwargs': {'n_estimators': 9}, 'early_stopping_rounds': 100}
    refitted = workspace.build(TrainLightGBM, frame, validation_data_task=workspace.given(other), **parameters)
    both = workspace.build(
        TrainLightGBM,
        pd.concat([frame, other]),
        validation_size=0.0,
        model_kwargs={'n_estimators': rounds_of(refitted)},
    )
    np.testing.assert_allclose(refitted.predict_proba(features(other)), both.predict_proba(features(other)))


def test_validation_table_with_other_columns_in_another_order(workspace: Workspace) -> None:
    frame = classes_table()
    other = classes_table(seed=5)
    parameters = {'model_kwargs': {'n_estimators': 9}}
    plain = workspace.build(TrainLightGBM, frame, validation_data_task=workspace.given(other), **parameters)
    strange = other[list(reversed(other.columns))].assign(extra='x')
    model = workspace.build(TrainLightGBM, frame, validation_data_task=workspace.given(strange), **parameters)
    assert list(model.feature_names_in_) == ['a', 'b', 'noise', 'colour']
    np.testing.assert_allclose(model.predict_proba(features(frame)), plain.predict_proba(features(frame)))
    error = workspace.failure(TrainLightGBM, frame, validation_data_task=workspace.given(other.drop(columns='b')))
    assert isinstance(error, MissingColumnError)
    assert "'b'" in str(error)


def test_early_stopping_watches_the_validation_rows(workspace: Workspace) -> None:
    # labels turned over: each round makes the score on them worse, so the first is the best
    frame = classes_table()
    turned = classes_table(seed=5).assign(category=lambda table: 1 - table['category'])
    model = workspace.build(
        TrainLightGBM, frame, validation_data_task=workspace.given(turned), early_stopping_rounds=5, refit=False
    )
    assert rounds_of(model) == 1


def test_metric_of_early_stopping(workspace: Workspace) -> None:
    parameters = {'model_kwargs': {'n_estimators': 5}}
    model = workspace.build(TrainLightGBM, classes_table(), metric='roc_auc', **parameters)
    assert model.training['metric'] == 'auc'
    assert 0.8 < model.training['validation_score'] <= 1
    model = workspace.build(TrainLightGBM, numbers_table(), target_column_name='y', problem='regression', **parameters)
    assert model.training['metric'] == 'rmse'
    with pytest.raises(ParameterError, match=r"^TrainLightGBM: the metric 'rmse' is not one for classification"):
        workspace.task(TrainLightGBM, classes_table(), metric='rmse', **parameters)


@pytest.mark.parametrize('task_class', BOOSTERS)
def test_pandas_and_polars_train_the_same_model(workspace: Workspace, task_class: type) -> None:
    frame = classes_table().reset_index(drop=True)
    parameters = {'model_kwargs': {'n_estimators': 6}}
    tables = [frame, polars.from_pandas(frame), polars.from_pandas(frame).lazy()]
    predictions = [workspace.build(task_class, t, **parameters).predict_proba(features(frame)) for t in tables]
    np.testing.assert_array_equal(predictions[0], predictions[1])
    np.testing.assert_array_equal(predictions[0], predictions[2])


@pytest.mark.parametrize('task_class', BOOSTERS)
def test_weights_count(workspace: Workspace, task_class: type) -> None:
    frame = classes_table(120)
    wrong = frame.assign(category=1 - frame['category'])
    both = pd.concat([frame.assign(weight=1.0), wrong.assign(weight=0.0)])
    model = workspace.build(
        task_class,
        both,
        weight_column_name='weight',
        validation_size=0.0,
        model_kwargs={'n_estimators': 20, 'learning_rate': 0.3},
    )
    assert 'weight' not in model.feature_names_in_
    assert np.mean(model.predict(features(frame)) == frame['category']) > 0.9


@pytest.mark.parametrize('task_class', BOOSTERS)
def test_ranking(workspace: Workspace, task_class: type) -> None:
    frame = queries_table()
    model = workspace.build(
        task_class,
        frame,
        target_column_name='relevance',
        problem='ranking',
        group_column_name='query',
        model_kwargs={'n_estimators': 20},
        early_stopping_rounds=10,
    )
    assert list(model.feature_names_in_) == ['a', 'b']
    assert model.training['metric'] == 'ndcg'
    assert model.training['validation_score'] > 0.85
    assert model.training['validation_rows'] == 48  # 6 of 30 queries of 8 rows
    assert np.corrcoef(model.predict(frame), frame['relevance'])[0, 1] > 0.6


def test_groups_are_held_out_as_a_whole(workspace: Workspace) -> None:
    # 4 groups of 60 rows: a fifth of the rows can only be one whole group
    frame = classes_table().assign(house=lambda table: np.arange(len(table)) % 4)
    model = workspace.build(
        TrainLightGBM, frame, group_column_name='house', model_kwargs={'n_estimators': 3}, refit=False
    )
    assert model.training['validation_rows'] == 60
    assert 'house' not in model.feature_names_in_


def test_named_features_only(workspace: Workspace) -> None:
    model = workspace.build(
        TrainLightGBM,
        classes_table(),
        feature_column_names=['b', 'a'],
        validation_size=0.0,
        model_kwargs={'n_estimators': 3},
    )
    assert list(model.feature_names_in_) == ['b', 'a']


def test_equal_seeds_give_equal_models_and_others_do_not(workspace: Workspace) -> None:
    frame = classes_table()
    parameters = {'model_kwargs': {'n_estimators': 5, 'feature_fraction': 0.5}}
    one = workspace.build(TrainLightGBM, frame, random_seed=1, **parameters)
    again = Workspace(workspace.folder / 'again')
    again.folder.mkdir()
    same = again.build(TrainLightGBM, frame, random_seed=1, **parameters)
    other = workspace.build(TrainLightGBM, frame, random_seed=2, **parameters)
    proba = [model.predict_proba(features(frame)) for model in (one, same, other)]
    np.testing.assert_array_equal(proba[0], proba[1])
    assert not np.array_equal(proba[0], proba[2])


def test_input_is_left_as_it_was(workspace: Workspace) -> None:
    frame = classes_table()
    data = workspace.given(frame)
    workspace.build(TrainLightGBM, data, model_kwargs={'n_estimators': 3})
    pd.testing.assert_frame_equal(data.output().load(), classes_table())


@pytest.mark.parametrize(
    ('parameters', 'error_class', 'message'),
    [
        ({'model_kwargs': {'num_leafs': 7}}, UnknownArgumentError, "'num_leafs'.*num_leaves"),
        ({'model_kwargs': {'seed': 7}}, ParameterError, 'random_seed'),
        ({'model_kwargs': {'n_estimators': 7, 'num_iterations': 8}}, ParameterError, 'twice'),
        ({'target_column_name': 'label'}, MissingColumnError, r"lacks the columns \['label'\].*target_column_name"),
        ({'target_column_name': 'a'}, DataError, 'continuous'),
        ({'feature_column_names': ['a', 'category']}, ParameterError, 'must not see'),
    ],
)
def test_errors_carry_the_name_of_the_task(
    workspace: Workspace, parameters: dict, error_class: type, message: str
) -> None:
    error = workspace.failure(TrainLightGBM, classes_table(), **parameters)
    assert isinstance(error, error_class)
    assert str(error).startswith('TrainLightGBM: ')
    with pytest.raises(error_class, match=message):
        raise error


def test_ranking_without_queries_is_refused_when_it_is_constructed(workspace: Workspace) -> None:
    with pytest.raises(ParameterError, match=r"^TrainLightGBM: problem='ranking'.*group_column_name"):
        workspace.task(TrainLightGBM, queries_table(), problem='ranking', target_column_name='relevance')


def test_other_output_than_a_table_is_refused(workspace: Workspace) -> None:
    error = workspace.failure(TrainLightGBM, {'a': [1]})
    assert isinstance(error, DataError)
    assert 'dict' in str(error)


def test_a_second_build_does_nothing(workspace: Workspace) -> None:
    task = workspace.task(TrainLightGBM, classes_table(), model_kwargs={'n_estimators': 3})
    workspace.build(task)
    assert task.complete()
    before = task.output().last_modification_time()
    workspace.build(task)
    assert task.output().last_modification_time() == before


def test_numbers_as_classes_are_warned_of(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    frame = classes_table()
    redshells.build(workspace.task(TrainLightGBM, frame, model_kwargs={'n_estimators': 1}))
    assert "problem='regression'" not in caplog.text
    frame['category'] = np.arange(len(frame)) % 110
    redshells.build(workspace.task(TrainLightGBM, frame, validation_size=0.0, model_kwargs={'n_estimators': 1}))
    assert "the target 'category' has 110 different numbers in 240 rows" in caplog.text


def test_no_threads_are_refused(workspace: Workspace) -> None:
    with pytest.raises(ParameterError, match=r'^TrainLightGBM: n_jobs=0'):
        workspace.task(TrainLightGBM, classes_table(), n_jobs=0)


def test_n_jobs_is_not_part_of_the_id(workspace: Workspace) -> None:
    data = workspace.given(classes_table())
    ids = {workspace.task(TrainLightGBM, data, n_jobs=n_jobs).make_unique_id() for n_jobs in (-1, 1, 2)}
    assert len(ids) == 1
    assert OptimizeLightGBM(train_data_task=data).make_unique_id() not in ids


def test_the_latest_rows_are_watched_and_the_time_is_no_feature(workspace: Workspace) -> None:
    frame = numbers_table(100)
    frame['day'] = np.arange(100)[::-1]
    frame.loc[frame['day'] >= 80, 'a'] = np.nan  # what is learnt on the first days does not hold on the last ones

    def train(**parameters: Any) -> Any:
        arguments = {'problem': 'regression', 'target_column_name': 'y', 'early_stopping_rounds': 5}
        return workspace.build(TrainLightGBM, frame, **arguments, **parameters)

    by_time = train(time_column_name='day')
    at_random = train(feature_column_names=['a', 'b', 'noise', 'colour'])

    assert 'day' not in by_time.schema_.feature_names
    assert by_time.training['validation_rows'] == 20
    assert by_time.training['validation_score'] > at_random.training['validation_score']


@pytest.mark.parametrize('name', ['LGBMRegressor', 'XGBRanker'])
def test_a_model_of_another_problem_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(ParameterError, match=f"TrainClassificationModel: model_name='{name}', a model for"):
        workspace.task(TrainClassificationModel, classes_table(), model_name=name)
