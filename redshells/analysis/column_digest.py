"""The digest of a column: of its values in their order, whatever holds them in memory.

What is written into the hash is the kind of the values, how many there are, which of them are missing, and the values
in one form: 64-bit integers and floats, UTF-8 texts after their lengths. So a column has one digest in pandas, polars
and Arrow, in any process and on any platform.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from redshells.model.sparse_vectors import SparseVectors

_ADDRESS = re.compile(r'\b0x[0-9a-fA-F]+')
_LARGEST = 2**63 - 1


def column_digest(column: Any) -> tuple[bytes, bool]:
    """The SHA-256 of a column.

    Args:
        column: A series of pandas or polars.

    Returns:
        The digest, and whether it is of the values themselves; if not, of their texts.
    """
    if isinstance(column, pd.Series):
        if isinstance(column.dtype, pd.SparseDtype):
            column = pd.Series(np.asarray(column))
        if isinstance(column.dtype, np.dtype) and column.dtype.kind in 'fiub':
            hashed = hashlib.sha256()
            _write_numbers(hashed, column.to_numpy())
            return hashed.digest(), True
    with suppress(Exception):  # many kinds of errors tell that Arrow has no type for the values
        return digest_of_arrow(as_arrow(column)), True
    return _digest_of_texts(column.to_list()), False


def as_arrow(values: Any) -> pa.Array:
    """Values as one array of Arrow.

    Raises:
        TypeError: They are sets, which have no order.
        pyarrow.ArrowException: Arrow has no type for them.
    """
    is_polars = type(values).__module__.split('.')[0] == 'polars'
    if isinstance(getattr(values, 'array', None), SparseVectors):
        return values.array.to_arrow()
    array = values.to_arrow() if is_polars else pa.array(values, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    nested = not is_polars and pa.types.is_list(array.type)
    if nested and any(isinstance(value, (set, frozenset)) for value in values):
        raise TypeError('a set has no order')
    return array


def digest_of_arrow(array: pa.Array) -> bytes:
    """The SHA-256 of an array.

    Raises:
        TypeError: Its type is not known here.
    """
    hashed = hashlib.sha256()
    _write(hashed, array)
    return hashed.digest()


def _write(hashed: Any, array: pa.Array) -> None:
    kind, types = array.type, pa.types
    if types.is_floating(kind):
        values = array.cast(pa.float64()).fill_null(np.nan)
        _write_numbers(hashed, values.to_numpy(zero_copy_only=False))
    elif types.is_integer(kind) or types.is_boolean(kind):
        _write_filled(hashed, array, None)
    elif types.is_temporal(kind):
        _write_filled(hashed, array.cast(pa.int32() if kind.bit_width == 32 else pa.int64()), str(kind))
    elif types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        _write_bytes(hashed, array.cast(pa.large_string()), 'text')
    elif types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        _write_bytes(hashed, array.cast(pa.large_binary()), 'binary')
    elif types.is_fixed_size_binary(kind):
        _write_bytes(hashed, array.cast(pa.binary()).cast(pa.large_binary()), 'binary')
    elif types.is_decimal(kind):
        _write_bytes(hashed, array.cast(pa.string()).cast(pa.large_string()), 'decimal')
    elif types.is_null(kind):
        _write_head(hashed, 'nothing', np.ones(len(array), dtype=bool))
    else:
        _write_nested(hashed, array)


def _write_nested(hashed: Any, array: pa.Array) -> None:
    kind, types = array.type, pa.types
    if isinstance(array, pa.ExtensionArray):
        hashed.update(f'{kind.extension_name}\n'.encode())
        _write(hashed, array.storage)
    elif types.is_dictionary(kind):
        hashed.update(b'ordered category\n' if kind.ordered else b'category\n')
        if kind.ordered:  # the order of the others, and categories that no row has, do not count
            _write(hashed, array.dictionary)
        _write(hashed, array.dictionary_decode())
    elif types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        _write_head(hashed, 'list', _missing(array))
        hashed.update(_filled(pc.list_value_length(array)).astype('<i8'))
        _write(hashed, array.flatten())
    elif types.is_struct(kind):
        _write_head(hashed, json.dumps([field.name for field in kind]), _missing(array))
        for field in array.flatten():
            _write(hashed, field)
    else:
        raise TypeError(f'the type {kind} is not known')


def _write_numbers(hashed: Any, values: npt.NDArray[Any], kind: str | None = None) -> None:
    """Write numbers; NaN is one value whatever its bits, and 0.0 is -0.0."""
    if values.dtype.kind == 'f':
        values = np.add(values, 0.0, dtype=np.float64)
        missing = np.isnan(values)
        if missing.any():
            values[missing] = np.nan
        kind, form = 'float', '<f8'
    elif values.dtype.kind == 'b':
        kind, form = 'boolean', 'u1'
    elif values.dtype.kind == 'u' and len(values) and values.max() > _LARGEST:
        kind, form = 'unsigned integer', '<u8'
    else:
        kind, form = kind or 'integer', '<i8'
    hashed.update(f'{kind} {len(values)}\n'.encode())
    hashed.update(np.ascontiguousarray(values, dtype=form))


def _write_filled(hashed: Any, array: pa.Array, kind: str | None) -> None:
    """Write integers or booleans, zeros in the place of missing ones."""
    if array.null_count:
        _write_head(hashed, 'with missing', _missing(array))
    _write_numbers(hashed, _filled(array), kind)


def _write_bytes(hashed: Any, array: pa.Array, kind: str) -> None:
    """Write texts or bytes: their lengths, then all of them."""
    _write_head(hashed, kind, _missing(array))
    array = array.fill_null('' if pa.types.is_large_string(array.type) else b'')
    hashed.update(pc.binary_length(array).to_numpy(zero_copy_only=False).astype('<i8'))
    _, offsets, content = array.buffers()
    if len(array) and content is not None:
        bounds = np.frombuffer(offsets, dtype=np.int64)[[array.offset, array.offset + len(array)]]
        hashed.update(memoryview(content)[bounds[0] : bounds[1]])


def _write_head(hashed: Any, kind: str, missing: npt.NDArray[np.bool_]) -> None:
    count = int(missing.sum())
    hashed.update(f'{kind} {len(missing)} {count}\n'.encode())
    if count:
        hashed.update(np.packbits(missing))


def _missing(array: pa.Array) -> npt.NDArray[np.bool_]:
    return array.is_null().to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _filled(array: pa.Array) -> npt.NDArray[Any]:
    zero = pa.scalar(0).cast(array.type)
    return array.fill_null(zero).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _digest_of_texts(values: Iterable[Any]) -> bytes:
    """The SHA-256 of the texts of values that are of no common type."""
    texts = []
    for value in values:
        try:
            texts.append(_text(value))
        except Exception:  # a repr may do what it likes
            texts.append(type(value).__name__)
    return hashlib.sha256(b'texts\n' + json.dumps(texts).encode()).digest()


def _text(value: Any) -> str:
    """The text of a value, the same in any process: without addresses in memory, and with sets sorted."""
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return 'missing'
    if isinstance(value, np.ndarray):
        return f'{value.shape}{_text(value.ravel().tolist())}'
    if isinstance(value, dict):
        return json.dumps({'dict': [[_text(key), _text(item)] for key, item in value.items()]})
    if isinstance(value, (list, tuple)):
        return json.dumps([_text(item) for item in value])
    if isinstance(value, (set, frozenset)):
        return json.dumps({'set': sorted(_text(item) for item in value)})
    return f'{type(value).__name__} {_ADDRESS.sub("0x", repr(value))}'
