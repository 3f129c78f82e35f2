"""What models look at: a planted feature comes first, by SHAP values and by shuffling."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from redshells.analysis import explanation
from redshells.analysis.explanation import explain, number_of_trees
from redshells.model.catboost import CatBoostModel
from redshells.model.estimator import EstimatorModel
from redshells.model.frame import TableData
from redshells.model.lightgbm import LightGBMModel
from redshells.model.metric import get_metric
from redshells.model.table_model import TableModel
from redshells.model.xgboost import XGBoostModel
from tests.analysis_models import data_of, estimator_of, trees_of

AUC = get_metric('auc', 'classification', 2)
RMSE = get_metric('rmse', 'regression')


@pytest.mark.parametrize('kind', ['binary', 'multiclass', 'regression', 'ranking'])
def test_the_planted_feature_comes_first_and_shares_add_up_to_one(kind: str) -> None:
    found = explain(trees_of(kind), data_of(kind, 160, 1), AUC)
    assert (found.method, found.metric, found.rows, found.left_out) == ('shap', '', 160, 0)
    assert found.importances.index[0] == 'a'
    assert found.importances.sum() == pytest.approx(1.0)
    assert found.importances.is_monotonic_decreasing
    assert [effect.name for effect in found.effects] == list(found.importances.index)
    first = found.effects[0]
    if kind == 'multiclass':
        assert sum(first.by_class) == pytest.approx(1.0)
        assert len(first.contributions) == 0
    else:
        assert first.by_class == ()
        # the larger the feature, the more it adds
        assert np.corrcoef(first.levels, first.contributions)[0, 1] > 0.8
    levels = {effect.name: effect.levels for effect in found.effects}
    assert (levels['a'].min(), levels['a'].max()) == (0.0, 1.0)
    if 'colour' in levels:
        assert np.isnan(levels['colour']).all()  # which has no order


@pytest.mark.parametrize('model_class', [CatBoostModel, XGBoostModel])
def test_other_libraries(model_class: type[TableModel]) -> None:
    data = data_of('multiclass')
    model = model_class(problem='classification', number_of_rounds=5, n_jobs=1)  # type: ignore[call-arg]
    found = explain(model.fit(data.features, data.target), data, get_metric('logloss', 'classification', 3))
    assert found.importances.index[0] == 'a'
    assert found.importances.sum() == pytest.approx(1.0)


def test_missing_values_have_no_place_among_the_others() -> None:
    data = data_of('regression')
    holed = TableData(
        data.features.assign(a=data.features['a'].where(data.features['a'] > 0), noise=np.nan), data.target
    )
    model = LightGBMModel(problem='regression', number_of_rounds=5, n_jobs=1).fit(holed.features, holed.target)
    levels = {effect.name: effect.levels for effect in explain(model, holed, RMSE).effects}
    np.testing.assert_array_equal(np.isnan(levels['a']), holed.features['a'].isna())
    assert np.isnan(levels['noise']).all()


def test_shuffling_finds_the_planted_feature() -> None:
    model = estimator_of('regression', 'sklearn.ensemble:RandomForestRegressor')
    found = explain(model, data_of('regression', 160, 1), RMSE)
    assert (found.method, found.metric) == ('permutation', 'rmse')
    assert list(found.importances.index[:2]) == ['a', 'b']
    assert found.importances['a'] > 1.0  # of the error, which rises
    assert abs(found.importances['noise']) < 0.1
    again = explain(model, data_of('regression', 160, 1), RMSE)
    pd.testing.assert_series_equal(again.importances, found.importances)


def test_shuffling_leaves_the_rows_as_they_are_whatever_their_names() -> None:
    data = data_of('binary')
    features = data.features.rename(columns={'a': 'self', 'b': '', 'noise': 'a b'}).set_axis([0] * len(data))
    before = features.copy()
    model = EstimatorModel(estimator='sklearn.tree:DecisionTreeClassifier', n_jobs=1).fit(features, data.target)
    found = explain(model, TableData(features, data.target.set_axis(features.index)), AUC)
    assert set(found.importances.index) == {'self', '', 'a b', 'colour'}
    pd.testing.assert_frame_equal(features, before)


def test_where_the_score_is_not_defined_the_loss_is_taken() -> None:
    data = data_of('binary')
    one_class = data.take(np.flatnonzero(data.target == 1))
    found = explain(estimator_of('binary', 'sklearn.ensemble:RandomForestClassifier'), one_class, AUC)
    assert found.metric == 'logloss'
    assert np.isfinite(found.importances).all()
    assert found.importances.index[0] == 'a'


def test_trees_without_shap_values_are_shuffled() -> None:
    data = data_of('regression')
    model = LightGBMModel(problem='regression', model_kwargs={'linear_tree': True}, number_of_rounds=5, n_jobs=1)
    found = explain(model.fit(data.features, data.target), data, RMSE)
    assert found.method == 'permutation'
    assert found.importances.index[0] == 'a'


@pytest.mark.parametrize(
    'estimator', ['sklearn.ensemble:RandomForestRegressor', 'sklearn.neighbors:KNeighborsRegressor']
)
def test_of_many_columns_those_that_count_are_shuffled(monkeypatch: pytest.MonkeyPatch, estimator: str) -> None:
    monkeypatch.setattr(explanation, '_MOST_SHUFFLED', 3)
    generator = np.random.default_rng(0)
    features = pd.DataFrame(generator.normal(size=(200, 8)), columns=list('pqrstuvw'))
    target = pd.Series(5 * features['w'] + features['v'])
    model = EstimatorModel(estimator=estimator, problem='regression', n_jobs=1)
    found = explain(model.fit(features, target), TableData(features, target), RMSE)
    assert (len(found.importances), found.left_out) == (3, 5)
    if estimator.endswith('ForestRegressor'):  # the other one has no importances of its own
        assert list(found.importances.index[:2]) == ['w', 'v']


def test_large_tables_are_sampled() -> None:
    data = data_of('binary', 2_000, 1)
    assert explain(trees_of('binary'), data, AUC).rows == 400
    assert number_of_trees(trees_of('multiclass')) == 90
    forest = estimator_of('binary', 'sklearn.tree:DecisionTreeClassifier')
    assert explain(forest, data, AUC).rows == 1_000
