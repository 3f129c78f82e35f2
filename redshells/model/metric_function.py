"""What the metrics of `redshells.model.metric` compute.

The functions of classification and regression take target, prediction and weight; those of ranking take target, score,
the code of the query of each row, and a cutoff, and give one value per query. scikit-learn is imported when a function
that needs it is called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import ParameterError

Array = npt.NDArray[Any]
TableFunction = Callable[[Array, Array, Array | None], float]
RankingFunction = Callable[[Array, Array, Array, float], Array]


def on_weighted_rows(
    function: TableFunction,
    target: Array,
    prediction: Array,
    weight: Array | None,
    group: Array | None,
) -> float:
    """Leave out rows of weight 0: a class that has no others is missing, which scikit-learn does not see."""
    if weight is None:
        return function(target, prediction, None)
    rows = weight > 0
    return function(target[rows], prediction[rows], weight[rows]) if rows.any() else float('nan')


def of_sklearn(name: str, target: Array, prediction: Array, weight: Array | None, **options: Any) -> float:
    """Call a function of `sklearn.metrics`."""
    import sklearn.metrics

    return float(getattr(sklearn.metrics, name)(target, prediction, sample_weight=weight, **options))


def logloss(target: Array, probability: Array, weight: Array | None) -> float:
    """Give the mean of -log(probability of the true class), with zeros lifted to the precision of the number type."""
    # Not scikit-learn's: it warns when rows do not sum to 1, which one-versus-all objectives do not promise.
    chosen = np.clip(probability[np.arange(len(target)), target], np.finfo(probability.dtype).eps, 1)
    return float(np.average(-np.log(chosen, dtype=float), weights=weight))


def brier(target: Array, probability: Array, weight: Array | None) -> float:
    """Give the mean squared distance to the outcome, halved for two classes as is the custom."""
    distance = probability.astype(float)
    distance[np.arange(len(target)), target] -= 1
    return float(np.average((distance**2).sum(axis=1), weights=weight)) / (2 if probability.shape[1] == 2 else 1)


def auc(target: Array, probability: Array, weight: Array | None) -> float:
    """Give the area under the ROC curve; with more than two classes, the mean over those that are there."""
    present = np.unique(target)
    if len(present) < 2:
        return float('nan')
    judged = [1] if probability.shape[1] == 2 else present
    return float(np.mean([_auc_of_class(target == code, probability[:, code], weight) for code in judged]))


def _auc_of_class(positive: Array, score: Array, weight: Array | None) -> float:
    if weight is not None:
        return of_sklearn('roc_auc_score', positive, score, weight)
    # the same by the count of Mann and Whitney, several times faster: a bootstrap asks for it hundreds of times
    from scipy.stats import rankdata

    positives = int(np.count_nonzero(positive))
    wins = rankdata(score)[positive].sum() - positives * (positives + 1) / 2
    return float(wins / (positives * (len(positive) - positives)))


def average_precision(target: Array, probability: Array, weight: Array | None) -> float:
    """Give the average precision of class 1, NaN if it is not there."""
    positive = target == 1
    return (
        of_sklearn('average_precision_score', positive, probability[:, 1], weight) if positive.any() else float('nan')
    )


def accuracy(target: Array, probability: Array, weight: Array | None) -> float:
    """Give the share of rows whose most probable class is right."""
    return of_sklearn('accuracy_score', target, probability.argmax(axis=1), weight)


def balanced_accuracy(target: Array, probability: Array, weight: Array | None) -> float:
    """Give the mean over the classes that are there of the share that is found."""
    options = {'labels': np.unique(target), 'average': 'macro', 'zero_division': 0}
    return of_sklearn('recall_score', target, probability.argmax(axis=1), weight, **options)


def of_decisions(name: str, target: Array, probability: Array, weight: Array | None) -> float:
    """Give F1, precision or recall of class 1, or their means over the classes if there are more than two."""
    average = 'binary' if probability.shape[1] == 2 else 'macro'
    return of_sklearn(name, target, probability.argmax(axis=1), weight, average=average, zero_division=0)


def mcc(target: Array, probability: Array, weight: Array | None) -> float:
    """Give Matthews' correlation coefficient of the most probable class."""
    decision = probability.argmax(axis=1)
    if len(np.union1d(target, decision)) < 2:
        return 0.0  # as scikit-learn, which also warns
    return of_sklearn('matthews_corrcoef', target, decision, weight)


def r2(target: Array, prediction: Array, weight: Array | None) -> float:
    """Give the coefficient of determination, NaN for a single row."""
    return of_sklearn('r2_score', target, prediction, weight) if len(target) > 1 else float('nan')


def of_counts(name: str, smallest_prediction: float, target: Array, prediction: Array, weight: Array | None) -> float:
    """Lift predictions that the metric is not defined for: a model that ignores the bound is bad, not an error."""
    if target.min() < 0:
        raise ParameterError(
            f'the target holds {target.min()}; this metric is for targets of at least 0. Choose another, such as rmse.'
        )
    return of_sklearn(name, target, np.maximum(prediction, smallest_prediction), weight)


@dataclass(frozen=True)
class _RankedRows:
    """The rows of all queries, one query after the other, by falling score.

    Attributes:
        relevance: The target of each row.
        position: The rank of each row within its query, from 0.
        start: Where each query begins.
    """

    relevance: Array
    position: Array
    start: Array

    def total(self, value: Array) -> Array:
        """Sum a value of each row over each query."""
        return np.asarray(np.add.reduceat(value, self.start))


def _rank(relevance: Array, score: Array, query: Array) -> _RankedRows:
    order = np.lexsort((-score.astype(float), query))  # stable: equal scores keep their order
    query = query[order]
    is_start = np.concatenate(([True], query[1:] != query[:-1]))
    start = np.flatnonzero(is_start)
    position = np.arange(len(query)) - start[np.cumsum(is_start) - 1]
    return _RankedRows(relevance[order].astype(float), position, start)


def on_queries(
    function: RankingFunction,
    cutoff: float,
    target: Array,
    prediction: Array,
    weight: Array | None,
    group: Array | None,
) -> float:
    """Average a value of each query over the queries, weighted by the mean weight of their rows."""
    if group is None:
        raise ParameterError(
            'a ranking metric was given no group; it needs the query of each row. Set group_column_name.'
        )
    query = pd.factorize(pd.Series(group), use_na_sentinel=False)[0]
    values = function(target, prediction, query, cutoff)
    weights = None if weight is None else np.bincount(query, weights=weight) / np.bincount(query)
    if weights is not None and not weights.any():
        return float('nan')
    return float(np.average(values, weights=weights))


def _dcg(rows: _RankedRows, cutoff: float) -> Array:
    discount = (rows.position < cutoff) / np.log2(rows.position + 2)
    return rows.total((2**rows.relevance - 1) * discount)


def ndcg(target: Array, score: Array, query: Array, cutoff: float) -> Array:
    """Give the discounted gain over the best possible one."""
    best = _dcg(_rank(target, target, query), cutoff)
    return np.divide(_dcg(_rank(target, score, query), cutoff), best, out=np.ones(len(best)), where=best > 0)


def average_precision_of_queries(target: Array, score: Array, query: Array, cutoff: float) -> Array:
    """Give the mean precision at the relevant rows, over as many of them as fit above the cutoff."""
    rows = _rank(target, score, query)
    hit = (rows.relevance > 0).astype(float)
    relevant = rows.total(hit)
    hits_before = np.concatenate(([0.0], np.cumsum(relevant)[:-1]))
    hits_so_far = np.cumsum(hit) - np.repeat(hits_before, np.diff(np.append(rows.start, len(hit))))
    precision = rows.total(hit * (rows.position < cutoff) * hits_so_far / (rows.position + 1))
    return np.divide(precision, np.minimum(relevant, cutoff), out=np.ones(len(relevant)), where=relevant > 0)


def reciprocal_rank(target: Array, score: Array, query: Array, cutoff: float) -> Array:
    """Give 1 / rank of the first relevant row, whatever the cutoff."""
    rows = _rank(target, score, query)
    return np.asarray(np.maximum.reduceat((rows.relevance > 0) / (rows.position + 1), rows.start))


def precision_of_queries(target: Array, score: Array, query: Array, cutoff: float) -> Array:
    """Give the share of relevant rows among the first ones."""
    rows = _rank(target, score, query)
    return rows.total(((rows.relevance > 0) & (rows.position < cutoff)).astype(float)) / cutoff
