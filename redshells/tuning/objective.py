"""What a trial is worth: the mean score of a set of arguments over folds that all trials share."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from redshells.cores import thread_count
from redshells.model.early_stopping import EarlyStopping, OnRound
from redshells.model.encoded_table import EncodedTable
from redshells.model.frame import TableData
from redshells.model.metric import Metric, default_metric_name, get_metric
from redshells.model.target_encoding import TargetEncoding
from redshells.tuning.cross_validation import SplitPlan, split_rows
from redshells.tuning.effort import USUAL_LEARNING_RATE, Effort
from redshells.tuning.lockstep import Lockstep
from redshells.tuning.racing import STEPS_OF_A_STAGE, checkpoints, relative_cost
from redshells.tuning.study import Outcome, Report
from redshells.tuning.training import Build, check_rows, evaluate

_PATIENCE = 2  # rounds without a better score, times the learning rate
_SHARE_OF_BEST = 0.25
_USUAL_PATIENCE = 50  # where the learning rate is the library's own
_FIRST_FOLDS = 2  # they are trained before the others, which only the better trials come to


class CrossValidationObjective:
    """Trains a set of arguments on folds, and gives the mean score on their validation rows.

    Models that train in rounds stop early on the validation rows. The folds come in two stages, two folds and then the
    others. Those of a stage are trained side by side and held at checkpoints. There, and after each stage, the mean
    score so far is reported, so that a pruner can end a bad trial inside the boosting loop.

    Args:
        build: Makes the models.
        data: All rows.
        splitting: The folds, made once.
        metric: Name of the score; the default of the problem when empty.
        early_stopping_rounds: Stop when the score has not got better for so many rounds; 0 never stops. None for what
            suits the learning rate.
        fixed: Arguments that are not searched.

    Attributes:
        metric: The score.
        has_categories: Whether a feature is a category that the model sees as one.
        fingerprint: A digest of the rows and the folds: trials on other ones can't be compared.

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
        early_stopping_rounds: int | None = None,
        fixed: Mapping[str, Any] | None = None,
    ) -> None:
        self._build = build
        self._fixed = dict(fixed or {})
        self._patience = early_stopping_rounds
        self._effort = Effort()
        encoding = TargetEncoding.of(data.target, build.problem)
        classes = encoding.number_of_classes
        self.metric = get_metric(metric or default_metric_name(build.problem, classes), build.problem, classes)
        folds = split_rows(data, splitting, build.problem, build.random_seed)
        model = build(self._fixed)
        model.canonical_arguments()  # refuses bad names before the first trial
        self._encoder = model
        self._folds: list[Any]
        self.has_categories = False
        if build.stops_early:
            table = model.encode(data, encoding)
            self.has_categories = bool(model.schema_.categorical_indices)
            self._folds = [_EncodedFold(model, table.take(train), table.take(rest)) for train, rest in folds]
            known = [table.source, table.target, table.weight]
        else:
            check_rows(model, data, encoding)
            self._folds = [
                _TableFold(encoding, data.take(train), data.take(rest), self.metric) for train, rest in folds
            ]
            known = [*model.feature_arrays(data.features), encoding.encode(data.target), data.weight]
        self._whole_folds = self._folds
        self.fingerprint = _digest(*known, *(rest for _, rest in folds))

    @property
    def number_of_folds(self) -> int:
        """How many folds there are."""
        return len(self._folds)

    @property
    def training_rows(self) -> int:
        """Training rows of the last fold."""
        return len(self._folds[-1].train.target)

    @property
    def validation_rows(self) -> int:
        """Validation rows of the last fold."""
        return len(self._folds[-1].validation.target)

    def relative_cost(self, params: Mapping[str, Any]) -> float:
        """What a round takes, relative to one of the library's default trees."""
        given, usual = ({k: v for k, v in self._canonical(p).items() if v is not None} for p in (params, {}))
        try:
            return relative_cost(self._encoder.tree_size(given), self._encoder.tree_size(usual), self.training_rows)
        except (ArithmeticError, TypeError, ValueError):
            return 1.0  # the library will say what is wrong with such arguments

    def spend(self, effort: Effort) -> None:
        """Spend so much on each trial from now on."""
        self._effort = effort
        self._folds = self._whole_folds
        if effort.share_of_rows < 1.0:
            self._folds = [fold.with_fewer_rows(effort.share_of_rows, self._build.random_seed) for fold in self._folds]

    def measure_round(self, rounds: int = 10) -> float:
        """Measure how many seconds a round of the library's default trees takes one thread, on the last fold."""
        fold = self._folds[-1]
        for number in (1, rounds):  # the first training bins the rows, too
            model = self._build(self._fixed, number)
            model.n_jobs = 1
            started = time.perf_counter()
            fold.score(model, EarlyStopping(fold.validation, self.metric, 0, every=number, score_only=True))
        return (time.perf_counter() - started) / rounds

    def __call__(self, params: Mapping[str, Any], report: Report) -> Outcome:
        """The mean score over the folds, and the mean number of rounds of the boosters."""
        if not self._build.stops_early:
            return self._score_tables(self._build.override(params, self._fixed), report)
        scores: list[_Score] = []
        for number, stage in enumerate(self._stages()):
            if number and (not stage or report.is_late()):
                break
            if number:
                report(number * STEPS_OF_A_STAGE - 1, _mean(score.value for score in scores))
            scores += self._train_stage(number, stage, params, scores, report)
        rounds = max(1, round(_mean(score.rounds for score in scores)))
        return Outcome(_mean(score.value for score in scores), rounds, cut_short=report.is_late())

    def _stages(self) -> tuple[list[Any], list[Any]]:
        folds = self._folds[-(self._effort.number_of_folds or len(self._folds)) :]  # those of a split by time grow
        return folds[:_FIRST_FOLDS], folds[_FIRST_FOLDS:]

    def seconds_per_round(self, duration: float, rounds: int) -> float:
        """Estimate how long a round of a complete trial took.

        Args:
            duration: Seconds of the trial.
            rounds: Its best round, which is not the last one that was trained.
        """
        threads = thread_count(self._build.n_jobs)
        turns = sum(math.ceil(len(stage) / min(threads, len(stage))) for stage in self._stages() if stage)
        patience = self._patience
        if patience is None:
            rate = self._effort.learning_rate or USUAL_LEARNING_RATE
            patience = max(math.ceil(_PATIENCE / rate), round(_SHARE_OF_BEST * rounds))
        return duration / turns / (rounds + patience)

    def _canonical(self, params: Mapping[str, Any]) -> dict[str, Any]:
        arguments = self._build(self._build.override(params, self._fixed)).canonical_arguments()
        if self._effort.learning_rate is not None:
            arguments['learning_rate'] = self._effort.learning_rate
        return dict(arguments)

    def _train_stage(
        self,
        number: int,
        stage: Sequence[_EncodedFold],
        params: Mapping[str, Any],
        before: list[_Score],
        report: Report,
    ) -> list[_Score]:
        arguments = self._canonical(params)
        learning_rate = arguments.get('learning_rate')
        threads = thread_count(self._build.n_jobs)

        def on_checkpoint(step: int, values: list[float]) -> None:
            report(number * STEPS_OF_A_STAGE + step, _mean([*(score.value for score in before), *values]))

        def train(fold: _EncodedFold, on_round: OnRound) -> _Score:
            model = self._build(arguments)
            model.n_jobs = min(max(1, threads // len(stage)), model.useful_threads(fold.train.size))
            return fold.score(model, self._early_stopping(fold, learning_rate, on_round, lockstep.is_over))

        lockstep = Lockstep(
            checkpoints(self.relative_cost(params), learning_rate or USUAL_LEARNING_RATE),
            self.metric.direction,
            on_checkpoint,
            report.is_late,
            side_by_side=threads,
        )
        return lockstep.run([partial(train, fold) for fold in stage])

    def _early_stopping(
        self, fold: _EncodedFold, learning_rate: float | None, on_round: OnRound, is_over: Callable[[], bool]
    ) -> EarlyStopping:
        rounds = _USUAL_PATIENCE if self._patience is None else self._patience
        stop = EarlyStopping(fold.validation, self.metric, rounds, on_round=on_round, is_over=is_over, score_only=True)
        if self._patience is not None or not learning_rate:
            return stop
        rounds, every = math.ceil(_PATIENCE / learning_rate), max(1, int(0.25 / learning_rate))
        return replace(stop, rounds=rounds, share_of_best=_SHARE_OF_BEST, every=every)

    def _score_tables(self, arguments: Mapping[str, Any], report: Report) -> Outcome:
        values: list[float] = []
        for number, fold in enumerate(self._folds):
            if number:
                report(number * STEPS_OF_A_STAGE - 1, _mean(values))
                if report.is_late():
                    return Outcome(_mean(values), cut_short=True)
            values.append(fold.score(self._build(arguments)))
        return Outcome(_mean(values))


@dataclass(frozen=True)
class _Score:
    value: float
    rounds: int


@dataclass(frozen=True)
class _EncodedFold:
    """A fold for models that train in rounds, encoded once for all trials."""

    encoder: Any
    train: EncodedTable
    validation: EncodedTable

    def with_fewer_rows(self, share: float, random_seed: int) -> _EncodedFold:
        """The fold with a share of its training rows."""
        rows = len(self.train.target)
        chosen = np.random.default_rng(random_seed).choice(rows, max(1, round(share * rows)), replace=False)
        return replace(self, train=self.train.thin(np.sort(chosen)))

    def score(self, model: Any, early_stopping: EarlyStopping) -> _Score:
        model.fit_encoded(self.train, self.encoder, early_stopping)
        return _Score(model.best_score_, model.best_round_)


@dataclass(frozen=True)
class _TableFold:
    """A fold for any other model."""

    encoding: TargetEncoding
    train: TableData
    validation: TableData
    metric: Metric

    def score(self, model: Any) -> float:
        train = self.train
        model.fit(train.features, train.target, train.weight, group=train.group, target_encoding=self.encoding)
        return evaluate(model, self.validation, self.metric)


def _digest(*arrays: Any) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        values = np.ascontiguousarray(() if array is None else array)
        digest.update(f'{values.shape} {values.dtype}'.encode())
        digest.update(values.data)
    return digest.hexdigest()


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
