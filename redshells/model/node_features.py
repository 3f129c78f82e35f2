"""Features of users or items, in the order of the nodes of a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from scipy import sparse

from redshells.errors import DataError, EmptyTableError
from redshells.model.feature_fields import FeatureFields
from redshells.model.frame import read_table
from redshells.model.id_index import IdIndex


def check_features(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The table of features.

    Args:
        frame: A row for each node, with its id as index.
        name: What the table is called, for messages.

    Raises:
        EmptyTableError: It has no rows or no columns.
        DataError: An id stands there twice.
    """
    table = read_table(frame)
    if not len(table) or not len(table.columns):
        raise EmptyTableError(
            f'{name} has {len(table)} rows and {len(table.columns)} columns; at least one of each is expected. Leave '
            'it out where there are no features.'
        )
    twice = table.index[table.index.duplicated()]
    if len(twice):
        raise DataError(f'{name} has several rows of the id {twice.tolist()[0]!r}. Leave one row for each id.')
    return table


@dataclass(frozen=True)
class NodeFeatures:
    """Features of the nodes of a training.

    Args:
        fields: What they are; None without.
        encoded: Of shape (nodes, features), with zeros for nodes without a row; None without.
        others: The rows of ids that are no nodes of the training; None where there are none.
    """

    fields: FeatureFields | None = None
    encoded: sparse.csr_array | None = None
    others: pd.DataFrame | None = None

    @classmethod
    def of(cls, frame: pd.DataFrame | None, ids: IdIndex, name: str) -> Self:
        """The features of a table; none of None.

        Args:
            frame: A row for each node, with its id as index.
            ids: The ids of the nodes of the training.
            name: What the table is called, for messages.

        Raises:
            EmptyTableError: The table is empty, or has no row of any of the nodes.
            DataError: An id stands there twice, or the columns can't be used.
        """
        if frame is None:
            return cls()
        table = check_features(frame, name)
        rows = ids.positions(table.index, f'the index of {name}')
        known, others = table.loc[rows >= 0], table.loc[rows < 0]
        if known.empty:
            raise EmptyTableError(
                f'{name} has no row of any id of the training, such as {ids.ids.tolist()[0]!r}; its index has '
                f'{table.index.tolist()[0]!r}. Set the ids as index.'
            )
        fields = FeatureFields.of(known)
        places = rows[rows >= 0]
        ones = np.ones(len(places), dtype=np.float32)
        spread = sparse.csr_array((ones, (places, np.arange(len(places)))), shape=(len(ids), len(places)))
        encoded = sparse.csr_array(spread @ fields.encode_matrix(known))
        return cls(fields, encoded, None if others.empty else others)
