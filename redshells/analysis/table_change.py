"""Compare a table with an earlier one of its kind, by what is measured of both."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from redshells.analysis.column_kind import column_kinds
from redshells.analysis.column_values import check_hashable, python_values
from redshells.errors import ContractBreach

_SHOWN = 5
_ROUNDING = 1e-12  # 0.4 - 0.1 is a little more than 0.3
_KINDS_WITH_LEVELS = ({'category'}, {'string'}, {'boolean'})


@dataclass(frozen=True)
class TableMeasures:
    """What is measured of a table.

    Args:
        rows: The number of rows.
        kinds: The kinds that each column may be of.
        missing_shares: The share of missing values of each column.
        categories: The different values of each column of categories.
    """

    rows: int
    kinds: Mapping[str, frozenset[str]]
    missing_shares: Mapping[str, float]
    categories: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class ChangeLimits:
    """How far a table may differ from an earlier one; None where it may differ as it likes.

    Args:
        maximum_row_change: Share of the earlier rows by which the number of rows may change, up or down.
        maximum_missing_change: Difference of the shares of missing values of a column.
        maximum_new_categories: Share of the categories of a column that may be new ones.
        maximum_vanished_categories: Share of the earlier categories of a column that may be gone.
        compare_columns: Whether columns may neither come nor go.
        compare_types: Whether the kind of a column must stay.
    """

    maximum_row_change: float | None = None
    maximum_missing_change: float | None = None
    maximum_new_categories: float | None = None
    maximum_vanished_categories: float | None = None
    compare_columns: bool = True
    compare_types: bool = True

    @property
    def compares_categories(self) -> bool:
        """Whether categories are compared."""
        return self.maximum_new_categories is not None or self.maximum_vanished_categories is not None


@dataclass(frozen=True)
class TableChange:
    """How a table differs from an earlier one.

    Args:
        breaches: Where it differs more than it may.
        facts: The measured differences, by name.
    """

    breaches: list[ContractBreach]
    facts: dict[str, Any]


def measure_table(
    frame: pd.DataFrame,
    *,
    with_categories: bool,
    category_column_names: Sequence[str] = (),
    other_column_names: Sequence[str] = (),
) -> TableMeasures:
    """Measure a table.

    Args:
        frame: The table.
        with_categories: Whether its categories are collected.
        category_column_names: The columns of categories; those of text, of pandas' categorical type, and of booleans
            when empty.
        other_column_names: Columns that are no categories, such as keys.

    Raises:
        ColumnTypeError: A column that is named has values that can't be looked up.
    """
    kinds = {name: column_kinds(frame[name]) for name in frame.columns}
    names = [name for name, kind in kinds.items() if kind in _KINDS_WITH_LEVELS and name not in other_column_names]
    names = [name for name in category_column_names or names if name in kinds] if with_categories else []
    for name in names:
        check_hashable(frame[name], 'categories')
    categories = {name: tuple(python_values(frame[name].dropna().drop_duplicates())) for name in names}
    shares = frame.isna().mean() if len(frame) else pd.Series(0.0, index=frame.columns)
    return TableMeasures(len(frame), kinds, {name: float(shares[name]) for name in kinds}, categories)


def find_changes(previous: TableMeasures, current: TableMeasures, limits: ChangeLimits) -> TableChange:
    """Compare two tables.

    ``rows_changed``, ``columns_changed``, ``type_changed``, ``missing_changed``, ``categories_changed``. Of an earlier
    table without rows only the columns are compared, and the number of rows: any row is more than any share of none.

    Args:
        previous: The earlier table.
        current: The table.
        limits: How far they may differ.

    Example:
        >>> tables = [pd.DataFrame({'x': range(rows)}) for rows in (100, 40)]
        >>> measures = [measure_table(table, with_categories=False) for table in tables]
        >>> print(*find_changes(*measures, ChangeLimits(maximum_row_change=0.5)).breaches)
        rows_changed: the number of rows is 40 after 100 (-60.0%); a change of at most 50.0% is expected
    """
    facts: dict[str, Any] = {'previous_rows': previous.rows}
    if previous.rows:
        facts['row_change'] = (current.rows - previous.rows) / previous.rows
    breaches = [*_changes_of_rows(previous, current, limits), *_changes_of_columns(previous, current, limits)]
    shared = [name for name in current.kinds if name in previous.kinds]
    for name in shared:
        breaches += _changes_of_type(name, previous, current, limits)
    if previous.rows and current.rows:
        breaches += _changes_of_missing(shared, previous, current, limits, facts)
        breaches += _changes_of_categories(previous, current, limits, facts)
    return TableChange(breaches, facts)


def _changes_of_rows(previous: TableMeasures, current: TableMeasures, limits: ChangeLimits) -> Iterator[ContractBreach]:
    limit, difference = limits.maximum_row_change, current.rows - previous.rows
    change = difference / previous.rows if previous.rows else math.inf if difference else 0.0
    if limit is not None and abs(change) > limit:
        share = f'{change:+.1%}' if previous.rows else 'from none'
        message = (
            f'the number of rows is {current.rows} after {previous.rows} ({share}); '
            f'a change of at most {limit:.1%} is expected'
        )
        yield ContractBreach('rows_changed', None, abs(difference), (), message)


def _changes_of_columns(
    previous: TableMeasures, current: TableMeasures, limits: ChangeLimits
) -> Iterator[ContractBreach]:
    if not limits.compare_columns:
        return
    for words, names in (
        ('new', [name for name in current.kinds if name not in previous.kinds]),
        ('gone', [name for name in previous.kinds if name not in current.kinds]),
    ):
        for name in names:
            yield ContractBreach('columns_changed', name, 1, (), f'the column {name!r} is {words}')


def _changes_of_type(
    name: str, previous: TableMeasures, current: TableMeasures, limits: ChangeLimits
) -> Iterator[ContractBreach]:
    before, now = previous.kinds[name], current.kinds[name]
    if limits.compare_types and before and now and not before & now:
        message = f'the column {name!r} is {" or ".join(sorted(now))}; it was {" or ".join(sorted(before))}'
        yield ContractBreach('type_changed', name, current.rows, (), message)


def _changes_of_missing(
    names: Sequence[str], previous: TableMeasures, current: TableMeasures, limits: ChangeLimits, facts: dict[str, Any]
) -> Iterator[ContractBreach]:
    changes = {name: current.missing_shares[name] - previous.missing_shares[name] for name in names}
    facts['missing_changes'] = changes
    limit = limits.maximum_missing_change
    for name, change in changes.items():
        if limit is not None and abs(change) > limit + _ROUNDING:
            message = (
                f'{current.missing_shares[name]:.1%} of the values of {name!r} are missing after '
                f'{previous.missing_shares[name]:.1%}; a change of at most {limit:.1%} is expected'
            )
            yield ContractBreach('missing_changed', name, round(abs(change) * current.rows), (), message)


def _changes_of_categories(
    previous: TableMeasures, current: TableMeasures, limits: ChangeLimits, facts: dict[str, Any]
) -> Iterator[ContractBreach]:
    for name in (name for name in current.categories if name in previous.categories):
        before, now = previous.categories[name], current.categories[name]
        for fact, verb, limit, some, others in (
            ('new_categories', 'are new', limits.maximum_new_categories, now, before),
            ('vanished_categories', 'have vanished', limits.maximum_vanished_categories, before, now),
        ):
            other_set = set(others)
            changed = [one for one in some if one not in other_set]
            facts.setdefault(fact, {})[name] = len(changed)
            if limit is not None and len(changed) and len(changed) / len(some) > limit:
                message = (
                    f'categories of {name!r} {verb} ({len(changed)} of {len(some)}, {len(changed) / len(some):.1%}); '
                    f'at most {limit:.1%} may'
                )
                yield ContractBreach('categories_changed', name, len(changed), tuple(changed[:_SHOWN]), message)
