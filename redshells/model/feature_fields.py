"""How a table becomes fields, for factorization machines and for what is known of users and items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from pandas.api import types
from scipy import sparse

from redshells.errors import ColumnTypeError, ParameterError
from redshells.model.feature_field import FeatureField
from redshells.model.feature_schema import FeatureSchema, refuse_empty
from redshells.model.frame import require_columns
from redshells.model.sparse_vectors import stack_sparse


@dataclass(frozen=True)
class FeatureFields:
    """The columns of the training table as fields, and how a table becomes a sparse matrix by them.

    Each column is a field, and makes one or several features:

    * A number makes one, of mean 0 and standard deviation 1 in training. A missing value counts as the mean; if there
      were any in training, a further feature says so.
    * Strings, categoricals (ordered ones too) and booleans make one for each level, which is 1 where the row has it.
      Missing values and levels that were not seen have none.
    * Lists of strings or integers, of any length, make one for each item. The counts of the items of a row are divided
      by their length as a vector: each of n different items weighs 1 / sqrt(n). Items that were not seen are left out.
    * Vectors, which are lists of floats of one length, make one for each position, scaled like numbers.
    * Sparse vectors make one for each position, as they are.
    * Dates, durations and mixed columns are refused, with the line that helps.

    Args:
        fields: One for each column.

    Example:
        >>> table = pd.DataFrame({'genres': [['drama'], ['drama', 'war', 'crime', 'war']], 'is_new': [True, False]})
        >>> fields = FeatureFields.of(table)
        >>> fields.feature_names
        ['genres=crime', 'genres=drama', 'genres=war', 'is_new=False', 'is_new=True']
        >>> fields.encode_matrix(table).toarray().round(2).tolist()
        [[0.0, 1.0, 0.0, 0.0, 1.0], [0.41, 0.41, 0.82, 1.0, 0.0]]
    """

    fields: tuple[FeatureField, ...]

    @classmethod
    def of(
        cls, frame: pd.DataFrame, *, hash_size: int | None = None, categorical_column_names: Sequence[str] = ()
    ) -> Self:
        """The fields of a training table.

        Args:
            frame: The table.
            hash_size: Levels or items of columns that have more than so many are hashed to so many features, so that
                those that were not seen have a feature, too; None for never. The hash is the same in all processes.
            categorical_column_names: Columns of integers, such as ids, that are taken as categories.

        Raises:
            EmptyTableError: There are no rows or no columns.
            MissingColumnError: A column that is named is not there.
            ColumnTypeError: A column has a type that can't be used.
            InfiniteValueError: A column has infinite values.
            DataError: A vector makes a feature of the name of another column.
            ParameterError: The hash size is less than 1.
        """
        if hash_size is not None and (not isinstance(hash_size, (int, np.integer)) or hash_size < 1):
            raise ParameterError(f'hash_size={hash_size!r} was given; an integer of at least 1, or None, is expected.')
        refuse_empty(frame)
        require_columns(frame, list(categorical_column_names), 'categorical_column_names')
        named = set(categorical_column_names)
        columns = (
            _as_category(frame[name]) if name in named or _is_boolean(frame[name]) else frame[name] for name in frame
        )
        found = cls(tuple(FeatureField.of(column, hash_size) for column in columns))
        found.schema.refuse_equal_names()
        return found

    @property
    def schema(self) -> FeatureSchema:
        """Names, kinds and levels of the columns."""
        return FeatureSchema(tuple(field.column for field in self.fields))

    @property
    def field_sizes(self) -> list[int]:
        """How many features each field has."""
        return [field.size for field in self.fields]

    @property
    def size(self) -> int:
        """How many features there are."""
        return sum(self.field_sizes)

    @property
    def feature_names(self) -> list[str]:
        """Names of the features, field by field."""
        return [name for field in self.fields for name in field.feature_names]

    def encode(self, frame: pd.DataFrame) -> list[sparse.csr_array]:
        """The features of each field, of shape (rows, size of the field).

        Columns are found by name; others than these are left out. A table without rows has features of no rows.

        Raises:
            MissingColumnError: A column of the training is not there.
            ColumnTypeError: A column has another type than in training.
            InfiniteValueError: A column has infinite values.
        """
        require_columns(frame, [field.column.name for field in self.fields])
        return [field.encode(frame) for field in self.fields]

    def encode_matrix(self, frame: pd.DataFrame) -> sparse.csr_array:
        """The features of all fields side by side, of shape (rows, size); raises what ``encode`` does."""
        return stack_sparse(self.encode(frame))

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {'columns': self.schema.to_json(), 'fields': [field.to_json() for field in self.fields]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Of what ``to_json`` gave."""
        columns = FeatureSchema.from_json(values['columns']).columns
        pairs = zip(columns, values['fields'], strict=True)
        return cls(tuple(FeatureField.from_json(column, field) for column, field in pairs))


def _is_boolean(column: pd.Series[Any]) -> bool:
    if types.is_object_dtype(column.dtype):
        return types.infer_dtype(column, skipna=True) == 'boolean'
    return types.is_bool_dtype(column.dtype)


def _as_category(column: pd.Series[Any]) -> pd.Series[Any]:
    try:
        return column.astype('category')
    except TypeError as error:
        raise ColumnTypeError(
            f'the column {column.name!r} of type {column.dtype} can not be taken as categories: {error}. Remove it '
            'from categorical_column_names.'
        ) from error
