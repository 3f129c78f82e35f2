"""Sampled pairs without an interaction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import redshells.model.negative_sampling
from redshells.errors import ParameterError
from redshells.model.interactions import Interactions
from redshells.model.negative_sampling import sample_negatives


@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(1, 60),
    number=st.integers(1, 4),
    strategy=st.sampled_from(['uniform', 'popularity']),
    as_strings=st.booleans(),
)
def test_each_user_gets_distinct_items_that_are_new(
    seed: int, rows: int, number: int, strategy: str, as_strings: bool
) -> None:
    generator = np.random.default_rng(seed)
    users, items = generator.integers(0, 6, rows), generator.integers(0, 12, rows)
    if as_strings:
        users, items = (np.array([f'{one}' for one in ids], dtype=object) for ids in (users, items))
    interactions = Interactions(users=users, items=items)

    drawn = sample_negatives(interactions, number_of_negatives=number, strategy=strategy, random_seed=seed)

    pairs = list(dict.fromkeys(zip(users.tolist(), items.tolist(), strict=True)))
    assert list(zip(drawn.pairs.users.tolist(), drawn.pairs.items.tolist(), strict=True)) == pairs
    negatives = list(zip(drawn.negatives.users.tolist(), drawn.negatives.items.tolist(), strict=True))
    assert len(set(negatives)) == len(negatives)
    assert not set(negatives) & set(pairs)
    all_items = {item for _, item in pairs}
    assert {item for _, item in negatives} <= all_items
    fewer = 0
    for user in {user for user, _ in pairs}:
        count = sum(one == user for one, _ in pairs)
        wanted = min(number * count, len(all_items) - count)
        assert sum(one == user for one, _ in negatives) == wanted
        fewer += wanted < number * count
    assert drawn.users_with_fewer == fewer
    assert drawn.negatives.users.tolist() == sorted(drawn.negatives.users.tolist())


def test_seeds() -> None:
    generator = np.random.default_rng(0)
    interactions = Interactions(users=generator.integers(0, 50, 300), items=generator.integers(0, 100, 300))
    one, same, other = (sample_negatives(interactions, random_seed=seed).negatives.items.tolist() for seed in (0, 0, 1))
    assert one == same != other


def _first_items(strategy: str, weights: list[int], number: int) -> np.ndarray:
    """How often each item is drawn for users who had only the first item, which nobody else had."""
    likers = np.repeat(np.arange(len(weights)), weights)
    users = np.concatenate([np.arange(4000), 4000 + np.arange(len(likers))])
    items = np.concatenate([np.zeros(4000, np.int64), likers + 1])
    drawn = sample_negatives(
        Interactions(users=users, items=items), number_of_negatives=number, strategy=strategy, random_seed=0
    )
    rows = drawn.negatives.users < 4000
    return np.bincount(drawn.negatives.items[rows], minlength=len(weights) + 1)[1:]


@pytest.mark.parametrize('rounds', [0, 30])
def test_items_are_drawn_as_often_as_they_should_be(rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redshells.model.negative_sampling, '_ROUNDS', rounds)
    monkeypatch.setattr(redshells.model.negative_sampling, '_CELLS', 1000)
    weights = [1, 2, 3, 4, 10]
    uniform = _first_items('uniform', weights, 1)
    assert stats.chisquare(uniform).pvalue > 1e-3
    by_popularity = _first_items('popularity', weights, 1)
    assert stats.chisquare(by_popularity, np.array(weights) / sum(weights) * 4000).pvalue > 1e-3
    two = _first_items('popularity', weights, 2)
    shares = np.array(weights) / sum(weights)
    # one after the other, without replacement
    expected = [shares[i] + sum(shares[j] * shares[i] / (1 - shares[j]) for j in range(5) if j != i) for i in range(5)]
    np.testing.assert_allclose(two / 4000, expected, atol=0.03)


def test_a_user_who_had_all_items_gets_none() -> None:
    drawn = sample_negatives(Interactions(users=np.array([1, 1, 2]), items=np.array([5, 6, 5])), number_of_negatives=3)
    assert (drawn.negatives.users.tolist(), drawn.negatives.items.tolist()) == ([2], [6])
    assert drawn.users_with_fewer == 2
    alone = sample_negatives(Interactions(users=np.array([1]), items=np.array([5])))
    assert len(alone.negatives) == 0


def test_what_does_not_fit_is_refused() -> None:
    interactions = Interactions(users=np.array([1]), items=np.array([5]))
    with pytest.raises(ParameterError, match=r'number_of_negatives=0 was given; at least 1'):
        sample_negatives(interactions, number_of_negatives=0)
    with pytest.raises(ParameterError, match=r"strategy='odd' was given; one of \['uniform', 'popularity'\]"):
        sample_negatives(interactions, strategy='odd')
