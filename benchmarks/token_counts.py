"""The dictionary and TF-IDF of a corpus, beside gensim's, in one run: CPU seconds, and the largest difference."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import gensim.corpora
import gensim.models
from gensim.matutils import corpus2csc

from benchmarks import print_table
from benchmarks.news_groups import read_news_groups
from redshells.model.tfidf import Tfidf


def by_redshells(documents: list[list[str]]) -> tuple[Any, Any]:
    """The numbers of the tokens, and the weights of the documents."""
    model, weights = Tfidf.with_weights(documents)
    return model.dictionary.token2id, weights


def by_gensim(documents: list[list[str]]) -> tuple[Any, Any]:
    """The same with gensim."""
    dictionary = gensim.corpora.Dictionary(documents)
    model = gensim.models.TfidfModel([dictionary.doc2bow(document) for document in documents])
    weights = corpus2csc(
        model[[dictionary.doc2bow(document) for document in documents]],
        num_terms=len(dictionary),
        num_docs=len(documents),
    )
    return dictionary.token2id, weights.T.tocsr()


def cpu_seconds(function: Callable[[list[list[str]]], Any], documents: list[list[str]]) -> float:
    """CPU seconds of a call."""
    started = time.process_time()
    function(documents)
    return time.process_time() - started


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', required=True, help='folder with text/20news-bydate.tar.gz')
    parser.add_argument('--repeats', type=int, default=5)
    options, _ = parser.parse_known_args(arguments)
    documents = read_news_groups(options.data).documents
    (our_ids, ours), (their_ids, theirs) = by_redshells(documents), by_gensim(documents)
    pairs = [(cpu_seconds(by_redshells, documents), cpu_seconds(by_gensim, documents)) for _ in range(options.repeats)]
    ratios = [other / own for own, other in pairs]
    row = [
        statistics.median(own for own, _ in pairs),
        statistics.median(other for _, other in pairs),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        'yes' if our_ids == their_ids else 'no',
        float(abs(ours - theirs).max()),
    ]
    header = ['redshells CPU s', 'gensim CPU s', 'ratio', 'least', 'most', 'equal ids', 'largest difference']
    print_table(f'Dictionary and TF-IDF of {len(documents):,} documents, {options.repeats} runs', header, [row])


if __name__ == '__main__':
    main()
