"""Matrix factorization of clicks by weighted least squares over all pairs of users and items."""

from __future__ import annotations

import logging
import warnings

import numpy as np
import torch
from scipy import sparse
from tqdm import tqdm

from redshells.model.learning_curve import LearningCurve
from redshells.model.matrix_factorization_posterior import ProductMean

logger = logging.getLogger(__name__)

_FIRST_LENGTH = 0.1  # of the first vectors
_STEPS = 3  # of conjugate gradients; each begins where the last iteration ended
_LAST_STEPS = 10
_EDGES = 2**16  # at once, where there is no product of matrices at chosen places


def factorize_clicks(
    clicks: sparse.csr_array,
    *,
    size: int,
    iterations: int,
    chains: int,
    alpha: float,
    regularization: float,
    generator: torch.Generator,
    show_progress: bool = False,
) -> tuple[torch.Tensor, torch.Tensor, LearningCurve]:
    """The vectors of users and of items whose products are near 1 where there were clicks, and near 0 elsewhere.

    Args:
        clicks: How much each pair was clicked, of shape (users, items).
        size: The length of a vector.
        iterations: How often users and items are solved for in a chain.
        chains: How often it begins anew, from vectors at random; the mean of the products is kept.
        alpha: What a click adds to the weight 1 of each pair.
        regularization: The weight of the squared length of a vector, for each unit of the weights of its pairs.
        generator: Draws the first vectors.
        show_progress: Show a progress bar where there is a terminal.
    """
    device = generator.device
    weights = sparse.csr_array(alpha * clicks)
    by_user = ClickRows(weights, regularization, device)
    by_item = ClickRows(sparse.csr_array(weights.T), regularization, device)
    products, curve = ProductMean(size), LearningCurve()
    first, total = _FIRST_LENGTH / size**0.5, chains * iterations
    for step in tqdm(range(total), 'implicit', unit='iteration', disable=None if show_progress else True):
        if step % iterations == 0:
            users, items = (
                first * torch.randn(count, size, generator=generator, device=device) for count in clicks.shape
            )
        before = users
        items = by_item.solve(items, users, _STEPS)
        users = by_user.solve(users, items, _STEPS)
        curve.epochs.append(step + 1)
        curve.losses.append(float((users - before).norm() / users.norm().clamp(min=1e-12)))
        if (step + 1) % iterations == 0 and chains > 1:
            products.add(users, items)
    if chains > 1:
        users, items = products.result()
    # the users come last, so that one of them who is folded in has the same vector
    users = by_user.solve(users, items, _LAST_STEPS)
    curve.best_epoch = total
    logger.info('implicit: %d iterations, the last changed the users by %.3g of their length', total, curve.losses[-1])
    return users, items, curve


class ClickRows:
    """The least squares of the rows of one side, solved by conjugate gradients.

    Takacs, Pilaszy, Tikk: `Applications of the Conjugate Gradient Method for Implicit Feedback Collaborative Filtering
    <https://doi.org/10.1145/2043932.2043987>`_ (2011). A step is linear in the clicks and in the length of a vector:
    the pairs without a click share one Gram matrix, that of all columns.

    Args:
        weights: What clicks add to the weights of their pairs, of shape (rows, columns).
        regularization: The weight of the squared length of a vector, for each unit of the weights of its pairs.
        device: Where it is computed.
    """

    def __init__(self, weights: sparse.csr_array, regularization: float, device: torch.device) -> None:
        weights.sort_indices()
        total = weights.shape[1] + weights.sum(axis=1)
        self._regularization = torch.from_numpy(regularization * total).to(device, torch.float32)[:, None]
        self._indptr, self._indices = (
            torch.from_numpy(one.astype(np.int32)).to(device) for one in (weights.indptr, weights.indices)
        )
        self._values = torch.from_numpy(weights.data.astype(np.float32)).to(device)
        self._shape = weights.shape
        self._ones = self._matrix(torch.ones_like(self._values))
        counts = np.diff(weights.indptr)
        self._rows = torch.from_numpy(np.repeat(np.arange(len(counts), dtype=np.int32), counts)).to(device)
        self._targets = self._matrix(1 + self._values)

    def solve(self, vectors: torch.Tensor, other: torch.Tensor, steps: int) -> torch.Tensor:
        """Better vectors of the rows, given those of the columns.

        Args:
            vectors: The vectors of the rows to begin with, of shape (rows, size).
            other: The vectors of the columns, of shape (columns, size).
            steps: Steps of conjugate gradients.
        """
        gram = other.T @ other
        vectors = vectors.clone()
        rest = self._targets @ other - self._times(vectors, other, gram)
        direction, squares = rest.clone(), rest.square().sum(dim=1, keepdim=True)
        for _ in range(steps):
            change = self._times(direction, other, gram)
            length = squares / (direction * change).sum(dim=1, keepdim=True).clamp(min=1e-30)
            vectors += length * direction
            rest -= length * change
            left = rest.square().sum(dim=1, keepdim=True)
            direction = rest + left / squares.clamp(min=1e-30) * direction
            squares = left
        return vectors

    def _times(self, vectors: torch.Tensor, other: torch.Tensor, gram: torch.Tensor) -> torch.Tensor:
        """The vectors times the matrices of their equations."""
        weighted = self._matrix(self._values * self._products(vectors, other))
        return torch.addcmul(vectors @ gram + weighted @ other, self._regularization, vectors)

    def _products(self, vectors: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """The product of the two vectors of each click."""
        if vectors.is_cuda or torch._C.has_mkl:
            found: torch.Tensor = torch.sparse.sampled_addmm(self._ones, vectors, other.T, beta=0.0).values()
            return found
        parts = zip(torch.split(self._rows, _EDGES), torch.split(self._indices, _EDGES), strict=True)
        return torch.cat([(vectors[rows] * other[columns]).sum(dim=1) for rows, columns in parts])

    def _matrix(self, values: torch.Tensor) -> torch.Tensor:
        with warnings.catch_warnings():
            warnings.filterwarnings('ignore', message='Sparse')  # that their interface is new, and that it trusts us
            return torch.sparse_csr_tensor(self._indptr, self._indices, values, size=self._shape)
