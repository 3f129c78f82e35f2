"""Least squares of many rows at once: the Gram matrices of all rows as one sparse product."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse

_BLOCK = 2**22  # numbers of a dense intermediate: 16 MB, however many users and items there are
_JITTER = 1e-6  # of the mean of a diagonal: about what float32 loses


@dataclass(frozen=True)
class _Piece:
    """Some rows of a matrix, of only those columns that they have.

    Args:
        columns: The positions of these columns; None where all are taken.
        edges: The position of each stored number among the edges.
        ones: A 1 for each edge, as a sparse matrix.
        targets: The targets of the edges, likewise.
    """

    columns: torch.Tensor | None
    edges: npt.NDArray[np.int64]
    ones: torch.Tensor
    targets: torch.Tensor


@dataclass(frozen=True)
class Equations:
    """The normal equations of some rows.

    Args:
        rows: Which rows.
        gram: The sum of x xᵀ over the edges of each row, of shape (rows, size, size).
        right: The sum of (target - offset) · x over them, of shape (rows, size).
    """

    rows: slice
    gram: torch.Tensor
    right: torch.Tensor


class EdgeRows:
    """The edges between rows and columns, cut into blocks of bounded memory.

    The Gram matrices of all rows are the product of the sparse matrix of the edges with the matrix of the outer
    products of all columns, of which the lower triangle is enough. Work and memory grow linearly with the edges.

    Args:
        rows: The row of each edge.
        columns: The column of each edge; a pair may be there more than once.
        shape: How many rows and columns there are.
        size: The length of the vectors of the equations.
        device: Where it is computed.
    """

    def __init__(
        self,
        rows: npt.NDArray[np.int64],
        columns: npt.NDArray[np.int64],
        shape: tuple[int, int],
        *,
        size: int,
        device: torch.device,
    ) -> None:
        self.shape, self.size, self.device = shape, size, device
        self.counts = np.bincount(rows, minlength=shape[0])
        self.column_counts = np.bincount(columns, minlength=shape[1])
        self._columns = columns
        lower = torch.tril_indices(size, size, device=device)
        self._left, self._right = lower[0], lower[1]
        square = torch.zeros(size, size, dtype=torch.int64, device=device)
        square[self._left, self._right] = torch.arange(lower.shape[1], device=device)
        self._square = torch.maximum(square, square.T).reshape(-1)
        order = np.lexsort((columns, rows))
        indptr = np.concatenate([[0], np.cumsum(self.counts)])
        # the number at an edge is its position, so that each part of the matrix knows its edges
        edges = sparse.csr_array((order, columns[order].astype(np.int32), indptr), shape=shape)
        limit = max(1, _BLOCK // (lower.shape[1] + size))
        self._blocks = [
            (slice(start, min(start + limit, shape[0])), self._pieces(edges[start : start + limit], limit))
            for start in range(0, shape[0], limit)
        ]

    def _pieces(self, block: sparse.csr_array, limit: int) -> list[_Piece]:
        if block.shape[1] <= limit:
            return [self._piece(block, None)]
        used = np.unique(block.indices)
        parts = [used[start : start + limit] for start in range(0, len(used), limit)]
        return [self._piece(block[:, part], part) for part in parts]

    def _piece(self, matrix: sparse.csr_array, columns: npt.NDArray[Any] | None) -> _Piece:
        indptr, indices = (
            torch.from_numpy(one.astype(np.int32)).to(self.device) for one in (matrix.indptr, matrix.indices)
        )
        ones = torch.ones(matrix.nnz, device=self.device)
        with warnings.catch_warnings():
            warnings.filterwarnings('ignore', message='Sparse')  # that their interface is new, and that it trusts us
            matrices = [
                torch.sparse_csr_tensor(indptr, indices, values, size=matrix.shape)
                for values in (ones, torch.zeros_like(ones))
            ]
        chosen = None if columns is None else torch.from_numpy(columns.astype(np.int64)).to(self.device)
        return _Piece(chosen, matrix.data, matrices[0], matrices[1])

    def set_targets(self, targets: npt.NDArray[np.float32]) -> None:
        """Take the target of each edge."""
        for _, pieces in self._blocks:
            for piece in pieces:
                piece.targets.values().copy_(torch.from_numpy(targets[piece.edges]))
        self._column_sums = np.bincount(self._columns, weights=targets, minlength=self.shape[1])
        self._squares = float(np.square(targets, dtype=np.float64).sum())

    def squares_after(self, offsets: torch.Tensor) -> float:
        """The sum of the squared targets, each less the offset of its column.

        Args:
            offsets: What is subtracted, of shape (columns,).
        """
        subtracted = offsets.cpu().double().numpy()
        return self._squares - float(subtracted @ (2 * self._column_sums - subtracted * self.column_counts))

    def equations(
        self, vectors: torch.Tensor, offsets: torch.Tensor | None = None, variances: torch.Tensor | None = None
    ) -> Iterator[Equations]:
        """The normal equations of all rows, block by block.

        Args:
            vectors: The vector x of each column, of shape (columns, size).
            offsets: What is subtracted from the targets of each column, of shape (columns,).
            variances: The variances of the numbers of x, which are added to the diagonal of x xᵀ, of its shape.
        """
        for rows, pieces in self._blocks:
            sums, right = (torch.zeros((), device=self.device) for _ in range(2))
            for piece in pieces:
                x, offset, variance = (
                    one if one is None or piece.columns is None else one[piece.columns]
                    for one in (vectors, offsets, variances)
                )
                assert x is not None
                sums = sums + piece.ones @ self._products(x, offset, variance)
                right = right + piece.targets @ x
            if offsets is not None:
                right = right - sums[:, len(self._left) :]
            yield Equations(rows, sums[:, self._square].reshape(-1, self.size, self.size), right)

    def _products(self, x: torch.Tensor, offset: torch.Tensor | None, variance: torch.Tensor | None) -> torch.Tensor:
        count = len(self._left)
        products = torch.empty(len(x), count + (0 if offset is None else self.size), device=self.device)
        torch.mul(x[:, self._left], x[:, self._right], out=products[:, :count])
        if variance is not None:
            products[:, torch.diagonal(self._square.reshape(self.size, self.size))] += variance
        if offset is not None:
            torch.mul(x, offset[:, None], out=products[:, count:])
        return products


def cholesky(matrices: torch.Tensor) -> torch.Tensor:
    """The lower Cholesky factors of positive definite matrices, whose diagonals are raised a little in place."""
    diagonal = matrices.diagonal(dim1=-2, dim2=-1)
    diagonal.add_(_JITTER * diagonal.mean(dim=-1, keepdim=True))
    factor: torch.Tensor = torch.linalg.cholesky(matrices)
    return factor
