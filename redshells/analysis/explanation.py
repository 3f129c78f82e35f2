"""What a model looks at: importances, and what each feature adds to the predictions of a sample of rows."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.analysis.sampling import sample_data
from redshells.model.feature_schema import ColumnSchema
from redshells.model.frame import TableData
from redshells.model.metric import Metric, get_metric, loss_name
from redshells.model.table_model import TableModel

Array = npt.NDArray[Any]

logger = logging.getLogger(__name__)

_MOST_TREE_ROWS = 40_000  # rows times trees of the SHAP values: half a second or less
_MOST_ROWS = 400
_FEWEST_ROWS = 40
_MOST_SHOWN = 12
_MOST_SHUFFLED = 30  # columns
_MOST_SHUFFLED_ROWS = 1_000


@dataclass(frozen=True)
class FeatureEffect:
    """What one feature does.

    Attributes:
        name: The feature.
        importance: Share of the mean absolute SHAP values of all features, or the loss of score when it is shuffled.
        contributions: What it adds to the raw score of each row of the sample, in which it is positive for more of
            the predicted number, or of the second of two classes; () where there are more classes.
        levels: Where the value of the feature in the row lies among those of the sample, from 0 to 1; NaN where it
            is missing or has no order.
        by_class: With more than two classes, its share in each.
    """

    name: str
    importance: float
    contributions: Array
    levels: Array
    by_class: tuple[float, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """What a model looks at.

    Attributes:
        method: ``'shap'`` or ``'permutation'``.
        metric: Name of the score that shuffling lowers; of SHAP values, empty.
        effects: The features with the largest importances.
        importances: The importance of each feature that was looked at, the largest first.
        rows: How many rows were looked at.
        left_out: How many features were not looked at; of many, only those with the largest importances by the
            estimator's own account are shuffled.
    """

    method: str
    metric: str
    effects: tuple[FeatureEffect, ...]
    importances: pd.Series[float]
    rows: int
    left_out: int = 0


def explain(model: TableModel, data: TableData, metric: Metric, random_seed: int = 0) -> Explanation:
    """Explain a model by SHAP values where it has them, and by shuffling columns where it has not.

    Lundberg, Erion, Lee: Consistent Individualized Feature Attribution for Tree Ensembles (https://arxiv.org/abs/1802.03888).
    Breiman: Random Forests (2001), for the importance by shuffling.

    Args:
        model: The fitted model.
        data: Rows to explain it on, with their target.
        metric: The score that shuffling lowers; the loss of the problem, where these rows have no such score.
        random_seed: Seed of the sample and of the shuffling.
    """
    generator = np.random.default_rng(random_seed)
    if hasattr(model, 'contributions'):
        rows = int(np.clip(_MOST_TREE_ROWS // number_of_trees(model), _FEWEST_ROWS, _MOST_ROWS))
        try:
            return _explain_by_shap(model, sample_data(data, rows, random_seed))
        except getattr(model, 'library_error', ()) as error:
            logger.info('the columns are shuffled, for there are no SHAP values of this model: %s', error)
    return _explain_by_shuffling(model, sample_data(data, _MOST_SHUFFLED_ROWS, random_seed), metric, generator)


def number_of_trees(model: TableModel) -> int:
    """How many trees a model of boosted trees has, of all classes."""
    classes = model.target_encoding_.number_of_classes or 2
    rounds = int(getattr(model, 'best_round_', 1))
    return rounds * (classes if classes > 2 else 1)


def _explain_by_shap(model: Any, data: TableData) -> Explanation:
    values = model.contributions(data.features)[..., :-1]  # without the expected value
    by_class = np.abs(values).mean(axis=0)  # (features,) or (classes, features)
    total = by_class if by_class.ndim == 1 else by_class.sum(axis=0)
    names = model.schema_.feature_names
    share = total / total.sum() if total.sum() > 0 else total
    importances = pd.Series(share, index=names, name='importance').sort_values(ascending=False, kind='stable')
    ordered = set(range(len(names))) - set(model.schema_.categorical_indices)
    matrix = model.schema_.encode(data.features)
    effects = []
    for name in importances.index[:_MOST_SHOWN]:
        position = names.index(name)
        levels = _ranks(matrix[:, position]) if position in ordered else np.full(len(data), np.nan)
        of_classes = () if by_class.ndim == 1 else tuple(by_class[:, position] / max(total[position], 1e-300))
        contributions = values[:, position] if values.ndim == 2 else np.empty(0)
        effects.append(FeatureEffect(name, float(importances[name]), contributions, levels, of_classes))
    return Explanation('shap', '', tuple(effects), importances, len(data))


def _ranks(values: Array) -> Array:
    """Place of each value among the others, from 0 to 1."""
    ranks = pd.Series(values).rank(method='average')
    low, high = ranks.min(), ranks.max()
    levels = (ranks - low) / (high - low) if high > low else ranks * 0 + 0.5
    return levels.to_numpy(dtype=np.float64)


def _explain_by_shuffling(
    model: TableModel, data: TableData, metric: Metric, generator: np.random.Generator
) -> Explanation:
    target = model.target_encoding_.encode(data.target)
    weight = None if data.weight is None else data.weight.to_numpy(dtype=np.float64)
    group = None if data.group is None else data.group.to_numpy()
    if not np.isfinite(metric(target, model.predict_for_metric(data.features), weight=weight, group=group)):
        metric = get_metric(loss_name(model.problem), model.problem)
    sign = 1.0 if metric.direction == 'maximize' else -1.0

    def score(features: pd.DataFrame) -> float:
        return sign * metric(target, model.predict_for_metric(features), weight=weight, group=group)

    whole = score(data.features)
    names = _names_to_shuffle(model)
    losses = {}
    for name in names[:_MOST_SHUFFLED]:
        features = data.features.copy(deep=False)
        features[name] = data.features[name].iloc[generator.permutation(len(data))].set_axis(features.index)
        losses[name] = whole - score(features)
    importances = pd.Series(losses, name='importance', dtype=float).sort_values(ascending=False, kind='stable')
    nothing = np.empty(0)
    effects = tuple(
        FeatureEffect(str(name), float(loss), nothing, nothing) for name, loss in importances[:_MOST_SHOWN].items()
    )
    return Explanation('permutation', metric.name, effects, importances, len(data), max(0, len(names) - _MOST_SHUFFLED))


def _names_to_shuffle(model: TableModel) -> list[str]:
    """The columns, where there are many those first that the estimator itself finds important."""
    names = [column.name for column in model.schema_.columns]
    if len(names) <= _MOST_SHUFFLED:
        return names
    try:
        own = model.feature_importances
    except AttributeError:
        return names
    known: dict[Any, float] = own.groupby(level=0).max().to_dict()
    largest = {
        column.name: max((known.get(name, 0.0) for name in _own_names(column)), default=0.0)
        for column in model.schema_.columns
    }
    return sorted(names, key=lambda name: -largest[name])


def _own_names(column: ColumnSchema) -> list[str]:
    """The features that an estimator sees of a column."""
    return [*column.feature_names, *(f'{column.name}={level}' for level in column.levels)]
