"""What is agreed on a table, as data."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import pandas as pd

from redshells.analysis.column_kind import KINDS, kind_of_dtype
from redshells.errors import ParameterError

_NUMBERS = ('integer', 'float', 'number')


@dataclass(frozen=True, kw_only=True)
class ColumnContract:
    """What is agreed on a column. What is not said is not checked.

    Args:
        type: A kind (``'integer'``, ``'float'``, ``'number'``, ``'boolean'``, ``'string'``, ``'datetime'``,
            ``'timedelta'``, ``'category'``), or an exact dtype of pandas such as ``'int32'``.
        required: Whether the column must be there.
        nullable: Whether values may be missing.
        maximum_missing: The share of missing values that is allowed.
        minimum: The least value that is allowed: a number, or a date in ISO format.
        maximum: The greatest value that is allowed.
        unique: Whether no value may come twice; missing ones may.
        values: The values that are allowed.
        pattern: A regular expression that each text must match as a whole.
    """

    type: str | None = None
    required: bool = True
    nullable: bool = True
    maximum_missing: float | None = None
    minimum: float | str | None = None
    maximum: float | str | None = None
    unique: bool = False
    values: Sequence[str | float | bool] | None = None
    pattern: str | None = None

    @property
    def allowed_missing(self) -> float:
        """The share of missing values that is allowed."""
        return 0.0 if not self.nullable else 1.0 if self.maximum_missing is None else self.maximum_missing

    @property
    def expected_kinds(self) -> tuple[str, ...]:
        """The kinds that a column without a declared type must be of, one of them, to be checked; empty for any."""
        if self.type is not None:
            return ()
        if self.pattern is not None:
            return ('string', 'category')
        bounds = [bound for bound in (self.minimum, self.maximum) if bound is not None]
        return () if not bounds else ('datetime',) if isinstance(bounds[0], str) else ('number',)


@dataclass(frozen=True, kw_only=True)
class TableContract:
    """What is agreed on a table.

    Args:
        columns: What is agreed on each column, by its name; their order does not count.
        key_column_names: Columns whose values together are unique, and not missing.
        minimum_rows: The least number of rows.
        maximum_rows: The greatest number of rows.
        allow_other_columns: Whether there may be columns that the contract does not name.
    """

    columns: Mapping[str, ColumnContract] = field(default_factory=dict)
    key_column_names: Sequence[str] = ()
    minimum_rows: int = 1
    maximum_rows: int | None = None
    allow_other_columns: bool = True

    def __post_init__(self) -> None:
        if self.maximum_rows is not None and self.maximum_rows < self.minimum_rows:
            raise ParameterError(
                f'minimum_rows={self.minimum_rows} and maximum_rows={self.maximum_rows} were given; '
                'a maximum that is not below the minimum is expected.'
            )


def read_columns(columns: Mapping[str, Any]) -> dict[str, ColumnContract]:
    """The contracts of columns that are given as dicts, each checked.

    Args:
        columns: By the name of the column, a dict with arguments of `ColumnContract`.

    Raises:
        ParameterError: A key is unknown, or a value can't be what is agreed.

    Example:
        >>> read_columns({'age': {'type': 'integer', 'minimum': 0}})['age'].minimum
        0
    """
    return {name: _read_column(f'columns[{name!r}]', contract) for name, contract in columns.items()}


def _read_column(where: str, contract: Any) -> ColumnContract:
    if not isinstance(contract, Mapping):
        raise ParameterError(
            f"{where} is {contract!r}; a dict such as {{'type': 'integer', 'minimum': 0}} is expected."
        )
    known = [one.name for one in fields(ColumnContract)]
    for key in contract:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            advice = f'Did you mean {near[0]!r}? ' if near else ''
            raise ParameterError(f'{where} has the unknown key {key!r}. {advice}The keys are {known}.')
    given = {key: value for key, value in contract.items() if value is not None}
    for key, value in given.items():
        _CHECKS[key](f'{where}[{key!r}]', value)
    _check_together(where, given)
    return ColumnContract(**given)


def _refuse(where: str, value: Any, expected: str) -> ParameterError:
    return ParameterError(f'{where} is {value!r}; {expected} is expected.')


def _check_type(where: str, value: Any) -> None:
    try:
        if not isinstance(value, str):
            raise TypeError
        if value not in KINDS:
            pd.api.types.pandas_dtype(value)
    except (TypeError, ValueError):
        expected = f"one of {list(KINDS)}, or a dtype of pandas such as 'int32',"
        raise _refuse(where, value, expected) from None


def _check_flag(where: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise _refuse(where, value, 'true or false')


def _check_share(where: str, value: Any) -> None:
    if not _is_number(value) or not 0 <= value <= 1:
        raise _refuse(where, value, 'a share from 0 to 1')


def _check_bound(where: str, value: Any) -> None:
    try:
        is_bound = not pd.isna(pd.Timestamp(value)) if isinstance(value, str) else _is_number(value)
    except ValueError:
        is_bound = False
    if not is_bound:
        raise _refuse(where, value, "a number, or a date such as '2024-01-31',")


def _check_values(where: str, value: Any) -> None:
    is_list = isinstance(value, list | tuple) and bool(value)
    if not is_list or not all(isinstance(one, str | bool | int | float) for one in value):
        expected = 'a list of strings, numbers or booleans (nullable says whether values may be missing)'
        raise _refuse(where, value, expected)


def _check_pattern(where: str, value: Any) -> None:
    try:
        re.compile(value)
    except (TypeError, re.error) as error:
        raise ParameterError(f'{where} is {value!r}; a regular expression is expected ({error}).') from None


_CHECKS = {
    'type': _check_type,
    'required': _check_flag,
    'nullable': _check_flag,
    'maximum_missing': _check_share,
    'minimum': _check_bound,
    'maximum': _check_bound,
    'unique': _check_flag,
    'values': _check_values,
    'pattern': _check_pattern,
}


def _check_together(where: str, given: Mapping[str, Any]) -> None:
    if given.get('nullable') is False and given.get('maximum_missing', 0.0) > 0:
        raise ParameterError(
            f"{where} has 'nullable': False and 'maximum_missing': {given['maximum_missing']}, which contradict each "
            'other. Leave one out.'
        )
    bounds = [given[key] for key in ('minimum', 'maximum') if key in given]
    are_dates = {isinstance(bound, str) for bound in bounds}
    if len(bounds) == 2 and (len(are_dates) == 2 or _is_above(*bounds)):
        expected = 'two numbers or two dates, the minimum not above the maximum, are'
        raise ParameterError(
            f'{where} has the minimum {bounds[0]!r} and the maximum {bounds[1]!r}; {expected} expected.'
        )
    name = given.get('type')
    kind = name if name is None or name in KINDS else kind_of_dtype(pd.api.types.pandas_dtype(name))
    if not kind:
        return
    allowed: dict[str, tuple[str, ...]] = {'pattern': ('string', 'category')}
    allowed |= {key: ('datetime',) if True in are_dates else _NUMBERS for key in ('minimum', 'maximum')}
    for key, kinds in allowed.items():
        if key in given and kind not in kinds:
            raise ParameterError(
                f'{where} has the type {name!r} and {key!r}: {given[key]!r}, which is for columns of one of '
                f'the types {list(kinds)}. Change the type, or leave {key!r} out.'
            )


def _is_above(minimum: Any, maximum: Any) -> bool:
    if not isinstance(minimum, str):
        return bool(minimum > maximum)
    first, second = pd.Timestamp(minimum), pd.Timestamp(maximum)
    if (first.tz is None) != (second.tz is None):
        first, second = (one if one.tz else one.tz_localize('UTC') for one in (first, second))
    return bool(first > second)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)
