"""The vectors that word vectors have for given tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from redshells.errors import ParameterError


def token_vectors(tokens: Sequence[str], word_vectors: Any) -> npt.NDArray[np.floating[Any]]:
    """The vector of each token, and zeros where there is none, of shape (tokens, embedding_size).

    Args:
        tokens: The tokens.
        word_vectors: ``gensim.models.KeyedVectors``, or a model that has them as ``wv``. Those of fastText have vectors
            of tokens that they have never seen, too.

    Raises:
        ParameterError: They are no word vectors.
    """
    keyed = getattr(word_vectors, 'wv', word_vectors)
    if not all(hasattr(keyed, name) for name in ('key_to_index', 'vectors', '__getitem__')):
        raise ParameterError(
            f'word vectors of type {type(word_vectors).__name__} were given; KeyedVectors of gensim are expected, or a '
            'model that has them as wv, such as Word2Vec.'
        )
    vectors = np.asarray(keyed.vectors)
    result = np.zeros((len(tokens), vectors.shape[1]), vectors.dtype)
    indices = np.array([keyed.key_to_index.get(token, -1) for token in tokens], dtype=np.int64)
    known = indices >= 0
    result[known] = vectors[indices[known]]
    for position in np.flatnonzero(~known).tolist():
        try:
            result[position] = keyed[tokens[position]]
        except KeyError:
            continue
    return result


def row_lengths(vectors: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """The length of each vector, in double precision.

    Args:
        vectors: One row each.
    """
    lengths: npt.NDArray[np.float64] = np.sqrt(np.einsum('ij,ij->i', vectors, vectors, dtype=np.float64))
    return lengths


def normalize_rows(vectors: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """The vectors with length 1, in double precision; zeros stay zeros.

    Args:
        vectors: One row each.
    """
    result: npt.NDArray[np.float64] = np.array(vectors, dtype=np.float64)
    lengths = row_lengths(vectors)
    result /= np.where(lengths > 0, lengths, 1.0)[:, np.newaxis]
    return result
