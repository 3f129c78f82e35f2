"""Products of sparse matrices and dense ones on PyTorch, with gradients of the dense one."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from scipy import sparse


def csr_tensor(
    starts: torch.Tensor, columns: torch.Tensor, values: torch.Tensor, shape: tuple[int, int]
) -> torch.Tensor:
    """A sparse matrix of its row starts, columns and values, which are not checked."""
    _take_note_that_it_is_beta()
    return torch.sparse_csr_tensor(starts, columns, values, size=shape, check_invariants=False)


@cache
def _take_note_that_it_is_beta() -> None:
    one = torch.ones(1)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', UserWarning)  # PyTorch says once in a process that sparse tensors are new
        torch.sparse_csr_tensor(torch.tensor([0, 1]), torch.tensor([0]), one, size=(1, 1), check_invariants=False)


@dataclass(frozen=True)
class SparseMatrix:
    """A sparse matrix and its transpose.

    Args:
        forward: The matrix, of shape (rows, columns).
        backward: Its transpose.
    """

    forward: torch.Tensor
    backward: torch.Tensor

    @classmethod
    def of(cls, matrix: sparse.csr_array, device: torch.device) -> SparseMatrix:
        """The same matrix on a device."""
        return cls(_to_device(matrix, device), _to_device(sparse.csr_array(matrix.T), device))

    def __matmul__(self, dense: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = _SparseProduct.apply(dense, self)  # type: ignore[no-untyped-call]
        return result


class _SparseProduct(torch.autograd.Function):
    """The product; PyTorch's own would transpose the matrix in each backward step."""

    @staticmethod
    def forward(ctx: Any, dense: torch.Tensor, matrix: SparseMatrix) -> torch.Tensor:
        ctx.transpose = matrix.backward
        return matrix.forward @ dense

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return ctx.transpose @ gradients[0].contiguous(), None


def _to_device(matrix: sparse.csr_array, device: torch.device) -> torch.Tensor:
    matrix.sort_indices()
    return csr_tensor(
        torch.from_numpy(matrix.indptr.astype(np.int32)).to(device),
        torch.from_numpy(matrix.indices.astype(np.int32)).to(device),
        torch.from_numpy(matrix.data.astype(np.float32)).to(device),
        matrix.shape,
    )
