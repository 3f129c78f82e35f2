"""The nearest rows by cosine, beside the obvious way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

import redshells.model.nearest_neighbors
from redshells.errors import ParameterError
from redshells.model.nearest_neighbors import find_nearest_rows


def matrices(as_sparse: bool, rows: int = 60) -> tuple[Any, Any, Any]:
    generator = np.random.default_rng(0)
    values = generator.normal(size=(rows + 40, 8)) * (generator.random((rows + 40, 8)) < 0.5)
    values[[3, rows + 2]] = 0
    queries, candidates = values[:rows].astype(np.float32), values[rows:].astype(np.float32)
    with np.errstate(invalid='ignore'):
        unit_queries = queries / np.linalg.norm(queries, axis=1)[:, None]
        cosines = unit_queries @ (candidates / np.linalg.norm(candidates, axis=1)[:, None]).T
    if as_sparse:
        return sparse.csr_array(queries), sparse.csr_array(candidates), cosines
    return queries, candidates, cosines


@pytest.mark.parametrize('as_sparse', [False, True])
@pytest.mark.parametrize('cells', [100, 1 << 24])
def test_they_are_those_of_the_obvious_way(as_sparse: bool, cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redshells.model.nearest_neighbors, '_CELLS', cells)
    queries, candidates, cosines = matrices(as_sparse)
    nearest = find_nearest_rows(queries, candidates, 5)
    for row, expected in enumerate(cosines):
        if row == 3:
            assert (nearest.positions[row] == -1).all()
            assert np.isnan(nearest.similarities[row]).all()
        else:
            best = np.argsort(-np.nan_to_num(expected, nan=-2), kind='stable')[:5]
            np.testing.assert_allclose(nearest.similarities[row], expected[best], atol=1e-6)
            assert 2 not in nearest.positions[row]  # a row of zeros


def test_equal_rows_come_in_their_order() -> None:
    candidates = np.array([[0, 1], [2, 0], [1, 0], [4, 0], [1, 1], [8, 0]], float)
    nearest = find_nearest_rows(np.array([[1.0, 0.0], [3.0, 0.0]]), candidates, 3, left_out=np.array([2, -1]))
    assert nearest.positions.tolist() == [[1, 3, 5], [1, 2, 3]]
    np.testing.assert_allclose(nearest.similarities, 1.0)


def test_a_row_is_not_its_own_neighbour_and_there_may_be_fewer() -> None:
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, 0.0]])
    nearest = find_nearest_rows(rows, rows, 10, left_out=np.arange(4))
    assert nearest.positions.tolist() == [[1, 2, -1, -1], [0, 2, -1, -1], [1, 0, -1, -1], [-1] * 4]
    np.testing.assert_allclose(nearest.similarities[0, :2], [0, -1])


def test_inputs_are_not_changed_and_may_be_read_only() -> None:
    rows = np.eye(3)
    rows.flags.writeable = False
    assert find_nearest_rows(rows, rows, 1).positions.ravel().tolist() == [0, 1, 2]


def test_nothing_to_find() -> None:
    assert find_nearest_rows(np.zeros((0, 2)), np.ones((3, 2)), 2).positions.shape == (0, 2)
    assert find_nearest_rows(np.ones((3, 2)), np.zeros((0, 2)), 2).positions.shape == (3, 0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ParameterError, match=r'top_n=0 was given; at least 1'):
        find_nearest_rows(np.ones((1, 2)), np.ones((1, 2)), 0)
    with pytest.raises(ParameterError, match=r'the queries have 2 columns and the candidates 3'):
        find_nearest_rows(np.ones((1, 2)), np.ones((1, 3)), 1)
