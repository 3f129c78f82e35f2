"""Vectors of items by id, as they come in: a dict or a data frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.errors import ColumnTypeError, EmptyTableError, InfiniteValueError
from redshells.model.document_model import DocumentVectors
from redshells.model.feature_schema import FeatureSchema
from redshells.model.frame import read_table, require_columns
from redshells.model.id_index import IdIndex
from redshells.model.side_feature_table import read_side_features

_USUAL_COLUMN = 'vector'
_LARGEST = np.finfo(np.float32).max


@dataclass(frozen=True)
class ItemVectors:
    """A vector for each of some items.

    Attributes:
        ids: The items.
        vectors: Their vectors, of shape (items, size), in the order of the ids; dense (float32) or sparse.
    """

    ids: IdIndex
    vectors: DocumentVectors

    @property
    def size(self) -> int:
        """How many numbers a vector has."""
        return int(self.vectors.shape[1])


def read_item_vectors(value: Any, id_column_name: str = 'item', vector_column_name: str = '') -> ItemVectors:
    """The vectors of items.

    Args:
        value: A dict of vectors by id; or a pandas or polars data frame with a column of ids and a column of vectors,
            dense or sparse, such as InferDocumentVectors gives, or a column for each number of the vectors.
        id_column_name: The column with the ids of a data frame.
        vector_column_name: The column with the vectors of a data frame. When empty it is ``'vector'`` where there is
            such a column; otherwise every column but the ids is a number of the vectors.

    Raises:
        EmptyTableError: There are none.
        MissingColumnError: A named column is not there.
        DataError: An item is there twice.
        ColumnTypeError: They are no vectors of one length.
        InfiniteValueError: A number is missing or infinite.

    Example:
        >>> read_item_vectors({'pear': [1, 0], 'apple': [0.5, 2]}).vectors
        array([[0.5, 2. ],
               [1. , 0. ]], dtype=float32)
    """
    if isinstance(value, Mapping):
        ids, vectors = list(value), _matrix_of(list(value.values()))
    else:
        ids, vectors = _of_table(value, id_column_name, vector_column_name)
    numbers = vectors.data if sparse.issparse(vectors) else vectors
    count = np.count_nonzero(~(np.abs(numbers) <= _LARGEST))
    if count:
        raise InfiniteValueError(
            f'the vectors of the items have {count} numbers that are missing or infinite. Check the task that makes '
            'them.'
        )
    index = IdIndex.of(ids, 'the items')
    order = np.argsort(index.positions(ids))
    return ItemVectors(index, vectors.astype(np.float32)[order])


def _matrix_of(vectors: list[Any]) -> npt.NDArray[np.float64]:
    if not vectors:
        raise EmptyTableError('there are no vectors of items. Check the task that makes them.')
    sizes = sorted({np.size(one) for one in vectors})
    if len(sizes) > 1:
        raise ColumnTypeError(f'the vectors of the items have the lengths {sizes[:5]}; one length is expected.')
    try:
        matrix = np.array(vectors, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ColumnTypeError(f'the vectors of the items are no lists of numbers: {error}.') from error
    if matrix.ndim != 2 or not matrix.shape[1]:
        raise ColumnTypeError(
            f'what is given for each item is of shape {matrix.shape[1:]}; a vector, of shape (size,), is expected.'
        )
    return matrix


def _of_table(value: Any, id_column_name: str, vector_column_name: str) -> tuple[Any, Any]:
    table = read_table(value)
    require_columns(table, [id_column_name], 'item_id_column_name')
    name = vector_column_name or (_USUAL_COLUMN if _USUAL_COLUMN in table.columns else '')
    if name:
        require_columns(table, [name], 'vector_column_name')
        table = table[[id_column_name, name]]
    frame = read_side_features(table, id_column_name)
    for column in frame.columns:
        if frame[column].dtype == object and frame[column].isna().any():
            raise ColumnTypeError(f'{int(frame[column].isna().sum())} items have no vector in the column {column!r}.')
    schema = FeatureSchema.of(frame)
    wrong = [one.name for one in schema.columns if one.kind not in ('number', 'vector', 'sparse_vector')]
    if wrong:
        raise ColumnTypeError(
            f'the columns {wrong[:10]} hold neither numbers nor vectors. Set vector_column_name to the column with the '
            'vectors, or give numbers only besides the ids.'
        )
    return frame.index, schema.encode_sparse(frame) if schema.is_sparse else schema.encode(frame)
