"""The metrics of lists beside loops that follow their definitions word by word."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshells.errors import ColumnTypeError, DataError, EmptyTableError, ParameterError, UnknownNameError
from redshells.model.interactions import Interactions
from redshells.model.ranked_lists import Recommendations
from redshells.model.ranking_metrics import ACCURACY_METRICS, LIST_METRICS, evaluate_ranking

Relevant = dict[Any, dict[Any, float]]
Lists = dict[Any, list[Any]]


def gain_of(rating: float, gain: str) -> float:
    return {'binary': 1.0, 'linear': rating, 'exponential': 2.0**rating - 1}[gain]


def of_user(metric: str, items: list[Any], relevant: dict[Any, float], k: int, gain: str) -> float:
    hits = [item in relevant for item in items[:k]]
    if metric == 'recall':
        return sum(hits) / len(relevant)
    if metric == 'precision':
        return sum(hits) / k
    if metric == 'hit_rate':
        return float(any(hits))
    if metric == 'mrr':
        return next((1 / (rank + 1) for rank, hit in enumerate(hits) if hit), 0.0)
    if metric == 'map':
        total = sum(sum(hits[: rank + 1]) / (rank + 1) for rank, hit in enumerate(hits) if hit)
        return total / min(k, len(relevant))
    gains = [gain_of(relevant[item], gain) if item in relevant else 0.0 for item in items[:k]]
    best = sorted((gain_of(rating, gain) for rating in relevant.values()), reverse=True)[:k]
    ideal = sum(one / math.log2(rank + 2) for rank, one in enumerate(best))
    return sum(one / math.log2(rank + 2) for rank, one in enumerate(gains)) / ideal if ideal else 0.0


def of_lists(metric: str, lists: Lists, training: set[tuple[Any, Any]], k: int) -> float:
    users, items = {user for user, _ in training}, {item for _, item in training}
    shares = {item: len({user for user, one in training if one == item}) / len(users) for item in items}
    if metric == 'coverage':
        return len({item for one in lists.values() for item in one[:k]} & items) / len(items)
    means = []
    for one in lists.values():
        if metric == 'popularity':
            means.append(np.mean([shares.get(item, 0.0) for item in one[:k]]))
        elif known := [-math.log2(shares[item]) for item in one[:k] if item in shares]:
            means.append(np.mean(known))
    return float(np.mean(means)) if means else math.nan


def drawn(seed: int, as_strings: bool) -> tuple[Lists, Relevant, set[tuple[Any, Any]]]:
    generator = np.random.default_rng(seed)

    def ids(numbers: npt.NDArray[Any]) -> list[Any]:
        return [f'{number}' if as_strings else int(number) * 10 - 30 for number in numbers]

    def some(users: int, items: int) -> dict[Any, list[Any]]:
        chosen = ids(generator.permutation(8)[: generator.integers(1, users + 1)])
        return {user: ids(generator.permutation(12)[: generator.integers(1, items + 1)]) for user in chosen}

    lists = some(8, 9)
    relevant = {user: {item: float(generator.integers(0, 6)) for item in items} for user, items in some(8, 5).items()}
    training = {(user, item) for user, items in some(8, 10).items() for item in items}
    return lists, relevant, training


def tables(
    lists: Lists, relevant: Relevant, training: set[tuple[Any, Any]], seed: int
) -> tuple[Recommendations, Interactions, Interactions]:
    """As arrays, the rows in no order."""
    generator = np.random.default_rng(seed)
    dtype = object if isinstance(next(iter(lists)), str) else np.int64
    rows = [(user, item, rank * 3 + 1) for user, items in lists.items() for rank, item in enumerate(items)]
    rows = [rows[place] for place in generator.permutation(len(rows))]
    held_out = [(user, item, rating) for user, items in relevant.items() for item, rating in items.items()]
    held_out += [(user, item, rating - 1) for user, item, rating in held_out[::2] if rating > 1]  # a lower one as well
    held_out = [held_out[place] for place in generator.permutation(len(held_out))]
    pairs = [*training, *list(training)[:3]]
    return (
        Recommendations(
            users=np.array([row[0] for row in rows], dtype=dtype),
            items=np.array([row[1] for row in rows], dtype=dtype),
            ranks=np.array([row[2] for row in rows]),
        ),
        Interactions(
            users=np.array([row[0] for row in held_out], dtype=dtype),
            items=np.array([row[1] for row in held_out], dtype=dtype),
            ratings=np.array([row[2] for row in held_out]),
        ),
        Interactions(
            users=np.array([pair[0] for pair in pairs], dtype=dtype),
            items=np.array([pair[1] for pair in pairs], dtype=dtype),
        ),
    )


@given(
    seed=st.integers(0, 100_000),
    as_strings=st.booleans(),
    minimum_rating=st.sampled_from([None, 1.0, 3.0]),
    gain=st.sampled_from(['binary', 'linear', 'exponential']),
)
def test_they_are_what_is_defined(seed: int, as_strings: bool, minimum_rating: float | None, gain: str) -> None:
    lists, relevant, training = drawn(seed, as_strings)
    recommended, held_out, train = tables(lists, relevant, training, seed)
    options: dict[str, Any] = {'minimum_rating': minimum_rating, 'gain': gain, 'k': [1, 3, 20]}
    least = -math.inf if minimum_rating is None else minimum_rating
    kept = {user: {item: one for item, one in items.items() if one >= least} for user, items in relevant.items()}
    judged = {user: items for user, items in kept.items() if items}
    if not judged:
        with pytest.raises(EmptyTableError, match='no held-out interaction is relevant'):
            evaluate_ranking(recommended, held_out, **options)
        return

    table = evaluate_ranking(recommended, held_out, training=train, **options)

    assert list(table.columns) == ['metric', 'k', 'score', 'number_of_users']
    assert table['metric'].tolist() == [name for name in (*ACCURACY_METRICS, *LIST_METRICS) for _ in range(3)]
    assert table['k'].tolist() == [1, 3, 20] * 9
    for row in table.itertuples():
        name, k = str(row.metric), int(row.k)
        if name in ACCURACY_METRICS:
            scores = [of_user(name, lists.get(user, []), items, k, gain) for user, items in judged.items()]
            assert row.number_of_users == len(judged)
            assert row.score == pytest.approx(np.mean(scores), abs=1e-12), name
        else:
            assert row.score == pytest.approx(of_lists(name, lists, training, k), abs=1e-12, nan_ok=True), name
            assert row.number_of_users <= len(lists)


def one_user(items: list[int], relevant: list[int], **options: Any) -> dict[str, float]:
    table = evaluate_ranking(
        Recommendations(users=np.zeros(len(items), np.int64), items=np.array(items, dtype=np.int64)),
        Interactions(users=np.zeros(len(relevant), np.int64), items=np.array(relevant, dtype=np.int64)),
        **options,
    )
    return dict(zip(table['metric'], table['score'], strict=True))


def test_known_values() -> None:
    scores = one_user([5, 1, 6, 2, 7], [1, 2, 3], k=[4])
    assert scores == pytest.approx(
        {
            'recall': 2 / 3,
            'precision': 2 / 4,
            'ndcg': (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3) + 1 / math.log2(4)),
            'map': (1 / 2 + 2 / 4) / 3,
            'mrr': 1 / 2,
            'hit_rate': 1,
        }
    )
    assert set(one_user([1, 2, 3], [3, 2, 1], k=[3]).values()) == {1.0}
    assert set(one_user([1, 2, 3], [4], k=[3]).values()) == {0.0}


def test_the_order_of_rows_counts_where_there_are_no_ranks() -> None:
    assert one_user([9, 1], [1], k=[2], metrics=['mrr']) == {'mrr': 0.5}
    assert one_user([1, 9], [1], k=[2], metrics=['mrr']) == {'mrr': 1.0}


def test_users_without_recommendations_count_as_zero() -> None:
    lists = Recommendations(users=np.array([1]), items=np.array([5]))
    held_out = Interactions(users=np.array([1, 2, 3, 4]), items=np.array([5, 5, 5, 5]))
    table = evaluate_ranking(lists, held_out, k=[1])
    assert dict.fromkeys(ACCURACY_METRICS, 0.25) == dict(zip(table['metric'], table['score'], strict=True))
    assert (table['number_of_users'] == 4).all()


def test_intervals_hold_the_mean_and_shrink_with_the_number_of_users() -> None:
    widths = []
    for users in (100, 6400):
        items = np.random.default_rng(0).integers(0, 2, users)
        lists = Recommendations(users=np.arange(users), items=np.zeros(users, np.int64))
        held_out = Interactions(users=np.arange(users), items=items)
        arguments: dict[str, Any] = {'k': [1], 'training': held_out, 'number_of_resamples': 200}
        table = evaluate_ranking(lists, held_out, **arguments)
        assert table.equals(evaluate_ranking(lists, held_out, **arguments))
        assert not table.equals(evaluate_ranking(lists, held_out, random_seed=1, **arguments))
        recall = table.set_index('metric').loc['recall']
        assert recall['low'] < recall['score'] < recall['high']
        expected = 2 * 1.96 * math.sqrt(recall['score'] * (1 - recall['score']) / users)
        assert recall['high'] - recall['low'] == pytest.approx(expected, rel=0.25)
        assert table.set_index('metric').loc['coverage', ['low', 'high']].isna().all()
        widths.append(recall['high'] - recall['low'])
    assert widths[0] / widths[1] == pytest.approx(8, rel=0.4)


def test_what_does_not_fit_is_refused() -> None:
    lists = Recommendations(users=np.array([1, 1]), items=np.array([5, 6]))
    held_out = Interactions(users=np.array([1]), items=np.array([5]), ratings=np.array([-1.0]))
    strings = np.array(['1'], dtype=object)
    wrong: list[tuple[type[Exception], str, dict[str, Any]]] = [
        (UnknownNameError, r"no metrics of the names \['auc'\]; some of", {'metrics': ['auc']}),
        (ParameterError, r"\['coverage'\] need the interactions of the training", {'metrics': ['coverage']}),
        (ParameterError, r'k=\[\] was given; different numbers of at least 1', {'k': []}),
        (ParameterError, r'k=\[5, 0\] was given', {'k': [5, 0]}),
        (ParameterError, r'k=\[5, 5\] was given', {'k': [5, 5]}),
        (ParameterError, r"gain='log' was given; one of", {'gain': 'log'}),
        (ParameterError, r'number_of_resamples=-1 was given', {'number_of_resamples': -1}),
        (DataError, r'the rating -1.0, whose gain is -1.0; finite gains of at least 0', {'gain': 'linear'}),
        (EmptyTableError, r'all ratings are below minimum_rating=3', {'minimum_rating': 3}),
        (ColumnTypeError, r"users are integers .* such as 1, and strings .* '1'", {'training': held_out_of(strings)}),
    ]
    for error, message, options in wrong:
        with pytest.raises(error, match=message):
            evaluate_ranking(lists, held_out, **options)
    without = Interactions(users=np.array([1]), items=np.array([5]))
    for options in ({'gain': 'linear'}, {'minimum_rating': 2.0}):
        with pytest.raises(ParameterError, match=r'have no ratings\. Name the column'):
            evaluate_ranking(lists, without, **options)
    twice = Recommendations(users=np.array([1, 1]), items=np.array([5, 5]))
    with pytest.raises(DataError, match=r'1 recommended rows are .* such as \(.*1.*5.*\)'):
        evaluate_ranking(twice, without)


def held_out_of(users: npt.NDArray[Any]) -> Interactions:
    return Interactions(users=users, items=np.array([5]))
