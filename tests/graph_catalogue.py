"""One minimal example of each public task on graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from redshells import predict as predict_tasks
from redshells import train as train_tasks
from redshells.errors import (
    ColumnTypeError,
    DataError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
    MissingValueError,
    ParameterError,
    SplitError,
    TargetError,
    UnknownNameError,
)
from redshells.model.graph import cut_graph
from redshells.testing import BadInput, TaskExample, bad_table, unknown_keyword
from tests.model.graphs import community_tables
from tests.text_catalogue import without_seconds
from tests.text_inputs import given

_SMALL: dict[str, Any] = {'epochs': 5, 'hidden_size': 4}


def nodes_and_edges(seed: int = 0) -> dict[str, pd.DataFrame]:
    """Nodes of three communities with a text of words, a number and a label, which some lack, and weighted edges."""
    nodes, edges, _ = community_tables(number_of_nodes=45, communities=3, labels_each=8, words=4, seed=seed)
    generator = np.random.default_rng(seed)
    nodes['size'] = generator.normal(size=len(nodes)).round(3)
    edges['weight'] = generator.integers(1, 4, len(edges)).astype(float)
    return {'nodes': nodes, 'edges': edges}


def seen_of_network(model: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a network makes of the graph of its training."""
    graph = cut_graph(inputs['nodes'], inputs['edges'], weight_column_name='weight', label_column_name='label')
    return {
        'probabilities': model.predict_proba(graph),
        'embeddings': model.node_embeddings(graph),
        'classes': model.classes_.tolist(),
        'training': dict(model.training),
    }


_BAD_GRAPHS = (
    bad_table('nodes', 'no nodes', EmptyTableError, lambda nodes: nodes.iloc[:0]),
    bad_table('nodes', 'no table of nodes', ColumnTypeError, lambda nodes: nodes.to_dict('list')),
    bad_table('nodes', 'nodes without ids', MissingColumnError, lambda nodes: nodes.drop(columns='node')),
    bad_table('nodes', 'missing ids', MissingValueError, lambda nodes: nodes.assign(node=None)),
    bad_table('nodes', 'fractions as ids', ColumnTypeError, lambda nodes: nodes.assign(node=0.5)),
    bad_table('nodes', 'a node twice', DataError, lambda nodes: nodes.assign(node='same')),
    bad_table('nodes', 'an infinite feature', InfiniteValueError, lambda nodes: nodes.assign(size=np.inf)),
    bad_table('edges', 'no edges', EmptyTableError, lambda edges: edges.iloc[:0]),
    bad_table('edges', 'no table of edges', ColumnTypeError, lambda edges: edges.to_dict('list')),
    bad_table('edges', 'edges without an end', MissingColumnError, lambda edges: edges.drop(columns='target')),
    bad_table('edges', 'edges of unknown nodes', DataError, lambda edges: edges.assign(source='nobody')),
    bad_table('edges', 'ids of another type', ColumnTypeError, lambda edges: edges.assign(source=1)),
    bad_table('edges', 'texts as weights', ColumnTypeError, lambda edges: edges.assign(weight='heavy')),
    bad_table('edges', 'negative weights', DataError, lambda edges: edges.assign(weight=-1.0)),
    bad_table('edges', 'missing weights', InfiniteValueError, lambda edges: edges.assign(weight=np.nan)),
    given('a missing column of weights', MissingColumnError, weight_column_name='absent'),
    given('an unknown rule', ParameterError, unknown_nodes='keep'),
)
_BAD_LABELS = (
    bad_table('nodes', 'no labels', EmptyTableError, lambda nodes: nodes.assign(label=None)),
    bad_table('nodes', 'one class', TargetError, lambda nodes: nodes.assign(label='same')),
    bad_table('nodes', 'amounts as labels', TargetError, lambda nodes: nodes.assign(label=nodes['size'])),
    given('a missing column of labels', MissingColumnError, label_column_name='absent'),
    given('a missing feature', MissingColumnError, feature_column_names=['absent']),
    given('the label as a feature', ParameterError, feature_column_names=['label']),
    given('a fractional seed', ParameterError, random_seed=3.5),
    given('no threads', ParameterError, n_jobs=0),
    given('an unknown device', ParameterError, device='tpu'),
)


def _on_labels(name: str, kind: Any, *bad: BadInput, observe: Any = None, **parameters: Any) -> TaskExample:
    task_class: Any = getattr(train_tasks, name)
    shared = {'weight_column_name': 'weight', 'show_progress': False, **parameters}
    return TaskExample(
        task_class=task_class,
        make_task=lambda nodes, edges: task_class(node_data_task=nodes, edge_data_task=edges, **shared),
        kind=kind,
        make_inputs=nodes_and_edges,
        seed_parameter='random_seed',
        bad_inputs=(
            *_BAD_GRAPHS,
            *_BAD_LABELS,
            unknown_keyword(**shared['model_kwargs']),
            given('the seed among the arguments', ParameterError, model_kwargs={'random_seed': 3}),
            given('a layer too few', ParameterError, model_kwargs={'number_of_layers': 1}),
            *bad,
        ),
        work=('redshells.model.torch_training:train_epochs',),
        libraries=('torch',),
        observe=observe,
    )


def _of_model(name: str, *bad: BadInput) -> TaskExample:
    task_class: Any = getattr(predict_tasks, name)

    def make_task(train_nodes: Any, train_edges: Any, nodes: Any, edges: Any) -> Any:
        model = train_tasks.TrainGraphConvolutionalNetwork(
            node_data_task=train_nodes,
            edge_data_task=train_edges,
            weight_column_name='weight',
            model_kwargs=_SMALL,
            show_progress=False,
        )
        return task_class(model_task=model, node_data_task=nodes, edge_data_task=edges, weight_column_name='weight')

    def make_inputs() -> dict[str, pd.DataFrame]:
        train = {f'train_{name}': table for name, table in nodes_and_edges().items()}
        new = nodes_and_edges(seed=1)
        return {**train, 'nodes': new['nodes'].drop(columns='label'), 'edges': new['edges']}

    return TaskExample(
        task_class=task_class,
        make_task=make_task,
        kind='table',
        make_inputs=make_inputs,
        bad_inputs=(
            *_BAD_GRAPHS,
            bad_table('nodes', 'a lacking feature', MissingColumnError, lambda nodes: nodes.drop(columns='words')),
            given('a file without tables', ParameterError, output_file_path='predict/nodes.txt'),
            *bad,
        ),
        work=('redshells.model.graph_convolutions:GraphConvolutions.hidden',),
    )


GRAPH_EXAMPLES: list[TaskExample] = [
    _on_labels('TrainGraphConvolutionalNetwork', 'model', observe=seen_of_network, model_kwargs=_SMALL),
    _on_labels(
        'OptimizeGraphConvolutionalNetwork',
        'tuning_result',
        given('an unknown metric', UnknownNameError, metric='no_such_metric'),
        given('a metric of two classes', UnknownNameError, metric='average_precision'),
        given('more folds than labels', SplitError, cross_validation_size=1000),
        given('no time', ParameterError, timeout=0.0),
        given('an unknown sampler', UnknownNameError, sampler='NoSuchSampler'),
        model_kwargs={'epochs': 5},
        n_trials=2,
        cross_validation_size=2,
        search_space={'hidden_size': {'type': 'int', 'low': 2, 'high': 8}},
    ),
    _on_labels(
        'ValidateGraphConvolutionalNetwork',
        'tables',
        given('an unknown metric', UnknownNameError, metrics=['no_such_metric']),
        given('more folds than labels', SplitError, cross_validation_size=1000),
        observe=without_seconds,
        model_kwargs=_SMALL,
        cross_validation_size=2,
    ),
    _of_model('PredictNodes'),
    _of_model('EmbedNodes', given('a column twice', ParameterError, vector_column_name='node')),
]
