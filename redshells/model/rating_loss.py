"""The loss of a bilinear decoder over all ratings at once on PyTorch, with its gradient written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from redshells.model.rating_graph import RatingGraph, RatingLevels
from redshells.model.sparse_product import csr_tensor

_PAIRS_AT_ONCE = 2**20


class RatingPairs:
    """The rated pairs as a sparse matrix of users and items, by rows and by columns.

    Args:
        graph: The ratings.
        levels: Their levels.
        device: Where it is computed.
        dtype: Of the vectors.
    """

    def __init__(
        self,
        graph: RatingGraph,
        levels: RatingLevels,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        by_user = np.lexsort((graph.items, graph.users))
        users, items = graph.users[by_user], graph.items[by_user]
        by_item = np.lexsort((users, items))
        self.shape = (graph.number_of_users, graph.number_of_items)
        self.users = torch.from_numpy(users.astype(np.int32)).to(device)
        self.items = torch.from_numpy(items.astype(np.int32)).to(device)
        self.user_starts = _starts(graph.user_degrees).to(device)
        self.item_starts = _starts(graph.item_degrees).to(device)
        self.by_item = torch.from_numpy(by_item).to(device)
        self.users_by_item = self.users[self.by_item]
        self.positions = torch.from_numpy(graph.levels[by_user]).to(device)
        self.targets = torch.zeros((len(levels), len(users)), dtype=dtype, device=device)
        self.targets.scatter_(0, self.positions[None], 1.0)
        self.values = torch.from_numpy(levels.standardized).to(device, dtype)
        self.target_values = self.values[self.positions]
        self._pattern = csr_tensor(
            self.user_starts, self.items, torch.zeros(len(users), dtype=dtype, device=device), self.shape
        )
        self._samples_products = device.type == 'cuda' or torch.backends.mkl.is_available()  # type: ignore[no-untyped-call]

    def __len__(self) -> int:
        return len(self.users)

    def products(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """The inner product of the vectors of each pair."""
        if self._samples_products:
            transposed = items.T.contiguous()
            return torch.sparse.sampled_addmm(self._pattern, users, transposed, beta=0.0).values()  # type: ignore[no-any-return]
        parts = zip(torch.split(self.users, _PAIRS_AT_ONCE), torch.split(self.items, _PAIRS_AT_ONCE), strict=True)
        return torch.cat([torch.linalg.vecdot(users[one], items[other]) for one, other in parts])

    def matrices(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """A value for each pair as a matrix of users and items, and its transpose."""
        turned = (self.shape[1], self.shape[0])
        return (
            csr_tensor(self.user_starts, self.items, values, self.shape),
            csr_tensor(self.item_starts, self.users_by_item, values[self.by_item], turned),
        )


def rating_loss(
    users: torch.Tensor,
    items: torch.Tensor,
    bases: torch.Tensor,
    coefficients: torch.Tensor,
    level_bias: torch.Tensor,
    pairs: RatingPairs,
    squared_error_weight: float = 0.0,
) -> torch.Tensor:
    """The mean cross entropy of the levels, plus a share of the mean squared error of the expected rating.

    The error is that of levels with standard deviation 1, so that its weight means the same for all scales of ratings.

    Args:
        users: Vectors of shape (users, size).
        items: Vectors of shape (items, size).
        bases: Of shape (bases, size, size).
        coefficients: Of shape (bases, levels).
        level_bias: Of shape (levels,).
        pairs: The ratings.
        squared_error_weight: The weight of the squared error.
    """
    arguments = (users, items, bases, coefficients, level_bias, pairs, squared_error_weight)
    loss: torch.Tensor = _RatingLoss.apply(*arguments)  # type: ignore[no-untyped-call]
    return loss


class _RatingLoss(torch.autograd.Function):
    """Numbers of pairs lie in rows, one for each level or basis, so that all sums over levels are over whole rows."""

    @staticmethod
    def forward(
        ctx: Any,
        users: torch.Tensor,
        items: torch.Tensor,
        bases: torch.Tensor,
        coefficients: torch.Tensor,
        level_bias: torch.Tensor,
        pairs: RatingPairs,
        squared_error_weight: float,
    ) -> torch.Tensor:
        turned = [users @ basis for basis in bases]
        scores = torch.stack([pairs.products(one, items) for one in turned])
        logits = torch.addmm(level_bias[:, None], coefficients.T, scores)
        logits -= logits.amax(0)
        of_target = logits.gather(0, pairs.positions[None]).sum()
        chances = logits.exp_()
        total = chances.sum(0)
        loss = total.log().sum() - of_target
        chances /= total
        gradient = chances - pairs.targets
        if squared_error_weight:
            expected = pairs.values @ chances
            error = expected - pairs.target_values
            loss = loss + squared_error_weight * error.square().sum()
            slope = chances.mul_(pairs.values[:, None] - expected).mul_(2 * squared_error_weight * error)
            gradient += slope
        gradient /= len(pairs)
        ctx.save_for_backward(users, items, bases, coefficients, scores, gradient, *turned)
        ctx.pairs = pairs
        return loss / len(pairs)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        users, items, bases, coefficients, scores, gradient, *turned = ctx.saved_tensors
        of_scores = coefficients @ gradient
        of_users, of_items = torch.zeros_like(users), torch.zeros_like(items)
        of_bases = torch.empty_like(bases)
        for number, (basis, one) in enumerate(zip(bases, turned, strict=True)):
            matrix, transposed = ctx.pairs.matrices(of_scores[number])
            of_turned = matrix @ items
            of_items += transposed @ one
            of_users += of_turned @ basis.T
            of_bases[number] = users.T @ of_turned
        outer = gradients[0]
        of_coefficients = scores @ gradient.T
        result = (of_users, of_items, of_bases, of_coefficients, gradient.sum(1))
        return (*(one * outer for one in result), None, None)


def _starts(degrees: np.ndarray[Any, np.dtype[np.int64]]) -> torch.Tensor:
    return torch.from_numpy(np.concatenate([[0], np.cumsum(degrees)]).astype(np.int32))
