"""Document vectors as averages of word vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.model.tfidf import Tfidf
from redshells.model.token_counts import count_known_tokens, count_tokens
from redshells.model.unknown_words import vectors_of_unknown_words

_DOCUMENTS = 10_000  # at a time
_WORDS = 50_000

_Sums: TypeAlias = tuple[npt.NDArray[Any], npt.NDArray[Any]]


def average_vectors(
    vectors: Any, documents: Iterable[Sequence[str]], *, idf: Tfidf | None = None, normalize_words: bool = False
) -> npt.NDArray[np.float32]:
    """The mean of the word vectors of each document, in which each occurrence of a word counts.

    Args:
        vectors: The word vectors, gensim's ``KeyedVectors``. With those of fastText, unknown words count as well.
        documents: The tokens of each document; read once, 10,000 documents at a time.
        idf: A model whose inverse document frequencies weigh the words; those that it does not know weigh nothing.
        normalize_words: Whether the vector of each word is made of length 1 first, so that words with long vectors
            count no more than others.

    Returns:
        One row for each document, of shape (documents, vector_size); zeros where no word counts.
    """
    weights = _WordWeights(idf, normalize_words)
    one_by_one = iter(documents)
    rows = [np.zeros((0, vectors.vector_size), np.float32)]
    while chunk := list(islice(one_by_one, _DOCUMENTS)):
        if getattr(vectors, 'bucket', 0):
            sums, totals = _sums_with_unknown(vectors, chunk, weights)
        else:
            counts = count_known_tokens(chunk, vectors.key_to_index, len(vectors))
            sums, totals = weights.sums(counts, vectors.index_to_key, vectors.vectors)
        rows.append((sums / np.where(totals > 0, totals, 1)[:, None]).astype(np.float32))
    return np.concatenate(rows)


class _WordWeights:
    """What a word counts in a document."""

    def __init__(self, idf: Tfidf | None, normalize: bool) -> None:
        self._idf, self._normalize = idf, normalize

    def sums(self, counts: sparse.csr_array, words: Sequence[str], vectors: npt.NDArray[Any]) -> _Sums:
        """The weighted sum of the vectors of each document, and the sum of the weights."""
        weighted = counts.astype(np.float32)
        if self._idf is not None:
            ids, idf = self._idf.dictionary.token2id, np.append(self._idf.idf_, 0.0).astype(np.float32)
            unknown = len(idf) - 1
            weighted.data *= idf[[ids.get(word, unknown) for word in words]][weighted.indices]
        totals = weighted.sum(axis=1)
        if self._normalize:
            lengths = np.linalg.norm(vectors, axis=1)
            weighted.data /= np.where(lengths > 0, lengths, 1)[weighted.indices]
        return weighted @ vectors, totals


def _sums_with_unknown(vectors: Any, documents: Sequence[Sequence[str]], weights: _WordWeights) -> _Sums:
    """As ``_WordWeights.sums``, where unknown words have vectors: those of each are computed once."""
    words, counts = count_tokens(documents)
    columns, known = counts.tocsc(), vectors.key_to_index
    # in an order of their own, so that a sum does not depend on the other documents
    positions = sorted((known[word], column) for column, word in enumerate(words) if word in known)
    others = sorted((word, column) for column, word in enumerate(words) if word not in known)
    parts = []
    for start in range(0, len(positions), _WORDS):
        rows, places = map(list, zip(*positions[start : start + _WORDS], strict=True))
        names = [words[place] for place in places]
        parts.append(weights.sums(columns[:, places].tocsr(), names, vectors.vectors[rows]))
    for start in range(0, len(others), _WORDS):
        names, places = map(list, zip(*others[start : start + _WORDS], strict=True))
        parts.append(weights.sums(columns[:, places].tocsr(), names, vectors_of_unknown_words(vectors, names)))
    sums, totals = np.zeros((len(documents), vectors.vector_size), np.float32), np.zeros(len(documents))
    for of_part, weights_of_part in parts:
        sums += of_part
        totals += weights_of_part
    return sums, totals
