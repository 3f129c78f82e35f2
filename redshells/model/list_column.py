"""Columns whose cells are lists of items, such as the genres of a film."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from redshells.errors import ColumnTypeError
from redshells.model.feature_schema import Level, to_codes, to_level
from redshells.model.sparse_vector_dtype import SparseVectorDtype

_ITEMS = ('string', 'integer', 'boolean', 'empty')


@dataclass(frozen=True)
class ListItems:
    """The items of a column of lists, one after the other.

    Attributes:
        rows: The row of each item, of shape (items,).
        codes: Which of the levels it is, likewise.
        levels: The different items.
    """

    rows: npt.NDArray[np.int64]
    codes: npt.NDArray[np.int64]
    levels: list[Level]


def is_list_column(column: pd.Series[Any]) -> bool:
    """Whether the cells are lists of items: strings or integers. Lists of floats are vectors."""
    if isinstance(column.dtype, (pd.CategoricalDtype, SparseVectorDtype)) or not _may_hold_lists(column):
        return False
    cells = column.dropna()
    if not len(cells) or not all(isinstance(cell, (list, tuple, np.ndarray)) for cell in cells):
        return False
    if any(isinstance(cell, np.ndarray) and cell.ndim != 1 for cell in cells):
        return False
    return types.infer_dtype(_flat(cells), skipna=True) in _ITEMS


def read_items(column: pd.Series[Any]) -> ListItems:
    """The items of a column of lists; missing lists and missing items count as none.

    Raises:
        ColumnTypeError: A cell is no list, or an item neither a string nor an integer.
    """
    present = np.flatnonzero(column.notna().to_numpy())
    cells = column.iloc[present]
    if not all(isinstance(cell, (list, tuple, np.ndarray)) for cell in cells):
        kinds = sorted({type(cell).__name__ for cell in cells})
        raise ColumnTypeError(
            f'the column {column.name!r} of type {column.dtype} holds values of the types {kinds}; lists of strings or '
            'integers are expected, as in training. Convert them.'
        )
    flat = _flat(cells)
    kind = types.infer_dtype(flat, skipna=True)
    if kind not in _ITEMS:
        raise ColumnTypeError(
            f'the lists of the column {column.name!r} hold items of the kind {kind!r}; strings or integers are '
            'expected, as in training. Convert them.'
        )
    codes, uniques = to_codes(flat)
    rows = np.repeat(present, np.fromiter(map(len, cells), dtype=np.int64, count=len(cells)))
    known = codes >= 0
    return ListItems(rows[known], codes[known], [to_level(value) for value in uniques])


def _may_hold_lists(column: pd.Series[Any]) -> bool:
    return types.is_object_dtype(column.dtype) or isinstance(column.dtype, pd.ArrowDtype)


def _flat(cells: pd.Series[Any]) -> pd.Series[Any]:
    """The items of all lists."""
    lists = [cell for cell in cells if len(cell)]
    if lists and all(isinstance(cell, np.ndarray) for cell in lists) and len({cell.dtype for cell in lists}) == 1:
        return pd.Series(np.concatenate(lists))
    # as objects, or integers beside missing ones would become floats
    return pd.Series(list(chain.from_iterable(lists)), dtype=object)
