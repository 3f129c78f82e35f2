"""Scores and out-of-fold predictions of a model of nodes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from redshells.model.graph import Graph
from redshells.tuning.node_objective import BuildNodeModel, evaluate_nodes, hide_labels
from redshells.tuning.split import Positions


def validate_nodes(
    build: BuildNodeModel,
    graph: Graph,
    folds: Sequence[Positions],
    *,
    arguments: Mapping[str, Any],
    metrics: Sequence[str],
) -> dict[str, pd.DataFrame]:
    """Train without the labels of each fold, and score and predict these nodes.

    Args:
        build: Trains a model with arguments on a graph.
        graph: With all labels.
        folds: The nodes whose label is hidden in each fold.
        arguments: Arguments of the model.
        metrics: Names of the scores.

    Returns:
        ``'scores'``: one row for each fold and metric, with the columns ``fold``, ``metric``, ``score``,
        ``number_of_rows`` and ``seconds``. ``'predictions'``: one row for each node with a label, with the columns
        ``fold``, ``node``, ``target``, ``prediction`` and ``probability_<class>``.

    Raises:
        RedshellsError: The graph or the arguments can't be used.
    """
    assert graph.labels is not None, 'it was split by its labels'
    scores: list[dict[str, Any]] = []
    predictions: list[pd.DataFrame] = []
    for number, nodes in enumerate(tqdm(folds, desc='cross-validation', unit='fold', disable=None)):
        started = time.perf_counter()
        model = build(arguments, hide_labels(graph, nodes))
        values, probabilities = evaluate_nodes(model, graph, nodes, metrics)
        table = pd.DataFrame({'fold': np.full(len(nodes), number), 'node': graph.node_ids[nodes]})
        table['target'] = graph.labels.iloc[nodes].to_numpy()
        table['prediction'] = model.classes_[probabilities.argmax(axis=1)]
        for column, label in enumerate(model.classes_):
            table[f'probability_{label}'] = probabilities[:, column]
        predictions.append(table)
        facts = {'number_of_rows': len(nodes), 'seconds': time.perf_counter() - started}
        scores += [
            {'fold': number, 'metric': name, 'score': value, **facts}
            for name, value in zip(metrics, values, strict=True)
        ]
    return {'scores': pd.DataFrame(scores), 'predictions': pd.concat(predictions, ignore_index=True)}
