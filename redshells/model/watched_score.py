"""The score that early stopping watches, where the library does not have the metric."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from redshells.model.boosted_trees import BoostedTreesModel
from redshells.model.early_stopping import EarlyStopping
from redshells.model.encoded_table import EncodedTable


def watched_score(
    model: BoostedTreesModel,
    watched: tuple[EncodedTable, EarlyStopping],
    prediction: npt.NDArray[Any],
    *,
    raw: bool = False,
) -> float:
    """The watched score of native predictions, for metrics that the library does not have.

    Args:
        model: The model that is trained.
        watched: The rows that are watched, and when to stop.
        prediction: What the library predicts for them.
        raw: Whether it is the raw score, whatever the objective.
    """
    table, early_stopping = watched
    values = np.asarray(prediction, dtype=np.float64)
    if model.problem == 'classification':
        values = model.to_probabilities(values, raw=raw)
    return early_stopping.metric(table.target, values, weight=table.weight, group=table.query_ids)
