"""Rows that two tables share: those that a model is scored on should not be among those that it has learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.analysis.list_features import hash_lists, split_lists
from redshells.model.feature_schema import FeatureSchema
from redshells.model.frame import TableData
from redshells.model.target_encoding import TargetEncoding

_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class SharedRows:
    """Rows that stand in both tables, features and target alike.

    Attributes:
        count: Scored rows that stand in the training table as well.
        share: Their share of the scored rows.
        repeated_share: Share of the rows of the training table that stand there more than once: what can be expected of
            a table with few columns.
    """

    count: int
    share: float
    repeated_share: float

    @property
    def is_suspicious(self) -> bool:
        """Whether there are more than rows that happen to be alike."""
        return self.share > 0.01 + 2 * self.repeated_share


def find_shared_rows(schema: FeatureSchema, encoding: TargetEncoding, train: TableData, test: TableData) -> SharedRows:
    """Count the rows of a table that stand in another one as well, as a model sees them.

    Args:
        schema: The features.
        encoding: The target.
        train: The rows of the training.
        test: The rows that are scored.
    """
    known, scored = (_hash_data(schema, encoding, one) for one in (train, test))
    distinct, counts = np.unique(known, return_counts=True)
    shared = np.isin(scored, distinct)
    repeated = float(counts[counts > 1].sum() / len(known))
    return SharedRows(int(shared.sum()), float(shared.mean()), repeated)


def _hash_data(schema: FeatureSchema, encoding: TargetEncoding, data: TableData) -> npt.NDArray[np.uint64]:
    schema, lists = split_lists(schema)
    if lists:
        hashes = _hash_data(schema, encoding, data)
        for name in lists:
            hashes = hashes * _FACTOR + hash_lists(data.features[name])
        return hashes
    target = encoding.encode(data.target)
    if not schema.is_sparse:
        return _hash_rows(schema.encode(data.features), target)
    matrix = schema.encode_sparse(data.features)
    # the hash of 0 is 0, of which nothing would be left: that of the value 0.0 may be, that of the first position not
    mixed = pd.util.hash_array(matrix.data + 0.0) * pd.util.hash_array(matrix.indices + 1)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])  # they wrap around
    hashes = _hash_rows(np.empty((len(target), 0)), target)
    hashes += sums[matrix.indptr[1:]] - sums[matrix.indptr[:-1]]
    return hashes


def _hash_rows(matrix: npt.NDArray[np.float64], target: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """A number for each row, which differs for rows that differ (but for one in 2^64)."""
    total = np.zeros(len(matrix), dtype=np.uint64)
    for column in (*matrix.T, target.astype(np.float64)):
        mixed = pd.util.hash_array(np.ascontiguousarray(column + 0.0))  # -0.0 is 0.0
        total = total * _FACTOR + mixed
    return total
