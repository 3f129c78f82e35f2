"""Which interactions are held out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshells.errors import ParameterError, SplitError
from redshells.model.held_out_interactions import HeldOut, hold_out_interactions
from redshells.model.interactions import Interactions


def drawn(seed: int, rows: int, as_strings: bool = False) -> Interactions:
    generator = np.random.default_rng(seed)
    users, items, times = (generator.integers(0, size, rows) for size in (6, 8, 10))
    if as_strings:
        users, items = (np.array([f'{one}' for one in ids], dtype=object) for ids in (users, items))
    return Interactions(users=users, items=items, times=times)


@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(1, 40),
    split=st.sampled_from(['random', 'leave_last_out', 'time']),
    test_size=st.floats(0.05, 0.95),
    number_of_test_items=st.integers(1, 3),
    keep_users=st.booleans(),
    keep_items=st.booleans(),
    as_strings=st.booleans(),
)
def test_parts_keep_what_they_promise(
    seed: int,
    rows: int,
    split: str,
    test_size: float,
    number_of_test_items: int,
    keep_users: bool,
    keep_items: bool,
    as_strings: bool,
) -> None:
    interactions = drawn(seed, rows, as_strings)
    arguments: dict[str, Any] = {'split': split, 'test_size': test_size, 'number_of_test_items': number_of_test_items}
    arguments |= {'keep_users': keep_users, 'keep_items': keep_items, 'random_seed': seed}
    try:
        held_out = hold_out_interactions(interactions, **arguments)
    except SplitError:
        return

    parts = [held_out.train, held_out.test, held_out.left_out]
    assert np.sort(np.concatenate(parts)).tolist() == list(range(rows))
    assert all((np.diff(part) > 0).all() for part in parts)
    assert len(held_out.train)
    assert len(held_out.test)
    train, test, late = (interactions.take(part) for part in parts)
    for ids, kept in (('users', keep_users), ('items', keep_items)):
        if kept:
            assert set(getattr(test, ids)) <= set(getattr(train, ids))
    known = [set(train.users) if keep_users else None, set(train.items) if keep_items else None]
    for user, item in zip(late.users, late.items, strict=True):
        assert any(ids is not None and one not in ids for one, ids in zip((user, item), known, strict=True))
    if split == 'random':
        assert not len(held_out.left_out)
        wanted = min(max(1, round(rows * test_size)), rows - 1)
        assert len(test) <= wanted
        if not keep_users and not keep_items:
            assert len(test) == wanted
    elif split == 'time':
        assert train.times is not None
        assert test.times is not None
        assert train.times.max() < np.concatenate([test.times, np.asarray(late.times)]).min()
    else:
        _check_last(interactions, held_out, number_of_test_items, keep_users)


def _check_last(interactions: Interactions, held_out: HeldOut, number: int, keep_users: bool) -> None:
    assert interactions.times is not None
    later = set(held_out.test.tolist()) | set(held_out.left_out.tolist())
    for user in set(interactions.users):
        rows = np.flatnonzero(interactions.users == user)
        ordered = sorted(rows.tolist(), key=lambda row: (interactions.times[row], row))  # type: ignore[index]
        count = min(number, len(rows) - 1) if keep_users else min(number, len(rows))
        assert set(ordered[len(rows) - count :]) == later & set(rows.tolist())


def test_the_share_is_met_where_enough_rows_are_free() -> None:
    interactions = Interactions(users=np.repeat(np.arange(50), 20), items=np.tile(np.arange(20), 50))
    held_out = hold_out_interactions(interactions, test_size=0.3, keep_items=True)
    assert len(held_out.test) == 300
    again = hold_out_interactions(interactions, test_size=0.3, keep_items=True)
    other = hold_out_interactions(interactions, test_size=0.3, keep_items=True, random_seed=1)
    assert again.test.tolist() == held_out.test.tolist() != other.test.tolist()


def test_rows_of_users_that_must_train_are_as_likely_as_others() -> None:
    interactions = Interactions(users=np.repeat(np.arange(2000), 3), items=np.tile(np.arange(3), 2000))
    test = hold_out_interactions(interactions, test_size=0.3).test
    counts = np.bincount(interactions.items[test])
    assert counts.sum() == 1800
    np.testing.assert_allclose(counts, 600, atol=75)


def test_equal_times_stay_together_at_the_nearest_share() -> None:
    times = np.repeat([1, 2, 3, 4], [4, 3, 2, 1])
    interactions = Interactions(users=np.zeros(10, np.int64), items=np.arange(10), times=times)
    for share, first in [(0.05, 9), (0.25, 7), (0.3, 7), (0.5, 4), (0.95, 4)]:
        held_out = hold_out_interactions(interactions, split='time', test_size=share)
        assert held_out.test.tolist() == list(range(first, 10))


def test_splits_that_can_not_be_are_refused() -> None:
    interactions = Interactions(users=np.array([1, 2]), items=np.array([1, 2]), times=np.array([1, 2]))
    for arguments, message in [
        ({'split': 'odd'}, r"split='odd' was given; one of \['random', 'leave_last_out', 'time'\]"),
        ({'test_size': 0}, r'test_size=0 was given; a share between 0 and 1'),
        ({'test_size': 1.0}, r'test_size=1.0 was given'),
        ({'number_of_test_items': 0}, r'number_of_test_items=0 was given; at least 1'),
    ]:
        with pytest.raises(ParameterError, match=message):
            hold_out_interactions(interactions, **arguments)
    without = Interactions(users=interactions.users, items=interactions.items)
    for split in ('time', 'leave_last_out'):
        with pytest.raises(ParameterError, match=rf"split='{split}' was given without times"):
            hold_out_interactions(without, split=split)
    for split in ('random', 'leave_last_out'):
        with pytest.raises(SplitError, match=r'of 2 interactions none is left for the test part\. Give'):
            hold_out_interactions(interactions, split=split)
    with pytest.raises(SplitError, match='none is left for the test part; 1 later rows are of users or items that do'):
        hold_out_interactions(interactions, split='time', test_size=0.5)
    with pytest.raises(SplitError, match='none is left for the training part'):
        hold_out_interactions(interactions, split='leave_last_out', keep_users=False)
    same = Interactions(users=interactions.users, items=interactions.items, times=np.array([5, 5]))
    with pytest.raises(SplitError, match='all 2 interactions have one time, 5; at least two'):
        hold_out_interactions(same, split='time')
