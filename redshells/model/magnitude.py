"""Targets and weights of a magnitude that the libraries can add up."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from redshells.errors import DataError, InfiniteValueError
from redshells.model.encoded_table import EncodedTable

_LARGEST = 1e15  # the libraries hold squares of targets, times the number of rows, in 32-bit floats (up to 3e38)


def check_magnitudes(table: EncodedTable, library: str) -> None:
    """Check that the numbers of a table are neither too large nor too small.

    Args:
        table: The table.
        library: Name of the library, for messages.

    Raises:
        InfiniteValueError: The target or a weight is too large.
        DataError: All weights are too small.
    """
    _refuse_overflow('target', table.target, library)
    if table.weight is not None:
        _refuse_overflow('weight', table.weight, library)
        largest = table.weight.max()
        if largest < 1 / _LARGEST:
            raise DataError(f'the largest weight is {largest:g}; some above {1 / _LARGEST:g} are expected.')


def _refuse_overflow(role: str, values: npt.NDArray[Any], library: str) -> None:
    largest = np.abs(values).max(initial=0)
    if largest > _LARGEST:
        raise InfiniteValueError(
            f'the {role} has values up to {largest:g}, whose squares {library} can not add up as 32-bit '
            f'floats; up to {_LARGEST:g} are expected. Scale it.'
        )
