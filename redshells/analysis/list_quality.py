"""How much of what users went on to choose is among the items that they are recommended, beside the popular ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from redshells.analysis.bootstrap import Bootstrap, Estimate, ScoredRows
from redshells.analysis.held_out import HeldOut, thirds
from redshells.analysis.model_summary import Comparison
from redshells.analysis.recommender_summary import GroupScore, HeldOutScores, RecommenderPlan
from redshells.analysis.user_sample import sample_users
from redshells.model.interactions import Interactions
from redshells.model.metric import Metric
from redshells.model.ranked_lists import JudgedLists, Recommendations, judge_lists
from redshells.model.ranking_metrics import score_users
from redshells.model.recommender import RecommenderModel
from redshells.model.top_items import find_top_items

Array = npt.NDArray[Any]

_METRICS = ('recall', 'ndcg', 'map', 'mrr', 'hit_rate')
# what a user, or a held-out pair, is worth, is known before the rows are drawn
_MEAN = Metric('mean', 'maximize', frozenset(), lambda _, values, weight, group: float(np.mean(values)))


@dataclass(frozen=True)
class _Lists:
    """Recommended items of some users and what they are worth, by the model and by the number of users of an item."""

    own: JudgedLists
    popular: JudgedLists
    found: Array
    popular_found: Array


def judge_recommendations(model: RecommenderModel, held_out: HeldOut, plan: RecommenderPlan) -> HeldOutScores | None:
    """Score the top items of users by what they went on to choose; None where nobody has chosen anything.

    Top items are those that the user has not had in training, and pairs that were there already are no chosen ones. A
    chosen item that did not train is missed; users that did not train are left out.

    Args:
        model: The fitted model.
        held_out: The held-out interactions; of many users, a sample is scored.
        plan: What is found out, and how.
    """
    chosen = (held_out.users >= 0) & ~held_out.is_seen
    ratings = held_out.interactions.ratings
    if plan.minimum_rating is not None and ratings is not None:
        chosen &= ratings >= plan.minimum_rating
    users = sample_users(np.unique(held_out.users[chosen]), len(model.item_ids_), plan.random_seed)
    chosen &= np.isin(held_out.users, users)
    if not chosen.any():
        return None
    rows = held_out.take(chosen)
    rows = rows.take(np.argsort(rows.users, kind='stable'))  # users are numbered as they come
    lists = _judge(model, rows, users, plan.top_n)
    bootstrap = _bootstrap(len(users), plan)
    own = {name: score_users(name, plan.top_n, lists.own) for name in _METRICS}
    popular = score_users('recall', plan.top_n, lists.popular)
    gain = bootstrap.estimate_gain(_MEAN, own['recall'], popular)
    activity = np.diff(model.seen_.indptr)[users]
    return HeldOutScores(
        metric=f'recall@{plan.top_n}',
        scores={f'{name}@{plan.top_n}': bootstrap.estimate(_MEAN, values) for name, values in own.items()},
        comparisons=(Comparison('popularity', bootstrap.estimate(_MEAN, popular), gain, int(model.seen_.nnz)),),
        groups=(
            *_of_groups('users', activity, own['recall'], popular, None, plan),
            *_of_groups('items', rows.of_items, lists.found, lists.popular_found, rows.users, plan),
        ),
        rows=len(rows),
        users=len(users),
        by_rank=(_recall_by_rank(lists.own, plan.top_n), _recall_by_rank(lists.popular, plan.top_n)),
    )


def _judge(model: RecommenderModel, rows: HeldOut, users: Array, top_n: int) -> _Lists:
    # an item that did not train has a number of its own, which no list has
    items = np.where(rows.items >= 0, rows.items, -2 - np.arange(len(rows)))
    truth = Interactions(users=rows.users, items=items)
    own = find_top_items(model, users, top_n).positions
    nobody = np.full(len(users), -1, dtype=np.int64)
    popular = find_top_items(model, nobody, top_n, excluded=model.seen_[users]).positions
    places = np.searchsorted(users, rows.users)
    found, popular_found = ((one[places] == items[:, None]).any(axis=1).astype(float) for one in (own, popular))
    judged, popular_judged = (judge_lists(_as_rows(users, one), truth) for one in (own, popular))
    return _Lists(judged, popular_judged, found, popular_found)


def _as_rows(users: Array, positions: Array) -> Recommendations:
    there = positions >= 0
    return Recommendations(users=np.repeat(users, there.sum(axis=1)), items=positions[there])


def _recall_by_rank(lists: JudgedLists, top_n: int) -> Array:
    return np.array([score_users('recall', cut, lists).mean() for cut in range(1, top_n + 1)])


def _of_groups(
    side: str, counts: Array, own: Array, popular: Array, group: Array | None, plan: RecommenderPlan
) -> list[GroupScore]:
    found = []
    for rows, low, high in thirds(counts):
        bootstrap = _bootstrap(int(rows.sum()), plan, None if group is None else group[rows])
        mine, other = own[rows], popular[rows]
        gain = bootstrap.estimate_gain(_MEAN, mine, other)
        scores: tuple[Estimate, Estimate] = bootstrap.estimate(_MEAN, mine), bootstrap.estimate(_MEAN, other)
        found.append(GroupScore(side, low, high, int(rows.sum()), *scores, gain))
    return found


def _bootstrap(size: int, plan: RecommenderPlan, group: Array | None = None) -> Bootstrap:
    rows = ScoredRows(np.zeros(size), group=group)
    return Bootstrap(rows, number_of_resamples=plan.number_of_resamples, random_seed=plan.random_seed)
