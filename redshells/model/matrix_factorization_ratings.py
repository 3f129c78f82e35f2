"""Ratings as matrix factorization learns from them: standardised, by users and by items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from redshells.model.matrix_factorization_kernel import EdgeRows, Equations

_EDGES = 2**18  # at once, where each is looked at


@dataclass(frozen=True, kw_only=True)
class RatingTable:
    """Ratings of pairs of positions.

    Args:
        users: The position of the user of each rating.
        items: The position of the item of each.
        ratings: The ratings.
        services: The position of the service of each; None without.
        shape: How many users and items there are.
        number_of_services: How many services there are.
    """

    users: npt.NDArray[np.int64]
    items: npt.NDArray[np.int64]
    ratings: npt.NDArray[np.float64]
    services: npt.NDArray[np.int64] | None
    shape: tuple[int, int]
    number_of_services: int = 0


@dataclass(frozen=True)
class Misfit:
    """How far ratings are from their predictions.

    Args:
        squares: The sum of the squared errors.
        errors: The sum of the errors.
    """

    squares: float
    errors: float


class Ratings:
    """Ratings with the mean 0 and the deviation 1, as the targets of users and of items.

    Args:
        table: The ratings.
        size: The length of a vector, with its bias.
        device: Where it is computed.

    Attributes:
        mean: The mean of the ratings.
        scale: Their standard deviation; 1 where all are equal.
        by_user: The edges of the users.
        by_item: The edges of the items.
        service_biases: What the services add; they are subtracted from the targets.
    """

    def __init__(self, table: RatingTable, *, size: int, device: torch.device) -> None:
        self._table = table
        self.mean, scale = float(table.ratings.mean()), float(table.ratings.std())
        self.scale = scale if scale > 1e-9 * max(1.0, abs(self.mean)) else 1.0
        self._standard = ((table.ratings - self.mean) / self.scale).astype(np.float32)
        self.by_user = EdgeRows(table.users, table.items, table.shape, size=size, device=device)
        self.by_item = EdgeRows(table.items, table.users, table.shape[::-1], size=size, device=device)
        self.service_biases = np.zeros(table.number_of_services)
        self._take_targets(self._standard)

    def __len__(self) -> int:
        return len(self._standard)

    @property
    def has_services(self) -> bool:
        """Whether ratings have services."""
        return self._table.services is not None

    def service_sums(
        self, users: torch.Tensor, items: torch.Tensor, mean: float
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The sum of what the vectors leave of the ratings of each service, and the number of its ratings.

        Args:
            users: The vectors of the users, with their biases in the last column.
            items: The vectors of the items, likewise.
            mean: What is predicted besides.
        """
        table, size = self._table, users.shape[1] - 1
        assert table.services is not None
        left, right = users.cpu().numpy(), items.cpu().numpy()
        sums = np.zeros(table.number_of_services)
        for start in range(0, len(self), _EDGES):
            part = slice(start, start + _EDGES)
            p, q = left[table.users[part]], right[table.items[part]]
            errors = self._standard[part] - mean - p[:, size] - q[:, size] - (p[:, :size] * q[:, :size]).sum(axis=1)
            sums += np.bincount(table.services[part], weights=errors, minlength=len(sums))
        return sums, np.bincount(table.services, minlength=len(sums)).astype(np.float64)

    def set_service_biases(self, biases: npt.NDArray[np.float64]) -> None:
        """Take what the services add."""
        assert self._table.services is not None
        self.service_biases = biases
        self._take_targets(self._standard - biases[self._table.services].astype(np.float32))

    def _take_targets(self, targets: npt.NDArray[np.float32]) -> None:
        self.by_user.set_targets(targets)
        self.by_item.set_targets(targets)


def misfit(equations: Equations, vectors: torch.Tensor) -> Misfit:
    """What vectors change in the sum of the squared errors, and the sum of the errors that they leave.

    It is read from the normal equations, so that no edge is looked at again.

    Args:
        equations: The equations of some rows; the last number of their x is 1.
        vectors: The vectors of these rows.
    """
    fitted = (equations.gram @ vectors[:, :, None])[:, :, 0]
    squares = (vectors * (fitted - 2 * equations.right)).sum(dim=1)
    errors = equations.right[:, -1] - fitted[:, -1]
    return Misfit(float(squares.double().sum()), float(errors.double().sum()))
