"""How good the probabilities of a classification are: ROC, precision and recall, calibration, confusion, lift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

Array = npt.NDArray[Any]

_POINTS = 101
_MOST_CLASSES = 6  # as many colours as can be told apart
_SURE = 3.3  # standard errors: one in a thousand
_DEPTHS = (0.01, 0.05, 0.1, 0.2, 0.5)


@dataclass(frozen=True)
class Curve:
    """Points of a line.

    Attributes:
        label: What it is of: a class.
        x: Ascending positions.
        y: Their values.
        baseline: The value of no skill, where it is a constant.
    """

    label: str
    x: Array
    y: Array
    baseline: float = 0.0


@dataclass(frozen=True)
class Lift:
    """The rows with the highest probabilities.

    Attributes:
        depth: Which share of the rows they are.
        precision: Share of them that are of the class.
        recall: Share of the rows of the class that are among them.
        lift: The precision over the share of the class in all rows.
    """

    depth: float
    precision: float
    recall: float
    lift: float


@dataclass(frozen=True)
class ClassificationQuality:
    """What the probabilities are worth.

    Attributes:
        classes: The labels, as texts, in the order of their codes.
        counts: Rows of each class.
        curve_classes: The labels that have curves; one of two, the most frequent ones of many.
        roc: True positive rate by false positive rate, of each of these.
        precision_recall: Precision by recall.
        calibration: Share of the class by predicted probability; with more than two classes, the share of right
            decisions by the probability of the decision, as one curve without a class. Empty without probabilities.
        calibration_error: Mean distance of the calibration curve from the diagonal, weighted by rows.
        calibration_chance: What this distance hardly ever exceeds where the probabilities are right: few rows are off
            by chance.
        mean_probability: With two classes, the mean predicted probability of the positive one; NaN without one.
        positive_share: Its share of the rows.
        is_biased: Whether the two differ by more than a quarter, and by more than chance.
        histogram: With two classes, rows of each by the predicted probability of the positive one in 20 equal
            intervals. Empty without probabilities.
        confusion: Rows by true and by predicted class, of shape (classes, classes).
        lifts: With two classes, the rows with the highest probabilities of the positive one.
        positive: With two classes, the label of the positive one; empty otherwise.
    """

    classes: tuple[str, ...]
    counts: tuple[int, ...]
    curve_classes: tuple[str, ...]
    roc: tuple[Curve, ...]
    precision_recall: tuple[Curve, ...]
    calibration: tuple[Curve, ...]
    calibration_error: float
    calibration_chance: float
    mean_probability: float
    positive_share: float
    is_biased: bool
    histogram: Array
    confusion: Array
    lifts: tuple[Lift, ...]
    positive: str


def judge_classification(
    target: Array,
    probabilities: Array,
    labels: Sequence[Any],
    weight: Array | None = None,
    has_probabilities: bool = True,
    positive: int = 1,
) -> ClassificationQuality:
    """Judge probabilities.

    Args:
        target: Codes of the classes, of shape (rows,).
        probabilities: Of shape (rows, classes).
        labels: The labels in the order of their codes.
        weight: Weight of each row.
        has_probabilities: Whether they are probabilities, and not scores that only tell the order.
        positive: The code of the class that curves and lifts are of, where there are two.
    """
    classes = tuple(str(label) for label in labels)
    if weight is not None:  # rows of weight 0 do not count at all, as in the metrics
        target, probabilities, weight = target[weight > 0], probabilities[weight > 0], weight[weight > 0]
    counts = np.bincount(target, minlength=len(classes))
    present = [code for code in np.argsort(-counts, kind='stable') if 0 < counts[code] < len(target)]
    binary = len(classes) == 2
    drawn = present if len(classes) <= _MOST_CLASSES else present[: _MOST_CLASSES - 1]  # one colour is for all others
    judged = [positive] if binary and present else sorted(int(code) for code in drawn)
    decision = probabilities.argmax(axis=1)
    confidence = probabilities[:, positive] if binary else probabilities.max(axis=1)
    outcome = target == positive if binary else target == decision
    calibration, error, chance = _calibration(outcome, confidence, weight, classes[positive] if binary else '')
    return ClassificationQuality(
        classes=classes,
        counts=tuple(int(count) for count in counts),
        curve_classes=tuple(classes[code] for code in judged),
        roc=tuple(_roc(target == code, probabilities[:, code], weight, classes[code]) for code in judged),
        precision_recall=tuple(
            _precision_recall(target == code, probabilities[:, code], weight, classes[code]) for code in judged
        ),
        calibration=(calibration,) if has_probabilities else (),
        calibration_error=error if has_probabilities else float('nan'),
        calibration_chance=chance if has_probabilities else float('nan'),
        mean_probability=float(np.average(confidence, weights=weight)) if binary else float('nan'),
        positive_share=float(np.average(outcome, weights=weight)) if binary else float('nan'),
        is_biased=binary and has_probabilities and _is_biased(outcome, confidence, weight),
        histogram=_histogram(target, confidence) if binary and has_probabilities else np.empty((0, 0)),
        confusion=confusion_matrix(target, decision, labels=range(len(classes))),
        lifts=_lifts(outcome, confidence) if binary and judged else (),
        positive=classes[positive] if binary else '',
    )


def _roc(positive: Array, score: Array, weight: Array | None, label: str) -> Curve:
    false, true, _ = roc_curve(positive, score, sample_weight=weight)
    grid = np.linspace(0, 1, _POINTS)
    # where the rate of false positives stands still, the line goes straight up: keep the highest point
    last = np.append(np.flatnonzero(np.diff(false) > 0), len(false) - 1)
    values = np.interp(grid, false[last], true[last])
    return Curve(label, np.concatenate([[0.0], grid]), np.concatenate([[0.0], values]))


def _precision_recall(positive: Array, score: Array, weight: Array | None, label: str) -> Curve:
    precision, recall, _ = precision_recall_curve(positive, score, sample_weight=weight)
    recall, precision = recall[::-1], precision[::-1]  # by rising recall
    grid = np.linspace(0, 1, _POINTS)
    # precision is not to be interpolated (Davis, Goadrich 2006): take that of the first cut which reaches the recall
    reached = np.minimum(np.searchsorted(recall, grid, side='left'), len(recall) - 1)
    values = precision[reached]
    values[0] = values[1]
    return Curve(label, grid, values, float(np.average(positive, weights=weight)))


def _calibration(outcome: Array, confidence: Array, weight: Array | None, label: str) -> tuple[Curve, float, float]:
    inner = np.unique(np.quantile(confidence, np.linspace(0.1, 0.9, 9)))
    part = np.unique(np.searchsorted(inner, confidence), return_inverse=True)[1]
    weights = np.ones(len(outcome)) if weight is None else weight
    total = np.bincount(part, weights=weights)
    predicted = np.bincount(part, weights=weights * confidence) / total
    observed = np.bincount(part, weights=weights * outcome) / total
    error = float(np.average(np.abs(predicted - observed), weights=total))
    # where the probabilities are right, the distance of each part is about that of a normal variable from zero
    variance = np.bincount(part, weights=weights**2 * confidence * (1 - confidence)) / total**2
    share = total / total.sum()
    mean = float(np.sum(share * np.sqrt(2 / np.pi * variance)))
    spread = float(np.sqrt(np.sum(share**2 * (1 - 2 / np.pi) * variance)))
    return Curve(label, predicted, observed), error, mean + 3 * spread


def _is_biased(outcome: Array, confidence: Array, weight: Array | None) -> bool:
    """Whether the mean probability is off by more than a quarter of the observed share, and not by chance."""
    weights = np.ones(len(outcome)) if weight is None else weight
    weights = weights / weights.sum()
    predicted, observed = float(weights @ confidence), float(weights @ outcome)
    spread = float(np.sqrt(np.sum(weights**2 * confidence * (1 - confidence))))
    is_far = not 0.8 * observed <= predicted <= 1.25 * observed
    return is_far and abs(predicted - observed) > _SURE * spread


def _histogram(target: Array, probability: Array) -> Array:
    edges = np.linspace(0, 1, 21)
    return np.stack([np.histogram(probability[target == code], edges)[0] for code in (0, 1)])


def _lifts(positive: Array, score: Array) -> tuple[Lift, ...]:
    order = np.argsort(-score, kind='stable')
    ties = np.unique(-score[order], return_inverse=True)[1]
    rows_of_tie, found_of_tie = np.bincount(ties), np.bincount(ties, weights=positive[order])
    # of rows with equal scores, each is as likely to be among the first as the others
    found, base = np.cumsum((found_of_tie / rows_of_tie)[ties]), positive.mean()
    lifts = []
    for depth in _DEPTHS:
        rows = round(len(order) * depth)
        if rows >= 10:  # fewer say nothing
            precision = float(found[rows - 1] / rows)
            lifts.append(Lift(depth, precision, float(found[rows - 1] / found[-1]), precision / float(base)))
    return tuple(lifts)
