"""Train, tune and validate any estimator, by a registered name or an import path."""

from __future__ import annotations

import logging
from typing import Any, Generic, TypeVar

import pandas as pd

from redshells import parameter
from redshells.errors import ParameterError
from redshells.factory.model_spec import ModelSpec
from redshells.factory.optuna_param_factory import get_search_space
from redshells.factory.prediction_model_factory import get_model_spec, problem_of_name
from redshells.train.model_verb import ModelVerb
from redshells.train.optimize import Optimize
from redshells.train.shape import FromBinaryTable, FromTable
from redshells.train.train import Train
from redshells.train.validate import Validate
from redshells.tuning import SearchSpace, TuningResult

T = TypeVar('T')

logger = logging.getLogger(__name__)


class NamedModel(ModelVerb[T], Generic[T]):
    """A verb whose model is a parameter."""

    model_name: str = parameter.text(
        description='Name of a registered model, or the import path of a class with fit and predict.'
    )

    def check_parameters(self) -> None:
        """Check that the name is of a model for the problem, besides what all verbs check.

        Raises:
            ParameterError: It is of another problem, such as ``'LGBMRegressor'`` for classes.
        """
        super().check_parameters()
        problem = problem_of_name(self.model_name)
        if problem not in (None, self.problem_name()):
            raise ParameterError(
                f'model_name={self.model_name!r}, a model for {problem}, was given for {self.problem_name()}. '
                'Choose another model, or the task of its problem.'
            )

    def model_spec(self) -> ModelSpec:
        """The model of the name."""
        return get_model_spec(self.model_name)


class OptimizeNamedModel(NamedModel[TuningResult], Optimize):
    """Tune a model by name on a table. Output: a [`TuningResult`][redshells.tuning.TuningResult]."""

    test_size: float = parameter.number(
        default=0.2, minimum=0.0, maximum=0.9, description='Share of the held-out part when cross_validation_size is 0.'
    )
    cross_validation_size: int = parameter.integer(
        default=0, minimum=0, description='Number of folds, shared by all trials; 0 for one held-out part of test_size.'
    )
    optuna_param_name: str | None = parameter.text(
        default=None,
        description="Name of a registered search rule, such as 'XGBClassifier_default'; the model's own by default.",
    )

    def chosen_search_space(self) -> SearchSpace | None:
        """The search space of the user's, or None for the model's own."""
        if self.search_space is not None or self.optuna_param_name is None:
            space = self.search_space
        else:
            space = get_search_space(self.optuna_param_name)
        if space is None and not self.model_spec().search_space.names:
            logger.warning('%s has no search space: one trial, with no tuning. Set search_space.', self.model_name)
        return space


class FromClasses(FromTable[T], NamedModel[T], Generic[T]):
    """A model by name on rows with a class."""

    model_name: str = parameter.text(
        default='XGBClassifier',
        description='Name of a registered model, or the import path of a class with fit and predict.',
    )
    problem: str = parameter.text(
        default='classification', choices=('classification',), description='Always classification.'
    )


class FromTwoClasses(FromBinaryTable[T], NamedModel[T], Generic[T]):
    """A model by name on rows with one of two classes."""

    problem: str = parameter.text(
        default='classification', choices=('classification',), description='Always classification.'
    )


class FromNumbers(FromTable[T], NamedModel[T], Generic[T]):
    """A model by name on rows with a number."""

    model_name: str = parameter.text(
        default='XGBRegressor',
        description='Name of a registered model, or the import path of a class with fit and predict.',
    )
    problem: str = parameter.text(default='regression', choices=('regression',), description='Always regression.')


class TrainClassificationModel(FromClasses[Any], Train[Any]):
    """Train a classifier by name on a table. Output: a fitted model with ``predict``, saved as an archive."""

    output_file_path: str = parameter.text(
        default='model/classification_model.zip', description='Path of the model below the workspace.'
    )


class OptimizeClassificationModel(FromClasses[TuningResult], OptimizeNamedModel):
    """Tune a classifier by name on a table. Output: a [`TuningResult`][redshells.tuning.TuningResult]."""

    output_file_path: str = parameter.text(
        default='optimize/classification_model.json', description='Path of the tuning result below the workspace.'
    )


class ValidateClassificationModel(FromClasses[dict[str, pd.DataFrame]], Validate):
    """Cross-validate a classifier by name on a table. Output: the ``'scores'`` and ``'predictions'``."""

    output_file_path: str = parameter.text(
        default='validate/classification_model.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )


class TrainBinaryClassificationModel(FromTwoClasses[Any], Train[Any]):
    """Train a binary classifier by name on a table. Output: a fitted model with ``predict``, saved as an archive."""

    output_file_path: str = parameter.text(
        default='model/binary_classification_model.zip', description='Path of the model below the workspace.'
    )


class OptimizeBinaryClassificationModel(FromTwoClasses[TuningResult], OptimizeNamedModel):
    """Tune a binary classifier by name on a table. Output: a [`TuningResult`][redshells.tuning.TuningResult]."""

    output_file_path: str = parameter.text(
        default='optimize/binary_classification_model.json',
        description='Path of the tuning result below the workspace.',
    )


class ValidateBinaryClassificationModel(FromTwoClasses[dict[str, pd.DataFrame]], Validate):
    """Cross-validate a binary classifier by name on a table. Output: the ``'scores'`` and ``'predictions'``."""

    output_file_path: str = parameter.text(
        default='validate/binary_classification_model.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )


class TrainRegressionModel(FromNumbers[Any], Train[Any]):
    """Train a regressor by name on a table. Output: a fitted model with ``predict``, saved as an archive."""

    output_file_path: str = parameter.text(
        default='model/regression_model.zip', description='Path of the model below the workspace.'
    )


class OptimizeRegressionModel(FromNumbers[TuningResult], OptimizeNamedModel):
    """Tune a regressor by name on a table. Output: a [`TuningResult`][redshells.tuning.TuningResult]."""

    output_file_path: str = parameter.text(
        default='optimize/regression_model.json', description='Path of the tuning result below the workspace.'
    )


class ValidateRegressionModel(FromNumbers[dict[str, pd.DataFrame]], Validate):
    """Cross-validate a regressor by name on a table. Output: the ``'scores'`` and ``'predictions'``."""

    output_file_path: str = parameter.text(
        default='validate/regression_model.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )
