"""SCDV: the words of a document, summed up separately for each cluster of word vectors."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.archive import Archive, array_to_bytes, bytes_to_array
from redshells.errors import DataError, EmptyTableError, ParameterError
from redshells.model.cluster_sums import ClusterSums, Numbers
from redshells.model.document_model import DocumentModel
from redshells.model.token_vectors import normalize_rows, token_vectors
from redshells.model.word_clusters import cluster_words, mixture_arguments

logger = logging.getLogger(__name__)

_SMALLEST = float(np.nextafter(0.0, 1.0))
_PARTS_OF_PROBABILITIES = ('data', 'indices', 'indptr')


class SCDV(DocumentModel):
    r"""Sparse Composite Document Vectors: for each cluster of words, the sum of the embeddings of a document's words.

    Mekala et al.: SCDV: Sparse Composite Document Vectors using soft clustering over distributional representations
    (2017), https://arxiv.org/abs/1612.06778. A Gaussian mixture gives each word :math:`w` with the embedding
    :math:`e_w`, of length 1, a probability of each cluster :math:`k`. The vector of a document :math:`d` has a block
    for each cluster,

    .. math:: v_{dk} = \sum_w n_{dw} \, \mathrm{idf}_w \, p(k \mid w) \, e_w, \quad
        \mathrm{idf}_w = \log_2 \frac{\text{documents}}{\text{documents with } w}

    with the counts :math:`n_{dw}`. Its numbers are zero where they are smaller than ``threshold_``, which is
    ``sparsity_percentage * (abs(mean of largest) + abs(mean of smallest)) / 2`` of the documents of the training.

    The frequencies of the idf are those that the dictionary has (``num_docs`` and ``dfs``, of the documents it was
    built from), not those of ``documents``: that is what gensim's TF-IDF takes where it is given a dictionary.

    Args:
        documents: The tokens of each document; read once, a few at a time.
        cluster_size: The number of clusters.
        sparsity_percentage: The share, from 0 to 1, of the mean extremes below which numbers are zero. It is applied to
            sums, not to vectors of length 1 as in the paper, so that short documents lose more numbers than long
            ones; a smaller share keeps them.
        gaussian_mixture_kwargs: Arguments of ``sklearn.mixture.GaussianMixture``. ``covariance_type`` is ``'tied'``, as
            in the paper, unless it is given; what else is not given is as in scikit-learn.
        dictionary: The tokens that count, with their frequencies: ``Dictionary``, or that of gensim.
        w2v: Word vectors: ``KeyedVectors`` of gensim, or a model that has them as ``wv``, such as ``Word2Vec`` or
            ``FastText``. Tokens of the dictionary that have no vector count as zeros.
        random_seed: The seed of the mixture, unless ``gaussian_mixture_kwargs`` has ``random_state``.

    Attributes:
        cluster_size: The number of clusters.
        embedding_size: The dimensions of a word vector.
        tokens: The tokens of the dictionary.
        word_vectors_: Their word vectors as they were given, of shape (tokens, embedding_size).
        idf_: Their idf, of shape (tokens,).
        probabilities_: The probability of each cluster, sparse, of shape (tokens, cluster_size).
        threshold_: What smaller numbers of a vector are taken for zero.

    Shapes:
        * infer_vector: (documents, cluster_size * embedding_size)

    Raises:
        ParameterError: A parameter is out of its range, or an argument of the mixture is not known.
        EmptyTableError: There are no documents, or the dictionary has no tokens.
        DataError: No token of the dictionary has a vector, or there are fewer tokens than clusters.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> from redshells.model.dictionary import Dictionary
        >>> documents = [['cat', 'dog', 'cat'], ['dog', 'cow'], ['red', 'blue'], ['blue', 'cat']]
        >>> vectors = KeyedVectors(2)
        >>> vectors.add_vectors(['cat', 'dog', 'cow', 'red', 'blue'], [[1, 0.1], [1, 0], [1, 0.2], [0, 1], [0.1, 1]])
        >>> model = SCDV(documents, 2, 0.04, {}, Dictionary(documents), vectors)
        >>> model.infer_vector([['cow'], ['red']]).round(2)
        array([[0.98, 0.2 , 0.  , 0.  ],
               [0.  , 0.  , 0.  , 1.  ]], dtype=float32)
        >>> model.top_words(1)
        ['blue', 'red']
    """

    def __init__(
        self,
        documents: Iterable[Sequence[str]],
        cluster_size: int,
        sparsity_percentage: float,
        gaussian_mixture_kwargs: Mapping[str, Any] | None,
        dictionary: Any,
        w2v: Any,
        *,
        random_seed: int = 0,
    ) -> None:
        if isinstance(cluster_size, bool) or not isinstance(cluster_size, int | np.integer) or cluster_size < 1:
            raise ParameterError(f'cluster_size={cluster_size!r} was given; an integer of at least 1 is expected.')
        if not 0 <= sparsity_percentage <= 1:
            raise ParameterError(
                f'sparsity_percentage={sparsity_percentage!r} was given; a share from 0 to 1 is expected, such as 0.04.'
            )
        self.cluster_size = int(cluster_size)
        self.sparsity_percentage = float(sparsity_percentage)
        self.gaussian_mixture_kwargs = MappingProxyType(dict(gaussian_mixture_kwargs or {}))
        mixture = mixture_arguments(
            self.gaussian_mixture_kwargs, cluster_size=self.cluster_size, random_seed=random_seed
        )
        self.random_seed = int(random_seed)
        first, rest = _first_and_rest(documents)
        self.tokens, self.idf_ = _tokens_and_idf(dictionary)
        self.word_vectors_ = token_vectors(self.tokens, w2v)
        self._check_vocabulary()
        logger.info('clustering %d words into %d clusters', len(self.tokens), self.cluster_size)
        self.probabilities_ = cluster_words(self.word_vectors_, mixture)
        self._prepare()
        self.threshold_ = self._threshold(chain([first], rest))
        logger.info('numbers smaller than %.4g are zero', self.threshold_)

    @classmethod
    def from_documents(
        cls,
        documents: Iterable[Sequence[str]],
        *,
        random_seed: int = 0,
        workers: int = 1,
        show_progress: bool = False,
        text_sample_size: int | None = None,
        **arguments: Any,
    ) -> Self:
        """A model of documents.

        Args:
            documents: The tokens of each document.
            random_seed: Seed of the mixture, and of the sample of documents.
            workers: Not used; the libraries of matrices have threads of their own.
            show_progress: Not used; the bar is silent where there is no terminal.
            text_sample_size: How many documents, drawn at random, decide which numbers are zero; all by default.
            **arguments: Those of the constructor; ``gaussian_mixture_kwargs`` may be left out.

        Raises:
            RedshellsError: The documents or the arguments can't be used; raised before the training.
        """
        if text_sample_size is not None:
            documents = _sample(documents, text_sample_size, random_seed)
        return cls(documents, random_seed=random_seed, **{'gaussian_mixture_kwargs': {}, **arguments})

    @property
    def embedding_size(self) -> int:
        """The dimensions of a word vector."""
        return int(self.word_vectors_.shape[1])

    @property
    def number_of_tokens(self) -> int:
        """The tokens of the dictionary."""
        return len(self.tokens)

    def infer_vector(
        self, documents: Iterable[Sequence[str]], l2_normalize: bool = True, sparse: bool = False
    ) -> npt.NDArray[np.float32] | sparse.csr_array:
        """The vector of each document, of shape (documents, cluster_size * embedding_size).

        Args:
            documents: The tokens of each document; read once, a few at a time.
            l2_normalize: Whether the vectors have length 1; those without a token that is known stay zeros.
            sparse: Whether the result is a ``scipy.sparse.csr_array``.
        """
        return self._sparse_vectors(documents, l2_normalize) if sparse else self._dense_vectors(documents, l2_normalize)

    def document_vectors(self, documents: Iterable[Sequence[str]]) -> sparse.csr_array:
        """The vector of each document, with length 1 and sparse; a document without a known token has zeros.

        Args:
            documents: The tokens of each document; read once, a few at a time.
        """
        return self._sparse_vectors(documents, l2_normalize=True)

    def top_words(self, cluster: int, n: int = 10) -> list[str]:
        """The words nearest to the middle of a cluster, the nearest first; they tell what it is about.

        Args:
            cluster: The number of the cluster.
            n: How many words, at most.

        Raises:
            ParameterError: There is no such cluster.
        """
        if not 0 <= cluster < self.cluster_size:
            raise ParameterError(
                f'cluster={cluster!r} was given; a number from 0 to {self.cluster_size - 1} is expected.'
            )
        shares = self.probabilities_[:, [cluster]].toarray().ravel()
        embeddings = normalize_rows(self.word_vectors_)
        nearness = shares * (embeddings @ (shares @ embeddings))
        order = np.argsort(-nearness, kind='stable')[:n]
        return [self.tokens[position] for position in order.tolist() if nearness[position] > 0]

    def to_archive(self) -> Archive:
        """The contents of the saved model."""
        probabilities = {name: getattr(self.probabilities_, name) for name in _PARTS_OF_PROBABILITIES}
        arrays = {'word_vectors': self.word_vectors_, 'idf': self.idf_, **probabilities}
        parameters = {
            'cluster_size': self.cluster_size,
            'sparsity_percentage': self.sparsity_percentage,
            'gaussian_mixture_kwargs': {key: _as_json(value) for key, value in self.gaussian_mixture_kwargs.items()},
            'random_seed': self.random_seed,
        }
        state = {'tokens': self.tokens, 'threshold': self.threshold_}
        parts = {f'{name}.npy': array_to_bytes(value) for name, value in arrays.items()}
        return Archive(self.import_path(), parameters, state, parts, training=self.training)

    @classmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> Self:
        """The model of an archive's contents."""
        arrays = {name.removesuffix('.npy'): bytes_to_array(content) for name, content in archive.parts.items()}
        model = cls.__new__(cls)
        model.cluster_size = archive.parameters['cluster_size']
        model.sparsity_percentage = archive.parameters['sparsity_percentage']
        model.gaussian_mixture_kwargs = MappingProxyType(archive.parameters['gaussian_mixture_kwargs'])
        model.random_seed = archive.parameters['random_seed']
        model.tokens, model.threshold_ = archive.state['tokens'], archive.state['threshold']
        model.word_vectors_, model.idf_ = arrays['word_vectors'], arrays['idf']
        model.probabilities_ = sparse.csr_array(
            tuple(arrays[name] for name in _PARTS_OF_PROBABILITIES), shape=(len(model.tokens), model.cluster_size)
        )
        model._prepare()
        model.training, model.versions = archive.training, archive.versions
        return model

    def _check_vocabulary(self) -> None:
        number, known = len(self.tokens), int(self.word_vectors_.any(axis=1).sum())
        if number == 0:
            raise EmptyTableError('the dictionary has no tokens. Check the task that makes it, and what it filters.')
        if number < self.cluster_size:
            raise DataError(
                f'cluster_size={self.cluster_size} was given for a dictionary of {number} tokens; at least as many '
                'tokens are expected. Give fewer clusters, or filter less of the dictionary.'
            )
        if known == 0:
            raise DataError(
                f'none of the {number} tokens of the dictionary has a word vector, the first are {self.tokens[:5]}. '
                'Train the dictionary and the word vectors on the same tokens.'
            )
        logger.info('%d of %d tokens have a word vector', known, number)

    def _prepare(self) -> None:
        weights = self.probabilities_.copy()
        weights.data *= np.repeat(self.idf_, np.diff(weights.indptr))
        self._sums = ClusterSums(self.tokens, self.word_vectors_, weights)

    def _threshold(self, documents: Iterable[Sequence[str]]) -> float:
        number, largest, smallest = 0, 0.0, 0.0
        for part in self._sums.parts(documents):
            # single precision is enough of numbers of which only the mean is taken
            block_documents, _, blocks = self._sums.blocks(part, np.float32)
            starts = np.flatnonzero(np.diff(block_documents, prepend=-1))
            number += len(part)
            if len(starts) == 0:
                continue
            # a cluster without a word has zeros
            has_zeros = np.bincount(block_documents)[block_documents[starts]] < self.cluster_size
            for_each = blocks.ravel(), starts * self.embedding_size
            high, low = np.maximum.reduceat(*for_each), np.minimum.reduceat(*for_each)
            largest += float(np.where(has_zeros, np.maximum(high, 0.0), high).sum(dtype=np.float64))
            smallest += float(np.where(has_zeros, np.minimum(low, 0.0), low).sum(dtype=np.float64))
        return self.sparsity_percentage * 0.5 * (abs(largest / number) + abs(smallest / number))

    def _dense_vectors(self, documents: Iterable[Sequence[str]], l2_normalize: bool) -> npt.NDArray[np.float32]:
        size, flat = self.cluster_size * self.embedding_size, array('f')  # grows in place
        for part in self._sums.parts(documents):
            rows, columns, values = self._entries(part, l2_normalize)
            dense = np.zeros((len(part), size), np.float32)
            dense[rows, columns] = values
            flat.frombytes(dense.data.cast('B'))
        return np.frombuffer(flat, np.float32).reshape(-1, size)

    def _sparse_vectors(self, documents: Iterable[Sequence[str]], l2_normalize: bool) -> sparse.csr_array:
        data, indices, lengths = array('f'), array('i'), array('q')
        for part in self._sums.parts(documents):
            rows, columns, values = self._entries(part, l2_normalize)
            data.frombytes(values.astype(np.float32).tobytes())
            indices.frombytes(columns.astype(np.intc).tobytes())
            lengths.frombytes(np.bincount(rows, minlength=len(part)).astype(np.int64).tobytes())
        ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.frombuffer(lengths, np.int64))])
        return sparse.csr_array(
            (np.frombuffer(data, np.float32), np.frombuffer(indices, np.intc), ends.astype(_index_type(ends[-1]))),
            shape=(len(lengths), self.cluster_size * self.embedding_size),
        )

    def _entries(self, documents: list[Sequence[str]], l2_normalize: bool) -> tuple[Numbers, Numbers, Numbers]:
        """Row, column and value of what is not zero in the vectors, sorted by rows and columns."""
        block_documents, block_clusters, blocks = self._sums.blocks(documents)
        kept = np.flatnonzero(np.abs(blocks) >= max(self.threshold_, _SMALLEST))
        values = blocks.ravel()[kept]
        block, dimension = np.divmod(kept, self.embedding_size)
        rows = block_documents[block]
        if l2_normalize:
            values /= np.sqrt(np.bincount(rows, weights=values * values, minlength=len(documents)))[rows]
        return rows, block_clusters[block] * self.embedding_size + dimension, values


def _tokens_and_idf(dictionary: Any) -> tuple[list[str], npt.NDArray[np.float64]]:
    pairs = sorted(dictionary.token2id.items(), key=lambda pair: pair[1])
    documents_with = np.array([dictionary.dfs.get(number, 0) for _, number in pairs], dtype=np.float64)
    idf = np.zeros(len(pairs))
    known = documents_with > 0
    idf[known] = np.log2(dictionary.num_docs / documents_with[known])
    return [token for token, _ in pairs], idf


def _first_and_rest(documents: Iterable[Sequence[str]]) -> tuple[Sequence[str], Iterator[Sequence[str]]]:
    rest = iter(documents)
    for first in rest:
        return first, rest
    raise EmptyTableError('there are no documents. Check the task that makes them.')


def _sample(documents: Iterable[Sequence[str]], size: int, random_seed: int) -> list[Sequence[str]]:
    """So many documents at random, in order, of however many there are: each has the same chance."""
    generator = np.random.default_rng(random_seed)
    one_by_one = enumerate(documents)
    kept = list(islice(one_by_one, size))
    for position, document in one_by_one:
        place = int(generator.integers(position + 1))
        if place < size:
            kept[place] = (position, document)
    return [document for _, document in sorted(kept, key=itemgetter(0))]


def _index_type(largest: int) -> type[np.signedinteger[Any]]:
    return np.intc if largest <= np.iinfo(np.intc).max else np.int64


def _as_json(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
