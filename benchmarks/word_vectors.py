"""word2vec, fastText and doc2vec beside gensim's own calls: speed, quality, and the loading of a large model."""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gensim.models
from gensim.models.doc2vec import TaggedDocument
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import redshells
from benchmarks import print_table
from benchmarks.news_groups import NewsGroups, read_news_groups
from redshells.model.corpus import Corpus
from redshells.model.doc2vec import Doc2Vec
from redshells.model.fasttext import FastText
from redshells.model.word2vec import Word2Vec
from redshells.model.word_pairs import word_pair_correlation

_WORD_PAIRS = 'text/wordsim353.tsv'
_ARGUMENTS: dict[str, dict[str, Any]] = {
    'Word2Vec': {'sg': 1},
    'FastText': {'sg': 1, 'bucket': 200_000},
    'Doc2Vec': {'dm': 0, 'dbow_words': 1, 'epochs': 5},
}
_OURS: dict[str, Any] = {'Word2Vec': Word2Vec, 'FastText': FastText, 'Doc2Vec': Doc2Vec}


def ways(name: str, corpus: Corpus, documents: list[list[str]], workers: int) -> dict[str, Callable[[], Any]]:
    """The ways to train a model: ours, gensim's with the file, gensim's with lists."""
    theirs = getattr(gensim.models, name)
    options = {**_ARGUMENTS[name], 'vector_size': 100}
    lists = [TaggedDocument(one, [row]) for row, one in enumerate(documents)] if name == 'Doc2Vec' else documents
    return {
        'redshells': lambda: _OURS[name].from_documents(corpus, random_seed=1, workers=workers, **options),
        'gensim, file': lambda: theirs(corpus_file=corpus.path, workers=os.cpu_count(), seed=1, **options),
        'gensim, lists': lambda: theirs(lists, workers=workers, seed=1, **options),
    }


def run(make: Callable[[], Any]) -> tuple[Any, float, float]:
    """What is made, and its wall and CPU seconds."""
    started, cpu_started = time.perf_counter(), time.process_time()
    model = make()
    return model, time.perf_counter() - started, time.process_time() - cpu_started


def accuracy(model: Any, groups: NewsGroups) -> float:
    """The accuracy of a linear classifier of document vectors on the test part."""
    ours = _as_ours(model)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300))
    classifier.fit(ours.document_vectors(groups.train_documents), groups.train_labels)
    return float(classifier.score(ours.document_vectors(groups.test_documents), groups.test_labels))


def _as_ours(model: Any) -> Any:
    """A model of gensim with our document vectors, which its class does not have."""
    ours = _OURS[type(model).__name__]()
    ours.__dict__.update(model.__dict__)
    return ours


def read_word_pairs(folder: str) -> tuple[list[str], list[str], list[float]]:
    """The columns of WordSim-353."""
    with open(Path(folder) / _WORD_PAIRS, encoding='utf-8') as file:
        rows = [row for row in csv.reader(file, delimiter='\t') if row and not row[0].startswith('#')]
    return [row[0] for row in rows], [row[1] for row in rows], [float(row[2]) for row in rows]


def compare_training(name: str, groups: NewsGroups, folder: str, options: argparse.Namespace) -> None:
    """Print speed and quality of a model, trained in each way by turns."""
    corpus = Corpus.write(groups.train_documents, os.path.join(folder, 'corpus.txt'))
    models = ways(name, corpus, groups.train_documents, options.workers)
    results: dict[str, list[tuple[float, ...]]] = {way: [] for way in models}
    for _ in range(options.repeats):
        for way, make in models.items():
            model, wall, cpu = run(make)
            words = corpus.number_of_tokens * model.epochs
            score = word_pair_correlation(model, *read_word_pairs(options.data))
            quality = (score.correlation, score.known_share, accuracy(model, groups))
            results[way].append((words / wall, words / cpu, *quality))
    ours = results['redshells']
    rows = []
    for way, runs in results.items():
        ratios = [own[1] / other[1] for own, other in zip(ours, runs, strict=True)]
        rows.append(
            [way, *(statistics.median(column) for column in zip(*runs, strict=True)), statistics.median(ratios)]
        )
    header = ['way', 'words/s', 'words/CPU s', 'WordSim-353', 'known pairs', 'accuracy', 'ours over it, by CPU']
    title = f'{name} {_ARGUMENTS[name]}, {corpus.number_of_tokens:,} tokens, median of {options.repeats} runs'
    print_table(title, header, rows)


def compare_inference(groups: NewsGroups, folder: str) -> None:
    """Print the time of inferred vectors: all documents by threads, and one by one with gensim."""
    corpus = Corpus.write(groups.train_documents, os.path.join(folder, 'corpus.txt'))
    model = Doc2Vec.from_documents(corpus, random_seed=1, **_ARGUMENTS['Doc2Vec'])
    documents = groups.test_documents[:1000]
    rows = []
    for workers in (1, 2):
        _, wall, cpu = run(lambda workers=workers: model.document_vectors(documents, workers=workers))  # type: ignore[misc]
        rows.append([f'redshells, {workers} threads', wall, cpu])
    theirs = gensim.models.Doc2Vec.infer_vector
    _, wall, cpu = run(lambda: [theirs(model, document) for document in documents])
    print_table('Inference of 1,000 documents', ['way', 'seconds', 'CPU seconds'], [*rows, ['gensim', wall, cpu]])


def measure_loading(folder: str, words: int, size: int, repeats: int) -> None:
    """Print the time to save and load a model of many words, and the size of its file."""
    path = os.path.join(folder, 'model.zip')
    model = Word2Vec(vector_size=size, min_count=1, seed=0)
    model.build_vocab_from_freq({f'word{number}': words - number for number in range(words)})
    _, saving, _ = run(lambda: model.save(path))
    theirs = gensim.models.Word2Vec()
    theirs.__dict__.update(model.__dict__)
    theirs.save(path + '.gensim')
    loads = [run(lambda: redshells.load_model(path))[1:] for _ in range(repeats)]
    their_loads = [run(lambda: gensim.models.Word2Vec.load(path + '.gensim'))[1:] for _ in range(repeats)]
    loaded = redshells.load_model(path)
    equal = bool((loaded.wv.vectors == model.wv.vectors).all())
    wall, cpu = (statistics.median(column) for column in zip(*loads, strict=True))
    their_wall, _ = (statistics.median(column) for column in zip(*their_loads, strict=True))
    row = [saving, wall, cpu, min(load for load, _ in loads), their_wall, os.path.getsize(path) / 1e6, equal]
    header = ['save s', 'load s', 'load CPU s', 'least', "gensim's pickle s", 'MB', 'equal']
    print_table(f'Word2Vec of {words:,} words x {size}, {repeats} loads', header, [row])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', required=True, help='folder with text/20news-bydate.tar.gz and text/wordsim353.tsv')
    parser.add_argument('--repeats', type=int, default=3)
    parser.add_argument('--workers', type=int, default=2)
    parser.add_argument('--models', nargs='*', default=list(_OURS))
    options, _ = parser.parse_known_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        measure_loading(folder, 100_000, 200, 5)
        groups = read_news_groups(options.data)
        for name in options.models:
            compare_training(name, groups, folder, options)
        compare_inference(groups, folder)


if __name__ == '__main__':
    main()
