"""From documents and a search space to a tuning result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redshells.errors import NoCompleteTrialError
from redshells.tuning.result import TrialRecord, TuningResult, best_record
from redshells.tuning.search_space import SearchSpace
from redshells.tuning.study import run_study
from redshells.tuning.text_objective import TextObjective
from redshells.tuning.text_problem import PROBLEM


@dataclass(frozen=True, kw_only=True)
class TextTuningPlan:
    """How a text model is tuned.

    Args:
        model_name: What the model is called in the result.
        target_column_name: The column with the labels, for the result; empty without labels.
        search_space: What is searched.
        first_trials: Arguments that are tried first.
        n_trials: Number of trials; None for as many as the timeout leaves time for.
        timeout: Seconds for the search.
        sampler: Name and arguments of a sampler of Optuna.
        pruner: Name and arguments of a pruner of Optuna.
        storage: Path or URL of the study.
        study_name: Name of the study in the storage.
        show_progress: Show a progress bar where there is a terminal.
    """

    model_name: str
    target_column_name: str
    search_space: SearchSpace
    first_trials: tuple[Mapping[str, Any], ...]
    n_trials: int | None
    timeout: float | None
    sampler: tuple[str, Mapping[str, Any]]
    pruner: tuple[str, Mapping[str, Any]]
    storage: str
    study_name: str
    show_progress: bool


def tune_text_model(objective: TextObjective, plan: TextTuningPlan) -> TuningResult:
    """Search the best arguments of a text model.

    Args:
        objective: Says what arguments are worth.
        plan: What is searched, and how.

    Returns:
        The best arguments and all trials.

    Raises:
        RedshellsError: The documents or the arguments can't be used, or the search can't go on.
    """
    records, direction = search_text_model(objective, plan), objective.direction()
    best = best_record(records, direction)
    assert best is not None, 'run_study raises where no trial is complete'
    assert best.value is not None, 'a complete trial has a value'
    return TuningResult(
        model=plan.model_name,
        problem=PROBLEM,
        target_column_name=plan.target_column_name,
        metric=objective.metric,
        direction=direction,
        best_params={**best.params, **objective.fixed},
        best_value=best.value,
        number_of_rounds=None,
        search_space=plan.search_space,
        random_seed=objective.random_seed,
        trial_records=records,
    )


def search_text_model(objective: TextObjective, plan: TextTuningPlan) -> tuple[TrialRecord, ...]:
    """Run trials, beside others that search the same, until the study has its trials.

    Args:
        objective: Says what arguments are worth.
        plan: What is searched, and how.

    Returns:
        The finished trials by position.

    Raises:
        RedshellsError: The documents or the arguments can't be used, or the search can't go on.
    """
    try:
        return run_study(
            objective,
            search_space=plan.search_space,
            direction=objective.direction(),
            n_trials=plan.n_trials,
            timeout=plan.timeout,
            sampler=plan.sampler,
            pruner=plan.pruner,
            random_seed=objective.random_seed,
            storage=plan.storage,
            study_name=plan.study_name,
            initial_params=plan.first_trials,
            progress=plan.show_progress,
            fingerprint=objective.fingerprint(),
        )
    except NoCompleteTrialError as error:
        if objective.refusals:
            raise NoCompleteTrialError(f'{error} The last model was refused: {objective.refusals[-1]}') from error
        raise
