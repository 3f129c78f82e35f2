"""read_documents and read_texts: every form that texts come in, and a named refusal of the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshells.errors import (
    ColumnTypeError,
    DuplicateColumnError,
    EmptyTableError,
    MissingColumnError,
    ParameterError,
    RedshellsError,
)
from redshells.model.documents import add_tokens, read_documents, read_frames, read_texts

TEXTS = ['a cat', None, 'the\tmat \n']
TOKENS = [['a', 'cat'], None, ['the', 'mat']]
EXPECTED = [['a', 'cat'], [], ['the', 'mat']]
ARROW_LISTS = pd.ArrowDtype(pyarrow.list_(pyarrow.string()))

FORMS: dict[str, Callable[[Any], Any]] = {
    'list': list,
    'tuple': tuple,
    'generator': iter,
    'array': lambda rows: np.array([*rows, None], dtype=object)[:-1],
    'pandas series': lambda rows: pd.Series(rows, index=[5, 5, 1]),
    'polars series': lambda rows: polars.Series('text', rows),
}
TABLES: dict[str, Callable[[Any], Any]] = {
    'pandas': lambda rows: pd.DataFrame({'text': rows, 'x': 1}, index=[5, 5, 1]),
    'polars': lambda rows: polars.DataFrame({'text': rows}),
    'lazy polars': lambda rows: polars.LazyFrame({'text': rows}),
    'generator of pandas': lambda rows: (pd.DataFrame({'text': [row]}) for row in rows),
    'pandas series': lambda rows: pd.Series(rows, name='text'),
}


@pytest.mark.parametrize('rows', [TEXTS, TOKENS], ids=['strings', 'tokens'])
@pytest.mark.parametrize('form', FORMS)
def test_documents(form: str, rows: Any) -> None:
    assert list(read_documents(FORMS[form](rows))) == EXPECTED


@pytest.mark.parametrize('rows', [TEXTS, TOKENS], ids=['strings', 'tokens'])
@pytest.mark.parametrize('kind', TABLES)
def test_documents_of_a_table(kind: str, rows: Any) -> None:
    assert list(read_documents(TABLES[kind](rows), 'text')) == EXPECTED


@pytest.mark.parametrize('form', FORMS)
def test_texts(form: str) -> None:
    assert read_texts(FORMS[form](TEXTS)) == ['a cat', '', 'the\tmat \n']


@pytest.mark.parametrize('kind', TABLES)
def test_texts_of_a_table(kind: str) -> None:
    assert read_texts(TABLES[kind](TEXTS), 'text') == ['a cat', '', 'the\tmat \n']


@pytest.mark.parametrize('missing', [None, float('nan'), np.nan, pd.NA])
def test_a_missing_text_is_an_empty_document(missing: Any) -> None:
    assert list(read_documents([missing, 'a'])) == [[], ['a']]
    assert read_texts([missing, 'a']) == ['', 'a']


@pytest.mark.parametrize(
    'column',
    [
        pd.Series(['b', 'a', None], dtype='category'),
        pd.Series(['b', 'a', None], dtype='string'),
        pd.Series([['b'], ['a'], None], dtype=ARROW_LISTS),
        pd.Series([np.array(['b']), ('a',), []], dtype=object),
    ],
    ids=lambda column: str(column.dtype)[:12],
)
def test_types_of_columns(column: Any) -> None:
    found = list(read_documents(column.to_frame('text'), 'text'))
    assert found == [['b'], ['a'], []]
    assert {type(document) for document in found} == {list}


@pytest.mark.parametrize(
    'empty', [[], iter(()), np.array([]), pd.Series([], dtype=object)], ids=lambda x: type(x).__name__
)
def test_no_documents(empty: Any) -> None:
    assert list(read_documents(empty)) == []


def test_the_input_is_left_as_it_is() -> None:
    given_tokens = [['a'], ['b']]
    frame = pd.DataFrame({0: ['a b'], 'x': ['c']})
    assert next(read_documents(given_tokens)) is given_tokens[0]
    list(read_documents(frame, 'x'))
    assert given_tokens == [['a'], ['b']]
    assert list(frame) == [0, 'x']
    assert list(read_documents(frame, '0')) == [['a', 'b']]


@pytest.mark.parametrize(
    ('value', 'error', 'message'),
    [
        ('a cat', ColumnTypeError, 'a single str; .*Put it into a list'),
        (b'a cat', ColumnTypeError, 'a single bytes'),
        (3, ColumnTypeError, 'of type int'),
        (None, ColumnTypeError, 'of type NoneType'),
        ({'a': 'cat'}, ColumnTypeError, 'of type dict'),
        ({'a', 'cat'}, ColumnTypeError, 'of type set'),
        (np.array('a cat'), ColumnTypeError, 'of type ndarray'),
        ([1, 2], ColumnTypeError, 'document 0 is of type int, 1; a string or a list of tokens'),
        ([['a', 1]], ColumnTypeError, 'a token of document 0 is of type int, 1; a string'),
        ([['a', None]], ColumnTypeError, 'a token of document 0 is of type NoneType'),
        ([[['a']]], ColumnTypeError, 'a token of document 0 is of type list'),
        ([{'a'}], ColumnTypeError, 'document 0 is of type set'),
        ([b'a'], ColumnTypeError, 'document 0 is of type bytes'),
        ([None, 'a cat', ['a']], ColumnTypeError, 'document 1 is a string and document 2 is a token list'),
        ([['a'], 'a cat'], ColumnTypeError, 'document 0 is a token list and document 1 is a string'),
        (pd.DataFrame({'text': ['a'], 'x': [1]}), ParameterError, r"not given. Set it to one .*\['text', 'x'\]"),
        (iter([pd.DataFrame({'text': ['a']})]), ParameterError, 'text_column_name was not given'),
    ],
)
def test_refused(value: Any, error: type[RedshellsError], message: str) -> None:
    with pytest.raises(error, match=message):
        list(read_documents(value))


@pytest.mark.parametrize(
    ('value', 'error', 'message'),
    [
        (pd.DataFrame({'x': ['a']}), MissingColumnError, r"lacks the columns \['text'\]; it has \['x'\]"),
        (polars.DataFrame({'x': ['a']}), MissingColumnError, r"lacks the columns \['text'\]"),
        (pd.Series(['a'], name='x'), MissingColumnError, "a series of the name 'x'"),
        (pd.DataFrame([['a', 'b']], columns=['text', 'text']), DuplicateColumnError, 'several columns'),
        (['a cat'], ParameterError, "is no data frame but holds 'a cat'"),
    ],
)
def test_refused_with_a_column_name(value: Any, error: type[RedshellsError], message: str) -> None:
    with pytest.raises(error, match=message):
        read_texts(value, 'text')


def test_tokens_are_no_texts() -> None:
    with pytest.raises(ColumnTypeError, match=r"document 1 is of type list, \['a'\].*Leave the tokenizer out"):
        read_texts([None, ['a']])


@given(st.lists(st.none() | st.text()))
def test_any_strings_are_read(texts: list[str | None]) -> None:
    assert read_texts(texts) == [text or '' for text in texts]
    assert [' '.join(document) for document in read_documents(texts)] == [' '.join((t or '').split()) for t in texts]


PARTS = [pd.DataFrame({'text': ['a b'], 'x': 1}, index=[7]), pd.DataFrame({'text': [None], 'x': 2}, index=[7])]


@pytest.mark.parametrize(
    'table', [pd.concat(PARTS), PARTS, iter(PARTS), polars.DataFrame({'text': ['a b', None], 'x': [1, 2]})]
)
def test_tables_and_their_parts_are_one_table(table: Any) -> None:
    frame = read_frames(table)

    assert frame['x'].tolist() == [1, 2]
    assert list(frame.index) == ([0, 1] if isinstance(table, polars.DataFrame) else [7, 7])
    with_tokens = add_tokens(frame, [['a', 'b'], []], 'text', 'tokens')
    assert with_tokens['tokens'].tolist() == [['a', 'b'], []]
    assert list(frame.columns) == ['text', 'x']
    assert add_tokens(frame, [['a', 'b'], []], 'text', 'text')['text'].tolist() == [['a', 'b'], []]
    with pytest.raises(DuplicateColumnError, match="a column of the name 'x'"):
        add_tokens(frame, [['a', 'b'], []], 'text', 'x')


def test_what_is_no_table_is_refused() -> None:
    for value in (TEXTS, TOKENS, {'text': TEXTS}, 'text', 3, pd.Series(TEXTS), [*PARTS, 'text']):
        with pytest.raises(ColumnTypeError, match='a pandas or polars data frame is expected'):
            read_frames(value)
    with pytest.raises(EmptyTableError, match='there are no documents'):
        read_frames([])


def test_errors_name_the_parameter_of_the_column() -> None:
    with pytest.raises(MissingColumnError, match='Set text_column_name, or rename the column'):
        list(read_documents(PARTS, 'words'))
    with pytest.raises(MissingColumnError, match='Set word_column_name, or rename the column'):
        read_texts(polars.DataFrame({'a': ['b']}), 'word', 'word_column_name')
    with pytest.raises(ParameterError, match='word_column_name was not given'):
        read_texts(PARTS[0], None, 'word_column_name')
