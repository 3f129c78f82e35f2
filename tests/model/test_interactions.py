"""Interactions as they come in, and several of one pair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshells.errors import (
    ColumnTypeError,
    DataError,
    DuplicateColumnError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
    MissingValueError,
    ParameterError,
    RedshellsError,
)
from redshells.model.interactions import DUPLICATE_RULES, Interactions, concatenate_interactions, cut_interactions

NAMES: dict[str, str] = {
    'user_column_name': 'user',
    'item_column_name': 'item',
    'rating_column_name': 'rating',
    'service_column_name': 'service',
    'time_column_name': 'time',
}
TABLE = pd.DataFrame(
    {
        'user': ['b', 'a', 'b'],
        'item': [2, 2, 1],
        'rating': [1, 2, 3],
        'service': ['x', 'x', 'y'],
        'time': pd.to_datetime(['2024-01-03', '2024-01-01', '2024-01-02']),
    },
    index=[9, 9, 9],
)


def rows_of(interactions: Interactions) -> list[tuple[Any, ...]]:
    parts = (interactions.users, interactions.items, interactions.ratings, interactions.services, interactions.times)
    columns = [[None] * len(interactions) if part is None else part.tolist() for part in parts]
    return list(zip(*columns, strict=True))


@given(
    rows=st.lists(st.tuples(*(st.integers(0, 3) for _ in range(5))), max_size=25),
    rule=st.sampled_from(['last', 'mean', 'sum']),
    has_ratings=st.booleans(),
    has_services=st.booleans(),
    has_times=st.booleans(),
    as_strings=st.booleans(),
)
def test_one_row_for_each_pair(
    rows: list[tuple[int, ...]],
    rule: str,
    has_ratings: bool,
    has_services: bool,
    has_times: bool,
    as_strings: bool,
) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * 5

    def ids(values: Any) -> Any:
        return np.array([f'{one}' for one in values], dtype=object) if as_strings else np.array(values, dtype=np.int64)

    interactions = Interactions(
        users=ids(columns[0]),
        items=ids(columns[1]),
        ratings=np.array(columns[2], dtype=float) if has_ratings else None,
        services=ids(columns[3]) if has_services else None,
        times=np.array(columns[4], dtype=np.int64) if has_times else None,
    )
    given_rows = rows_of(interactions)

    merged = interactions.merge_duplicates(rule)

    assert rows_of(interactions) == given_rows
    by_pair: dict[Any, list[int]] = {}
    for row, (user, item, _, service, _) in enumerate(given_rows):
        by_pair.setdefault((user, item, service), []).append(row)
    expected = []
    for pair, places in by_pair.items():
        kept = max(places, key=lambda row: (given_rows[row][4] if has_times else 0, row))
        values = [given_rows[row][2] if has_ratings else 1.0 for row in places]
        rating = {'last': given_rows[kept][2], 'mean': np.mean(values), 'sum': sum(values)}[rule]
        if not has_ratings and rule != 'sum':
            rating = None
        expected.append((kept, (pair[0], pair[1], rating, pair[2], given_rows[kept][4])))
    found = rows_of(merged)
    assert found == [
        (user, item, rating if rating is None else pytest.approx(rating), service, time)
        for _, (user, item, rating, service, time) in sorted(expected)
    ]


def test_pairs_twice_are_refused_where_they_must_not_be() -> None:
    interactions = cut_interactions(TABLE, **NAMES)
    assert interactions.merge_duplicates('error') is interactions
    twice = concatenate_interactions([interactions, interactions])
    with pytest.raises(
        DataError, match=r"3 rows are of pairs .* such as \('.', \d\)\. Remove them, or say by duplicates"
    ):
        twice.merge_duplicates('error')
    with pytest.raises(
        ParameterError, match=r"duplicates='first' was given; one of \['last', 'mean', 'sum', 'error'\]"
    ):
        twice.merge_duplicates('first')
    assert DUPLICATE_RULES == ('last', 'mean', 'sum', 'error')


@pytest.mark.parametrize('convert', [lambda table: table, pl.from_pandas, lambda table: pl.from_pandas(table).lazy()])
def test_a_table_is_cut(convert: Any) -> None:
    interactions = cut_interactions(convert(TABLE.reset_index(drop=True)), **NAMES)
    days = (np.array(['2024-01-03', '2024-01-01', '2024-01-02'], dtype='datetime64[ns]')).astype(np.int64).tolist()
    assert rows_of(interactions) == [
        ('b', 2, 1.0, 'x', days[0]),
        ('a', 2, 2.0, 'x', days[1]),
        ('b', 1, 3.0, 'y', days[2]),
    ]
    assert len(interactions) == 3
    assert rows_of(interactions.take(np.array([2, 0]))) == [rows_of(interactions)[2], rows_of(interactions)[0]]
    assert rows_of(interactions.take(np.array([False, True, False]))) == [rows_of(interactions)[1]]


def test_columns_that_are_not_named_are_not_there() -> None:
    interactions = cut_interactions(TABLE, user_column_name='user', item_column_name='item')
    assert (interactions.ratings, interactions.services, interactions.times) == (None, None, None)
    both = concatenate_interactions([interactions, cut_interactions(TABLE, **NAMES)])
    assert rows_of(both) == rows_of(interactions) * 2


@pytest.mark.parametrize(
    'times',
    [
        [3, 1, 2],
        [3.5, -1.0, 2.0],
        pd.Series([3, 1, 2], dtype='Int64').array,
        pd.to_datetime(['2024-01-03', '2024-01-01', '2024-01-02'], utc=True),
        pd.to_datetime(['2024-01-03', '2024-01-01', '2024-01-02']).as_unit('s'),
    ],
)
def test_times_are_put_in_order(times: Any) -> None:
    interactions = cut_interactions(TABLE.assign(time=times), **NAMES)
    assert interactions.times is not None
    assert interactions.times.dtype.kind in 'if'
    assert np.argsort(interactions.times).tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ('change', 'error', 'message'),
    [
        ({'user': None}, MissingValueError, r"the users 'user' has 3 missing ids"),
        ({'item': 0.5}, ColumnTypeError, r"the items 'item' are of type float64"),
        ({'service': np.nan}, MissingValueError, r"the services 'service' has 3"),
        ({'rating': 'good'}, ColumnTypeError, r"the ratings 'rating' are of type str; numbers"),
        ({'rating': [1, np.nan, 2]}, MissingValueError, r"the ratings 'rating' have 1 missing"),
        ({'rating': [1, np.inf, -np.inf]}, InfiniteValueError, r"the ratings 'rating' have 2 infinite"),
        ({'time': [1, None, None]}, MissingValueError, r"the times 'time' have 2 missing"),
        ({'time': '2024-01-01'}, ColumnTypeError, r"dates or numbers .* pd.to_datetime\(df\['time'\]\)"),
    ],
)
def test_values_that_can_not_be_used_are_refused(
    change: dict[str, Any], error: type[RedshellsError], message: str
) -> None:
    with pytest.raises(error, match=message):
        cut_interactions(TABLE.assign(**change), **NAMES)


def test_tables_that_can_not_be_used_are_refused() -> None:
    with pytest.raises(EmptyTableError, match='the table of interactions has no rows'):
        cut_interactions(TABLE.iloc[:0], **NAMES)
    assert len(cut_interactions(TABLE.iloc[:0], **NAMES, may_be_empty=True)) == 0  # type: ignore[arg-type]
    for name in NAMES:
        with pytest.raises(MissingColumnError, match=rf"lacks the columns \['absent'\].* Set {name},"):
            cut_interactions(TABLE, **{**NAMES, name: 'absent'})  # type: ignore[arg-type]
    with pytest.raises(ColumnTypeError, match='the input is of type list'):
        cut_interactions([1], **NAMES)  # type: ignore[arg-type]
    with pytest.raises(DuplicateColumnError):
        cut_interactions(pd.concat([TABLE, TABLE], axis=1), **NAMES)  # type: ignore[arg-type]
