"""Axes drawn by matplotlib as inline SVG, whose colours follow the page: light or dark.

Only numbers stand in a figure. Whatever is a text, and may be of any language or length, stands beside it as HTML.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from redshells.errors import MissingExtraError

Draw = Callable[[Any], None]

INK, MUTED, LINE, GOOD, BAD = '#0a0b01', '#0a0b02', '#0a0b03', '#0a0b04', '#0a0b05'
SERIES = ('#0a0c01', '#0a0c02', '#0a0c03', '#0a0c04', '#0a0c05', '#0a0c06')
"""Colours to draw with; each becomes a variable of the page's style."""

_VARIABLES = {INK: 'ink', MUTED: 'muted', LINE: 'line', GOOD: 'good', BAD: 'bad'} | {
    color: f'series-{number}' for number, color in enumerate(SERIES, start=1)
}
_STYLE: dict[str, Any] = {
    'svg.fonttype': 'none',
    'svg.hashsalt': 'redshells',
    'font.size': 9,
    'axes.edgecolor': LINE,
    'axes.facecolor': 'none',
    'axes.grid': True,
    'axes.axisbelow': True,
    'axes.linewidth': 0.8,
    'axes.spines.top': False,
    'axes.spines.right': False,
    'axes.formatter.useoffset': False,
    'axes.unicode_minus': True,
    'figure.facecolor': 'none',
    'grid.color': LINE,
    'grid.linewidth': 0.5,
    'lines.linewidth': 1.8,
    'xtick.color': LINE,
    'ytick.color': LINE,
    'xtick.labelcolor': MUTED,
    'ytick.labelcolor': MUTED,
    'path.simplify': True,
}


def draw_svg(draw: Draw, *, width: float = 4.4, height: float = 2.9) -> str:
    """Draw into axes.

    Args:
        draw: Draws into matplotlib axes, with the colours of this module.
        width: Inches.
        height: Inches.

    Returns:
        An ``<svg>`` element. Its ids are those of its own parts; `number_ids` tells them apart from those of others.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
        from matplotlib.ticker import FuncFormatter, MaxNLocator
    except ImportError as error:
        raise MissingExtraError(
            f"a figure needs matplotlib, which can't be imported ({error}). pip install 'redshells[report]'"
        ) from error
    with _settings(matplotlib):
        figure = Figure(figsize=(width, height), layout='tight')
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_locator(MaxNLocator(6))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(format_tick))
        draw(axes)
        buffer = io.StringIO()
        figure.savefig(buffer, format='svg', metadata={'Date': None, 'Creator': None, 'Format': None, 'Type': None})
    return _embed(buffer.getvalue())


def format_tick(value: float, _: Any = None) -> str:
    """The text of a tick: thousands apart, no more decimals than there are."""
    text = f'{value:,.0f}' if 1_000 <= abs(value) < 1e8 else f'{value:.5g}'
    return text.replace('-', '−')


def number_ids(html: str) -> str:
    """A page whose figures have different ids: that of the number of the figure before each."""
    numbers = itertools.count(1)
    return re.sub(
        r'<svg\b.*?</svg>', lambda figure: _with_prefix(figure[0], f'f{next(numbers)}-'), html, flags=re.DOTALL
    )


def _with_prefix(svg: str, prefix: str) -> str:
    return re.sub(r'(?<= id=")|(?<= href="#)|(?<=url\(#)', prefix, svg)


@contextmanager
def _settings(matplotlib: Any) -> Iterator[None]:
    """The settings of a figure, whatever the user's are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def _embed(svg: str) -> str:
    svg = svg[svg.index('<svg') :]
    svg = re.sub(r'<metadata>.*?</metadata>', '', svg, flags=re.DOTALL)
    # in a page, a style would hold for all of it, and names of schemas mean nothing
    svg = re.sub(r'<defs>\s*<style.*?</style>\s*</defs>', '', svg, flags=re.DOTALL)
    view_box = re.search(r'viewBox="[^"]*"', svg)
    assert view_box is not None
    svg = re.sub(r'<svg[^>]*>', f'<svg {view_box[0]} stroke-linejoin="round">', svg, count=1)
    svg = svg.replace('xlink:href=', 'href=')
    used = set(re.findall(r'#([\w.]+)(?=[")])', svg))
    svg = re.sub(r' id="([\w.]+)"', lambda found: found[0] if found[1] in used else '', svg)
    for color, name in _VARIABLES.items():
        svg = svg.replace(color, f'var(--{name})')
    svg = re.sub(r'font-family: [^;\"]*(?=[;\"])', 'font-family: inherit', svg)
    svg = re.sub(r'<[^>]+>', _round, svg)
    svg = re.sub(r' transform="rotate\(-0 [^"]*"', '', svg)
    return re.sub(r'\s*\n\s*', ' ', svg).replace('> <', '><').strip()


def _round(tag: re.Match[str]) -> str:
    """Places to a hundredth of a point; not the texts between the tags."""
    return re.sub(r'(\d+\.\d\d)\d+', r'\1', tag[0])
