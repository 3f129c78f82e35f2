from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.dummy import DummyClassifier

from redshells.errors import (
    ColumnTypeError,
    DataError,
    DuplicateColumnError,
    MissingColumnError,
    NotFittedError,
    ParameterError,
)
from redshells.model.estimator import EstimatorModel
from redshells.model.evaluation import evaluate_predictions
from redshells.model.frame import TableData
from redshells.model.lightgbm import LightGBMModel
from redshells.model.prediction import predict_table


def _table(rows: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({'a': rng.normal(size=rows), 'b': rng.choice(['x', 'y', None], rows), 'id': np.arange(rows)})
    return frame.set_index(pd.Index(np.arange(rows) % 7, name='day'))  # an index may repeat


def _labels(frame: pd.DataFrame, number: int = 2) -> Any:
    return np.array(['low', 'middle', 'top'])[np.digitize(frame['a'], [-0.5, 0.5] if number == 3 else [0, 99])]


def _model(problem: str = 'classification', target: Any = None) -> LightGBMModel:
    frame = _table()
    model = LightGBMModel(problem=problem, number_of_rounds=5, n_jobs=1)
    group = np.repeat(np.arange(12), 10) if problem == 'ranking' else None
    return model.fit(frame[['a', 'b']], _labels(frame) if target is None else target, group=group)


def test_classes_have_probabilities() -> None:
    frame, model = _table(), _model()

    result = predict_table(model, frame, id_column_names=['id'])

    assert list(result.columns) == ['id', 'prediction', 'probability_low', 'probability_middle']
    pd.testing.assert_index_equal(result.index, frame.index)
    assert result['id'].tolist() == frame['id'].tolist()
    np.testing.assert_array_equal(result['prediction'], model.predict(frame))
    np.testing.assert_array_equal(result[['probability_low', 'probability_middle']], model.predict_proba(frame))


@pytest.mark.parametrize('problem', ['regression', 'ranking'])
def test_numbers_have_no_probabilities(problem: str) -> None:
    frame = _table()
    model = _model(problem, (frame['a'] > 0).to_numpy().astype(int))

    result = predict_table(model, frame)

    assert list(result.columns) == ['prediction']
    np.testing.assert_array_equal(result['prediction'], model.predict(frame))


@pytest.mark.parametrize('batch_size', [1, 50, 119, 120, 121])
def test_the_size_of_the_batches_changes_nothing(batch_size: int) -> None:
    frame, model = _table(), _model()

    result = predict_table(model, frame, id_column_names=['id'], with_contributions=True, batch_size=batch_size)

    pd.testing.assert_frame_equal(result, predict_table(model, frame, id_column_names=['id'], with_contributions=True))


def test_contributions_add_up_to_the_raw_score() -> None:
    frame, model = _table(), _model()

    result = predict_table(model, frame, with_contributions=True)

    names = ['contribution_a', 'contribution_b', 'contribution_base']
    assert list(result.columns)[-3:] == names
    probability = 1 / (1 + np.exp(-result[names].sum(axis=1)))
    np.testing.assert_allclose(probability, result['probability_middle'])


def test_contributions_are_those_of_the_predicted_class() -> None:
    frame = _table()
    model = _model(target=_labels(frame, 3))

    result = predict_table(model, frame, with_contributions=True)

    codes = [model.classes_.tolist().index(label) for label in result['prediction']]
    expected = model.contributions(frame)[np.arange(len(frame)), codes]
    np.testing.assert_array_equal(result[['contribution_a', 'contribution_b', 'contribution_base']], expected)


def test_no_rows_give_an_empty_table_with_all_columns() -> None:
    frame, model = _table(), _model()

    result = predict_table(model, frame[:0], id_column_names=['id'], with_contributions=True)

    assert result.shape == (0, 7)
    assert list(result.columns) == list(predict_table(model, frame, id_column_names=['id'], with_contributions=True))


def test_polars_frames_are_predicted_too() -> None:
    frame, model = _table(), _model()

    for given in (pl.from_pandas(frame), pl.from_pandas(frame).lazy()):
        result = predict_table(model, given, id_column_names=['id'])
        pd.testing.assert_frame_equal(
            result, predict_table(model, frame, id_column_names=['id']).reset_index(drop=True), check_dtype=False
        )


def test_two_columns_of_one_name_are_refused() -> None:
    frame = _table().assign(prediction=1, base=lambda table: table['a'])
    model = _model()

    with pytest.raises(DuplicateColumnError, match='prediction'):
        predict_table(model, frame, id_column_names=['prediction'])
    with pytest.raises(DuplicateColumnError, match='id'):
        predict_table(model, frame, id_column_names=['id', 'id'])
    model = LightGBMModel(number_of_rounds=2, n_jobs=1).fit(frame[['a', 'base']], _labels(frame))
    assert len(predict_table(model, frame)) == 120
    with pytest.raises(DuplicateColumnError, match='contribution_base'):
        predict_table(model, frame, with_contributions=True)


def test_a_table_that_does_not_fit_is_named() -> None:
    frame, model = _table(), _model()

    with pytest.raises(MissingColumnError, match="'key'"):
        predict_table(model, frame, id_column_names=['key'])
    with pytest.raises(MissingColumnError, match="'a'"):
        predict_table(model, frame.drop(columns='a'))
    with pytest.raises(ColumnTypeError, match="'a'"):
        predict_table(model, frame.assign(a='high'))
    with pytest.raises(NotFittedError):
        predict_table(LightGBMModel(), frame)


def test_an_estimator_without_probabilities_has_predictions_only() -> None:
    frame = _table()
    model = EstimatorModel(estimator='sklearn.svm:LinearSVC').fit(frame[['a', 'b']], _labels(frame))

    assert list(predict_table(model, frame).columns) == ['prediction']
    with pytest.raises(ParameterError, match='with_contributions'):
        predict_table(model, frame, with_contributions=True)


@pytest.mark.parametrize('labels', [['low', 'middle'], [False, True], [3, 7], [1.0, 2.0]])
def test_predictions_are_scored_whatever_the_labels_are(labels: list[Any]) -> None:
    frame = _table()
    target = pd.Series(np.array(labels)[(frame['a'] > 0).to_numpy().astype(int)], index=frame.index)
    model = _model(target=target)
    predictions = predict_table(model, frame)

    scores = evaluate_predictions(predictions, TableData(frame, target), 'classification', ['auc', 'accuracy'])

    assert scores['metric'].tolist() == ['auc', 'accuracy']
    assert scores['score'].tolist() == pytest.approx([1, (predictions['prediction'] == target).mean()])
    assert scores['number_of_rows'].tolist() == [120, 120]


def test_predictions_of_other_rows_are_not_scored() -> None:
    frame, model = _table(), _model()
    data = TableData(frame, pd.Series(_labels(frame)))

    with pytest.raises(DataError, match='119 predictions for 120 rows'):
        evaluate_predictions(predict_table(model, frame[1:]), data, 'classification', ['auc'])
    with pytest.raises(MissingColumnError, match='PredictTable'):
        evaluate_predictions(frame, data, 'classification', ['auc'])


def test_the_label_is_the_one_that_the_estimator_decides_for() -> None:
    frame = _table()
    arguments = {'estimator': DummyClassifier(strategy='prior'), 'threshold': 0.1}
    model = EstimatorModel(estimator='sklearn.model_selection:FixedThresholdClassifier', model_kwargs=arguments)
    model.fit(frame[['a']], np.repeat(['no', 'yes'], [100, 20]))

    result = predict_table(model, frame)

    assert (result['probability_yes'] < 0.5).all()
    assert set(result['prediction']) == set(model.predict(frame)) == {'yes'}
