"""The scores of a model of users and items on interactions that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from redshells.model.interactions import Interactions
from redshells.model.recommender import RecommenderModel
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
    """
    if problem == RATING:
        assert train.ratings is not None, 'the task has checked it'
        assert rest.ratings is not None, 'the task has checked it'
        errors = model.predict_interactions(rest, default=float(train.ratings.mean())) - rest.ratings
        values = {'rmse': float(np.sqrt(np.mean(errors**2))), 'mae': float(np.mean(np.abs(errors)))}
        return [values[name] for name in metrics]
    raise NotImplementedError(split_name)
