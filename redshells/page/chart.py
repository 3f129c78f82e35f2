"""A chart: a figure with its title, its legend and the names of its axes, which are HTML around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from redshells.page.figure import INK, LINE, MUTED, SERIES, Draw, draw_svg, format_tick

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Chart:
    """A figure and the texts around it.

    Attributes:
        title: What it shows.
        svg: The figure.
        x_label: What goes from left to right.
        y_label: What goes up.
        legend: Names of the series, in the order of their colours.
        note: How to read it.
    """

    title: str
    svg: str
    x_label: str
    y_label: str
    legend: tuple[str, ...] = ()
    note: str = ''


def line_chart(
    title: str,
    lines: Sequence[tuple[str, Array, Array]],
    *,
    x_label: str,
    y_label: str,
    note: str = '',
    diagonal: bool = False,
    level: float | None = None,
    upright: float | None = None,
    dots: bool = False,
    unit_square: bool = False,
    log_x: bool = False,
) -> Chart:
    """Lines.

    Args:
        title: What it shows.
        lines: Name, positions and values of each line.
        x_label: What goes from left to right.
        y_label: What goes up.
        note: How to read it.
        diagonal: Draw where both are equal.
        level: Draw a horizontal line here.
        upright: Draw a vertical line here.
        dots: Mark the points.
        unit_square: Show 0 to 1 in both directions.
        log_x: A logarithmic scale from left to right.
    """

    def draw(axes: Any) -> None:
        if diagonal:
            ends = [0, 1] if unit_square else _ends(*(part for _, x, y in lines for part in (x, y)))
            axes.plot(ends, ends, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        if level is not None:
            axes.axhline(level, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        if upright is not None:
            axes.axvline(upright, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        for color, (_, x, y) in zip(SERIES, lines, strict=False):
            axes.plot(x, y, color=color, marker='o' if dots else None, markersize=3.5)
        if unit_square:
            axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
        if log_x:
            _log_axis(axes, np.concatenate([x for _, x, _ in lines]))
        elif all(np.issubdtype(x.dtype, np.integer) for _, x, _ in lines):
            axes.xaxis.get_major_locator().set_params(integer=True)

    names = tuple(name for name, _, _ in lines if name)
    return Chart(title, draw_svg(draw), x_label, y_label, names if len(names) > 1 else (), note)


def dot_chart(
    title: str,
    x: Array,
    y: Array,
    *,
    x_label: str,
    y_label: str,
    note: str = '',
    diagonal: bool = False,
    steps: Array | None = None,
    log_x: bool = False,
    mark: tuple[float, float] | None = None,
    y_limits: tuple[float, float] | None = None,
    small: bool = False,
) -> Chart:
    """Dots.

    Args:
        title: What it shows.
        x: Positions.
        y: Values.
        x_label: What goes from left to right.
        y_label: What goes up.
        note: How to read it.
        diagonal: Draw where both are equal.
        steps: Values of a line of steps at the same positions.
        log_x: A logarithmic scale from left to right.
        mark: A point to point out.
        y_limits: The lowest and the highest value to show.
        small: One of many.
    """

    def draw(axes: Any) -> None:
        opacity = 0.55 if steps is None else 0.9
        if steps is not None:
            axes.plot(x, steps, color=SERIES[1], drawstyle='steps-post')
        axes.plot(
            x,
            y,
            linestyle='none',
            marker='o',
            markersize=3.2,
            color=SERIES[0],
            alpha=opacity,
            markeredgewidth=0,
        )
        if diagonal:
            ends = _ends(x, y)
            axes.plot(ends, ends, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        if mark is not None:
            _ring(axes, mark)
        if y_limits is not None:
            axes.set_ylim(*y_limits)
        if log_x:
            _log_axis(axes, x)
        elif np.array_equal(x, np.round(x)):
            axes.xaxis.get_major_locator().set_params(integer=True)
        if np.ptp(x) == 0 and not log_x:
            axes.set_xlim(x[0] - 1, x[0] + 1)

    return Chart(title, _draw_small(draw) if small else draw_svg(draw), x_label, y_label, (), note)


def bar_chart(
    title: str,
    edges: Array,
    series: Sequence[tuple[str, Array]],
    *,
    x_label: str,
    y_label: str,
    note: str = '',
    zero: bool = False,
    log_x: bool = False,
) -> Chart:
    """A histogram, of one series or of several that lie over each other.

    Args:
        title: What it shows.
        edges: Bounds of the intervals.
        series: Name and values of each series.
        x_label: What goes from left to right.
        y_label: What goes up.
        note: How to read it.
        zero: Draw where x is zero.
        log_x: A logarithmic scale from left to right.
    """

    def draw(axes: Any) -> None:
        for color, (_, values) in zip(SERIES, series, strict=False):
            axes.stairs(values, edges, fill=True, color=color, alpha=0.55 if len(series) > 1 else 0.8)
        if zero:
            axes.axvline(0, color=INK, linewidth=0.8)
        axes.grid(axis='x', visible=False)
        if all(np.issubdtype(values.dtype, np.integer) for _, values in series):
            axes.yaxis.get_major_locator().set_params(integer=True)
        if log_x:
            _log_axis(axes, edges)

    names = tuple(name for name, _ in series if name)
    return Chart(title, draw_svg(draw), x_label, y_label, names if len(names) > 1 else (), note)


def category_chart(
    title: str,
    places: Sequence[int],
    scores: Array,
    *,
    x_label: str,
    y_label: str,
    mark: tuple[int, float] | None = None,
) -> Chart:
    """Dots over a few places.

    Args:
        title: What it shows.
        places: Positions.
        scores: Values.
        x_label: The names of the places.
        y_label: What goes up.
        mark: A point to point out.
    """

    def draw(axes: Any) -> None:
        axes.plot(places, scores, linestyle='none', marker='o', markersize=3.2, color=SERIES[0], alpha=0.55)
        if mark is not None:
            _ring(axes, mark)
        axes.set_xticks(sorted(set(places)))
        axes.set_xlim(min(places) - 0.6, max(places) + 0.6)

    return Chart(title, _draw_small(draw), x_label, y_label)


def _ring(axes: Any, mark: tuple[float, float]) -> None:
    axes.plot(*mark, linestyle='none', marker='o', markersize=7, color=SERIES[1], markerfacecolor='none')


def _draw_small(draw: Draw) -> str:
    return draw_svg(draw, width=3.1, height=2.1)


def _ends(*values: Array) -> tuple[float, float]:
    return float(min(np.min(one) for one in values)), float(max(np.max(one) for one in values))


def _log_axis(axes: Any, values: Array) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes.set_xscale('log')
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(format_tick))
    if np.min(values) == np.max(values):
        axes.set_xticks([values[0]])
        return
    decades = float(np.log10(np.max(values) / np.min(values))) if np.min(values) > 0 else 0.0
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if decades < 1.5 else (1.0,), numticks=7))


__all__ = ['LINE', 'Chart', 'Draw', 'bar_chart', 'category_chart', 'dot_chart', 'line_chart']
