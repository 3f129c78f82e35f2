"""From data to a tuning result: one study over folds that all its trials share."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import optuna

from redshells.cores import available_cores, shared_cores, thread_count, worker_count
from redshells.model.frame import TableData
from redshells.tuning.cross_validation import SplitPlan
from redshells.tuning.effort import USUAL_LEARNING_RATE, Effort
from redshells.tuning.helper_processes import Helpers
from redshells.tuning.objective import CrossValidationObjective
from redshells.tuning.result import TrialRecord, TuningResult, best_record
from redshells.tuning.search_space import SearchSpace
from redshells.tuning.search_strategy import SearchStrategy
from redshells.tuning.study import run_study
from redshells.tuning.training import Build


@dataclass(frozen=True, kw_only=True)
class TuningPlan:
    """How a model is tuned.

    Args:
        model_name: What the model is called in the result.
        target_column_name: The column that is predicted, for the result.
        search_space: What is searched.
        first_trials: Arguments that are tried first.
        strategy: How the search follows the table, where the search space is the model's own; else None.
        metric: Name of the score; the default of the problem when empty.
        splitting: The folds.
        early_stopping_rounds: Stop a model when its score has not got better for so many rounds; 0 never stops. None
            for what suits the learning rate.
        n_trials: Number of trials; None for as many as the timeout leaves time for.
        timeout: Seconds for the search.
        began: Local time from which the timeout counts; when the search is called if None.
        sampler: Name and arguments of a sampler of Optuna.
        pruner: ``'RacingPruner'``, or the name of a pruner of Optuna, and its arguments.
        n_jobs: Trials that run side by side, each in a process of its own.
        storage: Path or URL of the study.
        study_name: Name of the study in the storage.
        show_progress: Show a progress bar where there is a terminal.
    """

    model_name: str
    target_column_name: str
    search_space: SearchSpace
    storage: str
    study_name: str
    first_trials: tuple[Mapping[str, Any], ...] = ()
    strategy: SearchStrategy | None = None
    metric: str = ''
    splitting: SplitPlan = field(default_factory=SplitPlan)
    early_stopping_rounds: int | None = None
    n_trials: int | None = 50
    timeout: float | None = None
    began: datetime.datetime | None = None
    sampler: tuple[str, Mapping[str, Any]] = ('TPESampler', {})
    pruner: tuple[str, Mapping[str, Any]] = ('RacingPruner', {})
    n_jobs: int = 1
    show_progress: bool = True


def tune_model(build: Build, data: TableData, plan: TuningPlan, fixed: Mapping[str, Any]) -> TuningResult:
    """Search the best arguments of a model.

    Args:
        build: Makes the models.
        data: All rows.
        plan: What is searched, and how.
        fixed: Arguments that are not searched.

    Returns:
        The best arguments and all trials.

    Raises:
        RedshellsError: The data or the arguments can't be used (before the first trial), or the search can't go on.
    """
    search = _search(build, data, plan, fixed)
    objective, space, agreed, records = search.objective, search.space, search.effort, search.records
    best = best_record(records, objective.metric.direction)
    assert best is not None, 'run_study raises where no trial is complete'
    assert best.value is not None, 'a complete trial has a value'
    drawn = space.suggest(optuna.trial.FixedTrial(dict(best.params)))
    params, rounds = build.override(drawn, fixed), best.number_of_rounds
    if agreed.learning_rate is not None and rounds is not None:
        seconds = objective.seconds_per_round(best.duration, rounds) * len(data) / objective.training_rows
        rate, rounds = agreed.slow_down(rounds, seconds, plan.timeout)
        params = {**params, 'learning_rate': rate}
    return TuningResult(
        model=plan.model_name,
        problem=build.problem,
        target_column_name=plan.target_column_name,
        metric=objective.metric.name,
        direction=objective.metric.direction,
        best_params=params,
        best_value=best.value,
        number_of_rounds=rounds,
        search_space=space,
        random_seed=build.random_seed,
        learning_rate_of_trials=agreed.learning_rate,
        trial_records=records,
    )


def work_on_study(build: Build, data: TableData, plan: TuningPlan, fixed: Mapping[str, Any]) -> tuple[TrialRecord, ...]:
    """Run trials beside others that search the same, until the study has its trials.

    Args:
        build: Makes the models.
        data: All rows.
        plan: What is searched, and how.
        fixed: Arguments that are not searched.

    Returns:
        The finished trials by position.

    Raises:
        RedshellsError: The data or the arguments can't be used (before the first trial), or the search can't go on.
    """
    return _search(build, data, plan, fixed).records


@dataclass(frozen=True)
class _Searched:
    objective: CrossValidationObjective
    space: SearchSpace
    effort: Effort
    records: tuple[TrialRecord, ...]


def _search(build: Build, data: TableData, plan: TuningPlan, fixed: Mapping[str, Any]) -> _Searched:
    began = plan.began or datetime.datetime.now()
    objective = CrossValidationObjective(
        build,
        data,
        plan.splitting,
        metric=plan.metric,
        early_stopping_rounds=plan.early_stopping_rounds,
        fixed=fixed,
    )
    space = _space_for(plan, data, objective, fixed)
    agreed = Effort()

    def prepare(remembered: Mapping[str, Any] | None) -> Mapping[str, Any]:
        nonlocal agreed
        agreed = _choose_effort(objective, build, plan, fixed) if remembered is None else Effort.from_json(remembered)
        objective.spend(agreed)
        return agreed.to_json()

    count = min(plan.n_jobs, plan.n_trials or plan.n_jobs) if space else 1
    alone = replace(plan, n_jobs=1, show_progress=False, began=began)
    with shared_cores(count), Helpers(count - 1, work_on_study, build, data, alone, fixed) as helpers:
        records = run_study(
            helpers.beside(objective),
            search_space=space,
            direction=objective.metric.direction,
            n_trials=plan.n_trials,
            timeout=plan.timeout,
            began=began,
            sampler=plan.sampler,
            pruner=plan.pruner,
            random_seed=build.random_seed,
            storage=plan.storage,
            study_name=plan.study_name,
            initial_params=plan.first_trials,
            progress=plan.show_progress,
            prepare=prepare,
            fingerprint=objective.fingerprint,
        )
        if len(records) != plan.n_trials:  # the time is over: what the helpers run comes to an end now
            known = {record.number: record for part in (*helpers.collect(), records) for record in part}
            records = tuple(known[number] for number in sorted(known))
    return _Searched(objective, space, agreed, records)


def _space_for(
    plan: TuningPlan, data: TableData, objective: CrossValidationObjective, fixed: Mapping[str, Any]
) -> SearchSpace:
    if plan.strategy is None:
        return plan.search_space
    return plan.strategy.space_for(
        plan.search_space,
        len(data),
        has_categories=objective.has_categories,
        searches_learning_rate='number_of_rounds' in fixed and 'learning_rate' not in fixed,
    )


def _choose_effort(
    objective: CrossValidationObjective, build: Build, plan: TuningPlan, fixed: Mapping[str, Any]
) -> Effort:
    """Measure a few rounds where the time is limited; without a timeout, nothing may depend on the clock."""
    if not build.stops_early:
        return Effort()
    shares_rate = plan.strategy is not None and not fixed.keys() & {'learning_rate', 'number_of_rounds'}
    if plan.timeout is None:
        return Effort(learning_rate=USUAL_LEARNING_RATE if shares_rate else None)
    return Effort.within(
        plan.timeout,
        objective.measure_round(),
        threads=min(available_cores(), worker_count() * min(thread_count(build.n_jobs), objective.number_of_folds)),
        number_of_folds=objective.number_of_folds,
        rows=objective.training_rows,
        validation_rows=objective.validation_rows,
        given_rate=None if shares_rate else float(fixed.get('learning_rate') or USUAL_LEARNING_RATE),
    )
