"""Tables with a column of vectors, dense or sparse."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.errors import ColumnTypeError, DuplicateColumnError, InfiniteValueError
from redshells.model.document_model import DocumentVectors
from redshells.model.feature_schema import FeatureSchema
from redshells.model.frame import read_table, require_columns
from redshells.model.sparse_vector_dtype import SparseVectorDtype
from redshells.model.sparse_vectors import SparseVectors

_LARGEST_DENSE = 2**30  # numbers: 4 GB


def to_dense(vectors: DocumentVectors) -> DocumentVectors:
    """Vectors as a dense array.

    Raises:
        ColumnTypeError: They are too many and too long for that.
    """
    if not isinstance(vectors, sparse.csr_array):
        return vectors
    if vectors.shape[0] * vectors.shape[1] > _LARGEST_DENSE:
        raise ColumnTypeError(
            f'{vectors.shape[0]} vectors of {vectors.shape[1]} numbers would take '
            f'{vectors.shape[0] * vectors.shape[1] * 4 / 2**30:.0f} GB as dense ones. Leave them sparse, or choose '
            'arguments of the model that make them shorter.'
        )
    return np.asarray(vectors.toarray(), dtype=np.float32)


def vector_table(
    vectors: DocumentVectors, kept: pd.DataFrame | None, vector_column_name: str = 'vector'
) -> pd.DataFrame:
    """A table with a vector in each row.

    Args:
        vectors: Of shape (rows, size). Of dense ones each row holds an array; sparse ones make a column of type
            ``SparseVectors``.
        kept: Columns that stand in the table before them, and its index.
        vector_column_name: The column of the vectors.

    Raises:
        DuplicateColumnError: One of the columns has its name.

    Example:
        >>> vector_table(np.array([[0.5, 1.0], [0.0, 2.0]]), pd.DataFrame({'category': ['a', 'b']}))
          category      vector
        0        a  [0.5, 1.0]
        1        b  [0.0, 2.0]
    """
    table = pd.DataFrame(index=pd.RangeIndex(vectors.shape[0])) if kept is None else kept
    if vector_column_name in table.columns:
        raise DuplicateColumnError(
            f'the table has a column of the name {vector_column_name!r}, where the vectors should go. Choose another '
            'vector_column_name.'
        )
    column: Any = SparseVectors(vectors) if sparse.issparse(vectors) else pd.Series(list(vectors), dtype=object).array
    return table.assign(**{vector_column_name: column})


def vectors_of(table: Any, vector_column_name: str = 'vector') -> tuple[DocumentVectors, pd.DataFrame]:
    """The vectors of a table, of shape (rows, size), and the table.

    Args:
        table: A data frame with a column of vectors, dense or sparse.
        vector_column_name: The column.

    Raises:
        MissingColumnError: It is not there.
        ColumnTypeError: It holds no vectors of one length.
        InfiniteValueError: A number is missing or infinite.
    """
    frame = read_table(table)
    require_columns(frame, [vector_column_name], 'vector_column_name')
    column = frame[vector_column_name]
    if isinstance(column.dtype, SparseVectorDtype):
        _refuse_not_finite(column.array.matrix.data, vector_column_name)
        return column.array.matrix, frame
    schema = FeatureSchema.of(frame[[vector_column_name]])
    if schema.columns[0].kind != 'vector' or column.isna().any():
        raise ColumnTypeError(
            f'the column {vector_column_name!r} is of type {column.dtype}, and does not hold a vector in each row. '
            'Give the output of InferDocumentVectors, or set vector_column_name.'
        )
    vectors = schema.encode(frame)
    _refuse_not_finite(vectors, vector_column_name)
    return vectors.astype(np.float32), frame


def _refuse_not_finite(values: npt.NDArray[Any], vector_column_name: str) -> None:
    count = np.count_nonzero(~(np.abs(values) <= np.finfo(np.float32).max))
    if count:
        raise InfiniteValueError(
            f'the vectors in the column {vector_column_name!r} have {count} numbers that are missing or infinite. '
            'Check the task that makes them.'
        )
