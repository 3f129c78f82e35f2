"""The values of a column as Python objects, in a list or by the keys of another column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow

from redshells.errors import ColumnTypeError, DataError, MissingValueError

_SHOWN = 5


def python_values(column: pd.Series[Any]) -> list[Any]:
    """The values of a column as Python's numbers, strings, and so on.

    Missing values are NaN in a column of floats, and None in all others.

    Example:
        >>> python_values(pd.Series([1, None], dtype='Int64')), python_values(pd.Series([1.5, None]))
        ([1, None], [1.5, nan])
    """
    if pd.api.types.is_float_dtype(column.dtype):
        return list(column.to_numpy('float64', na_value=np.nan).tolist())
    values = [_python_value(value) for value in column.tolist()]
    for position in np.flatnonzero(column.isna().to_numpy()):
        values[position] = None
    return values


def value_by_key(frame: pd.DataFrame, key_column_name: str, value_column_name: str) -> dict[Any, Any]:
    """A dict of two columns, in the order of the rows.

    Args:
        frame: The table.
        key_column_name: The column with the keys.
        value_column_name: The column with the values.

    Raises:
        MissingValueError: A key is missing.
        ColumnTypeError: A key can't be the key of a dict.
        DataError: One key has several values.

    Example:
        >>> value_by_key(pd.DataFrame({'item': [3, 1, 3], 'title': ['c', 'a', 'c']}), 'item', 'title')
        {3: 'c', 1: 'a'}
    """
    found: dict[Any, Any] = {}
    conflicts: dict[Any, None] = {}
    for key, value in _pairs(frame, key_column_name, value_column_name):
        if key not in found:
            found[key] = value
        elif not _are_same(found[key], value):
            conflicts[key] = None
    if conflicts:
        raise DataError(
            f'{len(conflicts)} of {len(found)} keys in {key_column_name!r} have several values in '
            f'{value_column_name!r}, such as {list(conflicts)[:_SHOWN]}; one value for each key is expected. '
            'Make the keys unique, or collect the values with GroupByColumnAsDict.'
        )
    return found


def values_by_key(frame: pd.DataFrame, key_column_name: str, value_column_name: str) -> dict[Any, list[Any]]:
    """A dict of lists: the values that each key has, both in the order of the rows.

    Args:
        frame: The table.
        key_column_name: The column with the keys.
        value_column_name: The column with the values.

    Raises:
        MissingValueError: A key is missing.
        ColumnTypeError: A key can't be the key of a dict.

    Example:
        >>> values_by_key(pd.DataFrame({'user': ['b', 'a', 'b'], 'item': [3, 1, 3]}), 'user', 'item')
        {'b': [3, 3], 'a': [1]}
    """
    found: dict[Any, list[Any]] = {}
    for key, value in _pairs(frame, key_column_name, value_column_name):
        found.setdefault(key, []).append(value)
    return found


def check_hashable(column: pd.Series[Any], use: str) -> None:
    """Check that each value can be looked up, which lists, dicts and arrays can't.

    Args:
        column: The column.
        use: What the values are to be, for the message, such as ``'keys'``.

    Raises:
        ColumnTypeError: One can not.
    """
    advice = 'strings, numbers or tuples are expected. Convert them, or name another column.'
    if _is_not_looked_up(column.dtype):
        raise ColumnTypeError(
            f'the column {column.name!r} has the type {column.dtype}, whose values can not be {use}; {advice}'
        )
    for value in column.tolist() if column.dtype == object else ():
        try:
            hash(value)
        except TypeError:
            kind = type(value).__name__
            raise ColumnTypeError(
                f'the column {column.name!r} has values of type {kind}, such as {value!r}, which can not be {use}; '
                f'{advice}'
            ) from None


def _is_not_looked_up(dtype: Any) -> bool:
    """Whether pandas has no hash table for a type: lists and records of Arrow, and half floats."""
    if isinstance(dtype, pd.ArrowDtype):
        return bool(pyarrow.types.is_nested(dtype.pyarrow_dtype))
    return isinstance(dtype, np.dtype) and dtype == np.float16


def _pairs(frame: pd.DataFrame, key_column_name: str, value_column_name: str) -> Iterator[tuple[Any, Any]]:
    keys = frame[key_column_name]
    missing = int(keys.isna().sum())
    if missing:
        raise MissingValueError(
            f'the column {key_column_name!r} has {missing} missing values in {len(keys)} rows, which can not be keys. '
            'Fill them, or drop the rows.'
        )
    check_hashable(keys, 'keys')
    return zip(python_values(keys), python_values(frame[value_column_name]), strict=True)


def _python_value(value: Any) -> Any:
    # item() of a date of numpy's is an integer
    is_plain = not isinstance(value, np.generic) or isinstance(value, np.datetime64 | np.timedelta64)
    return value if is_plain else value.item()


def _are_same(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return bool(np.array_equal(first, second))
    are_nan = isinstance(first, float) and isinstance(second, float) and first != first and second != second
    try:
        return are_nan or bool(first == second)
    except ValueError:  # arrays in a list
        return False
