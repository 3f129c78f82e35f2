"""The score of a model of many trees after each number of them, on the rows of the training and on others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from redshells.analysis.sampling import sample_data
from redshells.model.boosted_trees import BoostedTreesModel
from redshells.model.frame import TableData
from redshells.model.metric import Metric

Array = npt.NDArray[Any]

_CHECKPOINTS = 14
_MOST_TREE_ROWS = 5_000_000  # rows times trees that are evaluated: about a second
_FEWEST_ROWS = 200
_MOST_ROWS = 2_000


@dataclass(frozen=True)
class LearningCurve:
    """Scores by the number of trees.

    Attributes:
        rounds: The numbers.
        metric: Name of the score.
        scores: The scores after each number, by the name of the rows.
        rows: How many rows were scored, by their name.
    """

    rounds: tuple[int, ...]
    metric: str
    scores: Mapping[str, Array]
    rows: Mapping[str, int]


def learning_curve(
    model: BoostedTreesModel, parts: Mapping[str, TableData], metric: Metric, random_seed: int = 0
) -> LearningCurve:
    """Score a model with its first trees only, on samples of rows.

    Args:
        model: The fitted model.
        parts: The rows, by the name of the part.
        metric: The score.
        random_seed: Seed of the samples.
    """
    rounds = sorted({round(value) for value in np.geomspace(1, model.best_round_, _CHECKPOINTS)})
    classes = model.target_encoding_.number_of_classes or 2
    trees = sum(rounds) * (classes if classes > 2 else 1) * len(parts)
    most = int(np.clip(_MOST_TREE_ROWS // trees, _FEWEST_ROWS, _MOST_ROWS))
    scores, rows = {}, {}
    for name, data in parts.items():
        sample = sample_data(data, most, random_seed)
        target = model.target_encoding_.encode(sample.target)
        weight = None if sample.weight is None else sample.weight.to_numpy(dtype=np.float64)
        group = None if sample.group is None else sample.group.to_numpy()
        predictions = model.predict_for_metric_after(sample.features, rounds)
        scores[name] = np.array([metric(target, one, weight=weight, group=group) for one in predictions])
        rows[name] = len(sample)
    return LearningCurve(tuple(rounds), metric.name, scores, rows)
