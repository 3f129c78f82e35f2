"""What a model knows of its features: names, kinds and category levels, and how a table becomes a matrix by it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from redshells.errors import ColumnTypeError, DataError, EmptyTableError, InfiniteValueError
from redshells.model.frame import require_columns
from redshells.model.sparse_vector_dtype import SparseVectorDtype

if TYPE_CHECKING:
    from scipy import sparse

Level = str | int | float | bool

_NUMBERS = ('boolean', 'integer', 'floating', 'mixed-integer-float', 'decimal', 'empty')
_VECTORS = ('vector', 'sparse_vector')
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class ColumnSchema:
    """One column of the training table.

    Args:
        name: Its name.
        kind: ``'number'`` (booleans too), ``'category'``, ``'ordinal'`` (an ordered categorical), ``'vector'``,
            ``'sparse_vector'``, or ``'list'`` (of items, which only the models of ``FeatureFields`` take).
        dtype: The type that it had in training, for the reader.
        levels: The categories, in the order of their codes.
        size: How many features it makes; more than 1 for vectors only.
    """

    name: str
    kind: str
    dtype: str
    levels: tuple[Level, ...] = ()
    size: int = 1

    @property
    def feature_names(self) -> list[str]:
        """Names of the features that it makes: ``name``, or ``name[0]``, ``name[1]``, ... of a vector."""
        return [f'{self.name}[{i}]' for i in range(self.size)] if self.kind in _VECTORS else [self.name]


@dataclass(frozen=True)
class FeatureSchema:
    """The columns of the training table, and how a table becomes a matrix by them.

    * Numbers and booleans stay what they are, missing values become NaN.
    * Strings and unordered categoricals become codes 0, 1, ... of the levels seen in training. Missing values and
      levels that were not seen become NaN.
    * Ordered categoricals become their rank, as a number.
    * A column of vectors (lists or arrays of one length) becomes one feature for each position.
    * A column of sparse vectors (``SparseVectors``) does as well, for models that take sparse matrices.
    * Dates, durations, bytes and mixed columns are refused, with the line that helps.
    """

    columns: tuple[ColumnSchema, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> FeatureSchema:
        """The schema of a table.

        Raises:
            EmptyTableError: There are no rows or no columns.
            ColumnTypeError: A column has a type that can't be used.
            DataError: A vector makes a feature of the name of another column.
        """
        refuse_empty(frame)
        schema = cls(tuple(_column_schema(frame[name]) for name in frame.columns))
        schema.refuse_equal_names()
        return schema

    def refuse_equal_names(self) -> None:
        """Check that no two features have one name.

        Raises:
            DataError: A vector makes a feature of the name of another column.
        """
        names = self.feature_names
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise DataError(
                f'the features {twice[:10]} are there twice: as columns, and as positions of a vector. '
                'Rename the columns.'
            )

    @property
    def feature_names(self) -> list[str]:
        """Names of the features, in the order of the matrix."""
        return [name for column in self.columns for name in column.feature_names]

    @property
    def categorical_indices(self) -> list[int]:
        """Positions of the features that hold codes of categories."""
        kinds = [column.kind for column in self.columns for _ in range(column.size)]
        return [position for position, kind in enumerate(kinds) if kind == 'category']

    @property
    def is_sparse(self) -> bool:
        """Whether there are sparse vectors."""
        return any(column.kind == 'sparse_vector' for column in self.columns)

    def encode_sparse(self, frame: pd.DataFrame) -> sparse.csr_array:
        """The sparse matrix of a table, of shape (rows, features), as `encode` makes a dense one.

        Raises:
            MissingColumnError: A column of the training is not there.
            ColumnTypeError: A column has another type than in training.
        """
        from redshells.model.sparse_vectors import stack_sparse

        require_columns(frame, [column.name for column in self.columns])
        return stack_sparse(
            _sparse_matrix(column, frame[column.name])
            if column.kind == 'sparse_vector'
            else _encode(column, frame[column.name]).reshape(len(frame), column.size)
            for column in self.columns
        )

    def encode(self, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
        """The matrix of a table, of shape (rows, features). Columns are found by name; others than these are left out.

        Raises:
            MissingColumnError: A column of the training is not there.
            ColumnTypeError: A column has another type than in training, or sparse vectors.
        """
        names = [column.name for column in self.columns]
        require_columns(frame, names)
        for column in self.columns:
            if column.kind == 'sparse_vector':
                raise ColumnTypeError(
                    f'the column {column.name!r} holds sparse vectors of {column.size} numbers, which this model does '
                    "not take. Give them to an estimator, such as 'sklearn.linear_model:LogisticRegression', or make "
                    'dense ones of fewer numbers.'
                )
            if column.kind == 'list':
                raise ColumnTypeError(
                    f'the column {column.name!r} holds lists of items, of which only a factorization machine makes '
                    'features. Make a column of numbers of each item, or leave it out with feature_column_names.'
                )
        if all(column.kind == 'number' and frame[column.name].dtype == np.float64 for column in self.columns):
            return frame[names].to_numpy(dtype=np.float64)
        matrix = np.empty((len(frame), len(self.feature_names)), dtype=np.float64, order='F')
        start = 0
        for column in self.columns:
            values = _encode(column, frame[column.name])
            matrix[:, start : start + column.size] = values.reshape(len(frame), column.size)
            start += column.size
        return matrix

    def to_json(self) -> list[dict[str, Any]]:
        """As JSON values."""
        return [{**asdict(column), 'levels': list(column.levels)} for column in self.columns]

    @classmethod
    def from_json(cls, values: Sequence[dict[str, Any]]) -> FeatureSchema:
        """Of what ``to_json`` gave."""
        return cls(tuple(ColumnSchema(**{**value, 'levels': tuple(value['levels'])}) for value in values))


def refuse_empty(frame: pd.DataFrame) -> None:
    """Check that a training table has rows and columns.

    Raises:
        EmptyTableError: It has none.
    """
    if frame.shape[0] == 0 or frame.shape[1] == 0:
        lacking = '0 sample(s)' if frame.shape[0] == 0 else '0 feature(s)'
        raise EmptyTableError(
            f'the table has {lacking} (shape={frame.shape}) while a minimum of 1 is required. '
            'Check the task that makes it.'
        )


def refuse_infinite(matrix: Any, schema: FeatureSchema, model: str) -> None:
    """Check that no feature is infinite as a 32-bit float, for models that can't take it.

    Raises:
        InfiniteValueError: Names the features and counts the values.
    """
    if not isinstance(matrix, np.ndarray):  # a sparse one
        counts = np.bincount(matrix.indices[np.abs(matrix.data) > _LARGEST], minlength=matrix.shape[1]).tolist()
    else:
        counts = [int(np.count_nonzero(np.abs(matrix[:, i]) > _LARGEST)) for i in range(matrix.shape[1])]
    if any(counts):
        names = [name for name, count in zip(schema.feature_names, counts, strict=True) if count]
        raise InfiniteValueError(
            f'{model} can not take infinity; the features {names[:10]} have {sum(counts)} values that are infinite or '
            'too large for a 32-bit float (over 3.4e38). Replace them, for example with '
            'df.replace([np.inf, -np.inf], np.nan): missing values are handled.'
        )


def to_level(value: Any) -> Level:
    """A category as a JSON value: strings, numbers, booleans as they are, others (intervals, dates) by their text."""
    if isinstance(value, np.generic):
        value = float(value) if isinstance(value, np.floating) else value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no infinity
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def is_numeric(column: pd.Series[Any]) -> bool:
    """Whether a column holds numbers or booleans, missing values aside; objects (Decimal, ...) count by value."""
    if isinstance(column.dtype, (pd.CategoricalDtype, pd.StringDtype)) or types.is_complex_dtype(column.dtype):
        return False
    return types.is_numeric_dtype(column.dtype) or types.infer_dtype(column, skipna=True) in _NUMBERS


def to_numbers(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """A numeric column as floats, missing values as NaN.

    Raises:
        ColumnTypeError: It has integers that no float can hold.
    """
    try:
        if types.is_object_dtype(column.dtype):
            column = column.map(float, na_action='ignore')
        with np.errstate(over='ignore'):  # of wider floats, which are infinite then
            return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError as error:
        raise ColumnTypeError(
            f'the column {column.name!r} has integers that no float can hold: {error}. Scale them, or drop the column.'
        ) from error


def to_codes(column: pd.Series[Any]) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """A number for each value, -1 for a missing one, and the values in the order of their numbers.

    Raises:
        TypeError: Values that can not be told apart, such as lists.
    """
    try:
        with np.errstate(over='raise'):  # pandas takes wider floats as 64-bit ones
            codes, uniques = pd.factorize(column, use_na_sentinel=True)
    except (TypeError, NotImplementedError, FloatingPointError) as error:  # pyarrow says that it is not implemented
        raise TypeError(str(error)) from error
    return codes, list(uniques)


def _column_schema(column: pd.Series[Any]) -> ColumnSchema:
    kind = _kind(column)
    levels: tuple[Level, ...] = ()
    if isinstance(column.dtype, pd.CategoricalDtype):
        levels = tuple(dict.fromkeys(to_level(level) for level in column.dtype.categories))
    elif kind == 'category':
        levels = tuple(sorted(to_level(level) for level in column.dropna().unique()))
    size = column.dtype.size if isinstance(column.dtype, SparseVectorDtype) else 1
    if kind == 'vector':
        size = _vector_size(column)
    return ColumnSchema(name=str(column.name), kind=kind, dtype=str(column.dtype), levels=levels, size=size)


def _kind(column: pd.Series[Any]) -> str:
    dtype = column.dtype
    if isinstance(dtype, SparseVectorDtype):
        return 'sparse_vector'
    if isinstance(dtype, pd.CategoricalDtype):
        return 'ordinal' if dtype.ordered else 'category'
    if types.is_complex_dtype(dtype):
        raise ColumnTypeError(_refusal(column, 'Complex data not supported. Take its real part or its absolute value.'))
    if is_numeric(column):
        return 'number'
    if types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        raise ColumnTypeError(_refusal(column, _dates_help(column)))
    if types.is_timedelta64_dtype(dtype):
        raise ColumnTypeError(_refusal(column, f'Write df[{column.name!r}] = df[{column.name!r}].dt.total_seconds().'))
    if isinstance(dtype, pd.StringDtype):
        return 'category'
    return _kind_of_objects(column)


def _kind_of_objects(column: pd.Series[Any]) -> str:
    inferred = types.infer_dtype(column, skipna=True)
    if inferred.startswith(('datetime', 'date', 'period', 'time')):
        raise ColumnTypeError(_refusal(column, _dates_help(column)))
    present = column.dropna()
    if len(present) == 0:
        return 'number'
    if all(isinstance(value, str) for value in present):
        return 'category'
    if all(isinstance(value, (list, tuple, np.ndarray)) for value in present):
        return 'vector'
    kinds = sorted({type(value).__name__ for value in present})
    raise ColumnTypeError(
        _refusal(
            column,
            f'It holds values of the types {kinds}; argument must be a string or a number. Convert the column to one '
            'type, or leave it out with feature_column_names.',
        )
    )


def _refusal(column: pd.Series[Any], advice: str) -> str:
    return f'the column {column.name!r} of type {column.dtype} can not be a feature. {advice}'


def _dates_help(column: pd.Series[Any]) -> str:
    name = column.name
    return (
        'Numbers, booleans, strings, categoricals and vectors can. A tree can not follow a calendar date into the '
        f"future: make features of it, for example df['{name}_weekday'] = df['{name}'].dt.dayofweek, then drop the "
        'column, or leave it out with feature_column_names.'
    )


def _vector_size(column: pd.Series[Any]) -> int:
    try:
        sizes = {np.size(value) for value in column.dropna()}
    except ValueError as error:
        raise ColumnTypeError(_refusal(column, f'Its vectors hold lists of unequal lengths: {error}.')) from error
    if len(sizes) != 1 or 0 in sizes:
        raise ColumnTypeError(
            _refusal(
                column, f'Its vectors have the lengths {sorted(sizes)[:5]}; one length above 0 is expected in all rows.'
            )
        )
    return int(sizes.pop())


def _encode(column: ColumnSchema, values: pd.Series[Any]) -> npt.NDArray[np.float64]:
    if column.kind == 'number':
        return _encode_numbers(column, values)
    if column.kind == 'vector':
        return _encode_vectors(column, values)
    return _encode_levels(column, values)


def _sparse_matrix(column: ColumnSchema, values: pd.Series[Any]) -> sparse.csr_array:
    if not isinstance(values.dtype, SparseVectorDtype) or values.dtype.size != column.size:
        raise ColumnTypeError(_mismatch(column, values, 'Make the vectors with the model of the training.'))
    return values.array.matrix


def _encode_numbers(column: ColumnSchema, values: pd.Series[Any]) -> npt.NDArray[np.float64]:
    if not values.notna().any():
        return np.full(len(values), np.nan)
    if isinstance(values.dtype, pd.CategoricalDtype) or _kind(values) != 'number':
        raise ColumnTypeError(_mismatch(column, values, 'Convert it to numbers.'))
    return to_numbers(values)


def _encode_levels(column: ColumnSchema, values: pd.Series[Any]) -> npt.NDArray[np.float64]:
    try:
        codes, uniques = to_codes(values)
    except TypeError as error:
        raise ColumnTypeError(_mismatch(column, values, f'It had values such as {list(column.levels[:3])}.')) from error
    present = [to_level(value) for value in uniques]
    if present and column.levels and not set(present) & set(column.levels):
        text_expected = any(isinstance(level, str) for level in column.levels)
        text_given = any(isinstance(value, str) for value in present)
        # dates and such count by their text, but only where they come as categories, as in training
        strange = not isinstance(values.dtype, pd.CategoricalDtype) and not any(_is_plain(value) for value in uniques)
        if text_expected != text_given or strange:
            raise ColumnTypeError(_mismatch(column, values, f'It had values such as {list(column.levels[:3])}.'))
    elif present and not column.levels and types.is_numeric_dtype(values.dtype):
        raise ColumnTypeError(_mismatch(column, values, 'It had no values at all.'))
    code_of = {level: float(code) for code, level in enumerate(column.levels)}
    table = np.array([code_of.get(value, np.nan) for value in present] + [np.nan])  # code -1, missing, is the last one
    return table[codes]


def _encode_vectors(column: ColumnSchema, values: pd.Series[Any]) -> npt.NDArray[np.float64]:
    matrix = np.full((len(values), column.size), np.nan)
    present = values.notna().to_numpy()
    if not present.any():
        return matrix
    if not all(isinstance(value, (list, tuple, np.ndarray)) for value in values[present]):
        raise ColumnTypeError(_mismatch(column, values, f'It had vectors of {column.size} numbers.'))
    if _vector_size(values) != column.size:
        raise ColumnTypeError(
            f'the column {column.name!r} has vectors of {_vector_size(values)} numbers; in training it had '
            f'{column.size}.'
        )
    try:
        matrix[present] = np.array([_to_vector(value) for value in values[present]])
    except (TypeError, ValueError, OverflowError) as error:
        raise ColumnTypeError(_refusal(values, f'Its vectors must hold numbers: {error}.')) from error
    return matrix


def _to_vector(value: Any) -> npt.NDArray[np.float64]:
    array = np.asarray(value)
    if array.dtype.kind not in 'biufO' or (array.dtype == object and not is_numeric(pd.Series(array.ravel()))):
        raise TypeError(f'a vector is {value!r:.100}')
    return array.astype(np.float64).ravel()


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float, np.number, np.bool_))


def _mismatch(column: ColumnSchema, values: pd.Series[Any], advice: str) -> str:
    before = f'{column.dtype} ({column.kind})'
    return f'the column {column.name!r} is of type {values.dtype}; in training it was {before}. {advice}'
