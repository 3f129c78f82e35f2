"""Metrics by name: what a prediction is worth, and whether more of it is better.

Classification: `accuracy`, `auc`, `average_precision` (two classes only), `balanced_accuracy`, `brier`, `f1`,
`logloss`, `mcc`, `precision`, `recall`. Regression: `mae`, `mape`, `median_absolute_error`, `mse`, `poisson_deviance`,
`r2`, `rmse`, `rmsle`. Ranking: `map`, `map@K`, `mrr`, `ndcg`, `ndcg@K`, `precision@K`, where K is any number from 1.

The usual other names (`roc_auc`, `l2`, `mean_absolute_error`, ...) mean the same metrics, and upper case is lower case.
A name of the form `'module:function'` is a function of the user's, see `get_metric`.

With two classes, `f1`, `precision` and `recall` are those of the class of code 1. With more, they are means over the
classes, and `auc` is the mean over the classes of one against the rest. A class that a validation part lacks is no
error: `auc` leaves it out, and is NaN if no class can be judged. `rmsle` and `poisson_deviance` are for targets of at
least 0; they lift smaller predictions to 0 and to 1e-10.

In a ranking, rows of equal score stay in the order in which they come. A row is relevant if its target is above 0. The
gain of NDCG is 2^target - 1. A query without relevant rows counts as 1 in `ndcg` and `map`, as in LightGBM, and as 0 in
`mrr` and `precision@K`. `precision@K` divides by K, however few rows a query has. The weight of a query is the mean of
the weights of its rows.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from redshells.errors import ParameterError, UnknownNameError
from redshells.model import metric_function

Array = npt.NDArray[Any]
Direction = Literal['maximize', 'minimize']

CLASSIFICATION = frozenset({'binary', 'multiclass'})
KINDS_OF_PROBLEM = {
    'classification': CLASSIFICATION,
    'regression': frozenset({'regression'}),
    'ranking': frozenset({'ranking'}),
}


@dataclass(frozen=True)
class Metric:
    """A metric that can be called.

    Attributes:
        name: The name that `get_metric` knows it by.
        direction: `'maximize'` or `'minimize'`.
        problems: Where it can be used, out of `'binary'`, `'multiclass'`, `'regression'`, `'ranking'`.
        function: Takes target, prediction, weight and group, in this order.
    """

    name: str
    direction: Direction
    problems: frozenset[str]
    function: Callable[[Array, Array, Array | None, Array | None], float]

    def __call__(
        self,
        target: npt.ArrayLike,
        prediction: npt.ArrayLike,
        *,
        weight: npt.ArrayLike | None = None,
        group: npt.ArrayLike | None = None,
    ) -> float:
        """Score a prediction.

        Args:
            target: One entry per row: the class code 0, 1, ..., the value, or the relevance.
            prediction: The probabilities of shape (rows, classes), the values, or the scores.
            weight: One weight per row. Except in a ranking, rows of weight 0 do not count at all.
            group: The query of each row, only for a ranking; the rows of a query may lie anywhere.

        Returns:
            The score; NaN if the prediction holds NaN or infinite numbers, or the metric is not defined for these rows.

        Raises:
            ParameterError: If a ranking metric gets no group, or the target is not one that the metric is for.
        """
        prediction = np.asarray(prediction)
        if not np.isfinite(prediction).all():
            return float('nan')
        weights = None if weight is None else np.asarray(weight, dtype=float)
        return float(
            self.function(np.asarray(target), prediction, weights, None if group is None else np.asarray(group))
        )


def get_metric(name: str, problem: str, number_of_classes: int | None = None) -> Metric:
    """Find a metric.

    Args:
        name: A name of the list above, or the import path `'module:function'` of a function of your own. It is called
            as `function(target, prediction)`, and is given `weight` and `group` by keyword if its signature has them.
            Its attribute `greater_is_better` (True or False) tells the direction.
        problem: `'classification'`, `'regression'` or `'ranking'`.
        number_of_classes: Of a classification, if known; without it, metrics for two classes only are accepted too.

    Returns:
        The metric, by its first name where it has several.

    Raises:
        UnknownNameError: If nobody knows the name, or it is a metric of another problem.
        ParameterError: If the function does not tell its direction, or the problem is none of the three.
    """
    kinds = _kinds(problem, number_of_classes)
    if ':' in name:
        return _metric_of_user(name, kinds)
    spelling = name.lower()
    at = re.fullmatch('(.+)@([1-9][0-9]*)', spelling)
    if at and problem == 'ranking' and at[1] in _AT:
        return _ranking(spelling, _AT[at[1]], int(at[2]))
    for kind in sorted(kinds):
        metric = _METRICS[kind].get(_ALIASES[kind].get(spelling, spelling))
        if metric is not None:
            return metric
    fitting = sorted({known for kind in kinds for known in _METRICS[kind]})
    fitting += [f'{known}@K' for known in sorted(_AT)] if problem == 'ranking' else []
    what = f'{problem} with {number_of_classes} classes' if number_of_classes is not None else problem
    raise UnknownNameError(
        f"the metric '{name}' is not one for {what}; there are {fitting}. "
        "Choose one of them, or name a function of your own as 'module:function'."
    )


def default_metric_name(problem: str, number_of_classes: int | None = None) -> str:
    """Name the metric that is used when none is asked for.

    Args:
        problem: `'classification'`, `'regression'` or `'ranking'`.
        number_of_classes: Of a classification; more than two, or unknown: `'logloss'`.

    Returns:
        `'auc'` for two classes, `'logloss'` for more, `'rmse'`, or `'ndcg'`.

    Raises:
        ParameterError: If the problem is none of the three.
    """
    return 'auc' if _kinds(problem, number_of_classes) == {'binary'} else loss_name(problem)


def loss_name(problem: str) -> str:
    """Name the metric that training follows for early stopping when none is asked for.

    Args:
        problem: `'classification'`, `'regression'` or `'ranking'`.

    Returns:
        `'logloss'`, `'rmse'` or `'ndcg'`.

    Raises:
        ParameterError: If the problem is none of the three.
    """
    _kinds(problem, None)
    return {'classification': 'logloss', 'regression': 'rmse', 'ranking': 'ndcg'}[problem]


def _kinds(problem: str, number_of_classes: int | None) -> frozenset[str]:
    if problem not in KINDS_OF_PROBLEM:
        raise ParameterError(f"the problem is '{problem}'; it must be one of {sorted(KINDS_OF_PROBLEM)}.")
    if problem != 'classification' or number_of_classes is None:
        return KINDS_OF_PROBLEM[problem]
    return frozenset({'multiclass' if number_of_classes > 2 else 'binary'})


def _metric_of_user(path: str, kinds: frozenset[str]) -> Metric:
    module_name, _, function_name = path.partition(':')
    try:
        function = attrgetter(function_name)(importlib.import_module(module_name))
    except (ImportError, AttributeError, ValueError) as error:
        raise UnknownNameError(
            f"the metric '{path}' can't be imported: {error}. It must be 'module:function'; check the spelling, "
            'and that the module can be imported where the task runs.'
        ) from error
    greater_is_better = getattr(function, 'greater_is_better', None)
    if not callable(function) or not isinstance(greater_is_better, bool):
        raise ParameterError(
            f"the metric '{path}' does not tell whether more of it is better; it must be a function with the attribute "
            f'greater_is_better. Add the line `{function_name}.greater_is_better = True` (or False) below it.'
        )
    keywords = frozenset(inspect.signature(function).parameters) & {'weight', 'group'}
    direction: Direction = 'maximize' if greater_is_better else 'minimize'
    return Metric(path, direction, kinds, partial(_call_function_of_user, function, keywords))


def _call_function_of_user(
    function: Callable[..., float],
    keywords: frozenset[str],
    target: Array,
    prediction: Array,
    weight: Array | None,
    group: Array | None,
) -> float:
    given = {'weight': weight, 'group': group}
    return function(target, prediction, **{keyword: given[keyword] for keyword in sorted(keywords)})


def _ranking(name: str, function: metric_function.RankingFunction, cutoff: float = np.inf) -> Metric:
    return Metric(name, 'maximize', KINDS_OF_PROBLEM['ranking'], partial(metric_function.on_queries, function, cutoff))


def _tabular(name: str, direction: Direction, function: metric_function.TableFunction, *problems: str) -> Metric:
    return Metric(name, direction, frozenset(problems), partial(metric_function.on_weighted_rows, function))


_ALL = (
    _tabular('accuracy', 'maximize', metric_function.accuracy, *CLASSIFICATION),
    _tabular('auc', 'maximize', metric_function.auc, *CLASSIFICATION),
    _tabular('average_precision', 'maximize', metric_function.average_precision, 'binary'),
    _tabular('balanced_accuracy', 'maximize', metric_function.balanced_accuracy, *CLASSIFICATION),
    _tabular('brier', 'minimize', metric_function.brier, *CLASSIFICATION),
    _tabular('f1', 'maximize', partial(metric_function.of_decisions, 'f1_score'), *CLASSIFICATION),
    _tabular('logloss', 'minimize', metric_function.logloss, *CLASSIFICATION),
    _tabular('mcc', 'maximize', metric_function.mcc, *CLASSIFICATION),
    _tabular('precision', 'maximize', partial(metric_function.of_decisions, 'precision_score'), *CLASSIFICATION),
    _tabular('recall', 'maximize', partial(metric_function.of_decisions, 'recall_score'), *CLASSIFICATION),
    _tabular('mae', 'minimize', partial(metric_function.of_sklearn, 'mean_absolute_error'), 'regression'),
    _tabular('mape', 'minimize', partial(metric_function.of_sklearn, 'mean_absolute_percentage_error'), 'regression'),
    _tabular(
        'median_absolute_error', 'minimize', partial(metric_function.of_sklearn, 'median_absolute_error'), 'regression'
    ),
    _tabular('mse', 'minimize', partial(metric_function.of_sklearn, 'mean_squared_error'), 'regression'),
    _tabular(
        'poisson_deviance', 'minimize', partial(metric_function.of_counts, 'mean_poisson_deviance', 1e-10), 'regression'
    ),
    _tabular('r2', 'maximize', metric_function.r2, 'regression'),
    _tabular('rmse', 'minimize', partial(metric_function.of_sklearn, 'root_mean_squared_error'), 'regression'),
    _tabular('rmsle', 'minimize', partial(metric_function.of_counts, 'root_mean_squared_log_error', 0.0), 'regression'),
    _ranking('map', metric_function.average_precision_of_queries),
    _ranking('mrr', metric_function.reciprocal_rank),
    _ranking('ndcg', metric_function.ndcg),
)
_KINDS = ('binary', 'multiclass', 'regression', 'ranking')
_METRICS = {kind: {metric.name: metric for metric in _ALL if kind in metric.problems} for kind in _KINDS}
_AT = {
    'map': metric_function.average_precision_of_queries,
    'ndcg': metric_function.ndcg,
    'precision': metric_function.precision_of_queries,
}

_CLASSIFICATION_ALIASES = {
    'accuracy_score': 'accuracy',
    'balanced_accuracy_score': 'balanced_accuracy',
    'brier_score': 'brier',
    'brier_score_loss': 'brier',
    'cross_entropy': 'logloss',
    'f1_score': 'f1',
    'log_loss': 'logloss',
    'matthews_corrcoef': 'mcc',
    'roc_auc': 'auc',
    'roc_auc_score': 'auc',
}
_ALIASES = {
    'binary': _CLASSIFICATION_ALIASES
    | {
        'average_precision_score': 'average_precision',
        'binary_logloss': 'logloss',
        'precision_score': 'precision',
        'recall_score': 'recall',
    },
    'multiclass': _CLASSIFICATION_ALIASES
    | {
        'f1_macro': 'f1',
        'mlogloss': 'logloss',
        'multi_logloss': 'logloss',
        'precision_macro': 'precision',
        'recall_macro': 'recall',
        'roc_auc_ovr': 'auc',
    },
    'regression': {
        'l1': 'mae',
        'l2': 'mse',
        'l2_root': 'rmse',
        'mean_absolute_error': 'mae',
        'mean_absolute_percentage_error': 'mape',
        'mean_poisson_deviance': 'poisson_deviance',
        'mean_squared_error': 'mse',
        'r2_score': 'r2',
        'root_mean_squared_error': 'rmse',
        'root_mean_squared_log_error': 'rmsle',
    },
    'ranking': {'mean_average_precision': 'map'},
}
