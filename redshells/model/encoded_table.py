"""Tables in numbers, ready for a booster, and the native data sets that are made of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import DataError
from redshells.model.feature_schema import to_codes
from redshells.model.target_encoding import class_weights

Matrix = npt.NDArray[np.float64]
T = TypeVar('T')

# Native data sets of one table, which differ by their bins. They are smaller than the table, but there is one for each
# fold as well.
_MOST_KEPT = 3
_LARGE = 2**28  # bytes


@dataclass(frozen=True)
class EncodedTable:
    """A table in numbers, ready for a booster.

    Args:
        source: Features, of shape (source rows, features); NaN is missing, categories are codes.
        target: Codes of classes or numbers, of shape (rows,).
        weight: Weight of each row, or None.
        query_ids: A number for each row that tells its query, ascending; None unless it is a ranking.
        rows: Positions in the source, where the table is a part of it.
        whole: The table of all rows of the source, where the table is a part that is trained on again and again: the
            native data sets of both are kept then.
    """

    source: Matrix
    target: npt.NDArray[Any]
    weight: npt.NDArray[np.float64] | None = None
    query_ids: npt.NDArray[np.int64] | None = None
    rows: npt.NDArray[np.int64] | None = None
    whole: EncodedTable | None = None
    _order: npt.NDArray[np.int64] | None = None
    _native: dict[Hashable, Any] = field(default_factory=dict, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, compare=False)

    @classmethod
    def of_queries(
        cls,
        matrix: Matrix,
        target: npt.NDArray[Any],
        weight: npt.NDArray[np.float64] | None,
        group: pd.Series[Any],
    ) -> Self:
        """A table whose rows are sorted by query, in the order in which the queries come first.

        Raises:
            DataError: The query of a row is missing, or no value that can be told from others.
        """
        if group.isna().any():
            missing = int(group.isna().sum())
            raise DataError(f'the group {group.name!r} is missing in {missing} rows. Drop these rows before.')
        codes, order = _sort_by_query(group)
        weight = None if weight is None else weight[order]
        return cls(matrix[order], target[order], weight, codes[order], _order=order)

    @property
    def matrix(self) -> Matrix:
        """Features, of shape (rows, features); a copy where the table is a part of another."""
        return self.source if self.rows is None else self.source[self.rows]

    @property
    def size(self) -> int:
        """Number of values of the features."""
        return len(self.target) * int(self.source.shape[1])

    @property
    def query_sizes(self) -> npt.NDArray[np.int64] | None:
        """Number of rows of each query, whose rows lie together; None unless it is a ranking."""
        if self.query_ids is None:
            return None
        return np.unique(self.query_ids, return_counts=True)[1]

    def take(self, rows: npt.NDArray[np.int64]) -> EncodedTable:
        """A part, by positions in the table that was encoded, to be trained on again and again."""
        if self._order is not None:
            chosen = np.zeros(len(self.target), dtype=bool)
            chosen[rows] = True
            rows = np.flatnonzero(chosen[self._order])
        return EncodedTable(
            self.source,
            self.target[rows],
            None if self.weight is None else self.weight[rows],
            None if self.query_ids is None else self.query_ids[rows],
            rows,
            whole=self,
        )

    def thin(self, rows: npt.NDArray[np.int64]) -> EncodedTable:
        """Some rows of a part, by ascending positions in it, to be trained on again and again."""
        assert self.rows is not None
        return replace(
            self,
            target=self.target[rows],
            weight=None if self.weight is None else self.weight[rows],
            query_ids=None if self.query_ids is None else self.query_ids[rows],
            rows=self.rows[rows],
            _native={},
            _lock=threading.Lock(),
        )

    def weighted_by_class(self, class_weight: Any, classes: npt.NDArray[Any] | None) -> EncodedTable:
        """The same rows, their weight times that of their class.

        Args:
            class_weight: ``'balanced'``, a dict of the labels (or their text) to weights, or None.
            classes: The labels in the order of their codes.

        Raises:
            ParameterError: Class weights of other classes, or of no classification.
        """
        if class_weight is None:
            return self

        def weigh() -> EncodedTable:
            weight = class_weights(self.target, self.weight, class_weight, classes)[self.target]
            return replace(
                self, weight=weight if self.weight is None else weight * self.weight, _native={}, _lock=threading.Lock()
            )

        return self.native(('class_weight', repr(class_weight)), weigh)

    @property
    def reused(self) -> bool:
        """Whether it is a part that is trained on again and again."""
        return self.whole is not None

    def native(self, key: Hashable, make: Callable[[], T], *, keep: bool | None = None) -> T:
        """The native data set of a table; the last ones are kept where the table is trained on again and again.

        Args:
            key: What the data set depends on besides the table.
            make: Makes it.
            keep: Whether it is kept; by default, where the table is a part of another.
        """
        if not (self.reused if keep is None else keep):
            return make()
        with self._lock:  # folds that are trained side by side share what all of them are parts of
            found = self._native.pop(key) if key in self._native else make()
            self._native[key] = found  # the last one is the one that was used last
            while len(self._native) > (_MOST_KEPT if self.source.nbytes < _LARGE else 1):
                del self._native[next(iter(self._native))]
            return cast(T, found)


def _sort_by_query(group: pd.Series[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    try:
        codes, _ = to_codes(group)
    except TypeError as error:
        raise DataError(f'the group {group.name!r} holds values that can not be compared: {error}.') from error
    return codes, np.argsort(codes, kind='stable')
