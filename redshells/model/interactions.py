"""Interactions of users with items as they come in: a table, checked once and cut into users, items and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import (
    ColumnTypeError,
    DataError,
    EmptyTableError,
    InfiniteValueError,
    MissingValueError,
    ParameterError,
)
from redshells.model.feature_schema import is_numeric, to_numbers
from redshells.model.frame import read_table, require_columns
from redshells.model.id_index import checked_ids

DUPLICATE_RULES = ('last', 'mean', 'sum', 'error')
"""What becomes of several ratings of one pair."""


@dataclass(frozen=True, kw_only=True)
class Interactions:
    """What users did with items, one row for each time.

    Attributes:
        users: Ids, integers or strings, of shape (rows,).
        items: Ids, likewise.
        ratings: What they are worth, of shape (rows,); None where a row only says that there was one.
        services: The context of each, such as the service where it was, as ids; None without.
        times: When each was, as numbers in order; None where that is not known.
    """

    users: npt.NDArray[Any]
    items: npt.NDArray[Any]
    ratings: npt.NDArray[np.float64] | None = None
    services: npt.NDArray[Any] | None = None
    times: npt.NDArray[Any] | None = None

    def __post_init__(self) -> None:
        for name in ('users', 'items', 'services'):
            ids = getattr(self, name)
            if ids is not None and ids.dtype not in (np.dtype(np.int64), np.dtype(object)):  # those were checked before
                object.__setattr__(self, name, checked_ids(ids, f'the {name}'))

    def __len__(self) -> int:
        return len(self.users)

    def take(self, rows: npt.NDArray[Any]) -> Interactions:
        """The rows at these positions, or where this mask is true."""
        return Interactions(
            users=self.users[rows],
            items=self.items[rows],
            ratings=None if self.ratings is None else self.ratings[rows],
            services=None if self.services is None else self.services[rows],
            times=None if self.times is None else self.times[rows],
        )

    def with_ratings(self, ratings: npt.NDArray[np.float64]) -> Interactions:
        """The same rows with these ratings."""
        return replace(self, ratings=ratings)

    def merge_duplicates(self, rule: str) -> Interactions:
        """One row for each pair of user and item (and service).

        Args:
            rule: What becomes of several ratings of one pair: ``'last'`` keeps that of the latest time, and of the last
                row where times are equal or not known; ``'mean'`` and ``'sum'`` take all (without ratings, the sum is
                how many there are); ``'error'`` refuses them.

        Returns:
            The rows in the order of the row that is kept of each pair, which is the last one.

        Raises:
            ParameterError: There is no such rule.
            DataError: A pair has several, and the rule is to refuse them.
        """
        if rule not in DUPLICATE_RULES:
            raise ParameterError(f'duplicates={rule!r} was given; one of {list(DUPLICATE_RULES)} is expected.')
        order = np.arange(len(self)) if self.times is None else np.argsort(self.times, kind='stable')
        keys = [self.users, self.items, *([] if self.services is None else [self.services])]
        codes = _codes([one[order] for one in keys])
        count = int(codes.max(initial=-1)) + 1
        counts_only = rule == 'sum' and self.ratings is None
        if count == len(self) and not counts_only:
            return self
        if rule == 'error':
            first = int(np.flatnonzero(np.bincount(codes) > 1)[0])
            row = order[np.flatnonzero(codes == first)[:1]]
            user, item = self.users[row].tolist()[0], self.items[row].tolist()[0]
            raise DataError(
                f'{len(self) - count} rows are of pairs of user and item that are there before, such as '
                f'({user!r}, {item!r}). Remove them, or say by duplicates what becomes of them: '
                "'last', 'mean' or 'sum'."
            )
        last = np.zeros(count, dtype=np.int64)
        last[codes] = order  # of several assignments to one place the last one stays
        kept = self.take(np.sort(last))
        if rule == 'last' or (self.ratings is None and not counts_only):
            return kept
        values = np.ones(len(self)) if self.ratings is None else self.ratings[order]
        sums: npt.NDArray[np.float64] = np.bincount(codes, weights=values, minlength=count).astype(np.float64)
        merged = sums / np.bincount(codes, minlength=count) if rule == 'mean' else sums
        return kept.with_ratings(merged[np.argsort(last, kind='stable')])


def concatenate_interactions(parts: Sequence[Interactions]) -> Interactions:
    """All rows of several; what one of them does not have, such as times, is left out."""
    columns: dict[str, Any] = {}
    for name in ('users', 'items', 'ratings', 'services', 'times'):
        values = [getattr(part, name) for part in parts]
        columns[name] = None if any(one is None for one in values) else np.concatenate(values)
    return Interactions(**columns)


def cut_interactions(
    table: Any,
    *,
    user_column_name: str,
    item_column_name: str,
    rating_column_name: str = '',
    service_column_name: str = '',
    time_column_name: str = '',
    may_be_empty: bool = False,
) -> Interactions:
    """Cut a table into users, items, ratings, services and times.

    Args:
        table: A pandas or polars data frame.
        user_column_name: The column with the ids of users.
        item_column_name: The column with the ids of items.
        rating_column_name: The column with the ratings, if any.
        service_column_name: The column with the services, if any.
        time_column_name: The column with the times, if any.
        may_be_empty: Whether a table without rows is taken, as in prediction.

    Raises:
        MissingColumnError: A named column is not there.
        EmptyTableError: There are no rows.
        MissingValueError: An id, a rating or a time is missing.
        InfiniteValueError: A rating is infinite.
        ColumnTypeError: Ids are neither integers nor strings, or ratings no numbers.
    """
    frame = read_table(table)
    names = {
        'user_column_name': user_column_name,
        'item_column_name': item_column_name,
        'rating_column_name': rating_column_name,
        'service_column_name': service_column_name,
        'time_column_name': time_column_name,
    }
    for parameter, name in names.items():
        if name:
            require_columns(frame, [name], parameter)
    if frame.empty and not may_be_empty:
        raise EmptyTableError('the table of interactions has no rows. Check the task that makes it.')
    return Interactions(
        users=checked_ids(frame[user_column_name], f'the users {user_column_name!r}'),
        items=checked_ids(frame[item_column_name], f'the items {item_column_name!r}'),
        ratings=_ratings(frame[rating_column_name]) if rating_column_name else None,
        services=(
            checked_ids(frame[service_column_name], f'the services {service_column_name!r}')
            if service_column_name
            else None
        ),
        times=_times(frame[time_column_name]) if time_column_name else None,
    )


def _codes(keys: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.int64]:
    """A number for each row, from 0 in the order of appearance, equal where all keys are equal."""
    codes = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        of_key, distinct = pd.factorize(key)
        codes = pd.factorize(codes * len(distinct) + of_key)[0].astype(np.int64)
    return codes


def _ratings(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
    if not is_numeric(column):
        raise ColumnTypeError(f'the ratings {column.name!r} are of type {column.dtype}; numbers are expected.')
    values = to_numbers(column)
    missing, infinite = int(np.isnan(values).sum()), int(np.isinf(values).sum())
    if missing:
        raise MissingValueError(f'the ratings {column.name!r} have {missing} missing values (NaN). Remove the rows.')
    if infinite:
        raise InfiniteValueError(f'the ratings {column.name!r} have {infinite} infinite values. Remove the rows.')
    return values


def _times(column: pd.Series[Any]) -> npt.NDArray[Any]:
    missing = int(column.isna().sum())
    if missing:
        raise MissingValueError(f'the times {column.name!r} have {missing} missing values. Remove the rows.')
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.to_numpy(dtype='datetime64[ns]').astype(np.int64)
    if is_numeric(column):
        return column.to_numpy()
    raise ColumnTypeError(
        f'the times {column.name!r} are of type {column.dtype}; dates or numbers are expected. Convert them, for '
        f'example with pd.to_datetime(df[{column.name!r}]).'
    )
