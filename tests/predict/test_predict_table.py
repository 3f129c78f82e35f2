"""PredictTable on real gokart: one row for each row, in order, with its index."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars
import pytest

from redshells.errors import ColumnTypeError, DuplicateColumnError, MissingColumnError, ParameterError
from redshells.predict import PredictTable
from redshells.train import TrainCatBoost, TrainClassificationModel, TrainLightGBM, TrainXGBoost
from tests.tables import Workspace, classes_table, numbers_table, queries_table

BOOSTERS = [TrainLightGBM, TrainXGBoost, TrainCatBoost]


def trained(workspace: Workspace, task_class: Any = TrainLightGBM, frame: Any = None, **parameters: Any) -> Any:
    frame = classes_table() if frame is None else frame
    parameters = {'validation_size': 0.0, 'model_kwargs': {'n_estimators': 6}, **parameters}
    return workspace.task(task_class, frame, **parameters)


@pytest.mark.parametrize('task_class', BOOSTERS)
def test_order_and_index_are_kept(workspace: Workspace, task_class: type) -> None:
    model_task = trained(workspace, task_class)
    frame = classes_table(seed=1).drop(columns='category').sample(frac=1.0, random_state=0)
    task = workspace.task(PredictTable, frame, model_task=model_task)
    predictions = workspace.build(task)
    model = workspace.build(model_task)
    assert list(predictions.columns) == ['prediction', 'probability_0', 'probability_1']
    np.testing.assert_array_equal(predictions.index, frame.index)
    np.testing.assert_array_equal(predictions['prediction'], model.predict(frame))
    np.testing.assert_array_equal(predictions[['probability_0', 'probability_1']], model.predict_proba(frame))
    log = task.get_task_log()
    assert (log['rows'], log['columns']) == (240, list(predictions.columns))
    assert 'versions' in log


@pytest.mark.parametrize(
    'index',
    [
        pd.Index([f'row {number}' for number in range(240)], name='key'),
        pd.Index([number % 7 for number in range(240)]),
        pd.date_range('2024-01-01', periods=240, name='day'),
        pd.Index(np.linspace(0.5, 9.5, 240)),
        pd.CategoricalIndex(['x', 'y', 'z'] * 80),
    ],
    ids=['strings', 'repeated', 'dates', 'floats', 'categories'],
)
def test_index_of_any_type(workspace: Workspace, index: pd.Index) -> None:
    frame = classes_table(seed=1).set_axis(index, axis=0)
    predictions = workspace.build(PredictTable, frame, model_task=trained(workspace))
    pd.testing.assert_index_equal(predictions.index, index, check_freq=False)


def test_index_of_several_levels(workspace: Workspace) -> None:
    index = pd.MultiIndex.from_product([['x', 'y'], range(120)], names=['side', 'number'])
    frame = classes_table(seed=1).set_axis(index, axis=0)
    plain = classes_table(seed=1)
    model_task = trained(workspace)
    predictions = workspace.build(PredictTable, frame, model_task=model_task, output_file_path='predict/all.pkl')
    pd.testing.assert_index_equal(predictions.index, index)
    expected = workspace.build(PredictTable, plain, model_task=model_task)
    np.testing.assert_array_equal(predictions['prediction'], expected['prediction'])
    error = workspace.failure(PredictTable, frame, model_task=model_task)
    assert isinstance(error, ParameterError)
    assert str(error).startswith('PredictTable: the table has an index of 2 levels')
    assert 'output_file_path' in str(error)
    # gokart would give the times back without their zone
    frame = plain.set_axis(pd.date_range('2024-01-01', periods=240, tz='Asia/Tokyo'), axis=0)
    error = workspace.failure(PredictTable, frame, model_task=model_task)
    assert isinstance(error, ParameterError)
    assert 'Asia/Tokyo' in str(error)


def test_reordered_and_further_columns_do_not_matter(workspace: Workspace) -> None:
    model_task = trained(workspace)
    frame = classes_table(seed=1)
    strange = frame[list(reversed(frame.columns))].assign(note='x')
    one, other = [workspace.build(PredictTable, table, model_task=model_task) for table in (frame, strange)]
    pd.testing.assert_frame_equal(one, other)


def test_id_columns(workspace: Workspace) -> None:
    frame = classes_table(seed=1).assign(
        user=lambda table: [f'u{number}' for number in range(len(table))],
        day=lambda table: pd.date_range('2024-01-01', periods=len(table)),
    )
    model_task = trained(workspace)
    predictions = workspace.build(PredictTable, frame, model_task=model_task, id_column_names=['user', 'day', 'a'])
    assert list(predictions.columns) == ['user', 'day', 'a', 'prediction', 'probability_0', 'probability_1']
    pd.testing.assert_frame_equal(predictions[['user', 'day', 'a']], frame[['user', 'day', 'a']], check_freq=False)
    error = workspace.failure(PredictTable, frame, model_task=model_task, id_column_names=['user_id'])
    assert isinstance(error, MissingColumnError)
    assert str(error).startswith("PredictTable: data_task=GivenTable: the input table lacks the columns ['user_id']")
    clash = frame.assign(prediction=0)
    error = workspace.failure(PredictTable, clash, model_task=model_task, id_column_names=['prediction'])
    assert isinstance(error, DuplicateColumnError)


@pytest.mark.parametrize('task_class', BOOSTERS)
@pytest.mark.parametrize('classes', [2, 3])
def test_contributions_add_up(workspace: Workspace, task_class: type, classes: int) -> None:
    frame = classes_table(seed=1, classes=classes)
    model_task = trained(workspace, task_class, frame)
    predictions = workspace.build(PredictTable, frame, model_task=model_task, with_contributions=True)
    names = ['a', 'b', 'noise', 'colour', 'base']
    contributions = predictions[[f'contribution_{name}' for name in names]]
    assert list(predictions.columns[-5:]) == list(contributions.columns)
    raw = contributions.sum(axis=1)
    probabilities = predictions.filter(like='probability_').to_numpy()
    if classes == 2:
        np.testing.assert_allclose(1 / (1 + np.exp(-raw)), probabilities[:, 1], rtol=1e-4, atol=1e-6)
    else:
        # the raw score of the predicted class: a softmax of it and the others, which are all below it
        assert (raw.groupby(predictions['prediction']).count() > 0).all()
        model = workspace.build(model_task)
        best = probabilities.argmax(axis=1)
        expected = model.contributions(frame)[np.arange(len(frame)), best]
        np.testing.assert_array_equal(contributions, expected)


def test_contributions_of_a_regression_are_the_prediction(workspace: Workspace) -> None:
    frame = numbers_table()
    model_task = trained(workspace, TrainLightGBM, frame, problem='regression', target_column_name='y')
    predictions = workspace.build(PredictTable, frame, model_task=model_task, with_contributions=True)
    assert not predictions.columns.str.startswith('probability').any()
    total = predictions.filter(like='contribution_').sum(axis=1)
    np.testing.assert_allclose(total, predictions['prediction'], rtol=1e-6)


def test_models_without_contributions_refuse(workspace: Workspace) -> None:
    model_task = trained(workspace, TrainClassificationModel, model_name='sklearn.svm:LinearSVC', model_kwargs={})
    error = workspace.failure(PredictTable, classes_table(), model_task=model_task, with_contributions=True)
    assert isinstance(error, ParameterError)
    assert str(error).startswith('PredictTable: with_contributions=True')


@pytest.mark.parametrize('task_class', BOOSTERS)
def test_batch_size_does_not_change_the_result(workspace: Workspace, task_class: type) -> None:
    frame = classes_table(seed=1, classes=3).assign(category=lambda table: table['category'].map('class {}'.format))
    model_task = trained(workspace, task_class, frame)
    results = []
    for size in (1, 7, 239, 240, 100_000):
        task = workspace.task(
            PredictTable, frame, model_task=model_task, prediction_batch_size=size, with_contributions=True
        )
        if task.complete():  # the batch size is not part of the id
            task.output().remove()
        results.append(workspace.build(task))
    for result in results[1:]:
        pd.testing.assert_frame_equal(result, results[0])


@pytest.mark.parametrize('labels', ['strings', 'numbers', 'booleans'])
def test_empty_table_gives_an_empty_output_of_the_same_types(workspace: Workspace, labels: str) -> None:
    frame = classes_table().assign(user='u', count=3)
    if labels == 'strings':
        frame['category'] = frame['category'].map({0: 'no', 1: 'yes'})
    if labels == 'booleans':
        frame['category'] = frame['category'] == 1
    model_task = trained(workspace, frame=frame)
    parameters = {'model_task': model_task, 'id_column_names': ['user', 'count'], 'with_contributions': True}
    full = workspace.build(PredictTable, frame, **parameters)
    empty = workspace.build(PredictTable, frame[:0], **parameters)
    assert len(empty) == 0
    assert list(empty.columns) == list(full.columns)
    pd.testing.assert_series_equal(empty.dtypes, full.dtypes)


def test_empty_table_of_a_regression_and_of_an_estimator(workspace: Workspace) -> None:
    frame = numbers_table()
    for parameters in (
        {'task_class': TrainXGBoost, 'problem': 'regression', 'target_column_name': 'y'},
        {'task_class': TrainClassificationModel, 'model_name': 'RandomForestClassifier'},
        {'task_class': TrainClassificationModel, 'model_name': 'sklearn.svm:LinearSVC', 'model_kwargs': {}},
    ):
        frame = numbers_table() if 'problem' in parameters else classes_table()
        model_task = trained(workspace, frame=frame, **parameters)
        full = workspace.build(PredictTable, frame, model_task=model_task)
        empty = workspace.build(PredictTable, frame[:0], model_task=model_task)
        pd.testing.assert_series_equal(empty.dtypes, full.dtypes)


def test_polars(workspace: Workspace) -> None:
    frame = classes_table(seed=1).reset_index(drop=True)
    model_task = trained(workspace)
    parameters = {'model_task': model_task, 'id_column_names': ['colour']}
    expected = workspace.build(PredictTable, frame, **parameters)
    for table in (polars.from_pandas(frame), polars.from_pandas(frame).lazy()):
        pd.testing.assert_frame_equal(workspace.build(PredictTable, table, **parameters), expected)


def test_ranking(workspace: Workspace) -> None:
    frame = queries_table()
    model_task = trained(
        workspace,
        frame=frame,
        problem='ranking',
        target_column_name='relevance',
        group_column_name='query',
        model_kwargs={'n_estimators': 10},
    )
    predictions = workspace.build(PredictTable, frame, model_task=model_task, id_column_names=['query'])
    assert list(predictions.columns) == ['query', 'prediction']
    assert np.corrcoef(predictions['prediction'], frame['relevance'])[0, 1] > 0.6


def test_errors(workspace: Workspace) -> None:
    model_task = trained(workspace)
    frame = classes_table(seed=1)
    error = workspace.failure(PredictTable, frame.drop(columns='b'), model_task=model_task)
    assert isinstance(error, MissingColumnError)
    assert str(error).startswith('PredictTable: ')
    assert "['b']" in str(error)
    error = workspace.failure(PredictTable, frame.assign(a='text'), model_task=model_task)
    assert isinstance(error, ColumnTypeError)
    assert "'a'" in str(error)
    error = workspace.failure(PredictTable, [1, 2], model_task=model_task)
    assert isinstance(error, ColumnTypeError)
    assert 'list' in str(error)


def test_another_task_than_a_trained_model_is_refused(workspace: Workspace) -> None:
    frame = classes_table()
    error = workspace.failure(PredictTable, frame, model_task=workspace.given({'no': 'model'}))
    assert isinstance(error, ParameterError)
    assert str(error).startswith('PredictTable: model_task=GivenTable outputs a dict')
