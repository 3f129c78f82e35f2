"""Arguments of models: checked when a model is built."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

from redshells.errors import ParameterError


def require_whole(name: str, value: Any, least: int) -> int:
    """A whole number of at least so much.

    Args:
        name: The argument.
        value: What was given.
        least: The least number.

    Raises:
        ParameterError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ParameterError(f'{name}={value!r} was given; a whole number of at least {least} is expected.')
    return int(value)


def require_number(
    name: str, value: Any, *, least: float = 0.0, above: float | None = None, below: float | None = None
) -> float:
    """A finite number within a range.

    Args:
        name: The argument.
        value: What was given.
        least: The least number.
        above: A number that it must be larger than, in place of the least one.
        below: A number that it must be smaller than.

    Raises:
        ParameterError: It is none.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    low = f'of at least {least:g}' if above is None else f'of more than {above:g}'
    high = '' if below is None else f' and less than {below:g}'
    if not is_number or (value < least if above is None else value <= above) or (below is not None and value >= below):
        raise ParameterError(f'{name}={value!r} was given; a number {low}{high} is expected.')
    return float(value)


def require_flag(name: str, value: Any) -> bool:
    """True or false.

    Args:
        name: The argument.
        value: What was given.

    Raises:
        ParameterError: It is neither.
    """
    if not isinstance(value, bool):
        raise ParameterError(f'{name}={value!r} was given; True or False is expected.')
    return value
