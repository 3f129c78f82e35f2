"""Prints the tables of all benchmarks."""

from __future__ import annotations

from benchmarks import graph, import_time, overhead


def main() -> None:
    """Run one benchmark after the other."""
    import_time.main()
    graph.main()
    overhead.main()


if __name__ == '__main__':
    main()
