"""The embeddings of a document's words, summed up for each cluster, without a row for each word and cluster."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from tqdm import tqdm

from redshells.model.token_vectors import row_lengths

Numbers = npt.NDArray[Any]

_DENSE_NUMBERS = 2**20  # of the documents' vectors that are dense at once
_DOCUMENTS = 1024  # at once, at most
_FEW_CLUSTERS = 10  # of a word; with more of them, products of dense matrices are faster


class ClusterSums:
    """Sums of the words of documents: their counts times the word's weight for the cluster times its unit vector.

    Args:
        tokens: The words.
        word_vectors: Their vectors, of any length, of shape (tokens, embedding_size).
        weights: Their weights for each cluster, most of them zero, of shape (tokens, clusters).
    """

    def __init__(self, tokens: Sequence[str], word_vectors: Numbers, weights: sparse.csr_array) -> None:
        self._places = {token: place for place, token in enumerate(tokens, 1)}  # from 1, so that none is false
        self._word_vectors = word_vectors
        lengths = row_lengths(word_vectors)
        scale = np.divide(1.0, lengths, out=np.zeros(len(lengths)), where=lengths > 0)
        # the length goes into the weight, so that the vectors need not be held a second time
        data = weights.data * np.repeat(scale, np.diff(weights.indptr))
        self._weights = sparse.csr_array((data, weights.indices, weights.indptr), shape=weights.shape, copy=True)
        self._weights.eliminate_zeros()

    def parts(self, documents: Iterable[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
        """The documents, a few at a time, so that their vectors take little memory.

        Args:
            documents: The tokens of each document; read once.
        """
        size = self._weights.shape[1] * self._word_vectors.shape[1]
        number = min(max(_DENSE_NUMBERS // size, 1), _DOCUMENTS)
        iterator = iter(tqdm(documents, desc='SCDV', unit=' documents', delay=2, disable=None))
        while part := list(islice(iterator, number)):
            yield part

    def blocks(
        self, documents: Sequence[Sequence[str]], precision: type[np.floating[Any]] = np.float64
    ) -> tuple[Numbers, Numbers, Numbers]:
        """The sums that may not be zero, sorted by documents and clusters.

        Args:
            documents: The tokens of each document.
            precision: The type of the sums.

        Returns:
            The number of the document, the number of the cluster, and the sum, of shape (sums, embedding_size).
        """
        counts = self._count(documents)
        words, positions = np.unique(counts.indices, return_inverse=True)
        counts, weights = counts.astype(precision), self._weights[words].astype(precision)
        vectors = self._word_vectors[words].astype(precision, copy=False)
        if weights.nnz < _FEW_CLUSTERS * len(words):
            return _sums_of_few(counts, positions, weights, vectors)
        return _sums_of_all(counts, positions, weights.toarray(), vectors)

    def _count(self, documents: Sequence[Sequence[str]]) -> sparse.csr_array:
        flat, ends = array('i'), [0]
        for document in documents:
            flat.extend(filter(None, map(self._places.get, document)))  # without the unknown, which are None
            ends.append(len(flat))
        columns = np.frombuffer(flat, np.intc) - 1
        shape = (len(documents), len(self._places))
        counts = sparse.csr_array((np.ones(len(columns)), columns, ends), shape=shape)
        counts.sum_duplicates()
        return counts


def _sums_of_few(
    counts: sparse.csr_array, positions: Numbers, weights: sparse.csr_array, vectors: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """The sums as one product of a sparse matrix, with a row for each document and cluster, and the vectors."""
    (number_of_words, number_of_clusters), number_of_documents = weights.shape, counts.shape[0]
    chosen = weights[positions]
    repeats = np.diff(chosen.indptr)
    rows = np.repeat(np.arange(number_of_documents) * number_of_clusters, np.diff(counts.indptr))
    rows = np.repeat(rows, repeats) + chosen.indices
    data = np.repeat(counts.data, repeats) * chosen.data
    shape = (number_of_documents * number_of_clusters, number_of_words)
    factors = sparse.csr_array((data, (rows, np.repeat(positions, repeats))), shape=shape)
    filled = np.flatnonzero(np.diff(factors.indptr))
    starts = np.append(factors.indptr[filled], factors.indptr[-1])
    factors = sparse.csr_array((factors.data, factors.indices, starts), shape=(len(filled), number_of_words))
    return filled // number_of_clusters, filled % number_of_clusters, factors @ vectors


def _sums_of_all(
    counts: sparse.csr_array, positions: Numbers, weights: Numbers, vectors: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """The sums as one product of dense matrices for each document."""
    number_of_documents, number_of_clusters = counts.shape[0], weights.shape[1]
    sums = np.empty((number_of_documents, number_of_clusters, vectors.shape[1]), vectors.dtype)
    for document, (start, end) in enumerate(pairwise(counts.indptr.tolist())):
        chosen = positions[start:end]
        factors = weights.take(chosen, axis=0)
        factors *= counts.data[start:end, np.newaxis]
        np.matmul(factors.T, vectors.take(chosen, axis=0), out=sums[document])
    documents, clusters = np.divmod(np.arange(number_of_documents * number_of_clusters), number_of_clusters)
    return documents, clusters, sums.reshape(len(documents), -1)
