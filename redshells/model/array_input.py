"""What scikit-learn's tools hand over besides data frames: arrays, lists and series, as tables and columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_array
from sklearn.utils.validation import column_or_1d

from redshells.errors import ColumnTypeError, DataError, RedshellsError


def is_data_frame(X: Any) -> bool:
    """Whether it is a data frame of pandas or polars."""
    return isinstance(X, pd.DataFrame) or type(X).__module__.split('.')[0] == 'polars'


@contextmanager
def _scikit_learn_checks() -> Iterator[None]:
    """What scikit-learn says of arrays, as errors of redshells."""
    try:
        yield
    except RedshellsError:
        raise
    except TypeError as error:
        raise ColumnTypeError(str(error)) from error
    except ValueError as error:
        raise DataError(str(error)) from error


def frame_of_array(X: Any) -> pd.DataFrame:
    """The table of a two-dimensional array, with the columns ``x0``, ``x1``, ...

    Raises:
        DataError: It is no such array.
    """
    with _scikit_learn_checks():
        array = check_array(X, dtype=None, ensure_all_finite=False, ensure_min_samples=0, ensure_min_features=0)
    frame = pd.DataFrame(array, columns=[f'x{position}' for position in range(array.shape[1])])
    return frame.infer_objects() if array.dtype == object else frame


def as_column(values: Any, name: str) -> pd.Series[Any]:
    """The column of a series, array or list.

    Args:
        values: One value for each row.
        name: What it is: ``'target'``, ``'weight'`` or ``'group'``.

    Raises:
        DataError: It has not one value for each row.
    """
    if isinstance(values, pd.Series):
        return values
    if type(values).__module__.split('.')[0] == 'polars':
        values = values.to_pandas()
        if isinstance(values, pd.Series):
            return values
    with _scikit_learn_checks():
        if name == 'target':
            values = column_or_1d(values, warn=True)
        array = np.asarray(values)
    if array.ndim != 1:
        raise DataError(f'the {name} is of shape {array.shape}; one value for each row is expected.')
    return pd.Series(array, name=name).infer_objects()
