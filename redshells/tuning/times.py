"""The times of rows, checked: values whose order is that of time."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
from pandas.api import types

from redshells.errors import SplitError

_ORDERED_OBJECTS = frozenset(
    (
        *('datetime64', 'datetime', 'date', 'timedelta64', 'timedelta', 'period'),
        *('integer', 'floating', 'mixed-integer-float', 'decimal', 'boolean', 'empty'),
    )
)
_MONTH, _DAY = '(0[1-9]|1[0-2])', '(0[1-9]|[12][0-9]|3[01])'
_CLOCK = r'([01][0-9]|2[0-4])(:?[0-5][0-9](:?[0-6][0-9]([.,][0-9]+)?)?)?'
_ZONE = r'(?P<zone>Z|[+-][0-9]{2}(:?[0-9]{2})?)?'
_ISO = re.compile(f'[0-9]{{4}}(-{_MONTH}|(-{_MONTH}-{_DAY}|{_MONTH}{_DAY})([T ]{_CLOCK}{_ZONE})?)?')
_A_FORMAT, _ANY_ISO_FORMAT = "'%m/%d/%Y'", "'ISO8601', utc=True"
_DIGIT = re.compile('[0-9]')


def check_times(values: Any) -> pd.Series[Any]:
    """Check that values can be put in the order of time.

    Args:
        values: Datetimes, dates, timedeltas, periods, numbers, or texts of ISO 8601 in one format, some of which may
            be missing.

    Returns:
        The values as a column.

    Raises:
        SplitError: They are something else. Texts such as ``'10/1/2024'`` would be put in the order of the alphabet,
            and the future would be trained on.

    Example:
        >>> check_times(['2024-10-01', '2024-02-01']).tolist()
        ['2024-10-01', '2024-02-01']
    """
    times = pd.Series(values)
    if isinstance(times.dtype, pd.CategoricalDtype):
        times = times.astype(times.cat.categories.dtype)
    dtype = times.dtype
    if types.is_numeric_dtype(dtype) or types.is_datetime64_any_dtype(dtype) or types.is_timedelta64_dtype(dtype):
        return times
    if isinstance(dtype, pd.PeriodDtype):
        return times
    objects = times.astype(object)
    kind = types.infer_dtype(objects, skipna=True)
    if kind == 'string':
        _check_texts(objects, objects.dropna().unique())
    elif kind not in _ORDERED_OBJECTS:
        present = objects.dropna()
        shown = f', such as {present.iloc[0]!r}' if len(present) else ''
        raise SplitError(
            f'{_named(times)} can not be sorted by time: the values are of the type {dtype} ({kind}){shown}; '
            'datetimes, dates, timedeltas, periods or numbers are expected. Convert them, or choose another column.'
        )
    return objects


def _check_texts(times: pd.Series[Any], texts: Any) -> None:
    matches = [_ISO.fullmatch(text) for text in texts]
    wrong = [text for text, match in zip(texts, matches, strict=True) if match is None]
    if wrong:
        raise SplitError(
            f'{_named(times)} has times as texts, such as {wrong[0]!r}, whose order is not that of time; datetimes, '
            "or texts of ISO 8601 such as '2024-01-31', are expected. Convert them in the task that makes the table, "
            f'with the format that they have: {_line(times, _A_FORMAT)}'
        )
    first: dict[tuple[str, str | None], str] = {}
    for text, match in zip(texts, matches, strict=True):
        assert match is not None
        first.setdefault((_DIGIT.sub('0', text[: match.start('zone')] if match['zone'] else text), match['zone']), text)
    if len(first) > 1:
        raise SplitError(
            f'{_named(times)} has times as texts of several formats or time zones, such as {list(first.values())[:2]}, '
            'whose order is not that of time; datetimes, or texts of one format, are expected. '
            f'Convert them in the task that makes the table: {_line(times, _ANY_ISO_FORMAT)}'
        )


def _named(times: pd.Series[Any]) -> str:
    return 'the column of times' if times.name is None else f'the column of times {str(times.name)!r}'


def _line(times: pd.Series[Any], form: str) -> str:
    column = f'df[{str("time" if times.name is None else times.name)!r}]'
    return f'{column} = pd.to_datetime({column}, format={form})'
