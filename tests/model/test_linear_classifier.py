from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from redshells.model.linear_classifier import LinearClassifier

CODES = np.arange(240) % 3
Array = npt.NDArray[Any]


def planted(noise: float = 0.5, seed: int = 0) -> Array:
    """Vectors of 30 numbers, of which the one of its class is larger in each."""
    rows = np.random.default_rng(seed).normal(scale=noise, size=(240, 30))
    rows[np.arange(240), CODES] += 1.5
    return rows


def as_sparse(rows: Array) -> sparse.csr_array:
    return sparse.csr_array(np.where(np.abs(rows) > 0.8, rows, 0))


def accuracy(train: Any, test: Any) -> float:
    probabilities = LinearClassifier().fit(train, CODES, 3).predict_proba(test)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    return float((probabilities.argmax(axis=1) == CODES).mean())


def test_planted_classes_are_found_by_dense_and_by_sparse_vectors() -> None:
    train, test = planted(), planted(seed=1)

    assert accuracy(train, test) > 0.9
    assert accuracy(as_sparse(train), as_sparse(test)) > 0.85
    assert accuracy(planted(noise=50), planted(noise=50, seed=1)) < 0.55


def test_dense_vectors_are_scaled() -> None:
    scale = np.logspace(-6, 6, 30)
    expected = LinearClassifier().fit(planted(), CODES, 3).predict_proba(planted())
    np.testing.assert_allclose(
        LinearClassifier().fit(planted() * scale + 7, CODES, 3).predict_proba(planted() * scale + 7),
        expected,
        atol=1e-3,
    )


def test_the_seed_decides() -> None:
    rows = as_sparse(planted())

    def predicted(seed: int) -> Array:
        return LinearClassifier(seed).fit(rows, CODES, 3).predict_proba(rows)

    np.testing.assert_array_equal(predicted(1), predicted(1))
    assert (predicted(1) != predicted(2)).any()


@pytest.mark.parametrize('convert', [np.asarray, as_sparse])
def test_classes_that_are_not_there_have_no_probability(convert: Any) -> None:
    rows = convert(planted())

    without = LinearClassifier().fit(rows, np.where(CODES == 1, 3, CODES), 4).predict_proba(rows)
    alone = LinearClassifier().fit(rows, np.full(240, 2), 4, np.ones(240)).predict_proba(rows)

    assert (without[:, 1] == 0).all()
    assert (without[:, [0, 2, 3]] > 0).all()
    assert alone[0].tolist() == [0, 0, 1, 0]


@pytest.mark.parametrize('convert', [np.asarray, as_sparse])
def test_weights_count(convert: Any) -> None:
    rows = convert(planted(noise=2))

    def share_of_the_first(weight: float) -> float:
        weights = np.where(CODES == 0, weight, 1.0)
        return float(LinearClassifier().fit(rows, CODES, 3, weights).predict_proba(rows)[:, 0].mean())

    assert share_of_the_first(0.1) < share_of_the_first(1.0) < share_of_the_first(10.0)


@pytest.mark.parametrize(
    'rows',
    [
        np.ones((240, 4)),
        (1 + 1e-7 * planted()).astype(np.float32),
        np.random.default_rng(0).standard_cauchy((240, 300)) ** 3,
        np.random.default_rng(0).dirichlet([0.01] * 100, 240).astype(np.float32),
        np.repeat(planted(50), 20, axis=1),
        np.zeros((240, 4)),
    ],
)
def test_hard_vectors_give_probabilities_and_no_warning(rows: Array) -> None:
    for vectors in (rows, sparse.csr_array(rows)):
        probabilities = LinearClassifier().fit(vectors, CODES, 3).predict_proba(vectors)
        assert np.isfinite(probabilities).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
