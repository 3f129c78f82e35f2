"""The ids of users, items or nodes, and the row of a matrix that each of them has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from redshells.archive import Part, array_to_bytes, bytes_to_array
from redshells.errors import ColumnTypeError, DataError, EmptyTableError, MissingValueError
from redshells.model.frame import read_table, require_columns

Ids: TypeAlias = 'npt.NDArray[Any] | pd.Series[Any] | pd.Index[Any] | Sequence[Any]'
"""Integers or strings."""


class IdIndex:
    """Distinct ids in ascending order; the position of an id is the row of its vector.

    Args:
        ids: Distinct integers (int64) or strings (objects), sorted.

    Example:
        >>> index = IdIndex.of(['pear', 'apple', 'pear'])
        >>> index.positions(['apple', 'plum', 'pear']).tolist()
        [0, -1, 1]
    """

    def __init__(self, ids: npt.NDArray[Any]) -> None:
        self.ids = ids

    @classmethod
    def of(cls, ids: Ids, name: str = 'ids') -> IdIndex:
        """The distinct ones of ids.

        Args:
            ids: Integers or strings.
            name: What they are called, for messages.

        Raises:
            MissingValueError: Some are missing.
            ColumnTypeError: They are neither integers nor strings, or both.
        """
        values = checked_ids(ids, name)
        return cls(np.unique(values) if values.dtype.kind == 'i' else np.array(sorted(set(values)), dtype=object))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def holds_strings(self) -> bool:
        """Whether the ids are strings."""
        return self.ids.dtype.kind == 'O'

    def positions(self, ids: Ids, name: str = 'ids') -> npt.NDArray[np.int64]:
        """The position of each id; -1 for those that are not there.

        Args:
            ids: Integers or strings, as these are.
            name: What they are called, for messages.

        Raises:
            MissingValueError: Some are missing.
            ColumnTypeError: They are of another type than these.
        """
        values = checked_ids(ids, name)
        if len(values) and len(self) and (values.dtype.kind == 'O') != self.holds_strings:
            given, expected = ('strings', 'integers') if values.dtype.kind == 'O' else ('integers', 'strings')
            examples = [one[:1].tolist()[0] for one in (values, self.ids)]
            raise ColumnTypeError(
                f'{name} are {given}, such as {examples[0]!r}; in training they were {expected}, such as '
                f'{examples[1]!r}. Convert them.'
            )
        return np.asarray(self._index.get_indexer(pd.Index(values)), dtype=np.int64)

    @cached_property
    def _index(self) -> pd.Index[Any]:
        index: pd.Index[Any] = pd.Index(self.ids)
        return index

    def to_parts(self, name: str) -> dict[str, Part]:
        """As parts of an archive, whose names begin with ``name``."""
        if not self.holds_strings:
            return {f'{name}.npy': array_to_bytes(self.ids)}
        texts = [str(one).encode() for one in self.ids]
        ends = np.cumsum([len(one) for one in texts], dtype=np.int64)
        return {f'{name}_ends.npy': array_to_bytes(ends), f'{name}.txt': b''.join(texts)}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Part], name: str) -> IdIndex:
        """Of the parts that ``to_parts`` gave."""
        if f'{name}.npy' in parts:
            return cls(bytes_to_array(parts[f'{name}.npy']))
        ends, content = bytes_to_array(parts[f'{name}_ends.npy']).tolist(), bytes(parts[f'{name}.txt'])
        starts = [0, *ends[:-1]]
        texts = [content[start:end].decode() for start, end in zip(starts, ends, strict=True)]
        return cls(np.array(texts, dtype=object))


def read_ids(value: Any, column_name: str, parameter: str = '') -> npt.NDArray[Any]:
    """Ids that come in as a list, or as a column of a table.

    Args:
        value: A pandas or polars data frame, or ids.
        column_name: The column with the ids.
        parameter: The parameter that names the column, for errors.

    Raises:
        MissingColumnError: The column is not there.
        EmptyTableError: There are no ids.
        MissingValueError: Some are missing.
        ColumnTypeError: They are neither integers nor strings, or both.
        DataError: They are no list at all.
    """
    if type(value).__name__ in ('DataFrame', 'LazyFrame'):
        frame = read_table(value)
        require_columns(frame, [column_name], parameter)
        value = frame[column_name]
    ids = checked_ids(value, f'the ids {column_name!r}')
    if not len(ids):
        raise EmptyTableError(f'there are no ids {column_name!r}. Check the task that makes them.')
    return ids


def checked_ids(ids: Ids, name: str) -> npt.NDArray[Any]:
    """Ids as an array of int64 or of strings (objects).

    Args:
        ids: Integers or strings; categoricals of them too.
        name: What they are called, for messages.

    Raises:
        MissingValueError: Some are missing.
        ColumnTypeError: They are neither integers nor strings, or both.
        DataError: They are no list at all.
    """
    if not isinstance(ids, Iterable) or isinstance(ids, str | bytes | Mapping | Set) or getattr(ids, 'ndim', 1) != 1:
        shown = f'the string {ids!r}' if isinstance(ids, str) else f'a value of type {type(ids).__name__}'
        raise DataError(f'{shown} was given for {name}; a list of ids is expected.')
    column = pd.Series(ids).reset_index(drop=True)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    missing = int(column.isna().sum())
    if missing:
        raise MissingValueError(f'{name} has {missing} missing ids (NaN). Remove the rows, or give them an id.')
    if not len(column):
        return np.empty(0, dtype=np.int64)
    kind = types.infer_dtype(column, skipna=False)
    if kind == 'string':
        return column.to_numpy(dtype=object)
    if kind == 'integer':
        limits = np.iinfo(np.int64)
        if column.max() > limits.max or column.min() < limits.min:
            raise ColumnTypeError(f'{name} has integers beyond 2**63, which do not fit. Convert them to strings.')
        return column.to_numpy(dtype=np.int64)
    example = column.iloc[:1].tolist()[0]
    raise ColumnTypeError(
        f'{name} are of type {column.dtype} ({kind}), such as {example!r}; integers or strings are expected. '
        'Convert them to one of both.'
    )
