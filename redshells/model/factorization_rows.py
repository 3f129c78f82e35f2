"""The rows of a table as a factorization machine sees them: the features of each field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.model.feature_fields import FeatureFields
from redshells.model.frame import require_columns


@dataclass(frozen=True)
class FieldRows:
    """The features of one field in each row.

    Attributes:
        size: How many features the field has.
        positions: Of a category, which feature each row has, of shape (rows,). The last feature is that of no level:
            missing, or not seen in training.
        matrix: Of other fields, of shape (rows, size).
    """

    size: int
    positions: npt.NDArray[np.int64] | None = None
    matrix: sparse.csr_array | None = None

    def take(self, rows: npt.NDArray[np.int64]) -> FieldRows:
        """The rows at these positions."""
        return FieldRows(
            self.size,
            None if self.positions is None else self.positions[rows],
            None if self.matrix is None else self.matrix[rows],
        )

    @property
    def is_dense(self) -> bool:
        """Whether nearly all values are there, as those of numbers are."""
        return self.matrix is not None and self.matrix.nnz > 0.5 * self.matrix.shape[0] * self.size

    def as_matrix(self) -> sparse.csr_array:
        """The features, of shape (rows, size)."""
        if self.positions is None:
            return self.matrix
        ends = np.arange(len(self.positions) + 1)
        ones = np.ones(len(self.positions), dtype=np.float32)
        return sparse.csr_array((ones, self.positions, ends), shape=(len(self.positions), self.size))


def encode_rows(fields: FeatureFields, frame: pd.DataFrame) -> list[FieldRows]:
    """The features of each field of a table; raises what ``FeatureFields.encode`` does."""
    require_columns(frame, [field.column.name for field in fields.fields])
    rows = []
    for field in fields.fields:
        if field.is_one_hot:
            positions = field.positions(frame)
            rows.append(FieldRows(field.size + 1, positions=np.where(positions < 0, field.size, positions)))
        else:
            rows.append(FieldRows(field.size, matrix=field.encode(frame).astype(np.float32)))
    return rows


def field_starts(rows: Sequence[FieldRows]) -> npt.NDArray[np.int64]:
    """The first feature of each field, and the number of features."""
    return np.concatenate([[0], np.cumsum([field.size for field in rows], dtype=np.int64)])


def join_fields(rows: Sequence[FieldRows]) -> sparse.csr_array:
    """The features of all fields side by side, of shape (rows, features)."""
    return sparse.csr_array(sparse.hstack([field.as_matrix() for field in rows], format='csr', dtype=np.float32))
