"""Predict ratings, recommend items and find similar ones with a trained model of users and items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gokart
import numpy as np
import pandas as pd
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import DuplicateColumnError
from redshells.process import run_safely
from redshells.target import check_table_path
from redshells.task import RedshellsTask

if TYPE_CHECKING:
    from redshells.model.recommend import Found
    from redshells.model.recommender import RecommenderModel

_FIRST = 20  # of the unknown ids that stand in the log


class WithRecommender(RedshellsTask[pd.DataFrame]):
    """Tasks that ask a trained model of users and items."""

    model_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs a model of users and items, such as TrainMatrixFactorization.'
    )
    output_file_path: str = parameter.text(description='Path of the table below the workspace.')

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, and that the input is a model.

        Raises:
            ParameterError: One is not.
        """
        check_table_path(self.output_file_path)
        self.check_input('model_task', 'a model')

    def output(self) -> TargetOnKart:
        """The table."""
        return self.file_target(self.output_file_path)

    def load_recommender(self) -> RecommenderModel:
        """The model.

        Raises:
            ParameterError: The task outputs something else.
        """
        from redshells.model.recommender import RecommenderModel

        model: RecommenderModel = self.load_fitting(
            'model_task',
            lambda one: isinstance(one, RecommenderModel),
            'a model of users and items, as of a TrainMatrixFactorization task,',
        )
        model.check_fitted()
        return model

    def load_ids(self, parameter_name: str, column_parameter: str) -> Any:
        """The ids that an optional input task gives, as a list or as a column of a table; None without a task.

        Args:
            parameter_name: The parameter that holds the task.
            column_parameter: The parameter that names the column.
        """
        from redshells.model.id_index import read_ids

        if getattr(self, parameter_name) is None:
            return None
        with self.reading(parameter_name):
            return read_ids(self.load_input(parameter_name), getattr(self, column_parameter), column_parameter)


class PredictRating(WithRecommender):
    """Predict the rating of each pair of a user and an item in a table.

    A model of clicks gives scores in place of ratings, which only order items. A table without rows is taken.

    Output: the table as a pandas data frame, in order and with its index, and the column ``prediction`` (or another
    name); NaN, or ``default``, where the model can't judge the user or the item. The log counts such rows.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs a pandas or polars data frame with the pairs.'
    )
    user_column_name: str = parameter.text(default='user', description='The column with the ids of users.')
    item_column_name: str = parameter.text(default='item', description='The column with the ids of items.')
    service_column_name: str | None = parameter.text(
        default=None, description='The column with the services, where the model was trained with them.'
    )
    default: float | None = parameter.number(
        default=None, description='The prediction where the model can not judge the user or the item; NaN by default.'
    )
    prediction_column_name: str = parameter.text(default='prediction', description='The column of the predictions.')
    batch_size: int = parameter.integer(
        default=1_000_000, minimum=1, significant=False, description='Rows that are predicted at a time.'
    )
    output_file_path: str = parameter.text(
        default='predict/rating.feather', description='Path of the table below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, and that the inputs are a model and a table.

        Raises:
            ParameterError: One is not.
        """
        super().check_parameters()
        self.check_input('data_task')

    def compute(self) -> pd.DataFrame:
        """The table with predictions."""
        from redshells.model.frame import read_table
        from redshells.model.interactions import cut_interactions
        from redshells.model.recommend import predict_ratings

        with self.reading('data_task'):
            frame = read_table(self.load_input('data_task'))
            self.check_index(frame.index, self.output_file_path)
            pairs = cut_interactions(
                frame,
                user_column_name=self.user_column_name,
                item_column_name=self.item_column_name,
                service_column_name=self.service_column_name or '',
                may_be_empty=True,
            )
            self._refuse_taken_name(frame)
        model = self.load_recommender()
        with self.reading('data_task'):
            users, items = model.user_ids_.positions(pairs.users), model.item_ids_.positions(pairs.items)
            predicted = run_safely(predict_ratings, model, pairs, batch_size=self.batch_size)
        is_missing = np.isnan(predicted)
        self.task_log.update(
            {
                'rows': len(frame),
                'rows_of_unknown_users': int((users < 0).sum()),
                'rows_of_unknown_items': int((items < 0).sum()),
                'rows_without_prediction': int(is_missing.sum()),
                'predicts_ratings': model.predicts_ratings,
            }
        )
        if self.default is not None:
            predicted[is_missing] = self.default
        return frame.assign(**{self.prediction_column_name: predicted})

    def _refuse_taken_name(self, frame: pd.DataFrame) -> None:
        if self.prediction_column_name in frame.columns:
            raise DuplicateColumnError(
                f'the table has a column of the name {self.prediction_column_name!r}, where the predictions should go. '
                'Choose another prediction_column_name, or drop the column before.'
            )


class RecommendItems(WithRecommender):
    """Recommend to each user the items with the highest scores, which are ratings where the model predicts ratings.

    Output: a data frame with the columns ``user``, ``item``, ``rank`` (from 1) and ``score``: users in the order in
    which they were given, and for each the best items first, of equal ones in the order of their ids. A user with fewer
    than ``top_n`` candidates gets fewer. The log counts users and candidates that the model does not know.
    """

    user_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs the users: a list of ids, or a data frame with user_column_name, where '
        'repeated ones count once. All users of the training by default.'
    )
    top_n: int = parameter.integer(default=20, minimum=1, description='How many items each user gets, at the most.')
    exclude_seen: bool = parameter.flag(
        default=True, description='Whether items are left out that the user had in training.'
    )
    seen_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs further interactions, a data frame, whose items are left out for their users.'
    )
    candidate_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs the items that may be recommended: a list of ids, or a data frame with '
        'item_column_name. All items of the training by default.'
    )
    unknown_users: str = parameter.text(
        default='skip',
        choices=('skip', 'popular'),
        description="What users get that were not in training: nothing ('skip'), or the items that most users of the "
        "training had, with the number of these users as score ('popular').",
    )
    user_column_name: str = parameter.text(
        default='user', description='The column with the ids of users in tables that are given.'
    )
    item_column_name: str = parameter.text(
        default='item', description='The column with the ids of items in tables that are given.'
    )
    batch_size: int | None = parameter.integer(
        default=None,
        minimum=1,
        significant=False,
        description='Users that are scored at a time; by default as many as give two million scores.',
    )
    output_file_path: str = parameter.text(
        default='predict/recommendations.feather', description='Path of the table below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, and that the inputs are a model and tables.

        Raises:
            ParameterError: One is not.
        """
        super().check_parameters()
        self.check_input('user_data_task', 'a list or a table of users')
        self.check_input('seen_data_task')
        self.check_input('candidate_data_task', 'a list or a table of items')

    def compute(self) -> pd.DataFrame:
        """The recommended items."""
        from redshells.model.recommend import recommend_items

        users = self.load_ids('user_data_task', 'user_column_name')
        candidates = self.load_ids('candidate_data_task', 'item_column_name')
        further_seen = self._load_seen()
        found: Found = run_safely(
            recommend_items,
            self.load_recommender(),
            users,
            top_n=self.top_n,
            exclude_seen=self.exclude_seen,
            further_seen=further_seen,
            candidates=candidates,
            unknown_users=self.unknown_users,
            batch_size=self.batch_size,
        )
        counts = found.table['user'].value_counts(sort=False)
        self.task_log.update(
            {
                'rows': len(found.table),
                'users_with_items': len(counts),
                'users_with_fewer_items': int((counts < self.top_n).sum()),
                'unknown_users': len(found.unknown),
                'first_unknown_users': found.unknown[:_FIRST].tolist(),
                'candidates': found.candidates,
                'unknown_candidates': len(found.unknown_candidates),
            }
        )
        return found.table

    def _load_seen(self) -> Any:
        from redshells.model.interactions import cut_interactions

        if self.seen_data_task is None:
            return None
        with self.reading('seen_data_task'):
            return cut_interactions(
                self.load_input('seen_data_task'),
                user_column_name=self.user_column_name,
                item_column_name=self.item_column_name,
                may_be_empty=True,
            )


class FindSimilarItems(WithRecommender):
    """Find the most similar items of each item, by the cosine of the vectors that a model has learnt.

    Output: a data frame with the columns ``item``, ``similar_item``, ``rank`` (from 1) and ``similarity``: items in the
    order in which they were given, and for each the most similar ones first. An item that was not in training is left
    out; the log counts these.
    """

    item_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs the items: a list of ids, or a data frame with item_column_name, where '
        'repeated ones count once. All items of the training by default.'
    )
    top_n: int = parameter.integer(default=20, minimum=1, description='How many are found for each item, at the most.')
    minimum_similarity: float = parameter.number(
        default=-1.0, minimum=-1.0, maximum=1.0, description='Items with a smaller cosine are not found.'
    )
    item_column_name: str = parameter.text(
        default='item', description='The column with the ids of items in the table that is given.'
    )
    output_file_path: str = parameter.text(
        default='predict/similar_items.feather', description='Path of the table below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, and that the input is a model.

        Raises:
            ParameterError: One is not.
        """
        super().check_parameters()
        self.check_input('item_data_task', 'a list or a table of items')

    def compute(self) -> pd.DataFrame:
        """The similar items."""
        from redshells.model.recommend import find_similar_items

        items = self.load_ids('item_data_task', 'item_column_name')
        found: Found = run_safely(
            find_similar_items,
            self.load_recommender(),
            items,
            top_n=self.top_n,
            minimum_similarity=self.minimum_similarity,
        )
        self.task_log.update(
            {
                'rows': len(found.table),
                'items_with_similar_ones': int(found.table['item'].nunique()),
                'unknown_items': len(found.unknown),
                'first_unknown_items': found.unknown[:_FIRST].tolist(),
            }
        )
        return found.table
