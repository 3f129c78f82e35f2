"""Which trials are worth their time: they race against the best ones, at checkpoints of equal cost.

A round of large trees takes longer than one of small trees and learns more. So trials are compared where they have cost
the same, by a rule for the cost of a tree and not by the clock, which would decide differently on another day.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import optuna
from optuna.pruners import BasePruner
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from redshells.model.tree_size import TreeSize

STEPS_OF_A_STAGE = 100
"""The steps of the checkpoints of a stage are below; the last one is its end."""

_FIRST_CHECKPOINT = 5.0  # rounds times learning rate, of the library's default trees
_CHECKPOINTS_TO_DOUBLE = 2
_NUMBER_OF_CHECKPOINTS = 16
# What looking for the best split of a histogram takes, beside filling it with one row; fitted to times of LightGBM.
_COST_OF_A_BIN = 3.3
_LEAST_SHARE = 0.01


def relative_cost(trees: TreeSize, reference: TreeSize, rows: int) -> float:
    """Estimate how much longer a round takes than one of reference.

    Args:
        trees: The trees of a trial.
        reference: The trees to compare with.
        rows: Number of rows to train on.
    """
    return _cost(trees, rows) / _cost(reference, rows)


def _cost(trees: TreeSize, rows: int) -> float:
    leaves = max(2.0, min(trees.leaves, rows))
    filling = rows * trees.share_of_rows * math.log2(leaves)
    return max(_LEAST_SHARE, trees.share_of_columns) * (filling + _COST_OF_A_BIN * leaves * trees.bins)


def checkpoints(cost: float, learning_rate: float) -> list[tuple[int, int]]:
    """Say after which rounds a trial is compared with others.

    Args:
        cost: The relative cost of its rounds.
        learning_rate: Its learning rate.

    Returns:
        Round and step of each checkpoint, in growing order. At equal steps, trials of one learning rate have cost the
        same.
    """
    step_of_round: dict[int, int] = {}
    for step in range(_NUMBER_OF_CHECKPOINTS):
        step_of_round[math.ceil(_FIRST_CHECKPOINT / learning_rate * 2.0 ** (step / _CHECKPOINTS_TO_DOUBLE) / cost)] = (
            step
        )
    return sorted(step_of_round.items())


class RacingPruner(BasePruner):
    """Ends a trial that is worse than each of the best ones was at the same step.

    The best ones are the best third of the complete trials, and no fewer than ``n_leaders``. A trial that ended before
    that step, because it got no better, counts with its last value.

    Args:
        n_leaders: How many of the best complete trials set the pace at least.
        n_startup_trials: Trials are ended within a stage only when so many are complete. After a stage, one suffices.
    """

    def __init__(self, n_leaders: int = 3, n_startup_trials: int = 3) -> None:
        if n_leaders < 1 or n_startup_trials < 1:
            raise ValueError(f'n_leaders={n_leaders} and n_startup_trials={n_startup_trials}; 1 or more are expected')
        self._n_leaders = n_leaders
        self._n_startup_trials = n_startup_trials

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """Decide by the finished trials of the study."""
        step = trial.last_step
        if step is None:
            return False
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        is_end_of_stage = step % STEPS_OF_A_STAGE == STEPS_OF_A_STAGE - 1
        if len(complete) < (1 if is_end_of_stage else self._n_startup_trials):
            return False
        sign = 1.0 if study.direction == StudyDirection.MAXIMIZE else -1.0
        complete.sort(key=lambda one: (-sign * (one.value or 0.0), one.number))
        leaders = complete[: max(self._n_leaders, len(complete) // 3)]
        pace = list(_values_at(step, leaders))
        value = sign * trial.intermediate_values[step]
        return bool(pace) and (math.isnan(value) or value < min(sign * one for one in pace))


def _values_at(step: int, trials: Iterable[FrozenTrial]) -> Iterable[float]:
    first = step - step % STEPS_OF_A_STAGE
    for trial in trials:
        reached = [one for one in trial.intermediate_values if first <= one <= step]
        if reached and not math.isnan(trial.intermediate_values[max(reached)]):
            yield trial.intermediate_values[max(reached)]
