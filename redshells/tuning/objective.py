"""What a trial is worth: the mean score of a set of arguments over folds that all trials share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from redshells.model.boosted_trees import EarlyStopping
from redshells.model.frame import TableData
from redshells.model.metric import default_metric_name, get_metric
from redshells.model.target_encoding import TargetEncoding
from redshells.tuning.cross_validation import SplitPlan, split_rows
from redshells.tuning.study import Outcome
from redshells.tuning.training import Build, check_rows, evaluate

Report = Callable[[int, float], None]

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
        self._encoding = TargetEncoding.of(data.target, build.problem)
        classes = self._encoding.number_of_classes
        self.metric = get_metric(metric or default_metric_name(build.problem, classes), build.problem, classes)
        self._patience = early_stopping_rounds
        self._folds = [
            (data.take(train), data.take(validation))
            for train, validation in split_rows(data, splitting, build.problem, build.random_seed)
        ]
        model = build(self._fixed)
        model.canonical_arguments()  # refuses bad names before the first trial
        check_rows(model, data, self._encoding)

    def __call__(self, params: Mapping[str, Any], report: Report) -> Outcome:
        """The mean score over the folds, and the mean number of rounds of the boosters."""
        scores: list[float] = []
        rounds: list[int] = []
        for number, (train, validation) in enumerate(self._folds):
            model = self._build(self._build.override(params, self._fixed))
            early_stopping = None
            if self._build.stops_early:
                on_round = _at_doubling_rounds(report) if number == 0 else None
                early_stopping = EarlyStopping(validation, self.metric, self._patience, on_round)
            model.fit(
                train.features,
                train.target,
                train.weight,
                group=train.group,
                early_stopping=early_stopping,
                target_encoding=self._encoding,
            )
            scores.append(evaluate(model, validation, self.metric))
            rounds.append(getattr(model, 'best_round_', 0))
            if number + 1 < len(self._folds):
                report((number + 1) * _STEPS_BY_FOLD, float(np.mean(scores)))
        return Outcome(float(np.mean(scores)), max(1, round(float(np.mean(rounds)))) if any(rounds) else None)


def _at_doubling_rounds(report: Report) -> Callable[[int, float], None]:
    """Report few rounds: each report is written to the study."""
    steps = {10 * 2**power for power in range(16)}

    def on_round(number: int, score: float) -> None:
        if number in steps:
            report(number, score)

    return on_round
