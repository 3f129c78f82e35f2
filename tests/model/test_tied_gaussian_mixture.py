"""The mixture of Gaussians with one covariance, beside scikit-learn's."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.distance import cdist
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from redshells.errors import DataError, NotFittedError, ParameterError
from redshells.model import tied_gaussian_mixture
from redshells.model.tied_gaussian_mixture import TiedGaussianMixture

Rows = npt.NDArray[np.float64]

GENERATOR = np.random.RandomState(7)
BLOBS: Rows = np.concatenate([GENERATOR.randn(60, 5) + 4 * GENERATOR.randn(5) for _ in range(6)])
ROWS: dict[str, Rows] = {
    'blobs': BLOBS,
    'no structure': GENERATOR.randn(300, 8),
    'each row five times': np.repeat(GENERATOR.randn(60, 4), 5, axis=0),
    'rows of zeros': np.concatenate([np.zeros((50, 6)), GENERATOR.randn(200, 6)]),
    'a column of one number': np.concatenate([BLOBS, np.ones((len(BLOBS), 1))], axis=1),
    'of length one': BLOBS / np.linalg.norm(BLOBS, axis=1, keepdims=True),
}


@pytest.mark.parametrize('name', ROWS)
@pytest.mark.parametrize('init_params', tied_gaussian_mixture.INITIALISATIONS)
@pytest.mark.parametrize(('n_init', 'max_iter'), [(1, 100), (3, 4), (1, 0)])
def test_it_is_that_of_scikit_learn(name: str, init_params: str, n_init: int, max_iter: int) -> None:
    rows = ROWS[name]
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', ConvergenceWarning)
        theirs = GaussianMixture(
            6, covariance_type='tied', init_params=init_params, n_init=n_init, max_iter=max_iter, random_state=3
        ).fit(rows)
    ours = TiedGaussianMixture(6, init_params=init_params, n_init=n_init, max_iter=max_iter, random_state=3).fit(rows)

    # several initialisations may come to one result, with other numbers of the components
    order = np.arange(6) if n_init == 1 else cdist(ours.means_, theirs.means_).argmin(axis=0)
    np.testing.assert_allclose(ours.predict_proba(rows)[:, order], theirs.predict_proba(rows), atol=1e-7)
    np.testing.assert_allclose(ours.weights_[order], theirs.weights_, atol=1e-7)
    np.testing.assert_allclose(ours.means_[order], theirs.means_, atol=1e-7)
    np.testing.assert_allclose(ours.covariances_, theirs.covariances_, atol=1e-7)
    assert (ours.n_iter_, ours.converged_) == (theirs.n_iter_, theirs.converged_)
    assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_, abs=1e-8)


@pytest.mark.parametrize('arguments', [{'tol': 1e-8}, {'reg_covar': 0.1}, {'tol': 0.5}])
def test_tolerance_and_regularization_are_those_of_scikit_learn(arguments: dict[str, float]) -> None:
    theirs = GaussianMixture(6, covariance_type='tied', random_state=0, max_iter=500, **arguments).fit(BLOBS)
    ours = TiedGaussianMixture(6, random_state=0, max_iter=500, **arguments).fit(BLOBS)
    np.testing.assert_allclose(ours.predict_proba(BLOBS), theirs.predict_proba(BLOBS), atol=1e-6)
    assert ours.n_iter_ == theirs.n_iter_


def test_planted_clusters_are_found() -> None:
    probabilities = TiedGaussianMixture(6, n_init=3, random_state=0).fit(BLOBS).predict_proba(BLOBS)
    labels = probabilities.argmax(axis=1).reshape(6, 60)
    assert [len(set(row)) for row in labels.tolist()] == [1] * 6
    assert len(set(labels[:, 0].tolist())) == 6
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)


def test_the_number_of_rows_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = TiedGaussianMixture(4, random_state=0).fit(BLOBS).predict_proba(BLOBS)
    monkeypatch.setattr(tied_gaussian_mixture, '_ROWS', 17)
    np.testing.assert_allclose(TiedGaussianMixture(4, random_state=0).fit(BLOBS).predict_proba(BLOBS), whole, atol=1e-9)


def test_one_seed_gives_one_result() -> None:
    first, second = (TiedGaussianMixture(4, random_state=5).fit(BLOBS) for _ in range(2))
    assert (first.means_ == second.means_).all()


def test_the_rows_are_left_as_they_are() -> None:
    rows = BLOBS.copy()
    TiedGaussianMixture(4).fit(rows).predict_proba(rows)
    assert (rows == BLOBS).all()


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'n_components': 0}, 'n_components=0 was given; an integer of at least 1'),
        ({'n_components': 2.0}, r'n_components=2\.0 was given; an integer'),
        ({'tol': -1.0}, r'tol=-1\.0 was given; a number of at least 0'),
        ({'reg_covar': float('nan')}, 'reg_covar=nan was given'),
        ({'max_iter': -1}, 'max_iter=-1 was given'),
        ({'n_init': True}, 'n_init=True was given'),
        ({'init_params': 'best'}, "init_params='best' was given; one of .*'kmeans'"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        TiedGaussianMixture(**{'n_components': 2, **arguments})  # type: ignore[arg-type]


def test_rows_that_can_not_be_clustered_are_refused() -> None:
    with pytest.raises(DataError, match='2 rows were given for 3 components'):
        TiedGaussianMixture(3).fit(BLOBS[:2])
    with pytest.raises(DataError, match=r'rows of shape \(3, 2\) were given'):
        TiedGaussianMixture(2).fit([[0.0, 1.0], [np.nan, 1.0], [1.0, 1.0]])
    with pytest.raises(DataError, match='the covariance of the rows has no inverse'):
        TiedGaussianMixture(2, reg_covar=0).fit(ROWS['a column of one number'])
    with pytest.raises(NotFittedError, match='has not been fitted'):
        TiedGaussianMixture(2).predict_proba(BLOBS)
