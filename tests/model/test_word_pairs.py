"""Scores of word pairs, beside gensim's."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from gensim.models import KeyedVectors

from redshells.errors import DataError, ParameterError
from redshells.model.word_pairs import word_pair_correlation


def vectors_of(words: list[str]) -> KeyedVectors:
    vectors = KeyedVectors(5)
    vectors.add_vectors(words, np.random.default_rng(0).normal(size=(len(words), 5)).astype(np.float32))
    return vectors


@pytest.mark.parametrize('unknown_is_zero', [True, False])
@pytest.mark.parametrize('ignore_case', [True, False])
def test_the_scores_are_those_of_gensim(tmp_path: Path, ignore_case: bool, unknown_is_zero: bool) -> None:
    vectors = vectors_of([*(f'Word{number}' for number in range(20)), *(f'word{number}' for number in range(10))])
    generator = np.random.default_rng(1)
    pairs = [(f'word{a}', f'Word{b}', float(c)) for a, b, c in generator.integers(0, 24, size=(60, 3))]
    path = tmp_path / 'pairs.tsv'
    path.write_text(''.join(f'{a}\t{b}\t{c}\n' for a, b, c in pairs))
    pearson, spearman, unknown = vectors.evaluate_word_pairs(
        str(path), case_insensitive=ignore_case, dummy4unknown=unknown_is_zero
    )

    score = word_pair_correlation(
        SimpleNamespace(wv=vectors),
        *zip(*pairs, strict=True),
        ignore_case=ignore_case,
        unknown_is_zero=unknown_is_zero,
    )

    np.testing.assert_allclose(score.correlation, spearman[0], atol=1e-6)
    np.testing.assert_allclose(score.pearson, pearson[0], atol=1e-6)
    np.testing.assert_allclose(100 * (1 - score.known_share), unknown)
    assert 0 < score.known_share < 1
    assert score.number_of_pairs == 60


def test_too_few_known_pairs_are_refused() -> None:
    vectors = vectors_of(['a', 'b'])
    with pytest.raises(DataError, match=r"9 of 12 pairs have two known words; at least 10 .* \['x', 'x', 'x'\]"):
        word_pair_correlation(SimpleNamespace(wv=vectors), ['a'] * 9 + ['x'] * 3, ['b'] * 12, range(12))


def test_tables_that_can_not_be_compared_are_refused() -> None:
    vectors = vectors_of(['a', 'b'])
    with pytest.raises(ParameterError, match='word_0 has 1 values, word_1 2 and similarity 1'):
        word_pair_correlation(SimpleNamespace(wv=vectors), ['a'], ['b', 'b'], [1.0])
    with pytest.raises(DataError, match='the similarity of pair 1 is nan'):
        word_pair_correlation(SimpleNamespace(wv=vectors), ['a', 'a'], ['b', 'b'], [1.0, float('nan')])
