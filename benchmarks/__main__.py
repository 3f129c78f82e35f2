"""Prints the tables of all benchmarks. The options are those of ``benchmarks.tuning``, which takes an hour and more."""

from __future__ import annotations

from benchmarks import graph, import_time, overhead, report, tuning


def main() -> None:
    """Run one benchmark after the other."""
    import_time.main()
    graph.main()
    overhead.main([])
    report.main([])
    tuning.main()


if __name__ == '__main__':
    main()
