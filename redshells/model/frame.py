"""Tables as they come in: data frames of pandas or polars, and arrays; checked once, cut into features and target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import ColumnTypeError, DuplicateColumnError, EmptyTableError, MissingColumnError, ParameterError


@dataclass(frozen=True)
class TableData:
    """Rows to train on: features and what belongs to them.

    Args:
        features: The columns that a model may look at.
        target: What is to be predicted, one value a row.
        weight: Weight of each row.
        group: Group of each row: the query of a ranking, or what a split must not tear apart.
        time: Time of each row, for splits by time.
    """

    features: pd.DataFrame
    target: pd.Series[Any]
    weight: pd.Series[Any] | None = None
    group: pd.Series[Any] | None = None
    time: pd.Series[Any] | None = None

    def __len__(self) -> int:
        return len(self.features)

    def take(self, rows: npt.NDArray[np.int64]) -> TableData:
        """The rows at these positions."""
        return TableData(*(None if part is None else part.iloc[rows] for part in self._parts()))  # type: ignore[arg-type]

    def _parts(self) -> tuple[Any, ...]:
        return self.features, self.target, self.weight, self.group, self.time


def read_table(table: Any) -> pd.DataFrame:
    """A pandas data frame with string column names, of a pandas or polars data frame. The input is left as it is.

    Raises:
        ColumnTypeError: It is no data frame.
        DuplicateColumnError: Two columns have one name.
    """
    if type(table).__module__.split('.')[0] == 'polars':
        table = table.collect() if hasattr(table, 'collect') else table
        table = table.to_pandas() if hasattr(table, 'columns') else table
    if not isinstance(table, pd.DataFrame):
        raise ColumnTypeError(
            f'the input is of type {type(table).__name__}; a pandas or polars data frame is expected. '
            'Check what the task outputs that is given as input.'
        )
    frame: pd.DataFrame = table
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DuplicateColumnError(f'the input table has several columns of the names {twice}. Rename or drop them.')
    return frame if names == list(frame.columns) else frame.set_axis(names, axis=1)


def cut_table(
    table: Any,
    *,
    target_column_name: str,
    feature_column_names: Sequence[str] = (),
    weight_column_name: str = '',
    group_column_name: str = '',
    time_column_name: str = '',
    needs_features: bool = True,
) -> TableData:
    """Cut a table into features, target, weight, group and time.

    Args:
        table: A pandas or polars data frame.
        target_column_name: The column to predict.
        feature_column_names: The columns to learn from; all but the other named ones when empty.
        weight_column_name: The column with the weight of each row, if any.
        group_column_name: The column with the group of each row, if any.
        time_column_name: The column with the time of each row, if any.
        needs_features: Whether a table without any is refused.

    Raises:
        MissingColumnError: A named column is not there.
        EmptyTableError: There are no rows, or no features.
        ParameterError: The target is among the features.
    """
    frame = read_table(table)
    others = [name for name in (weight_column_name, group_column_name, time_column_name) if name]
    require_columns(frame, [target_column_name, *feature_column_names, *others])
    if target_column_name in feature_column_names:
        raise ParameterError(
            f'feature_column_names has the target {target_column_name!r}; a model must not see what it predicts. '
            'Remove it.'
        )
    if frame.empty:
        raise EmptyTableError(
            f'the input table has {frame.shape[0]} rows and {frame.shape[1]} columns. Check the task that makes it.'
        )
    features = list(feature_column_names) or [n for n in frame.columns if n not in (target_column_name, *others)]
    if needs_features and not features:
        raise EmptyTableError(
            f'the input table has no columns to learn from besides {[target_column_name, *others]}. Add features to it.'
        )
    return TableData(
        features=frame[features],
        target=frame[target_column_name],
        weight=frame[weight_column_name] if weight_column_name else None,
        group=frame[group_column_name] if group_column_name else None,
        time=frame[time_column_name] if time_column_name else None,
    )


def take_rows(table: Any, rows: npt.NDArray[np.int64]) -> Any:
    """The rows of a pandas or polars data frame at these positions, as the same kind of data frame."""
    if isinstance(table, pd.DataFrame):
        return table.iloc[rows]
    return (table.collect() if hasattr(table, 'collect') else table)[rows]


def require_columns(frame: pd.DataFrame, names: Sequence[str], parameter: str = '') -> None:
    """Check that a table has the columns of these names.

    Args:
        frame: The table, or one of polars.
        names: The names.
        parameter: The parameter that names them, for errors.

    Raises:
        MissingColumnError: Some are not there.
    """
    missing = [name for name in dict.fromkeys(names) if name not in frame.columns]
    if missing:
        present = list(frame.columns)
        shown = f'{present[:20]}' + (f' and {len(present) - 20} more' if len(present) > 20 else '')
        raise MissingColumnError(
            f'the input table lacks the columns {missing}; it has {shown}. '
            f'Set {parameter or "the parameter that names the column (such as target_column_name)"}, or rename the '
            'column.'
        )
