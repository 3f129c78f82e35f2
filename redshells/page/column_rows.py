"""The rows of a table of columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redshells.analysis.column_profile import ColumnProfile
from redshells.page import wording as words
from redshells.page.picture import bars
from redshells.page.render import KINDS
from redshells.page.wording import Wording

_MOST_ROWS = 60
_SHOWN_LEVELS = 4


@dataclass(frozen=True)
class ColumnRow:
    """One column, in words and a picture."""

    name: str
    kind: str
    dtype: str
    missing: str
    values: str
    picture: str
    extra: str


@dataclass(frozen=True)
class ColumnTable:
    """The columns that are shown, and how many are not.

    Attributes:
        rows: The columns.
        left_out: How many are not shown.
        extra_title: Title of the last column; empty where there is none.
    """

    rows: tuple[ColumnRow, ...]
    left_out: int
    extra_title: str = ''


def make_column_table(
    profiles: Sequence[ColumnProfile], wording: Wording, extra_title: str = '', extra: Mapping[str, str] | None = None
) -> ColumnTable:
    """The table of some columns; the first 60 are shown.

    Args:
        profiles: The columns.
        wording: The language.
        extra_title: Title of one more column of the table.
        extra: Its values by name.
    """
    rows = tuple(
        ColumnRow(
            name=profile.name,
            kind=wording(KINDS[profile.kind]),
            dtype=profile.dtype,
            missing=words.percent(profile.missing_share),
            values=_describe(profile, wording),
            picture=bars(_counts(profile)),
            extra=(extra or {}).get(profile.name, '–'),
        )
        for profile in profiles[:_MOST_ROWS]
    )
    return ColumnTable(rows, len(profiles) - len(rows), extra_title)


def _counts(profile: ColumnProfile) -> Sequence[float]:
    if len(profile.histogram) > 1:
        return profile.histogram
    return () if profile.distribution is None else profile.distribution.counts


def _describe(profile: ColumnProfile, wording: Wording) -> str:
    if profile.kind in ('number', 'date') and profile.minimum is not None:
        assert profile.median is not None
        assert profile.maximum is not None
        return wording(
            '{low} to {high}, median {median}',
            low=words.value(profile.minimum),
            high=words.value(profile.maximum),
            median=words.value(profile.median),
        )
    if profile.kind == 'category' and profile.distribution is not None and profile.distinct:
        shown = ', '.join(profile.distribution.levels[:_SHOWN_LEVELS])
        more = profile.distinct - min(_SHOWN_LEVELS, len(profile.distribution.levels))
        return shown if more <= 0 else wording('{shown} and {more} more', shown=shown, more=words.whole(more))
    if profile.length is not None:
        return wording('vectors of {length} numbers', length=words.whole(profile.length))
    return wording('no values') if profile.missing == profile.rows else ''
