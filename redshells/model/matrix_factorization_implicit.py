"""Matrix factorization of clicks by weighted least squares over all pairs of users and items."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from redshells.model.learning_curve import LearningCurve
from redshells.model.matrix_factorization_kernel import EdgeRows, cholesky

logger = logging.getLogger(__name__)

_FIRST_LENGTH = 0.1  # of the first vectors


@dataclass(frozen=True, kw_only=True)
class ClickTable:
    """Clicks of pairs of positions.

    Args:
        users: The position of the user of each pair.
        items: The position of the item of each.
        clicks: How much each counts.
        shape: How many users and items there are.
    """

    users: npt.NDArray[np.int64]
    items: npt.NDArray[np.int64]
    clicks: npt.NDArray[np.float64]
    shape: tuple[int, int]


def factorize_clicks(
    table: ClickTable,
    *,
    size: int,
    iterations: int,
    alpha: float,
    regularization: float,
    generator: torch.Generator,
    show_progress: bool = False,
) -> tuple[torch.Tensor, torch.Tensor, LearningCurve]:
    """The vectors of users and of items whose products are near 1 where there were clicks, and near 0 elsewhere.

    Args:
        table: The clicks.
        size: The length of a vector.
        iterations: How often users and items are solved for.
        alpha: What a click adds to the weight 1 of each pair.
        regularization: The weight of the squared length of a vector, for each unit of the weights of its pairs.
        generator: Draws the first vectors.
        show_progress: Show a progress bar where there is a terminal.
    """
    device = generator.device
    weights = (alpha * table.clicks).astype(np.float32)
    by_user = EdgeRows(table.users, table.items, table.shape, size=size, device=device, weights=weights)
    by_item = EdgeRows(table.items, table.users, table.shape[::-1], size=size, device=device, weights=weights)
    sides = []
    for rows, positions in ((by_user, table.users), (by_item, table.items)):
        rows.set_targets(1 + weights)
        total = rows.shape[1] + np.bincount(positions, weights=weights, minlength=rows.shape[0])
        sides.append(torch.from_numpy(regularization * total).to(device, torch.float32))
    first = _FIRST_LENGTH / size**0.5
    users, items = (first * torch.randn(count, size, generator=generator, device=device) for count in table.shape)
    curve = LearningCurve()
    bar = tqdm(range(1, iterations + 1), 'implicit', unit='iteration', disable=None if show_progress else True)
    for iteration in bar:
        before = users
        users = _solve(by_user, items, sides[0])
        items = _solve(by_item, users, sides[1])
        change = float((users - before).norm() / users.norm().clamp(min=1e-12))
        curve.epochs.append(iteration)
        curve.losses.append(change)
        bar.set_postfix_str(f'change {change:.3g}', refresh=False)
    curve.best_epoch = iterations
    logger.info('implicit: %d iterations, the last changed the users by %.3g of their length', iterations, change)
    return users, items, curve


def _solve(rows: EdgeRows, other: torch.Tensor, regularization: torch.Tensor) -> torch.Tensor:
    """Solve for one side: the pairs without a click share one Gram matrix, that of all vectors of the other side."""
    gram = other.T @ other
    result = torch.empty(rows.shape[0], rows.size, device=rows.device)
    for equations in rows.equations(other):
        matrices = equations.gram + gram
        matrices.diagonal(dim1=1, dim2=2).add_(regularization[equations.rows, None])
        factor = cholesky(matrices)
        result[equations.rows] = torch.cholesky_solve(equations.right[:, :, None], factor)[:, :, 0]
    return result
