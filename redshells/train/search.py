"""What all verbs have that search: how long, where, and how."""

from __future__ import annotations

import os
from abc import abstractmethod
from typing import Any

from gokart.object_storage import ObjectStorage
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import ParameterError
from redshells.task import RedshellsTask
from redshells.tuning import SearchSpace, TuningResult

_USUAL_TRIALS = 50


class Search(RedshellsTask[TuningResult]):
    """Search with Optuna. Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``best_params_task``.

    The study is kept in a file under the unique id (or in ``storage``): a run that was killed goes on where it was.
    """

    n_trials: int | None = parameter.integer(
        default=None,
        minimum=1,
        description='Number of trials; by default 50, or as many as the timeout leaves time for.',
    )
    timeout: float | None = parameter.number(
        default=None, minimum=0.0, description='Seconds for the search; the trial that runs then is ended.'
    )
    search_space: SearchSpace | None = parameter.serializable(
        SearchSpace, default=None, description="The search space as data; the model's own by default."
    )
    sampler: str = parameter.text(default='TPESampler', description='Sampler of Optuna, by its class name.')
    sampler_kwargs: dict[str, Any] = parameter.keyword_arguments(default={}, description='Arguments of the sampler.')
    pruner: str = parameter.text(
        default='RacingPruner', description="'RacingPruner', or a pruner of Optuna, by its class name."
    )
    pruner_kwargs: dict[str, Any] = parameter.keyword_arguments(default={}, description='Arguments of the pruner.')
    storage: str | None = parameter.text(
        default=None,
        significant=False,
        description='Path or URL of the study; by default a file in the workspace, under the unique id.',
    )
    show_progress: bool = parameter.flag(
        default=True, significant=False, description='Show a progress bar where there is a terminal.'
    )
    output_file_path: str = parameter.text(description='Path of the tuning result below the workspace.')

    def check_parameters(self) -> None:
        """Check the limits of the search.

        Raises:
            ParameterError: There is no time at all.
        """
        super().check_parameters()
        if self.timeout == 0:
            raise ParameterError('timeout=0.0 was given; a number of seconds above 0, or None, is expected.')

    def output(self) -> TargetOnKart:
        """The tuning result."""
        return self.tuning_result_target(self.output_file_path)

    def study_name(self) -> str:
        """Name of the study in its storage."""
        return f'{type(self).__name__}_{self.make_unique_id()}'

    def study_storage(self) -> str:
        """Path or URL of the study."""
        if self.storage is not None:
            return self.storage
        in_object_storage = ObjectStorage.if_object_storage_path(self.workspace_directory)
        folder = self.local_temporary_directory if in_object_storage else self.workspace_directory
        return os.path.abspath(os.path.join(folder, 'study', f'{self.study_name()}.journal'))

    def chosen_search_space(self) -> SearchSpace | None:
        """The search space of the user's, or None for the model's own."""
        return self.search_space

    def number_of_trials(self) -> int | None:
        """How many trials there are; None for as many as the timeout leaves time for."""
        return _USUAL_TRIALS if self.n_trials is None and self.timeout is None else self.n_trials

    @abstractmethod
    def help_search(self, n_jobs: int = 1) -> None:
        """Run trials of the study until it has them all, beside a build of this task that may be on another machine.

        Args:
            n_jobs: Trials that run side by side here.
        """
