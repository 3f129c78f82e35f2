"""The errors of predicted ratings: RMSE = √(mean of (prediction - rating)²) and MAE = mean of |prediction - rating|."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import (
    ColumnTypeError,
    DataError,
    EmptyTableError,
    InfiniteValueError,
    MissingValueError,
    UnknownNameError,
)
from redshells.model.feature_schema import is_numeric, to_numbers
from redshells.model.frame import read_table, require_columns

RATING_METRICS = ('rmse', 'mae')
"""Errors of ratings: less is better."""


def check_rating_metrics(names: Sequence[str]) -> tuple[str, ...]:
    """Check names of metrics.

    Args:
        names: The names; empty for all.

    Returns:
        The names.

    Raises:
        UnknownNameError: There is no such metric.
    """
    unknown = [name for name in names if name not in RATING_METRICS]
    if unknown:
        raise UnknownNameError(
            f'there are no metrics of the names {unknown}; some of {list(RATING_METRICS)} are expected.'
        )
    return tuple(names) or RATING_METRICS


def evaluate_ratings(
    table: Any,
    *,
    rating_column_name: str = 'rating',
    prediction_column_name: str = 'prediction',
    group_column_name: str = '',
    metrics: Sequence[str] = (),
) -> pd.DataFrame:
    """Score predicted ratings.

    Rows without a prediction (NaN), as of users or items that were not in training, are left out and counted.

    Args:
        table: A pandas or polars data frame with ratings and predictions.
        rating_column_name: The column with the ratings.
        prediction_column_name: The column with the predictions.
        group_column_name: A column whose groups are scored besides the whole, if any; missing values are one group.
        metrics: Names of the scores; all when empty.

    Returns:
        A row for each metric: ``metric``, ``direction``, ``score``, ``number_of_rows`` (which are scored) and
        ``rows_without_prediction``. With groups ``group`` is the first column, as text; it is missing where all rows
        are scored, which comes first. The score of a group without a prediction is NaN.

    Raises:
        UnknownNameError: There is no such metric.
        MissingColumnError: A named column is not there.
        EmptyTableError: There are no rows.
        ColumnTypeError: Ratings or predictions are no numbers.
        MissingValueError: A rating is missing.
        InfiniteValueError: A rating or a prediction is infinite.
        DataError: No row has a prediction.

    Example:
        >>> table = pd.DataFrame({'rating': [1.0, 3.0, 5.0], 'prediction': [2.0, 3.0, None]})
        >>> evaluate_ratings(table, metrics=['mae'])
          metric direction  score  number_of_rows  rows_without_prediction
        0    mae  minimize    0.5               2                        1
    """
    names = check_rating_metrics(metrics)
    frame = read_table(table)
    for parameter, name in (
        ('rating_column_name', rating_column_name),
        ('prediction_column_name', prediction_column_name),
        ('group_column_name', group_column_name),
    ):
        require_columns(frame, [name] if name else [], parameter)
    if frame.empty:
        raise EmptyTableError('the table of predictions has no rows. Check the task that makes it.')
    ratings = _numbers(frame[rating_column_name], 'ratings')
    missing = int(np.isnan(ratings).sum())
    if missing:
        raise MissingValueError(
            f'the ratings {rating_column_name!r} have {missing} missing values (NaN). Remove the rows.'
        )
    errors = _numbers(frame[prediction_column_name], 'predictions') - ratings
    if np.isnan(errors).all():
        raise DataError(
            f'none of the {len(frame)} rows has a prediction in {prediction_column_name!r}. Were the model and the '
            'table made of the same users and items?'
        )
    scores = _scores(errors, names)
    if not group_column_name:
        return scores
    codes, groups = pd.factorize(frame[group_column_name], use_na_sentinel=False, sort=True)
    parts = [_scores(errors[codes == code], names).assign(group=str(group)) for code, group in enumerate(groups)]
    whole = scores.assign(group=pd.Series([None] * len(scores), dtype='str'))
    result = pd.concat([whole, *parts], ignore_index=True)
    return result[['group', *scores.columns]]


def _numbers(column: pd.Series[Any], what: str) -> npt.NDArray[np.float64]:
    if not is_numeric(column):
        raise ColumnTypeError(f'the {what} {column.name!r} are of type {column.dtype}; numbers are expected.')
    values = to_numbers(column)
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise InfiniteValueError(f'the {what} {column.name!r} have {infinite} infinite values. Remove the rows.')
    return values


def _scores(errors: npt.NDArray[np.float64], names: Sequence[str]) -> pd.DataFrame:
    known = errors[~np.isnan(errors)]
    values = {'rmse': np.nan, 'mae': np.nan}
    if len(known):
        values = {'rmse': float(np.sqrt(np.mean(known**2))), 'mae': float(np.mean(np.abs(known)))}
    return pd.DataFrame(
        {
            'metric': list(names),
            'direction': 'minimize',
            'score': [values[name] for name in names],
            'number_of_rows': len(known),
            'rows_without_prediction': len(errors) - len(known),
        }
    )
