"""Validate tasks: each row is predicted by a model that has not seen it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss, root_mean_squared_error

from redshells.errors import ParameterError, SplitError, UnknownNameError
from redshells.train import (
    OptimizeLightGBM,
    ValidateCatBoost,
    ValidateClassificationModel,
    ValidateLightGBM,
    ValidateXGBoost,
)
from tests.tables import NARROW, Workspace, classes_table, numbers_table, queries_table

QUICK = {'early_stopping_rounds': 3, 'model_kwargs': {'learning_rate': 0.3}}


def probabilities(predictions: pd.DataFrame) -> Any:
    return predictions.filter(like='probability_').to_numpy()


@pytest.mark.parametrize('task_class', [ValidateLightGBM, ValidateXGBoost, ValidateCatBoost])
def test_each_row_in_order_and_each_score(workspace: Workspace, task_class: type) -> None:
    frame = classes_table(classes=3)
    task = workspace.task(task_class, frame, cross_validation_size=3, **QUICK)
    output = workspace.build(task)
    scores, predictions = output['scores'], output['predictions']
    assert list(predictions.columns) == [
        'fold',
        'target',
        'prediction',
        'probability_0',
        'probability_1',
        'probability_2',
    ]
    np.testing.assert_array_equal(predictions.index, frame.index)
    np.testing.assert_array_equal(predictions['target'], frame['category'])
    assert predictions.notna().all(axis=None)
    np.testing.assert_array_equal(probabilities(predictions).argmax(axis=1), predictions['prediction'])
    assert list(scores.columns) == ['fold', 'metric', 'score', 'number_of_rows', 'number_of_rounds', 'seconds']
    assert len(scores) == 3 * 3
    assert scores['metric'].tolist()[:3] == ['logloss', 'accuracy', 'balanced_accuracy']
    by_fold = scores.pivot(index='fold', columns='metric', values='score')
    for fold, part in predictions.groupby('fold'):
        assert len(part) == 80
        assert by_fold['accuracy'][fold] == pytest.approx(accuracy_score(part['target'], part['prediction']))
        assert by_fold['logloss'][fold] == pytest.approx(log_loss(part['target'], probabilities(part)), rel=1e-4)
    assert by_fold['accuracy'].mean() > 0.6
    log = task.get_task_log()
    assert log['scores'] == pytest.approx(by_fold.mean().to_dict())
    assert (log['rows'], log['columns']) == (240, 4)
    assert 'versions' in log


def test_classes_are_stratified(workspace: Workspace) -> None:
    frame = classes_table().assign(category=lambda table: (table['a'] > 1.2).map({True: 'yes', False: 'no'}))
    predictions = workspace.build(ValidateLightGBM, frame, cross_validation_size=4, **QUICK)['predictions']
    counts = predictions[predictions['target'] == 'yes']['fold'].value_counts()
    assert counts.max() - counts.min() <= 1
    assert set(predictions['prediction']) == {'yes', 'no'}


def test_what_can_not_be_known_is_not_predicted(workspace: Workspace) -> None:
    # Each row is a category of its own with a coin for a target: a model that has seen the row knows it, others can't.
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({'row': np.arange(300.0), 'noise': generator.normal(size=300)})
    frame['category'] = generator.integers(0, 2, 300)
    for parameters in ({'refit': True}, {'refit': False}, {'validation_size': 0.0}):
        scores = workspace.build(
            ValidateLightGBM,
            frame,
            metrics=['auc'],
            model_kwargs={'n_estimators': 200, 'min_data_in_leaf': 1, 'num_leaves': 64},
            early_stopping_rounds=5,
            **parameters,
        )['scores']
        assert 0.35 < scores['score'].mean() < 0.65


def test_early_stopping_does_not_look_at_the_rows_that_are_predicted(workspace: Workspace) -> None:
    # The targets of fold 0 are turned over. If its models stopped by them, they would end at once; those that stop by
    # other rows are trained for exactly as many rounds, and predict exactly the same, as with the true targets.
    frame = classes_table()
    parameters = {'cross_validation_size': 3, 'split': 'random', 'refit': False, **QUICK}
    honest = workspace.build(ValidateLightGBM, frame, **parameters)
    fold = honest['predictions']['fold']
    turned = frame.assign(category=np.where(fold == 0, 1 - frame['category'], frame['category']))
    planted = workspace.build(ValidateLightGBM, turned, **parameters)
    np.testing.assert_array_equal(planted['predictions']['fold'], fold)
    np.testing.assert_array_equal(
        planted['predictions'].loc[fold == 0, 'probability_1'], honest['predictions'].loc[fold == 0, 'probability_1']
    )
    rounds = [output['scores'].query('fold == 0')['number_of_rounds'].iloc[0] for output in (honest, planted)]
    assert rounds[0] == rounds[1] > 1


def test_time_split(workspace: Workspace) -> None:
    frame = classes_table().assign(day=lambda table: pd.date_range('2024-01-01', periods=len(table)))
    frame = frame.sample(frac=1.0, random_state=0)
    output = workspace.build(
        ValidateLightGBM, frame, split='time', time_column_name='day', cross_validation_size=3, **QUICK
    )
    predictions = output['predictions']
    np.testing.assert_array_equal(predictions.index, frame.index)
    without = predictions['fold'] == -1
    np.testing.assert_array_equal(predictions['prediction'].isna(), without)
    assert without.sum() == 60
    borders = frame['day'].groupby(predictions['fold']).agg(['min', 'max'])
    assert (borders['min'].to_numpy()[1:] > borders['max'].to_numpy()[:-1]).all()
    assert borders.index.tolist() == [-1, 0, 1, 2]
    assert set(output['scores']['fold']) == {0, 1, 2}


def test_groups_are_not_torn(workspace: Workspace) -> None:
    frame = classes_table().assign(house=lambda table: [f'house {row % 30}' for row in range(len(table))])
    for split in (None, 'group', 'stratified', 'random'):
        predictions = workspace.build(
            ValidateLightGBM, frame, group_column_name='house', split=split, cross_validation_size=3, **QUICK
        )['predictions']
        assert (predictions['fold'].groupby(frame['house']).nunique() == 1).all()


def test_ranking(workspace: Workspace) -> None:
    frame = queries_table()
    output = workspace.build(
        ValidateLightGBM,
        frame,
        problem='ranking',
        target_column_name='relevance',
        group_column_name='query',
        cross_validation_size=3,
        **QUICK,
    )
    assert list(output['predictions'].columns) == ['fold', 'target', 'prediction']
    assert (output['predictions']['fold'].groupby(frame['query']).nunique() == 1).all()
    scores = output['scores'].groupby('metric')['score'].mean()
    assert set(scores.index) == {'ndcg', 'ndcg@10', 'map'}
    assert scores['ndcg'] > 0.85


def test_regression_with_best_parameters_and_weights(workspace: Workspace) -> None:
    frame = numbers_table().assign(weight=1.0)
    parameters = {'problem': 'regression', 'target_column_name': 'y', 'weight_column_name': 'weight'}
    best = workspace.task(
        OptimizeLightGBM, frame, n_trials=2, cross_validation_size=2, search_space=NARROW, **parameters
    )
    output = workspace.build(
        ValidateLightGBM, frame, best_params_task=best, cross_validation_size=3, metrics=['RMSE', 'mae'], **parameters
    )
    scores, predictions = output['scores'], output['predictions']
    assert (scores['number_of_rounds'] == workspace.build(best).number_of_rounds).all()
    first = predictions[predictions['fold'] == 0]
    assert scores['score'][0] == pytest.approx(root_mean_squared_error(first['target'], first['prediction']))
    assert set(scores['metric']) == {'rmse', 'mae'}


def test_estimator_has_no_rounds(workspace: Workspace) -> None:
    output = workspace.build(
        ValidateClassificationModel, classes_table(), model_name='sklearn.svm:LinearSVC', cross_validation_size=2
    )
    assert output['scores']['number_of_rounds'].isna().all()
    assert list(output['predictions'].columns) == ['fold', 'target', 'prediction']
    assert output['scores'].query("metric == 'accuracy'")['score'].min() > 0.7


def test_seeds(workspace: Workspace) -> None:
    frame = classes_table()
    folds = [
        workspace.build(ValidateLightGBM, frame, random_seed=seed, cross_validation_size=3, **QUICK)['predictions']
        for seed in (0, 1)
    ]
    assert (folds[0]['fold'] != folds[1]['fold']).any()
    again = Workspace(workspace.folder / 'again')
    again.folder.mkdir()
    same = again.build(ValidateLightGBM, frame, random_seed=0, cross_validation_size=3, **QUICK)['predictions']
    pd.testing.assert_frame_equal(same, folds[0])


def test_errors(workspace: Workspace) -> None:
    frame = classes_table()
    with pytest.raises(ParameterError, match=r'^ValidateLightGBM: cross_validation_size=1.*at least 2'):
        workspace.task(ValidateLightGBM, frame, cross_validation_size=1)
    with pytest.raises(ParameterError, match=r"^ValidateLightGBM: split='time'.*time_column_name"):
        workspace.task(ValidateLightGBM, frame, split='time')
    with pytest.raises(UnknownNameError, match=r"^ValidateLightGBM: the metric 'rmse'"):
        workspace.task(ValidateLightGBM, frame, metrics=['rmse'])
    assert isinstance(workspace.failure(ValidateLightGBM, frame[:4], cross_validation_size=5), SplitError)
    assert isinstance(workspace.failure(ValidateLightGBM, frame, split='group'), SplitError)


def test_index_that_a_file_can_not_hold_is_refused_before_the_training(workspace: Workspace) -> None:
    frame = classes_table().set_axis(pd.MultiIndex.from_product([['x', 'y'], range(120)]), axis=0)
    error = workspace.failure(ValidateLightGBM, frame, **QUICK)
    assert isinstance(error, ParameterError)
    assert str(error).startswith('ValidateLightGBM: the table has an index of 2 levels')
    output = workspace.build(ValidateLightGBM, frame, output_file_path='validate/all.pkl', **QUICK)
    pd.testing.assert_index_equal(output['predictions'].index, frame.index)
