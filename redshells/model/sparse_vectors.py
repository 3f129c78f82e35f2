"""A column of sparse vectors in a pandas data frame: a sparse matrix with one row for each row of the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray
from scipy import sparse

from redshells.errors import ColumnTypeError
from redshells.model.sparse_vector_dtype import SparseVectorDtype


class SparseVectors(ExtensionArray):
    """A column of sparse vectors: the rows of a sparse matrix. No vector is missing.

    Args:
        matrix: Of shape (rows, size).

    Example:
        >>> vectors = SparseVectors(sparse.csr_array([[0.0, 1.0], [2.0, 0.0]]))
        >>> table = pd.DataFrame({'vector': vectors, 'category': ['a', 'b']})
        >>> table.iloc[1:]['vector'].array.matrix.toarray()
        array([[2., 0.]])
    """

    def __init__(self, matrix: sparse.csr_array) -> None:
        self.matrix = _with_small_positions(sparse.csr_array(matrix))

    @property
    def dtype(self) -> SparseVectorDtype:
        """The type of the column."""
        return SparseVectorDtype(self.matrix.shape[1])

    @property
    def nbytes(self) -> int:
        """Bytes of the column."""
        return int(self.matrix.data.nbytes + self.matrix.indices.nbytes + self.matrix.indptr.nbytes)

    def isna(self) -> npt.NDArray[np.bool_]:
        """Which vectors are missing: none is."""
        return np.zeros(len(self), dtype=bool)

    def take(self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None) -> Self:
        """The vectors at these positions.

        Raises:
            ValueError: One would be missing.
        """
        positions = np.asarray(indices, dtype=np.intp)
        if allow_fill and (positions < 0).any():
            raise ValueError('a column of sparse vectors can not have missing ones')
        return type(self)(self.matrix[positions])

    def copy(self) -> Self:
        """A copy."""
        return type(self)(self.matrix.copy())

    @classmethod
    def _from_sequence(cls, scalars: Any, *, dtype: Any = None, copy: bool = False) -> Self:
        if isinstance(scalars, cls):
            return scalars.copy() if copy else scalars
        rows = [sparse.csr_array(row).reshape(1, -1) for row in scalars]
        size = dtype.size if isinstance(dtype, SparseVectorDtype) else 0
        return cls(sparse.vstack(rows, format='csr') if rows else sparse.csr_array((0, size)))

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[Self]) -> Self:
        return cls(sparse.vstack([one.matrix for one in to_concat], format='csr'))

    def __len__(self) -> int:
        return int(self.matrix.shape[0])

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, int | np.integer):
            position = int(item) + len(self) if item < 0 else int(item)
            if not 0 <= position < len(self):
                raise IndexError(f'position {item} of {len(self)} vectors')
            return self.matrix[[position]]
        item = pd.api.indexers.check_array_indexer(self, item)
        return type(self)(self.matrix[item])

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, SparseVectors) or self.matrix.shape != other.matrix.shape:
            return NotImplemented
        different = (self.matrix != other.matrix).tocsr()
        return np.diff(different.indptr) == 0

    def __arrow_array__(self, type: Any = None) -> Any:
        """Refuse to be written to a feather or parquet file, which could not be read again.

        Raises:
            ColumnTypeError: Always.
        """
        raise ColumnTypeError(
            "a column of sparse vectors can not be written to this file. Use one that ends in '.pkl', or make dense "
            'vectors.'
        )

    def to_arrow(self) -> Any:
        """The vectors as lists of positions and values, of which a digest can be made."""
        import pyarrow as pa

        pairs = pa.StructArray.from_arrays(
            [pa.array(self.matrix.indices.astype(np.int64)), pa.array(self.matrix.data)], ['position', 'value']
        )
        return pa.LargeListArray.from_arrays(pa.array(self.matrix.indptr.astype(np.int64)), pairs)

    def _formatter(self, boxed: bool = False) -> Any:
        return lambda row: f'<{row.nnz} of {row.shape[1]}>'


def stack_sparse(parts: Iterable[Any]) -> sparse.csr_array:
    """Matrices of the same rows, dense and sparse ones, side by side; zeros of dense ones are not kept."""
    together = sparse.hstack([sparse.csr_array(part) for part in parts], format='csr')
    return _with_small_positions(sparse.csr_array(together))


def _with_small_positions(matrix: sparse.csr_array) -> sparse.csr_array:
    """The matrix with positions of 32 bits where these are enough: scikit-learn takes no others."""
    if matrix.indptr.dtype == np.int32 or max(matrix.nnz, *matrix.shape) > np.iinfo(np.int32).max:
        return matrix
    parts = (matrix.data, matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32))
    return sparse.csr_array(parts, shape=matrix.shape)
