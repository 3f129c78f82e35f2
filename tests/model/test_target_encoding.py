from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshells.errors import DataError, InfiniteValueError, MissingValueError, ParameterError, TargetError
from redshells.model.target_encoding import TargetEncoding, checked_weights, class_weights


def _series(values: Any, dtype: Any = None) -> pd.Series[Any]:
    return pd.Series(values, dtype=dtype, name='y')


@pytest.mark.parametrize(
    ('values', 'dtype', 'classes'),
    [
        (['no', 'yes', 'no'], object, ['no', 'yes']),
        (['no', 'yes'], 'str', ['no', 'yes']),
        (['no', 'yes'], pd.ArrowDtype(pa.string()), ['no', 'yes']),
        (['no', 'yes'], pd.CategoricalDtype(['yes', 'no', 'unused']), ['no', 'yes']),
        ([True, False], 'bool', [False, True]),
        ([True, False], 'boolean', [False, True]),
        ([3, 1, 2], 'int8', [1, 2, 3]),
        ([3, 1], 'Int64', [1, 3]),
        ([1.0, -1.0], 'float64', [-1.0, 1.0]),
        ([2**63, -1], object, [-1, 2**63]),
        (['a\x00', 'a'], object, ['a', 'a\x00']),
    ],
)
def test_labels_become_codes_and_survive_json(values: list[Any], dtype: Any, classes: list[Any]) -> None:
    target = _series(values, dtype)

    encoding = TargetEncoding.of(target, 'classification')
    again = TargetEncoding.from_json(json.loads(json.dumps(encoding.to_json())))

    for each in (encoding, again):
        assert each.classes is not None
        assert each.classes.tolist() == classes
        assert each.classes[each.encode(target)].tolist() == values
        assert each.number_of_classes == len(classes)
    assert [type(label) for label in encoding.classes.tolist()] == [type(label) for label in classes]  # type: ignore[union-attr]


@given(st.lists(st.one_of(st.text(st.characters(codec='utf-8')), st.integers()), min_size=2))
def test_labels_come_back_or_are_refused(values: list[Any]) -> None:
    target = _series(values, object)
    try:
        encoding = TargetEncoding.of(target, 'classification')
    except TargetError:
        assert len(set(values)) < 2 or len({type(value) for value in values}) > 1 or max(map(abs, values)) > 1e308
        return
    assert encoding.classes is not None
    assert encoding.classes[encoding.encode(target)].tolist() == values


@pytest.mark.parametrize(
    ('values', 'dtype', 'error', 'message'),
    [
        ([1, 1], 'int64', TargetError, 'one class, 1'),
        ([1.0, 2.5], 'float64', TargetError, "problem='regression'"),
        ([1, 2.5], object, TargetError, "problem='regression'"),
        ([Decimal('1.5'), Decimal(2)], object, TargetError, "problem='regression'"),
        ([1.0, np.inf], 'float64', InfiniteValueError, 'infinite'),
        ([1.0, None], 'float64', MissingValueError, '1 of 2 rows'),
        (['a', None], object, MissingValueError, "subset=\\['y'\\]"),
        ([1, 'a'], object, TargetError, "\\['int', 'str'\\]"),
        ([[1], [2]], object, TargetError, 'no labels'),
    ],
)
def test_labels_that_can_not_be_learnt(values: Any, dtype: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        TargetEncoding.of(_series(values, dtype), 'classification')


def test_a_class_that_the_training_lacks_is_named() -> None:
    encoding = TargetEncoding.of(_series(['a', 'b']), 'classification')

    assert encoding.encode(_series(['b', 'b'])).tolist() == [1, 1]
    with pytest.raises(TargetError, match="'c'"):
        encoding.encode(_series(['a', 'c']))
    with pytest.raises(TargetError, match='no labels'):
        encoding.encode(_series([['a'], ['b']]))


@pytest.mark.parametrize(
    ('values', 'dtype'),
    [([1, 2], 'Int64'), ([Decimal(1), Decimal(2)], object), ([1, 2], pd.ArrowDtype(pa.decimal128(3, 0)))],
)
def test_numbers_stay_numbers(values: list[Any], dtype: Any) -> None:
    encoding = TargetEncoding.of(_series(values, dtype), 'regression')

    assert encoding.classes is None
    assert encoding.encode(_series(values, dtype)).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ('values', 'dtype', 'error'),
    [
        (['1', '2'], object, TargetError),
        (['1', '2'], 'str', TargetError),
        ([1, 2], 'category', TargetError),
        ([1, 2], 'datetime64[ns]', TargetError),
        ([1, 2], 'timedelta64[ns]', TargetError),
        ([1j, 2], 'complex', TargetError),
        ([1.0, np.inf], 'float64', InfiniteValueError),
        ([1.0, None], 'Float64', MissingValueError),
    ],
)
def test_what_is_no_number_is_refused(values: Any, dtype: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="'y'"):
        TargetEncoding('regression').encode(_series(values, dtype))


@pytest.mark.parametrize('values', [[0.5, 1], [-1, 1]])
def test_relevances_count_from_zero(values: list[float]) -> None:
    assert TargetEncoding('ranking').encode(_series([0, 3])).tolist() == [0, 3]
    with pytest.raises(TargetError, match='relevances'):
        TargetEncoding('ranking').encode(_series(values))


def test_balanced_classes_weigh_the_same() -> None:
    codes = np.array([0, 0, 0, 1])
    own = _series([1.0, 1.0, 2.0, 2.0])
    classes = np.array(['a', 'b'])

    balanced = class_weights(codes, None, 'balanced', classes)[codes]
    with_own = own.to_numpy() * class_weights(codes, own.to_numpy(), 'balanced', classes)[codes]

    assert np.bincount(codes, weights=balanced).tolist() == pytest.approx([2, 2])
    assert np.bincount(codes, weights=with_own).tolist() == pytest.approx([3, 3])
    assert with_own[2] == pytest.approx(2 * with_own[0])


@pytest.mark.parametrize(
    ('classes', 'given_weights'), [([0, 1], {'1': 3}), ([0, 1], {1: 3.0}), ([False, True], {'True': 3})]
)
def test_class_weights_are_found_by_label_or_its_text(classes: list[Any], given_weights: dict[Any, Any]) -> None:
    weights = class_weights(np.array([0, 1, 1]), None, given_weights, np.array(classes))

    assert weights.tolist() == [1, 3]


@pytest.mark.parametrize(
    ('class_weight', 'classes'),
    [
        ('balance', ['a', 'b']),
        ({'c': 1}, ['a', 'b']),
        ({'a': -1}, ['a', 'b']),
        ({'a': 'much'}, ['a', 'b']),
        ('balanced', None),
    ],
)
def test_class_weights_that_make_no_sense(class_weight: Any, classes: list[str] | None) -> None:
    with pytest.raises(ParameterError, match='class_weight'):
        class_weights(np.array([0, 1]), None, class_weight, None if classes is None else np.array(classes))


@pytest.mark.parametrize('values', [[1.0, None], [1.0, np.inf], [-1.0, 1.0], [0.0, 0.0], ['a', 'b']])
def test_weights_that_make_no_sense(values: list[Any]) -> None:
    with pytest.raises(DataError, match="weight 'w'"):
        checked_weights(pd.Series(values, name='w'))
