"""The fingerprint of a table: by which a stale or swapped input can be told from the one that is meant."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from redshells.analysis.column_digest import as_arrow, column_digest, digest_of_arrow


@dataclass(frozen=True)
class Fingerprint:
    """What is recorded of an input.

    Attributes:
        type: Name of its type, such as ``'DataFrame'``.
        digest: SHA-256 of its content, as hexadecimal digits; None if there is none for its type.
        shape: Rows and columns of a table, the length of a list, the shape of an array.
        schema: Name to dtype of each column of a table; None for other types.
        by_text: Columns whose values are of no common type, of whose texts the digest is.
    """

    type: str
    digest: str | None
    shape: tuple[int, ...] = ()
    schema: Mapping[str, str] | None = None
    by_text: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The digest, the shape and the schema as JSON values; the type in place of what there is not."""
        if self.digest is None:
            return {'type': self.type}
        record: dict[str, Any] = {'digest': self.digest, 'shape': list(self.shape)}
        record |= {'type': self.type} if self.schema is None else {'schema': dict(self.schema)}
        return {**record, 'by_text': list(self.by_text)} if self.by_text else record


def fingerprint(value: Any) -> Fingerprint:
    """The fingerprint of a table; also of an array, a series, or a list of texts, numbers, or lists of them.

    The digest of a table depends on the names of its columns, the kinds of their values (integers, floats, texts,
    dates of a unit, ...) and the values, all in their order. It does not depend on the index, on the size of integers
    and floats, on whether missing values are NaN, None or NA, on the sign of 0.0, on categories that no row has, on the
    library (pandas or polars), the process or the platform.

    Args:
        value: What a task gives. It may be anything, and no kind of values is refused.

    Returns:
        The fingerprint; without a digest where the value is of another type.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({'age': [31.0, 45.0, None], 'plan': ['free', 'paid', 'free']})
        >>> fingerprint(table).shape
        (3, 2)
        >>> fingerprint(table).digest == fingerprint(table.set_index(pd.Index([7, 8, 9]))).digest
        True
        >>> fingerprint(table).digest == fingerprint(table[::-1]).digest
        False
    """
    name = type(value).__name__
    if type(value).__module__.split('.')[0] == 'polars' and hasattr(value, 'collect'):
        value = value.collect()
    if isinstance(value, pd.DataFrame):
        return _of_columns(name, list(value.items()), value.shape, [str(dtype) for dtype in value.dtypes])
    if type(value).__module__.split('.')[0] == 'polars' and hasattr(value, 'iter_columns'):
        columns = [(column.name, column) for column in value.iter_columns()]
        return _of_columns(name, columns, value.shape, [str(dtype) for dtype in value.dtypes])
    shape = np.shape(value) if isinstance(value, (np.ndarray, pd.Series)) else ()
    shape = (len(value),) if isinstance(value, (list, tuple)) else shape
    with suppress(Exception):  # what has no digest is told by its type
        return Fingerprint(name, _hexadecimal(f'values {shape}', [_digest_of_values(value)]), shape)
    return Fingerprint(name, None, shape)


def _of_columns(name: str, columns: list[tuple[Any, Any]], shape: tuple[int, int], dtypes: list[str]) -> Fingerprint:
    parts, by_text = [], []
    for label, column in columns:
        digest, exact = column_digest(column)
        encoded = str(label).encode(errors='backslashreplace')
        parts += [f'{len(encoded)}\n'.encode(), encoded, digest]
        if not exact:
            by_text.append(str(label))
    schema = {str(label): dtype for (label, _), dtype in zip(columns, dtypes, strict=True)}
    return Fingerprint(name, _hexadecimal(f'table {shape}', parts), shape, schema, tuple(by_text))


def _digest_of_values(value: Any) -> bytes:
    if isinstance(value, np.ndarray):
        value = pd.Series(value.ravel())
    if isinstance(value, pd.Series):
        return column_digest(value)[0]
    if isinstance(value, (list, tuple)):
        return digest_of_arrow(as_arrow(list(value)))
    raise TypeError(f'a {type(value).__name__} has no digest')


def _hexadecimal(head: str, parts: list[bytes]) -> str:
    return hashlib.sha256(b''.join([f'redshells 1 {head}\n'.encode(), *parts])).hexdigest()
