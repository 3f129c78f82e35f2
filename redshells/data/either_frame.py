"""Data frames of pandas or polars: what comes of them is of the same kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from redshells.model.frame import read_table


def select_columns(table: Any, names: Sequence[str]) -> Any:
    """These columns of a pandas or polars data frame, as the same kind of data frame."""
    return read_table(table)[list(names)] if isinstance(table, pd.DataFrame) else _collected(table).select(list(names))


def rename_columns(table: Any, names: Mapping[str, str]) -> Any:
    """A pandas or polars data frame with other names of columns, as the same kind of data frame."""
    if isinstance(table, pd.DataFrame):
        return read_table(table).rename(columns=dict(names))
    return _collected(table).rename(dict(names))


def _collected(table: Any) -> Any:
    return table.collect() if hasattr(table, 'collect') else table
