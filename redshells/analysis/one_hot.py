"""Categories as columns of True and False."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from redshells.analysis.column_values import check_hashable
from redshells.errors import ColumnTypeError, DataError, DuplicateColumnError


def one_hot(frame: pd.DataFrame, column_names: Sequence[str], maximum_levels: int) -> pd.DataFrame:
    """Put a column of booleans for each level in the place of each of these columns.

    The other columns come first, then the levels of each named column, in the order of the names. The levels of a
    categorical column are all its categories in their order, be they in the table or not; those of any other column are
    its values, sorted. A missing value is False in all of them.

    Args:
        frame: The table.
        column_names: The columns.
        maximum_levels: How many levels a column may have.

    Raises:
        ColumnTypeError: A column has values that can't be looked up.
        DataError: A column has too many levels.
        DuplicateColumnError: Two columns would have one name.

    Example:
        >>> one_hot(pd.DataFrame({'colour': ['red', 'blue'], 'size': [1, 2]}), ['colour'], maximum_levels=10)
           size  colour_blue  colour_red
        0     1        False        True
        1     2         True       False
    """
    parts = [frame.drop(columns=list(column_names))]
    parts += [_level_columns(frame[name], maximum_levels) for name in column_names]
    names = [name for part in parts for name in part.columns]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise DuplicateColumnError(
            f'the result would have several columns of the names {twice[:5]}; a level is named column_level. '
            'Rename the columns or the levels.'
        )
    return pd.concat(parts, axis=1)


def _level_columns(column: pd.Series[Any], maximum_levels: int) -> pd.DataFrame:
    check_hashable(column, 'categories')
    levels = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else _sorted_levels(column)
    if len(levels) > maximum_levels:
        raise DataError(
            f'the column {column.name!r} has {len(levels)} levels; at most maximum_levels={maximum_levels} are '
            'expected. Leave the column out, put its rare levels together, or raise maximum_levels.'
        )
    codes = np.asarray(pd.Categorical(column, categories=levels).codes)
    names = [f'{column.name}_{level}' for level in levels]
    return pd.DataFrame(codes[:, None] == np.arange(len(levels)), index=column.index, columns=names)


def _sorted_levels(column: pd.Series[Any]) -> pd.Index[Any]:
    levels: pd.Index[Any] = pd.Index(column.dropna().unique())
    try:
        return levels.sort_values()
    except TypeError as error:
        kinds = sorted({type(level).__name__ for level in levels})
        raise ColumnTypeError(
            f'the column {column.name!r} has values of the types {kinds}, which have no order; one type is expected. '
            'Convert them.'
        ) from error
