"""What the analysis makes of columns of sparse vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from redshells.analysis import baseline
from redshells.analysis.baseline import predict_baseline
from redshells.analysis.column_profile import profile_table
from redshells.analysis.shared_rows import SharedRows, find_shared_rows
from redshells.model.estimator import EstimatorModel
from redshells.model.feature_schema import FeatureSchema
from redshells.model.frame import TableData
from redshells.model.sparse_vectors import SparseVectors
from redshells.model.target_encoding import TargetEncoding

ROWS = 200


def data_of(matrix: Any, target: Any, **others: Any) -> TableData:
    frame = pd.DataFrame({'v': SparseVectors(sparse.csr_array(matrix)), **others})
    return TableData(frame, pd.Series(target, name='target'))


def planted(seed: int = 0, columns: int = 400) -> TableData:
    """Of the first 4 numbers, that of the class is never 0; the others are noise, mostly 0."""
    rng = np.random.default_rng(seed)
    matrix = np.where(rng.random((ROWS, columns)) < 0.02, rng.random((ROWS, columns)), 0)
    target = rng.integers(0, 4, ROWS)
    matrix[np.arange(ROWS), target] = 1
    return data_of(matrix, np.array(list('abcd'))[target])


def shared(train: TableData, test: TableData) -> SharedRows:
    encoding = TargetEncoding.of(pd.concat([train.target, test.target]), 'classification')
    return find_shared_rows(FeatureSchema.of(train.features), encoding, train, test)


def test_shared_rows_are_those_of_the_same_dense_vectors() -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 3, (300, 5)).astype(float)
    target = rng.integers(0, 2, 300)
    train, test = data_of(rows[:200], target[:200]), data_of(rows[200:], target[200:])
    dense = [
        TableData(pd.DataFrame({'v': list(rows[part])}), pd.Series(target[part]))
        for part in (slice(200), slice(200, 300))
    ]

    assert shared(train, test) == shared(dense[0], dense[1])
    assert 0 < shared(train, test).share < 1


@pytest.mark.parametrize(
    ('first', 'second', 'alike'),
    [
        ([[1.0, 0.0]], [[1.0, 0.0]], True),
        ([[1.0, 0.0]], [[2.0, 0.0]], False),  # of the first column, too
        ([[1.0, 0.0]], [[0.0, 1.0]], False),
        ([[0.0, 0.0]], [[1.0, 0.0]], False),
        ([[1.0, 2.0]], [[2.0, 1.0]], False),
        ([[1.0, 0.0]], sparse.csr_array((np.array([1.0, 0.0]), ([0, 0], [0, 1])), shape=(1, 2)), True),
    ],
)
def test_rows_that_differ_anywhere_are_not_shared(first: Any, second: Any, alike: bool) -> None:
    train = data_of([*first, [9.0, 9.0]], ['a', 'b'])
    assert shared(train, data_of(second, ['a'])).count == alike
    assert shared(train, data_of(second, ['b'])).count == 0
    train = data_of([*first, [9.0, 9.0]], ['a', 'b'], n=[1.0, 1.0])
    assert shared(train, data_of(second, ['a'], n=[2.0])).count == 0


@pytest.mark.parametrize('name', ['prior', 'linear', 'defaults'])
def test_baselines_of_sparse_vectors(name: str) -> None:
    train, test = planted(), planted(1)
    model = EstimatorModel(estimator='sklearn.linear_model:LogisticRegression').fit(train.features, train.target)

    found = predict_baseline(name, model, train, test, random_seed=0, n_jobs=1)

    np.testing.assert_allclose(found.prediction.sum(axis=1), 1)
    right = (model.classes_[found.prediction.argmax(axis=1)] == test.target).mean()
    assert right > 0.9 if name != 'prior' else right < 0.5
    assert found.rows == ROWS


def test_the_linear_baseline_of_numbers_is_a_ridge_regression() -> None:
    train, test = planted(), planted(1)
    numbers = [TableData(one.features, one.target.map(ord).astype(float)) for one in (train, test)]
    model = EstimatorModel(estimator='sklearn.linear_model:Ridge', problem='regression')
    model.fit(numbers[0].features, numbers[0].target)

    found = predict_baseline('linear', model, *numbers, random_seed=0)

    assert np.corrcoef(found.prediction, numbers[1].target)[0, 1] > 0.9


def test_zeros_do_not_count_among_the_cells_of_the_linear_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, '_MOST_LINEAR_ROWS', 150)
    train = planted(columns=3000)
    model = EstimatorModel(estimator='sklearn.linear_model:LogisticRegression').fit(train.features, train.target)

    assert predict_baseline('linear', model, train, train, random_seed=0).rows == 150
    assert baseline._cells_of_a_row(model.schema_, train) == pytest.approx(61, abs=2)


def test_the_profile_of_a_column() -> None:
    (profile,) = profile_table(planted().features)

    assert (profile.kind, profile.dtype, profile.length) == ('vector', 'sparse_vector[400]', 400)
    assert (profile.rows, profile.missing, profile.distribution) == (ROWS, 0, None)
