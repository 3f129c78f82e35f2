"""Prints the tables of all benchmarks. The options are those of ``benchmarks.tuning``, which takes an hour and more."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import (
    document_vectors,
    factorization_machine,
    gcmc,
    gcn,
    graph,
    import_time,
    lda,
    light_gcn,
    matrix_factorization,
    overhead,
    recommend_items,
    report,
    scdv,
    similarity,
    token_counts,
    tuning,
    word_vectors,
)


def main() -> None:
    """Run one benchmark after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--data', type=Path, help='folder with data sets; without it those of texts and of recommenders are left out'
    )
    options, _ = parser.parse_known_args()
    import_time.main()
    graph.main()
    overhead.main([])
    recommend_items.main([])
    report.main([])
    if options.data is not None and (options.data / 'text').is_dir():
        for benchmark in (token_counts, document_vectors, scdv, lda, word_vectors):
            benchmark.main(['--data', str(options.data)])
    if options.data is not None and (options.data / 'ml-100k').is_dir():
        for benchmark in (matrix_factorization, factorization_machine, gcmc, gcn, light_gcn, similarity):
            benchmark.main(['--data', str(options.data)])
    tuning.main()


if __name__ == '__main__':
    main()
