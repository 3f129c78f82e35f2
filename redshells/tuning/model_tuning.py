"""From data to a tuning result: one study over folds that all its trials share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import optuna

from redshells.model.frame import TableData
from redshells.tuning.cross_validation import SplitPlan
from redshells.tuning.objective import CrossValidationObjective
from redshells.tuning.result import TuningResult, best_record
from redshells.tuning.search_space import SearchSpace
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
        metric: Name of the score; the default of the problem when empty.
        splitting: The folds.
        early_stopping_rounds: Stop a model when its score has not got better for so many rounds; 0 never stops.
        n_trials: Number of trials.
        timeout: No trial starts after so many seconds.
        sampler: Name and arguments of a sampler of Optuna.
        pruner: Name and arguments of a pruner of Optuna.
        n_jobs: Trials that run side by side.
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
    metric: str = ''
    splitting: SplitPlan = field(default_factory=SplitPlan)
    early_stopping_rounds: int = 50
    n_trials: int = 50
    timeout: float | None = None
    sampler: tuple[str, Mapping[str, Any]] = ('TPESampler', {})
    pruner: tuple[str, Mapping[str, Any]] = ('MedianPruner', {})
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
    objective = CrossValidationObjective(
        build,
        data,
        plan.splitting,
        metric=plan.metric,
        early_stopping_rounds=plan.early_stopping_rounds,
        fixed=fixed,
    )
    records = run_study(
        objective,
        search_space=plan.search_space,
        direction=objective.metric.direction,
        n_trials=plan.n_trials,
        timeout=plan.timeout,
        sampler=plan.sampler,
        pruner=plan.pruner,
        random_seed=build.random_seed,
        storage=plan.storage,
        study_name=plan.study_name,
        n_jobs=plan.n_jobs,
        initial_params=plan.first_trials,
        progress=plan.show_progress,
    )
    best = best_record(records, objective.metric.direction)
    assert best is not None, 'run_study raises where no trial is complete'
    assert best.value is not None, 'a complete trial has a value'
    return TuningResult(
        model=plan.model_name,
        problem=build.problem,
        target_column_name=plan.target_column_name,
        metric=objective.metric.name,
        direction=objective.metric.direction,
        best_params=build.override(plan.search_space.suggest(optuna.trial.FixedTrial(dict(best.params))), fixed),
        best_value=best.value,
        number_of_rounds=best.number_of_rounds,
        search_space=plan.search_space,
        random_seed=build.random_seed,
        trial_records=records,
    )
