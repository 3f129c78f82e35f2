"""The verb Optimize: from rows and a search space to the best parameters."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from gokart.object_storage import ObjectStorage
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import ParameterError, raised_by
from redshells.factory.model_spec import ModelBuilder
from redshells.model.metric_name import check_metrics
from redshells.process import run_safely
from redshells.train.model_verb import ModelVerb
from redshells.tuning import SearchSpace, TuningResult

_USUAL_TRIALS = 50


class Optimize(ModelVerb[TuningResult]):
    """Tune a model with Optuna. Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``best_params_task``.

    The study is kept in a file under the unique id (or in ``storage``): a run that was killed goes on where it was.
    """

    metric: str | None = parameter.text(
        default=None, description='The score to tune for; what fits the problem by default.'
    )
    n_trials: int | None = parameter.integer(
        default=None,
        minimum=1,
        description='Number of trials; by default 50, or as many as the timeout leaves time for.',
    )
    timeout: float | None = parameter.number(
        default=None, minimum=0.0, description='Seconds for the search; the trial that runs then is ended.'
    )
    cross_validation_size: int = parameter.integer(
        default=5, minimum=0, description='Number of folds, shared by all trials; 0 for one held-out part of test_size.'
    )
    test_size: float = parameter.number(
        default=0.2, minimum=0.0, maximum=0.9, description='Share of the held-out part when cross_validation_size is 0.'
    )
    split: str | None = parameter.text(
        default=None,
        choices=('stratified', 'random', 'group', 'time'),
        description='How rows are split; by time where times are given, else by the problem and never through a group.',
    )
    early_stopping_rounds: int | None = parameter.integer(
        default=None,
        minimum=0,
        description='Stop when the score has not got better for so many rounds; 0 never stops. By default, what suits '
        'the learning rate.',
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
    n_jobs: int = parameter.integer(
        default=1,
        minimum=1,
        significant=False,
        description='Trials that run side by side, each in a process of its own; they share the cores.',
    )
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
        """Check that the parameters go together.

        Raises:
            ParameterError: They do not.
        """
        super().check_parameters()
        self.check_split(self.split)
        check_metrics((self.metric,) if self.metric else (), self.problem_name())
        if self.timeout == 0:
            raise ParameterError('timeout=0.0 was given; a number of seconds above 0, or None, is expected.')
        if self.cross_validation_size == 1 or (self.cross_validation_size == 0 and self.test_size == 0):
            raise ParameterError(
                f'cross_validation_size={self.cross_validation_size} and test_size={self.test_size} were given; '
                'at least two folds are expected, or 0 folds and a test_size above 0.'
            )

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

    def compute(self) -> TuningResult:
        """The tuning result."""
        from redshells.tuning.model_tuning import tune_model

        result = run_safely(tune_model, *self._search(self.n_jobs))
        result = replace(result, inputs=self.task_log['inputs'])
        self.task_log.update(
            {'best_value': result.best_value, 'metric': result.metric, 'best_params': result.best_params}
        )
        return result

    def help_search(self, n_jobs: int = 1) -> None:
        """Run trials of the study until it has them all, beside a build of this task that may be on another machine.

        The inputs must be there; the output is saved by the build only.

        Args:
            n_jobs: Trials that run side by side here.

        Raises:
            RedshellsError: The data or the parameters can't be used, or the search can't go on.
        """
        from redshells.tuning.model_tuning import work_on_study

        with raised_by(type(self).__name__):
            run_safely(work_on_study, *self._search(n_jobs))

    def _search(self, n_jobs: int) -> tuple[ModelBuilder, Any, Any, dict[str, Any]]:
        """What makes the models, the rows, what is searched and how, and the arguments that are not searched."""
        from redshells.tuning.cross_validation import SplitPlan
        from redshells.tuning.model_tuning import TuningPlan

        explicit = self.explicit_arguments()
        spec, chosen = self.model_spec(), self.chosen_search_space()
        own = chosen is None or chosen is spec.search_space
        space = spec.search_space if chosen is None else chosen
        data = self.load_rows('train_data_task')
        plan = TuningPlan(
            model_name=spec.name,
            target_column_name=self.target_name(),
            search_space=space.without(self.builder().named_as_in(space.names, explicit)),
            first_trials=spec.first_trials.get(self.problem_name(), ()) if own else (),
            strategy=spec.strategy if own else None,
            metric=self.metric or '',
            splitting=SplitPlan(self.split or '', self.cross_validation_size, self.test_size),
            early_stopping_rounds=self.early_stopping_rounds,
            n_trials=self.number_of_trials(),
            timeout=self.timeout,
            sampler=(self.sampler, parameter.plain(self.sampler_kwargs)),
            pruner=(self.pruner, parameter.plain(self.pruner_kwargs)),
            n_jobs=n_jobs,
            storage=self.study_storage(),
            study_name=self.study_name(),
            show_progress=self.show_progress,
        )
        return self.builder(), data, plan, explicit
