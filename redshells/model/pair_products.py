"""The elementwise products of the vectors of pairs, from which a classifier learns who is similar."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.errors import (
    DataError,
    DuplicateColumnError,
    EmptyTableError,
    InfiniteValueError,
    ParameterError,
    TargetError,
)
from redshells.model.document_model import DocumentVectors
from redshells.model.feature_schema import to_codes
from redshells.model.frame import TableData, read_table, require_columns
from redshells.model.item_vectors import ItemVectors
from redshells.model.table_model import TableModel
from redshells.model.vector_table import vector_table

logger = logging.getLogger(__name__)

PRODUCT = 'product'
"""The column with the products."""

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class PairNames:
    """The columns of a table of pairs.

    Args:
        item0: The column with one item of each pair.
        item1: The column with the other item.
        similarity: The column that says whether they are similar.
    """

    item0: str = 'item0'
    item1: str = 'item1'
    similarity: str = 'similarity'


@dataclass(frozen=True, kw_only=True)
class LabelledPairs:
    """Pairs to learn from.

    Attributes:
        data: The products, in the column ``product``, and the labels.
        rows: How many rows the table had.
        unknown_pairs: How many rows were left out because an item has no vector.
        repeated_pairs: How many rows were left out because their pair and label were there before.
    """

    data: TableData
    rows: int
    unknown_pairs: int
    repeated_pairs: int


def multiply_pairs(vectors: DocumentVectors, first: Positions, second: Positions) -> DocumentVectors:
    """The elementwise product of the two vectors of each pair.

    Args:
        vectors: Of shape (items, size), dense or sparse.
        first: The row of one item of each pair.
        second: The row of the other.

    Returns:
        Of shape (pairs, size), of the kind of the vectors. It is the same, to the last bit, when both are swapped.

    Raises:
        InfiniteValueError: A product is too large for a 32-bit float.

    Example:
        >>> multiply_pairs(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 1]), np.array([1, 1]))
        array([[ 3.,  8.],
               [ 9., 16.]])
    """
    with np.errstate(over='ignore'):
        if isinstance(vectors, sparse.csr_array):
            products = sparse.csr_array(vectors[first].multiply(vectors[second]))
            largest = products.data
        else:
            largest = products = vectors[first] * vectors[second]
    if not np.isfinite(largest).all():
        raise InfiniteValueError(
            'products of the vectors are too large for a 32-bit float (over 3.4e38). Scale the vectors.'
        )
    return products


def cut_pairs(table: Any, items: ItemVectors, names: PairNames) -> LabelledPairs:
    """The products and labels of a table of pairs.

    Pairs of an item without a vector are left out. The order of the items of a pair does not matter: of rows with one
    pair and one label, in either order, the first stays. A pair that has both labels keeps one row of each.

    Args:
        table: A pandas or polars data frame.
        items: The vectors of the items.
        names: The columns of the table.

    Returns:
        One row for each pair that is left, with the index of its row of the table.

    Raises:
        MissingColumnError: A named column is not there.
        EmptyTableError: There are no rows.
        MissingValueError: An item is missing.
        ColumnTypeError: The items are of another type than those with vectors.
        DataError: No pair has a vector for both of its items.
        TargetError: There are more than two labels.
        InfiniteValueError: A product is too large.
    """
    frame = read_table(table)
    require_columns(frame, [names.similarity], 'similarity_column_name')
    first, second = _positions(frame, items, names)
    if frame.empty:
        raise EmptyTableError('the table of pairs has no rows. Check the task that makes it.')
    labels = frame[names.similarity]
    codes = _label_codes(labels)
    known = (first >= 0) & (second >= 0)
    if not known.any():
        raise DataError(
            f'none of the {len(frame)} pairs has a vector for both of its items. The first pair is '
            f'({frame[names.item0].iloc[0]!r}, {frame[names.item1].iloc[0]!r}); items with vectors are '
            f'{list(items.ids.ids[:3])} and others. Check that both mean the same items.'
        )
    keys = pd.DataFrame({'low': np.minimum(first, second), 'high': np.maximum(first, second), 'label': codes})[known]
    rows = np.flatnonzero(known)[~keys.duplicated().to_numpy()]
    unknown, repeated = int(len(frame) - known.sum()), int(known.sum() - len(rows))
    _report(keys, len(frame), unknown, repeated)
    products = multiply_pairs(items.vectors, first[rows], second[rows])
    features = vector_table(products, pd.DataFrame(index=frame.index[rows]), PRODUCT)
    data = TableData(features=features, target=labels.iloc[rows])
    return LabelledPairs(data=data, rows=len(frame), unknown_pairs=unknown, repeated_pairs=repeated)


def predict_pairs(
    model: TableModel, table: Any, items: ItemVectors, names: PairNames, batch_size: int = 100_000
) -> pd.DataFrame:
    """A table of pairs with the similarity of each: the probability of the positive class, the larger of both labels.

    Args:
        model: A classifier that has learnt from products of pairs.
        table: A pandas or polars data frame.
        items: The vectors of the items.
        names: The columns of the table; that of the similarity is added.
        batch_size: Pairs that are predicted at a time, which bounds the memory for products.

    Returns:
        The table with a column more; NaN where an item has no vector.

    Raises:
        NotFittedError: The model is not fitted.
        ParameterError: It is no classifier of such products, or has no probabilities.
        DataError: The vectors are of another length than in training, or the pairs can't be used.
        DuplicateColumnError: The table has a column of the name of the similarity.
    """
    _check_model(model, items)
    frame = read_table(table)
    if names.similarity in frame.columns:
        raise DuplicateColumnError(
            f'the table has a column of the name {names.similarity!r}, where the similarity should go. Choose another '
            'similarity_column_name.'
        )
    first, second = _positions(frame, items, names)
    known = np.flatnonzero((first >= 0) & (second >= 0))
    similarity = np.full(len(frame), np.nan)
    for start in range(0, len(known), batch_size):
        rows = known[start : start + batch_size]
        products = vector_table(multiply_pairs(items.vectors, first[rows], second[rows]), None, PRODUCT)
        similarity[rows] = model.predict_proba(products)[:, 1]
    if len(known) < len(frame):
        logger.warning('%d of %d pairs have an item without a vector', len(frame) - len(known), len(frame))
    return frame.assign(**{names.similarity: similarity})


def _positions(frame: pd.DataFrame, items: ItemVectors, names: PairNames) -> tuple[Positions, Positions]:
    require_columns(frame, [names.item0], 'item0_column_name')
    require_columns(frame, [names.item1], 'item1_column_name')
    first = items.ids.positions(frame[names.item0], f'the items {names.item0!r}')
    return first, items.ids.positions(frame[names.item1], f'the items {names.item1!r}')


def _label_codes(labels: pd.Series[Any]) -> Positions:
    try:
        codes, found = to_codes(labels)
    except TypeError as error:
        raise TargetError(f'the similarity {labels.name!r} holds no labels: {error}.') from error
    if len(found) > 2:
        raise TargetError(
            f'the similarity {labels.name!r} has {len(found)} different values, {found[:5]} among them; two are '
            'expected, such as 0 and 1. Make two classes of it by a threshold.'
        )
    return codes


def _report(keys: pd.DataFrame, rows: int, unknown: int, repeated: int) -> None:
    if unknown:
        logger.warning('%d of %d pairs have an item without a vector, and are left out', unknown, rows)
    if repeated:
        logger.info('%d of %d pairs are there before with the same label, and are left out', repeated, rows)
    both = int((keys.groupby(['low', 'high'])['label'].nunique() > 1).sum())
    if both:
        logger.warning('%d pairs are both similar and not similar', both)


def _check_model(model: TableModel, items: ItemVectors) -> None:
    model.check_fitted()
    columns = model.schema_.columns
    if [one.name for one in columns] != [PRODUCT] or len(model.classes_) != 2:
        raise ParameterError(
            f'the model has learnt from the columns {[one.name for one in columns][:10]}, not from products of pairs. '
            'Give it a TrainPairwiseSimilarityModel task.'
        )
    if not hasattr(model, 'predict_proba'):
        raise ParameterError(
            'the model has no probabilities. Choose another model_name of TrainPairwiseSimilarityModel, such as '
            "'XGBClassifier'."
        )
    if columns[0].size != items.size:
        raise DataError(
            f'the vectors of the items have {items.size} numbers; in training they had {columns[0].size}. Give the '
            'vectors of the model of the training.'
        )
