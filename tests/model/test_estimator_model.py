from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LinearRegression
from threadpoolctl import threadpool_info

from redshells.errors import (
    ColumnTypeError,
    EmptyTableError,
    InfiniteValueError,
    MissingValueError,
    NotFittedError,
    ParameterError,
    UnknownArgumentError,
    UntrustedTypeError,
)
from redshells.model import load_model
from redshells.model.estimator import EstimatorModel
from redshells.model.sparse_vectors import SparseVectors
from redshells.model.target_encoding import TargetEncoding

FOREST = 'sklearn.ensemble:RandomForestClassifier'
CLASSIFIERS = [
    FOREST,
    'sklearn.ensemble:ExtraTreesClassifier',
    'sklearn.ensemble:HistGradientBoostingClassifier',
    'sklearn.linear_model:LogisticRegression',
    'sklearn.naive_bayes:GaussianNB',
    'sklearn.neighbors:KNeighborsClassifier',
    'sklearn.svm:LinearSVC',
    'sklearn.linear_model:RidgeClassifier',
]


def _table(rows: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            'a': rng.normal(size=rows),
            'colour': rng.choice(['red', 'green', None], rows),
            'v': [rng.normal(size=2).tolist() for _ in range(rows)],
        }
    )


def _labels(frame: pd.DataFrame) -> Any:
    return np.where(frame['a'] + 2 * (frame['colour'] == 'red') > 0.5, 'yes', 'no')


@pytest.mark.parametrize('path', CLASSIFIERS)
def test_estimators_learn_tables_and_save_themselves(path: str, tmp_path: Path) -> None:
    frame, target = _table(), _labels(_table())

    model = EstimatorModel(estimator=path, n_jobs=1).fit(frame, target)

    assert (model.predict(frame) == target).mean() > 0.8
    scores = model.predict_for_metric(frame)
    np.testing.assert_allclose(scores.sum(axis=1), 1)
    assert (model.classes_[scores.argmax(axis=1)] == model.predict(frame)).mean() > 0.95
    model.save(str(tmp_path / 'model.zip'))
    for again in (load_model(str(tmp_path / 'model.zip')), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.predict(frame), model.predict(frame))
        np.testing.assert_array_equal(again.predict_for_metric(frame), scores)
        assert again.get_params() == model.get_params()


def test_categories_become_indicators_and_unseen_ones_none() -> None:
    frame = _table()
    model = EstimatorModel(estimator='sklearn.linear_model:LinearRegression', problem='regression')
    target = 2 * frame['a'] + 5 * (frame['colour'] == 'red') - 3 * (frame['colour'] == 'green')

    model.fit(frame, target)

    assert model.matrix_feature_names == ['a', 'colour=green', 'colour=red', 'v[0]', 'v[1]']
    np.testing.assert_allclose(model.estimator_.coef_, [2, -3, 5, 0, 0], atol=1e-9)
    other = frame.assign(colour='violet')
    np.testing.assert_allclose(model.predict(other), 2 * frame['a'], atol=1e-9)
    assert model.feature_importances.sum() == pytest.approx(1)
    assert model.feature_importances.index[0] == 'colour=red'


def test_the_model_is_that_of_the_bare_estimator() -> None:
    X = np.random.default_rng(0).normal(size=(80, 3))
    y = (X[:, 0] > 0).astype(int)
    weight = np.linspace(0.1, 2, 80)

    model = EstimatorModel(
        estimator='sklearn.ensemble:ExtraTreesClassifier', model_kwargs={'n_estimators': 7}, random_seed=3, n_jobs=1
    ).fit(X, y, weight)

    bare = ExtraTreesClassifier(n_estimators=7, random_state=3).fit(X, y, weight)
    np.testing.assert_array_equal(model.predict_proba(X), bare.predict_proba(X))
    numbers = EstimatorModel(estimator='sklearn.linear_model:LinearRegression', problem='regression').fit(X, X[:, 0])
    np.testing.assert_allclose(numbers.predict(X), LinearRegression().fit(X, X[:, 0]).predict(X))


def test_the_seed_matters_where_something_is_random() -> None:
    frame, target = _table(), _labels(_table())

    def predicted(**kwargs: Any) -> Any:
        model = EstimatorModel(estimator=FOREST, n_jobs=1, **kwargs)
        return model.fit(frame.drop(columns='v').assign(a=frame['a'].round()), target).predict_proba(frame)

    np.testing.assert_array_equal(predicted(random_seed=1), predicted(random_seed=1))
    assert (predicted(random_seed=1) != predicted(random_seed=2)).any()
    np.testing.assert_array_equal(predicted(random_seed=1), predicted(model_kwargs={'random_state': 1}))


def test_missing_values_are_refused_where_the_estimator_refuses_them() -> None:
    frame, target = _table().drop(columns='v'), _labels(_table())
    frame.loc[3, 'a'] = None
    linear = EstimatorModel(estimator='sklearn.linear_model:LogisticRegression', n_jobs=1)

    with pytest.raises(MissingValueError, match=r"\['a'\]"):
        linear.fit(frame, target)
    linear.fit(frame.fillna({'a': 0}), target)
    with pytest.raises(MissingValueError, match=r"\['a'\]"):
        linear.predict(frame)
    forest = EstimatorModel(estimator=FOREST, n_jobs=1).fit(frame, target)
    assert len(forest.predict(frame)) == 120


@pytest.mark.parametrize('value', [np.inf, -np.inf, 1e39])
def test_infinite_values_are_refused(value: float) -> None:
    frame, target = _table(), _labels(_table())
    model = EstimatorModel(estimator=FOREST, n_jobs=1).fit(frame, target)
    frame.loc[3, 'a'] = value

    with pytest.raises(InfiniteValueError, match=r"\['a'\] have 1 values"):
        model.predict(frame)
    with pytest.raises(InfiniteValueError):
        model.fit(frame, target)
    with pytest.raises(NotFittedError):
        model.predict(frame)


def test_columns_without_any_value_can_not_be_learnt_alone() -> None:
    frame = pd.DataFrame({'colour': pd.Series([None, None], dtype='str')})

    with pytest.raises(EmptyTableError, match='colour'):
        EstimatorModel(estimator=FOREST).fit(frame, [0, 1])


def test_what_does_not_fit_is_refused_before_the_training() -> None:
    frame, target = _table(), _labels(_table())

    with pytest.raises(UnknownArgumentError, match='Did you mean n_estimators'):
        EstimatorModel(estimator=FOREST, model_kwargs={'n_estimator': 5}).fit(frame, target)
    with pytest.raises(ParameterError, match='can not be imported'):
        EstimatorModel(estimator='sklearn.ensemble:NoForest').fit(frame, target)
    with pytest.raises(ParameterError, match='ranking'):
        EstimatorModel(estimator=FOREST, problem='ranking').fit(frame, target)
    with pytest.raises(ParameterError, match='sample_weight'):
        EstimatorModel(estimator='sklearn.neighbors:KNeighborsClassifier').fit(frame, target, np.ones(120))
    with pytest.raises(ColumnTypeError, match=r"'when'.*dayofweek"):
        EstimatorModel(estimator=FOREST).fit(frame.assign(when=pd.Timestamp(0)), target)


def test_a_fold_without_a_class_still_has_its_column() -> None:
    frame, target = _table(), pd.Series(_labels(_table()))
    encoding = TargetEncoding.of(pd.Series(['maybe', *target]), 'classification')

    model = EstimatorModel(estimator=FOREST, n_jobs=1).fit(frame, target, target_encoding=encoding)

    assert model.classes_.tolist() == ['maybe', 'no', 'yes']
    assert model.predict_proba(frame).shape == (120, 3)
    assert (model.predict_proba(frame)[:, 0] == 0).all()
    assert set(model.predict(frame)) == {'no', 'yes'}


def test_a_clone_is_not_fitted() -> None:
    frame, target = _table(), _labels(_table())
    model = EstimatorModel(estimator=FOREST, n_jobs=1).fit(frame, target)

    copy = clone(model)

    with pytest.raises(NotFittedError):
        copy.predict(frame)
    np.testing.assert_array_equal(copy.fit(frame, target).predict_proba(frame), model.predict_proba(frame))


def test_no_rows_give_no_predictions() -> None:
    frame, target = _table(), _labels(_table())
    model = EstimatorModel(estimator=FOREST, n_jobs=1).fit(frame, target)

    assert model.predict(frame[:0]).shape == (0,)
    assert model.predict_proba(frame[:0]).shape == (0, 2)


class Majority:
    """An estimator of nobody's package, without scikit-learn."""

    def fit(self, X: Any, y: Any) -> Majority:
        self.classes_, counts = np.unique(y, return_counts=True)
        self.best_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.best_)


def test_an_estimator_needs_only_fit_and_predict(tmp_path: Path) -> None:
    frame, target = _table(), np.repeat(['a', 'b'], [100, 20])
    model = EstimatorModel(estimator=f'{__name__}:Majority').fit(frame, target)

    model.save(str(tmp_path / 'model.zip'))

    assert set(model.predict(frame)) == {'a'}
    assert model.predict_for_metric(frame)[0].tolist() == [1, 0]
    with pytest.raises(UntrustedTypeError, match='trusted_modules'):
        load_model(str(tmp_path / 'model.zip'))
    package = __name__.split('.')[0]
    again = load_model(str(tmp_path / 'model.zip'), trusted_modules=(package,))
    assert set(again.predict(frame)) == {'a'}


class Threads(Majority):
    def fit(self, X: Any, y: Any) -> Threads:
        self.threads_ = {pool['num_threads'] for pool in threadpool_info()}
        super().fit(X, y)
        return self


def test_an_estimator_that_does_not_ask_for_n_jobs_has_no_more_threads_than_that() -> None:
    frame = _table()
    model = EstimatorModel(estimator=f'{__name__}:Threads', n_jobs=1).fit(frame, _labels(frame))

    assert model.estimator_.threads_ == {1}


def test_class_weights_are_given_by_label() -> None:
    frame, target = _table(), np.repeat(['a', 'b'], [100, 20])
    arguments = {'n_estimators': 5, 'max_depth': 1}

    plain = EstimatorModel(model_kwargs=arguments).fit(frame, target)
    weighted = EstimatorModel(model_kwargs={**arguments, 'class_weight': {'a': 1, 'b': 50}}).fit(frame, target)

    assert weighted.estimator_.class_weight == {0: 1.0, 1: 50.0}
    assert weighted.predict_proba(frame)[:, 1].mean() > plain.predict_proba(frame)[:, 1].mean() + 0.2
    with pytest.raises(ParameterError, match='class_weight'):
        EstimatorModel(model_kwargs={'class_weight': {'c': 1}}).fit(frame, target)


@pytest.mark.parametrize('estimator', ['lightgbm:LGBMClassifier', 'xgboost:XGBClassifier'])
def test_the_seed_reaches_estimators_that_take_any_argument(estimator: str) -> None:
    model = EstimatorModel(estimator=estimator, random_seed=3, n_jobs=1, model_kwargs={'subsample': 0.5})

    assert model.canonical_arguments() == {'subsample': 0.5, 'random_state': 3, 'n_jobs': 1}


def _sparse_table(rows: int = 120) -> pd.DataFrame:
    """Sparse vectors whose first number tells the class half of the time, and a number that does so otherwise."""
    rng = np.random.default_rng(0)
    matrix = sparse.random_array((rows, 50), density=0.1, rng=rng, format='lil')
    target = np.arange(rows) % 2
    matrix[:, [0]] = np.where(rng.random(rows) < 0.5, 2 * target, 1)[:, None]
    frame = pd.DataFrame({'v': SparseVectors(sparse.csr_array(matrix)), 'n': target + rng.normal(size=rows)})
    return frame.assign(target=np.where(target, 'yes', 'no'))


def test_sparse_vectors_are_learnt_beside_numbers_and_saved(tmp_path: Path) -> None:
    frame = _sparse_table()
    target = frame.pop('target')

    model = EstimatorModel(estimator='sklearn.linear_model:LogisticRegression').fit(frame, target)

    assert (model.predict(frame) == target).mean() > 0.8
    assert model.matrix_feature_names == [*(f'v[{position}]' for position in range(50)), 'n']
    assert model.feature_importances.index[0] == 'v[0]'
    np.testing.assert_array_equal(model.predict(frame[['n', 'v']]), model.predict(frame))
    assert model.predict(frame[:0]).shape == (0,)
    scores = model.predict_for_metric(frame)
    model.save(str(tmp_path / 'model.zip'))
    frame.to_pickle(tmp_path / 'frame.pkl')
    np.save(tmp_path / 'scores.npy', scores)
    code = (
        'import sys, numpy, pandas; from redshells.model import load_model; folder = sys.argv[1]; '
        "scores = load_model(folder + '/model.zip').predict_for_metric(pandas.read_pickle(folder + '/frame.pkl')); "
        "numpy.testing.assert_array_equal(scores, numpy.load(folder + '/scores.npy'))"
    )
    subprocess.run([sys.executable, '-c', code, str(tmp_path)], check=True)


@pytest.mark.parametrize(
    'path', ['sklearn.svm:LinearSVC', 'sklearn.tree:DecisionTreeClassifier', 'xgboost:XGBClassifier']
)
def test_estimators_that_take_sparse_vectors(path: str) -> None:
    frame = _sparse_table()
    target = frame.pop('target')

    model = EstimatorModel(estimator=path, n_jobs=1).fit(frame, target)

    assert (model.predict(frame) == target).mean() > 0.8
    assert 'v[0]' in model.feature_importances.index[:3]


def test_the_model_of_sparse_vectors_is_that_of_the_same_dense_ones() -> None:
    frame = _sparse_table()
    target = frame.pop('target')
    dense = frame.assign(v=list(frame['v'].array.matrix.toarray()))

    models = [
        EstimatorModel(estimator='sklearn.linear_model:LogisticRegression').fit(one, target) for one in (frame, dense)
    ]

    np.testing.assert_allclose(models[0].predict_proba(frame), models[1].predict_proba(dense), atol=1e-3)


def test_what_does_not_fit_sparse_vectors_is_refused() -> None:
    frame = _sparse_table()
    target = frame.pop('target')
    linear = EstimatorModel(estimator='sklearn.linear_model:LogisticRegression')

    with pytest.raises(ColumnTypeError, match=r"\['colour'\] hold categories, and others hold sparse vectors"):
        linear.fit(frame.assign(colour='red'), target)
    with pytest.raises(MissingValueError, match=r"\['n'\] have missing values beside sparse vectors"):
        linear.fit(frame.assign(n=None), target)
    for value in (np.inf, 1e39):
        wrong = frame.copy()
        matrix = wrong['v'].array.matrix
        matrix.data[matrix.indices == 3] = value
        with pytest.raises(InfiniteValueError, match=r"\['v\[3\]'\] have \d+ values"):
            linear.fit(wrong, target)
    with pytest.raises(ColumnTypeError, match=r"\['v'\] hold sparse vectors, which .*GaussianNB does not take. Choose"):
        EstimatorModel(estimator='sklearn.naive_bayes:GaussianNB').fit(frame, target)
    linear.fit(frame, target)
    for other in (frame['v'].array.matrix[:, :49], frame['v'].array.matrix[:, [*range(50), 0]]):
        with pytest.raises(
            ColumnTypeError, match=r"'v' is of type sparse_vector\[\d+\]; in training it was sparse_vector\[50\]"
        ):
            linear.predict(frame.assign(v=SparseVectors(other)))
    with pytest.raises(ColumnTypeError, match="'v' is of type object; in training it was sparse"):
        linear.predict(frame.assign(v=list(frame['v'].array.matrix.toarray())))
    with pytest.raises(ColumnTypeError, match="'v' is of type sparse_vector"):
        EstimatorModel().fit(frame.assign(v=1.0), target).predict(frame)
