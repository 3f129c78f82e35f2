from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pytest
import xgboost
from sklearn.base import clone
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score

from redshells.errors import (
    ColumnTypeError,
    DataError,
    InfiniteValueError,
    MissingColumnError,
    NotFittedError,
    ParameterError,
    RedshellsError,
    TargetError,
    UnknownArgumentError,
)
from redshells.model import load_model
from redshells.model.boosted_trees import BoostedTreesModel
from redshells.model.catboost import CatBoostModel
from redshells.model.early_stopping import EarlyStopping
from redshells.model.feature_schema import FeatureSchema
from redshells.model.frame import TableData
from redshells.model.lightgbm import LightGBMModel
from redshells.model.metric import get_metric
from redshells.model.native_feature_names import native_feature_names
from redshells.model.xgboost import XGBoostModel

CLASSES: dict[str, type[BoostedTreesModel]] = {
    'lightgbm': LightGBMModel,
    'xgboost': XGBoostModel,
    'catboost': CatBoostModel,
}
# a tree finds a rule on a few hundred rows in a few rounds
QUICK: dict[str, dict[str, Any]] = {
    'lightgbm': {'learning_rate': 0.3, 'min_data_in_leaf': 3, 'num_leaves': 15},
    'xgboost': {'learning_rate': 0.3, 'max_depth': 4},
    'catboost': {'learning_rate': 0.3, 'depth': 4},
}
Array = npt.NDArray[Any]


@pytest.fixture(params=sorted(CLASSES))
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def build(library: str, problem: str = 'classification', rounds: int | None = 20, **kwargs: Any) -> BoostedTreesModel:
    arguments = {**QUICK[library], **kwargs}
    return CLASSES[library](problem=problem, number_of_rounds=rounds, n_jobs=1, model_kwargs=arguments)


def table(rows: int = 300, seed: int = 0) -> pd.DataFrame:
    """Numbers and categories with gaps; `red` and a large size belong together with a high value."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            'size': np.where(rng.random(rows) < 0.1, np.nan, rng.uniform(-1, 1, rows)),
            'colour': rng.choice(['red', 'green', 'blue', None], rows),
            'flag': rng.random(rows) < 0.5,
            'vector': [rng.uniform(size=2).tolist() for _ in range(rows)],
            'noise': rng.normal(size=rows),
        }
    )


def value_of(frame: pd.DataFrame) -> Array:
    vectors = np.array(frame['vector'].tolist())
    return (
        3 * frame['size'].fillna(0).to_numpy()
        + 2 * (frame['colour'] == 'red').to_numpy()
        + frame['flag'].to_numpy()
        + vectors[:, 1]
    )


def labels_of(frame: pd.DataFrame) -> Array:
    return np.where(value_of(frame) > 1.5, 'high', 'low')


def three_labels_of(frame: pd.DataFrame) -> Array:
    return np.array(['low', 'middle', 'top'])[np.digitize(value_of(frame), [0.5, 2.0])]


def queries(seed: int = 0) -> tuple[pd.DataFrame, Array, Array]:
    """30 queries of 10 rows; the relevance grows with the size."""
    frame = table(300, seed)
    return frame, np.digitize(frame['size'].fillna(-1), [-0.5, 0, 0.5]), np.repeat(np.arange(30), 10)


# known answers


def test_a_planted_rule_is_learnt_from_two_classes(library: str) -> None:
    train, test = table(), table(seed=1)

    model = build(library, rounds=40).fit(train, labels_of(train))

    probabilities = model.predict_proba(test)
    assert model.classes_.tolist() == ['high', 'low']
    assert roc_auc_score(labels_of(test) == 'high', probabilities[:, 0]) > 0.95
    assert (model.predict(test) == model.classes_[probabilities.argmax(axis=1)]).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_a_planted_rule_is_learnt_from_three_classes(library: str) -> None:
    train, test = table(), table(seed=1)

    model = build(library, rounds=40).fit(train, three_labels_of(train))

    assert accuracy_score(three_labels_of(test), model.predict(test)) > 0.8
    assert model.predict_proba(test).shape == (300, 3)


def test_a_planted_rule_is_learnt_from_numbers(library: str) -> None:
    train, test = table(), table(seed=1)

    model = build(library, 'regression', rounds=60).fit(train, value_of(train))

    assert r2_score(value_of(test), model.predict(test)) > 0.9
    assert model.feature_importances.sum() == pytest.approx(1)
    assert model.feature_importances.index[0] == 'size'
    assert model.feature_importances['noise'] < model.feature_importances['flag']


def test_a_planted_order_is_learnt_from_queries(library: str) -> None:
    frame, relevance, group = queries()
    other, truth, _ = queries(seed=1)

    model = build(library, 'ranking', rounds=40).fit(frame, relevance, group=group)

    ndcg = get_metric('ndcg', 'ranking')(truth, model.predict(other), group=group)
    random = get_metric('ndcg', 'ranking')(truth, other['noise'].to_numpy(), group=group)
    assert ndcg > 0.95 > random
    assert not hasattr(model, 'predict_proba')


@pytest.mark.parametrize(
    ('values', 'given_labels'),
    [
        ([False, True], 'bool'),
        ([-1, 1], 'int64'),
        (['no', 'yes'], 'category'),
        ([1, 2], 'Int64'),
        ([0.0, 1.0], 'float64'),
    ],
)
def test_labels_come_back_as_they_were(library: str, values: list[Any], given_labels: Any) -> None:
    frame = table(60)
    target = pd.Series([values[int(label == 'high')] for label in labels_of(frame)], dtype=given_labels)

    model = build(library).fit(frame, target)

    assert model.classes_.tolist() == values
    assert (model.predict(frame) == target.to_numpy()).mean() > 0.9


# the same as the bare library


def test_the_model_is_that_of_the_bare_library(library: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4)).astype(np.float32).astype(np.float64)
    y = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int)
    model = build(library, subsample=0.7).fit(pd.DataFrame(X, columns=list('abcd')), y)

    np.testing.assert_allclose(model.predict_proba(X)[:, 1], BARE[library](X, y), rtol=1e-6)


def _bare_lightgbm(X: Array, y: Array) -> Any:
    params = {**QUICK['lightgbm'], 'bagging_fraction': 0.7, 'bagging_freq': 1, 'objective': 'binary', 'seed': 0}
    settings = {'verbosity': -1, 'num_threads': 1, 'deterministic': True, 'force_col_wise': True}
    return lightgbm.train({**params, **settings}, lightgbm.Dataset(X, y), 20).predict(X)


def _bare_xgboost(X: Array, y: Array) -> Any:
    params = {**QUICK['xgboost'], 'subsample': 0.7, 'objective': 'binary:logistic', 'seed': 0, 'nthread': 1}
    return xgboost.train(params, xgboost.DMatrix(X, y), 20).predict(xgboost.DMatrix(X))


def _bare_catboost(X: Array, y: Array) -> Any:
    params = {**QUICK['catboost'], 'subsample': 0.7, 'loss_function': 'Logloss', 'random_seed': 0, 'thread_count': 1}
    settings = {'iterations': 20, 'verbose': False, 'allow_writing_files': False}
    booster = catboost.CatBoost({**params, **settings}).fit(catboost.Pool(X, y))
    return booster.predict(X, prediction_type='Probability')[:, 1]


BARE: dict[str, Callable[[Array, Array], Any]] = {
    'lightgbm': _bare_lightgbm,
    'xgboost': _bare_xgboost,
    'catboost': _bare_catboost,
}


def _raw_score(model: BoostedTreesModel, frame: pd.DataFrame) -> Any:
    matrix = model.schema_.encode(frame)
    if isinstance(model, LightGBMModel):
        return model.booster.predict(matrix, raw_score=True)
    if isinstance(model, XGBoostModel):
        return model.booster.predict(model._matrix_of(matrix), output_margin=True)
    return model.booster.predict(model._pool(matrix), prediction_type='RawFormulaVal')  # type: ignore[attr-defined]


@pytest.mark.parametrize('problem', ['binary', 'multiclass', 'regression', 'ranking'])
def test_contributions_add_up_to_the_raw_score(library: str, problem: str) -> None:
    frame, relevance, group = queries()
    target = {'binary': labels_of, 'multiclass': three_labels_of, 'regression': value_of}.get(
        problem, lambda _: relevance
    )
    kind = problem if problem in ('regression', 'ranking') else 'classification'
    model = build(library, kind, 10).fit(frame, target(frame), group=group if problem == 'ranking' else None)

    contributions = model.contributions(frame)

    assert contributions.shape == ((300, 3, 7) if problem == 'multiclass' else (300, 7))
    np.testing.assert_allclose(contributions.sum(axis=-1), _raw_score(model, frame), atol=2e-5)
    assert contributions[:0].shape == model.contributions(frame[:0]).shape


# custom objectives


def lightgbm_binary(prediction: Array, data: Any) -> tuple[Array, Array]:
    probability = 1 / (1 + np.exp(-prediction))
    return probability - data.get_label(), probability * (1 - probability)


def lightgbm_multiclass(prediction: Array, data: Any) -> tuple[Array, Array]:
    exponentials = np.exp(prediction - prediction.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    one_hot = np.eye(prediction.shape[1])[data.get_label().astype(int)]
    return probabilities - one_hot, 2 * probabilities * (1 - probabilities)


def lightgbm_regression(prediction: Array, data: Any) -> tuple[Array, Array]:
    return prediction - data.get_label(), np.ones_like(prediction)


xgboost_binary, xgboost_multiclass, xgboost_regression = lightgbm_binary, lightgbm_multiclass, lightgbm_regression


class catboost_binary:
    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> list[tuple[float, float]]:
        probability = 1 / (1 + np.exp(-np.array(approxes)))
        return list(zip(np.array(targets) - probability, -probability * (1 - probability), strict=True))


class catboost_multiclass:
    def calc_ders_multi(self, approxes: Any, target: Any, weight: Any) -> tuple[list[float], list[list[float]]]:
        exponentials = np.exp(np.array(approxes) - max(approxes))
        probabilities = exponentials / exponentials.sum()
        first = np.eye(len(approxes))[int(target)] - probabilities
        second = np.outer(probabilities, probabilities) - np.diag(probabilities)
        return (first * weight).tolist(), (second * weight).tolist()


class catboost_regression:
    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> list[tuple[float, float]]:
        return [(target - approx, -1.0) for approx, target in zip(approxes, targets, strict=True)]


@pytest.mark.parametrize('problem', ['binary', 'multiclass', 'regression'])
@pytest.mark.parametrize('watched', [False, True])
def test_an_objective_of_the_users_reaches_the_library(
    library: str, problem: str, watched: bool, tmp_path: Path
) -> None:
    frame = table(200)
    target = {'binary': labels_of, 'multiclass': three_labels_of, 'regression': value_of}[problem](frame)
    kind = 'regression' if problem == 'regression' else 'classification'
    metric = get_metric('rmse' if kind == 'regression' else 'logloss', kind)
    stopping = EarlyStopping(TableData(frame, pd.Series(target)), metric, 5) if watched else None

    model = build(library, kind, 30, objective=f'{__name__}:{library}_{problem}').fit(
        frame, target, early_stopping=stopping
    )

    model.save(str(tmp_path / 'model.zip'))
    again = load_model(str(tmp_path / 'model.zip'))
    np.testing.assert_array_equal(again.predict_for_metric(frame), model.predict_for_metric(frame))
    assert model.score(frame, target) > 0.85
    if kind == 'classification':
        probabilities = again.predict_proba(frame)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert model.contributions(frame).sum(axis=-1) == pytest.approx(np.squeeze(_raw_score(model, frame)), abs=1e-4)


@pytest.mark.parametrize(
    ('library_name', 'problem', 'objective'),
    [
        ('xgboost', 'multiclass', 'multi:softmax'),
        ('xgboost', 'binary', 'binary:hinge'),
        ('xgboost', 'binary', 'reg:squarederror'),
        ('xgboost', 'regression', 'multi:softprob'),
        ('lightgbm', 'binary', 'regression'),
        ('lightgbm', 'multiclass', 'binary'),
        ('lightgbm', 'ranking', 'multiclass'),
        ('lightgbm', 'regression', 'lambdarank'),
        ('catboost', 'binary', 'RMSE'),
        ('catboost', 'regression', 'YetiRank:decay=0.9'),
    ],
)
def test_an_objective_of_another_problem_is_refused(library_name: str, problem: str, objective: str) -> None:
    frame, relevance, group = queries()
    target = {'binary': labels_of, 'multiclass': three_labels_of, 'regression': value_of}.get(
        problem, lambda _: relevance
    )
    kind = problem if problem in ('regression', 'ranking') else 'classification'

    with pytest.raises(ParameterError, match=problem):
        build(library_name, kind, objective=objective).fit(frame, target(frame), group=group)


@pytest.mark.parametrize(('library_name', 'objective'), [('lightgbm', 'ova'), ('catboost', 'MultiClassOneVsAll')])
def test_one_booster_for_each_class_gives_probabilities_too(library_name: str, objective: str) -> None:
    frame = table()

    model = build(library_name, objective=objective).fit(frame, three_labels_of(frame))

    np.testing.assert_allclose(model.predict_proba(frame).sum(axis=1), 1)
    assert model.score(frame, three_labels_of(frame)) > 0.85


def test_an_objective_that_is_no_name_is_refused(library: str) -> None:
    frame = table(40)

    with pytest.raises(ParameterError, match='import path'):
        build(library, 'regression', objective=lightgbm_regression).fit(frame, value_of(frame))
    with pytest.raises(ParameterError, match='can not be imported'):
        build(library, 'regression', objective='nowhere.at_all:loss').fit(frame, value_of(frame))


# what reaches the library through model_kwargs


@pytest.mark.parametrize('constraints', [{'size': 1, 'noise': -1}, [1, 0, 0, 0, 0, -1], '(1,0,0,0,0,-1)'])
def test_monotone_constraints_hold(library: str, constraints: Any) -> None:
    frame = table(200)
    target = value_of(frame) + np.sin(7 * frame['size'].fillna(0)) + np.cos(5 * frame['noise'])
    grid = pd.concat([frame[:1]] * 50, ignore_index=True)
    kwargs = {} if library == 'catboost' else {'monotone_constraints_method': 'basic'}
    kwargs = {} if library == 'xgboost' else kwargs

    free = build(library, 'regression').fit(frame, target)
    bound = build(library, 'regression', monotone_constraints=constraints, **kwargs).fit(frame, target)

    for column, sign in (('size', 1), ('noise', -1)):
        values = np.linspace(frame[column].min(), frame[column].max(), 50)
        steps = sign * np.diff(bound.predict(grid.assign(**{column: values})))
        assert (steps >= -1e-6).all()
        assert steps.max() > 0
    assert np.diff(free.predict(grid.assign(size=np.linspace(-1, 1, 50)))).min() < 0


@pytest.mark.parametrize('constraints', [{'weight': 1}, [1, 0], {'size': 2}, {'size': 'up'}, {'colour': 1}, 5])
def test_monotone_constraints_that_make_no_sense(library: str, constraints: Any) -> None:
    frame = table(40)

    with pytest.raises(ParameterError, match='monotone_constraints'):
        build(library, 'regression', monotone_constraints=constraints).fit(frame, value_of(frame))


def test_class_weights_move_the_probabilities(library: str) -> None:
    frame = table()
    target = np.where(value_of(frame) + 2 * frame['noise'] > 4, 'rare', 'usual')

    plain = build(library, rounds=5).fit(frame, target)
    balanced = build(library, rounds=5, class_weight='balanced').fit(frame, target)
    given_weights = build(library, rounds=5, class_weight={'rare': 1.0, 'usual': 0.1}).fit(frame, target)

    mean = {name: m.predict_proba(frame)[:, 0].mean() for name, m in [('plain', plain), ('balanced', balanced)]}
    assert mean['balanced'] > mean['plain'] + 0.02
    assert given_weights.predict_proba(frame)[:, 0].mean() > mean['plain'] + 0.02


def test_a_class_weight_is_a_weight_of_the_rows(library: str) -> None:
    frame = table(100)
    target = labels_of(frame)

    by_class = build(library, class_weight={'high': 3.0}).fit(frame, target)
    by_row = build(library).fit(frame, target, np.where(target == 'high', 3.0, 1.0))

    np.testing.assert_allclose(by_class.predict_proba(frame), by_row.predict_proba(frame))


def test_rows_of_weight_zero_do_not_count(library: str) -> None:
    frame = table()
    wrong = frame['noise'].to_numpy() > 0.5
    target = np.where(wrong, -10.0, value_of(frame))

    model = build(library, 'regression').fit(frame, target, (~wrong).astype(float))

    assert r2_score(value_of(frame), model.predict(frame)) > 0.8


def test_unknown_arguments_are_refused_with_a_suggestion(library: str) -> None:
    frame = table(20)

    with pytest.raises(UnknownArgumentError, match=r"'learning_rat'.*Did you mean learning_rate"):
        build(library, learning_rat=0.1).fit(frame, labels_of(frame))


@pytest.mark.parametrize(
    ('name', 'advice'),
    [
        ('seed', 'random_seed'),
        ('random_state', 'random_seed'),
        ('n_jobs', 'n_jobs'),
        ('early_stopping_rounds', 'early_stopping_rounds'),
        ('verbosity', 'logging'),
    ],
)
def test_reserved_arguments_tell_what_to_use(library: str, name: str, advice: str) -> None:
    known = {'seed': 'random_seed', 'n_jobs': 'thread_count', 'verbosity': 'verbose'}
    argument = known.get(name, name) if library == 'catboost' else name

    with pytest.raises(ParameterError, match=advice):
        build(library, **{argument: 3}).canonical_arguments()


def test_aliases_are_the_arguments_that_they_stand_for(library: str) -> None:
    frame = table(100)
    usual = {'learning_rate': 0.1, 'n_estimators': 7}

    def fitted(**kwargs: Any) -> BoostedTreesModel:
        return CLASSES[library](problem='regression', model_kwargs=kwargs, n_jobs=1).fit(frame, value_of(frame))

    model, other = fitted(**usual), fitted(eta=0.1, num_boost_round=7)

    assert model.best_round_ == other.best_round_ == 7
    np.testing.assert_array_equal(model.predict(frame), other.predict(frame))
    with pytest.raises(ParameterError, match='twice'):
        fitted(eta=0.1, learning_rate=0.1)


@pytest.mark.parametrize('rounds', [0, -1, 2.5, 'many'])
def test_the_number_of_rounds_is_checked(library: str, rounds: Any) -> None:
    frame = table(20)

    with pytest.raises(ParameterError, match='number_of_rounds'):
        build(library, rounds=rounds).fit(frame, labels_of(frame))


# tables


def test_polars_and_pandas_give_the_same_model(library: str) -> None:
    frame = table().drop(columns='vector')
    target = pd.Series(value_of(table()))

    from_pandas = build(library, 'regression').fit(frame, target)
    from_polars = build(library, 'regression').fit(pl.from_pandas(frame), pl.from_pandas(target))

    np.testing.assert_array_equal(from_polars.predict(pl.from_pandas(frame)), from_pandas.predict(frame))


def test_an_array_is_a_table_without_names(library: str) -> None:
    frame = table()[['size', 'noise']]
    target = value_of(table())

    model = build(library, 'regression').fit(frame.to_numpy(), target)

    named = build(library, 'regression').fit(frame, target)
    np.testing.assert_array_equal(model.predict(frame.to_numpy()), named.predict(frame))
    np.testing.assert_array_equal(model.predict(frame.to_numpy()), named.predict(frame.to_numpy()))
    assert not hasattr(model, 'feature_names_in_')
    assert named.feature_names_in_.tolist() == ['size', 'noise']
    with pytest.raises(DataError, match='3 features'):
        model.predict(np.ones((2, 3)))


NAMES = [
    ['a b', 'a_b', 'a_b_0', 'a_b_1', 'a,b'],
    ['[x]', '<x>', '{"x": 1}', 'x:1', ''],
    ['年齢', '都道 府県', 'カ゛', 'é', '\n'],
]


@pytest.mark.parametrize('names', NAMES)
def test_odd_names_change_nothing(library: str, names: list[str], tmp_path: Path) -> None:
    frame, target = table(), labels_of(table())
    odd = frame.set_axis(names, axis=1)

    model = build(library).fit(odd, target)
    model.save(str(tmp_path / 'model.zip'))

    plain = build(library).fit(frame, target)
    np.testing.assert_array_equal(model.predict_proba(odd), plain.predict_proba(frame))
    assert model.feature_importances.tolist() == plain.feature_importances.tolist()
    again = load_model(str(tmp_path / 'model.zip'))
    assert again.feature_names_in_.tolist() == names
    np.testing.assert_array_equal(again.predict_proba(odd), model.predict_proba(odd))


@pytest.mark.parametrize('names', NAMES)
def test_native_names_are_all_different(names: list[str]) -> None:
    schema = FeatureSchema.of(pd.DataFrame([[0.0] * len(names)], columns=names))

    native = native_feature_names(schema)

    assert len(set(native)) == len(names)
    assert not any(set(name) & set('[]<>{}":, \n') for name in native)


def test_columns_are_found_by_name_at_prediction(library: str) -> None:
    frame, target = table(), value_of(table())
    model = build(library, 'regression').fit(frame, target)

    shuffled = frame[frame.columns[::-1]].assign(more=1)

    np.testing.assert_array_equal(model.predict(shuffled), model.predict(frame))
    with pytest.raises(MissingColumnError, match="'flag'"):
        model.predict(frame.drop(columns='flag'))
    with pytest.raises(ColumnTypeError, match="'size'"):
        model.predict(frame.assign(size='large'))


def test_unseen_categories_are_like_missing_ones(library: str) -> None:
    frame = table()
    model = build(library, 'regression').fit(frame, value_of(frame))

    unseen, missing = frame.assign(colour='violet'), frame.assign(colour=None)

    np.testing.assert_array_equal(model.predict(unseen), model.predict(missing))


def test_infinite_values(library: str) -> None:
    frame = table()
    infinite = frame.assign(size=frame['size'].where(frame['size'] < 0.9, np.inf))
    model = build(library, 'regression').fit(frame, value_of(frame))

    if library == 'xgboost':
        with pytest.raises(InfiniteValueError, match='size'):
            model.predict(infinite)
        with pytest.raises(InfiniteValueError, match='size'):
            build(library, 'regression').fit(infinite, value_of(frame))
        return
    # as large as it gets
    largest = frame.assign(size=frame['size'].where(frame['size'] < 0.9, 1e30))
    np.testing.assert_array_equal(model.predict(infinite), model.predict(largest))
    assert np.isfinite(build(library, 'regression').fit(infinite, value_of(frame)).predict(infinite)).all()


def test_dates_are_refused_with_the_line_that_helps(library: str) -> None:
    frame = table(20).assign(when=pd.Timestamp('2024-01-01'))

    with pytest.raises(ColumnTypeError, match=r"'when'.*dt\.dayofweek"):
        build(library).fit(frame, labels_of(frame))


def test_the_input_is_left_as_it_was(library: str) -> None:
    frame, target, weight = table(), pd.Series(labels_of(table())), pd.Series(np.ones(300))
    before = frame.copy(deep=True)

    build(library).fit(frame, target, weight).predict(frame)

    pd.testing.assert_frame_equal(frame, before)


def test_what_can_not_be_learnt_leaves_a_model_that_is_not_fitted(library: str) -> None:
    frame = table(40)
    model = build(library)

    with pytest.raises(TargetError):
        model.fit(frame, ['one'] * 40)
    with pytest.raises(NotFittedError):
        model.predict(frame)
    model.fit(frame, labels_of(frame))
    with pytest.raises(DataError):
        model.fit(frame, labels_of(frame), np.ones(41))
    with pytest.raises(RedshellsError):
        model.fit(frame, labels_of(frame), np.zeros(40))
    with pytest.raises(NotFittedError):
        model.predict(frame)


def test_constant_features_and_targets(library: str) -> None:
    constant = pd.DataFrame({'a': np.ones(30), 'b': ['x'] * 30})
    target = np.tile([1.0, 2.0], 15)

    if library == 'catboost':
        with pytest.raises(DataError, match='no feature has two values'):
            build(library, 'regression').fit(constant, target)
        with pytest.raises(DataError, match='same target'):
            build(library, 'regression').fit(table(30), np.ones(30))
        return
    assert build(library, 'regression').fit(constant, target).predict(constant) == pytest.approx(1.5)
    assert build(library, 'regression').fit(table(30), np.ones(30)).predict(table(30)) == pytest.approx(1)


@pytest.mark.parametrize('scale', [1e-2, 1e15])
def test_the_scale_of_the_target_does_not_matter(library: str, scale: float) -> None:
    frame = table()
    target = value_of(frame) / np.abs(value_of(frame)).max()

    model = build(library, 'regression').fit(frame, target * scale)

    assert r2_score(target, model.predict(frame) / scale) > 0.9
    with pytest.raises(InfiniteValueError, match='Scale it'):
        build(library, 'regression').fit(frame, target * 1e18)


# rankings


def test_the_order_of_the_rows_of_a_ranking_does_not_matter(library: str) -> None:
    frame, relevance, group = queries()
    rng = np.random.default_rng(0)
    weight = rng.random(30)[group] + 0.5
    # within a query the rows keep their order, as they do when they are sorted again
    order = np.argsort(rng.random(30)[group] + rng.random(300), kind='stable')
    first = np.concatenate([np.flatnonzero(group[order] == query) for query in pd.unique(group[order])])

    shuffled = build(library, 'ranking').fit(frame.iloc[order], relevance[order], weight[order], group=group[order])
    grouped = order[first]
    together = build(library, 'ranking').fit(
        frame.iloc[grouped], relevance[grouped], weight[grouped], group=group[grouped]
    )

    np.testing.assert_array_equal(shuffled.predict(frame), together.predict(frame))


def test_a_ranking_needs_queries(library: str) -> None:
    frame, relevance, group = queries()

    with pytest.raises(MissingColumnError, match='group_column_name'):
        build(library, 'ranking').fit(frame, relevance)
    with pytest.raises(DataError, match='missing in 1 rows'):
        build(library, 'ranking').fit(
            frame, relevance, group=pd.Series(group).where(group.cumsum() > 0).mask([False] * 299 + [True]).bfill()
        )
    with pytest.raises(DataError, match='group has 299'):
        build(library, 'ranking').fit(frame, relevance, group=group[1:])


@pytest.mark.parametrize('library_name', ['lightgbm', 'xgboost'])
def test_relevances_beyond_the_librarys_are_refused(library_name: str) -> None:
    frame, _, group = queries()

    with pytest.raises(TargetError, match='relevances go up to 40'):
        build(library_name, 'ranking').fit(frame, np.arange(300) % 41, group=group)


def test_lightgbm_takes_queries_of_up_to_ten_thousand_rows() -> None:
    frame = pd.DataFrame({'a': np.arange(10_001.0)})

    with pytest.raises(DataError, match='10001 rows'):
        build('lightgbm', 'ranking').fit(frame, np.arange(10_001) % 2, group=np.ones(10_001))


# the first rounds


POISSON = {'lightgbm': 'poisson', 'xgboost': 'count:poisson', 'catboost': 'Poisson'}


@pytest.mark.parametrize(
    ('problem', 'objective'),
    [
        ('binary', 'own'),
        ('binary', 'custom'),
        ('multiclass', 'own'),
        ('multiclass', 'custom'),
        ('regression', 'own'),
        ('regression', 'custom'),
        ('regression', 'poisson'),
        ('ranking', 'own'),
    ],
)
def test_the_first_rounds_predict_as_a_model_that_has_no_others(library: str, problem: str, objective: str) -> None:
    frame, relevance, group = queries()
    targets = {'binary': labels_of, 'multiclass': three_labels_of, 'regression': lambda f: np.maximum(value_of(f), 0)}
    target = targets[problem](frame) if problem in targets else relevance
    kind = problem if problem in ('regression', 'ranking') else 'classification'
    arguments = {'custom': {'objective': f'{__name__}:{library}_{problem}'}, 'poisson': {'objective': POISSON[library]}}
    metric = get_metric({'regression': 'rmse', 'ranking': 'ndcg'}.get(kind, 'logloss'), kind)
    stopping = EarlyStopping(TableData(frame, pd.Series(target), group=pd.Series(group)), metric, 3)

    def fitted(rounds: int, **stop: Any) -> BoostedTreesModel:
        model = build(library, kind, rounds, **arguments.get(objective, {}))
        return model.fit(frame, target, group=group, **stop)

    model = fitted(8, early_stopping=stopping)

    first, last = model.predict_for_metric_after(frame, [1, model.best_round_])
    np.testing.assert_array_equal(last, model.predict_for_metric(frame))
    np.testing.assert_allclose(first, fitted(1).predict_for_metric(frame), rtol=1e-6)
    assert model.predict_for_metric_after(frame[:0], [1])[0].shape == (0, *first.shape[1:])
    assert model.predict_for_metric_after(frame, []) == []


def test_rounds_that_a_model_does_not_have_are_refused(library: str) -> None:
    frame = table(60)
    model = build(library, rounds=3)

    with pytest.raises(NotFittedError):
        model.predict_for_metric_after(frame, [1])
    model.fit(frame, labels_of(frame))
    for numbers in ([0], [1, 4], [-1], [1.5]):
        with pytest.raises(ParameterError, match='from 1 to 3'):
            model.predict_for_metric_after(frame, numbers)  # type: ignore[arg-type]


def test_a_model_that_has_stopped_growing_has_all_its_rounds(library: str) -> None:
    frame = pd.DataFrame({'a': [0.0, 1.0] * 20})
    model = build(library, 'regression', 50, learning_rate=1.0).fit(frame, frame['a'])

    predictions = model.predict_for_metric_after(frame, [49, 50])

    for prediction in predictions:
        np.testing.assert_array_equal(prediction, model.predict(frame))


# early stopping


@pytest.mark.parametrize(
    ('problem', 'metric_name'), [('regression', 'rmse'), ('regression', 'r2'), ('classification', 'auc')]
)
def test_early_stopping_keeps_the_best_round(library: str, problem: str, metric_name: str) -> None:
    train, held_out = table(100), table(200, seed=1)
    noise = np.random.default_rng(2).normal(size=300)
    target = value_of(pd.concat([train, held_out])) + 2 * noise
    if problem == 'classification':
        target = np.where(target > 1.5, 'high', 'low')
    watched = TableData(held_out, pd.Series(target[100:]))
    metric = get_metric(metric_name, problem)
    scores: dict[int, float] = {}
    stopping = EarlyStopping(watched, metric, 10, on_round=scores.__setitem__)

    model = build(library, problem, 200).fit(train, target[:100], early_stopping=stopping)

    sign = 1 if metric.direction == 'maximize' else -1
    best = max(scores, key=lambda number: sign * scores[number])
    assert list(scores) == list(range(1, best + 11))
    assert model.best_round_ == best < 200
    codes = model.target_encoding_.encode(watched.target)
    assert metric(codes, model.predict_for_metric(held_out)) == pytest.approx(scores[best], abs=1e-5)
    same = build(library, problem, best).fit(train, target[:100])
    if library != 'catboost':
        np.testing.assert_allclose(model.predict_for_metric(held_out), same.predict_for_metric(held_out), rtol=1e-6)


def test_an_error_of_the_watcher_ends_the_training(library: str) -> None:
    frame = table(60)

    def stop(number: int, score: float) -> None:
        if number == 3:
            raise KeyError('pruned')

    stopping = EarlyStopping(
        TableData(frame, pd.Series(value_of(frame))), get_metric('rmse', 'regression'), 0, on_round=stop
    )
    with pytest.raises(KeyError, match='pruned'):
        build(library, 'regression').fit(frame, value_of(frame), early_stopping=stopping)


# seeds and threads


def test_the_seed_matters_where_something_is_random(library: str) -> None:
    frame = table()

    def predicted(seed: int) -> Array:
        model = build(library, 'regression', subsample=0.5).set_params(random_seed=seed)
        return model.fit(frame, value_of(frame)).predict(frame)

    np.testing.assert_array_equal(predicted(1), predicted(1))
    assert np.abs(predicted(1) - predicted(2)).max() > 1e-6


@pytest.mark.parametrize('library_name', ['lightgbm', 'xgboost'])
def test_the_number_of_threads_changes_nothing(library_name: str) -> None:
    frame = table(3000)

    one, two = (
        build(library_name, 'regression', subsample=0.8).set_params(n_jobs=n).fit(frame, value_of(frame))
        for n in (1, 2)
    )

    np.testing.assert_array_equal(one.predict(frame), two.predict(frame))


# copies


@pytest.mark.parametrize('problem', ['binary', 'multiclass', 'regression', 'ranking'])
def test_a_saved_model_predicts_the_same(library: str, problem: str, tmp_path: Path) -> None:
    frame, relevance, group = queries()
    target = {'binary': labels_of, 'multiclass': three_labels_of, 'regression': value_of}.get(
        problem, lambda _: relevance
    )
    kind = problem if problem in ('regression', 'ranking') else 'classification'
    model = build(library, kind, class_weight=None).fit(
        frame, target(frame), group=group if problem == 'ranking' else None
    )

    model.save(str(tmp_path / 'model.zip'))

    for again in (load_model(str(tmp_path / 'model.zip')), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.predict_for_metric(frame), model.predict_for_metric(frame))
        np.testing.assert_array_equal(again.contributions(frame), model.contributions(frame))
        assert again.get_params() == model.get_params()
        assert again.best_round_ == model.best_round_
        pd.testing.assert_series_equal(again.feature_importances, model.feature_importances)


def test_numbers_of_numpy_in_the_arguments_are_saved(library: str, tmp_path: Path) -> None:
    frame = table(40)
    kwargs = {'learning_rate': np.float32(0.5), 'n_estimators': np.int64(3), 'class_weight': {'high': np.float64(2)}}
    model = CLASSES[library](model_kwargs=kwargs, n_jobs=1).fit(frame, labels_of(frame))

    model.save(str(tmp_path / 'model.zip'))

    assert load_model(str(tmp_path / 'model.zip')).model_kwargs['n_estimators'] == 3


def test_a_clone_is_not_fitted_and_trains_the_same(library: str) -> None:
    frame = table(60)
    model = build(library).fit(frame, labels_of(frame))

    copy = clone(model)

    with pytest.raises(NotFittedError):
        copy.predict(frame)
    np.testing.assert_array_equal(copy.fit(frame, labels_of(frame)).predict_proba(frame), model.predict_proba(frame))


def test_no_rows_give_no_predictions(library: str) -> None:
    frame = table(60)
    model = build(library).fit(frame, labels_of(frame))

    assert model.predict(frame[:0]).shape == (0,)
    assert model.predict_proba(frame[:0]).shape == (0, 2)
