"""The nearest rows of a matrix by cosine, found by products of matrices in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.errors import ParameterError
from redshells.model.largest import largest_columns

Matrix: TypeAlias = npt.NDArray[Any] | sparse.csr_array
"""Rows, dense or sparse."""

_CELLS = 1 << 24  # of the cosines that are held at a time: 64 MB and two copies of it


@dataclass(frozen=True)
class NearestRows:
    """The nearest rows of each query, the nearest first.

    Attributes:
        positions: Positions of the rows, of shape (queries, top_n); -1 where there are fewer rows.
        similarities: Their cosines, of the same shape; NaN where there are fewer rows.
    """

    positions: npt.NDArray[np.int64]
    similarities: npt.NDArray[np.float32]


def find_nearest_rows(
    queries: Matrix, candidates: Matrix, top_n: int, *, left_out: npt.NDArray[np.int64] | None = None
) -> NearestRows:
    """The rows of ``candidates`` with the largest cosine to each row of ``queries``.

    Rows of zeros have no direction: they are nobody's neighbours and have none. Rows that are equally near come in the
    order of the matrix.

    Args:
        queries: Of shape (queries, columns).
        candidates: Of shape (rows, columns).
        top_n: How many rows are found for each query, at the most.
        left_out: For each query a row that is no neighbour of it, such as its own; -1 for none.

    Raises:
        ParameterError: top_n is less than 1, or the matrices do not have the same columns.

    Example:
        >>> rows = np.array([[1.0, 0.0], [2.0, 0.1], [0.0, 1.0], [0.0, 0.0]])
        >>> nearest = find_nearest_rows(rows, rows, 1, left_out=np.arange(4))
        >>> nearest.positions.ravel().tolist()
        [1, 0, 1, -1]
    """
    if top_n < 1:
        raise ParameterError(f'top_n={top_n} was given; at least 1 is expected.')
    if queries.shape[1] != candidates.shape[1]:
        raise ParameterError(
            f'the queries have {queries.shape[1]} columns and the candidates {candidates.shape[1]}; as many are '
            'expected. Make both with one model.'
        )
    count, size = queries.shape[0], min(top_n, candidates.shape[0])
    positions = np.full((count, size), -1, np.int64)
    similarities = np.full((count, size), np.nan, np.float32)
    scales = _inverse_lengths(candidates)
    transposed: Any = candidates.T
    if sparse.issparse(candidates):
        transposed = transposed.tocsc()
    step = max(1, _CELLS // max(1, candidates.shape[0]))
    for start in range(0, count if size else 0, step):
        chunk = queries[start : start + step]
        cosines = _cosines(chunk, transposed, scales)
        if left_out is not None:
            rows = np.flatnonzero(left_out[start : start + step] >= 0)
            cosines[rows, left_out[start : start + step][rows]] = -np.inf
        found = largest_columns(cosines, size)
        values = np.take_along_axis(cosines, found, axis=1)
        exists = values > -np.inf
        positions[start : start + step][exists] = found[exists]
        similarities[start : start + step][exists] = values[exists]
    return NearestRows(positions, similarities)


def _cosines(queries: Matrix, transposed: Any, scales: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    product = queries @ transposed
    dense = product.toarray() if sparse.issparse(product) else product
    cosines: npt.NDArray[np.float32] = dense.astype(np.float32, copy=False)
    own = _inverse_lengths(queries)
    cosines *= scales
    cosines *= own[:, None]
    np.clip(cosines, -1, 1, out=cosines)
    cosines[:, scales == 0] = -np.inf
    cosines[own == 0] = -np.inf
    return cosines


def _inverse_lengths(matrix: Any) -> npt.NDArray[np.float32]:
    if sparse.issparse(matrix):
        squares = matrix.multiply(matrix).sum(axis=1)
    else:
        squares = np.einsum('ij,ij->i', matrix, matrix)
    lengths = np.sqrt(squares, dtype=np.float64)
    inverse: npt.NDArray[np.float64] = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return inverse.astype(np.float32)
