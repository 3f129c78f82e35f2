"""Score predicted ratings and recommended items."""

from __future__ import annotations

from typing import Any

import gokart
import pandas as pd
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import ParameterError
from redshells.target import check_table_path
from redshells.task import RedshellsTask


class EvaluateRating(RedshellsTask[pd.DataFrame]):
    """Score the output of `PredictRating`: RMSE and MAE. Rows without a prediction are left out and counted.

    Output: a data frame with one row for each metric: ``metric``, ``direction``, ``score``, ``number_of_rows`` (that
    are scored) and ``rows_without_prediction``. With ``group_column_name`` the first column is ``group``, as text: it
    is missing in the rows of the whole table, which come first, and those of each group follow.
    """

    prediction_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A PredictRating task whose table has the true ratings as well.'
    )
    rating_column_name: str = parameter.text(default='rating', description='The column with the true ratings.')
    prediction_column_name: str = parameter.text(
        default='prediction', description='The column with the predicted ratings.'
    )
    group_column_name: str | None = parameter.text(
        default=None, description='A column whose groups are scored as well, such as one that tells new users.'
    )
    metrics: tuple[str, ...] | list[str] = parameter.names(
        default=(), description="Names of the scores: 'rmse', 'mae'; both when empty."
    )
    output_file_path: str = parameter.text(
        default='predict/evaluate_rating.csv', description='Path of the scores below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, that the input is a table, and the names of the scores.

        Raises:
            ParameterError: One is not so.
        """
        from redshells.model.rating_metrics import check_rating_metrics

        check_table_path(self.output_file_path)
        self.check_input('prediction_task')
        check_rating_metrics(self.metrics)

    def output(self) -> TargetOnKart:
        """The scores."""
        return self.file_target(self.output_file_path)

    def compute(self) -> pd.DataFrame:
        """The scores."""
        from redshells.model.rating_metrics import evaluate_ratings

        with self.reading('prediction_task'):
            scores = evaluate_ratings(
                self.load_input('prediction_task'),
                rating_column_name=self.rating_column_name,
                prediction_column_name=self.prediction_column_name,
                group_column_name=self.group_column_name or '',
                metrics=self.metrics,
            )
        whole = scores if self.group_column_name is None else scores[scores['group'].isna()]
        self.task_log['scores'] = dict(zip(whole['metric'], whole['score'], strict=True))
        self.task_log['rows_without_prediction'] = int(whole['rows_without_prediction'].iloc[0])
        return scores


class EvaluateRanking(RedshellsTask[pd.DataFrame]):
    """Score the output of `RecommendItems` by what users did afterwards.

    All users with a relevant held-out item count, those without recommendations as 0; other users do not. The formulas
    are those of `redshells.model.ranking_metrics`.

    Output: a data frame with one row for each metric and each k: ``metric``, ``k``, ``score`` and ``number_of_users``;
    and ``low`` and ``high``, an interval of 95 %, where ``number_of_resamples`` is given.
    """

    recommendation_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A RecommendItems task, or another one that outputs the columns user, item and rank.'
    )
    test_data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs the interactions that were held out: a pandas or polars data frame.'
    )
    train_data_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs the interactions of the training, for coverage, popularity and novelty.'
    )
    k: tuple[int, ...] | list[int] = parameter.integers(
        default=(5, 10, 20), minimum=1, description='How many items of each user are looked at.'
    )
    metrics: tuple[str, ...] | list[str] = parameter.names(
        default=(),
        description='Names of the scores: recall, precision, ndcg, map, mrr, hit_rate, and with train_data_task '
        'coverage, popularity and novelty; all of them when empty.',
    )
    minimum_rating: float | None = parameter.number(
        default=None, description='Held-out items of a lower rating are not relevant; all are by default.'
    )
    gain: str = parameter.text(
        default='binary',
        choices=('binary', 'linear', 'exponential'),
        description='What a relevant item is worth to ndcg: 1, its rating, or 2 to the power of its rating, less 1.',
    )
    user_column_name: str = parameter.text(
        default='user', description='The column with the ids of users in the interactions.'
    )
    item_column_name: str = parameter.text(
        default='item', description='The column with the ids of items in the interactions.'
    )
    rating_column_name: str | None = parameter.text(
        default=None,
        description='The column with the ratings of the held-out interactions, for minimum_rating or gain.',
    )
    number_of_resamples: int = parameter.integer(
        default=0, minimum=0, description='How often users are drawn with replacement for intervals; 0 for none.'
    )
    random_seed: int = parameter.integer(
        default=0, minimum=0, maximum=2**31 - 1, description='Seed of the draws for intervals.'
    )
    output_file_path: str = parameter.text(
        default='predict/evaluate_ranking.csv', description='Path of the scores below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, that the inputs are tables, and what is scored.

        Raises:
            ParameterError: One is not so.
        """
        from redshells.model.ranking_metrics import check_cuts, check_ranking_metrics

        check_table_path(self.output_file_path)
        for name in ('recommendation_task', 'test_data_task', 'train_data_task'):
            self.check_input(name)
        check_cuts(self.k)
        check_ranking_metrics(self.metrics, has_training=self.train_data_task is not None)
        if self.rating_column_name is None and (self.minimum_rating is not None or self.gain != 'binary'):
            raise ParameterError(
                f'minimum_rating={self.minimum_rating} and gain={self.gain!r} were given without ratings; '
                'rating_column_name is expected.'
            )

    def output(self) -> TargetOnKart:
        """The scores."""
        return self.file_target(self.output_file_path)

    def compute(self) -> pd.DataFrame:
        """The scores."""
        from redshells.model.ranking_metrics import evaluate_ranking

        scores = evaluate_ranking(
            self._load_recommendations(),
            self._load_interactions('test_data_task', self.rating_column_name),
            k=self.k,
            metrics=self.metrics,
            minimum_rating=self.minimum_rating,
            gain=self.gain,
            training=None if self.train_data_task is None else self._load_interactions('train_data_task', None),
            number_of_resamples=self.number_of_resamples,
            random_seed=self.random_seed,
        )
        names = scores['metric'] + '@' + scores['k'].astype(str)
        self.task_log['scores'] = dict(zip(names, scores['score'], strict=True))
        self.task_log['users'] = int(scores['number_of_users'].max())
        return scores

    def _load_recommendations(self) -> Any:
        from redshells.model.ranked_lists import read_recommendations

        with self.reading('recommendation_task'):
            return read_recommendations(self.load_input('recommendation_task'))

    def _load_interactions(self, parameter_name: str, rating_column_name: str | None) -> Any:
        from redshells.model.interactions import cut_interactions

        with self.reading(parameter_name):
            return cut_interactions(
                self.load_input(parameter_name),
                user_column_name=self.user_column_name,
                item_column_name=self.item_column_name,
                rating_column_name=rating_column_name or '',
            )
