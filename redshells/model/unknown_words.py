"""Vectors of words that fastText does not know, of the n-grams of their letters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from gensim.models.fasttext import ft_ngram_hashes
from scipy import sparse


def vectors_of_unknown_words(vectors: Any, words: Sequence[str]) -> npt.NDArray[np.float32]:
    """The vectors of words out of the vocabulary: for each the mean of its n-grams.

    Args:
        vectors: gensim's ``FastTextKeyedVectors``, with n-grams.
        words: The words.

    Returns:
        One row for each word, of shape (words, vector_size); zeros for a word without n-grams.
    """
    buckets = [ft_ngram_hashes(word, vectors.min_n, vectors.max_n, vectors.bucket) for word in words]
    lengths = np.fromiter(map(len, buckets), np.int64, len(buckets))
    columns = np.fromiter(chain.from_iterable(buckets), np.int64, int(lengths.sum()))
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    ones = np.ones(len(columns), np.float32)
    sums = sparse.csr_array((ones, columns, ends), shape=(len(words), vectors.bucket)) @ vectors.vectors_ngrams
    result: npt.NDArray[np.float32] = sums / np.maximum(lengths, 1).astype(np.float32)[:, None]
    return result
