"""Products of sparse matrices with dense ones on PyTorch, with the gradients that graph models need and no others."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from scipy import sparse


class SparseFactor:
    """A sparse matrix that dense ones are multiplied with; its values may be other ones in each product.

    The transposed matrix of the backward pass is sorted once: automatic differentiation would do so in each step.

    Args:
        matrix: Of shape (rows, columns).
        device: Where the products are.
    """

    def __init__(self, matrix: sparse.csr_array, device: torch.device) -> None:
        rows = sparse.csr_array(matrix)
        positions = sparse.csr_array((np.arange(rows.nnz), rows.indices, rows.indptr), shape=rows.shape).T.tocsr()
        self.shape = (int(rows.shape[0]), int(rows.shape[1]))
        self.values = torch.from_numpy(rows.data.astype(np.float32)).to(device)
        self._rows = _positions(rows, device)
        self._columns = _positions(positions, device)
        self._order = torch.from_numpy(positions.data.astype(np.int64)).to(device)

    def multiply(self, dense: torch.Tensor, values: torch.Tensor | None = None) -> torch.Tensor:
        """The product with a dense matrix, whose gradient is known to PyTorch.

        Args:
            dense: Of shape (columns, size).
            values: In place of ``values``, such as with some of them dropped; no gradient of them is taken.

        Returns:
            Of shape (rows, size).
        """
        product: torch.Tensor = _Product.apply(dense, self, self.values if values is None else values)  # type: ignore[no-untyped-call]
        return product

    def dropped_values(self, rate: float, generator: torch.Generator) -> torch.Tensor:
        """The values with a share of them set to zero, and the others larger by what that takes away."""
        return self.values * dropout_mask(self.values.shape, rate, generator)

    def product(self, dense: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """The product, without a gradient."""
        return _csr(self._rows, values, self.shape) @ dense

    def transposed_product(self, dense: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """The product of the transposed matrix, without a gradient."""
        return _csr(self._columns, values[self._order], self.shape[::-1]) @ dense


def dropout_mask(shape: torch.Size, rate: float, generator: torch.Generator) -> torch.Tensor:
    """Zeros, a share of ``rate``, and else 1 / (1 - rate), drawn by the generator where it is."""
    kept = torch.rand(shape, generator=generator, device=generator.device) >= rate
    return kept / (1 - rate)


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, dense: torch.Tensor, factor: SparseFactor, values: torch.Tensor) -> torch.Tensor:
        ctx.factor, ctx.values = factor, values
        return factor.product(dense, values)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        return ctx.factor.transposed_product(gradient.contiguous(), ctx.values), None, None


def _positions(matrix: sparse.csr_array, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    kind = np.int32 if max(matrix.nnz, *matrix.shape) <= np.iinfo(np.int32).max else np.int64
    return tuple(torch.from_numpy(one.astype(kind)).to(device) for one in (matrix.indptr, matrix.indices))  # type: ignore[return-value]


def _csr(positions: tuple[torch.Tensor, torch.Tensor], values: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'Sparse CSR tensor support is in beta', UserWarning)
        return torch.sparse_csr_tensor(*positions, values, size=shape, check_invariants=False)
