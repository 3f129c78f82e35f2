"""Predictions of a model as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from redshells.errors import DuplicateColumnError, ParameterError
from redshells.model.frame import read_table, require_columns
from redshells.model.table_model import TableModel


def predict_table(
    model: TableModel,
    table: Any,
    *,
    id_column_names: Sequence[str] = (),
    with_contributions: bool = False,
    batch_size: int = 100_000,
) -> pd.DataFrame:
    """Predict the rows of a table, so many at a time.

    Args:
        model: A fitted model.
        table: A pandas or polars data frame with the columns of the training.
        id_column_names: Columns of the table that stand in the result as they are.
        with_contributions: Add what each feature contributes to the raw score.
        batch_size: How many rows are predicted at a time, which bounds the memory beyond the input and the output.

    Returns:
        One row for each row of the table, in its order and with its index: the id columns, ``prediction``, for a
        classification whose model has probabilities ``probability_<class>``, and if asked ``contribution_<feature>``
        and ``contribution_base``, which add up to the raw score (of the predicted class, where there are more than
        two).

    Raises:
        NotFittedError: The model is not fitted.
        MissingColumnError: A column is missing.
        DuplicateColumnError: A name would stand in the result twice.
        ColumnTypeError: A column has another type than in training.
        ParameterError: The model has no contributions.
    """
    model.check_fitted()
    frame = read_table(table)
    require_columns(frame, id_column_names)
    if with_contributions and not hasattr(model, 'contributions'):
        raise ParameterError(
            f'with_contributions=True was given, but {type(model).__name__} has none; '
            'models of boosted trees have. Leave it out, or predict with one of them.'
        )
    _refuse_clashes(model, id_column_names, with_contributions)
    starts = range(0, max(len(frame), 1), batch_size)
    bar = tqdm(starts, desc='prediction', unit='batch', disable=None if len(starts) > 1 else True)
    parts = [_predict_rows(model, frame.iloc[start : start + batch_size], with_contributions) for start in bar]
    result = pd.concat(parts) if len(parts) > 1 else parts[0]
    return pd.concat([frame[list(id_column_names)], result], axis=1) if id_column_names else result


def _refuse_clashes(model: TableModel, id_column_names: Sequence[str], with_contributions: bool) -> None:
    """Refuse a result with two columns of one name, before there is one."""
    names = [*id_column_names, 'prediction']
    if hasattr(model, 'predict_proba'):
        names += [f'probability_{label}' for label in model.classes_]
    if with_contributions:
        names += [f'contribution_{name}' for name in [*model.schema_.feature_names, 'base']]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DuplicateColumnError(
            f'the result would have several columns of the names {twice}. Rename these columns of the table, in the '
            'training too if they are features, or leave them out of id_column_names.'
        )


def _predict_rows(model: TableModel, rows: pd.DataFrame, with_contributions: bool) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    if hasattr(model, 'predict_proba'):
        columns['prediction'], probabilities = model.predict_with_probabilities(rows)
        columns.update({f'probability_{label}': probabilities[:, code] for code, label in enumerate(model.classes_)})
    else:
        columns['prediction'] = model.predict(rows)
    if with_contributions:
        values = model.contributions(rows)
        if values.ndim == 3:
            values = values[np.arange(len(rows)), np.argmax(probabilities, axis=1)]
        names = [*model.schema_.feature_names, 'base']
        columns.update({f'contribution_{name}': values[:, position] for position, name in enumerate(names)})
    return pd.DataFrame(columns, index=rows.index)
