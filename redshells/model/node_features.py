"""Features of users or items, in the order of the nodes of a graph."""

from __future__ import annotations

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


def learn_fields(frame: pd.DataFrame, ids: IdIndex, name: str) -> FeatureFields:
    """The fields of the features of the nodes of the training.

    Args:
        frame: A row for each node, with its id as index; other rows are left out.
        ids: The ids of the nodes.
        name: What the table is called, for messages.

    Raises:
        DataError: There is no row of any of the nodes, or the columns can't be used.
    """
    known = frame.loc[ids.positions(frame.index, name) >= 0]
    if known.empty:
        raise EmptyTableError(
            f'{name} has no row of any id of the training, such as {ids.ids.tolist()[0]!r}; its index has '
            f'{frame.index.tolist()[0]!r}. Set the ids as index.'
        )
    return FeatureFields.of(known)


def encode_nodes(fields: FeatureFields, frame: pd.DataFrame, ids: IdIndex, name: str) -> sparse.csr_array:
    """The features of all nodes, of shape (nodes, features): zeros for those without a row."""
    rows = IdIndex.positions(ids, frame.index, name)
    places = rows[rows >= 0]
    encoded = fields.encode_matrix(frame.loc[rows >= 0])
    shape = (len(ids), len(places))
    spread = sparse.csr_array(([1.0] * len(places), (places, range(len(places)))), shape=shape)
    return sparse.csr_array(spread @ encoded)
