"""Columns of lists for what can't take them as they are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from redshells.analysis.baseline import predict_baseline
from redshells.analysis.list_features import hash_lists, indicate_items, split_lists
from redshells.analysis.shared_rows import find_shared_rows
from redshells.model.factorization_machine import FactorizationMachine
from redshells.model.feature_schema import ColumnSchema, FeatureSchema
from redshells.model.frame import TableData


def data_of(rows: int, seed: int) -> TableData:
    """The target is whether an item is in the list."""
    generator = np.random.default_rng(seed)
    lists = [list(generator.choice(['a', 'b', 'c'], generator.integers(0, 4), replace=False)) for _ in range(rows)]
    features = pd.DataFrame({'noise': generator.normal(size=rows), 'tags': pd.Series(lists, dtype=object)})
    return TableData(features, pd.Series([int('a' in one) for one in lists], name='y'))


def test_the_frequent_items_are_indicated() -> None:
    train = pd.Series([['x', 'y'], ['x'], [], None], dtype=object)
    known, other = indicate_items(train, pd.Series([['y', 'new'], ['new'], ['y', 'x']], dtype=object))
    assert known.tolist() == [[1, 1], [1, 0], [0, 0], [0, 0]]
    assert other.tolist() == [[0, 1], [0, 0], [1, 1]]
    many = indicate_items(pd.Series([[f'{number}'] for number in range(50)], dtype=object))[0]
    assert many.shape == (50, 20)


def test_lists_are_told_apart() -> None:
    hashes = hash_lists(pd.Series([['a', 'b'], np.array(['a', 'b'], dtype=object), ['ab'], None, []], dtype=object))
    assert hashes[0] == hashes[1]
    assert len(set(hashes.tolist())) == 4


def test_the_other_columns_make_a_schema_of_their_own() -> None:
    schema = FeatureSchema((ColumnSchema('noise', 'number', 'float64'), ColumnSchema('tags', 'list', 'object')))
    rest, lists = split_lists(schema)
    assert lists == ['tags']
    assert [column.name for column in rest.columns] == ['noise']
    assert split_lists(rest) == (rest, [])


def test_a_linear_model_learns_from_lists_and_shared_rows_are_found() -> None:
    train, test = data_of(300, 0), data_of(100, 1)
    model = FactorizationMachine(problem='classification', engine='adam', epochs=2, n_jobs=1)
    model.fit(train.features, train.target)
    linear = predict_baseline('linear', model, train, test, random_seed=0)
    assert ((linear.prediction[:, 1] > 0.5) == test.target).all()
    assert predict_baseline('defaults', model, train, test, random_seed=0, n_jobs=1).rows == 300
    shared = find_shared_rows(model.schema_, model.target_encoding_, train, train.take(np.arange(7)))
    assert shared.count == 7
    assert find_shared_rows(model.schema_, model.target_encoding_, train, test).count == 0
