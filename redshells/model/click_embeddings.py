"""Embeddings of users and items that were propagated on the graph of their clicks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.archive import Part, array_to_bytes, bytes_to_array

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ClickEmbeddings:
    """Embeddings of users and items, whose products are scores.

    Args:
        user_factors: Of shape (users, embedding_size): the mean over all layers.
        item_factors: Of shape (items, embedding_size), likewise.
        item_messages: What an item hands on to a user who clicks on it, of shape (items, embedding_size).
    """

    user_factors: Floats
    item_factors: Floats
    item_messages: Floats

    @property
    def item_vectors(self) -> Floats:
        """The vector of each item."""
        return self.item_factors

    def score_users(self, users: Positions) -> Floats:
        """The score of each item for users of the training, of shape (users, items)."""
        return self.user_factors[users] @ self.item_factors.T

    def score_rows(self, rows: sparse.csr_array) -> Floats:
        """The score of each item for users with these clicks, of whom nothing else is known."""
        clicks = np.asarray(rows.sum(axis=1, dtype=np.float32)).ravel()
        users = (rows @ self.item_messages) / np.sqrt(np.maximum(clicks, np.float32(1e-12)))[:, None]
        return np.asarray(users @ self.item_factors.T, dtype=np.float32)

    def score_pairs(self, users: Positions, items: Positions) -> Floats:
        """The score of each pair of a user and an item of the training."""
        return np.asarray(np.einsum('ij,ij->i', self.user_factors[users], self.item_factors[items]))

    def to_parts(self) -> dict[str, Part]:
        """As parts of an archive."""
        return {f'{name}.npy': array_to_bytes(getattr(self, name)) for name in _PARTS}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Part]) -> ClickEmbeddings:
        """Of the parts that ``to_parts`` gave."""
        return cls(*(bytes_to_array(parts[f'{name}.npy']) for name in _PARTS))


_PARTS = ('user_factors', 'item_factors', 'item_messages')
