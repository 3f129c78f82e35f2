"""What is known of users or of items besides their interactions, as rows of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.errors import DataError
from redshells.model.feature_fields import FeatureFields
from redshells.model.frame import read_table
from redshells.model.id_index import IdIndex, checked_ids


@dataclass(frozen=True)
class SideFeatures:
    """The features of users, or of items.

    Args:
        fields: How a table becomes numbers.
        known: The features of those that have interactions, of shape (known ids, features); zeros where there are none.
        other_ids: Those that have features only.
        others: Their features.
    """

    fields: FeatureFields
    known: sparse.csr_array
    other_ids: npt.NDArray[Any]
    others: sparse.csr_array

    @classmethod
    def of(cls, frame: pd.DataFrame, ids: IdIndex, name: str) -> Self:
        """The features of a table.

        Args:
            frame: The features, with the ids as index.
            ids: Those that have interactions.
            name: What the table is called, for messages.

        Raises:
            DataError: An id has several rows, or no id has interactions.
            ColumnTypeError: The ids or a column have a type that can't be used.
        """
        table = read_table(frame)
        positions = ids.positions(table.index, f'the index of {name}')
        if table.index.has_duplicates:
            twice = table.index[table.index.duplicated()].tolist()[0]
            raise DataError(f'{name} has several rows of the id {twice!r}; one row for each id is expected.')
        if not (positions >= 0).any():
            raise DataError(
                f'{name} has {len(table)} rows, and none of them is of an id with interactions. Check that its index '
                'has the ids.'
            )
        fields = FeatureFields.of(table)
        matrix = sparse.csr_array(fields.encode_matrix(table))
        seen = positions >= 0
        place = sparse.csr_array(
            (np.ones(int(seen.sum()), dtype=np.float32), (positions[seen], np.flatnonzero(seen))),
            shape=(len(ids), len(table)),
        )
        return cls(fields, sparse.csr_array(place @ matrix), checked_ids(table.index[~seen], name), matrix[~seen])


def place_rows(ids: IdIndex, others: npt.NDArray[Any]) -> tuple[IdIndex, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """An index with more ids.

    Args:
        ids: The index.
        others: The ids to add, none of which it has.

    Returns:
        The new index, the positions in it of the ids that were there, and those of the others.
    """
    index = IdIndex.of(np.concatenate([ids.ids, others]))
    return index, index.positions(ids.ids), index.positions(others)
