"""The link of vectors to features of their rows: a linear map, in the few directions in which the features differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse

_MORE_DIRECTIONS = 20  # than are wanted, so that the wanted ones are found
_ROUNDS = 2
_LEAST_STRENGTH = 1e-3  # of a direction, beside the strongest one
_DENSE = 2**20  # numbers of a matrix that is taken apart whole
_FIRST_WEIGHT = 10.0


@dataclass(frozen=True)
class Directions:
    """The leading singular vectors of a matrix of features.

    Args:
        rows: Of the rows, of shape (rows, rank).
        strengths: The singular values, of shape (rank,).
        columns: Of the features, of shape (features, rank); a row of features times it says where the row lies.
    """

    rows: npt.NDArray[np.float32]
    strengths: npt.NDArray[np.float32]
    columns: npt.NDArray[np.float32]


def leading_directions(features: sparse.csr_array, rank: int, generator: np.random.Generator) -> Directions:
    """The leading singular vectors of a sparse matrix, by subspace iteration from vectors at random.

    Halko, Martinsson, Tropp: `Finding Structure with Randomness <https://arxiv.org/abs/0909.4061>`_ (2009). The work is
    linear in the numbers that are not zero.

    Args:
        features: The features of each row.
        rank: How many directions at most; those of next to no strength are left out.
        generator: Draws the first vectors.
    """
    matrix = sparse.csr_array(features.astype(np.float32))
    size = min(rank + _MORE_DIRECTIONS, *matrix.shape)
    if matrix.shape[0] * matrix.shape[1] <= _DENSE and size * 4 > min(matrix.shape):
        rows, strengths, columns = np.linalg.svd(matrix.toarray().astype(np.float64), full_matrices=False)
        return _chosen(rows, strengths, columns.T, rank)
    transposed = sparse.csr_array(matrix.T)
    basis = generator.standard_normal((matrix.shape[1], size), dtype=np.float32)
    for _ in range(_ROUNDS):
        basis = np.linalg.qr(transposed @ np.linalg.qr(matrix @ basis)[0])[0]
    rows, strengths, turned = np.linalg.svd((matrix @ basis).astype(np.float64), full_matrices=False)
    return _chosen(rows, strengths, basis @ turned.T, rank)


def _chosen(
    rows: npt.NDArray[np.float64], strengths: npt.NDArray[np.float64], columns: npt.NDArray[np.float64], rank: int
) -> Directions:
    count = min(rank, int((strengths > max(_LEAST_STRENGTH * strengths.max(initial=0), 1e-9)).sum()))
    parts = (rows[:, :count], strengths[:count], columns[:, :count])
    return Directions(*(np.ascontiguousarray(part, dtype=np.float32) for part in parts))


class Link:
    """A prior mean of the vectors of rows that depends on their features, sampled with its weights.

    The weights of the features have a normal prior, whose precision is that of the vectors times ``weight``. In the
    singular directions of the features the posterior of the weights is a product of independent ones (the link of
    Simm et al.: `Macau <https://arxiv.org/abs/1509.04610>`_, 2015, without its system of equations).

    Args:
        directions: The directions of the features.
        size: The length of a vector.
        device: Where it is computed.

    Attributes:
        coordinates: The weights in the directions, of shape (rank, size).
        means: What the link adds to the prior mean of each row, of shape (rows, size).
    """

    def __init__(self, directions: Directions, *, size: int, device: torch.device) -> None:
        self._rows = torch.from_numpy(directions.rows).to(device)
        self._strengths = torch.from_numpy(directions.strengths).to(device)[:, None]
        self._weight = _FIRST_WEIGHT
        self.coordinates = torch.zeros(len(directions.strengths), size, device=device)
        self.means = torch.zeros(len(self._rows), size, device=device)

    def sample(
        self,
        rest: torch.Tensor,
        precision: torch.Tensor,
        generator: torch.Generator,
        gamma: np.random.Generator,
    ) -> None:
        """Draw the weights.

        Args:
            rest: What the rest of the prior leaves of the vectors, of shape (rows, size).
            precision: The precision of the vectors, of shape (size,).
            generator: Draws the weights.
            gamma: Draws their precision.
        """
        found = self._rows.T @ rest
        variances = 1 / (self._strengths.square() + self._weight)
        noise = torch.randn(found.shape, generator=generator, device=found.device)
        self.coordinates = variances * self._strengths * found + torch.sqrt(variances / precision) * noise
        self.means = self._rows @ (self._strengths * self.coordinates)
        squares = float((self.coordinates.square() * precision).sum())
        self._weight = float(gamma.gamma((1.0 + self.coordinates.numel()) / 2) * 2 / (1.0 + squares))
