"""A column of sparse vectors does what tables are done to, and refuses what would spoil it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from redshells.analysis.fingerprint import fingerprint
from redshells.errors import ColumnTypeError
from redshells.model.sparse_vector_dtype import SparseVectorDtype
from redshells.model.sparse_vectors import SparseVectors, stack_sparse

ROWS = np.array([[0.0, 1.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 0.0], [3.0, 0.0, 4.0]])


def table() -> pd.DataFrame:
    return pd.DataFrame({'vector': vectors(), 'category': list('abac')}, index=[5, 6, 7, 8])


def vectors(rows: Any = ROWS) -> SparseVectors:
    return SparseVectors(sparse.csr_array(rows))


def rows_of(frame: pd.DataFrame) -> list[list[float]]:
    column = frame['vector'].array
    assert isinstance(column, SparseVectors)
    values: list[list[float]] = column.matrix.toarray().tolist()
    return values


@pytest.mark.parametrize(
    ('change', 'positions'),
    [
        (lambda frame: frame.iloc[[3, 0, 0]], [3, 0, 0]),
        (lambda frame: frame.loc[[8, 5]], [3, 0]),
        (lambda frame: frame[frame['category'] == 'a'], [0, 2]),
        (lambda frame: frame[1:3], [1, 2]),
        (lambda frame: frame.iloc[-1:], [3]),
        (lambda frame: frame[:0], []),
        (lambda frame: frame.iloc[[]], []),
        (lambda frame: frame.sort_values('category', ascending=False, kind='stable'), [3, 1, 0, 2]),
        (lambda frame: frame.drop_duplicates('category'), [0, 1, 3]),
        (lambda frame: frame.reset_index(drop=True), [0, 1, 2, 3]),
        (lambda frame: frame.dropna().fillna(0).copy(), [0, 1, 2, 3]),
        (lambda frame: pd.concat([frame, frame[:1]]), [0, 1, 2, 3, 0]),
        (lambda frame: frame.merge(pd.DataFrame({'category': ['a', 'b'], 'z': [1, 2]}), on='category'), [0, 1, 2]),
        (lambda frame: frame.reindex([8, 5]), [3, 0]),
        (lambda frame: frame.assign(vector=frame['vector'].astype('sparse_vector[3]')), [0, 1, 2, 3]),
    ],
)
def test_rows_are_chosen_joined_and_sorted(change: Any, positions: list[int]) -> None:
    assert rows_of(change(table())) == ROWS[positions].tolist()
    assert rows_of(table()) == ROWS.tolist()


def test_positions() -> None:
    column = vectors()

    assert column[-1].toarray().tolist() == [[3, 0, 4]]
    assert [one.nnz for one in column] == [1, 1, 0, 2]
    assert (
        column[pd.array([True, False, None, True], dtype='boolean')].matrix.toarray().tolist() == ROWS[[0, 3]].tolist()
    )
    for position in (4, -5):
        with pytest.raises(IndexError, match='of 4 vectors'):
            column[position]


@pytest.mark.parametrize(
    'change',
    [
        lambda frame: frame.reindex([5, 99]),
        lambda frame: pd.concat([frame, frame[['category']]]),
        lambda frame: pd.DataFrame({'category': ['a', 'x']}).merge(frame, how='left'),
    ],
)
def test_no_vector_can_be_missing(change: Any) -> None:
    with pytest.raises(ValueError, match='can not have missing ones'):
        change(table())


def test_equality() -> None:
    other = vectors(ROWS[[0, 1, 3, 2]])

    assert table().equals(table().copy())
    assert not table().equals(table()[::-1])
    assert (vectors() == other).tolist() == [True, True, False, False]
    assert vectors().dtype == 'sparse_vector[3]' == SparseVectorDtype(3)
    assert vectors().dtype != SparseVectorDtype(4)
    assert (vectors() == vectors(np.zeros((4, 2)))) is False
    assert (SparseVectors(sparse.csr_array((2, 0))) == SparseVectors(sparse.csr_array((2, 0)))).all()


def test_it_is_shown_and_counted() -> None:
    frame = table()

    assert '<2 of 3>' in repr(frame)
    assert repr(frame.dtypes['vector']) == str(frame.dtypes['vector']) == 'sparse_vector[3]'
    assert not frame.isna().any(axis=None)
    assert frame['vector'].nbytes == frame.memory_usage(index=False)['vector'] > 0


def test_a_copy_is_one() -> None:
    frame = table()
    copy = frame.copy()
    copy['vector'].array.matrix.data[:] = 9

    assert rows_of(frame) == ROWS.tolist()


def test_a_pickle_comes_back_and_files_that_would_not_are_refused(tmp_path: Path) -> None:
    frame = table()
    frame.to_pickle(tmp_path / 'table.pkl')
    assert pd.read_pickle(tmp_path / 'table.pkl').equals(frame)
    for write in (frame.reset_index().to_feather, frame.to_parquet):
        with pytest.raises(ColumnTypeError, match=r"can not be written to this file. Use one that ends in '\.pkl'"):
            write(tmp_path / 'table.file')


def test_the_fingerprint_is_of_positions_and_values() -> None:
    digests = {
        fingerprint(pd.DataFrame({'vector': vectors(rows)})).digest
        for rows in (ROWS, ROWS[::-1], ROWS[:, ::-1], ROWS * 2, ROWS, ROWS[:3])
    }
    assert len(digests) == 5
    assert fingerprint(table()).by_text == ()
    assert fingerprint(table()).digest == fingerprint(table().reset_index(drop=True)).digest


def test_of_a_sequence() -> None:
    column = pd.Series([sparse.csr_array([[1.0, 2.0]]), sparse.csr_array([[0.0, 2.0]])], dtype='sparse_vector[2]')
    assert column.array.matrix.toarray().tolist() == [[1, 2], [0, 2]]
    assert len(pd.Series([], dtype='sparse_vector[7]').array.matrix.indptr) == 1


def test_positions_have_32_bits() -> None:
    wide = sparse.csr_array(ROWS)
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)

    narrow = SparseVectors(wide).matrix

    assert (narrow.indices.dtype, narrow.indptr.dtype) == (np.int32, np.int32)
    assert narrow.toarray().tolist() == ROWS.tolist()


def test_parts_side_by_side() -> None:
    together = stack_sparse([np.array([[1.0], [0.0]]), sparse.csr_array([[0.0, 2.0], [3.0, 0.0]])])

    assert together.toarray().tolist() == [[1, 0, 2], [0, 3, 0]]
    assert together.nnz == 3
    assert stack_sparse([np.empty((0, 1)), sparse.csr_array((0, 2))]).shape == (0, 3)
