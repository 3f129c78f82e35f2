"""Messages over the edges of a graph of ratings on PyTorch: one sparse matrix for all levels, in one direction."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from redshells.model.rating_graph import Floats, Integers
from redshells.model.sparse_product import SparseMatrix, csr_tensor


class RatingMessages:
    """The messages that the nodes of one side get from those of the other.

    Each sender has one row of a table for each level. Each receiver has one row for each level too where the messages
    of the levels are stacked, and one row where they are summed up.

    Args:
        receivers: The position of the node that gets the message, of each edge.
        senders: That of the node that sends it.
        levels: The position of the level of the edge.
        weights: The weight of the message.
        number_of_receivers: How many nodes get messages.
        number_of_senders: How many nodes send some.
        number_of_levels: How many levels there are.
        stacked: Whether messages of different levels stay apart.
        device: Where it is computed.
    """

    def __init__(
        self,
        receivers: Integers,
        senders: Integers,
        levels: Integers,
        weights: Floats,
        *,
        number_of_receivers: int,
        number_of_senders: int,
        number_of_levels: int,
        stacked: bool,
        device: torch.device,
    ) -> None:
        rows = receivers * number_of_levels + levels if stacked else receivers
        columns = senders * number_of_levels + levels
        self.number_of_receivers = number_of_receivers
        self._shape = (
            number_of_receivers * (number_of_levels if stacked else 1),
            number_of_senders * number_of_levels,
        )
        self._forward = _Pattern(rows, columns, senders, weights, self._shape[0], device)
        self._backward = _Pattern(columns, rows, senders, weights, self._shape[1], device)

    def matrix(self, kept: torch.Tensor | None = None, share: float = 1.0) -> SparseMatrix:
        """The matrix whose product with the table of the senders has the sum of the messages of each receiver.

        Args:
            kept: Which senders send messages, as a mask; None for all.
            share: The expected share of the senders that do, by which the messages are divided.
        """
        rows, columns = self._shape
        return SparseMatrix(
            csr_tensor(*self._forward.of(kept, share), (rows, columns)),
            csr_tensor(*self._backward.of(kept, share), (columns, rows)),
        )


class _Pattern:
    """Edges in the order of a CSR matrix, from which those of some senders can be taken."""

    def __init__(
        self,
        rows: Integers,
        columns: Integers,
        senders: Integers,
        weights: Floats,
        number_of_rows: int,
        device: torch.device,
    ) -> None:
        order = np.lexsort((columns, rows))
        starts = np.zeros(number_of_rows + 1, dtype=np.int64)
        np.cumsum(np.bincount(rows, minlength=number_of_rows), out=starts[1:])

        def on_device(values: npt.NDArray[np.generic], dtype: torch.dtype) -> torch.Tensor:
            return torch.from_numpy(np.ascontiguousarray(values)).to(device, dtype)

        self._starts = on_device(starts, torch.int64)
        self._columns = on_device(columns[order], torch.int32)
        self._senders = on_device(senders[order], torch.int64)
        self._weights = on_device(weights[order], torch.float32)

    def of(self, kept: torch.Tensor | None, share: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Row starts, columns and values, with the edges of these senders only."""
        if kept is None:
            return self._starts.int(), self._columns, self._weights
        mask = kept[self._senders]
        before = torch.zeros(len(mask) + 1, dtype=torch.int32, device=mask.device)
        torch.cumsum(mask, 0, dtype=torch.int32, out=before[1:])
        places = mask.nonzero().squeeze(1)
        return before[self._starts], self._columns[places], self._weights[places] / share
