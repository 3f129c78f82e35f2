"""The columns of the largest values of each row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def largest_columns(values: npt.NDArray[np.float32], size: int) -> npt.NDArray[np.int64]:
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
    columns = values.shape[1]
    if not size or not len(values):
        return np.zeros((len(values), size), dtype=np.int64)
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
