from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from redshells.errors import (
    ColumnTypeError,
    DataError,
    DuplicateColumnError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
)
from redshells.model.feature_schema import FeatureSchema, refuse_infinite
from redshells.model.frame import cut_table, read_table

NAN = float('nan')


def _encoded(values: Any, dtype: Any = None) -> tuple[str, list[list[float]]]:
    table = (
        pl.DataFrame({'x': values})
        if isinstance(values, pl.Series)
        else pd.DataFrame({'x': pd.Series(values, dtype=dtype)})
    )
    frame = read_table(table)
    schema = FeatureSchema.of(frame)
    return schema.columns[0].kind, schema.encode(frame).T.tolist()


@pytest.mark.parametrize(
    ('values', 'dtype', 'kind', 'expected'),
    [
        ([1.5, None], 'float64', 'number', [[1.5, NAN]]),
        ([1, 2], 'uint8', 'number', [[1, 2]]),
        ([True, False], 'bool', 'number', [[1, 0]]),
        ([True, None], object, 'number', [[1, NAN]]),
        ([True, None], 'boolean', 'number', [[1, NAN]]),
        ([7, None], 'Int64', 'number', [[7, NAN]]),
        ([7, pd.NA], object, 'number', [[7, NAN]]),
        ([Decimal('1.5'), None], object, 'number', [[1.5, NAN]]),
        ([2**70, 1], object, 'number', [[2.0**70, 1]]),
        ([None, None], object, 'number', [[NAN, NAN]]),
        ([None, None], pd.ArrowDtype(pa.null()), 'number', [[NAN, NAN]]),
        ([7, None], pd.ArrowDtype(pa.int64()), 'number', [[7, NAN]]),
        ([True, None], pd.ArrowDtype(pa.bool_()), 'number', [[1, NAN]]),
        ([Decimal('1.5'), None], pd.ArrowDtype(pa.decimal128(5, 2)), 'number', [[1.5, NAN]]),
        (pd.arrays.SparseArray([0.0, 2.0]), None, 'number', [[0, 2]]),
        (['b', None, 'a'], object, 'category', [[1, NAN, 0]]),
        (['b', None, 'a'], 'str', 'category', [[1, NAN, 0]]),
        (['b', None, 'a'], pd.ArrowDtype(pa.string()), 'category', [[1, NAN, 0]]),
        (['b', None, 'a'], pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())), 'category', [[1, NAN, 0]]),
        ([None, None], 'str', 'category', [[NAN, NAN]]),
        (['b', 'a', None], pd.CategoricalDtype(['b', 'a', 'c']), 'category', [[0, 1, NAN]]),
        ([3, 1, None], pd.CategoricalDtype([1, 2, 3]), 'category', [[2, 0, NAN]]),
        ([True, False], pd.CategoricalDtype([False, True]), 'category', [[1, 0]]),
        (['low', 'high', None], pd.CategoricalDtype(['low', 'middle', 'high'], ordered=True), 'ordinal', [[0, 2, NAN]]),
        ([[1, 2], None, (3, NAN)], object, 'vector', [[1, NAN, 3], [2, NAN, NAN]]),
        ([np.array([1.0, 2.0]), np.array([3, 4])], object, 'vector', [[1, 3], [2, 4]]),
        ([[True, False]], object, 'vector', [[1], [0]]),
        ([[1, 2], [3, None]], pd.ArrowDtype(pa.list_(pa.int64())), 'vector', [[1, 3], [2, NAN]]),
        (pl.Series(['b', None, 'a']), None, 'category', [[1, NAN, 0]]),
        (pl.Series([1, None]), None, 'number', [[1, NAN]]),
        (pl.Series([True, None]), None, 'number', [[1, NAN]]),
        (pl.Series([Decimal('1.5'), None]), None, 'number', [[1.5, NAN]]),
        (pl.Series(['high', 'low'], dtype=pl.Enum(['low', 'high'])), None, 'ordinal', [[1, 0]]),
        (pl.Series([[1, 2], None, [3, None]]), None, 'vector', [[1, NAN, 3], [2, NAN, NAN]]),
        (pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Float32, 2)), None, 'vector', [[1, 3], [2, 4]]),
    ],
)  # fmt: skip
def test_each_kind_of_column_becomes_numbers(values: Any, dtype: Any, kind: str, expected: list[list[float]]) -> None:
    found, matrix = _encoded(values, dtype)

    assert found == kind
    np.testing.assert_array_equal(matrix, expected)


def test_polars_categoricals_are_categories_without_an_order() -> None:
    series = pl.Series('x', ['b', None, 'a', 'b'], dtype=pl.Categorical)

    frame = read_table(pl.DataFrame(series).lazy())
    schema = FeatureSchema.of(frame)

    decoded = [None if np.isnan(code) else schema.columns[0].levels[int(code)] for code in schema.encode(frame)[:, 0]]
    assert schema.columns[0].kind == 'category'
    assert decoded == ['b', None, 'a', 'b']


@pytest.mark.parametrize(
    ('values', 'advice'),
    [
        (pd.Series(pd.to_datetime(['2024-01-01', None])), 'dt.dayofweek'),
        (pd.Series(pd.to_datetime(['2024-01-01']).tz_localize('Asia/Tokyo')), 'dt.dayofweek'),
        (pd.Series([datetime.date(2024, 1, 1)]), 'dt.dayofweek'),
        (pd.Series([datetime.date(2024, 1, 1)], dtype=pd.ArrowDtype(pa.date32())), 'dt.dayofweek'),
        (pd.Series([pd.Period('2024-01')]), 'dt.dayofweek'),
        (pd.Series([pd.NaT], dtype=object), 'dt.dayofweek'),
        (pd.Series([pd.Timedelta(1, 'D')]), 'dt.total_seconds()'),
        (pd.Series([1 + 2j]), 'real part'),
        (pd.Series([b'a']), "['bytes']"),
        (pd.Series([1, 'a']), "['int', 'str']"),
        (pd.Series([{'a': 1}, {1}]), "['dict', 'set']"),
        (pd.Series([pd.Interval(0, 1)]), 'Interval'),
        (pd.Series([[1], [1, 2]]), '[1, 2]'),
        (pd.Series([[], []]), '[0]'),
        (pd.Series([[[1], [1, 2]]]), 'unequal lengths'),
        (pd.Series([10**400]), 'no float can hold'),
        (pd.Series([['1', '2']]), 'must hold numbers'),
        (pd.Series([np.array([1j])]), 'must hold numbers'),
        (pd.Series([np.array(['2024'], dtype='datetime64[s]')]), 'must hold numbers'),
    ],
)
def test_other_kinds_are_refused_with_the_line_that_helps(values: pd.Series[Any], advice: str) -> None:
    frame = pd.DataFrame({'when': values})

    with pytest.raises(ColumnTypeError, match="'when'") as caught:
        FeatureSchema.of(frame).encode(frame)

    assert advice in str(caught.value)


@pytest.mark.parametrize('shape', [(0, 2), (3, 0)])
def test_a_table_of_nothing_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(EmptyTableError, match=r'0 (sample|feature)\(s\)'):
        FeatureSchema.of(pd.DataFrame(np.ones(shape)))


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(DuplicateColumnError, match=r"\['1'\]"):
        read_table(pd.DataFrame([[1, 2]], columns=[1, '1']))
    with pytest.raises(DataError, match=r'v\[0\]'):
        FeatureSchema.of(pd.DataFrame({'v': [[1, 2]], 'v[0]': [1]}))


def test_names_of_any_kind_become_text() -> None:
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([('a', 1), ('a', 2)]))

    assert list(read_table(frame).columns) == ["('a', 1)", "('a', 2)"]
    assert isinstance(frame.columns, pd.MultiIndex)


def _trained() -> tuple[FeatureSchema, pd.DataFrame]:
    frame = pd.DataFrame(
        {
            'number': [1.0, 2.0],
            'text': ['a', 'b'],
            'code': pd.Categorical([10, 20]),
            'vector': [[1, 2], [3, 4]],
        }
    )
    return FeatureSchema.of(frame), frame


def test_columns_are_found_by_name() -> None:
    schema, frame = _trained()

    shuffled = frame[['vector', 'code', 'text', 'number']].assign(more='x')

    np.testing.assert_array_equal(schema.encode(shuffled), schema.encode(frame))
    with pytest.raises(MissingColumnError, match=r"\['code'\]"):
        schema.encode(frame.drop(columns='code'))


def test_unseen_levels_and_missing_values_are_missing() -> None:
    schema, frame = _trained()
    other = frame.assign(number=[None, None], text=['z', None], code=pd.Categorical([20, 30]), vector=[None, [5, 6]])

    expected = [[NAN, NAN, 1, NAN, NAN], [NAN, NAN, NAN, 5, 6]]
    np.testing.assert_array_equal(schema.encode(other), expected)
    np.testing.assert_array_equal(schema.encode(frame.assign(text='z', code=99))[:, 1:3], np.full((2, 2), NAN))


def test_levels_are_matched_by_value_whatever_their_order_and_type() -> None:
    schema, frame = _trained()
    other = frame.assign(
        text=pd.Categorical(['a', 'b'], categories=['b', 'c', 'a'], ordered=True), code=np.array([10.0, 20.0])
    )

    np.testing.assert_array_equal(schema.encode(other), schema.encode(frame))


@pytest.mark.parametrize(
    ('column', 'values'),
    [
        ('number', ['1', '2']),
        ('number', pd.Categorical([1, 2])),
        ('number', pd.to_datetime(['2024-01-01', '2024-01-02'])),
        ('number', [[1], [2]]),
        ('text', [1, 2]),
        ('text', pd.to_datetime(['2024-01-01', '2024-01-02'])),
        ('text', [['a'], ['b']]),
        ('text', [{}, {}]),
        ('code', ['10', '20']),
        ('vector', [1, 2]),
        ('vector', [[1, 2, 3], [4, 5, 6]]),
        ('vector', [['a', 'b'], ['c', 'd']]),
    ],
)
def test_a_column_of_another_type_is_named(column: str, values: Any) -> None:
    schema, frame = _trained()

    with pytest.raises(ColumnTypeError, match=f"'{column}'"):
        schema.encode(frame.assign(**{column: values}))


def test_no_rows_give_no_rows() -> None:
    schema, frame = _trained()

    assert schema.encode(frame[:0]).shape == (0, 5)


def test_a_schema_survives_json() -> None:
    frame = pd.DataFrame(
        {
            '名前': pd.Categorical([True, 'True', 1.5, None]),
            'interval': pd.Categorical(pd.interval_range(0, 4)),
            'vector': [[1, 2]] * 4,
        }
    )
    schema = FeatureSchema.of(frame)

    again = FeatureSchema.from_json(json.loads(json.dumps(schema.to_json())))

    assert again == schema
    np.testing.assert_array_equal(again.encode(frame), schema.encode(frame))


def test_values_too_large_for_the_library_are_named_and_counted() -> None:
    frame = pd.DataFrame({'a': [1.0, np.inf, 1e300], 'b': [3e38, NAN, -1.0]})
    schema = FeatureSchema.of(frame)

    with pytest.raises(InfiniteValueError, match=r"\['a'\] have 2 values"):
        refuse_infinite(schema.encode(frame), schema, 'XGBoostModel')
    refuse_infinite(schema.encode(frame[:1]), schema, 'XGBoostModel')


def test_a_table_is_cut_by_names() -> None:
    frame = pd.DataFrame({'a': [1], 'y': [2], 'w': [3], 'q': [4]})

    data = cut_table(pl.from_pandas(frame), target_column_name='y', weight_column_name='w', group_column_name='q')

    assert list(data.features.columns) == ['a']
    assert (data.target[0], data.weight[0], data.group[0]) == (2, 3, 4)  # type: ignore[index]
    with pytest.raises(MissingColumnError, match="'category'"):
        cut_table(frame, target_column_name='category')
    with pytest.raises(EmptyTableError, match='no columns to learn from'):
        cut_table(frame[['y']], target_column_name='y')
    with pytest.raises(ColumnTypeError, match='list'):
        cut_table([1, 2], target_column_name='y')
