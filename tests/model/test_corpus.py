from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshells.errors import DataError
from redshells.model.corpus import Corpus

TOKENS = st.text(st.characters(exclude_categories=['Cs']), max_size=6)


@given(documents=st.lists(st.lists(TOKENS, max_size=5), max_size=6))
def test_any_documents_come_back(documents: list[list[str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    corpus = Corpus.write(documents, str(tmp_path_factory.mktemp('corpus') / 'corpus.txt'))

    assert list(corpus) == list(corpus) == documents
    assert len(corpus) == len(documents)
    assert corpus.number_of_tokens == sum(map(len, documents))


@pytest.mark.parametrize(
    ('document', 'is_plain'),
    [
        (['a', 'cat'], True),
        ((), True),
        (('naïve', '猫'), True),
        (['New York'], False),
        (['a', ''], False),
        (['a\n', 'b'], False),
        (['no\u3000break'], False),
        (['\0["a"]'], False),
        (['a', '\0'], True),
    ],
)
def test_a_token_that_is_no_word_of_a_line_makes_a_corpus_that_is_not_plain(
    tmp_path: Path, document: list[str], is_plain: bool
) -> None:
    corpus = Corpus.write([['first'], document, ['last']], str(tmp_path / 'corpus.txt'))

    assert corpus.is_plain is is_plain
    assert list(corpus) == [['first'], list(document), ['last']]
    assert Path(corpus.path).read_bytes().count(b'\n') == 3


@pytest.mark.parametrize('document', [['half', '\ud83d'], ['a token', '\ud83d']])
def test_half_a_character_is_refused(tmp_path: Path, document: list[str]) -> None:
    with pytest.raises(DataError, match=r"document 1 has '\\ud83d' in it, half a character"):
        Corpus.write([['whole'], document], str(tmp_path / 'corpus.txt'))


def test_documents_are_read_once_and_one_at_a_time(tmp_path: Path) -> None:
    def documents(count: int) -> Iterator[list[str]]:
        for number in range(count):
            yield [f'token{number}_{position}' for position in range(50)]

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            corpus = Corpus.write(documents(count), str(tmp_path / 'corpus.txt'))
            assert sum(len(document) for document in corpus) == corpus.number_of_tokens == 50 * count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(2_000) < 1.5 * peak(100)
