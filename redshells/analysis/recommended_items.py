"""What users are recommended: how many different items, how often the same ones, and a few users to look at."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from redshells.analysis.held_out import HeldOut
from redshells.analysis.interaction_profile import concentration_of
from redshells.analysis.recommender_summary import ExampleUser, RecommendedItem, RecommendedItems, RecommenderPlan
from redshells.analysis.user_sample import sample_users
from redshells.model.interactions import Interactions
from redshells.model.recommender import RecommenderModel
from redshells.model.top_items import find_top_items

Array = npt.NDArray[Any]

_MOST_SHOWN = 10  # items
_EXAMPLES = 5


def describe_recommendations(
    model: RecommenderModel, held_out: HeldOut | None, train: Interactions | None, plan: RecommenderPlan
) -> RecommendedItems:
    """Look at the items that a sample of the users of the training are recommended.

    Args:
        model: The fitted model.
        held_out: What users did afterwards; None where that is not known.
        train: The interactions of the training, for their ratings; None where they are not there.
        plan: What is found out, and how.
    """
    activity = np.diff(model.seen_.indptr)
    users = sample_users(np.flatnonzero(activity > 0), len(model.item_ids_), plan.random_seed)
    top = find_top_items(model, users, plan.top_n)
    size = len(model.item_ids_)
    times = np.bincount(top.positions[top.positions >= 0], minlength=size)
    had = np.bincount(model.seen_.indices, minlength=size)
    most = np.lexsort((-had, -times))[:_MOST_SHOWN]
    names = _Names(model, plan)
    return RecommendedItems(
        users=len(users),
        distinct=int((times > 0).sum()),
        concentration=concentration_of(times),
        most=tuple(
            RecommendedItem(names(item), float(times[item] / len(users)), float(had[item] / len(activity)))
            for item in most
            if times[item]
        ),
        most_share=float(times[most].sum() / max(times.sum(), 1)),
        most_popular_share=float(np.sort(had)[::-1][:_MOST_SHOWN].sum() / max(had.sum(), 1)),
        examples=tuple(
            _describe_user(model, users[row], top.positions[row], held_out, train, names)
            for row in _typical(activity[users])
        ),
    )


class _Names:
    """Names of items by their positions."""

    def __init__(self, model: RecommenderModel, plan: RecommenderPlan) -> None:
        self._ids = model.item_ids_.ids
        self._names = plan.item_names or {}

    def __call__(self, item: int) -> str:
        text = str(self._ids[item])
        return self._names.get(text, text)


def _typical(activity: Array) -> Array:
    """Places of a few users from rather idle to rather busy ones."""
    order = np.argsort(activity, kind='stable')
    places = np.linspace(0, len(order), _EXAMPLES * 2 + 1)[1::2].astype(int)  # the middle of each fifth
    return np.unique(order[places]) if len(order) < _EXAMPLES else order[places]


def _describe_user(
    model: RecommenderModel,
    user: int,
    items: Array,
    held_out: HeldOut | None,
    train: Interactions | None,
    names: _Names,
) -> ExampleUser:
    seen = model.seen_.indices[model.seen_.indptr[user] : model.seen_.indptr[user + 1]]
    chosen = set() if held_out is None else set(held_out.items[held_out.users == user].tolist())
    shown = items[items >= 0][:_MOST_SHOWN]
    return ExampleUser(
        name=str(model.user_ids_.ids[user]),
        count=len(seen),
        had=tuple(names(item) for item in _telling(model, user, seen, train)[:_MOST_SHOWN]),
        recommended=tuple(
            (names(item), float(rating), item in chosen)
            for item, rating in zip(shown.tolist(), _ratings(model, user, shown), strict=True)
        ),
    )


def _ratings(model: RecommenderModel, user: int, items: Array) -> Array:
    """The predicted ratings, which scores that only order items may be far off; NaN where there are none."""
    if not model.predicts_ratings or not len(items):
        return np.full(len(items), np.nan)
    users = np.repeat(model.user_ids_.ids[[user]], len(items))
    return model.predict_interactions(Interactions(users=users, items=model.item_ids_.ids[items]))


def _telling(model: RecommenderModel, user: int, seen: Array, train: Interactions | None) -> list[int]:
    """The items of a user that say most of their taste: the best rated ones, then those that fewest users had."""
    popularity = np.bincount(model.seen_.indices, minlength=len(model.item_ids_))
    ratings = np.zeros(len(model.item_ids_))
    if train is not None and train.ratings is not None:
        mine = train.users == model.user_ids_.ids[user]
        items = model.item_ids_.positions(train.items[mine])
        ratings[items[items >= 0]] = train.ratings[mine][items >= 0]
    order = np.lexsort((popularity[seen], -ratings[seen]))
    result: list[int] = seen[order].tolist()
    return result
