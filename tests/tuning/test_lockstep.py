from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from redshells.model.early_stopping import OnRound
from redshells.tuning.lockstep import Lockstep

CHECKPOINTS = [(2, 0), (4, 1), (8, 2)]


def training(scores: list[float], seconds: float = 0.0) -> Callable[[OnRound], int]:
    def train(on_round: OnRound) -> int:
        for number, score in enumerate(scores, start=1):
            time.sleep(seconds)
            if on_round(number, score):
                return number
        return len(scores)

    return train


def steps_of(*trainings: Any, direction: str = 'minimize', **changes: Any) -> tuple[list[Any], list[int]]:
    steps: list[Any] = []
    arguments: dict[str, Any] = {'on_checkpoint': lambda step, scores: steps.append((step, scores))}
    arguments = {**arguments, 'is_late': lambda: False, 'side_by_side': 2, **changes}
    return steps, Lockstep(CHECKPOINTS, direction, **arguments).run(trainings)


@pytest.mark.parametrize('slow', [0, 1])
def test_scores_of_a_checkpoint_do_not_depend_on_the_pace(slow: int) -> None:
    trainings = [
        training([9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0], seconds=0.01 * (slow == 0)),
        training([5.0, 5.5, 4.0, 4.5, 4.6, 4.7, 4.8, 3.5, 0.0], seconds=0.01 * (slow == 1)),
    ]
    steps, rounds = steps_of(*trainings)
    assert steps == [(0, [8.0, 5.0]), (1, [6.0, 4.0]), (2, [2.0, 3.5])]
    assert rounds == [9, 9]


def test_no_more_run_at_the_same_time_than_may() -> None:
    running, most = [0], [0]

    def train(on_round: OnRound) -> None:
        for number in range(1, 12):
            running[0] += 1
            most[0] = max(most[0], running[0])
            time.sleep(0.002)
            running[0] -= 1
            on_round(number, 1.0)

    steps, _ = steps_of(train, train, train, side_by_side=1)
    assert most == [1]
    assert steps == [(step, [1.0] * 3) for step in range(3)]


def test_the_best_is_the_largest_where_more_is_better() -> None:
    steps, _ = steps_of(training([1.0, 0.5, 0.7, 2.0]), direction='maximize')
    assert steps == [(0, [1.0]), (1, [2.0])]


def test_a_score_that_is_not_a_number_is_no_score() -> None:
    steps, _ = steps_of(training([math.nan, 3.0, math.nan, 2.0]), training([math.nan] * 4))
    assert [(step, scores[0]) for step, scores in steps] == [(0, 3.0), (1, 2.0)]
    assert math.isnan(steps[0][1][1])


def test_one_that_has_ended_counts_with_its_best_score() -> None:
    steps, rounds = steps_of(training([3.0, 4.0, 5.0]), training([9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0], 0.005))
    assert steps == [(0, [3.0, 8.0]), (1, [3.0, 6.0]), (2, [3.0, 2.0])]
    assert rounds == [3, 8]
    steps, _ = steps_of(training([3.0, 4.0, 5.0]), training([9.0, 8.0, 7.0], 0.005))
    assert steps == [(0, [3.0, 8.0])]  # where all have ended, there is nothing more to decide


def test_a_late_first_score_passes_all_checkpoints_before_it() -> None:
    def train(on_round: OnRound) -> None:
        on_round(5, 1.0)

    steps, _ = steps_of(train)
    assert steps == [(0, [1.0]), (1, [1.0])]


class Pruned(Exception):
    pass


def test_what_a_checkpoint_raises_ends_all() -> None:
    def prune(step: int, scores: list[float]) -> None:
        if step == 1:
            raise Pruned

    trained: list[int] = []

    def endless(on_round: OnRound) -> None:
        for number in range(1, 100_000):
            trained.append(number)
            on_round(number, 1.0)

    with pytest.raises(Pruned):
        steps_of(endless, endless, endless, on_checkpoint=prune)
    assert max(trained) == 4


def test_an_error_of_one_ends_the_others() -> None:
    def broken(on_round: OnRound) -> None:
        on_round(1, 1.0)
        raise KeyError('broken')

    began = time.monotonic()
    with pytest.raises(KeyError, match='broken'):
        steps_of(training([1.0] * 100_000, 0.001), broken)
    assert time.monotonic() - began < 5


def test_all_stop_with_what_there_is() -> None:
    over = threading.Event()

    def on_checkpoint(step: int, scores: list[float]) -> None:
        over.set()

    _, rounds = steps_of(training([1.0] * 99), training([2.0] * 99), on_checkpoint=on_checkpoint, is_late=over.is_set)
    assert max(rounds) == 2


def test_an_interrupt_while_the_trainings_are_started_ends_those_that_run(monkeypatch: pytest.MonkeyPatch) -> None:
    start = ThreadPoolExecutor.submit
    started: list[Any] = []

    def submit(pool: ThreadPoolExecutor, *arguments: Any) -> Any:
        if started:
            raise KeyboardInterrupt
        started.append(start(pool, *arguments))
        time.sleep(0.1)  # the first one waits at its checkpoint by then, for one that never comes
        return started[0]

    monkeypatch.setattr(ThreadPoolExecutor, 'submit', submit)
    lockstep = Lockstep([(1, 0)], 'maximize', lambda step, scores: None, lambda: False, 2)

    with pytest.raises(KeyboardInterrupt):
        lockstep.run([lambda on_round: on_round(1, 0.5)] * 2)

    assert started[0].exception(timeout=5) is not None
