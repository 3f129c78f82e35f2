"""What a trial is worth: the mean score of a set of arguments over folds that all trials share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from redshells.model.early_stopping import EarlyStopping, OnRound
from redshells.model.encoded_table import EncodedTable
from redshells.model.frame import TableData
from redshells.model.metric import Metric, default_metric_name, get_metric
from redshells.model.target_encoding import TargetEncoding
from redshells.tuning.cross_validation import SplitPlan, split_rows
from redshells.tuning.study import Outcome, Report
from redshells.tuning.training import Build, check_rows, evaluate

_REPORTED_ROUNDS = frozenset(10 * 2**power for power in range(16))
_STEPS_BY_FOLD = 1_000_000  # the steps of rounds lie below; those of whole folds are multiples of it


class CrossValidationObjective:
    """Trains a set of arguments on each fold, stops early on the fold's validation rows, and gives the mean score.

    While the first fold is trained, its score is reported after 10, 20, 40, ... rounds, so that a pruner can end a bad
    trial inside the boosting loop; after each fold the mean so far is.

    Args:
        build: Makes the models.
        data: All rows.
        splitting: The folds, made once.
        metric: Name of the score; the default of the problem when empty.
        early_stopping_rounds: Stop when the score has not got better for so many rounds; 0 never stops.
        fixed: Arguments that are not searched.

    Raises:
        RedshellsError: The data or the arguments can't be used.
    """

    def __init__(
        self,
        build: Build,
        data: TableData,
        splitting: SplitPlan,
        *,
        metric: str = '',
        early_stopping_rounds: int = 50,
        fixed: Mapping[str, Any] | None = None,
    ) -> None:
        self._build = build
        self._fixed = dict(fixed or {})
        encoding = TargetEncoding.of(data.target, build.problem)
        classes = encoding.number_of_classes
        self.metric = get_metric(metric or default_metric_name(build.problem, classes), build.problem, classes)
        folds = split_rows(data, splitting, build.problem, build.random_seed)
        model = build(self._fixed)
        model.canonical_arguments()  # refuses bad names before the first trial
        self._folds: Sequence[_EncodedFold | _TableFold]
        if build.stops_early:
            table = model.encode(data, encoding)
            parts = [(table.take(train), table.take(validation)) for train, validation in folds]
            self._folds = [_EncodedFold(model, *part, self.metric, early_stopping_rounds) for part in parts]
        else:
            check_rows(model, data, encoding)
            tables = [(data.take(train), data.take(validation)) for train, validation in folds]
            self._folds = [_TableFold(encoding, *table, self.metric) for table in tables]

    def __call__(self, params: Mapping[str, Any], report: Report) -> Outcome:
        """The mean score over the folds, and the mean number of rounds of the boosters."""
        outcomes: list[Outcome] = []
        for number, fold in enumerate(self._folds):
            model = self._build(self._build.override(params, self._fixed))
            outcomes.append(fold.score(model, _on_round(report, with_values=number == 0)))
            mean = float(np.mean([outcome.value for outcome in outcomes]))
            if number + 1 < len(self._folds):
                report((number + 1) * _STEPS_BY_FOLD, mean)
        rounds = [outcome.number_of_rounds for outcome in outcomes if outcome.number_of_rounds is not None]
        return Outcome(mean, max(1, round(float(np.mean(rounds)))) if rounds else None)


@dataclass(frozen=True)
class _EncodedFold:
    """A fold for models that train in rounds, encoded once for all trials."""

    encoder: Any
    train: EncodedTable
    validation: EncodedTable
    metric: Metric
    patience: int

    def score(self, model: Any, on_round: OnRound) -> Outcome:
        early_stopping = EarlyStopping(self.validation, self.metric, self.patience, on_round)
        model.fit_encoded(self.train, self.encoder, early_stopping)
        prediction = model.predict_encoded_for_metric(self.validation)
        table = self.validation
        value = self.metric(table.target, prediction, weight=table.weight, group=table.query_ids)
        return Outcome(float(value), model.best_round_)


@dataclass(frozen=True)
class _TableFold:
    """A fold for any other model."""

    encoding: TargetEncoding
    train: TableData
    validation: TableData
    metric: Metric

    def score(self, model: Any, on_round: OnRound) -> Outcome:
        train = self.train
        model.fit(train.features, train.target, train.weight, group=train.group, target_encoding=self.encoding)
        return Outcome(evaluate(model, self.validation, self.metric))


def _on_round(report: Report, *, with_values: bool) -> OnRound:
    """Report few values, for each is written to the study; look at the clock after each round."""

    def on_round(number: int, score: float) -> None:
        report(number, score if with_values and number in _REPORTED_ROUNDS else None)

    return on_round
