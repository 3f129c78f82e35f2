"""The edges of a graph as a sparse matrix, and its normalisation for graph convolutions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.errors import DataError, InfiniteValueError


def adjacency_of_edges(
    sources: npt.NDArray[np.int64],
    targets: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64] | None,
    *,
    number_of_nodes: int,
    directed: bool,
) -> sparse.csr_array:
    """The weight of each edge, of shape (nodes, nodes): row i, column j is of the edge from i to j.

    Edges from a node to itself are left out: the normalisation gives one to each node. Edges that are there several
    times count once, or have the sum of their weights.

    Args:
        sources: The position of the node where each edge begins.
        targets: The position of the node where it ends.
        weights: The weight of each edge; None where all count the same.
        number_of_nodes: How many nodes there are.
        directed: Whether an edge goes in one direction only; otherwise the matrix is symmetric, and both directions of
            an edge are one edge.
    """
    kept = sources != targets
    sources, targets = sources[kept], targets[kept]
    values = np.ones(len(sources)) if weights is None else weights[kept]
    if not directed:  # summed up in one half, so that both halves are equal bit for bit
        sources, targets = np.minimum(sources, targets), np.maximum(sources, targets)
    order = np.lexsort((values, targets, sources))  # of any order of the edges, the sums are the same
    shape = (number_of_nodes, number_of_nodes)
    matrix = sparse.csr_array((values[order], (sources[order], targets[order])), shape=shape)
    matrix.sum_duplicates()
    if weights is None:
        matrix.data[:] = 1
    return as_adjacency(matrix if directed else matrix + matrix.T)


def as_adjacency(matrix: Any) -> sparse.csr_array:
    """A matrix of edges in the form that graphs have them: compressed rows of float32, sorted, without a diagonal.

    Args:
        matrix: Of shape (nodes, nodes), sparse in any format or dense.

    Raises:
        DataError: It is not square, or has negative weights.
        InfiniteValueError: A weight is missing or infinite.
    """
    rows = sparse.coo_array(matrix)
    if rows.ndim != 2 or rows.shape[0] != rows.shape[1]:
        raise DataError(f'the adjacency matrix is of shape {rows.shape}; as many rows as columns are expected.')
    check_weights(np.asarray(rows.data, dtype=np.float64), 'the adjacency matrix')
    kept = rows.row != rows.col
    parts = (np.asarray(rows.data[kept], dtype=np.float32), (rows.row[kept], rows.col[kept]))
    result = sparse.csr_array(parts, shape=rows.shape)
    result.sum_duplicates()
    result.eliminate_zeros()
    result.sort_indices()
    return result


def check_weights(weights: npt.NDArray[np.float64], name: str) -> None:
    """Refuse weights that no edge can have.

    Args:
        weights: The weight of each edge.
        name: What they are called, for messages.

    Raises:
        DataError: One is negative.
        InfiniteValueError: One is missing or infinite.
    """
    wrong = int(np.count_nonzero(~np.isfinite(weights)))
    if wrong:
        raise InfiniteValueError(f'{name} has {wrong} weights that are missing or infinite. Remove these edges.')
    if (weights < 0).any():
        raise DataError(
            f'{name} has negative weights, such as {weights.min()}; weights of at least 0 are expected: the larger, '
            'the nearer two nodes are.'
        )


def normalise_adjacency(adjacency: sparse.csr_array, *, directed: bool) -> sparse.csr_array:
    r"""What a graph convolution multiplies with, of shape (nodes, nodes): row i has what node i hears of the others.

    Each node is a neighbour of itself with weight 1. With the degrees :math:`D` of :math:`A + I`, it is
    :math:`D^{-1/2} (A + I) D^{-1/2}` for undirected graphs, and :math:`D^{-1} (A^\top + I)`, the mean of the nodes from
    which edges come, for directed ones. A node without edges hears itself alone.

    Args:
        adjacency: What ``as_adjacency`` gives.
        directed: Whether its edges go in one direction only.
    """
    incoming = adjacency.T if directed else adjacency
    looped = sparse.csr_array(incoming.astype(np.float64) + sparse.eye_array(adjacency.shape[0], format='csr'))
    degrees = np.asarray(looped.sum(axis=1)).ravel()
    rows = np.repeat(degrees, np.diff(looped.indptr))
    looped.data /= rows if directed else np.sqrt(rows * degrees[looped.indices])
    looped.sort_indices()
    return looped.astype(np.float32)
