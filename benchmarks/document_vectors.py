"""All models that give documents vectors, on 20 Newsgroups by date: accuracy of a linear classifier, time and size."""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks import print_table
from benchmarks.news_groups import NewsGroups, read_news_groups
from redshells.model.corpus import Corpus
from redshells.model.dictionary import Dictionary
from redshells.model.doc2vec import Doc2Vec
from redshells.model.fasttext import FastText
from redshells.model.lda_model import LdaModel
from redshells.model.linear_classifier import LinearClassifier
from redshells.model.scdv import SCDV
from redshells.model.tfidf import Tfidf
from redshells.model.word2vec import Word2Vec

_WORDS = {'vector_size': 200, 'window': 10, 'negative': 10, 'sample': 1e-3, 'min_count': 5, 'sg': 1, 'epochs': 10}
_DOCUMENTS = {'vector_size': 200, 'window': 10, 'sample': 1e-3, 'min_count': 5, 'dm': 0, 'epochs': 20}


def rows(groups: NewsGroups, corpus: Corpus, workers: int) -> list[list[Any]]:
    """A row for each model."""
    common: dict[str, Any] = {'random_seed': 0, 'workers': workers, 'show_progress': False}
    found = []

    def add(name: str, train: Callable[[], Any], infer: Callable[[Any, Any], Any] | None = None) -> Any:
        started, began = time.process_time(), time.perf_counter()
        model = train()
        seconds, wall = time.process_time() - started, time.perf_counter() - began
        found.append([name, *_judge(model, groups, infer), seconds, wall, _megabytes(model)])
        return model

    tfidf = add('TF-IDF', lambda: Tfidf.from_documents(corpus, no_below=2, no_above=0.5))
    add('LDA, 100 topics', lambda: LdaModel.from_documents(corpus, **common, n_topics=100))
    words = add('word2vec, averaged', lambda: Word2Vec.from_documents(corpus, **common, **_WORDS))
    found.append(['word2vec, IDF-weighted', *_judge(words, groups, _weighed(tfidf)), 0.0, 0.0, _megabytes(words)])
    add('fastText, averaged', lambda: FastText.from_documents(corpus, **common, **_WORDS, bucket=200_000))
    add('doc2vec', lambda: Doc2Vec.from_documents(corpus, **common, **_DOCUMENTS))
    dictionary = Dictionary(corpus)
    dictionary.keep_usual_tokens(no_below=5, no_above=0.5)
    arguments = {'cluster_size': 60, 'sparsity_percentage': 0.04, 'dictionary': dictionary, 'w2v': words}
    add('SCDV on word2vec', lambda: SCDV.from_documents(corpus, **common, **arguments))
    return found


def _weighed(tfidf: Tfidf) -> Callable[[Any, Any], Any]:
    return lambda model, documents: model.document_vectors(documents, idf=tfidf)


def _judge(model: Any, groups: NewsGroups, infer: Callable[[Any, Any], Any] | None) -> list[Any]:
    """The length of a vector, the accuracy on the test part, and the milliseconds of CPU for a document."""
    infer = infer or (lambda one, documents: one.document_vectors(documents))
    classes, codes = np.unique(groups.train_labels, return_inverse=True)
    train = infer(model, groups.train_documents)
    started = time.process_time()
    test = infer(model, groups.test_documents)
    milliseconds = (time.process_time() - started) / len(groups.test_documents) * 1000
    classifier = LinearClassifier().fit(train, codes, len(classes))
    guessed = classes[classifier.predict_proba(test).argmax(axis=1)]
    return [train.shape[1], float((guessed == groups.test_labels).mean()), milliseconds]


def _megabytes(model: Any) -> float:
    file = io.BytesIO()
    model.to_archive().write(file)
    return len(file.getvalue()) / 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', required=True, help='folder with text/20news-bydate.tar.gz')
    parser.add_argument('--workers', type=int, default=2)
    options, _ = parser.parse_known_args(arguments)
    groups = read_news_groups(options.data)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Corpus.write(groups.train_documents, os.path.join(folder, 'documents.txt'))
        found = rows(groups, corpus, options.workers)
    header = ['model', 'dimensions', 'accuracy', 'CPU ms a document', 'training CPU s', 'wall s', 'MB']
    print_table('20 Newsgroups by date: a linear classifier on the vectors of documents', header, found)


if __name__ == '__main__':
    main()
