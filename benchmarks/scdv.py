"""SCDV of 20 Newsgroups: speed, memory and exactness beside the original's, and accuracy beside TF-IDF."""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from gensim.models import Word2Vec
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from benchmarks import print_table
from benchmarks.news_groups import NewsGroups, read_news_groups
from redshells.model import scdv
from redshells.model.dictionary import Dictionary
from redshells.model.scdv import SCDV
from redshells.model.tfidf import Tfidf
from redshells.model.tied_gaussian_mixture import TiedGaussianMixture
from redshells.model.token_vectors import normalize_rows, token_vectors
from redshells.model.word_clusters import cluster_words, mixture_arguments

Documents = list[list[str]]
Matrix = npt.NDArray[np.float64]

CLUSTERS, SPARSITY = 60, 0.04  # as in the paper
FILTER = {'no_below': 5, 'no_above': 0.5}
WORD_VECTORS = {'vector_size': 200, 'window': 10, 'negative': 10, 'sample': 1e-3, 'min_count': 5, 'seed': 1}
PENALTIES = (1.0, 3.0)


class OriginalSCDV:
    """The model as redshells 0.1 computed it: a long vector for each word, made anew in each call."""

    def __init__(self, embeddings: Matrix, probabilities: Matrix, dictionary: Any, documents: Documents) -> None:
        self._dictionary, self._embeddings, self._probabilities = dictionary, embeddings, probabilities
        frequencies = dictionary.dfs
        self._idf = [np.log2(dictionary.num_docs / frequencies[number]) for number in range(len(embeddings))]
        vectors = self._sums(documents)
        self.threshold = SPARSITY * 0.5 * (abs(vectors.max(axis=1).mean()) + abs((-vectors).max(axis=1).mean()))

    def infer_vector(self, documents: Documents) -> Matrix:
        """The vectors of documents, of length 1."""
        vectors = self._sums(documents)
        vectors[abs(vectors) < self.threshold] = 0
        return np.asarray(normalize(vectors))

    def _sums(self, documents: Documents) -> Matrix:
        topics = self._word_topic_vectors()
        bags = [self._dictionary.doc2bow(document) for document in documents]
        nothing = np.zeros(topics.shape[1])
        return np.array(
            [np.sum([topics[number] * count for number, count in bag] or [nothing], axis=0) for bag in bags]
        )

    def _word_topic_vectors(self) -> Matrix:
        words, clusters = self._probabilities.shape
        vectors = np.zeros((words, clusters, self._embeddings.shape[1]))
        for word, cluster in itertools.product(range(words), range(clusters)):
            vectors[word][cluster] = self._probabilities[word][cluster] * self._embeddings[word]
        topics = np.zeros((words, clusters * self._embeddings.shape[1]))
        for word in range(words):
            topics[word] = self._idf[word] * vectors[word].flatten()
        return topics


@contextmanager
def clusters_given(probabilities: sparse.csr_array) -> Iterator[None]:
    """Let SCDV find these clusters, so that its time is that of all the rest."""
    scdv.cluster_words = lambda *_: probabilities  # type: ignore[attr-defined]
    try:
        yield
    finally:
        scdv.cluster_words = cluster_words  # type: ignore[attr-defined]


def cpu_seconds(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """The result of a call, and its CPU seconds."""
    started = time.process_time()
    result = function(*arguments)
    return result, time.process_time() - started


def peak_megabytes(function: Callable[..., Any], *arguments: Any) -> float:
    """The most memory that a call takes beyond what was there before."""
    tracemalloc.start()
    function(*arguments)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


def train_word_vectors(documents: Documents, epochs: int, skip_gram: bool) -> Any:
    """Word vectors as the paper has them."""
    return Word2Vec(documents, **WORD_VECTORS, sg=int(skip_gram), epochs=epochs, workers=2).wv


def make_dictionary(documents: Documents) -> Any:
    """The tokens that count."""
    dictionary = Dictionary(documents)
    dictionary.filter_extremes(**FILTER)
    return dictionary


def print_mixture(embeddings: Matrix, iterations: int) -> None:
    """Compare the mixture with that of scikit-learn, both with a few iterations, and run ours to its end."""
    arguments: dict[str, Any] = {'init_params': 'kmeans', 'max_iter': iterations, 'random_state': 0}
    ours, own = cpu_seconds(TiedGaussianMixture(CLUSTERS, **arguments).fit, embeddings)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', ConvergenceWarning)
        peer = GaussianMixture(CLUSTERS, covariance_type='tied', **arguments)
        theirs, other = cpu_seconds(peer.fit, embeddings)
    difference = float(abs(ours.predict_proba(embeddings) - theirs.predict_proba(embeddings)).max())
    _, start = cpu_seconds(TiedGaussianMixture(CLUSTERS, **{**arguments, 'max_iter': 0}).fit, embeddings)
    whole, seconds = cpu_seconds(TiedGaussianMixture(CLUSTERS, max_iter=50).fit, embeddings)
    one, one_of_theirs = (own - start) / iterations, (other - start) / iterations
    header = ['k-means CPU s', 'an iteration CPU s', 'of scikit-learn', 'ratio', 'largest difference']
    header += ['iterations', 'whole fit CPU s', 'of scikit-learn, about']
    row = [start, one, one_of_theirs, one_of_theirs / one, difference, whole.n_iter_, seconds]
    title = (
        f'Mixture of {CLUSTERS} tied Gaussians, {len(embeddings):,} words; differences after {iterations} iterations'
    )
    print_table(title, header, [[*row, start + one_of_theirs * whole.n_iter_]])


def print_speed(groups: NewsGroups, word_vectors: Any, options: argparse.Namespace) -> None:
    """Compare fit and inference, without the mixture, with those of the original."""
    dictionary = make_dictionary(groups.documents)
    documents, new = groups.train_documents[: options.documents], groups.test_documents[:1000]
    tokens = [dictionary[number] for number in range(len(dictionary))]
    embeddings = normalize_rows(token_vectors(tokens, word_vectors))
    print_mixture(embeddings, options.iterations)
    rows = []
    for covariance_type in options.covariance_types:
        kwargs = {'covariance_type': covariance_type, 'reg_covar': 1e-3 if covariance_type == 'full' else 1e-6}
        probabilities = cluster_words(embeddings, mixture_arguments(kwargs, cluster_size=CLUSTERS, random_seed=0))

        def build(some: Documents, probabilities: Any = probabilities, kwargs: Any = kwargs) -> SCDV:
            with clusters_given(probabilities):
                return SCDV(iter(some), CLUSTERS, SPARSITY, kwargs, dictionary, word_vectors)

        def build_original(some: Documents, probabilities: Any = probabilities) -> OriginalSCDV:
            return OriginalSCDV(embeddings, probabilities.toarray(), dictionary, some)

        rows.append([covariance_type, probabilities.nnz / len(tokens)])
        rows[-1] += compare(build, build_original, documents, new, options.repeats)
        whole = (SCDV, documents, CLUSTERS, SPARSITY, kwargs, dictionary, word_vectors)
        rows[-1].append(peak_megabytes(*whole))
    header = ['covariance', 'clusters a word', 'fit CPU s', 'original', 'ratio', 'inference CPU s', 'original', 'ratio']
    header += ['one document ms', 'fit MB', 'original MB', 'largest difference', 'fit MB with the mixture']
    title = f'SCDV without the mixture: fit of {len(documents):,} documents, {len(tokens):,} tokens, inference of '
    print_table(title + f'{len(new):,}', header, rows)


def compare(
    build: Callable[[Documents], SCDV],
    build_original: Callable[[Documents], OriginalSCDV],
    documents: Documents,
    new: Documents,
    repeats: int,
) -> list[float]:
    """The figures of a row: seconds, ratios, memory and the largest difference."""
    fit = statistics.median(cpu_seconds(build, documents)[1] for _ in range(repeats))
    model = build(documents)
    inference = statistics.median(cpu_seconds(model.infer_vector, new)[1] for _ in range(repeats))
    single = sum(cpu_seconds(model.infer_vector, [document])[1] for document in new[:300]) / 300 * 1000
    memory = peak_megabytes(build, documents)
    original, original_fit = cpu_seconds(build_original, documents)
    expected, original_inference = cpu_seconds(original.infer_vector, new)
    difference = float(abs(model.infer_vector(new) - expected).max())
    del original, expected
    original_memory = peak_megabytes(build_original, documents[:100])  # more documents take even more
    times = [fit, original_fit, original_fit / fit, inference, original_inference, original_inference / inference]
    return [*times, single, memory, original_memory, difference]


def print_accuracy(
    groups: NewsGroups, word_vectors: Any, seconds: float, label: str, sparsities: Sequence[float]
) -> None:
    """Compare the accuracy by date with that of TF-IDF. Penalties are chosen on a fifth of the training part."""
    train, test = groups.train_documents, groups.test_documents
    (tfidf, weights), tfidf_seconds = cpu_seconds(Tfidf.with_weights, train)
    new_weights, more_seconds = cpu_seconds(tfidf.transform, test)
    weights, new_weights = short_indices(weights), short_indices(new_weights)
    rows = [['TF-IDF', 0.0, 0.0, tfidf_seconds + more_seconds, *classify(weights, new_weights, groups), 0.0]]
    rows[0].append(weights.nnz / np.prod(weights.shape))
    dictionary, rest = cpu_seconds(make_dictionary, train)
    tokens = [dictionary[number] for number in range(len(dictionary))]
    arguments = mixture_arguments({}, cluster_size=CLUSTERS, random_seed=0)
    probabilities, mixture = cpu_seconds(cluster_words, token_vectors(tokens, word_vectors), arguments)
    for sparsity in sparsities:
        with clusters_given(probabilities):
            model, fit = cpu_seconds(SCDV, train, CLUSTERS, sparsity, {}, dictionary, word_vectors)
        (vectors, new_vectors), inference = cpu_seconds(vectors_of, model, train, test)
        seconds_of_rest = rest + fit + inference
        classified = classify(vectors, new_vectors, groups)
        share = mixture / (seconds + mixture + seconds_of_rest + classified[0])
        density = vectors.nnz / np.prod(vectors.shape)
        rows.append([f'SCDV, {sparsity}', seconds, mixture, seconds_of_rest, *classified, share, density])
    header = ['vectors', 'word vectors CPU s', 'mixture CPU s', 'rest CPU s', 'classifier CPU s', 'C', 'accuracy']
    print_table(f'20 Newsgroups by date, {label}', [*header, 'share of the mixture', 'not zero'], rows)
    for cluster in range(0, CLUSTERS, 12):
        print(f'cluster {cluster}:', ' '.join(model.top_words(cluster)))


def short_indices(matrix: sparse.csr_array) -> sparse.csr_array:
    """The matrix with indices of 32 bits, which scikit-learn's linear classifier wants."""
    indices, starts = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return sparse.csr_array((matrix.data, indices, starts), shape=matrix.shape)


def vectors_of(model: SCDV, *parts: Documents) -> list[sparse.csr_array]:
    """The vectors of each part."""
    return [model.document_vectors(part) for part in parts]


def classify(
    vectors: sparse.csr_array, new_vectors: sparse.csr_array, groups: NewsGroups
) -> tuple[float, float, float]:
    """CPU seconds of a linear classifier with the best penalty, the penalty, and the accuracy on the test part."""
    labels = groups.train_labels
    kept = np.random.RandomState(0).rand(len(labels)) < 0.8
    scores = {
        penalty: LinearSVC(C=penalty).fit(vectors[kept], labels[kept]).score(vectors[~kept], labels[~kept])
        for penalty in PENALTIES
    }
    best = max(scores, key=lambda penalty: scores[penalty])
    classifier, seconds = cpu_seconds(LinearSVC(C=best).fit, vectors, labels)
    return seconds, best, float(classifier.score(new_vectors, groups.test_labels))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', required=True, help='folder with text/20news-bydate.tar.gz')
    parser.add_argument('--documents', type=int, default=10_000, help='of the fit')
    parser.add_argument('--repeats', type=int, default=3)
    parser.add_argument('--iterations', type=int, default=3, help='of the mixtures that are compared')
    parser.add_argument('--covariance-types', nargs='+', default=['tied'])
    parser.add_argument('--epochs', type=int, default=25, help='of the word vectors')
    parser.add_argument('--skip-gram', action='store_true', help='train the word vectors by skip-gram, not by CBOW')
    parser.add_argument('--sparsities', nargs='+', type=float, default=[0.04, 0.005], help='for the accuracy')
    parser.add_argument('--only', choices=['speed', 'accuracy'])
    options, _ = parser.parse_known_args(arguments)
    groups = read_news_groups(options.data)
    word_vectors, seconds = cpu_seconds(train_word_vectors, groups.train_documents, options.epochs, options.skip_gram)
    if options.only != 'accuracy':
        print_speed(groups, word_vectors, options)
    if options.only != 'speed':
        label = f'{"skip-gram" if options.skip_gram else "CBOW"}, {options.epochs} epochs'
        print_accuracy(groups, word_vectors, seconds, label, options.sparsities)


if __name__ == '__main__':
    main()
