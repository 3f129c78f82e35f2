"""The topics of documents, for topics that are known: how much of each is in a document, and how well they foretell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.model.compiled import compiled

Floats = npt.NDArray[np.float32]

_ITERATIONS = 100
_TOLERANCE = 1e-3
_WORDS_AT_A_TIME = 100_000


def infer_topics(counts: sparse.csr_array, word_probabilities: Floats, prior: npt.ArrayLike) -> Floats:
    """The shares of the topics in documents, each found alone.

    With the probability p(w|k) of word w in topic k and the prior alpha, the expected number of the tokens of a
    document that are of topic k is the fixed point of

        n[k] = sum over w of count[w] (n[k] + alpha[k]) p(w|k) / sum over j of (n[j] + alpha[j]) p(w|j)

    and its share is (n[k] + alpha[k]) / (tokens + sum of alpha). It is iterated until the shares change by 0.001
    together, at most 100 times. A document without words has the shares of the prior.

    Args:
        counts: How often each word stands in each document.
        word_probabilities: The probabilities of the words in each topic.
        prior: The prior alpha of each topic.

    Shapes:
        * counts: (documents, words)
        * word_probabilities: (words, topics)
        * prior: (topics,)
        * result: (documents, topics)
    """
    weights = np.array(prior, np.float32)
    shares = np.empty((counts.shape[0], len(weights)), np.float32)
    probabilities = np.require(word_probabilities, np.float32, ['C', 'W'])
    _infer(*csr_parts(counts), probabilities, weights, _ITERATIONS, np.float32(_TOLERANCE), shares)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def log_perplexity(
    counts: sparse.csr_array, word_probabilities: Floats, prior: npt.ArrayLike, *, random_seed: int
) -> float | None:
    """The mean log-likelihood of a token, by document completion: higher is better, and exp(-it) is the perplexity.

    The tokens of each document are dealt into two halves. The topics of the document are inferred from the first, and
    the tokens of the second are scored with them: log(sum over k of share[k] p(w|k)), the natural logarithm. No token
    is used for both.

    Wallach, Murray, Salakhutdinov, Mimno: `Evaluation Methods for Topic Models
    <https://dl.acm.org/doi/10.1145/1553374.1553515>`_ (2009), section 5.1.

    Args:
        counts: How often each word stands in each document, none of which was trained on.
        word_probabilities: The probabilities of the words in each topic.
        prior: The prior alpha of each topic.
        random_seed: Seed of the halves.

    Returns:
        The mean over all tokens that are scored. None if no document has two tokens.

    Shapes:
        * counts: (documents, words)
        * word_probabilities: (words, topics)
        * prior: (topics,)
    """
    known, hidden = _halves(counts, np.random.default_rng(random_seed))
    if hidden.nnz == 0:
        return None
    shares = infer_topics(known, word_probabilities, prior)
    rows = np.repeat(np.arange(hidden.shape[0]), np.diff(hidden.indptr))
    total = 0.0
    for start in range(0, hidden.nnz, _WORDS_AT_A_TIME):
        part = slice(start, start + _WORDS_AT_A_TIME)
        products = shares[rows[part]] * word_probabilities[hidden.indices[part]]
        total += float(hidden.data[part] @ np.log(products.sum(axis=1, dtype=np.float64)))
    return total / float(hidden.data.sum())


def csr_parts(counts: sparse.csr_array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], Floats]:
    """The starts of the rows, the columns and the values of a sparse matrix, always of the same types."""
    return counts.indptr.astype(np.int64), counts.indices.astype(np.int32), counts.data.astype(np.float32)


def _halves(counts: sparse.csr_array, generator: np.random.Generator) -> tuple[sparse.csr_array, sparse.csr_array]:
    """The tokens of each document dealt into two halves; of an odd number, the first half has one more."""
    times = counts.data.astype(np.int64)
    rows = np.repeat(np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr)), times)
    columns = np.repeat(counts.indices, times)
    order = np.lexsort((generator.random(len(rows)), rows))
    rows, columns = rows[order], columns[order]
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    is_second = (np.arange(len(rows)) - np.repeat(starts, np.diff(starts, append=len(rows)))) % 2 == 1
    ones = np.ones(len(rows), np.float32)
    first, second = (
        sparse.csr_array((ones[half], (rows[half], columns[half])), shape=counts.shape)
        for half in (~is_second, is_second)
    )
    return first, second


@compiled
def _infer(
    starts: npt.NDArray[np.int64],
    words: npt.NDArray[np.int32],
    counts: Floats,
    topics: Floats,
    prior: Floats,
    iterations: int,
    tolerance: np.float32,
    shares: Floats,
) -> None:
    n_topics = prior.shape[0]
    weight, gain = np.empty(n_topics, np.float32), np.empty(n_topics, np.float32)
    for document in range(starts.shape[0] - 1):
        length = np.float32(0)
        for place in range(starts[document], starts[document + 1]):
            length += counts[place]
        for topic in range(n_topics):
            weight[topic] = prior[topic] + length / np.float32(n_topics)
        for _ in range(iterations if length > 0 else 0):
            gain[:] = np.float32(0)
            for place in range(starts[document], starts[document + 1]):
                word = words[place]
                likelihood = np.float32(1e-30)  # of a word that no topic has
                for topic in range(n_topics):
                    likelihood += weight[topic] * topics[word, topic]
                ratio = counts[place] / likelihood
                for topic in range(n_topics):
                    gain[topic] += ratio * topics[word, topic]
            change = np.float32(0)
            for topic in range(n_topics):
                new = weight[topic] * gain[topic] + prior[topic]
                change += abs(new - weight[topic])
                weight[topic] = new
            if change <= tolerance * length:
                break
        for topic in range(n_topics):
            shares[document, topic] = weight[topic]
