"""What a model of nodes says of a graph, as tables with one row for each node."""

from __future__ import annotations

import pandas as pd

from redshells.model.graph import Graph
from redshells.model.graph_convolutional_network import GraphConvolutionalNetwork
from redshells.model.vector_table import vector_table


def predict_nodes(model: GraphConvolutionalNetwork, graph: Graph, node_id_column_name: str = 'node') -> pd.DataFrame:
    """The class of each node.

    Args:
        model: A fitted model.
        graph: The graph of the training or another one with the same features.
        node_id_column_name: The column of the result with the ids.

    Returns:
        The columns of the ids, ``prediction`` and ``probability_<class>``, in the order of the nodes.

    Raises:
        DataError: The graph lacks features of the training.
    """
    probabilities = model.predict_proba(graph)
    table = pd.DataFrame({node_id_column_name: graph.node_ids})
    table['prediction'] = model.classes_[probabilities.argmax(axis=1)]
    return table.assign(
        **{f'probability_{label}': probabilities[:, column] for column, label in enumerate(model.classes_)}
    )


def embed_nodes(
    model: GraphConvolutionalNetwork,
    graph: Graph,
    node_id_column_name: str = 'node',
    vector_column_name: str = 'vector',
) -> pd.DataFrame:
    """The vector of each node.

    Args:
        model: A fitted model.
        graph: The graph of the training or another one with the same features.
        node_id_column_name: The column of the result with the ids.
        vector_column_name: The column of the result with the vectors.

    Raises:
        DataError: The graph lacks features of the training.
        DuplicateColumnError: Both columns have one name.
    """
    ids = pd.DataFrame({node_id_column_name: graph.node_ids})
    return vector_table(model.node_embeddings(graph), ids, vector_column_name)
