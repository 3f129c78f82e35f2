"""What a report on a table says, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from pandas.api import types

from redshells.analysis.association import Association, associate
from redshells.analysis.column_profile import ColumnProfile, kind_of, profile_table

_FEW_CLASSES = 20


@dataclass(frozen=True)
class TableSummary:
    """What stands in a table.

    Attributes:
        rows: Its rows.
        columns: Its columns.
        memory: Bytes that it takes.
        duplicates: Rows that are equal to an earlier one; None where values can't be compared.
        target: The profile of the target; None without one.
        target_is_class: Whether the target is a class.
        associations: How much each column has to do with the target, the strongest first.
    """

    rows: int
    columns: tuple[ColumnProfile, ...]
    memory: int
    duplicates: int | None
    target: ColumnProfile | None = None
    target_is_class: bool = False
    associations: tuple[Association, ...] = ()


def summarise_table(
    frame: pd.DataFrame, target_column_name: str = '', problem: str = '', random_seed: int = 0
) -> TableSummary:
    """Find out what a report on a table says.

    Args:
        frame: The table, with column names that differ.
        target_column_name: The column to predict; empty for none.
        problem: What is to be predicted; found out from the values when empty.
        random_seed: Seed of the samples.
    """
    columns = profile_table(frame, random_seed=random_seed)
    memory = int(frame.memory_usage(deep=False).sum())
    duplicates = _count_duplicates(frame)
    if not target_column_name:
        return TableSummary(len(frame), columns, memory, duplicates)
    target = next(column for column in columns if column.name == target_column_name)
    is_class = _is_class(frame[target_column_name], target, problem)
    found = associate(frame, target_column_name, is_classification=is_class, random_seed=random_seed)
    known = [one for one in found if one.value == one.value]
    strongest = tuple(sorted(known, key=lambda one: (-abs(one.value), one.name)))
    return TableSummary(len(frame), columns, memory, duplicates, target, is_class, strongest)


def _is_class(column: pd.Series[Any], profile: ColumnProfile, problem: str) -> bool:
    if problem:
        return problem == 'classification'
    if kind_of(column) != 'number':
        return True
    return types.is_integer_dtype(column.dtype) and (profile.distinct or 0) <= _FEW_CLASSES


def _count_duplicates(frame: pd.DataFrame) -> int | None:
    try:
        return int(frame.duplicated().sum())
    except (TypeError, NotImplementedError):  # lists and the like, of Python or of Arrow
        return None
