"""The graph convolution of ratings on PyTorch, while it is trained: weights, dropout, and vectors of all nodes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from scipy import sparse

from redshells.model.gcmc_settings import GcmcSettings
from redshells.model.rating_encoder import RatingEncoder
from redshells.model.rating_graph import RatingGraph
from redshells.model.rating_messages import RatingMessages
from redshells.model.sparse_product import SparseMatrix

_BYTE = 256


@dataclass(frozen=True)
class RatingSides:
    """What the convolution of both sides is made of.

    Args:
        graph: The edges that carry messages.
        user_features: Of shape (users, features); None without.
        item_features: Of shape (items, features); None without.
    """

    graph: RatingGraph
    user_features: sparse.csr_array | None
    item_features: sparse.csr_array | None


class RatingConvolution:
    """The vectors of the nodes of one side, with their weights.

    Args:
        sides: The graph and the features.
        settings: Sizes, dropout, how messages are summed up.
        of_items: Whether the nodes are the items.
        generator: Draws the first weights.
        device: Where it is computed.
    """

    def __init__(
        self,
        sides: RatingSides,
        settings: GcmcSettings,
        *,
        of_items: bool,
        generator: torch.Generator,
        device: torch.device,
    ) -> None:
        self._settings = settings
        self._prefix = 'item' if of_items else 'user'
        self._uses_messages = not (of_items and settings.ignore_item_embedding)
        features = sides.item_features if of_items else sides.user_features
        self._features = None if features is None else SparseMatrix.of(features, device)
        self._messages = _messages(sides.graph, settings, of_items=of_items, device=device)
        self.weights = self._first_weights(sides.graph, features, generator, device)

    def _first_weights(
        self, graph: RatingGraph, features: sparse.csr_array | None, generator: torch.Generator, device: torch.device
    ) -> dict[str, torch.Tensor]:
        settings, levels = self._settings, graph.number_of_levels
        senders = graph.number_of_users if self._prefix == 'item' else graph.number_of_items
        size = settings.level_size(levels)
        hidden = size * (levels if settings.accumulation == 'stack' else 1)
        fan = graph.number_of_users + graph.number_of_items + hidden
        weights = {'bias': torch.zeros(settings.encoder_size)}
        if self._uses_messages:
            weights['messages'] = _uniform((senders, levels, size), fan, generator)
            weights['dense'] = _uniform((hidden, settings.encoder_size), hidden + settings.encoder_size, generator)
        if features is not None:
            width, columns = settings.feature_size, features.shape[1]
            weights['feature_hidden'] = _uniform((columns, width), columns + width, generator)
            weights['feature_bias'] = torch.zeros(width)
            fan = width + settings.encoder_size
            weights['feature_dense'] = _uniform((width, settings.encoder_size), fan, generator)
        return {f'{self._prefix}_{name}': one.to(device).requires_grad_() for name, one in weights.items()}

    def vectors(self, generator: torch.Generator | None = None) -> torch.Tensor:
        """The vector of each node.

        Args:
            generator: Draws what is dropped out; None for no dropout.
        """
        rate = self._settings.dropout_rate if generator is not None else 0.0
        kept = _kept_share(rate)
        result = self._weight('bias')
        if self._uses_messages:
            hidden = self._received(generator if rate else None)
            hidden = _relu_with_dropout(hidden, rate, generator)
            result = self._isolated(hidden @ (self._weight('dense') / kept), generator) + result
        if self._features is not None:
            hidden = (self._features @ self._weight('feature_hidden')) + self._weight('feature_bias')
            result = _relu_with_dropout(hidden, rate, generator) @ (self._weight('feature_dense') / kept) + result
        return result

    def _received(self, generator: torch.Generator | None) -> torch.Tensor:
        """The sums of messages, where each sender is left out by chance."""
        table = self._table()
        kept, share = None, 1.0
        if generator is not None:
            share = 1 - self._settings.dropout_rate
            kept = torch.rand(len(table), generator=generator, device=table.device) < share
        received = self._messages.matrix(kept, share) @ table.reshape(-1, table.shape[2])
        return received.reshape(self._messages.number_of_receivers, -1)

    def _isolated(self, vectors: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        """The vectors, where some nodes are as if they had got no message."""
        if generator is None or not self._settings.isolation_rate:
            return vectors
        drawn = torch.rand((len(vectors), 1), generator=generator, device=vectors.device)
        return vectors * (drawn >= self._settings.isolation_rate)

    def _table(self) -> torch.Tensor:
        table = self._weight('messages')
        return table.cumsum(1) if self._settings.weight_sharing else table

    def _weight(self, name: str) -> torch.Tensor:
        return self.weights[f'{self._prefix}_{name}']

    def fitted(self) -> RatingEncoder:
        """The weights as arrays."""
        names = [name.removeprefix(f'{self._prefix}_') for name in self.weights]
        values = {name: self._weight(name).detach().cpu() for name in names}
        if self._uses_messages:
            values['messages'] = self._table().detach().cpu()
        return RatingEncoder(**{name: one.numpy().copy() for name, one in values.items()})


def _messages(graph: RatingGraph, settings: GcmcSettings, *, of_items: bool, device: torch.device) -> RatingMessages:
    weights = graph.message_weights(settings.normalization_type, to_items=of_items)
    users, items = (graph.users, graph.number_of_users), (graph.items, graph.number_of_items)
    receivers, senders = (items, users) if of_items else (users, items)
    return RatingMessages(
        receivers[0],
        senders[0],
        graph.levels,
        weights,
        number_of_receivers=receivers[1],
        number_of_senders=senders[1],
        number_of_levels=graph.number_of_levels,
        stacked=settings.accumulation == 'stack',
        device=device,
    )


def _uniform(shape: tuple[int, ...], fan: int, generator: torch.Generator) -> torch.Tensor:
    """Weights as Glorot and Bengio draw them; on the CPU, so that they are the same on all devices."""
    bound = math.sqrt(6 / fan)
    return torch.empty(shape).uniform_(-bound, bound, generator=generator)


def _relu_with_dropout(values: torch.Tensor, rate: float, generator: torch.Generator | None) -> torch.Tensor:
    """The positive numbers, of which some are left out; the others are not scaled up, see `_kept_share`."""
    if generator is None or _kept_share(rate) == 1:
        return torch.relu(values)
    result: torch.Tensor = _ReluWithDropout.apply(values, rate, generator)  # type: ignore[no-untyped-call]
    return result


def _kept_share(rate: float) -> float:
    """The share of the numbers that dropout leaves, for which a byte is drawn for each: 1 / 256 is fine enough."""
    return max(1, round((1 - rate) * _BYTE)) / _BYTE


class _ReluWithDropout(torch.autograd.Function):
    """Both at once: where the result is zero, so is the gradient, for either reason."""

    @staticmethod
    def forward(ctx: Any, values: torch.Tensor, rate: float, generator: torch.Generator) -> torch.Tensor:
        size = values.numel()
        words = torch.empty((size + 7) // 8, dtype=torch.int64, device=values.device)
        words.random_(-(2**63), None, generator=generator)
        drawn = words.view(torch.uint8)[:size].view(values.shape)
        mask = torch.empty_like(values)
        torch.lt(drawn, round(_kept_share(rate) * _BYTE), out=mask)  # as floats: a mask of bools is five times slower
        result = torch.relu(values).mul_(mask)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (result,) = ctx.saved_tensors
        gradient: torch.Tensor = torch.ops.aten.threshold_backward(gradients[0], result, 0)
        return gradient, None, None
