"""The shape of interactions: a table of users, items and ratings."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart
import numpy as np

from redshells import parameter
from redshells.errors import ParameterError
from redshells.task import RedshellsTask

if TYPE_CHECKING:
    import pandas as pd

    from redshells.model.interactions import Interactions

T = TypeVar('T')

logger = logging.getLogger(__name__)


class FromInteractions(RedshellsTask[T], Generic[T]):
    """Rows of a data frame that each say what a user did with an item."""

    train_data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs the interactions to train on: a pandas or polars data frame.'
    )
    user_column_name: str = parameter.text(
        default='user', description='The column with the ids of users, integers or strings.'
    )
    item_column_name: str = parameter.text(
        default='item', description='The column with the ids of items, integers or strings.'
    )
    rating_column_name: str | None = parameter.text(
        default='rating',
        optional=True,
        description='The column with the ratings; None where a row only says that there was one.',
    )
    time_column_name: str | None = parameter.text(
        default=None, description='The column with the time of each row; the latest rows are held out by it.'
    )
    duplicates: str | None = parameter.text(
        default=None,
        choices=('last', 'mean', 'sum', 'error'),
        description='What becomes of several rows of one user and item; by default the last rating counts, and clicks '
        'are added up.',
    )
    max_data_size: int = parameter.integer(
        default=50_000_000, minimum=1, description='The most rows that are learnt from; of more, a random sample.'
    )
    random_seed: int = parameter.integer(
        default=0, minimum=0, maximum=2**31 - 1, description='Seed of all that is drawn.'
    )

    def check_parameters(self) -> None:
        """Check that the interactions are one output of a task.

        Raises:
            ParameterError: They are not.
        """
        super().check_parameters()
        self.check_input('train_data_task')

    def service_name(self) -> str:
        """The column with the service of each row; empty without."""
        return ''

    def load_interactions(self, parameter_name: str, *, has_ratings: bool) -> Interactions:
        """The interactions of an input task, one row for each pair.

        Args:
            parameter_name: The parameter that holds the task.
            has_ratings: Whether they are ratings; otherwise a rating says how much a click counts.

        Raises:
            DataError: They can't be learnt from.
            ParameterError: There are no ratings where the model learns them.
        """
        from redshells.model.interactions import cut_interactions

        if has_ratings and self.rating_column_name is None:
            raise ParameterError(
                'rating_column_name=None was given, but the model learns ratings. Give the column, or choose a model '
                "of clicks: model_kwargs={'solver': 'implicit'} of TrainMatrixFactorization, or TrainLightGCN."
            )
        with self.reading(parameter_name):
            rows = cut_interactions(
                self.load_input(parameter_name),
                user_column_name=self.user_column_name,
                item_column_name=self.item_column_name,
                rating_column_name=self.rating_column_name or '',
                service_column_name=self.service_name(),
                time_column_name=self.time_column_name or '',
            )
            rows = self._sampled(rows)
            merged = rows.merge_duplicates(self.duplicates or ('last' if has_ratings else 'sum'))
        if len(merged) < len(rows):
            logger.info('%d of %d rows are of pairs that are there before', len(rows) - len(merged), len(rows))
        self.task_log.update({'rows': len(rows), 'pairs': len(merged)})
        return merged

    def _sampled(self, rows: Interactions) -> Interactions:
        if len(rows) <= self.max_data_size:
            return rows
        logger.warning('%d rows are sampled to max_data_size=%d', len(rows), self.max_data_size)
        chosen = np.random.default_rng(self.random_seed).choice(len(rows), self.max_data_size, replace=False)
        return rows.take(np.sort(chosen))


class WithSideFeatures(FromInteractions[T], Generic[T]):
    """Interactions, and what is known of the users and of the items."""

    user_feature_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs features of users: a data frame with the column of user_column_name, a dict '
        'of vectors by id, or a list of such dicts.'
    )
    item_feature_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs features of items, likewise.'
    )

    def load_features(self) -> dict[str, pd.DataFrame]:
        """``'user_features'`` and ``'item_features'``, as far as they are given, with the ids as index.

        Raises:
            DataError: They are none, or have an id twice.
        """
        from redshells.model.side_feature_table import read_side_features

        result = {}
        sides: Sequence[tuple[str, str, str]] = (
            ('user_features', 'user_feature_task', self.user_column_name),
            ('item_features', 'item_feature_task', self.item_column_name),
        )
        for name, parameter_name, id_column_name in sides:
            if getattr(self, parameter_name) is not None:
                value = self.load_input(parameter_name)
                with self.reading(parameter_name):
                    result[name] = read_side_features(value, id_column_name)
        return result
