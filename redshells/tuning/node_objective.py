"""What a trial of a model of nodes is worth: its mean score on nodes whose label is hidden from it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import DataError, DivergenceError, ParameterError, SplitError
from redshells.model.feature_fields import FeatureFields
from redshells.model.graph import Graph
from redshells.model.graph_convolutional_network import read_labels
from redshells.model.metric import get_metric
from redshells.tuning.split import Positions
from redshells.tuning.study import Outcome, Report

logger = logging.getLogger(__name__)

PROBLEM = 'classification'
"""What results call the problem."""
BuildNodeModel = Callable[[Mapping[str, Any], Graph], Any]


def node_folds(graph: Graph, number_of_folds: int, random_seed: int) -> list[Positions]:
    """The nodes whose label is hidden in each fold, about as many of each class in all of them.

    Args:
        graph: Its nodes with a label are held out once each.
        number_of_folds: How many folds.
        random_seed: Seed of the draw.

    Raises:
        ParameterError: The graph has no labels.
        SplitError: There are fewer labels than folds, or a single node of a class.
    """
    if graph.labels is None:
        raise ParameterError('the graph has no labels. Set label_column_name.')
    labels = graph.labels[graph.labels.notna()]
    counts = labels.value_counts()
    if len(labels) < number_of_folds or (counts < 2).any():
        rare = '' if counts.empty else f', and {counts.min()} of the rarest class'
        raise SplitError(
            f'{len(labels)} nodes have a label{rare}; at least {number_of_folds} are expected for as many folds, and 2 '
            'of each class. Choose fewer folds, or leave rare classes out.'
        )
    generator = np.random.default_rng(random_seed)
    mixed = labels.iloc[generator.permutation(len(labels))]
    ordered = mixed.index.to_numpy()[np.argsort(pd.factorize(mixed)[0], kind='stable')]  # class by class
    return [np.sort(ordered[number::number_of_folds]).astype(np.int64) for number in range(number_of_folds)]


def check_labels(graph: Graph, metrics: Sequence[str]) -> None:
    """Refuse labels that are no classes, and scores that these classes do not have.

    Args:
        graph: The graph with all labels.
        metrics: Names of scores of a classification.

    Raises:
        ParameterError: The graph has no labels.
        EmptyTableError: No node has one.
        TargetError: They are of one class, or are amounts.
        UnknownNameError: A score is not of so many classes.
    """
    classes = read_labels(graph)[1].classes
    assert classes is not None, 'it is a classification'
    for name in metrics:
        get_metric(name, PROBLEM, len(classes))


def hide_labels(graph: Graph, nodes: Positions) -> Graph:
    """The graph without the labels of some nodes, which stay in it."""
    assert graph.labels is not None, 'it was split by its labels'
    is_hidden = np.zeros(len(graph), dtype=bool)
    is_hidden[nodes] = True
    return graph.with_labels(graph.labels.mask(is_hidden))


def evaluate_nodes(
    model: Any, graph: Graph, nodes: Positions, names: Sequence[str]
) -> tuple[list[float], npt.NDArray[np.float64]]:
    """The scores of a model on nodes, and the probability of each class of each of them.

    Args:
        model: A fitted model.
        graph: The graph with all labels.
        nodes: Positions of nodes with a label.
        names: Names of scores of a classification.
    """
    probabilities = model.predict_proba(graph)[nodes]
    codes = read_labels(graph)[2][nodes]  # each class has nodes in the training of each fold
    return [get_metric(name, PROBLEM, probabilities.shape[1])(codes, probabilities) for name in names], probabilities


@dataclass(frozen=True, kw_only=True)
class NodeObjective:
    """Trains a model with the arguments of a trial on each fold, and scores it on the nodes whose label is hidden.

    Attributes:
        build: Trains a model with arguments on a graph.
        graph: With all labels.
        folds: The nodes whose label is hidden in each fold.
        metric: The name of the score.
        fixed: Arguments that are not searched.
        random_seed: Seed of the search.
        refusals: Why models could not be trained.
        problem: What the result calls the problem.
    """

    build: BuildNodeModel
    graph: Graph
    folds: Sequence[Positions]
    metric: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    random_seed: int = 0
    refusals: list[str] = field(default_factory=list)
    problem: str = PROBLEM

    def direction(self) -> str:
        """``'maximize'`` or ``'minimize'``."""
        return get_metric(self.metric, PROBLEM).direction

    def fingerprint(self) -> str:
        """A digest of what the values depend on besides the parameters."""
        graph = self.graph
        settings = (self.metric, sorted(map(repr, self.fixed.items())), self.random_seed, graph.directed)
        digest = hashlib.sha256(repr(settings).encode())
        for values in (graph.adjacency.data, graph.adjacency.indices, graph.adjacency.indptr, *self.folds):
            digest.update(np.ascontiguousarray(values).tobytes())
        digest.update(_hashes(pd.Series(graph.node_ids)) + _hashes(pd.Series(graph.labels).map(repr)))
        if graph.features is not None:
            digest.update(repr(list(graph.features.columns)).encode() + _digest_of(graph.features))
        return digest.hexdigest()

    def __call__(self, params: Mapping[str, Any], report: Report) -> Outcome:
        """The value of a trial; not a number where there is no model with its arguments."""
        values: list[float] = []
        for number, nodes in enumerate(self.folds):
            if number:
                report(number, float(np.mean(values)))
                if report.is_late():
                    return Outcome(float(np.mean(values)), cut_short=True)
            try:
                model = self.build({**params, **self.fixed}, hide_labels(self.graph, nodes))
            except (ParameterError, DataError, DivergenceError) as error:
                logger.warning('no value for %s: %s', dict(params), error)
                self.refusals.append(str(error))
                return Outcome(float('nan'))
            values += evaluate_nodes(model, self.graph, nodes, [self.metric])[0]
        return Outcome(float(np.mean(values)))


def _hashes(values: pd.Series[Any]) -> bytes:
    return np.asarray(pd.util.hash_pandas_object(values, index=False), dtype=np.uint64).tobytes()


def _digest_of(features: pd.DataFrame) -> bytes:
    matrix = FeatureFields.of(features).encode_matrix(features)
    return b''.join(bytes(np.ascontiguousarray(one)) for one in (matrix.data, matrix.indices, matrix.indptr))
