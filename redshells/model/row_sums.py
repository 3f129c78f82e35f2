"""Sums of rows by entity, many times over with the same entities."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

_MOST_FLOATS = 2**17  # of 32 bits in a sum, one after the other


class RowSums:
    """Sums of rows by entity, and back from entities to rows.

    Args:
        index: The entity of each row; each entity has a row.
        count: How many entities there are.
    """

    def __init__(self, index: npt.NDArray[np.int64], count: int) -> None:
        self.count = count
        self._is_identity = count == len(index)
        self._sizes = np.bincount(index, minlength=count)
        self._is_sorted = bool((np.diff(index) >= 0).all())
        self._starts = np.concatenate([[0], np.cumsum(self._sizes)[:-1]])
        self._buffer = np.empty(len(index), dtype=np.float32)
        self._index = index
        if not self._is_sorted:
            kind = np.int32 if len(index) < 2**31 - 1 else np.int64
            parts = (self._buffer, index.astype(kind), np.arange(len(index) + 1, dtype=kind))
            self._matrix: Any = sparse.csc_array(parts, shape=(count, len(index)))
        # of more summands, the small ones would be lost
        self._wide = bool(self._sizes.max(initial=0) > _MOST_FLOATS)

    def sum(self, values: npt.NDArray[np.float32], others: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """The sum of the products of values and others of the rows of each entity."""
        if self._is_identity:
            products: npt.NDArray[np.float64] = np.multiply(values, others, dtype=np.float64)
            return products
        if self._is_sorted:
            np.multiply(values, others, out=self._buffer)
            return np.add.reduceat(self._buffer, self._starts).astype(np.float64)  # by pairs, which loses nothing
        self._matrix.data = values.astype(np.float64) if self._wide else values
        return np.asarray(self._matrix @ others, dtype=np.float64)

    def spread(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        """The value of its entity for each row."""
        small = values.astype(np.float32)
        if self._is_identity:
            return small
        if self._is_sorted:
            return np.repeat(small, self._sizes)
        return np.take(small, self._index, mode='clip')
