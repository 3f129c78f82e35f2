"""The search for the arguments of a model, of whatever it learns from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from redshells import parameter
from redshells.errors import raised_by
from redshells.train.search import Search
from redshells.tuning import SearchSpace, TuningResult

if TYPE_CHECKING:
    from redshells.tuning.argument_tuning import ArgumentTuningPlan

R = TypeVar('R')


class ArgumentSearch(Search):
    """Search the arguments of a model by an objective of its own. Output: a tuning result, for ``best_params_task``."""

    @abstractmethod
    def search_with(self, function: Callable[[Any, ArgumentTuningPlan], R]) -> R:
        """What a function of an objective and a plan makes of the inputs and the parameters."""

    def compute(self) -> TuningResult:
        """The tuning result."""
        from redshells.tuning.argument_tuning import tune_arguments

        result = self.search_with(tune_arguments)
        self.task_log.update(
            {'best_value': result.best_value, 'metric': result.metric, 'best_params': result.best_params}
        )
        return replace(result, inputs=self.task_log['inputs'])

    def help_search(self, n_jobs: int = 1) -> None:
        """Run trials of the study until it has them all, beside a build of this task that may be on another machine.

        The inputs must be there; the output is saved by the build only.

        Args:
            n_jobs: Not used: one trial runs at a time here.

        Raises:
            RedshellsError: The inputs or the parameters can't be used, or the search can't go on.
        """
        from redshells.tuning.argument_tuning import search_arguments

        with raised_by(type(self).__name__):
            self.search_with(search_arguments)

    def plan(
        self,
        explicit: Mapping[str, Any],
        *,
        model_name: str,
        target_column_name: str,
        search_space: SearchSpace,
        first_trials: tuple[Mapping[str, Any], ...],
    ) -> ArgumentTuningPlan:
        """What is searched, and how.

        Args:
            explicit: The given arguments, which are not searched.
            model_name: What the model is called in the result.
            target_column_name: The column that is learnt; empty where there is none.
            search_space: What is searched unless the user gives another one.
            first_trials: What is tried first then.
        """
        from redshells.tuning.argument_tuning import ArgumentTuningPlan

        chosen = self.search_space
        return ArgumentTuningPlan(
            model_name=model_name,
            target_column_name=target_column_name,
            search_space=(chosen or search_space).without(explicit),
            first_trials=() if chosen else first_trials,
            n_trials=self.number_of_trials(),
            timeout=self.timeout,
            sampler=(self.sampler, parameter.plain(self.sampler_kwargs)),
            pruner=(self.pruner, parameter.plain(self.pruner_kwargs)),
            storage=self.study_storage(),
            study_name=self.study_name(),
            show_progress=self.show_progress,
        )
