"""How well the similarities of word vectors agree with those that people gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from redshells.errors import DataError, ParameterError

FEWEST_PAIRS = 10


@dataclass(frozen=True)
class WordPairCorrelation:
    """The agreement of word vectors with a table of word pairs.

    Attributes:
        correlation: Spearman's rank correlation of the cosines with the table, of the known pairs.
        pearson: Pearson's correlation of them.
        known_share: Which share of the pairs has two known words.
        number_of_pairs: The pairs of the table.
    """

    correlation: float
    pearson: float
    known_share: float
    number_of_pairs: int


def word_pair_correlation(
    model: Any,
    word_0: Sequence[str] | npt.NDArray[Any],
    word_1: Sequence[str] | npt.NDArray[Any],
    similarity: Sequence[float] | npt.NDArray[Any],
    *,
    ignore_case: bool = True,
    unknown_is_zero: bool = False,
) -> WordPairCorrelation:
    """Compare the cosines of word vectors with the similarities of a table, as gensim's ``evaluate_word_pairs`` does.

    Finkelstein et al.: Placing Search in Context: The Concept Revisited (2001) have such a table, WordSim-353.

    Args:
        model: A model with word vectors, ours or gensim's.
        word_0: The first word of each pair.
        word_1: The second word of each pair.
        similarity: How similar they are.
        ignore_case: Whether capital and small letters are the same; of several words the most frequent one counts.
        unknown_is_zero: Whether a pair with an unknown word counts with a cosine of 0, as with gensim's
            ``dummy4unknown``; otherwise it is left out. Only so can models of different vocabularies be compared.

    Raises:
        ParameterError: The columns are not equally long.
        DataError: A similarity is missing, or fewer than 10 pairs are known.
    """
    expected, vectors = np.asarray(similarity, dtype=np.float64), model.wv
    if not len(word_0) == len(word_1) == len(expected):
        raise ParameterError(
            f'word_0 has {len(word_0)} values, word_1 {len(word_1)} and similarity {len(expected)}; '
            'one of each pair is expected.'
        )
    if not np.isfinite(expected).all():
        row = int(np.flatnonzero(~np.isfinite(expected))[0])
        raise DataError(f'the similarity of pair {row} is {expected[row]}; a number is expected. Leave the pair out.')
    first, second = (_positions(vectors, words, ignore_case) for words in (word_0, word_1))
    known = (first >= 0) & (second >= 0)
    if known.sum() < FEWEST_PAIRS:
        unknown = [str(word) for word, row in zip(word_0, first, strict=True) if row < 0]
        raise DataError(
            f'{int(known.sum())} of {len(expected)} pairs have two known words; at least {FEWEST_PAIRS} are expected. '
            f'Unknown are {unknown[:5]} and others: train on more text, or lower min_count.'
        )
    counted = np.ones_like(known) if unknown_is_zero else known
    cosines = np.zeros(len(expected))
    cosines[known] = _cosines(vectors.vectors[first[known]], vectors.vectors[second[known]])
    return WordPairCorrelation(
        correlation=float(stats.spearmanr(expected[counted], cosines[counted]).statistic),
        pearson=float(stats.pearsonr(expected[counted], cosines[counted]).statistic),
        known_share=float(known.mean()),
        number_of_pairs=len(expected),
    )


def _positions(vectors: Any, words: Sequence[str] | npt.NDArray[Any], ignore_case: bool) -> npt.NDArray[np.int64]:
    positions: dict[str, int] = vectors.key_to_index
    if ignore_case:
        # from the last to the first, so that the first of several stays
        positions = {word.upper(): row for row, word in reversed(list(enumerate(vectors.index_to_key)))}
    return np.array([positions.get(word.upper() if ignore_case else word, -1) for word in words], np.int64)


def _cosines(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    lengths = np.linalg.norm(first.astype(np.float64), axis=1) * np.linalg.norm(second.astype(np.float64), axis=1)
    products = np.einsum('ij,ij->i', first.astype(np.float64), second.astype(np.float64))
    cosines: npt.NDArray[np.float64] = products / np.where(lengths > 0, lengths, 1.0)
    return cosines
