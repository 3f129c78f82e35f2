"""Train, tune and validate factorization machines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

import pandas as pd

from redshells import parameter
from redshells.errors import TargetError
from redshells.factory.factorization_machine import FACTORIZATION_MACHINE
from redshells.factory.model_spec import ModelBuilder, ModelSpec
from redshells.model.execution import DEVICES
from redshells.train.execution import WithCheckpoints
from redshells.train.optimize import Optimize
from redshells.train.shape import FromTable
from redshells.train.train import Train
from redshells.train.validate import Validate
from redshells.tuning import TuningResult

if TYPE_CHECKING:
    from redshells.model.factorization_machine import FactorizationMachine  # noqa: F401
    from redshells.model.frame import TableData

T = TypeVar('T')


class FromTableOfFields(FromTable[T], Generic[T]):
    """Rows of a data frame for a factorization machine: numbers, categories, lists of items; a number or two classes.

    ``model_kwargs`` are the arguments of
    [`FactorizationMachine`][redshells.model.factorization_machine.FactorizationMachine], such as ``engine`` and, for
    columns of integers that are ids, ``categorical_column_names``.
    """

    spec = FACTORIZATION_MACHINE

    problem: str = parameter.text(
        default='classification',
        choices=('classification', 'regression'),
        description='What is predicted: one of two classes, or a number.',
    )
    device: str = parameter.text(
        default='auto',
        choices=DEVICES,
        significant=False,
        description="Of the engine 'adam': 'cpu', 'cuda', or 'auto' for a GPU where there is one.",
    )

    def model_spec(self) -> ModelSpec:
        """The model of the task, on its device."""
        return replace(FACTORIZATION_MACHINE, model_arguments={'device': self.device})

    def load_rows(self, parameter_name: str) -> TableData:
        """The table of an input task, cut into features, target and the rest.

        Args:
            parameter_name: The parameter that holds the input task.

        Raises:
            DataError: A column is missing, there are no rows, or the target has more than two classes.
        """
        data = super().load_rows(parameter_name)
        if self.problem == 'classification':
            classes = data.target.dropna().unique()
            with self.reading(parameter_name):
                if len(classes) > 2:
                    raise TargetError(
                        f'the target {self.target_column_name!r} has {len(classes)} classes, {list(classes[:5])} among '
                        "them; two are expected. Make two of them, or set problem='regression' if they are amounts."
                    )
        return data


class TrainFactorizationMachine(
    FromTableOfFields['FactorizationMachine'], Train['FactorizationMachine'], WithCheckpoints['FactorizationMachine']
):
    """Train a factorization machine on a table with numbers, categories and lists of items, and a target.

    Output: a [`FactorizationMachine`][redshells.model.factorization_machine.FactorizationMachine].
    """

    n_jobs: int = parameter.integer(
        default=1,
        minimum=-1,
        significant=False,
        description='Threads; -1 shares the cores among the workers.',
    )
    output_file_path: str = parameter.text(
        default='model/factorization_machine.zip', description='Path of the model below the workspace.'
    )

    def builder(self, n_jobs: int = -1) -> ModelBuilder:
        """What makes the model of the task, with its progress bar and its checkpoint."""
        builder, execution = super().builder(n_jobs), self.execution()
        arguments = {
            **builder.spec.model_arguments,
            'show_progress': self.show_progress,
            'checkpoint_path': execution.checkpoint_path,
            'checkpoint_every': execution.checkpoint_every,
        }
        return replace(builder, spec=replace(builder.spec, model_arguments=arguments))


class OptimizeFactorizationMachine(FromTableOfFields[TuningResult], Optimize):
    """Tune a factorization machine on a table. Output: a [`TuningResult`][redshells.tuning.TuningResult]."""

    output_file_path: str = parameter.text(
        default='optimize/factorization_machine.json', description='Path of the tuning result below the workspace.'
    )


class ValidateFactorizationMachine(FromTableOfFields[dict[str, pd.DataFrame]], Validate):
    """Cross-validate a factorization machine on a table. Output: ``'scores'`` and ``'predictions'``, data frames."""

    n_jobs: int = parameter.integer(
        default=1,
        minimum=-1,
        significant=False,
        description='Threads; -1 shares the cores among the workers.',
    )
    output_file_path: str = parameter.text(
        default='validate/factorization_machine.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )
