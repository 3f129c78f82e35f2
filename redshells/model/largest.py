"""The columns of the largest values of each row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float32]
Columns = npt.NDArray[np.int64]

_GROUPS = 8  # for each value that is found: the more, the fewer others are looked at
_MOST_CANDIDATES = 4  # for each value that is found; where there are more, all values are looked at


def largest_columns(values: Values, size: int) -> Columns:
    """Columns of the largest values of each row, in falling order; of equal ones the first columns.

    Args:
        values: Of shape (rows, columns), without NaN.
        size: How many of each row, at most as many as there are columns.

    Returns:
        Of shape (rows, size).

    Example:
        >>> largest_columns(np.array([[3, 9, 9, 1], [2, 2, 2, 2]], dtype=np.float32), 2).tolist()
        [[1, 2], [0, 1]]
    """
    if not size or not len(values):
        return np.zeros((len(values), size), dtype=np.int64)
    if values.shape[1] < 2 * _GROUPS * size:
        return _of_all(values, size)
    found = np.empty((len(values), size), dtype=np.int64)
    is_candidate = values >= _lower_limits(values, size)[:, None]
    counts = np.count_nonzero(is_candidate, axis=1)
    few = counts <= _MOST_CANDIDATES * size
    if few.all():
        found[:] = _of_candidates(values, is_candidate, counts, size)
    else:
        found[few] = _of_candidates(values[few], is_candidate[few], counts[few], size)
        found[~few] = _of_all(values[~few], size)
    return found


def _lower_limits(values: Values, size: int) -> Values:
    """A number for each row, which at least ``size`` of its values reach: those of as many groups of columns do."""
    groups = _GROUPS * size
    members = values.shape[1] // groups
    maxima = values[:, : members * groups].reshape(len(values), members, groups).max(axis=1)
    limits: Values = np.partition(maxima, groups - size, axis=1)[:, groups - size]
    return limits


def _of_candidates(values: Values, is_candidate: npt.NDArray[np.bool_], counts: Columns, size: int) -> Columns:
    """Of the candidates of each row, which are at least as many as are looked for."""
    if not len(values):
        return np.zeros((0, size), dtype=np.int64)
    rows = np.repeat(np.arange(len(values)), counts)
    places = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    columns = np.zeros((len(values), int(counts.max())), dtype=np.int64)
    columns[rows, places] = np.flatnonzero(is_candidate) - rows * values.shape[1]
    candidates = np.full(columns.shape, -np.inf, dtype=values.dtype)
    candidates[rows, places] = values[rows, columns[rows, places]]
    return np.take_along_axis(columns, np.argsort(-candidates, axis=1, kind='stable')[:, :size], axis=1)


def _of_all(values: Values, size: int) -> Columns:
    columns = values.shape[1]
    limits = np.partition(values, columns - size, axis=1)[:, columns - size]
    kept = values >= limits[:, None]
    crowded = np.flatnonzero(np.count_nonzero(kept, axis=1) > size)  # several are equal to the limit
    for row in crowded:
        equal = np.flatnonzero(values[row] == limits[row])
        more = size - np.count_nonzero(values[row] > limits[row])
        kept[row, equal[more:]] = False
    found = np.flatnonzero(kept).reshape(len(values), size) - np.arange(len(values))[:, None] * columns
    order = np.argsort(-np.take_along_axis(values, found, axis=1), axis=1, kind='stable')
    return np.take_along_axis(found, order, axis=1)
