"""Speed and faults, measured: each module prints its tables when it is run, as in ``python -m benchmarks.graph``."""

from __future__ import annotations

from collections.abc import Sequence


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a title, in columns as wide as they need to be.

    Args:
        title: What was measured.
        header: Names of the columns.
        rows: The cells; floats are shown with four digits.
    """
    cells = [list(header), *([f'{cell:.4g}' if isinstance(cell, float) else str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ['  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    print('\n'.join([title, lines[0], '  '.join('-' * width for width in widths), *lines[1:]]), end='\n\n', flush=True)
