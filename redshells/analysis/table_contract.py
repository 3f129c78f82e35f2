"""Check a table against its contract with pandera, and say every point in which it breaks it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from redshells.analysis.column_kind import KINDS, as_moments, column_kinds, is_of_kind
from redshells.analysis.column_values import check_hashable, python_values
from redshells.analysis.contract import ColumnContract, TableContract
from redshells.errors import ColumnTypeError, ContractBreach

_SHOWN = 5


def find_breaches(frame: pd.DataFrame, contract: TableContract) -> list[ContractBreach]:
    """Every point in which a table breaks its contract, by name.

    ``too_few_rows``, ``too_many_rows``, ``missing_column``, ``unexpected_column``, ``wrong_type``,
    ``too_many_missing``, ``out_of_range``, ``value_not_allowed``, ``pattern_not_matched``, ``not_unique``. The values
    of a column of the wrong type are not looked at.

    Args:
        frame: The table.
        contract: What was agreed.

    Example:
        >>> contract = TableContract(columns={'age': ColumnContract(minimum=0)}, minimum_rows=3)
        >>> for breach in find_breaches(pd.DataFrame({'age': [30, -1]}), contract):
        ...     print(breach)
        too_few_rows: the number of rows is 2; at least 3 is expected
        out_of_range: 'age' has values that are not at least 0 (1 of 2), such as -1
    """
    found = [*_breaches_of_rows(len(frame), contract), *_breaches_of_columns(frame, contract)]
    present = {name: one for name, one in contract.columns.items() if name in frame.columns}
    rows = frame.reset_index(drop=True)
    wrong = {name: _breach_of_type(rows[name], one) for name, one in present.items()}
    found += [breach for breach in wrong.values() if breach is not None]
    found += _breaches_of_values(rows, {name: one for name, one in present.items() if wrong[name] is None})
    return [*found, *_breaches_of_keys(rows, contract.key_column_names)]


def _breaches_of_rows(rows: int, contract: TableContract) -> Iterator[ContractBreach]:
    least, most = contract.minimum_rows, contract.maximum_rows
    found = f'the number of rows is {rows}'
    if rows < least:
        yield ContractBreach('too_few_rows', None, rows, (), f'{found}; at least {least} is expected')
    if most is not None and rows > most:
        yield ContractBreach('too_many_rows', None, rows, (), f'{found}; at most {most} is expected')


def _breaches_of_columns(frame: pd.DataFrame, contract: TableContract) -> Iterator[ContractBreach]:
    required = [name for name, one in contract.columns.items() if one.required]
    for name in dict.fromkeys([*required, *contract.key_column_names]):
        if name not in frame.columns:
            yield ContractBreach('missing_column', name, 1, (), f'the table has no column {name!r}')
    known = {*contract.columns, *contract.key_column_names}
    for name in frame.columns:
        if name not in known and not contract.allow_other_columns:
            yield ContractBreach('unexpected_column', name, 1, (), f'the contract has no column {name!r}')


def _breach_of_type(column: pd.Series[Any], contract: ColumnContract) -> ContractBreach | None:
    if contract.type is None or contract.type in KINDS:
        kinds = contract.expected_kinds if contract.type is None else (contract.type,)
        is_right = not kinds or any(is_of_kind(column, kind) for kind in kinds)
        expected = ' or '.join(kinds)
    else:
        is_right, expected = column.dtype == pd.api.types.pandas_dtype(contract.type), contract.type
    if is_right and (contract.unique or contract.values is not None) and _not_comparable(column):
        is_right, expected = False, 'values that can be compared'
    if is_right:
        return None
    kinds = tuple(sorted(column_kinds(column))) or ('nothing but missing values',)
    message = f'the column {column.name!r} has the dtype {column.dtype} ({" or ".join(kinds)}); {expected} is expected'
    return ContractBreach('wrong_type', str(column.name), len(column), _examples(column.dropna()), message)


def _not_comparable(column: pd.Series[Any]) -> str:
    """Why the values of a column can't be compared; empty where they can."""
    try:
        check_hashable(column, 'compared')
    except ColumnTypeError as error:
        return str(error)
    return ''


def _breaches_of_values(frame: pd.DataFrame, contracts: dict[str, ColumnContract]) -> list[ContractBreach]:
    import pandera.pandas
    from pandera.config import ValidationDepth, config_context
    from pandera.errors import SchemaErrors

    rules = {name: list(_rules(frame[name], contract)) for name, contract in contracts.items()}
    schema = pandera.pandas.DataFrameSchema(
        {
            name: pandera.pandas.Column(
                nullable=True,
                checks=[pandera.pandas.Check(is_right, name=rule, error=words) for rule, words, is_right in several],
            )
            for name, several in rules.items()
            if several
        }
    )
    found = [breach for name, one in contracts.items() for breach in _breaches_of_missing(frame[name], one)]
    try:
        # settings of the environment may switch the checks off
        with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(frame, lazy=True, inplace=True)
    except SchemaErrors as errors:
        found += [_breach_of(frame, error) for error in errors.schema_errors]
    positions = {name: position for position, name in enumerate(frame.columns)}
    return sorted(found, key=lambda breach: positions[str(breach.column)])


def _breach_of(frame: pd.DataFrame, error: Any) -> ContractBreach:
    from pandera.errors import SchemaErrorReason

    name, rule, words = error.schema.name, error.check.name, error.check.error
    if error.reason_code is SchemaErrorReason.CHECK_ERROR:  # the rule itself failed
        message = f'it can not be told which values of {name!r} {words}: {error.failure_cases}'
        return ContractBreach('wrong_type', name, len(frame), _examples(frame[name].dropna()), message)
    cases = error.failure_cases['failure_case']
    message = f'{name!r} has values that {words} ({len(cases)} of {len(frame)})'
    return ContractBreach(rule, name, len(cases), _examples(cases), message)


def _rules(column: pd.Series[Any], contract: ColumnContract) -> Iterator[tuple[str, str, Callable[[Any], Any]]]:
    """Name, what is wrong in words, and what tells which of the values that are not missing are right."""
    least, most = _bound(contract.minimum, column), _bound(contract.maximum, column)
    if least is not None or most is not None:
        words = [f'at least {contract.minimum}'] if least is not None else []
        words += [f'at most {contract.maximum}'] if most is not None else []
        yield (
            'out_of_range',
            f'are not {" and ".join(words)}',
            lambda values: _is_between(as_moments(values), least, most),
        )
    if contract.values is not None:
        shown = f'{list(contract.values)[:20]}' + (' ...' if len(contract.values) > 20 else '')
        yield 'value_not_allowed', f'are not among {shown}', lambda values: values.isin(contract.values)
    if contract.pattern is not None:
        pattern = contract.pattern
        yield 'pattern_not_matched', f'do not match {pattern!r}', lambda values: _matches(values, pattern)
    if contract.unique:
        yield 'not_unique', 'repeat another one', lambda values: ~values.duplicated()


def _is_between(values: pd.Series[Any], least: Any, most: Any) -> Any:
    is_right: Any = True
    if least is not None:
        is_right = values >= least
    return is_right if most is None else is_right & (values <= most)


def _matches(values: pd.Series[Any], pattern: str) -> pd.Series[Any]:
    codes, levels = pd.factorize(values)
    expression = re.compile(pattern)
    is_right = np.array([isinstance(one, str) and expression.fullmatch(one) is not None for one in levels], dtype=bool)
    return pd.Series(is_right[codes], index=values.index)


def _bound(bound: float | str | None, column: pd.Series[Any]) -> Any:
    if not isinstance(bound, str):
        return bound
    moment, zone = pd.Timestamp(bound), getattr(as_moments(column).dtype, 'tz', None)
    if moment.tz is None:
        return moment if zone is None else moment.tz_localize(zone)
    return moment if zone is not None else moment.tz_convert('UTC').tz_localize(None)


def _breaches_of_missing(column: pd.Series[Any], contract: ColumnContract) -> Iterator[ContractBreach]:
    count = int(column.isna().sum())
    if count and count / len(column) > contract.allowed_missing:
        message = (
            f'values of {column.name!r} are missing ({count} of {len(column)}, {count / len(column):.1%}); '
            f'at most {contract.allowed_missing:.1%} may be'
        )
        yield ContractBreach('too_many_missing', str(column.name), count, (), message)


def _breaches_of_keys(frame: pd.DataFrame, names: Sequence[str]) -> Iterator[ContractBreach]:
    keys = frame[[name for name in names if name in frame.columns]]
    for name in keys.columns:
        missing = int(keys[name].isna().sum())
        if missing:
            message = f'values of the key {name!r} are missing ({missing} of {len(keys)})'
            yield ContractBreach('too_many_missing', name, missing, (), message)
    if not names or len(keys.columns) < len(names):
        return
    for name in names:
        wrong = _not_comparable(keys[name])
        if wrong:
            yield ContractBreach('wrong_type', name, len(keys), (), wrong)
            return
    is_repeated = keys.dropna().duplicated()
    count = int(is_repeated.sum())
    if count:
        examples = keys.dropna()[is_repeated].drop_duplicates()[:_SHOWN]
        rows = tuple(zip(*(python_values(examples[name]) for name in keys.columns), strict=True))
        message = f'rows repeat the key {list(names)} of another one ({count} of {len(keys)})'
        yield ContractBreach('not_unique', names[0] if len(names) == 1 else None, count, rows, message)


def _examples(values: pd.Series[Any]) -> tuple[Any, ...]:
    """Up to five different values, as Python's own."""
    shown: dict[str, Any] = {}
    for value in python_values(values[:1000]):
        shown.setdefault(repr(value), value)
    return tuple(shown.values())[:_SHOWN]
