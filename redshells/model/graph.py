"""Graphs: nodes with features and labels, and the edges between them, from tables or matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.errors import ColumnTypeError, DataError, EmptyTableError, ParameterError
from redshells.model.adjacency import adjacency_of_edges, as_adjacency, check_weights, normalise_adjacency
from redshells.model.feature_schema import is_numeric, to_level, to_numbers
from redshells.model.frame import read_table, require_columns
from redshells.model.id_index import Ids, checked_ids

UNKNOWN_NODE_RULES = ('error', 'drop')
"""What becomes of edges whose nodes are not in the table of nodes."""


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Nodes, in an order, and the edges between them.

    Attributes:
        node_ids: The id of each node, integers or strings, distinct.
        adjacency: The weight of each edge, float32, of shape (nodes, nodes), without a diagonal; symmetric unless it is
            directed, where row i, column j is of the edge from i to j.
        features: A row for each node; None where there are none.
        labels: The class of each node, missing where it is not known; None where there are none.
        directed: Whether edges go in one direction only.
    """

    node_ids: npt.NDArray[Any]
    adjacency: sparse.csr_array
    features: pd.DataFrame | None = None
    labels: pd.Series[Any] | None = None
    directed: bool = False

    def __len__(self) -> int:
        return len(self.node_ids)

    @property
    def number_of_edges(self) -> int:
        """How many there are; of an undirected graph, both directions are one edge."""
        return int(self.adjacency.nnz) if self.directed else int(self.adjacency.nnz) // 2

    @property
    def number_of_isolated_nodes(self) -> int:
        """How many nodes have no edge."""
        degrees = np.diff(self.adjacency.indptr) + np.bincount(self.adjacency.indices, minlength=len(self))
        return int(np.count_nonzero(degrees == 0))

    @cached_property
    def normalised_adjacency(self) -> sparse.csr_array:
        """What a graph convolution multiplies with, see ``redshells.model.adjacency.normalise_adjacency``."""
        return normalise_adjacency(self.adjacency, directed=self.directed)

    def positions(self, node_ids: Ids, name: str = 'the nodes') -> npt.NDArray[np.int64]:
        """The position of each id; -1 for those that are not there.

        Args:
            node_ids: Integers or strings, as the ids of the nodes are.
            name: What they are called, for messages.

        Raises:
            MissingValueError: Some are missing.
            ColumnTypeError: They are of another type than the ids of the nodes.
        """
        values = checked_ids(node_ids, name)
        if len(values) and values.dtype.kind != self.node_ids.dtype.kind:
            raise ColumnTypeError(
                f'{name} are of another type, such as {to_level(values[0])!r}, than the ids of the nodes, '
                f'such as {to_level(self.node_ids[0])!r}. Convert them.'
            )
        return np.asarray(self._index.get_indexer(pd.Index(values)), dtype=np.int64)

    @cached_property
    def _index(self) -> pd.Index[Any]:
        index: pd.Index[Any] = pd.Index(self.node_ids)
        return index

    def with_labels(self, labels: pd.Series[Any] | None) -> Graph:
        """The same nodes and edges with other labels, such as with some of them hidden."""
        return replace(self, labels=labels)

    def with_edges(
        self,
        edges: Any,
        *,
        source_column_name: str = 'source',
        target_column_name: str = 'target',
        weight_column_name: str = '',
        unknown_nodes: str = 'error',
    ) -> Graph:
        """The same nodes with the edges of a table, in place of those that it has; see ``cut_graph``.

        Args:
            edges: A pandas or polars data frame with a row for each edge.
            source_column_name: The column with the id of one node.
            target_column_name: The column with the id of the other node.
            weight_column_name: The column with their weights of at least 0, if any.
            unknown_nodes: What becomes of edges of nodes that are not there: ``'error'`` or ``'drop'``.

        Raises:
            DataError: The table holds no edges between these nodes.
            ParameterError: There is no such rule.
        """
        if unknown_nodes not in UNKNOWN_NODE_RULES:
            raise ParameterError(
                f'unknown_nodes={unknown_nodes!r} was given; one of {list(UNKNOWN_NODE_RULES)} is expected.'
            )
        frame = read_table(edges)
        require_columns(frame, [source_column_name], 'source_column_name')
        require_columns(frame, [target_column_name], 'target_column_name')
        if frame.empty:
            raise EmptyTableError('the table of edges has no rows. Check the task that makes it.')
        weights = _weights(frame, weight_column_name) if weight_column_name else None
        columns = [frame[name] for name in (source_column_name, target_column_name)]
        ends = [self.positions(column, f'the nodes {column.name!r} of the edges') for column in columns]
        known = (ends[0] >= 0) & (ends[1] >= 0)
        if unknown_nodes == 'error' and not known.all():
            row = int(np.flatnonzero(~known)[0])
            raise DataError(
                f'{np.count_nonzero(~known)} of {len(known)} edges are of nodes that are not in the table of nodes, '
                f'such as {tuple(to_level(column.iloc[row]) for column in columns)}. Add the nodes, or leave these '
                "edges out by unknown_nodes='drop'."
            )
        adjacency = adjacency_of_edges(
            ends[0][known],
            ends[1][known],
            None if weights is None else weights[known],
            number_of_nodes=len(self),
            directed=self.directed,
        )
        return replace(self, adjacency=adjacency)

    @classmethod
    def of_matrix(
        cls,
        adjacency: Any,
        *,
        node_ids: Ids | None = None,
        features: pd.DataFrame | None = None,
        labels: Ids | None = None,
    ) -> Graph:
        """A graph of a matrix, directed where the matrix is not symmetric.

        Args:
            adjacency: The weight of each edge, of shape (nodes, nodes), sparse in any format or dense. What is on its
                diagonal is left out.
            node_ids: The id of each node; 0, 1, ... by default.
            features: A row for each node, in their order.
            labels: The class of each node, in their order, missing where it is not known.

        Raises:
            DataError: The matrix is not square, a weight is negative, an id is there twice, or there are more or fewer
                nodes than ids, features or labels.
        """
        matrix = as_adjacency(adjacency)
        count = matrix.shape[0]
        ids = np.arange(count) if node_ids is None else _distinct(checked_ids(node_ids, 'the nodes'))
        for name, values in (('node_ids', ids), ('features', features), ('labels', labels)):
            if values is not None and len(values) != count:
                raise DataError(f'{name} has {len(values)} rows for the {count} nodes of the adjacency matrix.')
        return cls(
            node_ids=ids,
            adjacency=matrix,
            features=None if features is None else read_table(features).reset_index(drop=True),
            labels=None if labels is None else pd.Series(labels).reset_index(drop=True),
            directed=bool((matrix != matrix.T).nnz),
        )


def cut_graph(
    nodes: Any,
    edges: Any,
    *,
    node_id_column_name: str = 'node',
    source_column_name: str = 'source',
    target_column_name: str = 'target',
    weight_column_name: str = '',
    feature_column_names: Sequence[str] = (),
    label_column_name: str = '',
    directed: bool = False,
    unknown_nodes: str = 'error',
) -> Graph:
    """A graph of a table of nodes and a table of edges.

    Edges from a node to itself are left out. Edges that are there several times (and, unless they are directed, in both
    directions) count once; where there are weights, they have the sum. Nodes without edges stay.

    Args:
        nodes: A pandas or polars data frame with a row for each node, whose order the graph keeps.
        edges: A data frame with a row for each edge.
        node_id_column_name: The column of the nodes with their ids, integers or strings.
        source_column_name: The column of the edges with the id of one node.
        target_column_name: The column of the edges with the id of the other node.
        weight_column_name: The column of the edges with their weights of at least 0, if any.
        feature_column_names: The columns of the nodes to learn from; all but the id and the label when empty. A graph
            without any has no features.
        label_column_name: The column of the nodes with their classes, missing where they are not known, if any.
        directed: Whether an edge goes from source to target only.
        unknown_nodes: What becomes of edges of nodes that are not in the table: ``'error'`` refuses, ``'drop'`` leaves
            them out.

    Raises:
        MissingColumnError: A named column is not there.
        EmptyTableError: There are no nodes or no edges.
        MissingValueError: An id is missing.
        ColumnTypeError: Ids are neither integers nor strings or not of one type, or weights are no numbers.
        InfiniteValueError: A weight is missing or infinite.
        DataError: A node is there twice, an edge is of an unknown node, or a weight is negative.
        ParameterError: There is no such rule, or a feature is the id or the label.
    """
    read = read_nodes(
        nodes,
        node_id_column_name=node_id_column_name,
        feature_column_names=feature_column_names,
        label_column_name=label_column_name,
        directed=directed,
    )
    return read.with_edges(
        edges,
        source_column_name=source_column_name,
        target_column_name=target_column_name,
        weight_column_name=weight_column_name,
        unknown_nodes=unknown_nodes,
    )


def read_nodes(
    nodes: Any,
    *,
    node_id_column_name: str = 'node',
    feature_column_names: Sequence[str] = (),
    label_column_name: str = '',
    directed: bool = False,
) -> Graph:
    """A graph of a table of nodes that has no edges yet; see ``cut_graph``.

    Args:
        nodes: A pandas or polars data frame with a row for each node, whose order the graph keeps.
        node_id_column_name: The column with their ids, integers or strings.
        feature_column_names: The columns to learn from; all but the id and the label when empty.
        label_column_name: The column with their classes, missing where they are not known, if any.
        directed: Whether the edges will go in one direction only.

    Raises:
        DataError: The table holds no nodes, or one of them twice.
        ParameterError: A feature is the id or the label.
    """
    frame = read_table(nodes)
    ids, label = node_id_column_name, label_column_name
    require_columns(frame, [ids], 'node_id_column_name')
    require_columns(frame, [label] if label else [], 'label_column_name')
    require_columns(frame, feature_column_names, 'feature_column_names')
    if not len(frame):
        raise EmptyTableError('the table of nodes has no rows. Check the task that makes it.')
    wrong = [name for name in (ids, label) if name in feature_column_names]
    if wrong:
        raise ParameterError(
            f'feature_column_names has {wrong}, the id or the label of a node; a model must not see them. Remove them.'
        )
    names = list(feature_column_names) or [name for name in frame.columns if name not in (ids, label)]
    count = len(frame)
    return Graph(
        node_ids=_distinct(checked_ids(frame[ids], f'the nodes {ids!r}')),
        adjacency=sparse.csr_array((count, count), dtype=np.float32),
        features=frame[names].reset_index(drop=True) if names else None,
        labels=frame[label].reset_index(drop=True) if label else None,
        directed=directed,
    )


def _distinct(ids: npt.NDArray[Any]) -> npt.NDArray[Any]:
    repeated = pd.Series(ids).duplicated()
    if repeated.any():
        raise DataError(
            f'{int(repeated.sum())} rows are of nodes that are there before, such as '
            f'{to_level(ids[int(repeated.argmax())])!r}. '
            'Give one row for each node.'
        )
    return ids


def _weights(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    require_columns(frame, [name], 'weight_column_name')
    if not is_numeric(frame[name]):
        raise ColumnTypeError(f'the weights {name!r} are of type {frame[name].dtype}; numbers are expected.')
    weights = to_numbers(frame[name])
    check_weights(weights, f'the column {name!r} of the edges')
    return weights
