"""Which interactions train and which are held out, and the names of scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshells.errors import ParameterError, SplitError, UnknownNameError
from redshells.model.interactions import Interactions
from redshells.tuning.interaction_metric import RATING, TOP_ITEMS, check_interaction_metric, direction_of, split_name
from redshells.tuning.interaction_split import interaction_folds


def clicks(users: list[int], times: list[int] | None = None) -> Interactions:
    return Interactions(
        users=np.array(users), items=np.arange(len(users)), times=None if times is None else np.array(times)
    )


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), min_size=6, max_size=40))
def test_the_last_of_each_user_are_held_out_one_after_the_other(rows: list[tuple[int, int]]) -> None:
    users, times = [user for user, _ in rows], [time for _, time in rows]
    try:
        folds = interaction_folds(clicks(users, times), 'leave_last_out', 2, 0)
    except SplitError:
        assert max(users.count(user) for user in users) <= 2
        return
    for number, (train, rest) in enumerate(folds):
        assert not set(train) & set(rest)
        for user in set(users):
            own = sorted((time, row) for row, (one, time) in enumerate(rows) if one == user)
            order = [row for _, row in own]
            if len(order) <= number + 1:
                assert set(order) <= set(train)
                continue
            assert [row for row in order if row in set(rest)] == [order[-1 - number]]
            assert {row for row in order if row in set(train)} == set(order[: -1 - number])


def test_random_rows_are_held_out_once_each() -> None:
    folds = interaction_folds(clicks([0, 1, 2] * 5), 'random', 3, 0)
    assert sorted(np.concatenate([rest for _, rest in folds])) == list(range(15))


def test_later_rows_are_held_out_by_time() -> None:
    times = [5, 1, 4, 2, 3, 0]
    for train, rest in interaction_folds(clicks([0] * 6, times), 'time', 2, 0):
        assert max(times[row] for row in train) < min(times[row] for row in rest)


def test_a_split_by_time_needs_times() -> None:
    with pytest.raises(ParameterError, match='time_column_name is expected'):
        interaction_folds(clicks([0, 0, 0]), 'leave_last_out', 1, 0)


def test_users_with_one_interaction_have_none_to_hold_out() -> None:
    with pytest.raises(SplitError, match='no user has more than 1 interactions'):
        interaction_folds(clicks([0, 1, 2], [0, 0, 0]), 'leave_last_out', 1, 0)


@pytest.mark.parametrize(
    ('name', 'problem'),
    [('recall@20', RATING), ('rmse', TOP_ITEMS), ('recall', TOP_ITEMS), ('recall@0', TOP_ITEMS), ('nothing', RATING)],
)
def test_a_score_of_another_problem_is_refused(name: str, problem: str) -> None:
    with pytest.raises(UnknownNameError, match=f'there is no metric {name!r}'):
        check_interaction_metric(name, problem)


def test_scores_have_a_direction_and_a_number_of_items() -> None:
    check_interaction_metric('mae', RATING)
    check_interaction_metric('ndcg@5', TOP_ITEMS)
    assert [direction_of('rmse'), direction_of('ndcg@5')] == ['minimize', 'maximize']
    assert split_name('hit_rate@10') == ('hit_rate', 10)
