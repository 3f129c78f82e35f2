from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from redshells.errors import (
    ColumnTypeError,
    DuplicateColumnError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
)
from redshells.model.vector_table import to_dense, vector_table, vectors_of

ROWS = np.array([[0.5, 0.0, 1.0], [0.0, 0.0, 2.0]], np.float32)
KEPT = pd.DataFrame({'category': ['a', 'b']}, index=pd.Index(['x', 'x'], name='id'))


@pytest.mark.parametrize('vectors', [ROWS, sparse.csr_array(ROWS)])
def test_vectors_come_back_beside_what_is_kept(vectors: Any) -> None:
    table = vector_table(vectors, KEPT, 'v')

    again, frame = vectors_of(table, 'v')

    assert list(table.columns) == ['category', 'v']
    pd.testing.assert_index_equal(frame.index, KEPT.index)
    assert sparse.issparse(again) == sparse.issparse(vectors)
    np.testing.assert_array_equal(to_dense(again), ROWS)
    assert to_dense(again).dtype == np.float32
    assert list(KEPT.columns) == ['category']
    assert vector_table(vectors, None).index.equals(pd.RangeIndex(2))


def test_lists_and_tuples_are_vectors_too() -> None:
    vectors, _ = vectors_of(pd.DataFrame({'vector': [[1, 2], (3, 4)]}))
    np.testing.assert_array_equal(vectors, [[1, 2], [3, 4]])


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(DuplicateColumnError, match="a column of the name 'category'"):
        vector_table(ROWS, KEPT, 'category')


@pytest.mark.parametrize(
    ('table', 'error', 'message'),
    [
        (pd.DataFrame({'a': [1]}), MissingColumnError, r"lacks the columns \['vector'\].*Set vector_column_name"),
        (pd.DataFrame({'vector': [1.0, 2.0]}), ColumnTypeError, 'does not hold a vector in each row'),
        (pd.DataFrame({'vector': [[1.0], None]}), ColumnTypeError, 'does not hold a vector in each row'),
        (pd.DataFrame({'vector': [[1.0], [1.0, 2.0]]}), ColumnTypeError, r'lengths \[1, 2\]'),
        (pd.DataFrame({'vector': [['a']]}), ColumnTypeError, 'must hold numbers'),
        (pd.DataFrame({'vector': [[1.0, np.nan], [2.0, np.inf]]}), InfiniteValueError, 'have 2 numbers that are miss'),
        (vector_table(sparse.csr_array([[np.nan, 0.0]]), None), InfiniteValueError, 'have 1 numbers'),
        (vector_table(ROWS, None)[:0], EmptyTableError, '0 sample'),
        ([[1.0]], ColumnTypeError, 'of type list'),
    ],
)
def test_what_holds_no_vectors_is_refused(table: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        vectors_of(table)


def test_vectors_that_would_fill_the_memory_stay_sparse() -> None:
    with pytest.raises(ColumnTypeError, match='1000000 vectors of 100000 numbers would take 373 GB as dense ones'):
        to_dense(sparse.csr_array((1_000_000, 100_000)))
