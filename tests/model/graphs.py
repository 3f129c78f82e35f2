"""Graphs with planted communities."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

import redshells
from redshells.model.graph import Graph, cut_graph


def community_tables(
    *, number_of_nodes: int = 60, communities: int = 2, labels_each: int = 1, words: int = 0, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Nodes of communities with most edges within, in a mixed order, few of them with a label.

    Args:
        number_of_nodes: Of all communities together.
        communities: How many.
        labels_each: How many nodes of each have a label.
        words: Words of each node, most of them of its community; the column ``words`` has them.
        seed: Of all that is drawn.

    Returns:
        The nodes, the edges, and the community of each node.
    """
    generator = np.random.default_rng(seed)
    community = generator.permutation(np.arange(number_of_nodes) % communities)
    ids = np.array([f'node{number}' for number in range(number_of_nodes)], dtype=object)
    same = community[:, None] == community
    chance = np.where(same, 6 * communities, 0.4) / number_of_nodes
    pairs = np.argwhere(np.triu(generator.random(same.shape) < chance, 1))
    order = np.argsort(community, kind='stable')
    chains = [np.column_stack([one[:-1], one[1:]]) for one in np.split(order, communities)]
    pairs = np.concatenate([pairs, *chains]) if number_of_nodes % communities == 0 else pairs
    edges = pd.DataFrame({'source': ids[pairs[:, 0]], 'target': ids[pairs[:, 1]]})
    names = pd.Series([f'group{one}' for one in community], dtype=object)
    rank = pd.Series(community).groupby(community).cumcount()
    nodes = pd.DataFrame({'node': ids, 'label': names.where(rank < labels_each, None)})
    if words:
        own = [f'w{one}_{generator.integers(20)}' for one in np.repeat(community, words)]
        other = [f'w{generator.integers(communities)}_{generator.integers(20)}' for _ in own]
        drawn = np.where(generator.random(len(own)) < 0.5, own, other).reshape(number_of_nodes, words)
        nodes['words'] = [list(row) for row in drawn]
    return nodes, edges, names


def community_graph(**arguments: int) -> tuple[Graph, pd.Series]:
    """The graph of such tables, and the community of each node."""
    nodes, edges, names = community_tables(**arguments)
    return cut_graph(nodes, edges, label_column_name='label'), names


def load_and_predict(path: str, arguments: dict[str, int]) -> npt.NDArray[np.float64]:
    """The probabilities of a saved model for such a graph."""
    probabilities: npt.NDArray[np.float64] = redshells.load_model(path).predict_proba(community_graph(**arguments)[0])
    return probabilities
