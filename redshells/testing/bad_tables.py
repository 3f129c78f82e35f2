"""The tables that every task on tables must refuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from redshells.errors import (
    ColumnTypeError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
    MissingValueError,
    RedshellsError,
    TargetError,
    UnknownArgumentError,
)
from redshells.testing.example import BadInput

Change = Callable[[pd.DataFrame], Any]


def bad_table(input_name: str, name: str, error: type[RedshellsError], change: Change) -> BadInput:
    """A bad input that is a changed copy of a good table.

    Args:
        input_name: The input that is changed.
        name: What is wrong.
        error: The error that says so.
        change: Takes a copy of the good table and returns the bad one.
    """

    def change_inputs(inputs: dict[str, Any]) -> Mapping[str, Any]:
        return {**inputs, input_name: change(inputs[input_name].copy())}

    return BadInput(name=name, error=error, change=change_inputs)


def bad_training_tables(
    input_name: str, target_column_name: str, *, problem: str, takes_infinity: bool = True
) -> tuple[BadInput, ...]:
    """What a task that learns from a table must refuse.

    Args:
        input_name: The input with the table, which has numeric features.
        target_column_name: The column that is learnt.
        problem: ``'classification'``, ``'regression'`` or ``'ranking'``.
        takes_infinity: Whether infinite features are good ones for the model.
    """
    target = target_column_name
    found = [
        bad_table(input_name, 'an empty table', EmptyTableError, lambda table: table.iloc[:0]),
        bad_table(input_name, 'no table at all', ColumnTypeError, lambda table: table.to_dict('list')),
        bad_table(input_name, 'a missing column', MissingColumnError, lambda table: table.drop(columns=target)),
        bad_table(input_name, 'no features', EmptyTableError, lambda table: table[[target]]),
        bad_table(input_name, 'a target with NaN', MissingValueError, lambda table: _with_missing(table, target)),
        bad_table(input_name, 'dates as a feature', ColumnTypeError, _with_dates),
        bad_table(input_name, 'a feature of mixed types', ColumnTypeError, _with_mixed_types),
    ]
    if problem == 'classification':
        one_class: Change = lambda table: table.assign(**{target: table[target].iloc[0]})  # noqa: E731
        found.append(bad_table(input_name, 'a target with one class', TargetError, one_class))
    else:
        infinite: Change = lambda table: _infinite(table, target)  # noqa: E731
        found.append(bad_table(input_name, 'an infinite target', InfiniteValueError, infinite))
    if not takes_infinity:
        found.append(bad_table(input_name, 'infinite features', InfiniteValueError, _with_infinite_feature(target)))
    return tuple(found)


def bad_prediction_tables(input_name: str, feature_column_name: str) -> tuple[BadInput, ...]:
    """What a task that predicts the rows of a table must refuse.

    Args:
        input_name: The input with the table.
        feature_column_name: A numeric feature of the model.
    """
    name = feature_column_name
    dates: Change = lambda table: table.assign(**{name: pd.date_range('2020-01-01', periods=len(table))})  # noqa: E731
    return (
        bad_table(input_name, 'no table at all', ColumnTypeError, lambda table: table.to_dict('list')),
        bad_table(input_name, 'a missing column', MissingColumnError, lambda table: table.drop(columns=name)),
        bad_table(input_name, 'dates where numbers were', ColumnTypeError, dates),
        bad_table(input_name, 'text where numbers were', ColumnTypeError, lambda table: table.assign(**{name: 'text'})),
    )


def unknown_keyword(parameter_name: str = 'model_kwargs', **values: Any) -> BadInput:
    """A keyword that the model does not take.

    Args:
        parameter_name: The parameter with the keywords.
        **values: Keywords that the example gives, and keeps.
    """
    return BadInput(
        name=f'an unknown keyword in {parameter_name}',
        error=UnknownArgumentError,
        parameters={parameter_name: {**values, 'no_such_argument': 1}},
    )


def _with_missing(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table.assign(**{column: table[column].where(np.arange(len(table)) != 3)})


def _infinite(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table.assign(**{column: table[column].astype('float64').where(np.arange(len(table)) != 3, np.inf)})


def _with_infinite_feature(target: str) -> Change:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        numeric = [name for name in table.select_dtypes('number').columns if name != target]
        return _infinite(table, str(numeric[0]))

    return change


def _with_dates(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(day=pd.date_range('2020-01-01', periods=len(table)))


def _with_mixed_types(table: pd.DataFrame) -> pd.DataFrame:
    values: list[Any] = [*(['a', 1.5] * len(table))[: len(table)]]
    return table.assign(mixed=pd.Series(values, index=table.index, dtype=object))
