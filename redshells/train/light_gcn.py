"""Train, tune and validate LightGCN and its closed-form relative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart
import pandas as pd

from redshells import parameter
from redshells.factory.recommenders import LIGHT_GCN
from redshells.train.execution import WithCheckpoints
from redshells.train.interaction_verb import (
    InteractionModelVerb,
    OptimizeInteractions,
    TrainInteractions,
    ValidateInteractions,
)
from redshells.tuning import TuningResult
from redshells.tuning.interaction_metric import TOP_ITEMS

if TYPE_CHECKING:
    from redshells.model.interactions import Interactions
    from redshells.model.light_gcn import LightGCN  # noqa: F401 - named in the strings below

T = TypeVar('T')


class SpreadsClicks(InteractionModelVerb[T], Generic[T]):
    """Clicks of users on items, spread on their graph."""

    spec = LIGHT_GCN

    rating_column_name: str | None = parameter.text(
        default=None, description='The column that says how much a row counts, where the model weighs clicks.'
    )

    def problem(self, arguments: Mapping[str, Any]) -> str:
        """Always top items."""
        return TOP_ITEMS


class TrainLightGCN(SpreadsClicks['LightGCN'], TrainInteractions['LightGCN'], WithCheckpoints['LightGCN']):
    """Learn which items users click on: in closed form (GF-CF), or by gradients (LightGCN).

    Output: a [`LightGCN`][redshells.model.light_gcn.LightGCN].
    """

    validation_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description="A task that outputs interactions to watch for early stopping, with solver='gradient'."
    )
    output_file_path: str = parameter.text(
        default='model/light_gcn.zip', description='Path of the model below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check the interactions to watch, besides what all verbs check.

        Raises:
            ParameterError: They are not one output of a task.
        """
        super().check_parameters()
        self.check_input('validation_data_task')

    def load_validation(self, *, has_ratings: bool) -> Interactions | None:
        """The interactions to watch for early stopping."""
        if self.validation_data_task is None:
            return None
        return self.load_interactions('validation_data_task', has_ratings=has_ratings)


class OptimizeLightGCN(SpreadsClicks[TuningResult], OptimizeInteractions):
    """Tune LightGCN by what it finds of held-out clicks.

    Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``TrainLightGCN``.
    """

    output_file_path: str = parameter.text(
        default='optimize/light_gcn.json', description='Path of the tuning result below the workspace.'
    )


class ValidateLightGCN(SpreadsClicks[dict[str, pd.DataFrame]], ValidateInteractions):
    """Cross-validate LightGCN. Output: the ``'scores'`` and ``'predictions'``, two data frames."""

    output_file_path: str = parameter.text(
        default='validate/light_gcn.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )
