"""What nodes are known by, as a sparse matrix: their features, or themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import sparse

from redshells.archive import Part
from redshells.errors import DataError
from redshells.model.feature_fields import FeatureFields
from redshells.model.graph import Graph
from redshells.model.id_index import IdIndex


@dataclass(frozen=True)
class NodeEncoding:
    """How the nodes of a graph become rows of a sparse matrix.

    Args:
        fields: The columns of their features; None where the graph of the training has none.
        node_ids: The nodes of the training in place of features, each of which is a feature of its own.
        normalised: Whether each row is divided by the sum of its absolute values.
    """

    fields: FeatureFields | None
    node_ids: IdIndex | None
    normalised: bool

    @classmethod
    def of(cls, graph: Graph, normalise_features: bool | None) -> Self:
        """Of the graph of the training.

        Args:
            graph: The graph.
            normalise_features: Whether rows are divided by the sum of their absolute values; None for doing so where no
                feature is negative.

        Raises:
            DataError: The features can't be used.
        """
        if graph.features is None:
            return cls(None, IdIndex.of(graph.node_ids, 'the nodes'), False)
        fields = FeatureFields.of(graph.features)
        if normalise_features is None:
            normalise_features = bool((fields.encode_matrix(graph.features).data >= 0).all())
        return cls(fields, None, normalise_features)

    def encode(self, graph: Graph) -> sparse.csr_array:
        """The nodes of a graph, of shape (nodes, inputs); those that are not known have a row of zeros.

        Args:
            graph: The graph of the training or another one with the same features.

        Raises:
            DataError: It lacks features of the training, or has none of the nodes of the training where these are the
                features.
        """
        matrix = self._of_ids(graph) if self.fields is None else self._of_features(graph, self.fields)
        if not self.normalised:
            return matrix
        sums = np.asarray(abs(matrix).sum(axis=1)).ravel()
        matrix.data /= np.repeat(np.where(sums > 0, sums, 1), np.diff(matrix.indptr))
        return matrix

    def _of_features(self, graph: Graph, fields: FeatureFields) -> sparse.csr_array:
        frame = pd.DataFrame(index=range(len(graph))) if graph.features is None else graph.features
        return sparse.csr_array(fields.encode_matrix(frame)).astype(np.float32)

    def _of_ids(self, graph: Graph) -> sparse.csr_array:
        assert self.node_ids is not None
        columns = self.node_ids.positions(graph.node_ids, 'the nodes')
        known = columns >= 0
        if not known.any():
            raise DataError(
                'the graph has none of the nodes of the training, and the training had no features to know others by. '
                'Train on nodes with features.'
            )
        indptr = np.concatenate([[0], np.cumsum(known)])
        values = np.ones(int(indptr[-1]), dtype=np.float32)
        return sparse.csr_array((values, columns[known], indptr), shape=(len(graph), len(self.node_ids)))

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {'fields': None if self.fields is None else self.fields.to_json(), 'normalised': self.normalised}

    def to_parts(self) -> dict[str, Part]:
        """As parts of an archive."""
        return {} if self.node_ids is None else self.node_ids.to_parts('node_ids')

    @classmethod
    def from_saved(cls, values: Mapping[str, Any], parts: Mapping[str, Part]) -> Self:
        """Of what ``to_json`` and ``to_parts`` gave."""
        if values['fields'] is None:
            return cls(None, IdIndex.from_parts(parts, 'node_ids'), values['normalised'])
        return cls(FeatureFields.from_json(values['fields']), None, values['normalised'])
