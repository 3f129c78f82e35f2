"""What ``import redshells.train`` adds to ``import gokart``, in a fresh process each time."""

from __future__ import annotations

import statistics
import subprocess
import sys

from benchmarks import print_table

_REPEATS = 9
_MODULES = ('redshells', 'redshells.train', 'redshells.predict', 'redshells.data', 'redshells.report')
_PROGRAM = """
import time
import gokart
started = time.perf_counter()
import {module}
print(time.perf_counter() - started)
"""


def seconds_to_import(module: str) -> float:
    """Seconds that the import adds after that of gokart, in a fresh process."""
    command = [sys.executable, '-c', _PROGRAM.format(module=module)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Print the table."""
    rows = []
    for module in _MODULES:
        seconds = [seconds_to_import(module) for _ in range(_REPEATS)]
        rows.append([module, statistics.median(seconds), min(seconds), max(seconds)])
    print_table(f'Import after gokart, {_REPEATS} processes', ['module', 'median s', 'least', 'most'], rows)


if __name__ == '__main__':
    main()
