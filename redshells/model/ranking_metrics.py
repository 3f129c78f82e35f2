"""How good lists of recommended items are at their first k, by what users did afterwards.

Of a user, L is the list of recommended items cut at k, L_r the same list cut at rank r, R the set of relevant held-out
items, and rel(r) is 1 where the item at rank r is in R:

- ``recall`` = |L ∩ R| / |R|
- ``precision`` = |L ∩ R| / k, also where the list is shorter
- ``ndcg`` = Σ over r ≤ k of gain(r) / log2(r + 1), divided by the same sum of the best possible list
- ``map`` = Σ over r ≤ k of rel(r) · |L_r ∩ R| / r, divided by min(k, |R|)
- ``mrr`` = 1 / rank of the first relevant item, 0 if there is none in L
- ``hit_rate`` = 1 if L ∩ R is not empty, else 0

The score is the mean over all users with a relevant held-out item; one without recommendations counts as 0. The gain of
an item that is not relevant is 0; see `redshells.model.ranked_lists.judge_lists` for that of a relevant one.

Three more look at the lists and at the interactions of the training, over all users with a list, whatever they did:

- ``coverage``: the share of the items of the training that are in at least one L
- ``popularity``: the mean of the share of the users of the training who had an item of L
- ``novelty``: the mean of -log2 of that share; items that nobody had are left out

Järvelin, Kekäläinen: Cumulated Gain-Based Evaluation of IR Techniques (2002, https://doi.org/10.1145/582415.582418).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import ParameterError, UnknownNameError
from redshells.model.interactions import Interactions
from redshells.model.ranked_lists import JudgedLists, Recommendations, judge_lists

ACCURACY_METRICS = ('recall', 'precision', 'ndcg', 'map', 'mrr', 'hit_rate')
"""Scores by what users did."""
LIST_METRICS = ('coverage', 'popularity', 'novelty')
"""Scores of lists, which need the interactions of the training."""

_CONFIDENCE = 0.95

Array = npt.NDArray[Any]


def evaluate_ranking(
    recommended: Recommendations,
    held_out: Interactions,
    *,
    k: Sequence[int] = (5, 10, 20),
    metrics: Sequence[str] = (),
    minimum_rating: float | None = None,
    gain: str = 'binary',
    training: Interactions | None = None,
    number_of_resamples: int = 0,
    random_seed: int = 0,
) -> pd.DataFrame:
    """Score lists of recommended items.

    Args:
        recommended: The recommended items.
        held_out: What users did afterwards; several rows of one pair are one, with the highest rating.
        k: How many items of each list are looked at.
        metrics: Names of the scores; all that can be computed when empty.
        minimum_rating: Held-out items of a lower rating are not relevant.
        gain: What a relevant item is worth to ``ndcg``: ``'binary'``, or by its rating ``'linear'`` or
            ``'exponential'``.
        training: The interactions of the training.
        number_of_resamples: How often users are drawn with replacement, for intervals of 95 %; 0 for none.
        random_seed: Seed of the draws.

    Returns:
        A row for each metric and each k: ``metric``, ``k``, ``score``, ``number_of_users``; and ``low`` and ``high``
        where there are resamples, which are NaN for ``coverage``.

    Raises:
        ParameterError: An argument has a wrong value, or needs what was not given.
        UnknownNameError: There is no such metric.
        EmptyTableError: No held-out item is relevant.
        ColumnTypeError: Ids are integers here and strings there.
        DataError: A list has an item twice, or a gain is below 0 or infinite.

    Example:
        >>> lists = Recommendations(users=np.array([1, 1, 2, 2]), items=np.array([7, 8, 7, 9]))
        >>> held_out = Interactions(users=np.array([1, 2, 2]), items=np.array([8, 7, 5]))
        >>> evaluate_ranking(lists, held_out, k=[2], metrics=['recall', 'mrr'])
           metric  k  score  number_of_users
        0  recall  2   0.75                2
        1     mrr  2   0.75                2
    """
    names = check_ranking_metrics(metrics, has_training=training is not None)
    check_cuts(k)
    if number_of_resamples < 0:
        raise ParameterError(f'number_of_resamples={number_of_resamples} was given; at least 0 is expected.')
    lists = judge_lists(recommended, held_out, minimum_rating=minimum_rating, gain=gain, training=training)
    cells = [(name, int(cut)) for name in names for cut in k]
    values = [None if name == 'coverage' else score_users(name, cut, lists) for name, cut in cells]
    counts = [len(np.unique(lists.users)) if one is None else len(one) for one in values]
    scores = [_coverage(lists, cut) if one is None else _mean(one) for (_, cut), one in zip(cells, values, strict=True)]
    table = pd.DataFrame(cells, columns=['metric', 'k']).assign(score=scores, number_of_users=counts)
    if not number_of_resamples:
        return table
    low, high = _intervals(values, number_of_resamples, random_seed)
    return table.assign(low=low, high=high)


def check_ranking_metrics(names: Sequence[str], *, has_training: bool) -> tuple[str, ...]:
    """Check names of metrics.

    Args:
        names: The names; empty for all that can be computed.
        has_training: Whether there are the interactions of the training.

    Returns:
        The names.

    Raises:
        UnknownNameError: There is no such metric.
        ParameterError: It needs the interactions of the training.
    """
    known = (*ACCURACY_METRICS, *LIST_METRICS)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UnknownNameError(f'there are no metrics of the names {unknown}; some of {list(known)} are expected.')
    lacking = [name for name in names if name in LIST_METRICS and not has_training]
    if lacking:
        raise ParameterError(
            f'the metrics {lacking} need the interactions of the training, which were not given. Give them, or leave '
            'these metrics out.'
        )
    return tuple(names) or (known if has_training else ACCURACY_METRICS)


def check_cuts(k: Sequence[int]) -> None:
    """Check the numbers of items that are looked at.

    Raises:
        ParameterError: There are none, one is there twice, or one is less than 1.
    """
    if not len(k) or min(k) < 1 or len(set(k)) < len(k):
        raise ParameterError(f'k={list(k)} was given; different numbers of at least 1, such as [5, 10], are expected.')


def score_users(name: str, cut: int, lists: JudgedLists) -> Array:
    """The score of each judged user by one metric; of the lists alone, of each user with a list.

    Args:
        name: Name of the metric, but not ``'coverage'``, which is of all users together.
        cut: How many items of each list are looked at.
        lists: The recommended items, and what each of them is worth.
    """
    if name in LIST_METRICS:
        return _of_training(name, cut, lists)
    relevant = lists.relevant
    is_hit = lists.is_hit & (lists.ranks <= cut)
    users, ranks = lists.users[is_hit], lists.ranks[is_hit]
    hits = np.bincount(users, minlength=len(relevant)).astype(np.float64)
    if name == 'recall':
        return hits / relevant
    if name == 'precision':
        return hits / cut
    if name == 'hit_rate':
        return (hits > 0).astype(np.float64)
    if name == 'ndcg':
        best = lists.best_ranks <= cut
        ideal = _discounted(lists.best_users[best], lists.best_gains[best], lists.best_ranks[best], len(relevant))
        found = _discounted(users, lists.gains[is_hit], ranks, len(relevant))
        return np.divide(found, ideal, out=np.zeros(len(relevant)), where=ideal > 0)
    number_of_hit = np.arange(len(users)) - (np.cumsum(hits) - hits)[users] + 1  # the first of a user is 1
    if name == 'mrr':
        is_first = number_of_hit == 1
        return np.bincount(users[is_first], 1 / ranks[is_first], minlength=len(relevant))
    return np.bincount(users, number_of_hit / ranks, minlength=len(relevant)) / np.minimum(cut, relevant)


def _discounted(users: Array, gains: Array, ranks: Array, number_of_users: int) -> Array:
    return np.bincount(users, gains / np.log2(ranks + 1), minlength=number_of_users)


def _of_training(name: str, cut: int, lists: JudgedLists) -> Array:
    assert lists.training_shares is not None
    rows = lists.ranks <= cut
    if name == 'novelty':
        rows = rows & (lists.training_shares > 0)
    _, users = np.unique(lists.users[rows], return_inverse=True)
    shares = lists.training_shares[rows]
    return np.bincount(users, -np.log2(shares) if name == 'novelty' else shares) / np.bincount(users)


def _coverage(lists: JudgedLists, cut: int) -> float:
    assert lists.training_items is not None
    items = lists.training_items[(lists.ranks <= cut) & (lists.training_items >= 0)]
    return len(np.unique(items)) / lists.number_of_training_items


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else float('nan')


def _intervals(values: Sequence[Array | None], number_of_resamples: int, random_seed: int) -> tuple[Array, Array]:
    """The quantiles of the scores of users that are drawn with replacement, the same users for all metrics."""
    bounds = np.full((2, len(values)), np.nan)
    generator = np.random.default_rng(random_seed)
    tail = (1 - _CONFIDENCE) / 2
    for count in sorted({len(one) for one in values if one is not None and len(one)}):
        columns = [column for column, one in enumerate(values) if one is not None and len(one) == count]
        of_users = np.array([values[column] for column in columns])
        drawn = np.empty((number_of_resamples, len(columns)))
        for number in range(number_of_resamples):
            times = np.bincount(generator.integers(0, count, count), minlength=count)
            drawn[number] = of_users @ times / count
        bounds[:, columns] = np.quantile(drawn, [tail, 1 - tail], axis=0)
    return bounds[0], bounds[1]
