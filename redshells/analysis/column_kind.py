"""What a column holds, whatever the width or the library of its dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow

KINDS = ('integer', 'float', 'number', 'boolean', 'string', 'datetime', 'timedelta', 'category')
"""The kinds that a contract may ask for; ``'number'`` is an integer or a float."""

_OF_OBJECTS = {
    'string': 'string',
    'boolean': 'boolean',
    'integer': 'integer',
    'floating': 'float',
    'mixed-integer-float': 'float',
    'datetime64': 'datetime',
    'datetime': 'datetime',
    'date': 'datetime',  # what a DATE of a database comes as
    'timedelta64': 'timedelta',
    'timedelta': 'timedelta',
    'empty': '',
}


def column_kinds(column: pd.Series[Any]) -> frozenset[str]:
    """The kinds that a column may be of: none is known where it has no values, and all others are ruled out.

    Floats that are all whole numbers are floats or integers, whether or not some are missing: pandas stores integers
    with missing values as floats, and a column must not change its kind on the first day on which none is missing.

    Example:
        >>> sorted(column_kinds(pd.Series([1.0, None]))), sorted(column_kinds(pd.Series(['a', 1])))
        (['float', 'integer'], ['object'])
        >>> sorted(column_kinds(pd.Series([1.0, 2.0]))), sorted(column_kinds(pd.Series([1.5, None])))
        (['float', 'integer'], ['float'])
    """
    kind = kind_of_values(column)
    if kind == 'float' and not is_whole_or_missing(column):
        return frozenset({kind})
    if kind in ('float', '') and bool(column.isna().all()):
        return frozenset()
    return frozenset({'float', 'integer'} if kind == 'float' else {kind})


def is_of_kind(column: pd.Series[Any], kind: str) -> bool:
    """Whether a column may be of one of `KINDS`."""
    kinds = column_kinds(column)
    return not kinds or kind in kinds or (kind == 'number' and bool(kinds & {'integer', 'float'}))


def is_whole_or_missing(column: pd.Series[Any]) -> bool:
    """Whether each value of a column of floats is a whole number or missing."""
    values = column.to_numpy('float64', na_value=np.nan)
    return bool((np.isnan(values) | (np.floor(values) == values) & np.isfinite(values)).all())


def kind_of_dtype(dtype: Any) -> str:
    """The kind of the columns of a dtype; empty for objects, whose values tell it."""
    if isinstance(dtype, pd.CategoricalDtype):
        return 'category'
    if pd.api.types.is_object_dtype(dtype):
        return ''
    tests = {
        'boolean': pd.api.types.is_bool_dtype,
        'integer': pd.api.types.is_integer_dtype,
        'float': pd.api.types.is_float_dtype,
        'datetime': pd.api.types.is_datetime64_any_dtype,
        'timedelta': pd.api.types.is_timedelta64_dtype,
        'string': pd.api.types.is_string_dtype,
    }
    return next((kind for kind, is_kind in tests.items() if is_kind(dtype)), str(dtype))


def kind_of_values(column: pd.Series[Any]) -> str:
    """The kind of a column by its dtype, or of objects by their values: ``'object'`` where they are of no kind."""
    if column.dtype == object:
        return _OF_OBJECTS.get(pd.api.types.infer_dtype(column, skipna=True), 'object')
    return kind_of_dtype(column.dtype)


def as_moments(column: pd.Series[Any]) -> pd.Series[Any]:
    """Dates, and Python's datetimes and timedeltas, as a column of pandas' own type; any other column as it is.

    Example:
        >>> import datetime
        >>> as_moments(pd.Series([datetime.date(2024, 1, 31), None])).tolist()
        [Timestamp('2024-01-31 00:00:00'), NaT]
    """
    if isinstance(column.dtype, pd.ArrowDtype) and pyarrow.types.is_date(column.dtype.pyarrow_dtype):
        return column.astype('datetime64[us]')
    kind = kind_of_values(column) if column.dtype == object else ''
    try:
        if kind == 'datetime':
            return pd.to_datetime(column)
        return pd.to_timedelta(column) if kind == 'timedelta' else column
    except (TypeError, ValueError):  # of several time zones
        return column
