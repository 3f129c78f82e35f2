"""The mean of many products of two matrices, kept as one product of low rank."""

from __future__ import annotations

import torch

_NUMBERS = 2**26  # of the samples that are held before they are pressed together
_SAMPLES = 16  # likewise
_LEAST_STRENGTH = 1e-4  # of a direction, beside the strongest one


class ProductMean:
    """The mean of products left · rightᵀ.

    The products of several samples, added up, are the product of their matrices side by side. It is kept by its
    leading singular vectors, so that memory does not grow with the samples.

    Args:
        rank: How many singular vectors are kept.
    """

    def __init__(self, rank: int) -> None:
        self._rank, self._count = rank, 0
        self._left: list[torch.Tensor] = []
        self._right: list[torch.Tensor] = []

    def add(self, left: torch.Tensor, right: torch.Tensor) -> None:
        """Add a product; the matrices are of shape (rows of a side, size)."""
        self._left.append(left)
        self._right.append(right)
        self._count += 1
        held = sum(one.shape[1] for one in self._left)
        new = held - (self._rank if self._count > len(self._left) else 0)
        if new >= _SAMPLES * left.shape[1] or held * (len(left) + len(right)) > _NUMBERS:
            self._press()

    def result(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The two matrices of the mean, of shape (rows of a side, rank), the strongest directions first."""
        self._press()
        share = self._count**-0.5
        return self._left[0] * share, self._right[0] * share

    def _press(self) -> None:
        left_basis, left = torch.linalg.qr(torch.cat(self._left, dim=1))
        right_basis, right = torch.linalg.qr(torch.cat(self._right, dim=1))
        rows, strengths, columns = torch.linalg.svd(left.double() @ right.double().T, full_matrices=False)
        keep = max(1, min(self._rank, int((strengths > _LEAST_STRENGTH * strengths[:1]).sum())))
        scale = strengths[:keep].sqrt()
        self._left = [left_basis @ (rows[:, :keep] * scale).to(left.dtype)]
        self._right = [right_basis @ (columns[:keep].T * scale).to(right.dtype)]
