"""Which outputs are the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from redshells.testing.example import Observe, TaskExample
from redshells.tuning import TuningResult


def expect(condition: object, message: str) -> None:
    """Raise an AssertionError with the message unless the condition holds; works under ``python -O``, too."""
    if not condition:
        raise AssertionError(message)


def expect_same(first: Any, second: Any, where: str = 'the value') -> None:
    """Compare two values to the last bit: type, order, names, and dtypes; NaN is equal to NaN.

    Args:
        first: Data frames of pandas or polars, series, arrays, or JSON values, also in dicts, lists, and tuples.
        second: Another one.
        where: What is compared, for messages.

    Raises:
        AssertionError: They differ. The message says where.
    """
    expect(type(first) is type(second), f'{where} is a {type(first).__name__} and a {type(second).__name__}')
    if isinstance(first, pd.DataFrame):
        pd.testing.assert_frame_equal(first, second, check_exact=True, obj=where)
    elif isinstance(first, pd.Series):
        pd.testing.assert_series_equal(first, second, check_exact=True, obj=where)
    elif isinstance(first, np.ndarray):
        expect(first.dtype == second.dtype, f'{where} is of dtype {first.dtype} and {second.dtype}')
        np.testing.assert_array_equal(first, second, err_msg=where)
    elif isinstance(first, Mapping):
        expect(list(first) == list(second), f'{where} has the keys {list(first)} and {list(second)}')
        for key in first:
            expect_same(first[key], second[key], f'{where}[{key!r}]')
    elif isinstance(first, (list, tuple)):
        expect(len(first) == len(second), f'{where} has {len(first)} and {len(second)} items')
        for position, (one, other) in enumerate(zip(first, second, strict=True)):
            expect_same(one, other, f'{where}[{position}]')
    elif hasattr(first, 'equals'):
        expect(first.equals(second), f'{where} is {first} and {second}')
    else:
        both_nan = isinstance(first, float) and math.isnan(first) and math.isnan(second)
        expect(both_nan or first == second, f'{where} is {first!r} and {second!r}')


def are_same(first: Any, second: Any) -> bool:
    """Whether two values are the same to the last bit."""
    try:
        expect_same(first, second)
    except AssertionError:
        return False
    return True


def observe_model(model: Any, inputs: Mapping[str, Any], prediction_input: str = '') -> dict[str, Any]:
    """What a model predicts, and what else of it can be seen."""
    table = inputs[prediction_input] if prediction_input else next(iter(inputs.values()))
    seen: dict[str, Any] = {'type': type(model).__name__, 'predict': model.predict(table)}
    if hasattr(model, 'predict_proba'):
        seen['predict_proba'] = model.predict_proba(table)
    for name in ('classes_', 'feature_importances'):
        if hasattr(model, name):
            seen[name] = getattr(model, name)
    return seen


def observe_tuning_result(result: TuningResult, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a search found, without how long it took."""
    names = ('model', 'problem', 'target_column_name', 'metric', 'direction', 'best_params', 'best_value')
    seen = {name: getattr(result, name) for name in (*names, 'number_of_rounds', 'random_seed')}
    seen['search_space'] = result.search_space.to_dict()
    seen['trials'] = result.trials.drop(columns=['duration', 'started'])
    return seen


def as_it_is(output: Any, inputs: Mapping[str, Any]) -> Any:
    """The output itself."""
    return output


def observation(example: TaskExample) -> Observe:
    """What turns the output of an example into what is compared; it can be sent to another process."""
    if example.observe is not None:
        return example.observe
    if example.kind == 'model':
        return partial(observe_model, prediction_input=example.prediction_input)
    return observe_tuning_result if example.kind == 'tuning_result' else as_it_is
