"""Scores and out-of-fold predictions of a model of users and items."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from redshells.model.interactions import Interactions
from redshells.tuning.interaction_evaluation import evaluate_recommender
from redshells.tuning.interaction_objective import BuildRecommender
from redshells.tuning.split import Positions


def validate_recommender(
    build: BuildRecommender,
    interactions: Interactions,
    folds: Sequence[tuple[Positions, Positions]],
    *,
    arguments: Mapping[str, Any],
    metrics: Sequence[str],
    problem: str,
    features: Mapping[str, pd.DataFrame],
) -> dict[str, pd.DataFrame]:
    """Train on each fold's training interactions, and score and predict those that are held out.

    Args:
        build: Trains a model with arguments on interactions.
        interactions: All of them.
        folds: The rows that train and that are held out.
        arguments: Arguments of the model.
        metrics: Names of the scores.
        problem: ``'rating'`` or ``'top_items'``.
        features: ``'user_features'`` and ``'item_features'``, as far as there are any.

    Returns:
        ``'scores'``: one row for each fold and metric, with the columns ``fold``, ``metric``, ``score``,
        ``number_of_rows`` and ``seconds``. ``'predictions'``: one row for each held-out interaction, with the columns
        ``fold``, ``user``, ``item``, ``target`` (where there are ratings) and ``prediction``: the predicted rating, or
        the score of the item; NaN where the user or the item did not train.

    Raises:
        RedshellsError: The interactions or the arguments can't be used.
    """
    scores: list[dict[str, Any]] = []
    predictions: list[pd.DataFrame] = []
    for number, (train, rest) in enumerate(tqdm(folds, desc='cross-validation', unit='fold', disable=None)):
        started = time.perf_counter()
        part, held_out = interactions.take(train), interactions.take(rest)
        model = build(arguments, part, features)
        values = evaluate_recommender(model, part, held_out, metrics, problem)
        columns: dict[str, Any] = {'fold': np.full(len(rest), number), 'user': held_out.users, 'item': held_out.items}
        if held_out.ratings is not None:
            columns['target'] = held_out.ratings
        predictions.append(pd.DataFrame({**columns, 'prediction': model.predict_interactions(held_out)}))
        facts = {'number_of_rows': len(rest), 'seconds': time.perf_counter() - started}
        scores += [
            {'fold': number, 'metric': name, 'score': value, **facts}
            for name, value in zip(metrics, values, strict=True)
        ]
    return {'scores': pd.DataFrame(scores), 'predictions': pd.concat(predictions, ignore_index=True)}
