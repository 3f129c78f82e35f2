"""The graph convolutional network on graphs with planted communities."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import torch
from scipy import sparse

from redshells.errors import (
    ColumnTypeError,
    DataError,
    EmptyTableError,
    MissingColumnError,
    NotFittedError,
    ParameterError,
    TargetError,
)
from redshells.model import graph_convolution_training
from redshells.model.execution import Execution
from redshells.model.graph import Graph, cut_graph
from redshells.model.graph_convolutional_network import GraphConvolutionalNetwork
from redshells.model.sparse_vectors import SparseVectors
from redshells.model.torch_sparse import dropout_mask
from redshells.testing.new_process import call_in_new_process
from tests.model.graphs import community_graph, community_tables, load_and_predict

_ENVIRONMENT = {**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)}
WORDS = {'number_of_nodes': 90, 'communities': 3, 'labels_each': 4, 'words': 8}


def permuted(graph: Graph, order: npt.NDArray[np.int64]) -> Graph:
    return Graph(
        node_ids=graph.node_ids[order],
        adjacency=sparse.csr_array(graph.adjacency[order][:, order]),
        features=None if graph.features is None else graph.features.iloc[order].reset_index(drop=True),
        labels=None if graph.labels is None else graph.labels.iloc[order].reset_index(drop=True),
    )


@pytest.mark.parametrize('layers', [2, 3])
@pytest.mark.parametrize('seed', [0, 1])
def test_two_communities_are_split_from_one_label_each(seed: int, layers: int) -> None:
    graph, names = community_graph(seed=seed)
    model = GraphConvolutionalNetwork(random_seed=seed, number_of_layers=layers).fit_graph(graph)
    assert (model.predict(graph) == names).mean() > 0.9
    probabilities = model.predict_proba(graph)
    assert probabilities.shape == (60, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert model.classes_.tolist() == ['group0', 'group1']
    assert model.node_embeddings(graph).shape == (60, 32)
    assert model.learning_curve_.losses[-1] < model.learning_curve_.losses[0] / 2


@pytest.mark.parametrize('kind', ['lists', 'sparse', 'vectors', 'numbers', 'categories'])
def test_features_of_each_kind_are_learnt_from(kind: str) -> None:
    graph, names = community_graph(**WORDS)
    generator = np.random.default_rng(0)
    codes = names.str[-1].astype(int).to_numpy()
    vectors = np.eye(3)[codes] + 0.5 * generator.standard_normal((90, 3))
    frame = {
        'lists': graph.features,
        'sparse': pd.DataFrame({'x': SparseVectors(sparse.csr_array(np.maximum(vectors, 0)))}),
        'vectors': pd.DataFrame({'x': list(vectors)}),
        'numbers': pd.DataFrame(vectors, columns=['x', 'y', 'z']),
        'categories': pd.DataFrame({'x': pd.Categorical(names.where(generator.random(90) < 0.6, 'other'))}),
    }[kind]
    graph = Graph(node_ids=graph.node_ids, adjacency=graph.adjacency, features=frame, labels=graph.labels)
    model = GraphConvolutionalNetwork().fit_graph(graph)
    assert (model.predict(graph) == names).mean() > 0.9


def test_a_new_graph_with_such_features_is_predicted() -> None:
    graph, _ = community_graph(**WORDS)
    model = GraphConvolutionalNetwork().fit_graph(graph)
    new, names = community_graph(**{**WORDS, 'number_of_nodes': 60, 'seed': 5})
    assert (model.predict(new.with_labels(None)) == names).mean() > 0.9
    assert model.node_embeddings(new).shape == (60, 32)


def test_without_features_new_nodes_have_what_their_neighbours_tell() -> None:
    nodes, edges, names = community_tables()
    model = GraphConvolutionalNetwork().fit_graph(cut_graph(nodes, edges, label_column_name='label'))
    friends = nodes['node'][(names == 'group1').to_numpy()].head(8)
    more = pd.concat([nodes, pd.DataFrame({'node': ['new'], 'label': [None]})])
    links = pd.concat([edges, pd.DataFrame({'source': 'new', 'target': friends})])
    graph = cut_graph(more, links, label_column_name='label')
    assert model.predict(graph)[-1] == 'group1'
    others = Graph.of_matrix(np.zeros((2, 2)), node_ids=['new', 'newer'])
    with pytest.raises(DataError, match='has none of the nodes of the training'):
        model.predict(others)


@pytest.mark.parametrize('words', [0, 8])
def test_predictions_follow_the_order_of_the_nodes(words: int) -> None:
    graph, _ = community_graph(labels_each=3, words=words)
    model = GraphConvolutionalNetwork(epochs=20).fit_graph(graph)
    order = np.random.default_rng(0).permutation(len(graph))
    other = permuted(graph, order)
    np.testing.assert_allclose(model.predict_proba(other), model.predict_proba(graph)[order], rtol=1e-5)
    np.testing.assert_allclose(model.node_embeddings(other), model.node_embeddings(graph)[order], rtol=1e-4, atol=1e-6)
    again = GraphConvolutionalNetwork(epochs=20, dropout_rate=0).fit_graph(other)
    expected = GraphConvolutionalNetwork(epochs=20, dropout_rate=0).fit_graph(graph)
    np.testing.assert_allclose(again.predict_proba(other), expected.predict_proba(graph)[order], rtol=1e-3)


def test_edges_in_any_order_and_form_give_the_same_model() -> None:
    nodes, edges, _ = community_tables()
    expected = cut_graph(nodes, edges, label_column_name='label')
    mixed = edges.sample(frac=1, random_state=0)
    mixed.iloc[::2] = mixed.iloc[::2, ::-1]  # an edge has no direction
    graphs = [cut_graph(nodes, mixed, label_column_name='label')]
    graphs += [
        Graph.of_matrix(form, node_ids=nodes['node'], labels=nodes['label'])
        for form in (expected.adjacency.tocoo(), expected.adjacency.tocsc(), expected.adjacency.toarray())
    ]
    wanted = GraphConvolutionalNetwork(epochs=10).fit_graph(expected).predict_proba(expected)
    for graph in graphs:
        found = GraphConvolutionalNetwork(epochs=10).fit_graph(graph).predict_proba(graph)
        np.testing.assert_array_equal(found, wanted)


def test_equal_seeds_give_equal_weights_whatever_the_global_seed_is() -> None:
    graph, _ = community_graph(**WORDS)
    found = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        found.append(GraphConvolutionalNetwork(epochs=10, random_seed=3).fit_graph(graph).predict_proba(graph))
    np.testing.assert_array_equal(*found)
    other = GraphConvolutionalNetwork(epochs=10, random_seed=4).fit_graph(graph).predict_proba(graph)
    assert (other != found[0]).any()


@pytest.mark.parametrize('labels', [[3, 7], [True, False], ['x', 'y'], [1.0, 2.0]])
def test_labels_come_back_as_they_were(labels: list[Any]) -> None:
    graph, names = community_graph(labels_each=5)
    values = names.map(dict(zip(sorted(set(names)), labels, strict=True))).astype(object)
    some = values.where(graph.labels.notna(), None)  # type: ignore[union-attr]
    some = some if isinstance(labels[0], (str, bool)) else some.astype(float)  # as pandas reads missing integers
    model = GraphConvolutionalNetwork(epochs=60).fit_graph(graph.with_labels(some))
    assert model.classes_.tolist() == sorted(labels)
    assert (model.predict(graph) == values).mean() > 0.8


def test_held_out_nodes_stop_the_training_early() -> None:
    graph, names = community_graph(**{**WORDS, 'labels_each': 20})
    known = graph.node_ids[graph.labels.notna()]  # type: ignore[union-attr]
    held_out = [*known[:20], known[0]]
    model = GraphConvolutionalNetwork(epochs=1000, early_stopping_patience=5, learning_rate=0.1)
    curve = model.fit_graph(graph, validation_nodes=held_out).learning_curve_
    assert curve.metric == 'log_loss'
    assert curve.epochs[-1] < 200
    assert curve.best_epoch == curve.epochs[int(np.argmin(curve.scores))]
    probabilities = model.predict_proba(graph)
    position = graph.positions(known[:20])
    own = probabilities[position, np.searchsorted(model.classes_, names[position])]
    assert -np.log(own).mean() == pytest.approx(min(curve.scores), rel=1e-3)
    share = GraphConvolutionalNetwork(epochs=1000, early_stopping_patience=5, validation_size=0.3, learning_rate=0.1)
    assert share.fit_graph(graph).learning_curve_.epochs[-1] < 500


def test_held_out_nodes_are_not_learnt_from() -> None:
    graph, names = community_graph(**{**WORDS, 'labels_each': 20})
    known = np.flatnonzero(graph.labels.notna())[:10]  # type: ignore[union-attr]
    lied = names.where(graph.labels.notna(), None)  # type: ignore[union-attr]
    lied.iloc[known] = 'group0'
    model = GraphConvolutionalNetwork(early_stopping_patience=0, dropout_rate=0, epochs=30)
    model.fit_graph(graph.with_labels(lied), validation_nodes=graph.node_ids[known])
    clean = GraphConvolutionalNetwork(
        early_stopping_patience=0, dropout_rate=0, epochs=model.learning_curve_.best_epoch
    )
    hidden = lied.copy()
    hidden.iloc[known] = None
    clean.fit_graph(graph.with_labels(hidden))
    np.testing.assert_allclose(model.predict_proba(graph), clean.predict_proba(graph), rtol=1e-5)


class _KilledError(Exception):
    """In place of SIGKILL."""


def test_a_training_that_was_killed_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, _ = community_graph(**WORDS)
    whole = GraphConvolutionalNetwork(epochs=40).fit_graph(graph)
    path = tmp_path / 'checkpoint.zip'
    execution = Execution(checkpoint_path=str(path), checkpoint_every=3)
    masks = iter([dropout_mask] * 20)

    def draw(*arguments: Any) -> torch.Tensor:
        mask = next(masks, None)
        if mask is None:
            raise _KilledError
        return mask(*arguments)

    monkeypatch.setattr(graph_convolution_training, 'dropout_mask', draw)
    with pytest.raises(_KilledError):
        GraphConvolutionalNetwork(epochs=40).fit_graph(graph, execution=execution)
    monkeypatch.undo()
    assert path.exists()
    with caplog.at_level(logging.INFO):
        resumed = GraphConvolutionalNetwork(epochs=40).fit_graph(graph, execution=execution)
    assert 'goes on after epoch 18' in caplog.text
    np.testing.assert_array_equal(resumed.predict_proba(graph), whole.predict_proba(graph))
    assert not path.exists()


@pytest.mark.parametrize('words', [0, 8])
def test_it_comes_back_from_its_file_in_a_new_process(tmp_path: Path, words: int) -> None:
    graph, _ = community_graph(**{**WORDS, 'words': words})
    model = GraphConvolutionalNetwork(epochs=10).fit_graph(graph)
    path = str(tmp_path / 'gcn.zip')
    model.save(path)
    found = call_in_new_process(load_and_predict, path, {**WORDS, 'words': words})
    np.testing.assert_array_equal(found, model.predict_proba(graph))
    loaded = GraphConvolutionalNetwork.load(path)
    assert loaded.learning_curve_ == model.learning_curve_
    loaded.save(str(tmp_path / 'again.zip'))
    assert (tmp_path / 'again.zip').read_bytes() == Path(path).read_bytes()


def test_a_saved_model_needs_no_torch(tmp_path: Path) -> None:
    graph, _ = community_graph(**WORDS)
    path = str(tmp_path / 'gcn.zip')
    model = GraphConvolutionalNetwork(epochs=10).fit_graph(graph)
    model.save(path)
    code = (
        'import json, sys\nfrom tests.model.graphs import load_and_predict\n'
        f'sums = load_and_predict({path!r}, {WORDS!r}).sum(axis=0).tolist()\n'
        "print(json.dumps([sums, 'torch' in sys.modules]))"
    )
    found = subprocess.run([sys.executable, '-c', code], check=True, capture_output=True, text=True, env=_ENVIRONMENT)
    assert json.loads(found.stdout) == [model.predict_proba(graph).sum(axis=0).tolist(), False]


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('hidden_size', 0),
        ('number_of_layers', 1),
        ('dropout_rate', 1.0),
        ('learning_rate', 0.0),
        ('weight_decay', -1.0),
        ('epochs', 1.5),
        ('early_stopping_patience', -1),
        ('validation_size', 1.0),
        ('normalise_features', 1),
        ('random_seed', -1),
    ],
)
def test_wrong_arguments_are_refused(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=f'{name}={value!r} was given'):
        GraphConvolutionalNetwork(**{name: value})  # type: ignore[arg-type]


def test_what_can_not_be_learnt_is_refused() -> None:
    graph, names = community_graph()
    model = GraphConvolutionalNetwork()
    with pytest.raises(NotFittedError, match='Call fit_graph'):
        model.predict(graph)
    with pytest.raises(ParameterError, match=r'the graph has no labels\. Set label_column_name'):
        model.fit_graph(graph.with_labels(None))
    with pytest.raises(EmptyTableError, match='none of the 60 nodes has a label'):
        model.fit_graph(graph.with_labels(pd.Series([None] * 60, dtype=object)))
    with pytest.raises(TargetError, match='has one class'):
        model.fit_graph(graph.with_labels(names.where(names == 'group0', None)))
    with pytest.raises(DataError, match=r"1 nodes that can not be held out, such as 'node\d+' without a label"):
        model.fit_graph(graph, validation_nodes=graph.node_ids[graph.labels.isna()][:1])  # type: ignore[union-attr]
    with pytest.raises(DataError, match='such as one that is not in the graph'):
        model.fit_graph(graph, validation_nodes=['nobody'])
    with pytest.raises(DataError, match='all nodes with a label are held out'):
        model.fit_graph(graph, validation_nodes=graph.node_ids[graph.labels.notna()])  # type: ignore[union-attr]


def test_a_graph_without_the_features_of_the_training_is_refused() -> None:
    graph, _ = community_graph(**WORDS)
    model = GraphConvolutionalNetwork(epochs=3).fit_graph(graph)
    with pytest.raises(MissingColumnError, match=r"lacks the columns \['words'\]"):
        model.predict(community_graph()[0])
    plain = GraphConvolutionalNetwork(epochs=3).fit_graph(community_graph()[0])
    with pytest.raises(ColumnTypeError, match='the nodes are integers'):
        plain.predict(Graph.of_matrix(np.zeros((2, 2))))
