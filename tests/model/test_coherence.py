"""The coherence of word lists, by hand and by properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshells.errors import EmptyTableError, ParameterError
from redshells.model.coherence import column_coherence, topic_coherence
from redshells.model.token_counts import count_tokens

DOCUMENTS = [['cat', 'dog', 'cat'], ['cat', 'dog'], ['tea', 'milk'], ['tea', 'dog'], []]


def npmi(both: float, first: float, second: float) -> float:
    return math.log(both / (first * second)) / -math.log(both)


def test_the_formula_by_hand() -> None:
    found = topic_coherence([['cat', 'dog'], ['tea', 'milk'], ['cat', 'dog', 'tea']], iter(DOCUMENTS))
    cat_dog, dog_tea, tea_milk = npmi(0.4, 0.4, 0.6), npmi(0.2, 0.6, 0.4), npmi(0.2, 0.4, 0.2)
    np.testing.assert_allclose(found, [cat_dog, tea_milk, (cat_dog + dog_tea - 1) / 3])


def test_the_ends_of_the_scale() -> None:
    documents = [['a', 'b', 'c', 'x', 'y'], ['a', 'b', 'x', 'y'], ['x', 'y', 'c'], ['x', 'y']]
    together, independent, everywhere, apart, unknown = topic_coherence(
        [['a', 'b'], ['a', 'c'], ['x', 'y'], ['a', 'z'], ['u', 'v']], documents
    )
    assert together == pytest.approx(1)
    assert independent == pytest.approx(0)
    assert everywhere == 0
    assert apart == unknown == -1


@given(st.lists(st.lists(st.sampled_from('abcdef'), max_size=6), min_size=1, max_size=9), st.permutations('abcdef'))
def test_any_documents(documents: list[list[str]], words: list[str]) -> None:
    (found,) = topic_coherence([words], documents)
    assert -1 <= found <= 1 + 1e-12
    assert found == pytest.approx(topic_coherence([words[::-1]], documents * 2)[0])


def test_columns_of_counts_are_the_same_as_words() -> None:
    tokens, counts = count_tokens(DOCUMENTS)
    columns = np.array([[tokens.index('cat'), tokens.index('dog')], [tokens.index('milk'), tokens.index('tea')]])
    before = counts.copy()
    expected = topic_coherence([['cat', 'dog'], ['milk', 'tea']], DOCUMENTS)
    np.testing.assert_array_equal(column_coherence(columns, counts), expected)
    assert (counts != before).nnz == 0


def test_what_can_not_be_judged() -> None:
    with pytest.raises(ParameterError, match='topic 1 has 1 words, 1 of them different; at least two'):
        topic_coherence([['cat', 'dog'], ['cat']], DOCUMENTS)
    with pytest.raises(ParameterError, match='topic 0 has 2 words, 1 of them different'):
        topic_coherence([['cat', 'cat']], DOCUMENTS)
    with pytest.raises(EmptyTableError, match='there are no documents to count words in'):
        topic_coherence([['cat', 'dog']], [])
    assert topic_coherence([], DOCUMENTS).shape == (0,)
