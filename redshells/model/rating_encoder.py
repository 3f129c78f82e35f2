"""The vectors of users and items in a graph of ratings, by weights that were learnt; numpy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.archive import Part, array_to_bytes, bytes_to_array
from redshells.model.rating_graph import Floats, Integers, RatingGraph


def _nothing() -> Floats:
    return np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True)
class RatingEncoder:
    r"""The graph convolution of one side, users or items, with learnt weights.

    A node :math:`i` gets, over each edge of level :math:`r` from a node :math:`j`, the row :math:`W_{rj}`:

    .. math:: h_i = \mathrm{relu}\Big(\mathrm{accum}_r \sum_{j \in N_{ir}} \frac{1}{c_{ij}} W_{rj}\Big), \quad
        f_i = \mathrm{relu}(F x_i + c), \quad z_i = D h_i + G f_i + b

    Args:
        bias: :math:`b`, of shape (vector size,).
        messages: :math:`W`, the rows of the nodes on the other side, of shape (nodes, levels, size); empty where
            ratings say nothing of these nodes, as is the next one.
        dense: :math:`D`, of shape (hidden size, vector size).
        feature_hidden: :math:`F`, of shape (features, feature size); empty without features, as are the next two.
        feature_bias: :math:`c`, of shape (feature size,).
        feature_dense: :math:`G`, of shape (feature size, vector size).
    """

    bias: Floats
    messages: Floats = field(default_factory=_nothing)
    dense: Floats = field(default_factory=_nothing)
    feature_hidden: Floats = field(default_factory=_nothing)
    feature_bias: Floats = field(default_factory=_nothing)
    feature_dense: Floats = field(default_factory=_nothing)

    @property
    def has_features(self) -> bool:
        """Whether it was trained with features."""
        return self.feature_hidden.size > 0

    @property
    def uses_messages(self) -> bool:
        """Whether ratings say something of these nodes."""
        return self.dense.size > 0

    def feature_vectors(self, features: sparse.csr_array | None, number_of_nodes: int) -> Floats:
        """What the features add to the vectors, of shape (nodes, vector size).

        Args:
            features: Of shape (nodes, features); None where nothing is known of the nodes.
            number_of_nodes: How many nodes there are.
        """
        if not self.has_features:
            return np.zeros((number_of_nodes, len(self.bias)), dtype=np.float32)
        if features is None:
            features = sparse.csr_array((number_of_nodes, len(self.feature_hidden)), dtype=np.float32)
        hidden = np.maximum(features @ self.feature_hidden + self.feature_bias, 0)
        return np.asarray(hidden @ self.feature_dense, dtype=np.float32)

    def vectors(
        self,
        graph: RatingGraph,
        weights: Floats,
        receivers: Integers,
        senders: Integers,
        feature_vectors: Floats,
    ) -> Floats:
        """The vector of each node, of shape (nodes, vector size).

        Args:
            graph: The edges.
            weights: The weight of the message of each edge.
            receivers: The position of the node of each edge on this side.
            senders: The row of the node of each edge on the other side in ``messages``.
            feature_vectors: What the features add.
        """
        if not self.uses_messages:
            return feature_vectors + self.bias
        _, levels, size = self.messages.shape
        nodes = len(feature_vectors)
        stacked = len(self.dense) == levels * size and levels > 1
        rows = receivers * levels + graph.levels if stacked else receivers
        columns = senders * levels + graph.levels
        shape = (nodes * (levels if stacked else 1), len(self.messages) * levels)
        adjacency = sparse.csr_array((weights, (rows, columns)), shape=shape)
        hidden = np.maximum(adjacency @ self.messages.reshape(-1, size), 0).reshape(nodes, -1)
        return np.asarray(hidden @ self.dense + self.bias + feature_vectors, dtype=np.float32)

    def to_parts(self, name: str) -> dict[str, Part]:
        """As parts of an archive, whose names begin with ``name``."""
        return {f'{name}_{one.name}.npy': array_to_bytes(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Part], name: str) -> Self:
        """Of the parts that ``to_parts`` gave."""
        arrays: dict[str, npt.NDArray[np.float32]] = {
            one.name: bytes_to_array(parts[f'{name}_{one.name}.npy']) for one in fields(cls)
        }
        return cls(**arrays)
