"""Latent Dirichlet allocation: the topics of documents, and the words of topics."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from numbers import Real
from typing import Any, Self

import gensim.corpora
import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.archive import Archive, array_to_bytes, bytes_to_array
from redshells.errors import (
    NotFittedError,
    ParameterError,
    UnknownArgumentError,
)
from redshells.model.coherence import column_coherence
from redshells.model.dictionary import Dictionary
from redshells.model.document_model import DocumentModel
from redshells.model.lda_arguments import OF_FIT, check_lda_arguments
from redshells.model.topic_documents import count_documents, hold_out
from redshells.model.topic_inference import Floats, infer_topics, log_perplexity
from redshells.model.topic_training import TopicTraining, require_whole

_logger = logging.getLogger(__name__)

_DOCUMENTS_TO_READ = 150_000  # with adjust_passes
_MOST_PASSES = 30
_LEAST_PASSES = 3
_COHERENT_WORDS = 10
_ENOUGH_TO_JUDGE = 1_000  # documents, of which even two rare words have some in common


class LdaModel(DocumentModel):
    """Latent Dirichlet allocation: a topic is a distribution of words, a document a mixture of topics.

    Blei, Ng, Jordan: `Latent Dirichlet Allocation <https://www.jmlr.org/papers/v3/blei03a.html>`_ (2003), trained on
    mini-batches as in Hoffman, Blei, Bach: `Online Learning for Latent Dirichlet Allocation
    <https://papers.nips.cc/paper/2010/hash/71f6278d140af599e06ad9bf1ba03cb0-Abstract.html>`_ (2010), with the expected
    counts of Foulds, Boyles, DuBois, Smyth, Welling: `Stochastic Collapsed Variational Bayesian Inference for Latent
    Dirichlet Allocation <https://arxiv.org/abs/1305.2452>`_ (2013), which need no digamma functions. With the expected
    count n[w, k] of word w in topic k, a word of a document d is of topic k in proportion to

        (n[d, k] + alpha[k]) (n[w, k] + eta) / (sum over all words v of n[v, k] + eta)

    After mini-batch t, n[w, k] moves towards what the mini-batch says of it, scaled up to all documents, by the share
    (offset + t) ** -decay. The last pass, if there are several, takes all documents together, without such a rate. The
    prior alpha of each topic is learnt. The result does not depend on the number of threads: one is used.

    ``chunksize`` and ``eta`` have other defaults than in earlier versions, 128 in place of 16 and 0.01 in place of
    1e-16: with them, held-out documents are foretold better. An eta that small gives a word that a topic has not seen
    no chance at all.

    Args:
        n_topics: The number of topics.
        chunksize: Documents of a mini-batch. With more, there are fewer steps in a pass, and each is surer.
        decay: How fast the learning rate falls, from 0.5 to 1.
        offset: At least 1; the larger, the smaller the first steps are.
        iterations: Iterations for each document in each pass, which begin where the last pass ended. Topics of new
            documents are iterated until they are steady.
        eta: The prior of each word in each topic: the larger, the more alike topics are.
        alpha: The prior of each topic in each document with which the training begins.
        random_seed: Seed of the first topics, of the order of documents, and of which are held out.

    Shapes:
        * topic_word_: (n_topics, dictionary.size)
        * alpha_: (n_topics,)
        * get_document_topics, document_vectors: (documents, n_topics)

    Attributes:
        dictionary: The words and their ids, after fit.
        topic_word_: The probability of each word in each topic; 0 for ids without a word.
        alpha_: The learnt prior of each topic.
        passes_: How often the documents were gone through.
        coherence_: The mean coherence of the ten likeliest words of the topics in the held-out documents, or in all
            documents if fewer than 1,000 are held out, see ``topic_coherence``; None if fewer than two words are known.

    Raises:
        ParameterError: An argument has a wrong value.

    Example:
        >>> documents = [['cat', 'dog', 'cat', 'bone'], ['tea', 'milk', 'tea', 'cup']] * 30
        >>> model = LdaModel(2).fit(documents)
        >>> sorted(sorted(word for word, _ in model.topic_words(topic, 3)) for topic in range(2))
        [['bone', 'cat', 'dog'], ['cup', 'milk', 'tea']]
        >>> model.get_document_topics([['cat', 'bone', 'dog'], ['milk']]).shape
        (2, 2)
    """

    dictionary: Dictionary
    topic_word_: Floats
    alpha_: Floats
    passes_: int
    coherence_: float | None

    def __init__(
        self,
        n_topics: int,
        *,
        chunksize: int = 128,
        decay: float = 0.5,
        offset: float = 16,
        iterations: int = 3,
        eta: float = 0.01,
        alpha: float = 0.1,
        random_seed: int = 0,
    ) -> None:
        self.n_topics, self.chunksize, self.iterations, self.random_seed = n_topics, chunksize, iterations, random_seed
        self.decay, self.offset, self.eta, self.alpha = decay, offset, eta, alpha
        self._topic_training()

    @classmethod
    def from_documents(
        cls,
        documents: Iterable[Sequence[str]],
        *,
        random_seed: int = 0,
        workers: int = 1,
        show_progress: bool = False,
        dictionary: gensim.corpora.Dictionary | None = None,
        **arguments: Any,
    ) -> Self:
        """A model that is trained on documents.

        Args:
            documents: The tokens of each document; read once, one document at a time.
            random_seed: Seed of all that is drawn.
            workers: Not used; one thread is.
            show_progress: Not used; the bar is silent where there is no terminal.
            dictionary: The words, ours or gensim's. By default all words of the documents.
            **arguments: Those of the constructor, and ``adjust_passes``, ``test_size`` and ``passes`` of ``fit``.

        Raises:
            RedshellsError: The documents or the arguments can't be used; raised before the training.
        """
        checked = check_lda_arguments(arguments)
        of_fit = {name: checked.pop(name) for name in OF_FIT if name in checked}
        return cls(**checked, random_seed=random_seed).fit(documents, dictionary=dictionary, **of_fit)

    def fit(
        self,
        texts: Iterable[Sequence[str]],
        adjust_passes: bool = True,
        test_size: float = 0.1,
        random_state: None = None,
        dictionary: gensim.corpora.Dictionary | None = None,
        *,
        passes: int | None = None,
    ) -> Self:
        """Train.

        Args:
            texts: The tokens of each document; read once, one document at a time. Those without a known word are left
                out.
            adjust_passes: Whether small corpora are gone through more often: 150,000 / documents times, at least 3 and
                at most 30 times. Otherwise once.
            test_size: The share of the documents that are held out, for ``log_perplexity`` and ``coherence_``.
            random_state: Refused; the constructor takes ``random_seed``.
            dictionary: The words, ours or gensim's; it is copied. By default all words of the texts.
            passes: How often the documents are gone through, whatever ``adjust_passes`` is.

        Returns:
            This model.

        Raises:
            ParameterError: An argument has a wrong value.
            EmptyTableError: There are no documents.
            SplitError: No document is left to train on.
            DataError: No document has a known word.
        """
        if random_state is not None:
            raise UnknownArgumentError(
                f'LdaModel.fit was given random_state={random_state!r}. The seed is an argument of the constructor: '
                f'LdaModel(n_topics={self.n_topics}, random_seed={random_state!r}).'
            )
        if not (isinstance(test_size, Real) and 0 <= test_size < 1):
            raise ParameterError(
                f'test_size={test_size!r} was given; a share of at least 0 and less than 1 is expected.'
            )
        if passes is not None:
            require_whole('passes', passes, 1)
        words, counts = count_documents(texts, dictionary)
        train, test = hold_out(counts, float(test_size), random_seed=self.random_seed)
        self.passes_ = passes or (_passes(train.shape[0]) if adjust_passes else 1)
        self.dictionary = words
        self._train(train)
        self._judge(train, test)
        return self

    def get_document_topics(self, texts: Iterable[Sequence[str]]) -> Floats:
        """The shares of the topics in each document, which add up to 1.

        A document is looked at alone: its shares are the same whatever others there are. One without a known word has
        the shares of the prior.

        Args:
            texts: The tokens of each document; read once, one document at a time.

        Shapes:
            * result: (documents, n_topics)

        Raises:
            NotFittedError: The model was not fitted.
        """
        self._require_fitted()
        return infer_topics(self._known(self.dictionary.count(texts)), self._probabilities, self.alpha_)

    def document_vectors(self, documents: Iterable[Sequence[str]]) -> Floats:
        """The shares of the topics in each document; a document without a known token has a row of zeros.

        They are those of ``get_document_topics`` for all documents that have a known token.

        Args:
            documents: The tokens of each document; read once, one document at a time.

        Shapes:
            * result: (documents, n_topics)

        Raises:
            NotFittedError: The model was not fitted.
        """
        self._require_fitted()
        counts = self._known(self.dictionary.count(documents))
        shares = infer_topics(counts, self._probabilities, self.alpha_)
        shares[np.diff(counts.indptr) == 0] = 0
        return shares

    def topic_words(self, topic: int, n_words: int = 10) -> list[tuple[str, float]]:
        """The likeliest words of a topic with their probabilities, the likeliest first.

        Args:
            topic: Its number, from 0.
            n_words: How many words; fewer if fewer are known.

        Raises:
            NotFittedError: The model was not fitted.
            ParameterError: There is no such topic.
        """
        self._require_fitted()
        if not 0 <= topic < self.n_topics:
            raise ParameterError(f'topic={topic} was given; there are the topics from 0 to {self.n_topics - 1}.')
        columns = self._top_columns(topic, require_whole('n_words', n_words, 1))
        return [(self._names[column], float(self.topic_word_[topic, column])) for column in columns.tolist()]

    def show_topics(self, n_words: int = 30) -> str:
        """The topics as text: a line for each, with its prior and its likeliest words.

        Args:
            n_words: Words of each topic.

        Raises:
            NotFittedError: The model was not fitted.
        """
        self._require_fitted()
        lines = []
        for topic, prior in enumerate(self.alpha_.tolist()):
            words = ' + '.join(f'{weight:.3f}*"{word}"' for word, weight in self.topic_words(topic, n_words))
            lines.append(f'topic_{topic} [{prior:f}]: {words}')
        return '\n'.join(lines)

    @property
    def log_perplexity(self) -> float | None:
        """The mean log-likelihood of the tokens of held-out documents: higher is better, as with gensim's.

        Half of the tokens of each held-out document tell its topics, and the other half are scored with them; see
        ``redshells.model.topic_inference.log_perplexity``. The logarithm is the natural one, so that exp(-it) is the
        perplexity. Words that no training document has are left out. None if no document with two tokens was held out.
        """
        self._require_fitted()
        return self._log_perplexity

    def to_archive(self) -> Archive:
        """The contents of the saved model."""
        self._require_fitted()
        dictionary = self.dictionary.to_archive()
        parts = {f'dictionary_{name}': content for name, content in dictionary.parts.items()}
        parts |= {'alpha.npy': array_to_bytes(self.alpha_), 'word_counts.npy': array_to_bytes(self._word_counts)}
        state = {
            'dictionary': dict(dictionary.state),
            'passes': self.passes_,
            'coherence': self.coherence_,
            'log_perplexity': self._log_perplexity,
        }
        return Archive(self.import_path(), asdict(self._topic_training()), state, parts, training=self.training)

    @classmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> Self:
        """The model of an archive's contents."""
        model = cls(**archive.parameters)
        parts = {name.removeprefix('dictionary_'): content for name, content in archive.parts.items()}
        model.dictionary = Dictionary.from_archive(
            Archive(Dictionary.import_path(), {}, archive.state['dictionary'], parts)
        )
        model.passes_ = archive.state['passes']
        model._take(bytes_to_array(archive.parts['word_counts.npy']), bytes_to_array(archive.parts['alpha.npy']))
        model.coherence_ = archive.state['coherence']
        model._log_perplexity = archive.state['log_perplexity']
        model.training, model.versions = archive.training, archive.versions
        return model

    def _topic_training(self) -> TopicTraining:
        return TopicTraining(
            n_topics=self.n_topics,
            chunksize=self.chunksize,
            decay=self.decay,
            offset=self.offset,
            iterations=self.iterations,
            eta=self.eta,
            alpha=self.alpha,
            random_seed=self.random_seed,
        )

    def _train(self, counts: sparse.csr_array) -> None:
        _logger.info('training %d topics on %d documents, %d passes', self.n_topics, counts.shape[0], self.passes_)
        seen = np.flatnonzero(np.bincount(counts.indices, minlength=counts.shape[1]))
        found, alpha = self._topic_training().run(counts[:, seen], passes=self.passes_)
        word_counts = np.zeros((counts.shape[1], self.n_topics), np.float32)
        word_counts[seen] = found
        self._take(word_counts, alpha)

    def _judge(self, train: sparse.csr_array, test: sparse.csr_array) -> None:
        self._log_perplexity = log_perplexity(
            self._known(test), self._probabilities, self.alpha_, random_seed=self.random_seed
        )
        tops = [self._top_columns(topic, _COHERENT_WORDS) for topic in range(self.n_topics)]
        enough = test.shape[0] >= _ENOUGH_TO_JUDGE
        judged = test if enough else sparse.csr_array(sparse.vstack([train, test], format='csr'))
        self.coherence_ = float(column_coherence(tops, judged).mean()) if len(tops[0]) > 1 else None
        _logger.info('held-out log perplexity %s, coherence %s', self._log_perplexity, self.coherence_)

    def _take(self, word_counts: Floats, alpha: Floats) -> None:
        self._word_counts, self.alpha_ = word_counts, alpha
        self._names = dict(zip(self.dictionary.token2id.values(), self.dictionary.token2id, strict=True))
        probabilities = word_counts + np.float32(self.eta)
        is_word = np.zeros(len(word_counts), np.bool_)
        is_word[list(self._names)] = True
        probabilities[~is_word] = 0
        self._probabilities = probabilities / probabilities.sum(axis=0, dtype=np.float64).astype(np.float32)
        self._is_seen = word_counts.sum(axis=1) > 0
        self.topic_word_ = self._probabilities.T

    def _known(self, counts: sparse.csr_array) -> sparse.csr_array:
        """The counts of the words that a training document has; of the others, no topic is known."""
        known = counts.copy()
        known.data *= self._is_seen[known.indices]
        known.eliminate_zeros()
        return known

    def _top_columns(self, topic: int, n_words: int) -> npt.NDArray[np.int64]:
        """The ids of the likeliest words of a topic."""
        order = np.argsort(-self.topic_word_[topic], kind='stable')
        return order[: min(n_words, len(self._names))]

    def _require_fitted(self) -> None:
        if not hasattr(self, 'topic_word_'):
            raise NotFittedError('this LdaModel was not fitted. Call fit, or load a saved model.')


def _passes(documents: int) -> int:
    return min(max(round(_DOCUMENTS_TO_READ / documents), _LEAST_PASSES), _MOST_PASSES)
