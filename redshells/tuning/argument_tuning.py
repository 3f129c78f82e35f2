"""From what arguments are worth and a search space of them to a tuning result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from redshells.errors import NoCompleteTrialError
from redshells.tuning.result import TrialRecord, TuningResult, best_record
from redshells.tuning.search_space import SearchSpace
from redshells.tuning.study import Outcome, Report, run_study


class ArgumentObjective(Protocol):
    """Says what arguments of a model are worth."""

    @property
    def problem(self) -> str:
        """What the result calls the problem."""

    @property
    def metric(self) -> str:
        """The name of the score."""

    @property
    def fixed(self) -> Mapping[str, Any]:
        """Arguments that are not searched."""

    @property
    def random_seed(self) -> int:
        """Seed of the search."""

    @property
    def refusals(self) -> list[str]:
        """Why models could not be trained."""

    def direction(self) -> str:
        """``'maximize'`` or ``'minimize'``."""

    def fingerprint(self) -> str:
        """A digest of what the values depend on besides the parameters."""

    def __call__(self, params: Mapping[str, Any], report: Report) -> Outcome:
        """The value of a trial; not a number where there is no model with its arguments."""


@dataclass(frozen=True, kw_only=True)
class ArgumentTuningPlan:
    """How the arguments of a model are tuned.

    Args:
        model_name: What the model is called in the result.
        target_column_name: The column that is learnt, for the result; empty where there is none.
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


def tune_arguments(objective: ArgumentObjective, plan: ArgumentTuningPlan) -> TuningResult:
    """Search the best arguments of a model.

    Args:
        objective: Says what arguments are worth.
        plan: What is searched, and how.

    Returns:
        The best arguments and all trials.

    Raises:
        RedshellsError: The data or the arguments can't be used, or the search can't go on.
    """
    records, direction = search_arguments(objective, plan), objective.direction()
    best = best_record(records, direction)
    assert best is not None, 'run_study raises where no trial is complete'
    assert best.value is not None, 'a complete trial has a value'
    return TuningResult(
        model=plan.model_name,
        problem=objective.problem,
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


def search_arguments(objective: ArgumentObjective, plan: ArgumentTuningPlan) -> tuple[TrialRecord, ...]:
    """Run trials, beside others that search the same, until the study has its trials.

    Args:
        objective: Says what arguments are worth.
        plan: What is searched, and how.

    Returns:
        The finished trials by position.

    Raises:
        RedshellsError: The data or the arguments can't be used, or the search can't go on.
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
