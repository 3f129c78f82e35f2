"""The top items of users, beside the obvious way."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

import redshells.model.top_items
from redshells.errors import NotFittedError, ParameterError
from redshells.model.interactions import Interactions
from redshells.model.largest import largest_columns
from redshells.model.top_items import find_top_items
from tests.recommenders import UserItemBias, bias_model, ratings_table

USERS, ITEMS = 9, 7


class GivenScores(UserItemBias):
    """Scores that the test gives; pairs of users and items that it gives were seen."""

    def __init__(self, scores: npt.NDArray[Any], seen: npt.NDArray[Any]) -> None:
        self._start_fit(Interactions(users=np.arange(len(scores)), items=np.zeros(len(scores), dtype=np.int64)))
        self.item_ids_.ids = np.arange(scores.shape[1])
        self.seen_ = sparse.csr_array(seen)
        self.scores = scores.astype(np.float32)

    def score_items(self, users: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        scores: npt.NDArray[np.float32] = self.scores[users]
        scores.flags.writeable = False
        return scores


def expected_items(
    scores: npt.NDArray[Any], left_out: npt.NDArray[Any], candidates: npt.NDArray[Any], top_n: int
) -> list[int]:
    allowed = [item for item in sorted(set(candidates.tolist())) if not left_out[item] and not np.isnan(scores[item])]
    return sorted(allowed, key=lambda item: -scores[item])[:top_n]  # sorted is stable


@given(
    seed=st.integers(0, 10_000),
    top_n=st.integers(1, 9),
    batch_size=st.sampled_from([None, 1, 2, 4]),
    exclude_seen=st.booleans(),
    with_candidates=st.booleans(),
    with_excluded=st.booleans(),
    levels=st.sampled_from([2, 5, 100]),
)
def test_they_are_those_of_the_obvious_way(
    seed: int,
    top_n: int,
    batch_size: int | None,
    exclude_seen: bool,
    with_candidates: bool,
    with_excluded: bool,
    levels: int,
) -> None:
    generator = np.random.default_rng(seed)
    scores = generator.integers(0, levels, (USERS, ITEMS)).astype(float)
    scores[generator.random((USERS, ITEMS)) < 0.1] = np.nan
    seen, more = (generator.random((USERS, ITEMS)) < generator.random(2)[:, None, None]).astype(np.int8)
    candidates = generator.integers(0, ITEMS, generator.integers(0, 10)) if with_candidates else np.arange(ITEMS)
    model = GivenScores(scores, seen)
    users = generator.permutation(USERS) if seed % 2 else np.arange(USERS)
    users[generator.random(USERS) < 0.2] = -1

    found = find_top_items(
        model,
        users,
        top_n,
        exclude_seen=exclude_seen,
        excluded=sparse.csr_array(more) if with_excluded else None,
        candidates=candidates if with_candidates else None,
        batch_size=batch_size,
    )

    popularity = seen.sum(axis=0).astype(float)
    for row, user in enumerate(users):
        own_scores = popularity if user < 0 else scores[user]
        left_out = (seen[user] if exclude_seen and user >= 0 else 0) + (more[row] if with_excluded else 0)
        expected = expected_items(own_scores, np.broadcast_to(left_out, ITEMS), candidates, top_n)
        filled = [*expected, *[-1] * (found.positions.shape[1] - len(expected))]
        assert found.positions[row].tolist() == filled
        np.testing.assert_array_equal(found.scores[row, : len(expected)], own_scores[expected])
        assert np.isnan(found.scores[row, len(expected) :]).all()


@given(
    seed=st.integers(0, 10_000),
    size=st.integers(0, 6),
    columns=st.sampled_from([6, 50, 200]),
    levels=st.sampled_from([1, 3, 50, 100_000]),
    infinite=st.sampled_from([0.0, 0.1, 0.9, 1.0]),
)
def test_largest_columns(seed: int, size: int, columns: int, levels: int, infinite: float) -> None:
    generator = np.random.default_rng(seed)
    values = generator.integers(0, levels, (5, columns)).astype(np.float32)
    values[generator.random(values.shape) < infinite] = -np.inf
    if seed % 2:  # all of the largest in one group of columns that lie far apart
        values[:, :: max(1, columns // 6)] += 1000
    expected = np.argsort(-values, axis=1, kind='stable')[:, :size]
    np.testing.assert_array_equal(largest_columns(values, size), expected)


def test_batches_are_as_large_as_their_scores_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Asked(UserItemBias):
        def score_items(self, users: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
            asked.append(len(users))
            return super().score_items(users)

    monkeypatch.setattr(redshells.model.top_items, '_CELLS', 50)
    bias = bias_model(ratings_table())
    model = Asked()
    model.__dict__.update(bias.__dict__)
    users = np.arange(20)
    one = find_top_items(model, users, 3)
    assert asked == [3, 3, 3, 3, 3, 3, 2]
    other = find_top_items(bias, users, 3, batch_size=100)
    np.testing.assert_array_equal(one.positions, other.positions)


def test_no_users_and_no_candidates() -> None:
    model = bias_model(ratings_table())
    assert find_top_items(model, np.zeros(0, np.int64), 3).positions.shape == (0, 3)
    assert find_top_items(model, np.arange(2), 3, candidates=np.zeros(0, np.int64)).positions.shape == (2, 0)


def test_what_does_not_fit_is_refused() -> None:
    model = bias_model(pd.DataFrame({'user': [1], 'item': [2]}))
    with pytest.raises(ParameterError, match=r'top_n=0 was given; at least 1'):
        find_top_items(model, np.arange(1), 0)
    with pytest.raises(ParameterError, match=r'batch_size=0 was given; at least 1'):
        find_top_items(model, np.arange(1), 1, batch_size=0)
    with pytest.raises(NotFittedError, match='UserItemBias is not fitted'):
        find_top_items(UserItemBias(), np.arange(1), 1)
