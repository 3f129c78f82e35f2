"""From data to a final model: hold out rows, stop early, and train on all rows with the number of rounds found."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from redshells.errors import DataError
from redshells.model.early_stopping import EarlyStopping
from redshells.model.frame import TableData
from redshells.model.metric import Metric, get_metric, loss_name
from redshells.model.table_model import TableModel
from redshells.model.target_encoding import TargetEncoding, checked_weights
from redshells.tuning.split import choose_split, train_validation_split

logger = logging.getLogger(__name__)


class Build(Protocol):
    """Makes a model that is not fitted yet."""

    @property
    def stops_early(self) -> bool:
        """Whether the model trains in rounds that early stopping can end."""

    @property
    def problem(self) -> str:
        """``'classification'``, ``'regression'`` or ``'ranking'``."""

    @property
    def random_seed(self) -> int:
        """Seed of the models and of the splits."""

    @property
    def n_jobs(self) -> int:
        """Threads of each model; -1 for as many as there are cores."""

    def __call__(self, params: Mapping[str, Any], number_of_rounds: int | None = None) -> Any:
        """A model with these arguments and at most so many rounds."""

    def override(self, params: Mapping[str, Any], explicit: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments, with canonical explicit ones in the place of those that mean the same."""


@dataclass(frozen=True)
class TrainingPlan:
    """How a model is trained.

    Args:
        validation_size: Share of the rows to hold out for early stopping; 0 holds out none.
        early_stopping_rounds: Stop when the score has not got better for so many rounds; 0 never stops.
        refit: Train again on all rows, with the number of rounds that was found.
        metric: The score that early stopping watches; the loss of the problem when empty.
        number_of_rounds: A number that is known already, as from tuning; rows are then not held out for it.
    """

    validation_size: float = 0.2
    early_stopping_rounds: int = 50
    refit: bool = True
    metric: str = ''
    number_of_rounds: int | None = None


def train_model(
    build: Build,
    data: TableData,
    plan: TrainingPlan,
    params: Mapping[str, Any],
    validation: TableData | None = None,
    target_encoding: TargetEncoding | None = None,
) -> TableModel:
    """Train a model to its final form.

    Args:
        build: Makes the model.
        data: The rows to train on.
        plan: Early stopping and the final form.
        params: Arguments of the model.
        validation: Rows to watch for early stopping; cut from the data when None.
        target_encoding: The classes, if the rows need not have all of them.

    Returns:
        The fitted model, whose ``training`` tells what was done.

    Raises:
        RedshellsError: The data or the arguments can't be used; raised before the training.
    """
    started = time.perf_counter()
    encoding = target_encoding or TargetEncoding.of(data.target, build.problem)
    stop = build.stops_early and plan.early_stopping_rounds > 0
    held_out = validation is not None or (plan.validation_size > 0 and plan.number_of_rounds is None)
    if not (stop and held_out):
        model = _fit(build, data, params, plan.number_of_rounds, encoding)
        return _with_record(model, data, started, {})
    train, watched = (data, validation) if validation is not None else hold_out(data, build, plan.validation_size)
    metric = get_metric(plan.metric or loss_name(build.problem), build.problem, encoding.number_of_classes)
    early_stopping = EarlyStopping(watched, metric, plan.early_stopping_rounds)
    model = _fit(build, train, params, None, encoding, early_stopping)
    score = evaluate(model, watched, metric)
    _refuse_no_number(score, metric.name, watched)
    rounds = int(model.best_round_)
    logger.info(
        '%s: %s %.6g after %d rounds on %d held-out rows',
        type(model).__name__,
        metric.name,
        score,
        rounds,
        len(watched),
    )
    if plan.refit:
        everything = data if validation is None else concatenate(data, validation)
        model = _fit(build, everything, params, rounds, encoding)
    record = {'metric': metric.name, 'validation_score': score, 'validation_rows': len(watched), 'refit': plan.refit}
    return _with_record(model, data, started, record)


def _refuse_no_number(score: float, name: str, watched: TableData) -> None:
    if not np.isfinite(score):
        raise DataError(
            f'the {name} on the {len(watched)} held-out rows is {score}: early stopping has nothing to follow. Either '
            'it is not defined on these rows, as auc on rows of one class (give other rows, or another metric), or '
            'the training diverged (check the objective and the learning rate).'
        )


def check_rows(model: TableModel, data: TableData, encoding: TargetEncoding) -> None:
    """Refuse before the first fold what the training of a later one would refuse.

    Raises:
        DataError: The target, the weights, or the features can't be learnt from.
    """
    encoding.encode(data.target)
    if data.weight is not None:
        checked_weights(data.weight)
    model.check_features(data.features)


def hold_out(data: TableData, build: Build, validation_size: float) -> tuple[TableData, TableData]:
    """Cut rows off for validation: the latest where times are known, whole groups, or stratified by class.

    Raises:
        SplitError: There are too few rows or groups.
    """
    train, rest = train_validation_split(
        number_of_rows=len(data),
        split=choose_split(build.problem, '', data.group is not None, data.time is not None),
        validation_size=validation_size,
        random_seed=build.random_seed,
        target=data.target.to_numpy(),
        group=None if data.group is None else data.group.to_numpy(),
        time=data.time,
    )
    return data.take(train), data.take(rest)


def evaluate(model: TableModel, data: TableData, metric: Metric) -> float:
    """The score of a model on rows."""
    return evaluate_all(model, data, [metric])[0]


def evaluate_all(model: TableModel, data: TableData, metrics: Sequence[Metric]) -> list[float]:
    """Several scores of a model on rows, which are predicted once."""
    target = model.target_encoding_.encode(data.target)
    group = None if data.group is None else data.group.to_numpy()
    weight = None if data.weight is None else data.weight.to_numpy(dtype=np.float64)
    prediction = model.predict_for_metric(data.features)
    return [metric(target, prediction, weight=weight, group=group) for metric in metrics]


def concatenate(first: TableData, second: TableData) -> TableData:
    """The rows of both, with the features of the first; what only one of them has, such as weights, is left out."""
    second = replace(second, features=second.features[list(first.features.columns)])
    parts = [
        None if a is None or b is None else pd.concat([a, b], ignore_index=True)
        for a, b in zip(first._parts(), second._parts(), strict=True)
    ]
    return TableData(*parts)  # type: ignore[arg-type]


def _fit(
    build: Build,
    data: TableData,
    params: Mapping[str, Any],
    number_of_rounds: int | None,
    encoding: TargetEncoding,
    early_stopping: EarlyStopping | None = None,
) -> TableModel:
    model: TableModel = build(params, number_of_rounds)
    return model.fit(
        data.features,
        data.target,
        data.weight,
        group=data.group,
        early_stopping=early_stopping,
        target_encoding=encoding,
    )


def _with_record(model: TableModel, data: TableData, started: float, record: dict[str, Any]) -> TableModel:
    seconds = round(time.perf_counter() - started, 3)
    facts = {'rows': len(data), 'columns': data.features.shape[1], 'features': len(model.schema_.feature_names)}
    rounds = {'number_of_rounds': model.best_round_} if hasattr(model, 'best_round_') else {}
    model.training = {**facts, **rounds, **record}
    logger.info('%s: trained on %d rows and %d columns in %.1f s', type(model).__name__, *data.features.shape, seconds)
    return model
