"""What is known of users and items besides their interactions, as it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from redshells.errors import ColumnTypeError, DataError, EmptyTableError
from redshells.model.feature_fields import FeatureFields
from redshells.model.frame import read_table, require_columns
from redshells.model.id_index import checked_ids


def read_side_features(value: Any, id_column_name: str) -> pd.DataFrame:
    """Features as a data frame with the ids as index.

    Args:
        value: A pandas or polars data frame with a column of ids; a dict of vectors by id; or a list of such dicts,
            each of which makes a column of vectors.
        id_column_name: The column with the ids.

    Raises:
        MissingColumnError: The column with the ids is not there.
        EmptyTableError: There are no rows, or no features.
        DataError: An id has several rows.
        ColumnTypeError: It is none of these, a column can't be a feature, or vectors of one dict have several lengths.

    Example:
        >>> read_side_features({'a': [1.0, 0.0], 'b': [0.5, 2.0]}, 'item')
            feature_0
        a  [1.0, 0.0]
        b  [0.5, 2.0]
    """
    if isinstance(value, Mapping):
        value = [value]
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        frame = _frame_of_dicts(value)
    else:
        table = read_table(value)
        require_columns(table, [id_column_name])
        ids = checked_ids(table[id_column_name], f'the ids {id_column_name!r}')
        frame = table.drop(columns=id_column_name).set_axis(pd.Index(ids), axis=0)
    if frame.empty:
        raise EmptyTableError(
            f'the features have {frame.shape[0]} rows and {frame.shape[1]} columns besides the id. Check the task that '
            'makes them, or leave them out.'
        )
    twice = frame.index[frame.index.duplicated()].unique()
    if len(twice):
        raise DataError(
            f'{len(twice)} ids have several rows of features, such as {twice[0]!r}; one row for each id is expected. '
            'Remove the others.'
        )
    FeatureFields.of(frame)  # refuses what no model can use
    return frame


def _frame_of_dicts(dicts: list[Mapping[Any, Any]]) -> pd.DataFrame:
    columns = {}
    for number, by_id in enumerate(dicts):
        vectors = [np.asarray(one, dtype=np.float64).ravel() for one in by_id.values()]
        lengths = sorted({len(one) for one in vectors})
        if len(lengths) > 1:
            raise ColumnTypeError(
                f'the vectors of the features {number} have the lengths {lengths[:5]}; one length is expected.'
            )
        ids = checked_ids(list(by_id), f'the ids of the features {number}')
        columns[f'feature_{number}'] = pd.Series(vectors, index=pd.Index(ids), dtype=object)
    return pd.DataFrame(columns)
