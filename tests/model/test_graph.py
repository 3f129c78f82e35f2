"""Graphs of tables and of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from redshells.errors import (
    ColumnTypeError,
    DataError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
    MissingValueError,
    ParameterError,
)
from redshells.model.adjacency import normalise_adjacency
from redshells.model.graph import Graph, cut_graph
from redshells.model.sparse_vectors import SparseVectors
from tests.model.graphs import community_tables

NODES = pd.DataFrame({'node': ['c', 'a', 'b', 'd'], 'size': [1.0, 2.0, 3.0, 4.0], 'kind': ['x', 'y', None, None]})
EDGES = pd.DataFrame(
    {'source': ['a', 'b', 'a', 'c', 'b'], 'target': ['b', 'a', 'b', 'c', 'c'], 'weight': [1, 2, 4, 9, 0.5]}
)


def test_edges_are_undirected_and_count_once() -> None:
    graph = cut_graph(NODES, EDGES, feature_column_names=['size'], label_column_name='kind')
    assert graph.adjacency.toarray().tolist() == [[0, 0, 1, 0], [0, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    assert (len(graph), graph.number_of_edges, graph.number_of_isolated_nodes) == (4, 2, 1)
    assert graph.node_ids.tolist() == ['c', 'a', 'b', 'd']
    assert graph.features is not None
    assert graph.labels is not None
    assert list(graph.features) == ['size']
    assert graph.labels.isna().tolist() == [False, False, True, True]


def test_weights_add_up() -> None:
    graph = cut_graph(NODES, EDGES, weight_column_name='weight')
    assert graph.adjacency.toarray().tolist() == [[0, 0, 0.5, 0], [0, 0, 7, 0], [0.5, 7, 0, 0], [0, 0, 0, 0]]
    directed = cut_graph(NODES, EDGES, weight_column_name='weight', directed=True)
    assert directed.adjacency.toarray().tolist() == [[0, 0, 0, 0], [0, 0, 5, 0], [0.5, 2, 0, 0], [0, 0, 0, 0]]
    assert (directed.number_of_edges, directed.number_of_isolated_nodes) == (3, 1)


def test_the_normalisation_is_that_of_the_formula() -> None:
    adjacency = cut_graph(NODES, EDGES, weight_column_name='weight').adjacency
    looped = adjacency.toarray() + np.eye(4)
    scales = np.diag(looped.sum(axis=1) ** -0.5)
    normalised = normalise_adjacency(adjacency, directed=False)
    np.testing.assert_allclose(normalised.toarray(), scales @ looped @ scales, rtol=1e-6)
    assert (normalised != normalised.T).nnz == 0
    directed = cut_graph(NODES, EDGES, directed=True)
    rows = directed.adjacency.toarray().T + np.eye(4)
    np.testing.assert_allclose(
        directed.normalised_adjacency.toarray(), rows / rows.sum(axis=1, keepdims=True), rtol=1e-6
    )


@pytest.mark.parametrize('columns', [('source', 'target'), ('target', 'source')])
def test_the_order_of_the_edges_does_not_matter(columns: tuple[str, str]) -> None:
    nodes, edges, _ = community_tables()
    edges['weight'] = np.random.default_rng(1).random(len(edges))
    expected = cut_graph(nodes, edges, weight_column_name='weight').normalised_adjacency
    mixed = edges.sample(frac=1, random_state=1)
    found = cut_graph(
        nodes, mixed, source_column_name=columns[0], target_column_name=columns[1], weight_column_name='weight'
    ).normalised_adjacency
    for name in ('data', 'indices', 'indptr'):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@pytest.mark.parametrize('form', ['csr', 'csc', 'coo', 'lil', 'dense', 'table'])
def test_several_formats_give_one_graph(form: str) -> None:
    expected = cut_graph(NODES, EDGES, weight_column_name='weight')
    matrix = expected.adjacency.toarray().astype(np.float64) + 3 * np.eye(4)  # the diagonal is left out
    given = {'dense': matrix, 'table': matrix.tolist()}.get(form)
    graph = Graph.of_matrix(
        sparse.coo_array(matrix).asformat(form) if given is None else given, node_ids=NODES['node'], features=NODES
    )
    assert not graph.directed
    assert (graph.adjacency != expected.adjacency).nnz == 0
    assert graph.node_ids.tolist() == ['c', 'a', 'b', 'd']
    matrix[0, 1] = 2
    assert Graph.of_matrix(matrix).directed
    assert Graph.of_matrix(matrix, labels=['x', 'y', None, 'y']).node_ids.tolist() == [0, 1, 2, 3]


def test_ids_may_be_integers() -> None:
    nodes, edges = pd.DataFrame({'node': [30, 10, 20]}), pd.DataFrame({'source': [10], 'target': [30]})
    graph = cut_graph(nodes, edges)
    assert graph.adjacency.toarray().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert graph.features is None
    assert graph.labels is None
    assert graph.positions([20, 99]).tolist() == [2, -1]


def test_all_other_columns_are_features() -> None:
    vectors = SparseVectors(sparse.csr_array(np.eye(4)))
    graph = cut_graph(NODES.assign(vector=vectors), EDGES, label_column_name='kind')
    assert graph.features is not None
    assert list(graph.features) == ['size', 'vector']


def test_edges_of_unknown_nodes_are_refused_or_left_out() -> None:
    edges = pd.concat([EDGES, pd.DataFrame({'source': ['a', 'z'], 'target': ['y', 'a'], 'weight': [1.0, 1.0]})])
    with pytest.raises(DataError, match=r"2 of 7 edges are of nodes that are not .* such as \('a', 'y'\)"):
        cut_graph(NODES, edges)
    found = cut_graph(NODES, edges, unknown_nodes='drop', weight_column_name='weight')
    assert (found.adjacency != cut_graph(NODES, EDGES, weight_column_name='weight').adjacency).nnz == 0


def test_the_tables_are_not_changed() -> None:
    nodes, edges = NODES.copy(), EDGES.copy()
    cut_graph(nodes, edges, label_column_name='kind', weight_column_name='weight')
    pd.testing.assert_frame_equal(nodes, NODES)
    pd.testing.assert_frame_equal(edges, EDGES)


@pytest.mark.parametrize(
    ('changes', 'error', 'message'),
    [
        ({'node_id_column_name': 'id'}, MissingColumnError, r"lacks the columns \['id'\].*Set node_id_column_name"),
        ({'source_column_name': 'from'}, MissingColumnError, r"\['from'\].*Set source_column_name"),
        ({'target_column_name': 'to'}, MissingColumnError, r"\['to'\].*Set target_column_name"),
        ({'weight_column_name': 'w'}, MissingColumnError, r"\['w'\].*Set weight_column_name"),
        ({'label_column_name': 'label'}, MissingColumnError, r"\['label'\].*Set label_column_name"),
        ({'feature_column_names': ['a']}, MissingColumnError, r"\['a'\].*Set feature_column_names"),
        (
            {'feature_column_names': ['node']},
            ParameterError,
            r"feature_column_names has \['node'\], the id or the label",
        ),
        ({'unknown_nodes': 'keep'}, ParameterError, "unknown_nodes='keep' was given; one of"),
        ({'nodes': NODES.iloc[:0]}, EmptyTableError, 'the table of nodes has no rows'),
        ({'edges': EDGES.iloc[:0]}, EmptyTableError, 'the table of edges has no rows'),
        ({'nodes': pd.concat([NODES, NODES.iloc[:1]])}, DataError, "1 rows are of nodes .* such as 'c'"),
        ({'nodes': NODES.assign(node=[1.5, 2, 3, 4])}, ColumnTypeError, "the nodes 'node' are of type float64"),
        (
            {'nodes': NODES.assign(node=[1, 2, 3, 4])},
            ColumnTypeError,
            "such as 'a', than the ids of the nodes, such as 1",
        ),
        ({'nodes': NODES.assign(node=['a', None, 'b', 'c'])}, MissingValueError, "the nodes 'node' has 1 missing ids"),
        (
            {'edges': EDGES.assign(weight='x'), 'weight_column_name': 'weight'},
            ColumnTypeError,
            "the weights 'weight' are",
        ),
        ({'edges': EDGES.assign(weight=-1), 'weight_column_name': 'weight'}, DataError, "'weight' .*negative weights"),
        ({'edges': EDGES.assign(weight=np.inf), 'weight_column_name': 'weight'}, InfiniteValueError, 'has 5 weights'),
        ({'edges': [1, 2]}, ColumnTypeError, 'a pandas or polars data frame is expected'),
    ],
)
def test_what_is_no_graph_is_refused(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        cut_graph(**{'nodes': NODES, 'edges': EDGES, **changes})


@pytest.mark.parametrize(
    ('changes', 'error', 'message'),
    [
        ({'adjacency': np.ones((2, 3))}, DataError, r'of shape \(2, 3\); as many rows as columns'),
        ({'adjacency': [[0, -1], [0, 0]]}, DataError, 'the adjacency matrix has negative weights, such as -1'),
        ({'adjacency': [[0, np.nan], [0, 0]]}, InfiniteValueError, 'the adjacency matrix has 1 weights'),
        ({'node_ids': [1, 2, 3]}, DataError, 'node_ids has 3 rows for the 2 nodes'),
        ({'node_ids': [1, 1]}, DataError, '1 rows are of nodes that are there before, such as 1'),
        ({'labels': ['a']}, DataError, 'labels has 1 rows for the 2 nodes'),
    ],
)
def test_what_is_no_matrix_of_edges_is_refused(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Graph.of_matrix(**{'adjacency': [[0, 1], [1, 0]], **changes})
