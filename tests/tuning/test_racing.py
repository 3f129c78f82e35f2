from __future__ import annotations

import math
from collections.abc import Mapping

import optuna
import pytest
from optuna.trial import TrialState, create_trial

from redshells.errors import ParameterError
from redshells.model.tree_size import TreeSize
from redshells.tuning.racing import STEPS_OF_A_STAGE, RacingPruner, checkpoints, relative_cost
from redshells.tuning.sampling import make_pruner

END = STEPS_OF_A_STAGE - 1


def study_of(*curves: Mapping[int, float], direction: str = 'minimize') -> optuna.Study:
    study = optuna.create_study(direction=direction)
    for curve in curves:
        study.add_trial(create_trial(value=curve[max(curve)], intermediate_values=dict(curve)))
    return study


def is_pruned(study: optuna.Study, curve: Mapping[int, float], **arguments: int) -> bool:
    trial = create_trial(state=TrialState.RUNNING, intermediate_values=dict(curve))
    return RacingPruner(**{'n_leaders': 2, **arguments}).prune(study, trial)


LEADERS = ({0: 5.0, 1: 3.0, END: 2.0}, {0: 4.0, 1: 3.5, END: 2.5}, {0: 9.0, 1: 9.0, END: 9.0})


@pytest.mark.parametrize(
    ('curve', 'expected'), [({0: 4.9}, False), ({0: 5.1}, True), ({0: 9.0, 1: 3.4}, False), ({0: 1.0, 1: 3.6}, True)]
)
def test_ends_what_is_behind_each_of_the_leaders(curve: Mapping[int, float], expected: bool) -> None:
    assert is_pruned(study_of(*LEADERS), curve) == expected
    mirrored = [{step: -value for step, value in one.items()} for one in LEADERS]
    negative = {step: -value for step, value in curve.items()}
    assert is_pruned(study_of(*mirrored, direction='maximize'), negative) == expected


def test_within_a_stage_it_waits_for_some_complete_trials() -> None:
    study = study_of(*LEADERS[:2])
    assert not is_pruned(study, {0: 99.0})
    assert is_pruned(study, {0: 99.0}, n_startup_trials=2)
    assert not is_pruned(study_of(), {0: 99.0, END: 99.0})
    assert is_pruned(study_of(LEADERS[0]), {0: 99.0, END: 99.0})


def test_a_leader_that_ended_earlier_counts_with_its_last_value() -> None:
    study = study_of({0: 5.0, 100: 2.0}, {0: 5.0, 100: 2.0}, {0: 5.0, 100: 2.0})
    assert is_pruned(study, {0: 9.0, 3: 5.1})
    assert not is_pruned(study, {0: 9.0, 3: 4.9})
    assert is_pruned(study, {0: 1.0, 103: 2.1})  # of the second stage, only the second stage counts


def test_a_third_of_many_leads() -> None:
    study = study_of(*({0: float(number)} for number in range(12)))
    assert not is_pruned(study, {0: 3.0})
    assert is_pruned(study, {0: 3.1})


def test_a_score_that_is_not_a_number_is_behind() -> None:
    assert is_pruned(study_of(*LEADERS), {0: math.nan})
    assert not RacingPruner().prune(study_of(*LEADERS), create_trial(state=TrialState.RUNNING))
    study = study_of({0: math.nan, 1: 2.0}, {0: 3.0, 1: 2.0}, {0: 4.0, 1: 2.0})
    assert is_pruned(study, {0: 4.1}, n_leaders=3)
    assert not is_pruned(study, {0: 3.9}, n_leaders=3)


def test_by_name() -> None:
    assert isinstance(make_pruner('RacingPruner', {'n_leaders': 3}), RacingPruner)
    with pytest.raises(ParameterError, match='RacingPruner refuses'):
        make_pruner('RacingPruner', {'n_leaders': 0})


def test_checkpoints_come_at_equal_cost() -> None:
    usual, large = checkpoints(1.0, 0.1), checkpoints(4.0, 0.1)
    assert [step for _, step in usual] == list(range(len(usual)))
    assert [number for number, _ in usual[:3]] == [50, 71, 100]
    assert [number for number, _ in large[:3]] == [13, 18, 25]
    assert checkpoints(1.0, 0.05)[0] == (100, 0)
    tiny = checkpoints(1000.0, 0.1)
    assert len({number for number, _ in tiny}) == len(tiny) < len(usual)
    assert tiny[-1][1] == usual[-1][1]


def test_the_cost_of_a_tree() -> None:
    usual = TreeSize(leaves=31, bins=255)
    assert relative_cost(usual, usual, 10_000) == 1.0
    assert relative_cost(TreeSize(31, 255, share_of_columns=0.5), usual, 10_000) == 0.5
    assert 1.5 < relative_cost(TreeSize(leaves=256, bins=255), usual, 10_000) < 6
    assert 1.0 < relative_cost(TreeSize(leaves=256, bins=255), usual, 10_000_000) < 1.8
    # no tree has more leaves than rows
    assert relative_cost(TreeSize(2.0**20, 255), usual, 100) == relative_cost(TreeSize(100, 255), usual, 100)
