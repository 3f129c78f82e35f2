"""Scores and out-of-fold predictions of a similarity of features."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from redshells.model.feature_aggregation_similarity_dataset import FeatureAggregationSimilarityDataset
from redshells.tuning.similarity_metric import evaluate_similarity
from redshells.tuning.similarity_objective import BuildSimilarity, similarity_of
from redshells.tuning.split import Positions


def validate_similarity(
    build: BuildSimilarity,
    dataset: FeatureAggregationSimilarityDataset,
    folds: Sequence[tuple[Positions, Positions]],
    *,
    arguments: Mapping[str, Any],
    metrics: Sequence[str],
) -> dict[str, pd.DataFrame]:
    """Train on each fold's training pairs, and score and predict those that are held out.

    Args:
        build: Trains a model with arguments on pairs.
        dataset: All pairs, with their scores.
        folds: The rows that train and that are held out; each row is held out once.
        arguments: Arguments of the model.
        metrics: Names of the scores.

    Returns:
        ``'scores'``: one row for each fold and metric, with the columns ``fold``, ``metric``, ``score``,
        ``number_of_rows`` and ``seconds``. ``'predictions'``: one row for each pair, in the order of the dataset, with
        the columns ``fold``, ``x_item``, ``y_item``, ``target`` and ``prediction``.

    Raises:
        RedshellsError: The pairs or the arguments can't be used.
    """
    assert dataset.scores is not None, 'the task has checked it'
    fold_of, similarity = np.zeros(len(dataset), dtype=np.int64), np.full(len(dataset), np.nan)
    scores: list[dict[str, Any]] = []
    for number, (train, rest) in enumerate(tqdm(folds, desc='cross-validation', unit='fold', disable=None)):
        started = time.perf_counter()
        model = build(arguments, dataset.take(train))
        similarity[rest] = similarity_of(model, dataset.take(rest))
        fold_of[rest] = number
        values = evaluate_similarity(dataset.scores[rest], similarity[rest], metrics)
        facts = {'number_of_rows': len(rest), 'seconds': time.perf_counter() - started}
        scores += [
            {'fold': number, 'metric': name, 'score': value, **facts}
            for name, value in zip(metrics, values, strict=True)
        ]
    predictions = pd.DataFrame(
        {
            'fold': fold_of,
            'x_item': dataset.x_item_indices,
            'y_item': dataset.y_item_indices,
            'target': dataset.scores,
            'prediction': similarity,
        }
    )
    return {'scores': pd.DataFrame(scores), 'predictions': predictions}
