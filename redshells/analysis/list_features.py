"""Columns of lists of items, such as the genres of a film, for what can't take them as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.model.feature_schema import FeatureSchema
from redshells.model.list_column import read_items

_MOST_ITEMS = 20


def split_lists(schema: FeatureSchema) -> tuple[FeatureSchema, list[str]]:
    """The other columns of a schema, and the names of those of lists.

    Args:
        schema: The features of a model.
    """
    lists = [column.name for column in schema.columns if column.kind == 'list']
    return (FeatureSchema(tuple(one for one in schema.columns if one.kind != 'list')), lists) if lists else (schema, [])


def hash_lists(column: pd.Series[Any]) -> npt.NDArray[np.uint64]:
    """A number for each cell, which is the same for the same items in the same order.

    Args:
        column: The lists, some of which may be missing.
    """
    texts = [repr(list(cell)) if isinstance(cell, (list, tuple, np.ndarray)) else '' for cell in column]
    hashes: npt.NDArray[np.uint64] = pd.util.hash_array(np.array(texts, dtype=object))
    return hashes


def indicate_items(train: pd.Series[Any], *others: pd.Series[Any]) -> list[npt.NDArray[np.float64]]:
    """Which of the 20 most frequent items are in each list, of shape (rows, items), of the training and of others.

    Args:
        train: The lists of the training.
        *others: Other ones.
    """
    known = read_items(train)
    frequent = np.argsort(-np.bincount(known.codes, minlength=len(known.levels)), kind='stable')[:_MOST_ITEMS]
    places = {known.levels[code]: place for place, code in enumerate(frequent)}
    result = []
    for column in (train, *others):
        items = known if column is train else read_items(column)
        place = np.array([places.get(level, -1) for level in items.levels], dtype=np.int64)[items.codes]
        matrix = np.zeros((len(column), len(frequent)))
        matrix[items.rows[place >= 0], place[place >= 0]] = 1.0
        result.append(matrix)
    return result
