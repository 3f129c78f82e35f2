"""Train, tune and validate matrix factorization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pandas as pd

from redshells import parameter
from redshells.factory.recommenders import MATRIX_FACTORIZATION
from redshells.train.interaction_shape import WithSideFeatures
from redshells.train.interaction_verb import (
    InteractionModelVerb,
    OptimizeInteractions,
    TrainInteractions,
    ValidateInteractions,
)
from redshells.tuning import TuningResult
from redshells.tuning.interaction_metric import RATING, TOP_ITEMS

if TYPE_CHECKING:  # named in the strings below, into which ruff does not look
    from redshells.model.matrix_factorization import MatrixFactorization  # noqa: F401

T = TypeVar('T')


class FactorizesRatings(WithSideFeatures[T], InteractionModelVerb[T], Generic[T]):
    """Ratings or clicks of users and items, and the service where each was, to factorize."""

    spec = MATRIX_FACTORIZATION

    service_column_name: str | None = parameter.text(
        default=None, description='The column with the service (the context) of each row, integers or strings.'
    )

    def service_name(self) -> str:
        """The column with the service of each row; empty without."""
        return self.service_column_name or ''

    def problem(self, arguments: Mapping[str, Any]) -> str:
        """Implicit feedback is for top items, all else for ratings."""
        return TOP_ITEMS if self.spec.solver_of(arguments) == 'implicit' else RATING


class TrainMatrixFactorization(FactorizesRatings['MatrixFactorization'], TrainInteractions['MatrixFactorization']):
    """Factorize ratings, or clicks with ``solver='implicit'``.

    Output: a [`MatrixFactorization`][redshells.model.matrix_factorization.MatrixFactorization].
    """

    output_file_path: str = parameter.text(
        default='model/matrix_factorization.zip', description='Path of the model below the workspace.'
    )


class OptimizeMatrixFactorization(FactorizesRatings[TuningResult], OptimizeInteractions):
    """Tune matrix factorization by its scores on held-out ratings or clicks.

    Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``TrainMatrixFactorization``.
    """

    output_file_path: str = parameter.text(
        default='optimize/matrix_factorization.json', description='Path of the tuning result below the workspace.'
    )


class ValidateMatrixFactorization(FactorizesRatings[dict[str, pd.DataFrame]], ValidateInteractions):
    """Cross-validate matrix factorization. Output: the ``'scores'`` and ``'predictions'``, two data frames."""

    output_file_path: str = parameter.text(
        default='validate/matrix_factorization.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )
