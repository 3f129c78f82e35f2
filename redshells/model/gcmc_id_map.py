"""Ids and the indices that they have, with features, as the first version of redshells had them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import ColumnTypeError, DataError
from redshells.model.feature_schema import is_numeric, to_numbers
from redshells.model.id_index import Ids, checked_ids

FeatureBlocks: TypeAlias = 'Sequence[Mapping[Any, npt.NDArray[Any]]]'
"""One block for each kind of feature: id to vector, all vectors of a block being of one length."""

Indices = npt.NDArray[np.int64]


class GcmcIdMap:
    """Ids and the indices that they have.

    Ids with too few or too many rows have the default index, which is 0 and which ids that are not known have too; the
    others have those from 1 on, in ascending order. Without a default index they begin at 0, and what is not known has
    -1. Features have indices of their own, for those left out have features: the kept ids first, then the others.

    Args:
        ids: The id of each row.
        features: Blocks of features by id.
        min_count: Ids with fewer rows are left out.
        max_count: Ids with more rows are left out.
        use_default: Whether there is a default index.

    Example:
        >>> ids = GcmcIdMap(np.array(['b', 'a', 'b']), min_count=2)
        >>> ids.to_indices(['a', 'b', 'c']).tolist(), ids.to_feature_indices(['a', 'b', 'c']).tolist()
        ([0, 1, 0], [2, 1, 0])
    """

    def __init__(
        self,
        ids: Ids,
        features: FeatureBlocks | None = None,
        min_count: int = 0,
        max_count: int = sys.maxsize,
        use_default: bool = True,
    ) -> None:
        self._ids = _checked_values(ids)
        values, counts = _unique(self._ids)
        stays = (counts >= min_count) & (counts <= max_count)
        self._first = int(use_default)
        self._index: pd.Index[Any] = pd.Index(values[stays])
        self._feature_index: pd.Index[Any] = pd.Index(np.concatenate([values[stays], values[~stays]]))
        self._features = None if features is None else [dict(block) for block in features]
        self._feature_matrix = self._matrices()

    def add(self, ids: Ids, features: FeatureBlocks | None = None) -> None:
        """Take more rows, and features, which take the place of earlier ones of an id.

        New ids have the next indices, in ascending order; ids that were left out stay so.

        Args:
            ids: The id of each row.
            features: As many blocks as there are, with vectors of the same lengths.

        Raises:
            DataError: The features are of another shape.
        """
        more = _checked_values(ids)
        new, _ = _unique(more)
        new = new[~pd.Index(new).isin(pd.Index(self._ids))]
        if features is not None:
            self._features = self._merged(features)
        self._ids = np.concatenate([self._ids, more]) if len(more) else self._ids
        self._index = self._index.append(pd.Index(new)) if len(new) else self._index
        self._feature_index = self._feature_index.append(pd.Index(new)) if len(new) else self._feature_index
        self._feature_matrix = self._matrices()

    def with_rows(self, ids: Ids, features: FeatureBlocks | None = None) -> GcmcIdMap:
        """A map that has more rows and features, as ``add`` takes them; this one stays as it is."""
        result = copy(self)
        result.add(ids, features)
        return result

    def _merged(self, features: FeatureBlocks) -> list[dict[Any, npt.NDArray[Any]]]:
        blocks = self._features or []
        if len(features) != len(blocks):
            raise DataError(
                f'{len(features)} blocks of features were given; there are {len(blocks)}, as many are expected.'
            )
        for number, (old, new) in enumerate(zip(blocks, features, strict=True)):
            sizes = _block_size(old, number), _block_size(new, number)
            if new and sizes[0] != sizes[1]:
                raise DataError(
                    f'the features of block {number} have {sizes[1]} numbers; {sizes[0]} are expected, as before.'
                )
        return [{**old, **new} for old, new in zip(blocks, features, strict=True)]

    def _matrices(self) -> list[npt.NDArray[np.float32]]:
        matrices = []
        for number, block in enumerate(self._features or []):
            matrix = np.zeros((len(self._feature_index) + 1, _block_size(block, number)), dtype=np.float32)
            positions = self._feature_index.get_indexer(pd.Index(list(block)))
            known = np.flatnonzero(positions >= 0)
            if len(known):
                vectors = list(block.values())
                matrix[positions[known] + 1] = np.asarray([vectors[place] for place in known.tolist()])
            matrices.append(matrix)
        return matrices

    def to_indices(self, ids: Ids) -> Indices:
        """The index of each id; the default where it has none, or -1 without a default."""
        return self._find(self._index, ids)

    def to_feature_indices(self, ids: Ids) -> Indices:
        """The row of each id in the feature matrices; the default where it has none, or -1 without a default."""
        return self._find(self._feature_index, ids)

    def _find(self, index: pd.Index[Any], ids: Ids) -> Indices:
        values = _checked_values(ids)
        if not len(index) or not len(values):
            return np.full(len(values), self._first - 1, dtype=np.int64)
        return np.asarray(index.get_indexer(pd.Index(values)), dtype=np.int64) + self._first

    def sorted_unique_ids(self) -> npt.NDArray[Any]:
        """The distinct ids that have an index, in ascending order."""
        return _unique(self._index.to_numpy())[0]

    @property
    def index_count(self) -> int:
        """How many indices there are, with the default."""
        return len(self._index) + self._first

    @property
    def ids(self) -> npt.NDArray[Any]:
        """The id of each row."""
        return self._ids

    @property
    def indices(self) -> Indices:
        """The index of each row."""
        return self.to_indices(self._ids)

    @property
    def features(self) -> list[dict[Any, npt.NDArray[Any]]] | None:
        """The blocks of features; None without."""
        return self._features

    @property
    def feature_matrix(self) -> list[npt.NDArray[np.float32]]:
        """The features of each block by feature index, of shape (ids + 1, numbers); the first row is zeros."""
        return self._feature_matrix

    @property
    def feature_indices(self) -> Indices:
        """The feature index of each row."""
        return self.to_feature_indices(self._ids)

    def left_out(self, ids: Ids) -> npt.NDArray[np.bool_]:
        """Whether each id is there and has the default index."""
        values = _checked_values(ids)
        return np.asarray(pd.Index(values).isin(self._feature_index) & ~pd.Index(values).isin(self._index))


def feature_frame(blocks: FeatureBlocks | None) -> pd.DataFrame | None:
    """Blocks of features as a table with the ids as index and a vector a block; None without.

    Where a block lacks an id that another has, its vector is zeros.

    Raises:
        DataError: The vectors of a block are not of one length.
    """
    ids = list(dict.fromkeys(one for block in blocks or [] for one in block))
    if not ids or blocks is None:
        return None
    columns = {}
    for number, block in enumerate(blocks):
        nothing = np.zeros(_block_size(block, number))
        vectors = [np.asarray(block.get(one, nothing), dtype=np.float64).tolist() for one in ids]
        columns[f'feature_{number}'] = pd.Series(vectors, dtype=object)
    return pd.DataFrame(columns).set_axis(pd.Index(ids), axis=0)


def checked_ratings(ratings: npt.NDArray[Any] | pd.Series[Any] | Sequence[float]) -> npt.NDArray[np.float64]:
    """Ratings as numbers.

    Raises:
        ColumnTypeError: They are no numbers.
        DataError: Some are missing or infinite.
    """
    column = pd.Series(ratings)
    if len(column) and not is_numeric(column):
        raise ColumnTypeError(f'the ratings are of type {column.dtype}; numbers are expected.')
    values = to_numbers(column) if len(column) else np.empty(0)
    if not np.isfinite(values).all():
        raise DataError('the ratings have missing or infinite values. Remove the rows.')
    return np.asarray(values, dtype=np.float64)


def _checked_values(ids: Ids) -> npt.NDArray[Any]:
    """Ids, or ratings, which have indices likewise."""
    column = pd.Series(ids)
    return checked_ratings(column) if column.dtype.kind == 'f' else checked_ids(column, 'ids')


def _unique(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """The distinct values in ascending order, and how often each is there."""
    counts = pd.Series(values).value_counts().sort_index()
    return np.asarray(counts.index, dtype=values.dtype), np.asarray(counts, dtype=np.int64)


def _block_size(block: Mapping[Any, npt.NDArray[Any]], number: int) -> int:
    sizes = {len(vector) for vector in block.values()}
    if len(sizes) > 1:
        raise DataError(
            f'the features of block {number} are of {sorted(sizes)} numbers; vectors of one length are expected.'
        )
    return sizes.pop() if sizes else 0
