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


@dataclass(frozen=True)
class EncodedTable:
    """A table in numbers, ready for a booster.

    Args:
        source: Features, of shape (source rows, features); NaN is missing, categories are codes.
        target: Codes of classes or numbers, of shape (rows,).
        weight: Weight of each row, or None.
        query_ids: A number for each row that tells its query, ascending; None unless it is a ranking.
        rows: Positions in the source, where the table is a part of it.
        reused: Whether it is trained on again and again: its native data sets are kept then.
    """

    source: Matrix
    target: npt.NDArray[Any]
    weight: npt.NDArray[np.float64] | None = None
    query_ids: npt.NDArray[np.int64] | None = None
    rows: npt.NDArray[np.int64] | None = None
    reused: bool = False
    _order: npt.NDArray[np.int64] | None = None
    _native: dict[Hashable, Any] = field(default_factory=dict, compare=False)

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
            reused=True,
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
        weight = class_weights(self.target, self.weight, class_weight, classes)[self.target]
        weight = weight if self.weight is None else weight * self.weight
        return replace(self, weight=weight, reused=False, _native={})

    def native(self, key: Hashable, make: Callable[[], T]) -> T:
        """The native data set of a table, kept where the table is trained on again and again.

        Args:
            key: What the data set depends on besides the table.
            make: Makes it.
        """
        if not self.reused:
            return make()
        key = (threading.get_ident(), key)  # libraries do not promise that threads may share one
        if key not in self._native:
            self._native[key] = make()
        return cast(T, self._native[key])


def _sort_by_query(group: pd.Series[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    try:
        codes, _ = to_codes(group)
    except TypeError as error:
        raise DataError(f'the group {group.name!r} holds values that can not be compared: {error}.') from error
    return codes, np.argsort(codes, kind='stable')
