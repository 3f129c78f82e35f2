"""Put tables side by side whose rows have the same keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.analysis.column_kind import column_kinds
from redshells.analysis.column_values import check_hashable, python_values
from redshells.errors import ColumnTypeError, DataError, DuplicateColumnError, MissingColumnError, MissingValueError
from redshells.model.frame import require_columns

HOW = ('exact', 'left', 'inner', 'outer')
"""Which keys the result has: those of all tables, which must be equal; those of the first; of each; of any."""

_SHOWN = 5


@dataclass(frozen=True)
class JoinedTables:
    """Tables side by side.

    Args:
        table: The rows.
        missing_keys: For each table by its name, how many keys of all the tables it lacks.
    """

    table: pd.DataFrame
    missing_keys: Mapping[str, int]


@dataclass(frozen=True)
class _Side:
    """A table, the parts of its keys, and the keys as an index, each once."""

    name: str
    table: pd.DataFrame
    parts: Sequence[pd.Series[Any]]
    keys: pd.Index[Any]

    def rows(self, positions: npt.NDArray[np.intp], without: Sequence[str]) -> pd.DataFrame:
        """The rows at these positions, missing ones at -1, numbered, without the columns of these names."""
        values = self.table.drop(columns=list(without)).reset_index(drop=True)
        if not (positions < 0).any():
            return values.take(positions).reset_index(drop=True)
        return values.astype(_nullable_dtypes(values)).reindex(positions).reset_index(drop=True)


def join_tables(tables: Mapping[str, pd.DataFrame], key_column_names: Sequence[str], how: str) -> JoinedTables:
    """Put the columns of tables side by side.

    The rows are in the order of the first table, and have its index; rows of ``'outer'`` that it lacks follow in the
    order of the other tables. Where keys are columns, the result of ``'outer'`` is numbered anew.

    Where values are missing, integers and booleans become pandas' nullable ones, such as ``Int64``: as floats, large
    numbers would be rounded.

    Args:
        tables: Tables by names for messages, at least one.
        key_column_names: The columns that tell which rows belong together; the index when empty.
        how: One of `HOW`.

    Raises:
        MissingColumnError: A table lacks a key column.
        DuplicateColumnError: Two tables have a column of one name.
        ColumnTypeError: A key is of another type in another table.
        MissingValueError: A key is missing.
        DataError: A key comes twice in a table, or, where ``how`` is ``'exact'``, is not in all of them.

    Example:
        >>> ages = pd.DataFrame({'user': ['b', 'a'], 'age': [30, 40]})
        >>> plans = pd.DataFrame({'user': ['a', 'b'], 'plan': ['free', 'paid']})
        >>> join_tables({'ages': ages, 'plans': plans}, ['user'], 'exact').table
          user  age  plan
        0    b   30  paid
        1    a   40  free
    """
    _check_columns(tables, key_column_names)
    sides = [_side(name, table, key_column_names) for name, table in tables.items()]
    for side in sides[1:]:
        _check_types(sides[0], side)
    union = _union([side.keys for side in sides])
    positions = [side.keys.get_indexer(union) for side in sides]
    missing = {side.name: int((found < 0).sum()) for side, found in zip(sides, positions, strict=True)}
    if how == 'exact' and any(missing.values()):
        raise _differing_keys(missing, union, positions)
    is_there = np.array(positions) >= 0
    is_kept = {'outer': is_there.any(axis=0), 'inner': is_there.all(axis=0)}.get(how, is_there[0])
    kept = [found[is_kept] for found in positions]
    parts = [side.rows(found, without=key_column_names) for side, found in zip(sides, kept, strict=True)]
    if key_column_names:
        parts.insert(0, _key_columns(sides[0], union[is_kept], kept[0]))
    result = pd.concat(parts, axis=1)
    first = sides[0].table
    result = result[[*first.columns, *(name for name in result.columns if name not in first.columns)]]
    if how != 'outer':
        result.index = first.index.take(kept[0])
    elif not key_column_names:
        result.index = union.set_names(first.index.names)
    return JoinedTables(result, missing)


def _nullable_dtypes(frame: pd.DataFrame) -> dict[Any, str]:
    """The dtypes of pandas that hold missing values, for the columns that would be made floats or objects for them."""
    dtypes = {name: dtype for name, dtype in frame.dtypes.items() if isinstance(dtype, np.dtype)}
    integers = {
        name: dtype.name.replace('i', 'I').replace('u', 'U') for name, dtype in dtypes.items() if dtype.kind in 'iu'
    }
    return {**integers, **{name: 'boolean' for name, dtype in dtypes.items() if dtype.kind == 'b'}}


def _check_columns(tables: Mapping[str, pd.DataFrame], key_column_names: Sequence[str]) -> None:
    owners: dict[str, str] = {}
    for name, table in tables.items():
        try:
            require_columns(table, key_column_names)
        except MissingColumnError as error:
            raise MissingColumnError(f'{name}: {error}') from None
        for column in table.columns:
            if column in owners and column not in key_column_names:
                raise DuplicateColumnError(
                    f'{owners[column]} and {name} both have the column {column!r}; a column of one name in one table '
                    'is expected. Rename one with RenameColumn, or drop it with FilterByColumn.'
                )
            owners[column] = name


def _side(name: str, table: pd.DataFrame, key_column_names: Sequence[str]) -> _Side:
    index = table.index
    if key_column_names:
        parts = [table[key] for key in key_column_names]
    else:
        parts = [pd.Series(index.get_level_values(level), name=index.names[level]) for level in range(index.nlevels)]
    for part in parts:
        missing = int(part.isna().sum())
        if missing:
            what = f'the key {part.name!r}' if key_column_names else 'the index'
            raise MissingValueError(f'{what} of {name} has {missing} missing values. Fill them, or drop the rows.')
        try:
            check_hashable(part, 'keys')
        except ColumnTypeError as error:
            raise ColumnTypeError(f'{name}: {error}') from None
    plain = [part.astype(part.cat.categories.dtype) if hasattr(part, 'cat') else part for part in parts]
    keys: pd.Index[Any] = pd.Index(plain[0], name=None) if len(plain) == 1 else pd.MultiIndex.from_arrays(plain)
    is_repeated = keys.duplicated()
    if is_repeated.any():
        raise DataError(
            f'{int(is_repeated.sum())} rows of {name} repeat a key, such as {_shown(keys[is_repeated].unique())}; '
            'each key once is expected. Drop or aggregate those rows.'
        )
    return _Side(name, table, parts, keys)


def _check_types(first: _Side, other: _Side) -> None:
    if len(first.parts) != len(other.parts):
        raise ColumnTypeError(
            f'the index of {first.name} has {len(first.parts)} levels, that of {other.name} {len(other.parts)}; '
            'as many are expected. Give key_column_names, or reset the index of one.'
        )
    for one, two in zip(first.parts, other.parts, strict=True):
        kinds = [_key_kinds(part) for part in (one, two)]
        have_zone = [getattr(part.dtype, 'tz', None) is not None for part in (one, two)]
        if (all(kinds) and not kinds[0] & kinds[1]) or have_zone[0] != have_zone[1]:
            what = 'the index' if one.name is None else f'the key {one.name!r}'
            raise ColumnTypeError(
                f'{what} is of the type {one.dtype} in {first.name} and {two.dtype} in {other.name}; one type is '
                'expected. Convert one of them.'
            )


def _key_kinds(part: pd.Series[Any]) -> frozenset[str]:
    kinds = column_kinds(pd.Series(part.cat.categories) if isinstance(part.dtype, pd.CategoricalDtype) else part)
    return frozenset({'float'}) if 'float' in kinds else kinds  # whole floats match no integers: large ones are rounded


def _union(several: Sequence[pd.Index[Any]]) -> pd.Index[Any]:
    """All keys, in the order in which they come."""
    union = several[0]
    for keys in several[1:]:
        new = keys[union.get_indexer(keys) < 0]
        union = union.append(new) if len(new) else union
    return union


def _differing_keys(
    missing: Mapping[str, int], union: pd.Index[Any], positions: Sequence[npt.NDArray[np.intp]]
) -> DataError:
    found = '; '.join(
        f'{name} lacks {count}, such as {_shown(union[rows < 0])}'
        for (name, count), rows in zip(missing.items(), positions, strict=True)
        if count
    )
    return DataError(
        f"of {len(union)} keys in all tables {found}; with how='exact' the same keys in all are expected. "
        "Set how='left', 'inner' or 'outer' to say which rows are kept."
    )


def _key_columns(first: _Side, keys: pd.Index[Any], positions: npt.NDArray[np.intp]) -> pd.DataFrame:
    """The key columns: those of the first table where it has all keys, so that they keep their type."""
    columns = {
        str(part.name): pd.Series(keys.get_level_values(level))
        if (positions < 0).any()
        else part.take(positions).reset_index(drop=True)
        for level, part in enumerate(first.parts)
    }
    return pd.DataFrame(columns)


def _shown(keys: pd.Index[Any]) -> list[Any]:
    shown = keys[:_SHOWN]
    levels = [python_values(pd.Series(shown.get_level_values(level))) for level in range(shown.nlevels)]
    return levels[0] if len(levels) == 1 else list(zip(*levels, strict=True))
