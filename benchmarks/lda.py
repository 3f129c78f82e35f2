"""Topics of 20 Newsgroups, beside gensim's and tomotopy's, in one run: CPU seconds, held-out perplexity, coherence."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gensim.models
import numpy as np
import numpy.typing as npt

from benchmarks import print_table
from benchmarks.news_groups import read_news_groups
from redshells.model.coherence import column_coherence
from redshells.model.dictionary import Dictionary
from redshells.model.lda_model import LdaModel
from redshells.model.topic_inference import log_perplexity

Documents = list[list[str]]
Topics = tuple[npt.NDArray[Any], npt.NDArray[Any]]
"""The probabilities of the words in each topic, of shape (topics, words), and the prior of each topic."""


@dataclass(frozen=True)
class Settings:
    """What all models are given.

    Args:
        documents: The words of each training document, only those of the dictionary.
        dictionary: The words and their ids.
        n_topics: The number of topics.
        seed: The seed of each model.
        tomotopy_iterations: Sweeps of tomotopy's Gibbs sampling.
    """

    documents: Documents
    dictionary: Dictionary
    n_topics: int
    seed: int
    tomotopy_iterations: int


def by_redshells(settings: Settings) -> Topics:
    """The defaults of LdaModel, which holds out a tenth of the documents."""
    model = LdaModel(settings.n_topics, random_seed=settings.seed)
    model.fit(settings.documents, dictionary=settings.dictionary)
    return model.topic_word_, model.alpha_


def by_gensim(settings: Settings) -> Topics:
    """Gensim's online variational Bayes, five passes of three iterations."""
    bags = [settings.dictionary.doc2bow(document) for document in settings.documents]
    model = gensim.models.LdaModel(
        bags,
        num_topics=settings.n_topics,
        id2word=settings.dictionary,
        iterations=3,
        passes=5,
        alpha='auto',
        random_state=settings.seed,
    )
    return model.get_topics(), model.alpha


def by_tomotopy(settings: Settings) -> Topics:
    """Tomotopy's collapsed Gibbs sampling with one thread."""
    import tomotopy

    model = tomotopy.LDAModel(k=settings.n_topics, seed=settings.seed)
    for document in settings.documents:
        if document:
            model.add_doc(document)
    model.train(settings.tomotopy_iterations, workers=1)
    words = [settings.dictionary.token2id[word] for word in model.used_vocabs]
    topics = np.full((settings.n_topics, settings.dictionary.size), 1e-12)
    for topic in range(settings.n_topics):
        topics[topic, words] = model.get_topic_word_dist(topic)
    return topics, np.asarray(model.alpha)


MODELS: dict[str, Callable[[Settings], Topics]] = {
    'redshells': by_redshells,
    'gensim': by_gensim,
    'tomotopy': by_tomotopy,
}


def measure(name: str, settings: Settings, held_out: Documents) -> list[float]:
    """CPU seconds, perplexity, and the coherence in the training documents and in those that are held out."""
    started = time.process_time()
    topics, prior = MODELS[name](settings)
    seconds = time.process_time() - started
    train, test = settings.dictionary.count(settings.documents), settings.dictionary.count(held_out)
    score = log_perplexity(test, np.ascontiguousarray(topics.T, np.float32), prior, random_seed=0)
    assert score is not None
    tops = np.argsort(-topics, axis=1, kind='stable')[:, :10]
    coherences = [float(column_coherence(tops, counts).mean()) for counts in (train, test)]
    return [seconds, math.exp(-score), *coherences]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', required=True, help='folder with text/20news-bydate.tar.gz')
    parser.add_argument('--topics', type=int, default=50)
    parser.add_argument('--seeds', type=int, default=1)
    parser.add_argument('--documents', type=int, help='how many documents to train on; all by default')
    parser.add_argument('--tomotopy-iterations', type=int, default=1000)
    parser.add_argument('--models', choices=list(MODELS), nargs='*', default=list(MODELS))
    options, _ = parser.parse_known_args(arguments)
    corpus = read_news_groups(options.data)
    documents, held_out = corpus.train_documents[: options.documents], corpus.test_documents
    dictionary = Dictionary(documents)
    dictionary.filter_extremes(no_below=5, no_above=0.5, keep_n=None)
    known = dictionary.token2id
    documents = [[word for word in document if word in known] for document in documents]
    started = time.process_time()
    LdaModel(2).fit(documents[:100], dictionary=dictionary)
    compile_seconds = time.process_time() - started
    rows: list[list[object]] = []
    for seed in range(options.seeds):
        settings = Settings(documents, dictionary, options.topics, seed, options.tomotopy_iterations)
        found = {name: measure(name, settings, held_out) for name in options.models}
        own = found.get('redshells', [math.nan])[0]
        rows += [[name, seed, *numbers, numbers[0] / own] for name, numbers in found.items()]
    print_table(
        f'{options.topics} topics of {len(documents):,} documents and {len(known):,} words; '
        f'{len(held_out):,} documents held out; the first call took {compile_seconds:.1f} CPU s more',
        ['model', 'seed', 'CPU s', 'perplexity', 'NPMI', 'NPMI held out', 'times the CPU s'],
        rows,
    )


if __name__ == '__main__':
    main()
