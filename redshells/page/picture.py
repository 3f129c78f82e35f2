"""Small pictures without axes: the distribution of a column, and the strip of dots of a feature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_COLOURS = 5


def bars(counts: Sequence[float], *, width: float = 120, height: float = 24) -> str:
    """A small histogram.

    Args:
        counts: The height of each bar, from left to right.
        width: Width of the picture in its own units.
        height: Its height.

    Returns:
        An ``<svg>`` element.
    """
    if not counts or max(counts) <= 0:
        return ''
    step = width / len(counts)
    gap = 1 if step > 3 else 0.3
    parts = []
    for position, count in enumerate(counts):
        tall = max(0.8, height * count / max(counts)) if count else 0
        if tall:
            parts.append(f'M{position * step:.1f} {height:g}v-{tall:.1f}h{step - gap:.1f}v{tall:.1f}z')
    return f'<svg class="bars" viewBox="0 0 {width:g} {height:g}" aria-hidden="true"><path d="{"".join(parts)}"/></svg>'


def strip(values: Array, levels: Array, limits: tuple[float, float], *, width: float = 400, height: float = 34) -> str:
    """Dots by value, spread where they are many, and coloured by level.

    Args:
        values: Where each dot stands.
        levels: Its colour, from 0 to 1; NaN for none.
        limits: The values at the left and the right end.
        width: Width of the picture in its own units.
        height: Its height.

    Returns:
        An ``<svg>`` element with a line at zero.
    """
    low, high = limits
    scale = (width - 8) / ((high - low) or 1)
    x = 4 + (values - low) * scale
    y = height / 2 + _spread(x, height)
    coloured = np.isfinite(levels)
    groups = np.where(coloured, np.minimum(np.nan_to_num(levels) * _COLOURS, _COLOURS - 1).astype(int), _COLOURS)
    paths = []
    for group in np.unique(groups):
        dots = ''.join(f'M{a:.1f} {b:.1f}h0' for a, b in zip(x[groups == group], y[groups == group], strict=True))
        paths.append(f'<path class="level-{group}" d="{dots}"/>')
    zero = 4 - low * scale
    return (
        f'<svg class="strip" viewBox="0 0 {width:g} {height:g}" aria-hidden="true">'
        f'<path class="zero" d="M{zero:.1f} 0v{height:g}"/>{"".join(paths)}</svg>'
    )


def _spread(x: Array, height: float) -> Array:
    """Up and down in turn where dots stand close together."""
    cells = np.floor(x / 4).astype(int)
    order = np.argsort(cells, kind='stable')
    ordered = cells[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    place = np.arange(len(x)) - np.repeat(starts, np.diff(np.append(starts, len(x))))
    offset = np.where(place % 2 == 0, place // 2, -(place // 2) - 1).astype(float)
    most = max(float(np.abs(offset).max(initial=0)), 1.0)
    step = min(3.0, (height / 2 - 3) / most)
    result = np.empty(len(x))
    result[order] = offset * step
    return result
