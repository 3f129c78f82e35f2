"""What all verbs have: a model, its arguments and a seed; and what those have that train with tuned parameters."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

import gokart

from redshells import parameter
from redshells.errors import ParameterError
from redshells.factory.model_spec import ModelBuilder, ModelSpec
from redshells.task import RedshellsTask
from redshells.train.tuned import load_tuning_result
from redshells.tuning import TuningResult

T = TypeVar('T')


class ModelVerb(RedshellsTask[T], Generic[T]):
    """What all verbs have: a model, its arguments and a seed. Where the rows come from is said by a shape."""

    spec: ClassVar[ModelSpec]
    rows_parameter_name: ClassVar[str] = 'train_data_task'
    """The parameter that holds the task with the rows to train on; given by the shape."""

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
        """Check that the model's library is installed, and that the rows are one output of a task.

        Raises:
            MissingExtraError: It is not.
            ParameterError: They are not.
        """
        super().check_parameters()
        self.model_spec().check_installed()
        self.check_input(self.rows_parameter_name)

    def check_split(self, split: str | None) -> None:
        """Check that the rows can be split in this way.

        Raises:
            ParameterError: By time, and they have no times.
        """
        if split == 'time' and not self.has_times():
            raise ParameterError(
                "split='time' was given without time_column_name; the column with the time of each row is expected."
            )

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
        """Check the number of threads and the tuned parameters, besides what all verbs check.

        Raises:
            ParameterError: It is 0, or they are something else.
        """
        super().check_parameters()
        self.check_input('best_params_task', 'a tuning result')
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
        result = load_tuning_result(self, self.model_spec().name, self.problem_name(), self.target_name())
        tuned = self.builder().canonical(result.best_params)
        replaced = {
            name for name in explicit if name == 'number_of_rounds' or explicit[name] != tuned.get(name, explicit[name])
        }
        return {**tuned, **explicit}, None if replaced else result.number_of_rounds
