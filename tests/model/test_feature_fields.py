from __future__ import annotations

import datetime
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from redshells.errors import (
    ColumnTypeError,
    DataError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
    MissingValueError,
    ParameterError,
)
from redshells.model.feature_fields import FeatureFields
from redshells.model.sparse_vectors import SparseVectors
from redshells.testing.new_process import call_in_new_process

NAN = float('nan')


def _encoded(values: Any, dtype: Any = None) -> tuple[list[str], list[list[float]]]:
    frame = pd.DataFrame({'x': pd.Series(values, dtype=dtype)})
    fields = FeatureFields.of(frame)
    matrix = fields.encode_matrix(frame)
    assert matrix.shape == (len(frame), fields.size) == (len(frame), len(fields.feature_names))
    return fields.feature_names, matrix.toarray().round(3).tolist()


@pytest.mark.parametrize(
    ('values', 'dtype', 'names', 'expected'),
    [
        ([1.0, 3.0], None, ['x'], [[-1], [1]]),
        ([1, 3], 'int8', ['x'], [[-1], [1]]),
        ([5.0, 5.0], None, ['x'], [[0], [0]]),
        ([1.0, NAN, 3.0], None, ['x', 'x=missing'], [[-1, 0], [0, 1], [1, 0]]),
        ([1, None, 3], 'Int64', ['x', 'x=missing'], [[-1, 0], [0, 1], [1, 0]]),
        ([None, None], object, ['x', 'x=missing'], [[0, 1], [0, 1]]),
        (['b', 'a', None], 'str', ['x=a', 'x=b'], [[0, 1], [1, 0], [0, 0]]),
        (['b', 'a'], pd.CategoricalDtype(['b', 'a', 'c'], ordered=True), ['x=b', 'x=a', 'x=c'], [[1, 0, 0], [0, 1, 0]]),
        ([7, 5], pd.CategoricalDtype([5, 7]), ['x=5', 'x=7'], [[0, 1], [1, 0]]),
        ([True, False], bool, ['x=False', 'x=True'], [[0, 1], [1, 0]]),
        ([True, None], object, ['x=True'], [[1], [0]]),
        ([True, None], 'boolean', ['x=True'], [[1], [0]]),
        ([None, None], 'str', [], [[], []]),
        ([['b', 'a'], [], None, ('b',)], object, ['x=a', 'x=b'], [[0.707, 0.707], [0, 0], [0, 0], [0, 1]]),
        ([['a', 'a', 'b']], object, ['x=a', 'x=b'], [[0.894, 0.447]]),
        ([np.array([3, 1]), np.array([3])], object, ['x=1', 'x=3'], [[0.707, 0.707], [0, 1]]),
        ([np.array([3, 1]), np.array([])], object, ['x=1', 'x=3'], [[0.707, 0.707], [0, 0]]),
        ([[3, None], [None]], object, ['x=3'], [[1], [0]]),
        ([[], []], object, [], [[], []]),
        ([[1.0, 2.0], [3.0, 2.0]], object, ['x[0]', 'x[1]'], [[-1, 0], [1, 0]]),
        ([[1.0], None, [3.0]], object, ['x', 'x=missing'], None),
    ],
)  # fmt: skip
def test_each_kind_of_column_becomes_features(values: Any, dtype: Any, names: list[str], expected: Any) -> None:
    found, matrix = _encoded(values, dtype)
    if expected is None:
        assert (found, matrix) == (['x[0]', 'x=missing'], [[-1, 0], [0, 1], [1, 0]])
    else:
        assert (found, matrix) == (names, expected)


def _table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            'age': [20.0, NAN, 40.0],
            'job': ['cook', 'poet', None],
            'tags': [['a', 'b'], [], ['c']],
            'vector': [[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]],
            'words': SparseVectors(sparse.csr_array([[0.0, 2.0], [0.0, 0.0], [1.0, 0.0]])),
        }
    )


def test_fields_lie_side_by_side() -> None:
    table = _table()
    before = table.copy(deep=True)
    fields = FeatureFields.of(table)
    assert fields.field_sizes == [2, 2, 3, 2, 2]
    parts = fields.encode(table)
    assert all(isinstance(part, sparse.csr_array) for part in parts)
    together = np.hstack([part.toarray() for part in parts])
    assert (fields.encode_matrix(table).toarray() == together).all()
    assert fields.feature_names[:7] == ['age', 'age=missing', 'job=cook', 'job=poet', 'tags=a', 'tags=b', 'tags=c']
    shuffled = table[['words', 'vector', 'tags', 'job', 'age']].assign(other=1)
    assert (fields.encode_matrix(shuffled).toarray() == together).all()
    assert fields.encode_matrix(table.iloc[:0]).shape == (0, fields.size)
    pd.testing.assert_frame_equal(table.drop(columns='words'), before.drop(columns='words'))


def test_what_was_not_seen_has_no_features() -> None:
    fields = FeatureFields.of(_table())
    new = _table().assign(
        job=['smith', 'cook', 'cook'], tags=[['z'], ['a', 'z'], None], age=[NAN, NAN, 30], vector=[None, None, [NAN, 1]]
    )
    assert fields.encode_matrix(new).toarray()[:, :9].round(3).tolist() == [
        [0, 1, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 0, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0, 0, 0, 0],
    ]
    # without missing values in training there is no feature for them
    fields = FeatureFields.of(pd.DataFrame({'x': [1.0, 3.0]}))
    assert fields.encode_matrix(pd.DataFrame({'x': [NAN, 3.0]})).toarray().tolist() == [[0], [1]]


def test_integers_are_categories_where_they_are_named() -> None:
    table = pd.DataFrame({'user': [10, 20, 10], 'age': [1, 2, 3]})
    fields = FeatureFields.of(table, categorical_column_names=['user'])
    assert fields.feature_names == ['user=10', 'user=20', 'age']
    new = pd.DataFrame({'user': [20, 30, None], 'age': [2, 2, 2]})
    assert fields.encode_matrix(new).toarray().tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    with pytest.raises(MissingColumnError, match=r"lacks the columns \['item'\].*Set categorical_column_names"):
        FeatureFields.of(table, categorical_column_names=['item'])
    with pytest.raises(ColumnTypeError, match="'tags' of type object can not be taken as categories"):
        FeatureFields.of(_table(), categorical_column_names=['tags'])


def _hashed(frame: pd.DataFrame) -> Any:
    return FeatureFields.of(frame, hash_size=8).encode_matrix(frame).toarray()


def test_hashes_are_the_same_in_each_process() -> None:
    names = [f'user{number}' for number in range(100)]
    table = pd.DataFrame({'user': names, 'few': ['a', 'b'] * 50, 'items': [[one, 'x'] for one in names]})
    fields = FeatureFields.of(table, hash_size=8)
    assert fields.field_sizes == [8, 2, 8]
    assert fields.feature_names[7:10] == ['user=#7', 'few=a', 'few=b']
    matrix = fields.encode_matrix(table).toarray()
    assert (matrix[:, :8].sum(axis=1) == 1).all()
    assert matrix[:, :8].sum(axis=0).min() > 3
    assert (call_in_new_process(_hashed, table) == matrix).all()
    # levels that were not seen have a feature, too; those of columns with few levels have none
    new = fields.encode_matrix(pd.DataFrame({'user': ['new', None], 'few': ['c', 'c'], 'items': [['new'], []]}))
    assert new.sum(axis=1).tolist() == [2, 0]
    assert json.loads(json.dumps(fields.to_json())) == fields.to_json()
    assert fields.to_json()['columns'][0]['levels'] == ['user0']


def test_fields_come_back_from_json() -> None:
    fields = FeatureFields.of(_table(), hash_size=2)
    again = FeatureFields.from_json(json.loads(json.dumps(fields.to_json())))
    assert again == fields
    assert (again.encode_matrix(_table()).toarray() == fields.encode_matrix(_table()).toarray()).all()


@pytest.mark.parametrize(
    ('values', 'error', 'message'),
    [
        ([1.0, float('inf')], InfiniteValueError, r"the features \['x'\] have 1 values that are infinite"),
        ([[1.0], [2.0, 3.0]], ColumnTypeError, r"'x' .* Its vectors have the lengths \[1, 2\]"),
        ([['a'], ['b', 1]], ColumnTypeError, "'x' .* Its vectors have the lengths"),
        ([['a', 2]], ColumnTypeError, 'Its vectors must hold numbers'),
        ([['a'], 'b'], ColumnTypeError, r"It holds values of the types \['list', 'str'\]"),
        ([datetime.date(2020, 1, 1)], ColumnTypeError, 'make features of it'),
        (pd.to_datetime(['2020-01-01']), ColumnTypeError, 'make features of it'),
        (SparseVectors(sparse.csr_array([[NAN]])), MissingValueError, "the sparse vectors of the column 'x'"),
        ([], EmptyTableError, r'the table has 0 sample\(s\)'),
    ],
)
def test_what_can_not_be_a_field_is_refused(values: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        FeatureFields.of(pd.DataFrame({'x': values}))


@pytest.mark.parametrize(
    ('name', 'values', 'message'),
    [
        ('age', ['a', 'b', 'c'], r"'age' is of type str; in training it was float64 \(number\)"),
        ('job', [1, 2, 3], r"'job' is of type int64; in training it was str \(category\)"),
        ('tags', ['a', 'b', 'c'], r"'tags' of type str holds values of the types \['str'\]; lists of strings or integ"),
        ('tags', [[0.5], [], []], "the lists of the column 'tags' hold items of the kind 'floating'"),
        ('tags', [[1], [2], []], r"'tags' is of type object; .* \(list\). It had values such as \['a', 'b', 'c'\]"),
        ('vector', [[1.0], [1.0], [1.0]], "'vector' has vectors of 1 numbers; in training it had 2"),
        ('words', [1, 2, 3], "'words' is of type int64; in training it was sparse_vector"),
    ],
)
def test_other_types_than_in_training_are_refused(name: str, values: Any, message: str) -> None:
    fields = FeatureFields.of(_table())
    with pytest.raises(ColumnTypeError, match=message):
        fields.encode(_table().assign(**{name: values}))


def test_other_errors_say_what_to_do() -> None:
    fields = FeatureFields.of(_table(), hash_size=1)
    with pytest.raises(MissingColumnError, match=r"lacks the columns \['job', 'tags'\]"):
        fields.encode(_table().drop(columns=['job', 'tags']))
    with pytest.raises(ColumnTypeError, match="'job' is of type int64; in training it was str"):
        fields.encode(_table().assign(job=[1, 2, 3]))
    with pytest.raises(InfiniteValueError, match='can not take infinity'):
        fields.encode(_table().assign(age=[1, 2, -np.inf]))
    with pytest.raises(ParameterError, match='hash_size=0 was given; an integer of at least 1, or None, is expected'):
        FeatureFields.of(_table(), hash_size=0)
    with pytest.raises(DataError, match=r"the features \['x\[0\]'\] are there twice"):
        FeatureFields.of(pd.DataFrame({'x': [[1.0]], 'x[0]': [2.0]}))
