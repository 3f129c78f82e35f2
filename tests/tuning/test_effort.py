from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from redshells.tuning.effort import Effort


def within(seconds_per_round: float, **changes: Any) -> Effort:
    arguments: dict[str, Any] = {'timeout': 60.0, 'threads': 2, 'number_of_folds': 5, 'rows': 20_000}
    arguments |= {'validation_rows': 2_000, **changes}
    timeout = arguments.pop('timeout')
    return Effort.within(timeout, seconds_per_round, **arguments)


def test_slow_rounds_are_made_up_for() -> None:
    quick, usual, slow, endless = within(1e-4), within(0.005), within(0.02), within(1.0, rows=1_000_000)
    assert (quick.learning_rate, quick.number_of_folds, quick.share_of_rows) == (0.05, 5, 1.0)
    assert usual.learning_rate is not None
    assert 0.05 < usual.learning_rate < 0.15
    assert slow.learning_rate == 0.15
    assert slow.number_of_folds is not None
    assert 1 <= slow.number_of_folds < 5
    assert (endless.learning_rate, endless.number_of_folds) == (0.15, 2)
    assert 8_000 / 1_000_000 <= endless.share_of_rows < 0.1
    assert within(1.0, rows=5_000).share_of_rows == 1.0  # few rows are not made fewer
    assert within(1e-4, validation_rows=6_000).number_of_folds == 2  # which have 12,000 rows, enough to compare


def test_a_given_learning_rate_is_kept() -> None:
    effort = within(0.02, given_rate=0.01)
    assert effort.learning_rate is None
    assert effort.number_of_folds == 1


@given(st.floats(1e-6, 100.0), st.floats(0.1, 1e5), st.integers(1, 64), st.integers(1, 10), st.integers(10, 10_000_000))
def test_effort_is_in_its_limits(seconds: float, timeout: float, threads: int, folds: int, rows: int) -> None:
    effort = within(seconds, timeout=timeout, threads=threads, number_of_folds=folds, rows=rows)
    assert effort.learning_rate is not None
    assert 0.05 <= effort.learning_rate <= 0.15
    assert effort.number_of_folds is not None
    assert 1 <= effort.number_of_folds <= folds
    assert 0 < effort.share_of_rows <= 1.0
    assert Effort.from_json(json.loads(json.dumps(effort.to_json()))) == effort


def test_the_final_model_learns_slowly() -> None:
    assert Effort(learning_rate=0.1).slow_down(100, 1.0, None) == (0.025, 412)


def test_the_final_model_is_trained_in_its_share_of_the_time() -> None:
    effort = Effort(learning_rate=0.1)
    rate, rounds = effort.slow_down(100, 0.03, 60.0)
    assert 0.01 < rate < 0.1
    assert 0.18 * 60 < rounds * 0.03 < 0.22 * 60
    assert effort.slow_down(100, 0.03, 6000.0)[0] == 0.01
    assert effort.slow_down(100_000, 0.03, 60.0)[0] == 0.1
