"""A worker of a study: takes a free position, tries its parameters, and goes on until there is nothing more to do."""

from __future__ import annotations

import datetime
import itertools
import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.pruners import BasePruner
from optuna.trial import FrozenTrial, Trial, TrialState
from tqdm import tqdm

from redshells.tuning.ledger import Ledger, finish_trial, prune_trial, to_record
from redshells.tuning.locking import Workers
from redshells.tuning.result import TrialRecord, best_record
from redshells.tuning.sampling import make_sampler
from redshells.tuning.search_space import SearchSpace

_logger = logging.getLogger(__name__)
_WAIT_SECONDS = 0.1
_SECONDS_BETWEEN_LINES = 60.0
# What an earlier call spent between its trials is not worth another trial.
_SHORTEST_REST = 0.1


@dataclass(frozen=True)
class Outcome:
    """What a trial comes to.

    Attributes:
        value: The value of the metric.
        number_of_rounds: Rounds that the model was trained for, where the model has rounds.
        cut_short: Whether it is the value of what there was when the time was over. It counts if there is no other.
    """

    value: float
    number_of_rounds: int | None = None
    cut_short: bool = False


class Report(Protocol):
    """Tells how far a trial is."""

    def __call__(self, step: int, value: float) -> None:
        """Take an intermediate value; raises ``optuna.TrialPruned`` where the trial is to end early."""

    def is_late(self) -> bool:
        """Return whether the time is over: the trial is to come to an end with what there is."""


Objective = Callable[[dict[str, Any], Report], Outcome]


@dataclass(kw_only=True)
class Search:
    """The work of one process on a study.

    Attributes:
        objective: Tries parameters.
        space: What is searched.
        direction: ``'maximize'`` or ``'minimize'``.
        limit: Number of finished trials, infinite where only the time is limited.
        sampler: The name of a sampler, and its arguments.
        pruner: Decides which trials are ended early.
        random_seed: The seed of the search.
        initial_params: What is tried at the first positions, instead of being drawn.
        on_trial: Called after each trial.
        ledger: The trials of all workers.
        workers: All workers.
        progress: Whether a progress bar is shown where there is a terminal.
    """

    objective: Objective
    space: SearchSpace
    direction: str
    limit: float
    sampler: tuple[str, Mapping[str, Any]]
    pruner: BasePruner
    random_seed: int
    initial_params: Sequence[Mapping[str, Any]]
    on_trial: Callable[[TrialRecord], None] | None
    ledger: Ledger
    workers: Workers
    progress: bool

    def run(self, where: str, timeout: float | None, began: datetime.datetime | None) -> tuple[TrialRecord, ...]:
        """Run trials until all positions are finished, or the time is over.

        Args:
            where: What the study is called in the log.
            timeout: Seconds, or None.
            began: When the run began that this is a part of, by the clock of this machine; now if None. The trials
                before it count, too.
        """
        self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES
        finished = self._positions()[0]
        self._deadline = math.inf
        if timeout is not None:
            rest = timeout - _seconds_spent(finished.values())
            if began is not None:
                earlier = [one for one in finished.values() if one.datetime_start and one.datetime_start < began]
                rest = timeout - _seconds_spent(earlier) - (datetime.datetime.now() - began).total_seconds()
            self._deadline = time.monotonic() + (rest if rest > _SHORTEST_REST or not finished else 0.0)
        total = None if math.isinf(self.limit) else int(self.limit)
        _logger.info('%s: %d of %s trials finished, searching %s', where, len(finished), total, list(self.space.names))
        disable = None if self.progress else True
        with tqdm(total=total, initial=len(finished), desc='tuning', unit='trial', disable=disable) as self._bar:
            while (taken := self._take()) is not None:
                self._try(taken)
            finished = self._positions()[0]
            self._show(finished)
        return self._records(finished)

    def _take(self) -> Trial | None:
        """Begin the trial of the first free position, waiting for one; None where there is nothing more to do."""
        while True:
            with self.workers.gate():
                finished, running = self.ledger.positions()
                self._show(finished)
                position = next(number for number in itertools.count() if number not in finished.keys() | running)
                is_late = self.is_late()
                if position < self.limit and not (is_late and (finished or running)):
                    given = self.initial_params[position] if position < len(self.initial_params) else {}
                    sampler = make_sampler(*self.sampler, self.random_seed, position)
                    trial = self.ledger.take(position, given, sampler, self.pruner)
                    if trial is None:
                        continue
                    return trial
            # Others may be killed, or come to nothing; what they run is then free again.
            if not running or (is_late and any(trial.state == TrialState.COMPLETE for trial in finished.values())):
                return None
            time.sleep(_WAIT_SECONDS)

    def _try(self, trial: Trial) -> None:
        try:
            outcome = self.objective(self.space.suggest(trial), _TrialReport(self, trial))
            value = float(outcome.value)
            if outcome.cut_short and self.ledger.has_complete_trial():
                raise optuna.TrialPruned
        except optuna.TrialPruned:
            record = prune_trial(trial)
        except UpdateFinishedTrialError:
            record = None
        except BaseException as error:
            error.add_note(f'In a trial with the parameters {trial.params}.')
            # A storage that fails here too must not hide the error; the trial is found dead by the next call.
            with suppress(Exception):
                trial.study.tell(trial, state=TrialState.FAIL)
            raise
        else:
            record = finish_trial(trial, value, outcome.number_of_rounds)
        if record is None:
            _logger.warning('trial %d was taken from this worker, which others could not reach', trial.number)
        elif self.on_trial is not None:
            self.on_trial(record)

    def is_late(self) -> bool:
        """Return whether the time is over."""
        return time.monotonic() >= self._deadline

    def _positions(self) -> tuple[dict[int, FrozenTrial], set[int]]:
        with self.workers.gate():
            return self.ledger.positions()

    def _records(self, finished: Mapping[int, FrozenTrial]) -> tuple[TrialRecord, ...]:
        return tuple(to_record(finished[position]) for position in sorted(finished) if position < self.limit)

    def _show(self, finished: Mapping[int, FrozenTrial]) -> None:
        if time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES
            best = best_record(self._records(finished), self.direction)
            _logger.info(
                '%d trials finished, best value %s', len(finished), None if best is None else f'{best.value:g}'
            )
        if not self._bar.disable:
            best = best_record(self._records(finished), self.direction)
            self._bar.set_postfix_str('' if best is None else f'best={best.value:g}', refresh=False)
            self._bar.update(len(finished) - self._bar.n)


@dataclass(frozen=True)
class _TrialReport:
    search: Search
    trial: Trial

    def __call__(self, step: int, value: float) -> None:
        try:
            self.trial.report(value, step)
        except UpdateFinishedTrialError as error:
            # Others took the trial; all that trains a model knows how to end for this reason.
            raise optuna.TrialPruned from error
        if (self.is_late() and self.search.ledger.has_complete_trial()) or self.trial.should_prune():
            raise optuna.TrialPruned

    def is_late(self) -> bool:
        return self.search.is_late()


def _seconds_spent(trials: Iterable[FrozenTrial]) -> float:
    """Return the time during which at least one of the finished trials ran."""
    spent = datetime.timedelta()
    until = datetime.datetime.min
    spans = [(trial.datetime_start, trial.datetime_complete) for trial in trials]
    for begin, end in sorted((begin, end) for begin, end in spans if begin is not None and end is not None):
        if end > until:
            spent += end - max(begin, until)
            until = end
    return spent.total_seconds()
