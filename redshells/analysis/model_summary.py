"""What a report on a model says, as numbers: scores, what they are worth, explanations, and the data behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import pandas as pd

from redshells.analysis.baseline_names import BASELINES
from redshells.analysis.bootstrap import Estimate
from redshells.analysis.classification_quality import ClassificationQuality
from redshells.analysis.column_profile import ColumnProfile
from redshells.analysis.drift import Drift
from redshells.analysis.explanation import Explanation
from redshells.analysis.learning_curve import LearningCurve
from redshells.analysis.ranking_quality import RankingQuality
from redshells.analysis.regression_quality import RegressionQuality
from redshells.analysis.search_summary import SearchSummary
from redshells.analysis.shared_rows import SharedRows
from redshells.model.learning_curve import LearningCurve as CurveOfEpochs
from redshells.model.metric import Metric

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class SummaryPlan:
    """What is found out, and how.

    Args:
        metrics: Names of the scores, the most important one first; what fits the problem, or was tuned for, when empty.
        baselines: What the model is compared with, out of ``'prior'``, ``'linear'`` and ``'defaults'``.
        number_of_resamples: Bootstrap resamples for the intervals.
        random_seed: Seed of all samples.
        n_jobs: Threads of the model with the defaults.
        positive_class: Of two classes, the label that curves and lifts are of, as a text; the second one when empty,
            or of two texts the rarer one.
    """

    metrics: Sequence[str] = ()
    baselines: Sequence[str] = BASELINES
    number_of_resamples: int = 200
    random_seed: int = 0
    n_jobs: int = -1
    positive_class: str = ''


@dataclass(frozen=True)
class Comparison:
    """What the model is compared with.

    Attributes:
        name: ``'prior'``, ``'linear'`` or ``'defaults'``.
        score: Its score.
        gain: By how much the model is better, above zero whatever the direction of the metric.
        rows: How many rows it was trained on.
    """

    name: str
    score: Estimate
    gain: Estimate
    rows: int


@dataclass(frozen=True)
class ColumnSummary:
    """A feature of the model.

    Attributes:
        train: Its profile in the training table.
        test_missing: Share of missing values in the scored rows.
        drift: How far the scored rows are from the training; None where it can't be told.
    """

    train: ColumnProfile
    test_missing: float
    drift: Drift | None


@dataclass(frozen=True)
class ModelSummary:
    """What a report on a model says.

    Attributes:
        name: What the model is: its library or estimator.
        problem: ``'classification'``, ``'regression'`` or ``'ranking'``.
        target: The profile of the target in the training table.
        classes: Of a classification, the labels as texts in the order of their codes.
        class_counts: Rows of each class in the training table and among the scored rows, of shape (2, classes).
        metrics: The scores, the most important one first.
        train_rows: Rows of the training table.
        test_rows: Rows that were scored.
        test_groups: Queries among them; 0 without groups.
        is_weighted: Whether the scores weigh the rows.
        scores: The scores, by the name of the metric.
        comparisons: The scores of simpler models; those that could not be trained are left out.
        quality: The curves of the problem.
        learning: Scores by number of trees; None for other models.
        epochs: The loss and the score after each epoch; None for models that are not trained by epochs.
        explanation: What the model looks at.
        columns: The features.
        predictions: The predictions of the scored rows: the probability of the second of two classes, the class, or
            the number.
        shared_rows: Scored rows that stand in the training table as well.
        search: The tuning; None without one.
        validation: One row for each fold and metric, from a Validate… task; None without one.
        training: What the training has recorded in the model.
        arguments: The arguments that the model was made with.
        feature_count: Features of the matrix that the model sees.
    """

    name: str
    problem: str
    target: ColumnProfile
    classes: tuple[str, ...]
    class_counts: Array
    metrics: tuple[Metric, ...]
    train_rows: int
    test_rows: int
    test_groups: int
    is_weighted: bool
    scores: Mapping[str, Estimate]
    comparisons: tuple[Comparison, ...]
    quality: ClassificationQuality | RegressionQuality | RankingQuality
    learning: LearningCurve | None
    epochs: CurveOfEpochs | None
    explanation: Explanation
    columns: tuple[ColumnSummary, ...]
    predictions: pd.Series[Any]
    shared_rows: SharedRows
    search: SearchSummary | None
    validation: pd.DataFrame | None
    training: Mapping[str, Any]
    arguments: Mapping[str, Any]
    feature_count: int

    @property
    def metric(self) -> Metric:
        """The most important score."""
        return self.metrics[0]
