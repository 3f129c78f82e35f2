"""Data frames of pandas or polars: what comes of them is of the same kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from redshells.model.frame import read_table


def collect(table: Any) -> Any:
    """A lazy data frame of polars as a data frame; anything else as it is."""
    is_lazy = type(table).__module__.split('.')[0] == 'polars' and hasattr(table, 'collect')
    return table.collect() if is_lazy else table


def select_columns(table: Any, names: Sequence[str]) -> Any:
    """These columns of a pandas or polars data frame, as the same kind of data frame."""
    return read_table(table)[list(names)] if isinstance(table, pd.DataFrame) else table.select(list(names))


def rename_columns(table: Any, names: Mapping[str, str]) -> Any:
    """A pandas or polars data frame with other names of columns, as the same kind of data frame."""
    return (
        read_table(table).rename(columns=dict(names)) if isinstance(table, pd.DataFrame) else table.rename(dict(names))
    )
