"""How far predicted ratings are off on held-out interactions, beside means."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from redshells.analysis.bootstrap import Bootstrap, ScoredRows
from redshells.analysis.held_out import HeldOut, thirds
from redshells.analysis.model_summary import Comparison
from redshells.analysis.rating_baselines import RATING_BASELINES, RatingBaselines
from redshells.analysis.recommender_summary import GroupScore, HeldOutScores, RecommenderPlan
from redshells.analysis.regression_quality import judge_regression
from redshells.model.interactions import Interactions
from redshells.model.metric import get_metric
from redshells.model.recommender import RecommenderModel

Array = npt.NDArray[Any]

_MOST_ROWS = 200_000
_METRICS = ('rmse', 'mae')


def judge_ratings(
    model: RecommenderModel, held_out: HeldOut, train: Interactions | None, plan: RecommenderPlan
) -> HeldOutScores | None:
    """Score predicted ratings; None where the model predicts none, or none are held out.

    A rating that the model can't foretell, of a user or an item that did not train, counts as the mean rating of the
    training, or as that of the held-out ones where the training is not there.

    Args:
        model: The fitted model.
        held_out: The held-out interactions; of many, a sample is scored.
        train: The interactions of the training; None leaves the means out.
        plan: What is found out, and how.
    """
    if not model.predicts_ratings or held_out.interactions.ratings is None or not len(held_out):
        return None
    if len(held_out) > _MOST_ROWS:
        chosen = np.random.default_rng(plan.random_seed).choice(len(held_out), _MOST_ROWS, replace=False)
        held_out = held_out.take(np.sort(chosen))
    rows = held_out.interactions
    assert rows.ratings is not None
    has_means = train is not None and train.ratings is not None
    ratings: Array = train.ratings if train is not None and train.ratings is not None else rows.ratings
    prediction = model.predict_interactions(rows, default=float(ratings.mean()))
    metrics = [get_metric(name, 'regression') for name in _METRICS]
    bootstrap = _bootstrap(rows.ratings, plan)
    comparisons, simple = [], None
    if has_means and train is not None:
        baselines = RatingBaselines(train)
        for name in RATING_BASELINES:
            other = baselines.predict(name, rows)
            simple = other if simple is None else simple
            gain = bootstrap.estimate_gain(metrics[0], prediction, other)
            comparisons.append(Comparison(name, bootstrap.estimate(metrics[0], other), gain, len(train)))
    return HeldOutScores(
        metric=_METRICS[0],
        scores={metric.name: bootstrap.estimate(metric, prediction) for metric in metrics},
        comparisons=tuple(comparisons),
        groups=() if simple is None else _of_groups(held_out, rows.ratings, prediction, simple, plan),
        rows=len(held_out),
        users=len(np.unique(held_out.users[held_out.users >= 0])),
        regression=judge_regression(rows.ratings, prediction, plan.random_seed),
    )


def _of_groups(
    held_out: HeldOut, ratings: Array, prediction: Array, simple: Array, plan: RecommenderPlan
) -> tuple[GroupScore, ...]:
    metric = get_metric(_METRICS[0], 'regression')
    found = []
    for side, counts in (('users', held_out.of_users), ('items', held_out.of_items)):
        for rows, low, high in thirds(counts):
            bootstrap = _bootstrap(ratings[rows], plan)
            own, other = prediction[rows], simple[rows]
            gain = bootstrap.estimate_gain(metric, own, other)
            scores = bootstrap.estimate(metric, own), bootstrap.estimate(metric, other)
            found.append(GroupScore(side, low, high, int(rows.sum()), *scores, gain))
    return tuple(found)


def _bootstrap(ratings: Array, plan: RecommenderPlan) -> Bootstrap:
    rows = ScoredRows(ratings)
    return Bootstrap(rows, number_of_resamples=plan.number_of_resamples, random_seed=plan.random_seed)
