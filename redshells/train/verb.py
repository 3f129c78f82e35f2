"""Verbs: what is done with a model. Each adds its parameters to those of a shape."""

from __future__ import annotations

import os
from abc import abstractmethod
from dataclasses import replace
from typing import Any, ClassVar, Generic, TypeVar

import gokart
import pandas as pd
from gokart.object_storage import ObjectStorage
from gokart.target import TargetOnKart
from gokart.utils import FlattenableItems

from redshells import parameter
from redshells.errors import ParameterError, raised_by
from redshells.factory.model_spec import ModelBuilder, ModelSpec
from redshells.process import run_safely
from redshells.target import check_table_path
from redshells.task import RedshellsTask
from redshells.tuning import SearchSpace, TuningResult

T = TypeVar('T')

_USUAL_TRIALS = 50


class ModelVerb(RedshellsTask[T], Generic[T]):
    """What all verbs have: a model, its arguments and a seed. Where the rows come from is said by a shape."""

    spec: ClassVar[ModelSpec]

    train_data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task that outputs the rows to train on.')

    model_kwargs: dict[str, Any] = parameter.keyword_arguments(
        default={},
        description='Arguments of the model by its own names; they win over tuned ones, and are not searched.',
    )
    random_seed: int = parameter.integer(
        default=0, minimum=0, maximum=2**31 - 1, description='Seed of all splits, samplers and models.'
    )

    def model_spec(self) -> ModelSpec:
        """The model of the task."""
        return self.spec

    @abstractmethod
    def load_rows(self, parameter_name: str) -> Any:
        """The rows of the input task that a parameter holds; given by the shape."""

    @abstractmethod
    def has_times(self) -> bool:
        """Whether the rows have times; given by the shape."""

    @abstractmethod
    def problem_name(self) -> str:
        """The problem; given by the shape."""

    @abstractmethod
    def target_name(self) -> str:
        """The name of what is predicted; given by the shape."""

    def check_parameters(self) -> None:
        """Check that the model's library is installed.

        Raises:
            MissingExtraError: It is not.
        """
        self.model_spec().check_installed()

    def builder(self, n_jobs: int = -1) -> ModelBuilder:
        """What makes the models of the task."""
        return self.model_spec().build_with(problem=self.problem_name(), random_seed=self.random_seed, n_jobs=n_jobs)

    def explicit_arguments(self) -> dict[str, Any]:
        """The given arguments under the model's own names.

        Raises:
            UnknownArgumentError: The model does not take one.
        """
        return self.builder().canonical(parameter.plain(self.model_kwargs))


class WithBestParams(ModelVerb[T], Generic[T]):
    """Verbs that train with tuned parameters and early stopping."""

    best_params_task: gokart.TaskOnKart[TuningResult] | None = parameter.optional_task(
        description='An Optimize… task of the same model, problem and target; its best parameters are used.'
    )
    validation_size: float = parameter.number(
        default=0.2,
        minimum=0.0,
        maximum=0.9,
        description='Share of the rows to hold out for early stopping; 0 for none. Not used with tuned rounds.',
    )
    early_stopping_rounds: int = parameter.integer(
        default=50, minimum=0, description='Stop when the score has not got better for so many rounds; 0 never stops.'
    )
    refit: bool = parameter.flag(
        default=True, description='Train again on all rows with the number of rounds that early stopping has found.'
    )
    n_jobs: int = parameter.integer(
        default=-1, minimum=-1, significant=False, description='Threads; -1 shares the cores among the workers.'
    )

    def check_parameters(self) -> None:
        """Check the number of threads, besides what all verbs check.

        Raises:
            ParameterError: It is 0.
        """
        super().check_parameters()
        if self.n_jobs == 0:
            raise ParameterError('n_jobs=0 was given; -1, or a number of threads of at least 1, is expected.')

    def training_arguments(self) -> tuple[dict[str, Any], int | None]:
        """Arguments of the model, and the tuned number of rounds.

        The number is given up where an explicit argument takes the place of a tuned one, for it no longer fits then.

        Raises:
            ResultMismatchError: The tuning was of another model, problem or target.
        """
        explicit = self.explicit_arguments()
        if self.best_params_task is None:
            return explicit, None
        result = self.load_input('best_params_task')
        if not isinstance(result, TuningResult):
            raise ParameterError(
                f'best_params_task={type(self.best_params_task).__name__} outputs a {type(result).__name__}; '
                'an Optimize… task, which outputs a TuningResult, is expected.'
            )
        result.check_fits(self.model_spec().name, self.problem_name(), self.target_name())
        tuned = self.builder().canonical(result.best_params)
        replaced = {
            name for name in explicit if name == 'number_of_rounds' or explicit[name] != tuned.get(name, explicit[name])
        }
        return {**tuned, **explicit}, None if replaced else result.number_of_rounds


class Train(WithBestParams[T], Generic[T]):
    """Train a model. Output: the fitted model, saved as an archive."""

    validation_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs the rows to watch for early stopping, in place of a share of the training.'
    )
    metric: str | None = parameter.text(
        default=None, description='The score that early stopping watches; the loss of the problem by default.'
    )
    output_file_path: str = parameter.text(description='Path of the model below the workspace.')

    def output(self) -> TargetOnKart:
        """The model."""
        return self.model_target(self.output_file_path, self.model_spec().trusted_modules)

    def compute(self) -> T:
        """The fitted model."""
        from redshells.tuning.training import TrainingPlan, train_model

        params, rounds = self.training_arguments()
        data = self.load_rows('train_data_task')
        validation = None if self.validation_data_task is None else self.load_rows('validation_data_task')
        plan = TrainingPlan(self.validation_size, self.early_stopping_rounds, self.refit, self.metric or '', rounds)
        model = run_safely(train_model, self.builder(self.n_jobs), data, plan, params, validation)
        model.training = {**model.training, 'inputs': self.task_log['inputs']}
        self.task_log.update(model.training)
        return model


class Validate(WithBestParams[dict[str, pd.DataFrame]]):
    """Cross-validate a model.

    Output: ``'scores'``, one row for each fold and metric, and ``'predictions'``, the out-of-fold prediction of each
    row.
    """

    cross_validation_size: int = parameter.integer(default=5, minimum=2, description='Number of folds.')
    split: str | None = parameter.text(
        default=None,
        choices=('stratified', 'random', 'group', 'time'),
        description='How rows are split; by time where times are given, else by the problem and never through a group.',
    )
    metrics: tuple[str, ...] | list[str] = parameter.names(
        default=(), description='Names of the scores; those that fit the problem when empty.'
    )
    output_file_path: str = parameter.text(
        description='Path below the workspace, to which _scores and _predictions are added.'
    )

    def check_parameters(self) -> None:
        """Check that the parameters go together.

        Raises:
            ParameterError: They do not.
        """
        super().check_parameters()
        _check_time_split(self.split, self.has_times())
        check_table_path(self.output_file_path)

    def output(self) -> FlattenableItems[TargetOnKart]:
        """The scores and the predictions."""
        base, extension = os.path.splitext(self.output_file_path)
        return {name: self.file_target(f'{base}_{name}{extension}') for name in ('scores', 'predictions')}

    def compute(self) -> dict[str, pd.DataFrame]:
        """The scores and the predictions."""
        from redshells.tuning.cross_validation import SplitPlan, cross_validate
        from redshells.tuning.training import TrainingPlan

        params, rounds = self.training_arguments()
        data = self.load_rows('train_data_task')
        self.check_index(data.features.index, self.output_file_path)
        training = TrainingPlan(self.validation_size, self.early_stopping_rounds, self.refit, number_of_rounds=rounds)
        splitting = SplitPlan(self.split or '', self.cross_validation_size)
        result = run_safely(cross_validate, self.builder(self.n_jobs), data, training, splitting, params, self.metrics)
        self.task_log['scores'] = result['scores'].groupby('metric', sort=False)['score'].mean().to_dict()
        return result


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
        _check_time_split(self.split, self.has_times())
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


def _check_time_split(split: str | None, has_times: bool) -> None:
    if split == 'time' and not has_times:
        raise ParameterError(
            "split='time' was given without time_column_name; the column with the time of each row is expected."
        )
