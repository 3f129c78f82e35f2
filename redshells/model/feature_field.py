"""One column of a table as a field: what it has learnt of the training, and how its cells become features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from sklearn.utils import murmurhash3_32

from redshells.errors import ColumnTypeError, MissingValueError
from redshells.model.feature_schema import (
    ColumnSchema,
    FeatureSchema,
    Level,
    is_numeric,
    refuse_infinite,
    to_codes,
    to_level,
)
from redshells.model.list_column import is_list_column, read_items

Matrix = npt.NDArray[np.float64]

_CATEGORIES = ('category', 'ordinal', 'list')
_WHO = 'a model of fields'


@dataclass(frozen=True)
class FeatureField:
    """A column as a field: a group of features of which one kind of thing is said.

    Args:
        column: Name, kind and levels; of a hashed one the levels are not kept.
        size: How many features it has.
        hashed: Whether levels go to features by their hash.
        means: Of the numbers in training, which become 0; one for each position of a vector.
        scales: Their standard deviations, which become 1.
        marks_missing: Whether its last feature says that the cell, or a part of the vector, is missing.
    """

    column: ColumnSchema
    size: int
    hashed: bool = False
    means: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    marks_missing: bool = False

    @classmethod
    def of(cls, column: pd.Series[Any], hash_size: int | None) -> Self:
        """The field of a column.

        Args:
            column: The column of the training.
            hash_size: Levels of columns that have more than so many are hashed to so many features; None for never.

        Raises:
            ColumnTypeError: It has a type that can't be used.
            InfiniteValueError: It has infinite values.
            MissingValueError: A sparse vector has missing values.
        """
        schema = _column_schema(column)
        if schema.kind not in _CATEGORIES:
            return cls._of_numbers(schema, column)
        if hash_size is None or len(schema.levels) <= hash_size:
            return cls(schema, len(schema.levels))
        return cls(replace(schema, levels=schema.levels[:1]), hash_size, hashed=True)

    @classmethod
    def _of_numbers(cls, schema: ColumnSchema, column: pd.Series[Any]) -> Self:
        if schema.kind == 'sparse_vector':
            field = cls(schema, schema.size)
            field._sparse_matrix(column)
            return field
        matrix = _numbers(schema, column)
        missing = np.isnan(matrix)
        counts = np.maximum((~missing).sum(axis=0), 1)
        means = np.where(missing, 0.0, matrix).sum(axis=0) / counts
        scales = np.sqrt((np.where(missing, 0.0, matrix - means) ** 2).sum(axis=0) / counts)
        # what differs by rounding only is constant
        scales = np.where(scales > 1e-12 * np.abs(means), scales, 1.0)
        scales = np.where(scales > 0, scales, 1.0)
        marks = bool(missing.any())
        return cls(schema, schema.size + marks, False, tuple(means.tolist()), tuple(scales.tolist()), marks)

    @property
    def feature_names(self) -> list[str]:
        """Names of the features: ``name``, ``name[0]``, ``name=level``, ``name=#7`` of a hash, ``name=missing``."""
        name = self.column.name
        if self.hashed:
            return [f'{name}=#{number}' for number in range(self.size)]
        if self.column.kind in _CATEGORIES:
            return [f'{name}={level}' for level in self.column.levels]
        return [*self.column.feature_names, *([f'{name}=missing'] if self.marks_missing else [])]

    @property
    def is_one_hot(self) -> bool:
        """Whether a row has one feature of it, which is 1, or none."""
        return self.column.kind in ('category', 'ordinal')

    def encode(self, frame: pd.DataFrame) -> sparse.csr_array:
        """The features of a table, of shape (rows, size).

        Raises:
            ColumnTypeError: The column has another type than in training.
            InfiniteValueError: It has infinite values.
        """
        column = frame[self.column.name]
        if self.is_one_hot:
            return self._one_hot(self.positions(frame))
        if self.column.kind == 'list':
            return self._multi_hot(column)
        if self.column.kind == 'sparse_vector':
            return self._sparse_matrix(column)
        matrix = _numbers(self.column, column)
        missing = np.isnan(matrix)
        matrix = np.where(missing, 0.0, (matrix - np.array(self.means)) / np.array(self.scales))
        if self.marks_missing:
            matrix = np.column_stack([matrix, missing.any(axis=1)])
        return sparse.csr_array(matrix)

    def positions(self, frame: pd.DataFrame) -> npt.NDArray[np.int64]:
        """Of a category, which feature of the field each row has; -1 for none.

        Raises:
            ColumnTypeError: The column has another type than in training.
        """
        column = frame[self.column.name]
        if not self.hashed:
            ranks = FeatureSchema((self.column,)).encode(frame)[:, 0]
            return np.where(np.isnan(ranks), -1, ranks).astype(np.int64)
        self._refuse_other_type(column)
        codes, uniques = to_codes(column)
        features = np.append(_hashes(map(to_level, uniques), self.size), np.int64(-1))
        return features[codes]

    def _one_hot(self, positions: npt.NDArray[np.int64]) -> sparse.csr_array:
        known = positions >= 0
        indptr = np.concatenate([[0], np.cumsum(known)])
        return sparse.csr_array((np.ones(indptr[-1]), positions[known], indptr), shape=(len(known), self.size))

    def _multi_hot(self, column: pd.Series[Any]) -> sparse.csr_array:
        items = read_items(column)
        if self.hashed:
            features = _hashes(items.levels, self.size)
        else:
            self._refuse_other_items(column, items.levels)
            code_of = {level: code for code, level in enumerate(self.column.levels)}
            features = np.array([code_of.get(level, -1) for level in items.levels], dtype=np.int64)
        found = features[items.codes]
        known = found >= 0
        pairs = (np.ones(int(known.sum())), (items.rows[known], found[known]))
        counts = sparse.csr_array(pairs, shape=(len(column), self.size))
        counts.sum_duplicates()
        squares = np.bincount(np.repeat(np.arange(len(column)), np.diff(counts.indptr)), counts.data**2, len(column))
        counts.data /= np.repeat(np.sqrt(squares), np.diff(counts.indptr))
        return counts

    def _sparse_matrix(self, column: pd.Series[Any]) -> sparse.csr_array:
        schema = FeatureSchema((self.column,))
        matrix = schema.encode_sparse(column.to_frame())
        refuse_infinite(matrix, schema, _WHO)
        if np.isnan(matrix.data).any():
            raise MissingValueError(
                f'the sparse vectors of the column {self.column.name!r} have missing values. Fill them before.'
            )
        return matrix

    def _refuse_other_type(self, column: pd.Series[Any]) -> None:
        """Of hashed levels, which are not known any more: check that text is text, and numbers are numbers."""
        is_text = isinstance(self.column.levels[0], str)
        plain = not isinstance(column.dtype, pd.CategoricalDtype)
        if column.notna().any() and plain and is_text == is_numeric(column):
            raise ColumnTypeError(self._mismatch(column))

    def _refuse_other_items(self, column: pd.Series[Any], given: Sequence[Level]) -> None:
        if not given or not self.column.levels or not set(given).isdisjoint(self.column.levels):
            return
        if any(isinstance(one, str) for one in given) != any(isinstance(one, str) for one in self.column.levels):
            raise ColumnTypeError(self._mismatch(column))

    def _mismatch(self, column: pd.Series[Any]) -> str:
        before = f'{self.column.dtype} ({self.column.kind})'
        return (
            f'the column {column.name!r} is of type {column.dtype}; in training it was {before}. It had values such as '
            f'{list(self.column.levels[:3])}.'
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON values, without the column, which is in the schema."""
        return {
            'size': self.size,
            'hashed': self.hashed,
            'means': list(self.means),
            'scales': list(self.scales),
            'marks_missing': self.marks_missing,
        }

    @classmethod
    def from_json(cls, column: ColumnSchema, values: dict[str, Any]) -> Self:
        """Of what ``to_json`` gave."""
        numbers = {name: tuple(values[name]) for name in ('means', 'scales')}
        return cls(column, values['size'], values['hashed'], **numbers, marks_missing=values['marks_missing'])


def _column_schema(column: pd.Series[Any]) -> ColumnSchema:
    if not is_list_column(column):
        return FeatureSchema.of(column.to_frame()).columns[0]
    levels = tuple(sorted(read_items(column).levels))
    return ColumnSchema(name=str(column.name), kind='list', dtype=str(column.dtype), levels=levels)


def _numbers(schema: ColumnSchema, column: pd.Series[Any]) -> Matrix:
    """The numbers of a column, of shape (rows, size), missing ones as NaN."""
    one = FeatureSchema((schema,))
    matrix = one.encode(column.to_frame())
    refuse_infinite(matrix, one, _WHO)
    return matrix


def _hashes(levels: Any, size: int) -> npt.NDArray[np.int64]:
    # the same in all processes and versions, unlike Python's own
    numbers = [murmurhash3_32(str(level), seed=0, positive=True) % size for level in levels]
    return np.array(numbers, dtype=np.int64)
