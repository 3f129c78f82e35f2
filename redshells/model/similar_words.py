"""The most similar words of many words at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from redshells.model.nearest_neighbors import find_nearest_rows
from redshells.model.unknown_words import vectors_of_unknown_words


@dataclass(frozen=True)
class SimilarWords:
    """Words and their most similar ones.

    Attributes:
        table: Columns ``word``, ``similar_word`` and ``similarity`` (the cosine): the words in the order in which they
            were given, and for each the most similar ones first.
        unknown_words: The words that have no vector, and are not in the table.
    """

    table: pd.DataFrame
    unknown_words: list[str]


def find_similar_words(vectors: Any, words: Iterable[str], top_n: int) -> SimilarWords:
    """The words of a vocabulary that are most similar to each of some words, by cosine; no word is its own neighbour.

    Args:
        vectors: The word vectors, gensim's ``KeyedVectors``. With those of fastText, unknown words have similar ones.
        words: The words; one that is given twice is found once.
        top_n: How many similar words are found for each.

    Raises:
        ParameterError: top_n is less than 1.
    """
    asked = list(dict.fromkeys(words))
    has_ngrams = bool(getattr(vectors, 'bucket', 0))
    found = [word for word in asked if has_ngrams or word in vectors.key_to_index]
    own = np.array([vectors.key_to_index.get(word, -1) for word in found], np.int64)
    queries = np.zeros((len(found), vectors.vector_size), np.float32)
    queries[own >= 0] = vectors.vectors[own[own >= 0]]
    if (own < 0).any():
        queries[own < 0] = vectors_of_unknown_words(vectors, [found[row] for row in np.flatnonzero(own < 0)])
    has_vector = np.asarray(queries.any(axis=1))
    nearest = find_nearest_rows(queries, vectors.vectors, top_n, left_out=own)
    rows, ranks = np.nonzero(nearest.positions >= 0)
    names = np.array(vectors.index_to_key, dtype=object)
    table = pd.DataFrame(
        {
            'word': np.array(found, dtype=object)[rows],
            'similar_word': names[nearest.positions[rows, ranks]],
            'similarity': nearest.similarities[rows, ranks],
        }
    )
    with_vector = {word for word, has in zip(found, has_vector.tolist(), strict=True) if has}
    return SimilarWords(table, [word for word in asked if word not in with_vector])
