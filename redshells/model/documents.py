"""Texts as they come in: strings or lists of tokens, in a list, an array, a generator or a column of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from redshells.errors import (
    ColumnTypeError,
    DuplicateColumnError,
    EmptyTableError,
    MissingColumnError,
    ParameterError,
)
from redshells.model.frame import read_table, require_columns

_EXPECTED = 'a list, an array or a generator of strings or token lists, or a data frame with a column, is expected'


def read_documents(value: Any, text_column_name: str | None = None) -> Iterator[list[str]]:
    """The token lists of documents, one after the other; strings are split at white space.

    The input is left as it is, and lists of tokens are handed on without being copied. A missing text (None, NaN) is
    an empty document.

    Args:
        value: Strings or token lists: in a list, a series, an array or a generator, or in a column of a pandas or
            polars data frame, or in an iterable of such data frames.
        text_column_name: The column, where it is a data frame.

    Raises:
        ColumnTypeError: It is something else, or some documents are strings and others token lists.
        MissingColumnError: The column is not there.
        ParameterError: A data frame without text_column_name, or the name of a column without a data frame.

    Example:
        >>> list(read_documents(['a cat  sat', None]))
        [['a', 'cat', 'sat'], []]
        >>> list(read_documents(pd.DataFrame({'text': [['a', 'cat']]}), 'text'))
        [['a', 'cat']]
    """
    return _documents(_rows(value, text_column_name, 'text_column_name'))


def _documents(rows: Iterator[Any]) -> Iterator[list[str]]:
    first_of_kind: dict[str, int] = {}
    for position, row in enumerate(rows):
        if _is_missing(row):
            yield []
            continue
        document = str.split(row) if isinstance(row, str) else _tokens(row, position)
        first_of_kind.setdefault('a string' if isinstance(row, str) else 'a token list', position)
        if len(first_of_kind) > 1:
            (first, first_position), (second, second_position) = first_of_kind.items()
            raise ColumnTypeError(
                f'document {first_position} is {first} and document {second_position} is {second}; documents of one '
                'kind are expected. Check the task that makes them.'
            )
        yield document


def read_texts(value: Any, text_column_name: str | None = None, parameter: str = 'text_column_name') -> list[str]:
    """The strings of documents that are not tokenised yet. A missing text (None, NaN) is an empty string.

    Args:
        value: Strings: in a list, a series, an array or a generator, or in a column of a pandas or polars data frame,
            or in an iterable of such data frames.
        text_column_name: The column, where it is a data frame.
        parameter: What the name of the column is called in errors.

    Raises:
        ColumnTypeError: It is something else, such as token lists.
        MissingColumnError: The column is not there.
        ParameterError: A data frame without text_column_name, or the name of a column without a data frame.

    Example:
        >>> read_texts(['A cat sat.', None])
        ['A cat sat.', '']
    """
    texts = []
    for position, row in enumerate(_rows(value, text_column_name, parameter)):
        if isinstance(row, str):
            texts.append(str(row))
        elif _is_missing(row):
            texts.append('')
        else:
            is_list = isinstance(row, list | tuple | np.ndarray)
            hint = ' Leave the tokenizer out where there are tokens already.' if is_list else ''
            raise ColumnTypeError(
                f'document {position} is of type {type(row).__name__}, {_shown(row)}; a string is expected.{hint}'
            )
    return texts


def read_frames(value: Any) -> pd.DataFrame:
    """One pandas data frame of a pandas or polars data frame, or of an iterable of such data frames.

    Raises:
        ColumnTypeError: It is something else.
        EmptyTableError: It is an iterable of none.
    """
    is_iterable = isinstance(value, Iterable) and not isinstance(value, pd.DataFrame | pd.Series | str | Mapping)
    if not is_iterable or _is_polars(value, 'DataFrame', 'LazyFrame', 'Series'):
        return read_table(value)
    frames = [read_table(part) for part in value]
    if not frames:
        raise EmptyTableError('there are no documents. Check the task that makes them.')
    return frames[0] if len(frames) == 1 else pd.concat(frames)


def add_tokens(table: Any, documents: list[list[str]], text_column_name: str, token_column_name: str) -> pd.DataFrame:
    """A table with the tokens of its texts in a column. The input is left as it is.

    Args:
        table: A pandas or polars data frame, or an iterable of such data frames.
        documents: The tokens of each of its rows.
        text_column_name: The column with the texts.
        token_column_name: The column with the tokens; it may be the one of the texts.

    Raises:
        DuplicateColumnError: Another column has this name.
    """
    frame = read_frames(table)
    if token_column_name in frame.columns and token_column_name != text_column_name:
        raise DuplicateColumnError(
            f'the table has a column of the name {token_column_name!r}, where the tokens should go. Choose another '
            'token_column_name.'
        )
    return frame.assign(**{token_column_name: pd.Series(documents, frame.index, dtype=object)})


def _rows(value: Any, text_column_name: str | None, parameter: str) -> Iterator[Any]:
    if _is_polars(value, 'DataFrame', 'LazyFrame') or isinstance(value, pd.DataFrame):
        return iter(_column(value, text_column_name, parameter))
    if _is_polars(value, 'Series') or isinstance(value, pd.Series):
        if text_column_name and value.name != text_column_name:
            raise MissingColumnError(
                f'{parameter}={text_column_name!r} was given, and a series of the name {value.name!r}. '
                f'Leave {parameter} out, or rename the series.'
            )
        return iter(value.to_list())
    if isinstance(value, str | bytes):
        raise ColumnTypeError(f'the input is a single {type(value).__name__}; {_EXPECTED}. Put it into a list.')
    if isinstance(value, Mapping | Set) or not isinstance(value, Iterable) or getattr(value, 'ndim', 1) == 0:
        raise ColumnTypeError(
            f'the input is of type {type(value).__name__}; {_EXPECTED}. Check the task that makes it.'
        )
    return _items(value.tolist() if isinstance(value, np.ndarray) else value, text_column_name, parameter)


def _items(values: Iterable[Any], text_column_name: str | None, parameter: str) -> Iterator[Any]:
    for value in values:
        if isinstance(value, pd.DataFrame) or _is_polars(value, 'DataFrame', 'LazyFrame'):
            yield from _column(value, text_column_name, parameter)
        elif text_column_name:
            raise ParameterError(
                f'{parameter}={text_column_name!r} was given, and the input is no data frame but holds '
                f'{_shown(value)}. Leave {parameter} out, or check the task that makes the input.'
            )
        else:
            yield value


def _column(table: Any, name: str | None, parameter: str) -> list[Any]:
    if not name:
        columns = [str(column) for column in read_table(table).columns]
        raise ParameterError(
            f'the input is a data frame and {parameter} was not given. Set it to one of its columns: {columns[:20]}.'
        )
    if isinstance(table, pd.DataFrame):
        frame = read_table(table)
        require_columns(frame, [name], parameter)
        return frame[name].tolist()
    frame = table.collect() if hasattr(table, 'collect') else table
    require_columns(frame, [name], parameter)
    return list(frame.get_column(name).to_list())


def _tokens(row: Any, position: int) -> list[str]:
    if isinstance(row, np.ndarray) and row.ndim == 1:
        row = row.tolist()
    if _is_polars(row, 'Series'):
        row = row.to_list()
    if not isinstance(row, list | tuple):
        _refuse(row, f'document {position}', 'a string or a list of tokens')
    for kind in set(map(type, row)):
        if not issubclass(kind, str):
            _refuse(next(one for one in row if type(one) is kind), f'a token of document {position}', 'a string')
    return row if isinstance(row, list) else list(row)


def _refuse(value: Any, what: str, expected: str) -> NoReturn:
    raise ColumnTypeError(
        f'{what} is of type {type(value).__name__}, {_shown(value)}; {expected} is expected. '
        'Check the task that makes the documents.'
    )


def _is_missing(row: Any) -> bool:
    return row is None or row is pd.NA or (isinstance(row, float) and row != row)


def _is_polars(value: Any, *kinds: str) -> bool:
    return type(value).__module__.split('.')[0] == 'polars' and type(value).__name__ in kinds


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + '...'
