"""The dictionary and TF-IDF, beside gensim's own."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import gensim.corpora
import gensim.models
import numpy as np
import pytest
from gensim.matutils import corpus2csc
from hypothesis import given
from hypothesis import strategies as st

import redshells
from redshells.errors import DamagedArchiveError, DataError, EmptyTableError, ParameterError
from redshells.model.dictionary import Dictionary
from redshells.model.tfidf import Tfidf
from redshells.model.token_counts import count_known_tokens, count_tokens

Documents = list[list[str]]

DOCUMENTS: Documents = [
    ['to', 'be', 'or', 'not', 'to', 'be'],
    [],
    ['to', 'do', 'is', 'to', 'be'],
    ['do', 'be', 'do'],
    ['語', 'を', '語', 'る'],
]


def corpus(documents: int = 200, seed: int = 0) -> Documents:
    generator = random.Random(seed)
    words = [f'w{number}' for number in range(300)] + ['語', 'Straße', '']
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    return [generator.choices(words, weights, k=generator.randrange(30)) for _ in range(documents)]


def facts(dictionary: Any) -> tuple[Any, ...]:
    names = ('token2id', 'dfs', 'cfs', 'num_docs', 'num_pos', 'num_nnz')
    return tuple(getattr(dictionary, name) for name in names)


@pytest.mark.parametrize('documents', [DOCUMENTS, corpus()])
def test_the_dictionary_is_that_of_gensim(documents: Documents) -> None:
    ours, theirs = Dictionary(iter(documents)), gensim.corpora.Dictionary(documents)
    assert facts(ours) == facts(theirs)
    assert ours.doc2bow(documents[0]) == theirs.doc2bow(documents[0])
    ours.filter_extremes(no_below=2, no_above=0.6, keep_n=40)
    theirs.filter_extremes(no_below=2, no_above=0.6, keep_n=40)
    assert facts(ours) == facts(theirs)


@given(st.lists(st.lists(st.text('abcdé語', max_size=2), max_size=8), min_size=1, max_size=8))
def test_any_documents_are_counted_as_gensim_does(documents: Documents) -> None:
    dictionary, counts = Dictionary.with_counts(documents)
    theirs = gensim.corpora.Dictionary(documents)
    assert facts(dictionary) == facts(theirs)
    expected = corpus2csc([theirs.doc2bow(one) for one in documents], num_terms=len(theirs), num_docs=len(documents))
    assert (counts.toarray() == expected.T.toarray()).all()
    assert (dictionary.count(documents).toarray() == counts.toarray()).all()


def test_unknown_tokens_are_left_out_of_counts() -> None:
    counts = count_known_tokens([['b', 'x', 'b'], ['x'], []], {'a': 0, 'b': 2}, 3)
    assert counts.toarray().tolist() == [[0, 0, 2], [0, 0, 0], [0, 0, 0]]


def test_no_documents_are_refused_and_empty_ones_are_not() -> None:
    with pytest.raises(EmptyTableError, match='there are no documents'):
        Dictionary([])
    assert len(Dictionary([[], []])) == 0
    assert count_tokens([])[1].shape == (0, 0)


def test_half_a_character_is_refused_before_it_can_not_be_saved() -> None:
    with pytest.raises(DataError, match=r"the token 'b.ud800' has half a character in it"):
        Dictionary([['a'], ['b\ud800']])


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'no_below': '5'}, "no_below='5'; a number of documents is expected"),
        ({'no_above': 50}, 'no_above=50; a share from 0 to 1 is expected'),
        ({'keep_n': 2.5}, 'keep_n=2.5; a number of tokens, or None, is expected'),
        ({'keep_tokens': 'to'}, "keep_tokens='to'; a list of tokens, or None, is expected"),
        ({'no_beneath': 1}, r"\['no_beneath'\]; it may have"),
    ],
)
def test_wrong_arguments_of_the_filter_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Tfidf.from_documents(DOCUMENTS, **arguments)


@pytest.mark.parametrize('documents', [DOCUMENTS, corpus()])
def test_weights_are_those_of_gensim(documents: Documents) -> None:
    theirs = gensim.corpora.Dictionary(documents)
    bags = [theirs.doc2bow(one) for one in documents]
    expected = corpus2csc(gensim.models.TfidfModel(bags)[bags], num_terms=len(theirs), num_docs=len(documents)).T

    model, weights = Tfidf.with_weights(documents)

    assert abs(weights - expected).max() < 1e-12
    again = Tfidf(theirs, documents)
    assert abs(again.transform(documents) - weights).max() == 0
    assert (again.idf_ == model.idf_).all()


def test_the_heaviest_tokens_of_each_document() -> None:
    model = Tfidf(Dictionary(DOCUMENTS), DOCUMENTS)
    first, empty, unknown = model.apply([DOCUMENTS[0], [], ['new', 'words']])
    assert [token for token, _ in first] == ['to', 'not', 'or', 'be']
    assert empty == unknown == []
    assert [len(one) for one in model.apply(DOCUMENTS, keep_top_rate=0.5)] == [
        3,
        0,
        3,
        2,
        3,
    ]  # rounded up, and one more
    with pytest.raises(ParameterError, match=r'keep_top_rate=1\.5 was given'):
        model.apply(DOCUMENTS, keep_top_rate=1.5)


def test_a_token_of_all_documents_weighs_nothing() -> None:
    model = Tfidf(Dictionary([['a', 'b'], ['a']]), [['a', 'b'], ['a']])
    weights = model.transform([['a', 'b'], ['a']])
    assert weights.toarray().tolist() == [[0.0, 1.0], [0.0, 0.0]]
    assert weights.nnz == 1


def test_documents_other_than_those_of_the_dictionary() -> None:
    dictionary = Dictionary([['a', 'b', 'c']])
    model = Tfidf(dictionary, [['a'], ['a', 'b'], ['x']])
    np.testing.assert_allclose(model.idf_, [np.log2(3 / 2), np.log2(3), 0.0])


@pytest.mark.parametrize('documents', [DOCUMENTS, corpus(50), [[]]])
def test_they_come_back_from_their_files(tmp_path: Path, documents: Documents) -> None:
    dictionary = Dictionary(documents)
    dictionary.filter_extremes(no_below=1, no_above=0.9)
    model = Tfidf(dictionary, documents)
    dictionary.save(str(tmp_path / 'dictionary.zip'))
    model.save(str(tmp_path / 'tfidf.zip'))

    assert facts(redshells.load_model(str(tmp_path / 'dictionary.zip'))) == facts(dictionary)
    loaded = Tfidf.load(str(tmp_path / 'tfidf.zip'))
    assert loaded.apply(documents) == model.apply(documents)
    assert facts(loaded.dictionary) == facts(dictionary)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'tfidf.zip'
    Tfidf(Dictionary(DOCUMENTS), DOCUMENTS).save(str(path))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DamagedArchiveError, match=r'tfidf\.zip'):
        redshells.load_model(str(path))
