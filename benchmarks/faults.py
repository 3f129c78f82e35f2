"""The long campaigns: what may go wrong is made to go wrong, and every result is judged.

Run as ``python -m benchmarks.faults``; names of campaigns and ``--scale 0.01`` make it shorter. It ends with 1 if
anything happened that must not happen.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import redshells.model.catboost
import redshells.model.estimator
import redshells.model.lightgbm
import redshells.model.xgboost  # noqa: F401 - imported once, for all processes that are forked
from benchmarks import print_table
from benchmarks.archive_faults import damaged_archives, loads_side_by_side, loads_without_pickle
from benchmarks.bad_frames import attacked_models
from benchmarks.campaign import Outcome
from benchmarks.study_crew import KINDS
from benchmarks.study_faults import killed_searches
from benchmarks.write_faults import killed_writers

CAMPAIGNS: dict[str, Callable[[Path, float, int], list[Outcome]]] = {
    'kills': killed_writers,
    'damage': damaged_archives,
    'loads': loads_side_by_side,
    'pickle': loads_without_pickle,
    'frames': attacked_models,
    **{f'studies-{kind}': partial(killed_searches, kind=kind) for kind in KINDS},
}
"""Each takes an empty folder, a scale of the number of faults, and a seed."""


def main() -> int:
    """Run the campaigns and print what came of them.

    Returns:
        1 if anything happened that must not happen.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('campaigns', nargs='*', metavar='campaign', help=f'{", ".join(CAMPAIGNS)}; all by default')
    parser.add_argument('--scale', type=float, default=1.0, help='share of the full number of faults')
    parser.add_argument('--seed', type=int, default=0)
    options = parser.parse_args()
    groups = {name.partition('-')[0] for name in CAMPAIGNS}
    unknown = set(options.campaigns) - set(CAMPAIGNS) - groups
    if unknown:
        parser.error(f'there are no campaigns {sorted(unknown)}, but {list(CAMPAIGNS)}')
    gc.collect()
    gc.freeze()  # forked processes need not look through all that was imported
    outcomes = []
    asked = options.campaigns or groups
    for name in [name for name in CAMPAIGNS if {name, name.partition('-')[0]} & set(asked)]:
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            found = CAMPAIGNS[name](Path(folder), options.scale, options.seed)
        rows = [(o.case, *_summary(o)) for o in found]
        title = f'{found[0].campaign}, {time.perf_counter() - started:.0f} s'
        print_table(title, ['case', 'faults', 'results', 'violations'], rows)
        outcomes += found
    violations = [violation for outcome in outcomes for violation in outcome.violations]
    for violation in violations[:20]:
        print(violation)
    return 1 if violations else 0


def _summary(outcome: Outcome) -> tuple[int, str, int]:
    results = ', '.join(f'{number:,} {result}' for result, number in sorted(outcome.counts.items()))
    return outcome.number, results, len(outcome.violations)


if __name__ == '__main__':
    sys.exit(main())
