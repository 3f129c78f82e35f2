"""What a model is compared with, how it learnt, which rows it shares, and what is summed up of it."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from redshells.analysis import learning_curve as learning
from redshells.analysis.baseline import predict_baseline
from redshells.analysis.learning_curve import learning_curve
from redshells.analysis.model_summary import SummaryPlan
from redshells.analysis.shared_rows import SharedRows, find_shared_rows
from redshells.analysis.summarise_model import choose_metrics, model_name, summarise_model
from redshells.errors import DataError, ParameterError, TargetError, UnknownNameError
from redshells.model.estimator import EstimatorModel
from redshells.model.feature_schema import FeatureSchema
from redshells.model.frame import TableData
from redshells.model.lightgbm import LightGBMModel
from redshells.model.metric import get_metric
from redshells.model.target_encoding import TargetEncoding
from tests.analysis_models import data_of, estimator_of, trees_of

QUICK = SummaryPlan(number_of_resamples=20, n_jobs=1)


def baseline(name: str, kind: str, train: TableData | None = None) -> Any:
    return predict_baseline(
        name, trees_of(kind), train or data_of(kind), data_of(kind, 160, 1), random_seed=0, n_jobs=1
    )


def test_the_prior_has_the_shares_of_the_classes_or_the_mean() -> None:
    train = data_of('multiclass')
    prior = baseline('prior', 'multiclass')
    np.testing.assert_allclose(
        prior.prediction, np.tile(train.target.value_counts(normalize=True).sort_index(), (160, 1))
    )
    weight = pd.Series(np.where(train.target == 0, 3.0, 0.0), index=train.target.index)
    weighted = baseline('prior', 'multiclass', TableData(train.features, train.target, weight))
    np.testing.assert_array_equal(weighted.prediction[0], [1.0, 0.0, 0.0])
    np.testing.assert_allclose(baseline('prior', 'regression').prediction, data_of('regression').target.mean())


def test_the_linear_model_recovers_a_linear_truth() -> None:
    test = data_of('regression', 160, 1)
    assert np.corrcoef(baseline('linear', 'regression').prediction, test.target)[0, 1] > 0.99
    auc = get_metric('auc', 'classification', 2)
    assert auc(data_of('binary', 160, 1).target, baseline('linear', 'binary').prediction) > 0.97
    assert baseline('linear', 'multiclass').prediction.sum(axis=1) == pytest.approx(1.0)
    assert baseline('linear', 'ranking').prediction.shape == (160,)


def test_the_linear_model_learns_from_categories_and_holes() -> None:
    generator = np.random.default_rng(0)
    colour = generator.choice(['red', 'green', 'blue'], 400)
    features = pd.DataFrame({'colour': colour, 'x': np.where(colour == 'red', np.nan, generator.normal(size=400))})
    features['infinite'] = np.where(np.arange(400) % 2, np.inf, -np.inf)
    target = pd.Series(np.where(colour == 'blue', 5.0, 1.0) + np.where(np.isnan(features['x']), 10.0, 0.0))
    model = LightGBMModel(problem='regression', number_of_rounds=2, n_jobs=1).fit(features, target)
    unseen = TableData(features.assign(colour=features['colour'].replace('green', 'new')), target)
    prediction = predict_baseline('linear', model, TableData(features, target), unseen, random_seed=0).prediction
    known = colour != 'green'
    np.testing.assert_allclose(prediction[known], target[known], rtol=0.05)
    assert np.isfinite(prediction).all()


@pytest.mark.parametrize('scale', [1.0, 1e-12, 1e12])
def test_the_size_of_equal_weights_does_not_matter(scale: float) -> None:
    train = data_of('binary')
    weight = pd.Series(scale, index=train.target.index)
    weighted = baseline('linear', 'binary', TableData(train.features, train.target, weight))
    np.testing.assert_allclose(weighted.prediction, baseline('linear', 'binary').prediction, atol=1e-4)


def test_a_large_table_is_sampled_for_the_linear_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('redshells.analysis.baseline._MOST_LINEAR_ROWS', 100)
    assert baseline('linear', 'binary').rows == 100
    assert baseline('prior', 'binary').rows == 400


def test_rows_of_one_class_give_the_prior_as_linear_model() -> None:
    train = data_of('binary')
    one = train.take(np.flatnonzero(train.target == 1))
    np.testing.assert_array_equal(baseline('linear', 'binary', one).prediction[0], [0.0, 1.0])


@pytest.mark.parametrize('kind', ['binary', 'ranking'])
def test_the_defaults_are_those_of_an_untuned_model(kind: str) -> None:
    train = data_of(kind)
    problem = trees_of(kind).problem
    untuned = LightGBMModel(problem=problem, n_jobs=1).fit(train.features, train.target, group=train.group)
    expected = untuned.predict_for_metric(data_of(kind, 160, 1).features)
    np.testing.assert_array_equal(baseline('defaults', kind).prediction, expected)


def test_the_defaults_of_an_estimator() -> None:
    model = EstimatorModel(
        estimator='sklearn.linear_model:LinearRegression', problem='regression', model_kwargs={'positive': True}
    )
    train, test = data_of('regression'), data_of('regression', 160, 1)
    model.fit(train.features, train.target)
    prediction = predict_baseline('defaults', model, train, test, random_seed=0).prediction
    matrix = [
        pd.get_dummies(one.features)[['a', 'b', 'noise', 'colour_red', 'colour_green', 'colour_blue']]
        for one in (train, test)
    ]
    expected = LinearRegression().fit(matrix[0], train.target).predict(matrix[1])
    np.testing.assert_allclose(prediction, expected)


@pytest.mark.parametrize('kind', ['binary', 'multiclass', 'regression', 'ranking'])
def test_the_learning_curve_ends_at_the_score_of_the_model(kind: str) -> None:
    model, test = trees_of(kind), data_of(kind, 160, 1)
    metric = choose_metrics(model, (), None)[0]
    curve = learning_curve(model, {'train': data_of(kind), 'test': test}, metric)
    assert curve.rounds[0] == 1
    assert curve.rounds[-1] == 30
    assert curve.rows == {'train': len(data_of(kind)), 'test': len(test)}
    codes = model.target_encoding_.encode(test.target)
    expected = metric(codes, model.predict_for_metric(test.features), group=test.group)
    assert curve.scores['test'][-1] == pytest.approx(expected)
    sign = 1 if metric.direction == 'maximize' else -1
    assert sign * curve.scores['train'][-1] > sign * curve.scores['train'][0]


def test_the_learning_curve_of_many_rows_is_that_of_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, '_MOST_ROWS', 200)
    metric = get_metric('ndcg', 'ranking')
    curve = learning_curve(trees_of('ranking'), {'train': data_of('ranking')}, metric)
    assert curve.rows == {'train': 200}  # 25 whole queries
    assert learning_curve(trees_of('ranking', 1), {'train': data_of('ranking')}, metric).rounds == (1,)


def shared(train: TableData, test: TableData) -> SharedRows:
    encoding = TargetEncoding.of(train.target, 'classification')
    return find_shared_rows(FeatureSchema.of(train.features), encoding, train, test)


def test_planted_duplicates_are_found() -> None:
    train, test = data_of('binary'), data_of('binary', 160, 1)
    assert shared(train, test) == SharedRows(0, 0.0, 0.0)
    leak = train.take(np.arange(40))
    mixed = TableData(pd.concat([test.features, leak.features]), pd.concat([test.target, leak.target]))
    found = shared(train, mixed)
    assert (found.count, found.share, found.is_suspicious) == (40, 0.2, True)
    other_target = TableData(leak.features, 1 - leak.target)
    assert shared(train, other_target).count == 0


def test_missing_values_and_signs_of_zero_are_the_same_row() -> None:
    train = TableData(pd.DataFrame({'x': [np.nan, 0.0, 1.0, 2.0]}), pd.Series([0, 1, 0, 1]))
    test = TableData(pd.DataFrame({'x': [np.nan, -0.0, 3.0]}), pd.Series([0, 1, 0]))
    assert shared(train, test).count == 2


def test_a_table_of_few_different_rows_is_not_accused() -> None:
    generator = np.random.default_rng(0)
    for levels in (2, 6, 12):
        tables = []
        for rows in (800, 200):
            features = pd.DataFrame(generator.integers(0, levels, size=(rows, 4)), columns=list('abcd'))
            tables.append(TableData(features, pd.Series(generator.integers(0, 2, rows))))
        assert not shared(*tables).is_suspicious


def test_a_summary_says_what_it_stands_for() -> None:
    train, test = data_of('binary'), data_of('binary', 160, 1)
    model = trees_of('binary')
    summary = summarise_model(model, train, test, QUICK)
    codes, prediction = model.target_encoding_.encode(test.target), model.predict_for_metric(test.features)
    for metric in summary.metrics:
        assert summary.scores[metric.name].value == pytest.approx(metric(codes, prediction))
    assert [metric.name for metric in summary.metrics] == ['auc', 'logloss', 'accuracy']
    assert [one.name for one in summary.comparisons] == ['prior', 'linear', 'defaults']
    prior = summary.comparisons[0]
    assert prior.score.value == 0.5
    assert prior.gain.value == pytest.approx(summary.scores['auc'].value - 0.5)
    assert prior.gain.low > 0.3
    assert (summary.train_rows, summary.test_rows, summary.test_groups, summary.feature_count) == (400, 160, 0, 4)
    assert summary.class_counts.tolist() == [[200, 200], [80, 80]]
    assert summary.predictions.name == 'probability_1'
    np.testing.assert_array_equal(summary.predictions, prediction[:, 1])
    assert summary.arguments == {'num_leaves': 7}
    assert [one.train.name for one in summary.columns] == ['a', 'b', 'noise', 'colour']


def test_a_baseline_that_can_not_be_trained_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    model = EstimatorModel(
        estimator='sklearn.ensemble:VotingRegressor',
        problem='regression',
        model_kwargs={'estimators': [('one', LinearRegression())]},
        n_jobs=1,
    )
    train = data_of('regression')
    model.fit(train.features, train.target)
    summary = summarise_model(model, train, data_of('regression', 160, 1), QUICK)
    assert [one.name for one in summary.comparisons] == ['prior', 'linear']
    assert "no comparison with 'defaults'" in caplog.text


@pytest.mark.parametrize('value', [math.nan, math.inf])
def test_a_model_that_predicts_no_numbers_is_refused(monkeypatch: pytest.MonkeyPatch, value: float) -> None:
    monkeypatch.setattr(LightGBMModel, 'predict_for_metric', lambda self, X: np.r_[value, np.zeros(len(X) - 1)])
    with pytest.raises(DataError, match='NaN or infinity for 1 of 160 rows'):
        summarise_model(trees_of('regression'), data_of('regression'), data_of('regression', 160, 1), QUICK)


def test_another_training_table_must_have_the_same_classes() -> None:
    with pytest.raises(TargetError, match='which the training does not have'):
        summarise_model(trees_of('binary'), data_of('multiclass'), data_of('binary', 160, 1), QUICK)
    few = data_of('multiclass').take(np.flatnonzero(data_of('multiclass').target < 2))
    summary = summarise_model(trees_of('multiclass'), few, data_of('multiclass', 160, 1), QUICK)
    assert summary.class_counts[0, 2] == 0


def names(model: Any, asked: tuple[str, ...] = (), tuning: Any = None) -> list[str]:
    return [metric.name for metric in choose_metrics(model, asked, tuning)]


def test_which_metrics_are_shown() -> None:
    assert names(trees_of('multiclass')) == ['logloss', 'accuracy', 'balanced_accuracy']
    assert names(trees_of('binary'), ('roc_auc', 'auc', 'f1')) == ['auc', 'f1']
    tuned: Any = SimpleNamespace(metric='logloss')
    assert names(trees_of('binary'), (), tuned) == ['logloss', 'auc', 'accuracy']
    assert names(estimator_of('binary', 'sklearn.svm:LinearSVC')) == ['auc', 'accuracy']
    assert names(estimator_of('multiclass', 'sklearn.svm:LinearSVC')) == ['accuracy', 'balanced_accuracy']
    assert names(trees_of('binary'), (f'{__name__}:share_of_ones',)) == [f'{__name__}:share_of_ones']
    with pytest.raises(UnknownNameError, match='average_precision'):
        names(trees_of('multiclass'), ('average_precision',))


def share_of_ones(target: np.ndarray, prediction: np.ndarray) -> float:
    return float(prediction[:, 1].mean())


share_of_ones.greater_is_better = True  # type: ignore[attr-defined]


def test_an_unknown_baseline_is_refused() -> None:
    plan = SummaryPlan(baselines=['magic'], number_of_resamples=20)
    with pytest.raises(ParameterError, match=r"\['magic'\]"):
        summarise_model(trees_of('regression'), data_of('regression'), data_of('regression', 160, 1), plan)


def test_what_a_model_is_called() -> None:
    assert model_name(trees_of('binary')) == 'LightGBM'
    assert model_name(estimator_of('binary', 'sklearn.svm:LinearSVC')) == 'LinearSVC'
