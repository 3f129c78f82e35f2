"""A study: tries configurations of a search space until it has its trials, whatever is killed meanwhile.

Each trial has a position in the search, from 0. A position is taken by a trial that runs or that is finished: complete,
pruned, or failed because its value was not a number. A trial that was interrupted, by a kill or by an error of the
objective, frees its position, and the next trial there repeats its parameters. So the number of finished trials is
exact, whatever the number of workers.

Workers on any number of machines may share a study, and each knows at once which of the others have died: by locks
beside the file where the storage is a file, if the file system shares locks; by their sessions where it is a server.
"""

from __future__ import annotations

import datetime
import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

from redshells.errors import NoCompleteTrialError, ParameterError
from redshells.tuning.ledger import Ledger
from redshells.tuning.locking import Workers
from redshells.tuning.quiet_optuna import quiet_optuna
from redshells.tuning.result import TrialRecord, best_record
from redshells.tuning.sampling import make_pruner, make_sampler
from redshells.tuning.search import Objective, Outcome, Report, Search
from redshells.tuning.search_space import SearchSpace
from redshells.tuning.storage import storage_errors, without_password
from redshells.tuning.workers import open_workers

__all__ = ['Objective', 'Outcome', 'Report', 'run_study']

_logger = logging.getLogger(__name__)


def run_study(
    objective: Objective,
    *,
    search_space: SearchSpace,
    direction: str,
    n_trials: int | None,
    storage: str,
    study_name: str,
    timeout: float | None = None,
    began: datetime.datetime | None = None,
    sampler: tuple[str, Mapping[str, Any]] = ('TPESampler', {}),
    pruner: tuple[str, Mapping[str, Any]] = ('MedianPruner', {}),
    random_seed: int = 0,
    initial_params: Sequence[Mapping[str, Any]] = (),
    progress: bool = True,
    on_trial: Callable[[TrialRecord], None] | None = None,
    fingerprint: str = '',
    prepare: Callable[[Any], Any] | None = None,
) -> tuple[TrialRecord, ...]:
    """Search until the study has its trials, going on where an earlier call was interrupted.

    A call is one worker, which runs one trial after the other; other processes may call it at the same time.

    An error of the objective ends the search; the trial is repeated by the next call. A value that is not a number
    makes the trial fail, and the search goes on. An empty search space has one trial.

    Args:
        objective: Gets the parameters of a trial, and ``report(step, value)`` to call with intermediate values at
            growing steps; it raises ``optuna.TrialPruned`` where the trial is to end early. ``report.is_late()`` says
            in between whether the time is over.
        search_space: What is searched.
        direction: ``'maximize'`` or ``'minimize'``.
        n_trials: Number of finished trials, those of earlier calls and of other workers included. None: no limit.
        storage: The path of a file, or the URL of a database: see ``storage.open_storage``.
        study_name: The name of the study in the storage.
        timeout: Seconds, those during which trials of earlier calls ran included. After them no trial is begun, and
            those that run are ended at their next report unless no trial is complete yet. None: no limit.
        began: Local time from which the timeout counts, for a process that another one of this machine has started.
            None: it counts from now.
        sampler: The name of one of Optuna's samplers, and its arguments.
        pruner: ``'RacingPruner'``, or the name of one of Optuna's pruners, and its arguments.
        random_seed: What is drawn depends on it, and on the finished trials.
        initial_params: Configurations that are tried first, as far as the search space has their parameters.
        progress: Whether a progress bar is shown where there is a terminal.
        on_trial: Called after each trial that this call finished.
        prepare: Called before the first trial with what the study remembers, None at first; what it returns is
            remembered, as JSON, for the other workers and later calls. Where two come first, the later one is called
            again.
        fingerprint: A digest of what the values depend on besides the parameters, such as the rows and the folds. A
            study that was made with another one is refused.

    Returns:
        The finished trials by position.

    Raises:
        ParameterError: An argument has a wrong value.
        StudyStorageError: The storage fails, or has a study of this name that searches something else.
        MissingExtraError: A library that the storage, the sampler or the pruner needs is not installed.
        NoCompleteTrialError: All trials failed or were pruned.
    """
    _check_limits(n_trials, timeout)
    make_sampler(*sampler, random_seed, 0)
    best_record((), direction)
    started = datetime.datetime.now()
    with quiet_optuna(), storage_errors(storage), open_workers(storage, study_name) as workers:
        with workers.gate():
            ledger = Ledger(storage, study_name, direction, search_space, workers, fingerprint)
        with closing(ledger):
            if prepare is not None:
                _agree(prepare, ledger, workers)
            search = Search(
                objective=objective,
                space=search_space,
                direction=direction,
                limit=1 if not search_space else math.inf if n_trials is None else n_trials,
                sampler=sampler,
                pruner=make_pruner(*pruner),
                random_seed=random_seed,
                initial_params=_distinct(search_space.clip(params) for params in initial_params),
                on_trial=on_trial,
                ledger=ledger,
                workers=workers,
                progress=progress,
            )
            where = f'study {study_name} in {without_password(storage)}'
            records = search.run(where, timeout, began)
    best = best_record(records, direction)
    states = [record.state for record in records]
    counts = f'{states.count("COMPLETE")} complete, {states.count("PRUNED")} pruned, {states.count("FAIL")} failed'
    if best is None:
        advice = 'Prune less, or give more time.'
        if set(states) == {'FAIL'}:
            advice = 'Each value was not a number: look at the metric, and at the folds that it is taken on.'
        raise NoCompleteTrialError(
            f'no trial of the {where} came to its end ({counts}); one at least is expected. {advice}'
        )
    _logger.info(
        '%s: %s trials (%s) after %.1f s, best value %g',
        where,
        len(records),
        counts,
        (datetime.datetime.now() - started).total_seconds(),
        best.value,
    )
    return records


def _agree(prepare: Callable[[Any], Any], ledger: Ledger, workers: Workers) -> None:
    """Prepare the objective as all workers do, outside of the gate, for it may take its time."""
    prepared = prepare(ledger.remembered())
    with workers.gate():
        remembered = ledger.remembered()
        if remembered is None:
            ledger.remember(prepared)
    if remembered is not None and remembered != prepared:
        prepare(remembered)


def _check_limits(n_trials: int | None, timeout: float | None) -> None:
    if n_trials is None and timeout is None:
        raise ParameterError('n_trials and timeout are both None; one of them at least is expected.')
    if n_trials is not None and n_trials < 1:
        raise ParameterError(f'n_trials={n_trials}; 1 or more is expected.')
    if timeout is not None and not timeout > 0:
        raise ParameterError(f'timeout={timeout}; a number of seconds greater than 0 is expected.')


def _distinct(configurations: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for configuration in configurations:
        if configuration and configuration not in found:
            found.append(configuration)
    return found
