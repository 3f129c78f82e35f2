"""Folds of labelled nodes, and what a model is worth on nodes whose label is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from redshells.errors import DataError, EmptyTableError, ParameterError, SplitError, UnknownNameError
from redshells.factory.node_models import FIRST_TRIALS, SEARCH_SPACE, NodeModelBuilder
from redshells.model.graph import Graph
from redshells.tuning.node_objective import NodeObjective, check_labels, evaluate_nodes, hide_labels, node_folds
from redshells.tuning.node_validation import validate_nodes
from redshells.tuning.study import Report
from tests.model.graphs import community_graph

ARGUMENTS = {'number_of_nodes': 90, 'communities': 3, 'labels_each': 7}


def test_folds_hold_each_label_out_once_and_some_of_each_class() -> None:
    graph, names = community_graph(**ARGUMENTS)
    folds = node_folds(graph, 3, random_seed=0)
    assert graph.labels is not None
    held_out = np.concatenate(folds)
    assert sorted(held_out.tolist()) == np.flatnonzero(graph.labels.notna()).tolist()
    for fold in folds:
        assert set(names.iloc[fold].value_counts()) <= {2, 3}
    assert [one.tolist() for one in node_folds(graph, 3, random_seed=0)] == [one.tolist() for one in folds]
    assert [one.tolist() for one in node_folds(graph, 3, random_seed=1)] != [one.tolist() for one in folds]


def test_hidden_labels_are_hidden_and_the_nodes_stay() -> None:
    graph, _ = community_graph(**ARGUMENTS)
    (fold, *_) = node_folds(graph, 3, random_seed=0)
    hidden = hide_labels(graph, fold)
    assert hidden.labels is not None
    assert graph.labels is not None
    assert hidden.labels.iloc[fold].isna().all()
    assert hidden.labels.notna().sum() == graph.labels.notna().sum() - len(fold)
    assert (hidden.adjacency != graph.adjacency).nnz == 0


@pytest.mark.parametrize('labels', [['a', 'b', 'c'], [3, 1, 2]])
def test_a_model_is_scored_by_the_hidden_labels(labels: list[Any]) -> None:
    graph, names = community_graph(**ARGUMENTS)
    values = names.map(dict(zip(sorted(set(names)), labels, strict=True)))
    assert graph.labels is not None
    graph = graph.with_labels(values.where(graph.labels.notna()))  # integers become floats
    build = NodeModelBuilder(random_seed=0)
    folds = node_folds(graph, 3, random_seed=0)
    result = validate_nodes(build, graph, folds, arguments={'epochs': 60}, metrics=['accuracy', 'logloss'])
    predictions = result['predictions']
    assert len(predictions) == 21
    assert (predictions['prediction'] == predictions['target']).mean() > 0.8
    scores = result['scores']
    assert scores['metric'].tolist() == ['accuracy', 'logloss'] * 3
    own = predictions[predictions['fold'] == 1]
    share = (own['prediction'] == own['target']).mean()
    assert scores[(scores['fold'] == 1) & (scores['metric'] == 'accuracy')]['score'].item() == pytest.approx(share)


class _Reports(Report):
    def __init__(self) -> None:
        self.values: list[float] = []

    def __call__(self, step: int, value: float) -> None:
        self.values.append(value)

    def is_late(self) -> bool:
        return False


def _objective(graph: Graph, fixed: Mapping[str, Any], **changes: Any) -> NodeObjective:
    arguments: dict[str, Any] = {
        'build': NodeModelBuilder(random_seed=0),
        'graph': graph,
        'folds': node_folds(graph, 2, random_seed=0),
        'metric': 'accuracy',
        'fixed': fixed,
    }
    return NodeObjective(**{**arguments, **changes})


def test_a_trial_is_worth_its_mean_score() -> None:
    graph, _ = community_graph(**ARGUMENTS)
    objective, report = _objective(graph, {'epochs': 30}), _Reports()
    value = objective({'hidden_size': 8}, report).value
    scores = [
        evaluate_nodes(
            objective.build({'hidden_size': 8, 'epochs': 30}, hide_labels(graph, fold)), graph, fold, ['accuracy']
        )
        for fold in objective.folds
    ]
    assert value == pytest.approx(np.mean([one[0][0] for one in scores]))
    assert report.values == [scores[0][0][0]]
    assert objective.direction() == 'maximize'
    refused = objective({'hidden_size': 0}, report)
    assert np.isnan(refused.value)
    assert 'hidden_size=0' in objective.refusals[0]


def test_the_fingerprint_tells_graphs_apart() -> None:
    graph, _ = community_graph(**ARGUMENTS, words=3)
    assert graph.features is not None
    expected = _objective(graph, {}).fingerprint()
    assert _objective(community_graph(**ARGUMENTS, words=3)[0], {}).fingerprint() == expected
    others = [
        _objective(graph, {'epochs': 3}),
        _objective(graph, {}, metric='logloss'),
        _objective(community_graph(**ARGUMENTS, words=3, seed=1)[0], {}),
        _objective(Graph(node_ids=graph.node_ids, adjacency=graph.adjacency, labels=graph.labels), {}),
    ]
    assert expected not in {one.fingerprint() for one in others}


def test_the_arguments_of_the_search_are_those_of_the_model() -> None:
    for arguments in FIRST_TRIALS:
        assert NodeModelBuilder(random_seed=0).new_model(arguments).hidden_size == 32
        assert set(arguments) == set(SEARCH_SPACE.names)


def test_labels_that_can_not_be_split_are_refused() -> None:
    graph, names = community_graph(**ARGUMENTS)
    with pytest.raises(ParameterError, match='the graph has no labels'):
        node_folds(graph.with_labels(None), 3, 0)
    with pytest.raises(SplitError, match='21 nodes have a label, and 7 of the rarest class; at least 50'):
        node_folds(graph, 50, 0)
    assert graph.labels is not None
    single = graph.labels.copy()
    single.iloc[np.flatnonzero(single == 'group0')[1:]] = None
    with pytest.raises(SplitError, match='1 of the rarest class'):
        node_folds(graph.with_labels(single), 3, 0)
    with pytest.raises(EmptyTableError):
        check_labels(graph.with_labels(pd.Series([None] * 90, dtype=object)), ['accuracy'])
    with pytest.raises(UnknownNameError):
        check_labels(graph, ['average_precision'])
    with pytest.raises(DataError, match='has one class'):
        check_labels(graph.with_labels(names.where(names == 'group0')), ['accuracy'])
