"""Latent Dirichlet allocation trained on counts, some documents at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import psi
from tqdm import tqdm

from redshells.errors import ParameterError
from redshells.model.compiled import compiled
from redshells.model.topic_inference import Floats, csr_parts

_NOISE = 0.01  # variance of the first weights around those of all documents; topics that begin apart end less coherent
_PRIOR_DOCUMENTS = 2048  # at random, from which the prior is learnt
_PRIOR_ITERATIONS = 2  # in each pass
_LEAST_PRIOR = 1e-3
_LEAST_SCALE = 1e-2  # float32 has digits enough for weights that are this much larger than they should be
_RANGES = (
    ('decay', 0.5, 1.0),
    ('offset', 1.0, math.inf),
    ('eta', 1e-30, math.inf),  # float32 has no much smaller numbers
    ('alpha', 1e-30, math.inf),
)


@dataclass(frozen=True, kw_only=True)
class TopicTraining:
    """How topics are trained; the arguments are those of ``LdaModel``.

    Args:
        n_topics: The number of topics.
        chunksize: Documents of a mini-batch.
        decay: How fast the learning rate falls.
        offset: How low the first learning rates are.
        iterations: Iterations for each document in each pass.
        eta: Prior of the words in a topic.
        alpha: First prior of the topics in a document.
        random_seed: Seed of the first topics and of the order of the documents.

    Raises:
        ParameterError: An argument has a wrong value.
    """

    n_topics: int
    chunksize: int
    decay: float
    offset: float
    iterations: int
    eta: float
    alpha: float
    random_seed: int

    def __post_init__(self) -> None:
        for name, least in (('n_topics', 1), ('chunksize', 1), ('iterations', 1), ('random_seed', 0)):
            object.__setattr__(self, name, require_whole(name, getattr(self, name), least))
        for name, smallest, largest in _RANGES:
            object.__setattr__(self, name, _require_number(name, getattr(self, name), smallest, largest))

    def run(self, counts: sparse.csr_array, *, passes: int) -> tuple[Floats, Floats]:
        """The expected counts of the words in each topic, and the learnt prior of the topics.

        Args:
            counts: How often each word stands in each document; each word in one of them at least.
            passes: How often each document is gone through.

        Shapes:
            * counts: (documents, words)
            * result: (words, topics) and (topics,)
        """
        generator = np.random.default_rng(self.random_seed)
        state = _State(self, counts[generator.permutation(counts.shape[0])], generator)
        for number in tqdm(range(passes), desc='topics', unit='pass', disable=None):
            if 0 < number == passes - 1:
                state.take_all_documents()
            else:
                state.take_mini_batches()
            if number > 0 or passes == 1:
                state.learn_prior()
        return state.word_counts(), state.prior


def require_whole(name: str, value: Any, least: int) -> int:
    """Check that an argument is an integer that is large enough.

    Raises:
        ParameterError: It is not.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ParameterError(f'{name}={value!r} was given; an integer of at least {least} is expected.')
    return int(value)


def _require_number(name: str, value: Any, least: float, most: float) -> float:
    number = math.nan if isinstance(value, bool) or not isinstance(value, Real) else float(value)
    if not (least <= number <= most and number < math.inf):
        expected = f'of at least {least:g}' if most == math.inf else f'from {least:g} to {most:g}'
        raise ParameterError(f'{name}={value!r} was given; a number {expected} is expected.')
    return number


class _State:
    """What is known while topics are trained.

    The weights of a word are ``scale * weights[word]``, so that a step changes the rows of its own words only.
    """

    def __init__(self, training: TopicTraining, counts: sparse.csr_array, generator: np.random.Generator) -> None:
        self.training, self.generator = training, generator
        self.starts, self.words, self.counts = csr_parts(counts)
        n_words, n_topics = counts.shape[1], training.n_topics
        places = np.bincount(self.words, weights=self.counts, minlength=n_words).astype(np.float32)
        lengths = np.add.reduceat(np.append(self.counts, np.float32(0)), self.starts[:-1]).astype(np.float32)
        lengths[np.diff(self.starts) == 0] = 0
        self.weights = generator.standard_gamma(1 / _NOISE, (n_words, n_topics), dtype=np.float32)
        self.weights *= (places * np.float32(_NOISE / n_topics))[:, None]
        self.scale, self.step = 1.0, 0
        self.totals = self.weights.sum(axis=0, dtype=np.float64)
        self.tokens = float(places.sum(dtype=np.float64))
        self.document_topics: Floats = np.repeat((lengths / np.float32(n_topics))[:, None], n_topics, axis=1)
        self.prior = np.full(n_topics, training.alpha, np.float32)

    def take_mini_batches(self) -> None:
        """Go through all documents, and change the topics after each mini-batch."""
        n_documents, size = len(self.starts) - 1, self.training.chunksize
        number_of_word = np.empty(len(self.weights), np.int32)
        is_in_batch = np.zeros(len(self.weights), np.bool_)
        for first in range(0, n_documents, size):
            starts = self.starts[first : first + size + 1]
            part = slice(starts[0], starts[-1])
            if starts[0] == starts[-1]:
                continue
            is_in_batch[:] = False
            is_in_batch[self.words[part]] = True
            words = np.flatnonzero(is_in_batch)
            number_of_word[words] = np.arange(len(words), dtype=np.int32)
            counts = self._expect(first, starts - starts[0], number_of_word[self.words[part]], self.counts[part], words)
            self._change(words, counts, float(self.counts[part].sum(dtype=np.float64)))

    def take_all_documents(self) -> None:
        """Set the topics to what all documents say of them, without a learning rate."""
        words = np.arange(len(self.weights))
        self.weights = self._expect(0, self.starts, self.words, self.counts, words)
        self.scale, self.totals = 1.0, self.weights.sum(axis=0, dtype=np.float64)

    def learn_prior(self) -> None:
        """Take steps of Minka's fixed point for a Dirichlet-multinomial, for the prior of the topics.

        The expected counts of a document are no whole numbers, but stand for such; so psi is taken on the straight line
        between whole numbers. On its own curve, the many counts below 1 would make the prior far too large.

        Minka: `Estimating a Dirichlet distribution <https://tminka.github.io/papers/dirichlet/>`_ (2000), equation 55.
        """
        n_documents = len(self.document_topics)
        chosen = self.generator.choice(n_documents, min(n_documents, _PRIOR_DOCUMENTS), replace=False)
        counts = self.document_topics[chosen].astype(np.float64)
        lengths = counts.sum(axis=1)
        whole = np.floor(counts)
        rest = counts - whole
        prior = self.prior.astype(np.float64)
        for _ in range(_PRIOR_ITERATIONS):
            observed = (psi(whole + prior) + rest / (whole + prior) - psi(prior)).sum(axis=0)
            expected = (psi(lengths + prior.sum()) - psi(prior.sum())).sum()
            if expected > 0:  # 0 if all of these documents are empty
                prior = np.maximum(prior * observed / expected, _LEAST_PRIOR)
        self.prior = prior.astype(np.float32)

    def word_counts(self) -> Floats:
        """The expected counts of the words in each topic."""
        return self.weights * np.float32(self.scale)

    def _expect(
        self,
        first: int,
        starts: npt.NDArray[np.int64],
        places: npt.NDArray[np.int32],
        counts: Floats,
        words: npt.NDArray[np.int64],
    ) -> Floats:
        """The expected counts of words in each topic, in documents from a first one on."""
        topics = np.empty((len(words), self.training.n_topics), np.float32)
        sums = np.zeros_like(topics)
        shrink = (1 / (self.totals + self.training.eta * len(self.weights))).astype(np.float32)
        _fill(topics, self.weights, words, np.float32(self.scale), np.float32(self.training.eta), shrink)
        documents = self.document_topics[first : first + len(starts) - 1]
        _train(starts, places, counts, topics, self.prior, self.training.iterations, documents, sums)
        sums *= topics
        return sums

    def _change(self, words: npt.NDArray[np.int64], counts: Floats, tokens: float) -> None:
        rate = (self.training.offset + self.step) ** -self.training.decay
        self.step += 1
        self.scale *= 1 - rate
        if self.scale < _LEAST_SCALE:
            self.weights *= np.float32(self.scale)
            self.scale = 1.0
        share = rate * self.tokens / tokens
        self.totals *= 1 - rate
        _add(self.weights, words, counts, np.float32(share / self.scale), share, self.totals)


@compiled
def _fill(
    topics: Floats, weights: Floats, words: npt.NDArray[np.int64], scale: np.float32, eta: np.float32, shrink: Floats
) -> None:
    """The probabilities of words in each topic."""
    for row in range(words.shape[0]):
        for topic in range(shrink.shape[0]):
            topics[row, topic] = (weights[words[row], topic] * scale + eta) * shrink[topic]


@compiled
def _add(
    weights: Floats,
    words: npt.NDArray[np.int64],
    counts: Floats,
    share_of_weight: np.float32,
    share: float,
    totals: npt.NDArray[np.float64],
) -> None:
    """Add a share of the counts of words to their weights and to the totals."""
    for row in range(words.shape[0]):
        for topic in range(totals.shape[0]):
            weights[words[row], topic] += share_of_weight * counts[row, topic]
            totals[topic] += share * counts[row, topic]


@compiled
def _train(
    starts: npt.NDArray[np.int64],
    words: npt.NDArray[np.int32],
    counts: Floats,
    topics: Floats,
    prior: Floats,
    iterations: int,
    document_topics: Floats,
    sums: Floats,
) -> None:
    """Iterate on each document from where the last pass has left it; the last iteration adds to the words' sums."""
    n_topics = prior.shape[0]
    weight, gain = np.empty(n_topics, np.float32), np.empty(n_topics, np.float32)
    for document in range(starts.shape[0] - 1):
        for topic in range(n_topics):
            weight[topic] = document_topics[document, topic] + prior[topic]
        for iteration in range(iterations):
            is_last = iteration == iterations - 1
            gain[:] = np.float32(0)
            for place in range(starts[document], starts[document + 1]):
                word = words[place]
                likelihood = np.float32(1e-30)  # weights that are worn away to 0 must not give NaN
                for topic in range(n_topics):
                    likelihood += weight[topic] * topics[word, topic]
                ratio = counts[place] / likelihood
                for topic in range(n_topics):
                    gain[topic] += ratio * topics[word, topic]
                if is_last:
                    for topic in range(n_topics):
                        sums[word, topic] += ratio * weight[topic]
            for topic in range(n_topics):
                weight[topic] *= gain[topic]
                document_topics[document, topic] = weight[topic]
                weight[topic] += prior[topic]
