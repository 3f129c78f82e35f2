"""The products of the vectors of pairs."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from redshells.errors import (
    ColumnTypeError,
    DataError,
    DuplicateColumnError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
    MissingValueError,
    NotFittedError,
    ParameterError,
    TargetError,
)
from redshells.model.estimator import EstimatorModel
from redshells.model.item_vectors import ItemVectors, read_item_vectors
from redshells.model.pair_products import PairNames, cut_pairs, multiply_pairs, predict_pairs
from redshells.model.sparse_vectors import SparseVectors

NAMES = PairNames()
VECTORS = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
IDS = ['pear', 'apple', 'fig', 'plum', 'lime']
ITEMS = read_item_vectors(dict(zip(IDS, VECTORS, strict=True)))
PAIRS = pd.DataFrame(
    {
        'item0': ['pear', 'apple', 'fig', 'apple', 'kiwi', 'fig', 'pear'],
        'item1': ['apple', 'pear', 'fig', 'fig', 'fig', 'apple', 'kiwi'],
        'similarity': [1, 1, 1, 0, 0, 1, 1],
    },
    index=list('abcdefg'),
)


def vector_of(items: ItemVectors, name: Any) -> Any:
    row = items.vectors[items.ids.positions([name])]
    return row.toarray()[0] if sparse.issparse(row) else row[0]


def products_of(pairs: Any) -> Any:
    return np.stack(list(pairs.data.features['product']))


@pytest.mark.parametrize(
    'value',
    [
        dict(zip(IDS, VECTORS, strict=True)),
        dict(zip(IDS, VECTORS.tolist(), strict=True)),
        pd.DataFrame({'item': IDS, 'vector': list(VECTORS), 'title': 'any'}),
        pd.DataFrame({'item': IDS, 'a': VECTORS[:, 0], 'b': VECTORS[:, 1], 'c': VECTORS[:, 2]}),
        pl.DataFrame({'item': IDS, 'vector': VECTORS.tolist()}),
        pd.DataFrame({'item': IDS, 'vector': SparseVectors(sparse.csr_array(VECTORS))}),
    ],
)
def test_vectors_of_items_come_in_several_forms(value: Any) -> None:
    items = read_item_vectors(value)
    assert (len(items.ids), items.size) == (5, 3)
    for name, vector in zip(IDS, VECTORS, strict=True):
        np.testing.assert_array_equal(vector_of(items, name), vector)


def test_the_column_of_the_vectors_can_be_named() -> None:
    table = pd.DataFrame({'id': [1, 2], 'vector': ['a', 'b'], 'v': [[1.0, 2.0], [3.0, 4.0]]})
    assert read_item_vectors(table, 'id', 'v').vectors.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ('value', 'error', 'message'),
    [
        ({}, EmptyTableError, 'no vectors of items'),
        ({'a': [1.0], 'b': [1.0, 2.0]}, ColumnTypeError, r'lengths \[1, 2\]; one length is expected'),
        ({'a': 'text'}, ColumnTypeError, 'no lists of numbers'),
        ({'a': None}, ColumnTypeError, 'a vector, of shape'),
        ({'a': [[1.0]]}, ColumnTypeError, r'of shape \(1, 1\)'),
        ({'a': []}, ColumnTypeError, 'of shape'),
        ({'a': [np.nan, 1.0]}, InfiniteValueError, '1 numbers that are missing or infinite'),
        ({'a': [1e39, 1.0]}, InfiniteValueError, '1 numbers that are missing or infinite'),
        ({1.5: [1.0]}, ColumnTypeError, 'integers or strings are expected'),
        ([[1.0]], ColumnTypeError, 'data frame is expected'),
        (pd.DataFrame({'id': ['a'], 'x': [1.0]}), MissingColumnError, 'Set item_id_column_name'),
        (pd.DataFrame({'item': ['a'], 'x': ['b']}), ColumnTypeError, r"\['x'\] hold neither numbers nor vectors"),
        (pd.DataFrame({'item': ['a', 'a'], 'x': [1.0, 2.0]}), DataError, '1 ids have several rows'),
        (pd.DataFrame({'item': ['a', 'b'], 'vector': [[1.0], None]}), ColumnTypeError, '1 items have no vector'),
        (pd.DataFrame({'item': ['a', 'b'], 'vector': [[1.0], [1.0, 2]]}), ColumnTypeError, 'vector'),
    ],
)
def test_other_vectors_are_refused(value: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read_item_vectors(value)


@pytest.mark.parametrize('is_sparse', [False, True])
def test_the_product_is_that_of_the_formula_and_symmetric(is_sparse: bool) -> None:
    vectors: Any = sparse.csr_array(VECTORS) if is_sparse else VECTORS
    first, second = np.array([0, 1, 2, 2]), np.array([1, 1, 4, 0])
    found, swapped = multiply_pairs(vectors, first, second), multiply_pairs(vectors, second, first)
    if is_sparse:
        found, swapped = found.toarray(), swapped.toarray()
    np.testing.assert_array_equal(found, VECTORS[first] * VECTORS[second])
    np.testing.assert_array_equal(found, swapped)
    assert found.dtype == np.float32


def test_unknown_and_repeated_pairs_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    before = PAIRS.copy()
    with caplog.at_level(logging.INFO):
        pairs = cut_pairs(PAIRS, ITEMS, NAMES)
    assert (pairs.rows, pairs.unknown_pairs, pairs.repeated_pairs) == (7, 2, 1)
    assert list(pairs.data.features.index) == ['a', 'c', 'd', 'f'], 'a pair with both labels keeps both'
    assert pairs.data.target.tolist() == [1, 1, 0, 1]
    expected = [VECTORS[0] * VECTORS[1], VECTORS[2] ** 2, VECTORS[1] * VECTORS[2], VECTORS[1] * VECTORS[2]]
    np.testing.assert_array_equal(products_of(pairs), np.stack(expected))
    assert '2 of 7 pairs have an item without a vector' in caplog.text
    assert '1 of 7 pairs are there before' in caplog.text
    assert '1 pairs are both similar and not similar' in caplog.text
    pd.testing.assert_frame_equal(PAIRS, before)


@pytest.mark.parametrize(
    ('change', 'error', 'message'),
    [
        (lambda pairs: pairs.to_dict('list'), ColumnTypeError, 'data frame is expected'),
        (lambda pairs: pairs.iloc[:0], EmptyTableError, 'no rows'),
        (lambda pairs: pairs.drop(columns='item1'), MissingColumnError, 'Set item1_column_name'),
        (lambda pairs: pairs.drop(columns='similarity'), MissingColumnError, 'Set similarity_column_name'),
        (lambda pairs: pairs.assign(item0=None), MissingValueError, '7 missing ids'),
        (lambda pairs: pairs.assign(item0=1), ColumnTypeError, 'Convert them'),
        (lambda pairs: pairs.assign(item0='kiwi'), DataError, r"none of the 7 pairs.*\('kiwi', 'apple'\)"),
        (lambda pairs: pairs.assign(similarity=range(7)), TargetError, '7 different values.*by a threshold'),
        (lambda pairs: pairs.assign(similarity=[[1]] * 7), TargetError, 'holds no labels'),
    ],
)
def test_other_pairs_are_refused(change: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        cut_pairs(change(PAIRS), ITEMS, NAMES)


def test_products_that_are_too_large_are_refused() -> None:
    items = read_item_vectors({'a': [1e30], 'b': [1e30]})
    pairs = pd.DataFrame({'item0': ['a'], 'item1': ['b'], 'similarity': [1]})
    with pytest.raises(InfiniteValueError, match='Scale the vectors'):
        cut_pairs(pairs, items, NAMES)


def fitted(estimator: str = 'sklearn.linear_model:LogisticRegression') -> EstimatorModel:
    data = cut_pairs(PAIRS, ITEMS, NAMES).data
    return EstimatorModel(estimator=estimator).fit(data.features, data.target)


@pytest.mark.parametrize('batch_size', [1, 2, 100])
def test_the_similarity_is_the_probability_of_the_larger_label(batch_size: int) -> None:
    model, table = fitted(), PAIRS.drop(columns='similarity')
    result = predict_pairs(model, table, ITEMS, NAMES, batch_size)
    pd.testing.assert_frame_equal(result.drop(columns='similarity'), table)
    data = cut_pairs(PAIRS.iloc[[0, 2, 3]], ITEMS, NAMES).data
    np.testing.assert_allclose(result['similarity'].iloc[[0, 2, 3]], model.predict_proba(data.features)[:, 1])
    assert result['similarity'].isna().tolist() == [False] * 4 + [True, False, True]
    swapped = predict_pairs(model, table.rename(columns={'item0': 'item1', 'item1': 'item0'}), ITEMS, NAMES)
    pd.testing.assert_series_equal(swapped['similarity'], result['similarity'])


def test_a_table_without_pairs_has_no_similarities() -> None:
    result = predict_pairs(fitted(), PAIRS.iloc[:0, :2], ITEMS, NAMES)
    assert list(result.columns) == ['item0', 'item1', 'similarity']
    assert len(result) == 0


def test_what_can_not_be_predicted_is_refused() -> None:
    table = PAIRS.drop(columns='similarity')
    with pytest.raises(NotFittedError):
        predict_pairs(EstimatorModel(), table, ITEMS, NAMES)
    with pytest.raises(DuplicateColumnError, match='Choose another similarity_column_name'):
        predict_pairs(fitted(), PAIRS, ITEMS, NAMES)
    with pytest.raises(DataError, match='have 1 numbers; in training they had 3'):
        predict_pairs(fitted(), table, read_item_vectors({'pear': [1.0]}), NAMES)
    with pytest.raises(ParameterError, match='has no probabilities'):
        predict_pairs(fitted('sklearn.svm:LinearSVC'), table, ITEMS, NAMES)
    other = EstimatorModel(estimator='sklearn.tree:DecisionTreeClassifier').fit(pd.DataFrame({'a': [1, 2]}), [0, 1])
    with pytest.raises(ParameterError, match=r"the columns \['a'\], not from products of pairs"):
        predict_pairs(other, table, ITEMS, NAMES)
