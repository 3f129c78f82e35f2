"""EvaluatePrediction: the scores are those of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics

from redshells.errors import (
    ColumnTypeError,
    DataError,
    MissingColumnError,
    ParameterError,
    TargetError,
    UnknownNameError,
)
from redshells.predict import EvaluatePrediction, PredictTable
from redshells.train import TrainClassificationModel, TrainLightGBM
from tests.tables import Workspace, classes_table, numbers_table, queries_table

TRAINING = {'validation_size': 0.0, 'model_kwargs': {'n_estimators': 6}}


def predicted(workspace: Workspace, train: pd.DataFrame, test: pd.DataFrame, **parameters: Any) -> Any:
    model_task = workspace.task(TrainLightGBM, train, **{**TRAINING, **parameters})
    return workspace.task(PredictTable, test, model_task=model_task)


def by_metric(scores: pd.DataFrame) -> dict[str, float]:
    assert list(scores.columns) == ['metric', 'direction', 'score', 'number_of_rows']
    return dict(zip(scores['metric'], scores['score'], strict=True))


@pytest.mark.parametrize('weighted', [False, True])
@pytest.mark.parametrize('labels', ['numbers', 'strings'])
def test_two_classes(workspace: Workspace, weighted: bool, labels: str) -> None:
    train, test = classes_table(), classes_table(seed=1).sample(frac=1.0, random_state=0)
    test['weight'] = np.linspace(0.1, 2.0, len(test))
    if labels == 'strings':
        train, test = [table.assign(category=table['category'].map({0: 'no', 1: 'yes'})) for table in (train, test)]
    prediction_task = predicted(workspace, train, test)
    names = ['auc', 'logloss', 'accuracy', 'balanced_accuracy', 'f1', 'precision', 'recall', 'mcc', 'brier']
    task = workspace.task(
        EvaluatePrediction,
        test,
        prediction_task=prediction_task,
        metrics=names,
        weight_column_name='weight' if weighted else None,
    )
    scores = workspace.build(task)
    predictions = workspace.build(prediction_task)
    target = (test['category'].isin([1, 'yes'])).astype(int).to_numpy()
    positive = predictions.iloc[:, -1].to_numpy()
    decided = (positive > 0.5).astype(int)
    weight = {'sample_weight': test['weight'] if weighted else None}
    metrics = sklearn.metrics
    assert by_metric(scores) == pytest.approx(
        {
            'auc': metrics.roc_auc_score(target, positive, **weight),
            'logloss': metrics.log_loss(target, positive, **weight),
            'accuracy': metrics.accuracy_score(target, decided, **weight),
            'balanced_accuracy': metrics.balanced_accuracy_score(target, decided, **weight),
            'f1': metrics.f1_score(target, decided, **weight),
            'precision': metrics.precision_score(target, decided, **weight),
            'recall': metrics.recall_score(target, decided, **weight),
            'mcc': metrics.matthews_corrcoef(target, decided, **weight),
            'brier': metrics.brier_score_loss(target, positive, **weight),
        }
    )
    assert (scores['number_of_rows'] == 240).all()
    assert scores.set_index('metric')['direction'][['auc', 'logloss', 'brier']].tolist() == [
        'maximize',
        'minimize',
        'minimize',
    ]
    log = task.get_task_log()
    assert log['scores'] == pytest.approx(by_metric(scores))
    assert 'versions' in log


def test_three_classes(workspace: Workspace) -> None:
    train, test = classes_table(classes=3), classes_table(seed=1, classes=3)
    prediction_task = predicted(workspace, train, test)
    scores = by_metric(workspace.build(EvaluatePrediction, test, prediction_task=prediction_task))
    predictions = workspace.build(prediction_task)
    target, probabilities = test['category'], predictions.filter(like='probability_')
    assert scores == pytest.approx(
        {
            'logloss': sklearn.metrics.log_loss(target, probabilities),
            'accuracy': sklearn.metrics.accuracy_score(target, predictions['prediction']),
            'balanced_accuracy': sklearn.metrics.balanced_accuracy_score(target, predictions['prediction']),
        }
    )


def test_test_part_that_lacks_a_class(workspace: Workspace) -> None:
    train, test = classes_table(classes=3), classes_table(seed=1, classes=3).query('category != 1')
    prediction_task = predicted(workspace, train, test)
    scores = by_metric(workspace.build(EvaluatePrediction, test, prediction_task=prediction_task))
    predictions = workspace.build(prediction_task)
    assert scores['accuracy'] == pytest.approx(np.mean(predictions['prediction'].to_numpy() == test['category']))
    # the scores are those of three classes, which is what the model knows
    assert set(scores) == {'logloss', 'accuracy', 'balanced_accuracy'}
    assert len(workspace.build(prediction_task).filter(like='probability_').columns) == 3
    one_class = classes_table(seed=1).query('category == 1')
    prediction_task = predicted(workspace, classes_table(), one_class)
    scores = by_metric(workspace.build(EvaluatePrediction, one_class, prediction_task=prediction_task))
    assert set(scores) == {'auc', 'logloss', 'accuracy'}
    assert np.isnan(scores['auc'])


def test_regression(workspace: Workspace) -> None:
    train, test = numbers_table(), numbers_table(seed=1)
    parameters = {'problem': 'regression', 'target_column_name': 'y'}
    prediction_task = predicted(workspace, train, test, **parameters)
    scores = by_metric(workspace.build(EvaluatePrediction, test, prediction_task=prediction_task, **parameters))
    predictions = workspace.build(prediction_task)['prediction']
    assert scores == pytest.approx(
        {
            'rmse': sklearn.metrics.root_mean_squared_error(test['y'], predictions),
            'mae': sklearn.metrics.mean_absolute_error(test['y'], predictions),
            'r2': sklearn.metrics.r2_score(test['y'], predictions),
        }
    )


def test_ranking(workspace: Workspace) -> None:
    frame = queries_table()
    parameters = {'problem': 'ranking', 'target_column_name': 'relevance', 'group_column_name': 'query'}
    prediction_task = predicted(workspace, frame, frame, **parameters)
    task = workspace.task(
        EvaluatePrediction, frame, prediction_task=prediction_task, metrics=['ndcg', 'ndcg@3'], **parameters
    )
    scores = by_metric(workspace.build(task))
    table = frame.assign(score=workspace.build(prediction_task)['prediction'])
    expected = [
        sklearn.metrics.ndcg_score([2.0 ** part['relevance'] - 1], [part['score']], k=3, ignore_ties=True)
        for _, part in table.groupby('query')
    ]
    # ties are broken by the order of the rows here and by another one there
    assert scores['ndcg@3'] == pytest.approx(np.mean(expected), abs=0.05)
    assert 0.8 < scores['ndcg'] <= 1


def test_labels_without_probabilities(workspace: Workspace) -> None:
    frame = classes_table()
    model_task = workspace.task(TrainClassificationModel, frame, model_name='sklearn.svm:LinearSVC')
    prediction_task = workspace.task(PredictTable, frame, model_task=model_task)
    scores = workspace.build(EvaluatePrediction, frame, prediction_task=prediction_task, metrics=['accuracy', 'f1'])
    predictions = workspace.build(prediction_task)['prediction']
    assert by_metric(scores) == pytest.approx(
        {
            'accuracy': sklearn.metrics.accuracy_score(frame['category'], predictions),
            'f1': sklearn.metrics.f1_score(frame['category'], predictions),
        }
    )


def test_a_table_of_labels_alone(workspace: Workspace) -> None:
    table = classes_table()
    prediction_task = predicted(workspace, table, table)
    whole = workspace.build(EvaluatePrediction, table, prediction_task=prediction_task)
    labels = workspace.build(EvaluatePrediction, table[['category']], prediction_task=prediction_task)
    assert by_metric(labels) == by_metric(whole)


def test_another_problem_than_that_of_the_model(workspace: Workspace) -> None:
    table = numbers_table().assign(whole=lambda frame: frame['y'].round().astype(int))
    numbers = predicted(workspace, table, table, target_column_name='y', problem='regression')
    error = workspace.failure(EvaluatePrediction, table, prediction_task=numbers, target_column_name='whole')
    assert isinstance(error, DataError)
    assert "Set problem='regression'" in str(error)

    table = classes_table()
    classes = predicted(workspace, table, table)
    error = workspace.failure(EvaluatePrediction, table, prediction_task=classes, problem='regression')
    assert isinstance(error, DataError)
    assert "Set problem='classification'" in str(error)


def test_columns_of_the_user_are_no_probabilities(workspace: Workspace) -> None:
    frame = classes_table().assign(probability_of_rain=0.5)
    model_task = workspace.task(TrainLightGBM, frame, **TRAINING)
    plain = workspace.task(PredictTable, frame, model_task=model_task)
    with_column = workspace.task(PredictTable, frame, model_task=model_task, id_column_names=['probability_of_rain'])
    scores = [workspace.build(EvaluatePrediction, frame, prediction_task=task) for task in (plain, with_column)]
    pd.testing.assert_frame_equal(scores[0], scores[1])


def test_tables_that_do_not_belong_together(workspace: Workspace) -> None:
    train, test = classes_table(), classes_table(seed=1)
    prediction_task = predicted(workspace, train, test)
    error = workspace.failure(EvaluatePrediction, test[:100], prediction_task=prediction_task)
    assert isinstance(error, DataError)
    assert str(error).startswith('EvaluatePrediction: there are 240 predictions for 100 rows')
    unknown = test.assign(category=[7] * 240)
    assert isinstance(workspace.failure(EvaluatePrediction, unknown, prediction_task=prediction_task), TargetError)
    error = workspace.failure(EvaluatePrediction, test, prediction_task=workspace.given(test))
    assert isinstance(error, MissingColumnError)
    error = workspace.failure(EvaluatePrediction, test, prediction_task=workspace.given({'prediction': 1}))
    assert isinstance(error, ColumnTypeError)
    error = workspace.failure(EvaluatePrediction, test, prediction_task=prediction_task, target_column_name='label')
    assert isinstance(error, MissingColumnError)
    with pytest.raises(UnknownNameError, match=r'^EvaluatePrediction: '):
        workspace.task(EvaluatePrediction, test, prediction_task=prediction_task, metrics=['rmse'])


def test_the_same_rows_in_another_order_are_refused(workspace: Workspace) -> None:
    train, test = classes_table(), classes_table(seed=1).sample(frac=1.0, random_state=0)
    task = workspace.task(EvaluatePrediction, test.sort_index(), prediction_task=predicted(workspace, train, test))

    error = workspace.failure(task)

    assert isinstance(error, DataError)
    assert 'in another order' in str(error)


@pytest.mark.parametrize('path', ['predictions.csv.gz', 'predictions.txt', 'predictions'])
def test_a_file_that_holds_no_table_is_refused(workspace: Workspace, path: str) -> None:
    model_task = workspace.task(TrainLightGBM, classes_table(), **TRAINING)

    with pytest.raises(ParameterError, match=r"PredictTable: the path 'predictions.*ends in"):
        workspace.task(PredictTable, classes_table(), model_task=model_task, output_file_path=path)
