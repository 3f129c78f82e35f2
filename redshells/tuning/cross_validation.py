"""Scores and out-of-fold predictions of a model on folds."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from tqdm import tqdm

from redshells.model.frame import TableData
from redshells.model.metric import get_metric
from redshells.model.prediction import predict_table
from redshells.model.target_encoding import TargetEncoding
from redshells.tuning.split import choose_split, make_folds, train_validation_split
from redshells.tuning.training import Build, TrainingPlan, check_rows, evaluate_all, train_model

logger = logging.getLogger(__name__)

_DEFAULT_METRICS = {
    'binary': ('auc', 'logloss', 'accuracy'),
    'multiclass': ('logloss', 'accuracy', 'balanced_accuracy'),
    'regression': ('rmse', 'mae', 'r2'),
    'ranking': ('ndcg', 'ndcg@10', 'map'),
}

Folds = list[tuple[Any, Any]]


@dataclass(frozen=True)
class SplitPlan:
    """How rows are split.

    Args:
        split: ``'stratified'``, ``'random'``, ``'group'`` or ``'time'``; by time where times are given,
            else what fits the problem, when empty.
        cross_validation_size: Number of folds; one held-out part of ``test_size`` when 0.
        test_size: Share of the held-out part when there are no folds.
    """

    split: str = ''
    cross_validation_size: int = 5
    test_size: float = 0.2


def split_rows(data: TableData, plan: SplitPlan, problem: str, random_seed: int) -> Folds:
    """Positions of the training and the validation rows of each fold.

    Raises:
        SplitError: There are too few rows, groups or times.
    """
    arguments: dict[str, Any] = {
        'number_of_rows': len(data),
        'split': choose_split(problem, plan.split, data.group is not None, data.time is not None),
        'random_seed': random_seed,
        'target': data.target.to_numpy(),
        'group': None if data.group is None else data.group.to_numpy(),
        'time': data.time,
    }
    if plan.cross_validation_size:
        return make_folds(number_of_folds=plan.cross_validation_size, **arguments)
    return [train_validation_split(validation_size=plan.test_size, **arguments)]


def default_metrics(problem: str, number_of_classes: int | None) -> tuple[str, ...]:
    """Names of the metrics that say most about a problem."""
    if problem == 'classification':
        problem = 'binary' if number_of_classes == 2 else 'multiclass'
    return _DEFAULT_METRICS[problem]


def cross_validate(
    build: Build,
    data: TableData,
    training: TrainingPlan,
    splitting: SplitPlan,
    params: Mapping[str, Any],
    metrics: Sequence[str] = (),
) -> dict[str, pd.DataFrame]:
    """Train on each fold's training rows and score on its validation rows.

    Early stopping watches rows that are held out from the training rows of the fold, never its validation rows.

    Args:
        build: Makes the model.
        data: All rows.
        training: Early stopping and the final form of each fold's model.
        splitting: The folds.
        params: Arguments of the model.
        metrics: Names of the scores; what fits the problem when empty.

    Returns:
        ``'scores'``: one row for each fold and metric, with the columns ``fold``, ``metric``, ``score``,
        ``number_of_rows``, ``number_of_rounds`` and ``seconds``. ``'predictions'``: one row for each row of the data,
        with its index and order and the columns ``fold`` (-1 and missing predictions for rows that no fold validates),
        ``target``, ``prediction`` and, for a classification, ``probability_<class>``.

    Raises:
        RedshellsError: The data or the arguments can't be used.
    """
    encoding = TargetEncoding.of(data.target, build.problem)
    names = metrics or default_metrics(build.problem, encoding.number_of_classes)
    scorers = [get_metric(name, build.problem, encoding.number_of_classes) for name in names]
    check_rows(build(params), data, encoding)
    folds = split_rows(data, splitting, build.problem, build.random_seed)
    scores, predictions = [], []
    for number, (train, validation) in enumerate(tqdm(folds, desc='cross-validation', unit='fold', disable=None)):
        started = time.perf_counter()
        model = train_model(build, data.take(train), training, params, target_encoding=encoding)
        part = data.take(validation)
        facts = {
            'number_of_rows': len(part),
            'number_of_rounds': getattr(model, 'best_round_', None),
            'seconds': time.perf_counter() - started,
        }
        for scorer, score in zip(scorers, evaluate_all(model, part, scorers), strict=True):
            scores.append({'fold': number, 'metric': scorer.name, 'score': score, **facts})
        predictions.append(predict_table(model, part.features).assign(fold=number, position=validation))
    table = pd.DataFrame(scores).astype({'number_of_rounds': 'Int64'})
    for name, values in table.groupby('metric', sort=False)['score']:
        logger.info('%s: %.6g ± %.2g over %d folds', name, values.mean(), values.std(ddof=0), len(values))
    return {'scores': table, 'predictions': _in_order(predictions, data)}


def _in_order(predictions: list[pd.DataFrame], data: TableData) -> pd.DataFrame:
    together = pd.concat(predictions).set_index('position')
    together = together.reindex(range(len(data))).set_axis(data.features.index, axis=0)
    together['fold'] = together['fold'].fillna(-1).astype(int)
    together.insert(0, 'target', data.target)
    return together[['fold', 'target', *[name for name in together.columns if name not in ('fold', 'target')]]]
