"""The verb Optimize: from rows and a search space to the best parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from redshells import parameter
from redshells.errors import ParameterError, raised_by
from redshells.factory.model_spec import ModelBuilder
from redshells.model.metric_name import check_metrics
from redshells.process import run_safely
from redshells.train.model_verb import ModelVerb
from redshells.train.search import Search
from redshells.tuning import TuningResult


class Optimize(ModelVerb[TuningResult], Search):
    """Tune a model with Optuna. Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``best_params_task``.

    The study is kept in a file under the unique id (or in ``storage``): a run that was killed goes on where it was.
    """

    metric: str | None = parameter.text(
        default=None, description='The score to tune for; what fits the problem by default.'
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
    n_jobs: int = parameter.integer(
        default=1,
        minimum=1,
        significant=False,
        description='Trials that run side by side, each in a process of its own; they share the cores.',
    )

    def check_parameters(self) -> None:
        """Check that the parameters go together.

        Raises:
            ParameterError: They do not.
        """
        super().check_parameters()
        self.check_split(self.split)
        check_metrics((self.metric,) if self.metric else (), self.problem_name())
        if self.cross_validation_size == 1 or (self.cross_validation_size == 0 and self.test_size == 0):
            raise ParameterError(
                f'cross_validation_size={self.cross_validation_size} and test_size={self.test_size} were given; '
                'at least two folds are expected, or 0 folds and a test_size above 0.'
            )

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
        data = self.load_rows(self.rows_parameter_name)
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
