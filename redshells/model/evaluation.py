"""Scores of a table of predictions against the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from redshells.errors import DataError, MissingColumnError
from redshells.model.feature_schema import is_numeric, to_level
from redshells.model.frame import TableData
from redshells.model.metric import get_metric
from redshells.model.target_encoding import TargetEncoding, checked_weights

_PROBABILITY = 'probability_'


def evaluate_predictions(
    predictions: pd.DataFrame, data: TableData, problem: str, metrics: Sequence[str]
) -> pd.DataFrame:
    """Score predictions.

    Args:
        predictions: A table with ``prediction`` and, for a classification, ``probability_<class>``.
        data: The rows that were predicted, in the same order, with their target.
        problem: ``'classification'``, ``'regression'`` or ``'ranking'``.
        metrics: Names of the scores.

    Returns:
        One row for each metric: ``metric``, ``direction``, ``score`` and ``number_of_rows``.

    Raises:
        DataError: The tables do not belong together.
    """
    if len(predictions) != len(data):
        raise DataError(
            f'there are {len(predictions)} predictions for {len(data)} rows; one for each row, in the same order, is '
            'expected. Evaluate on the task that was given to PredictTable as data_task.'
        )
    _check_order(predictions.index, data.features.index)
    if 'prediction' not in predictions.columns:
        raise MissingColumnError(
            f'the predictions have the columns {list(predictions.columns)}; the output of PredictTable is expected.'
        )
    encoding, values = _read(predictions, data, problem)
    target = encoding.encode(data.target)
    weight = None if data.weight is None else checked_weights(data.weight)
    group = None if data.group is None else data.group.to_numpy()
    rows = []
    for name in metrics:
        metric = get_metric(name, problem, encoding.number_of_classes)
        score = metric(target, values, weight=weight, group=group)
        rows.append({'metric': metric.name, 'direction': metric.direction, 'score': score, 'number_of_rows': len(data)})
    return pd.DataFrame(rows)


def probability_columns(predictions: pd.DataFrame) -> list[str]:
    """The columns with the probabilities of the classes; what stands before ``prediction`` is the user's."""
    position = list(predictions.columns).index('prediction')
    return [name for name in predictions.columns[position:] if name.startswith(_PROBABILITY)]


def _check_problem(predictions: pd.DataFrame, problem: str) -> None:
    columns, values = probability_columns(predictions), predictions['prediction']
    if problem != 'classification' and (columns or not is_numeric(values)):
        raise DataError(
            f'problem={problem!r} was given, but the predictions are classes, such as {values.iloc[0]!r}. '
            "Set problem='classification'."
        )
    if problem == 'classification' and not columns and types.is_float_dtype(values.dtype):
        fractions = values[values != np.floor(values)]
        if len(fractions):
            raise DataError(
                f"problem='classification' was given, but the predictions are numbers, such as {fractions.iloc[0]}. "
                "Set problem='regression' or problem='ranking'."
            )


def _check_order(predicted: pd.Index[Any], given: pd.Index[Any]) -> None:
    # a csv or parquet file has lost its index, and comes with a new one
    if isinstance(predicted, pd.RangeIndex) or predicted.equals(given):
        return
    if predicted.is_unique and predicted.sort_values().equals(given.sort_values()):
        raise DataError(
            'the predictions have the index of the rows, but in another order; the same order is expected. '
            'Evaluate on the task that was given to PredictTable as data_task.'
        )


def _read(predictions: pd.DataFrame, data: TableData, problem: str) -> tuple[TargetEncoding, npt.NDArray[Any]]:
    """The classes that the predictions know, and the values that a metric takes."""
    _check_problem(predictions, problem)
    if problem != 'classification':
        return TargetEncoding(problem), predictions['prediction'].to_numpy(dtype=np.float64)
    columns = probability_columns(predictions)
    labels = {
        str(to_level(label)): to_level(label) for label in [*data.target.unique(), *predictions['prediction'].unique()]
    }
    if columns:
        classes = [labels.get(name.removeprefix(_PROBABILITY), name.removeprefix(_PROBABILITY)) for name in columns]
        encoding = TargetEncoding.from_json({'problem': problem, 'classes': classes})
        return encoding, predictions[columns].to_numpy(dtype=np.float64)
    classes = sorted(labels.values(), key=str)
    encoding = TargetEncoding.from_json({'problem': problem, 'classes': classes})
    codes = np.array([classes.index(to_level(label)) for label in predictions['prediction']])
    return encoding, np.eye(len(classes))[codes]
