"""The scores of a model of users and items on interactions that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from redshells.errors import SplitError
from redshells.model.id_index import IdIndex
from redshells.model.interactions import Interactions
from redshells.model.ranked_lists import Recommendations
from redshells.model.ranking_metrics import evaluate_ranking
from redshells.model.recommender import RecommenderModel
from redshells.model.top_items import find_top_items
from redshells.tuning.interaction_metric import RATING, split_name


def evaluate_recommender(
    model: RecommenderModel, train: Interactions, rest: Interactions, metrics: Sequence[str], problem: str
) -> list[float]:
    """Several scores of a model on held-out interactions.

    A rating that the model can't foretell, of a user or an item that did not train, counts as the mean rating of the
    training. Top items are those that the user has not seen in training; a held-out item that did not train is missed,
    and users that did not train are left out.

    Args:
        model: The fitted model.
        train: What it was trained on.
        rest: The held-out ones.
        metrics: Names of the scores.
        problem: ``'rating'`` or ``'top_items'``.

    Raises:
        SplitError: None of the held-out users did train.
    """
    values = _errors(model, train, rest) if problem == RATING else _found(model, train, rest, metrics)
    return [values[name] for name in metrics]


def _errors(model: RecommenderModel, train: Interactions, rest: Interactions) -> dict[str, float]:
    assert train.ratings is not None, 'the task has checked it'
    assert rest.ratings is not None, 'the task has checked it'
    errors = model.predict_interactions(rest, default=float(train.ratings.mean())) - rest.ratings
    return {'rmse': float(np.sqrt(np.mean(errors**2))), 'mae': float(np.mean(np.abs(errors)))}


def _found(
    model: RecommenderModel, train: Interactions, rest: Interactions, metrics: Sequence[str]
) -> dict[str, float]:
    rest = rest.take(model.user_ids_.positions(rest.users) >= 0)
    if not len(rest):
        raise SplitError('none of the held-out users is among those that train. Hold out fewer rows.')
    users = IdIndex.of(rest.users)
    wanted = [split_name(name) for name in metrics]
    top = find_top_items(model, model.user_ids_.positions(users.ids), max(count for _, count in wanted))
    rows, columns = np.nonzero(top.positions >= 0)
    items = model.item_ids_.ids[top.positions[rows, columns]]
    lists = Recommendations(users=users.ids[rows], items=items, ranks=columns)
    values = {}
    for name, (kind, count) in zip(metrics, wanted, strict=True):
        table = evaluate_ranking(lists, rest, k=[count], metrics=[kind], training=train)
        values[name] = float(table['score'].iloc[0])
    return values
