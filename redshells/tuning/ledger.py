"""What is finished, what runs and what is free in a study that any number of workers share."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from contextlib import ExitStack, suppress
from typing import Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from redshells.errors import StudyStorageError
from redshells.tuning.locking import Workers
from redshells.tuning.result import TrialRecord
from redshells.tuning.search_space import SearchSpace
from redshells.tuning.storage import close_storage, open_storage, without_password

_SEARCH_SPACE = 'redshells:search_space'
_FINGERPRINT = 'redshells:fingerprint'
_REMEMBERED = 'redshells:remembered'
_POSITION = 'redshells:position'
_WORKER = 'redshells:worker'
_NOT_A_NUMBER = 'redshells:not_a_number'
_NUMBER_OF_ROUNDS = 'number_of_rounds'
# Optuna's own: the values that a trial is to have, and what SuccessiveHalvingPruner noted of a trial.
_FIXED_PARAMS = 'fixed_params'
_RUNG_PREFIX = 'completed_rung_'


class Ledger:
    """The trials of a study by their position in the search.

    Call ``positions`` and ``take`` within the gate of the workers. It spares them work; the promises hold without it.

    Args:
        storage: The path or URL that the study is kept in.
        study_name: The name of the study, which is created where the storage doesn't have it.
        direction: ``'maximize'`` or ``'minimize'``.
        search_space: What is searched.
        workers: The workers of the study.
        fingerprint: A digest of the data and of what is measured; empty where it is not known.

    Raises:
        StudyStorageError: The storage fails, or has a study of this name that searches something else.
    """

    def __init__(
        self,
        storage: str,
        study_name: str,
        direction: str,
        search_space: SearchSpace,
        workers: Workers,
        fingerprint: str = '',
    ) -> None:
        self._storage = open_storage(storage)
        self._study_name = study_name
        self._space = search_space
        self._workers = workers
        # Trials of this worker, by number, which it knows of.
        self._own: set[int] = set()
        with ExitStack() as opened:
            opened.callback(self.close)
            self._open_study(f'the study {study_name!r} in {without_password(storage)!r}', direction, fingerprint)
            opened.pop_all()

    def _open_study(self, where: str, direction: str, fingerprint: str) -> None:
        study = optuna.create_study(
            storage=self._storage,
            study_name=self._study_name,
            direction=StudyDirection[direction.upper()],
            load_if_exists=True,
        )
        self._study_id = self._storage.get_study_id_from_name(self._study_name)
        found_direction = ', '.join(one.name.lower() for one in study.directions)
        if found_direction != direction:
            raise StudyStorageError(
                f'{where} has the direction {found_direction!r}, but {direction!r} is searched. Name another storage.'
            )
        self._describe(study, where, fingerprint)

    def _describe(self, study: optuna.Study, where: str, fingerprint: str) -> None:
        """Write into a new study what it searches; refuse one that searches something else."""
        space = self._space.gokart_serialize()
        found_space = study.user_attrs.get(_SEARCH_SPACE)
        if found_space is None and not study.get_trials(deepcopy=False):
            # In this order: a kill in between leaves a study that is still new.
            study.set_user_attr(_FINGERPRINT, fingerprint)
            study.set_user_attr(_SEARCH_SPACE, space)
        elif found_space != space:
            raise StudyStorageError(
                f'{where} has the search space {found_space}, but {space} is searched. Name another storage.'
            )
        found_fingerprint = study.user_attrs.get(_FINGERPRINT, '')
        if fingerprint and found_fingerprint and found_fingerprint != fingerprint:
            raise StudyStorageError(
                f'{where} was made with other data or another objective: their fingerprint was {found_fingerprint!r} '
                f'and is now {fingerprint!r}. Name another storage, or delete the study.'
            )

    def close(self) -> None:
        """Close the connections to the storage."""
        close_storage(self._storage)

    def remembered(self) -> Any:
        """Return what the study remembers, None where it remembers nothing."""
        return self._storage.get_study_user_attrs(self._study_id).get(_REMEMBERED)

    def remember(self, value: Any) -> None:
        """Let the study remember a JSON value, for all its workers."""
        if value != self.remembered():
            self._storage.set_study_user_attr(self._study_id, _REMEMBERED, value)

    def positions(self) -> tuple[dict[int, FrozenTrial], set[int]]:
        """Return the finished trials by position, and the positions of the running ones. What the dead ran fails."""
        holders = self._holders()
        finished = {position: trial for position, trial in holders.items() if _is_finished(trial)}
        return finished, holders.keys() - finished.keys()

    def take(self, position: int, params: Mapping[str, Any], sampler: BaseSampler, pruner: BasePruner) -> Trial | None:
        """Begin a trial; where one of the same position was interrupted after it was drawn, with its parameters.

        Args:
            position: A free position.
            params: Values that are tried rather than drawn, unless an interrupted trial is repeated.
            sampler: Draws what is not given.
            pruner: Decides whether the trial is ended early.

        Returns:
            The trial, or None where another worker took the position, now or because it took this one for dead.
        """
        attributes: dict[str, Any] = {_FIXED_PARAMS: dict(params)} if params else {}
        for trial in self._trials():
            if trial.user_attrs.get(_POSITION) == position and self._space.contains(trial.params):
                # What the sampler noted of the parameters belongs to them; what the pruner noted belongs to the values.
                noted = {key: item for key, item in trial.system_attrs.items() if not key.startswith(_RUNG_PREFIX)}
                attributes = {**noted, _FIXED_PARAMS: trial.params}
        # One record holds all that others must know of the trial, so that no kill leaves one of unknown position.
        template = create_trial(
            state=TrialState.RUNNING,
            user_attrs={_POSITION: position, _WORKER: self._workers.name},
            system_attrs=attributes,
        )
        trial_id = self._storage.create_new_trial(self._study_id, template)
        number = self._storage.get_trial_number_from_id(trial_id)
        self._own.add(number)
        # Without a gate, several workers may get here. The first trial holds the position: a later one sees it, and an
        # earlier one that is dead has failed for good before the position is another's.
        holder = self._holders().get(position)
        if holder is None or holder.number != number:
            self._fail(number)
            return None
        with suppress(UpdateFinishedTrialError):
            return Trial(_StudyOfOneTrial(self._study_name, self._storage, sampler, pruner), trial_id)
        return None

    def _holders(self) -> dict[int, FrozenTrial]:
        """Return the finished or running trial of each position, after failing those of the dead."""
        while True:
            # In this order: a worker that is not alive now will not finish what it ran before.
            trials = [trial for trial in self._trials() if _POSITION in trial.user_attrs]
            alive = self._workers.alive()
            holders: dict[int, FrozenTrial] = {}
            dead = []
            for trial in trials:
                if trial.state == TrialState.RUNNING and not self._is_attended(trial, alive):
                    dead.append(trial.number)
                elif trial.state == TrialState.RUNNING or _is_finished(trial):
                    holders.setdefault(trial.user_attrs[_POSITION], trial)
            # What was finished at the last moment is looked at again.
            if all([self._fail(number) for number in dead]):
                return holders

    def _is_attended(self, trial: FrozenTrial, alive: Container[str]) -> bool:
        worker = trial.user_attrs[_WORKER]
        # One of this worker that it doesn't know of began where the answer of the storage was lost.
        return trial.number in self._own if worker == self._workers.name else worker in alive

    def _fail(self, number: int) -> bool:
        trial_id = self._storage.get_trial_id_from_study_id_trial_number(self._study_id, number)
        try:
            self._storage.set_trial_state_values(trial_id, TrialState.FAIL)
        except UpdateFinishedTrialError:
            return False
        return True

    def has_complete_trial(self) -> bool:
        """Return whether any trial came to its end."""
        return bool(self._storage.get_all_trials(self._study_id, deepcopy=False, states=(TrialState.COMPLETE,)))

    def _trials(self) -> list[FrozenTrial]:
        return self._storage.get_all_trials(self._study_id, deepcopy=False)


class _StudyOfOneTrial(optuna.Study):
    """A study with the sampler of one trial, in which interrupted trials don't compete with those that repeat them."""

    def get_trials(self, *args: Any, **kwargs: Any) -> list[FrozenTrial]:
        return [trial for trial in super().get_trials(*args, **kwargs) if trial.state != TrialState.FAIL]


def finish_trial(trial: Trial, value: float, number_of_rounds: int | None) -> TrialRecord | None:
    """End a trial with its value.

    Args:
        trial: A running trial.
        value: The value of the metric. A trial whose value is not a number has failed, but is finished.
        number_of_rounds: Rounds that the model was trained for, where the model has rounds.

    Returns:
        The record of the trial, or None where others took the worker for dead, and the position from it.
    """
    try:
        if number_of_rounds is not None:
            trial.set_user_attr(_NUMBER_OF_ROUNDS, int(number_of_rounds))
        if math.isnan(value):
            # Written first: a kill in between makes the trial fail as well.
            trial.set_user_attr(_NOT_A_NUMBER, True)
    except UpdateFinishedTrialError:
        return None
    return _end(trial, TrialState.FAIL) if math.isnan(value) else _end(trial, TrialState.COMPLETE, value)


def prune_trial(trial: Trial) -> TrialRecord | None:
    """End a trial early, with the last value that it reported.

    Args:
        trial: A running trial.

    Returns:
        The record of the trial, or None where others took the worker for dead, and the position from it.
    """
    return _end(trial, TrialState.PRUNED)


def _end(trial: Trial, state: TrialState, value: float | None = None) -> TrialRecord | None:
    with suppress(UpdateFinishedTrialError):
        trial.study.tell(trial, value, state=state, skip_if_finished=True)
    ended = trial.storage.get_trial(trial._trial_id)
    return to_record(ended) if _is_finished(ended) else None


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
