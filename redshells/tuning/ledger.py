"""What is finished, what runs and what is free in a study that any number of workers share."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from typing import Any

import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from redshells.errors import StudyStorageError
from redshells.tuning.journal import open_storage, without_password
from redshells.tuning.result import TrialRecord
from redshells.tuning.search_space import SearchSpace

_SEARCH_SPACE = 'redshells:search_space'
_REMEMBERED = 'redshells:effort'
_POSITION = 'redshells:position'
_WORKER = 'redshells:worker'
_NOT_A_NUMBER = 'redshells:not_a_number'
_NUMBER_OF_ROUNDS = 'number_of_rounds'
# Optuna's own: the values that a trial is to have, and what SuccessiveHalvingPruner noted of a trial.
_FIXED_PARAMS = 'fixed_params'
_RUNG_PREFIX = 'completed_rung_'


class Ledger:
    """The trials of a study by their position in the search.

    Call ``positions`` and ``take`` while no other worker does: within the gate of the workers.

    Args:
        storage: The path or URL that the study is kept in.
        study_name: The name of the study, which is created where the storage doesn't have it.
        direction: ``'maximize'`` or ``'minimize'``.
        search_space: What is searched.

    Raises:
        StudyStorageError: The storage fails, or has a study of this name that searches something else.
    """

    def __init__(self, storage: str, study_name: str, direction: str, search_space: SearchSpace) -> None:
        self._storage = open_storage(storage)
        self._study_name = study_name
        self._space = search_space
        study = optuna.create_study(
            storage=self._storage,
            study_name=study_name,
            direction=StudyDirection[direction.upper()],
            load_if_exists=True,
        )
        self._study_id = self._storage.get_study_id_from_name(study_name)
        where = f'the study {study_name!r} in {without_password(storage)!r}'
        found_direction = ', '.join(one.name.lower() for one in study.directions)
        if found_direction != direction:
            raise StudyStorageError(
                f'{where} has the direction {found_direction!r}, but {direction!r} is searched. Name another storage.'
            )
        found_space = study.user_attrs.get(_SEARCH_SPACE)
        if found_space is None and not study.get_trials(deepcopy=False):
            study.set_user_attr(_SEARCH_SPACE, search_space.gokart_serialize())
        elif found_space != search_space.gokart_serialize():
            raise StudyStorageError(
                f'{where} has the search space {found_space}, but {search_space.gokart_serialize()} is searched. '
                'Name another storage.'
            )

    def remembered(self) -> Any:
        """Return what the study remembers, None where it remembers nothing."""
        return self._storage.get_study_user_attrs(self._study_id).get(_REMEMBERED)

    def remember(self, value: Any) -> None:
        """Let the study remember a JSON value, for all its workers."""
        if value != self.remembered():
            self._storage.set_study_user_attr(self._study_id, _REMEMBERED, value)

    def positions(self, alive: Container[str]) -> tuple[dict[int, FrozenTrial], set[int]]:
        """Return the finished trials by position, and the positions of the running ones. What the dead ran has failed.

        Args:
            alive: The names of the workers that live.
        """
        finished, running = {}, set()
        for trial in self._trials():
            position = trial.user_attrs.get(_POSITION)
            if position is None:
                continue
            if _is_finished(trial):
                finished[position] = trial
            elif trial.state == TrialState.RUNNING and trial.user_attrs[_WORKER] in alive:
                running.add(position)
            elif trial.state == TrialState.RUNNING:
                trial_id = self._storage.get_trial_id_from_study_id_trial_number(self._study_id, trial.number)
                self._storage.set_trial_state_values(trial_id, TrialState.FAIL)
        return finished, running

    def take(
        self, position: int, worker: str, params: Mapping[str, Any], sampler: BaseSampler, pruner: BasePruner
    ) -> Trial:
        """Begin a trial; where one of the same position was interrupted after it was drawn, with its parameters.

        Args:
            position: A free position.
            worker: The name of the worker that runs the trial.
            params: Values that are tried rather than drawn, unless an interrupted trial is repeated.
            sampler: Draws what is not given.
            pruner: Decides whether the trial is ended early.
        """
        attributes: dict[str, Any] = {_FIXED_PARAMS: dict(params)} if params else {}
        for trial in self._trials():
            if trial.user_attrs.get(_POSITION) == position and self._space.contains(trial.params):
                # What the sampler noted of the parameters belongs to them; what the pruner noted belongs to the values.
                noted = {key: item for key, item in trial.system_attrs.items() if not key.startswith(_RUNG_PREFIX)}
                attributes = {**noted, _FIXED_PARAMS: trial.params}
        # One record holds all that others must know of the trial, so that no kill leaves one of unknown position.
        template = create_trial(
            state=TrialState.RUNNING, user_attrs={_POSITION: position, _WORKER: worker}, system_attrs=attributes
        )
        trial_id = self._storage.create_new_trial(self._study_id, template)
        return Trial(_StudyOfOneTrial(self._study_name, self._storage, sampler, pruner), trial_id)

    def has_complete_trial(self) -> bool:
        """Return whether any trial came to its end."""
        return bool(self._storage.get_all_trials(self._study_id, deepcopy=False, states=(TrialState.COMPLETE,)))

    def _trials(self) -> list[FrozenTrial]:
        return self._storage.get_all_trials(self._study_id, deepcopy=False)


class _StudyOfOneTrial(optuna.Study):
    """A study with the sampler of one trial, in which interrupted trials don't compete with those that repeat them."""

    def get_trials(self, *args: Any, **kwargs: Any) -> list[FrozenTrial]:
        return [trial for trial in super().get_trials(*args, **kwargs) if trial.state != TrialState.FAIL]


def finish_trial(trial: Trial, value: float, number_of_rounds: int | None) -> None:
    """End a trial with its value.

    Args:
        trial: A running trial.
        value: The value of the metric. A trial whose value is not a number has failed, but is finished.
        number_of_rounds: Rounds that the model was trained for, where the model has rounds.
    """
    if number_of_rounds is not None:
        trial.set_user_attr(_NUMBER_OF_ROUNDS, int(number_of_rounds))
    if math.isnan(value):
        # Written first: a kill in between makes the trial fail as well.
        trial.set_user_attr(_NOT_A_NUMBER, True)
        trial.study.tell(trial, state=TrialState.FAIL)
    else:
        trial.study.tell(trial, value)


def to_record(trial: FrozenTrial) -> TrialRecord:
    """Return the record of a finished trial.

    Args:
        trial: A finished trial.
    """
    assert trial.datetime_start is not None
    assert trial.datetime_complete is not None
    return TrialRecord(
        number=trial.user_attrs[_POSITION],
        state=trial.state.name,
        value=trial.value,
        params=trial.params,
        number_of_rounds=trial.user_attrs.get(_NUMBER_OF_ROUNDS),
        duration=(trial.datetime_complete - trial.datetime_start).total_seconds(),
        started=trial.datetime_start.isoformat(),
    )


def _is_finished(trial: FrozenTrial) -> bool:
    if trial.state == TrialState.FAIL:
        return _NOT_A_NUMBER in trial.user_attrs
    return trial.state in (TrialState.COMPLETE, TrialState.PRUNED)
