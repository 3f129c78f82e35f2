"""Matrix factorization of ratings by alternating least squares that reckon with what is not known for sure."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import torch
from tqdm import tqdm

from redshells.model.learning_curve import LearningCurve
from redshells.model.matrix_factorization_kernel import EdgeRows, cholesky
from redshells.model.matrix_factorization_ratings import Ratings, misfit

logger = logging.getLogger(__name__)

_FIRST_SCALE = 0.1  # of the first vectors
_FIRST_PRECISION = 10.0  # of the prior of vectors, for ratings of deviation 1
_FIRST_BIAS_PRECISION = 4.0
_SETTLING = 5  # iterations before the prior is learnt; from vectors at random it would learn that there is nothing


@dataclass
class LearntSide:
    """The users, or the items.

    Args:
        vectors: Their vectors, with the bias in the last column, of shape (rows, size).
        variances: How unsure each number is, likewise.
        mean: The mean of the prior of a vector, of shape (size,).
        precision: One over its variances, likewise.
    """

    vectors: torch.Tensor
    variances: torch.Tensor
    mean: torch.Tensor
    precision: torch.Tensor

    def learn_prior(self) -> None:
        """Set the prior to what is likeliest, with the weight of one row for a variance of 1."""
        self.mean = self.vectors.mean(dim=0)
        self.mean[-1] = 0  # the mean of all ratings says it
        spread = (self.vectors - self.mean).square().sum(dim=0) + self.variances.sum(dim=0)
        self.precision = (len(self.vectors) + 1.0) / (spread + 1.0)


@dataclass(frozen=True)
class AlternatingResult:
    """What was learnt from ratings of mean 0 and deviation 1.

    Args:
        users: The users.
        items: The items.
        mean: What is added to each prediction.
        noise_precision: One over the variance of the noise of a rating.
        curve: The root of the mean squared error after each iteration.
    """

    users: LearntSide
    items: LearntSide
    mean: float
    noise_precision: float
    curve: LearningCurve


def alternate(
    ratings: Ratings,
    *,
    iterations: int,
    regularization: float | None,
    generator: torch.Generator,
    show_progress: bool = False,
) -> AlternatingResult:
    """Solve for the users and for the items in turn.

    Args:
        ratings: The ratings.
        iterations: How often.
        regularization: The weight of the squared length of each vector and of each bias beside the squared errors,
            without variances; None learns the prior of each number of a vector from the data.
        generator: Draws the first vectors.
        show_progress: Show a progress bar where there is a terminal.
    """
    return _Alternation(ratings, regularization, generator).run(iterations, show_progress)


class _Alternation:
    def __init__(self, ratings: Ratings, regularization: float | None, generator: torch.Generator) -> None:
        self.ratings, self.learns = ratings, regularization is None
        device, size = ratings.by_user.device, ratings.by_user.size
        precision = torch.full((size,), _FIRST_PRECISION, device=device)
        precision[-1] = _FIRST_BIAS_PRECISION
        if regularization is not None:
            # of vectors that are scaled by the root of the deviation of the ratings, and of biases scaled by it
            precision[:] = regularization / ratings.scale
            precision[-1] = regularization
        self.users, self.items = (
            _first_side(rows.shape[0], precision, generator) for rows in (ratings.by_user, ratings.by_item)
        )
        self.mean, self.noise_precision = 0.0, 1.0

    def run(self, iterations: int, show_progress: bool) -> AlternatingResult:
        curve, number = LearningCurve(), len(self.ratings)
        bar = tqdm(range(1, iterations + 1), 'als', unit='iteration', disable=None if show_progress else True)
        for iteration in bar:
            if self.ratings.has_services and iteration > 1:
                self._solve_services()
            if self.learns and iteration > _SETTLING + 1:
                self.users.learn_prior()
                self.items.learn_prior()
            squares, errors = self._solve(self.items, self.ratings.by_item, self.users)
            self.mean += errors / number
            if self.learns:
                self.noise_precision = (number + 1.0) / (max(squares, 1e-6 * number) + 1.0)
            # the users come last, so that one of them who is folded in has the same vector
            squares, _ = self._solve(self.users, self.ratings.by_user, self.items)
            error = float(np.sqrt(max(squares, 0.0) / number)) * self.ratings.scale
            curve.epochs.append(iteration)
            curve.losses.append(error)
            bar.set_postfix_str(f'error {error:.4g}', refresh=False)
        curve.best_epoch = iterations
        logger.info('als: %d iterations, error %.5g', iterations, curve.losses[-1])
        return AlternatingResult(self.users, self.items, self.mean, self.noise_precision, curve)

    def _solve(self, side: LearntSide, rows: EdgeRows, other: LearntSide) -> tuple[float, float]:
        """Solve for one side; the expected sum of the squared errors that are left, and the sum of the errors."""
        x, variances = other.vectors.clone(), other.variances.clone()
        offsets = x[:, -1] + self.mean
        x[:, -1], variances[:, -1] = 1, 0
        squares, errors = 0.0, 0.0
        for equations in rows.equations(x, offsets, variances if self.learns else None):
            matrices = self.noise_precision * equations.gram
            matrices.diagonal(dim1=1, dim2=2).add_(side.precision)
            factor = cholesky(matrices)
            right = self.noise_precision * equations.right + side.precision * side.mean
            vectors = torch.cholesky_solve(right[:, :, None], factor)[:, :, 0]
            side.vectors[equations.rows] = vectors
            found = misfit(equations, vectors)
            squares, errors = squares + found.squares, errors + found.errors
            if self.learns:
                inverse = torch.cholesky_inverse(factor)
                side.variances[equations.rows] = inverse.diagonal(dim1=1, dim2=2)
                squares += float((equations.gram * inverse).sum(dtype=torch.float64))
        squares += rows.squares_after(offsets)
        if self.learns:
            counts = torch.from_numpy(rows.column_counts).to(rows.device)
            squares += float((counts * other.variances[:, -1]).sum(dtype=torch.float64))
        return squares, errors

    def _solve_services(self) -> None:
        sums, counts = self.ratings.service_sums(self.users.vectors, self.items.vectors, self.mean)
        precision = float(self.items.precision[-1]) / self.noise_precision
        self.ratings.set_service_biases(sums / (counts + precision))


def _first_side(rows: int, precision: torch.Tensor, generator: torch.Generator) -> LearntSide:
    size, device = len(precision), precision.device
    vectors = _FIRST_SCALE * torch.randn(rows, size, generator=generator, device=device)
    vectors[:, -1] = 0
    return LearntSide(vectors, torch.zeros_like(vectors), torch.zeros(size, device=device), precision.clone())
