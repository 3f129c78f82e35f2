"""What a page says of the predictions: the charts and tables of the problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from redshells.analysis.classification_quality import ClassificationQuality, Lift
from redshells.analysis.model_summary import ModelSummary
from redshells.analysis.ranking_quality import QueryScore, RankingQuality
from redshells.analysis.regression_quality import RegressionQuality
from redshells.page import wording as words
from redshells.page.chart import Chart, bar_chart, dot_chart, line_chart
from redshells.page.wording import Wording

_MOST_CLASSES = 12  # of a confusion matrix that can be read
_MOST_ON_NARROW = 5  # classes of one that can be read on a phone
_MOST_PAIRS = 10


@dataclass(frozen=True)
class QualitySection:
    """Charts and tables.

    Attributes:
        charts: The charts.
        confusion: The confusion matrix; None without one.
        confused: With many classes, the pairs that are confused most: true, predicted, rows.
        positive: With two classes, the second.
        lifts: The rows with its highest probabilities.
        worst: The queries with the lowest scores.
    """

    charts: tuple[Chart, ...]
    confusion: dict[str, Any] | None = None
    confused: tuple[tuple[str, str, int], ...] = ()
    positive: str = ''
    lifts: tuple[Lift, ...] = ()
    worst: tuple[QueryScore, ...] = ()


def make_quality_section(summary: ModelSummary, t: Wording) -> QualitySection:
    """The charts and tables of a model.

    Args:
        summary: What is known of the model.
        t: The language.
    """
    quality = summary.quality
    if isinstance(quality, ClassificationQuality):
        return _of_classification(quality, t)
    if isinstance(quality, RankingQuality):
        return _of_ranking(quality, t)
    return QualitySection(charts=make_regression_charts(quality, summary.target.name, t))


def _of_classification(quality: ClassificationQuality, t: Wording) -> QualitySection:
    binary = len(quality.classes) == 2
    positive = quality.positive
    charts = _curves(quality, positive, t)
    if binary and quality.histogram.size:
        shares = quality.histogram / np.maximum(quality.histogram.sum(axis=1, keepdims=True), 1) * 100
        charts.append(
            bar_chart(
                t('How far the classes lie apart'),
                np.linspace(0, 1, 21),
                list(zip(quality.classes, shares, strict=True)),
                x_label=t('predicted probability of {name}', name=positive),
                y_label=t('rows of the class, in percent'),
            )
        )
    return QualitySection(
        charts=tuple(charts),
        confusion=_confusion(quality) if len(quality.classes) <= _MOST_CLASSES else None,
        confused=_confused(quality) if len(quality.classes) > _MOST_ON_NARROW else (),
        positive=positive,
        lifts=quality.lifts,
    )


def _curves(quality: ClassificationQuality, positive: str, t: Wording) -> list[Chart]:
    charts = []
    drawn = ''
    if len(quality.roc) < len(quality.classes) and not positive:
        drawn = ' ' + t('The {count} most frequent classes are drawn.', count=len(quality.roc))
    if quality.roc:
        charts.append(
            line_chart(
                t('ROC curve') if positive else t('ROC curve of each class against the rest'),
                [(curve.label, curve.x, curve.y) for curve in quality.roc],
                x_label=t('share of the others that are taken for it by mistake'),
                y_label=t('share of {name} that is found', name=positive) if positive else t('share that is found'),
                diagonal=True,
                unit_square=True,
                note=t('The closer to the upper left corner the better; the dashed line is guessing.') + drawn,
            )
        )
        charts.append(
            line_chart(
                t('Precision by recall'),
                [(curve.label, curve.x, curve.y) for curve in quality.precision_recall],
                x_label=t('recall: share that is found'),
                y_label=t('precision: share of the found that is right'),
                level=quality.precision_recall[0].baseline if positive else None,
                unit_square=True,
                note=t('The dashed line is guessing.') if positive else '',
            )
        )
    if quality.calibration:
        charts.append(
            line_chart(
                t('Calibration'),
                [('', curve.x, curve.y) for curve in quality.calibration],
                x_label=t('predicted probability of {name}', name=positive)
                if positive
                else t('probability of the predicted class'),
                y_label=t('observed share'),
                diagonal=True,
                unit_square=True,
                dots=True,
                note=t(
                    'On the dashed line, probabilities are what they say. They are off by {error} on average.',
                    error=words.percent(quality.calibration_error),
                ),
            )
        )
    return charts


def _confusion(quality: ClassificationQuality) -> dict[str, Any]:
    rows = []
    for code, name in enumerate(quality.classes):
        counts = quality.confusion[code]
        total = max(int(counts.sum()), 1)
        cells = [
            {'count': int(count), 'right': other == code, 'tint': round(60 * count / total)}
            for other, count in enumerate(counts)
        ]
        rows.append({'name': name, 'cells': cells, 'found': words.percent(counts[code] / total)})
    return {'names': quality.classes, 'rows': rows}


def _confused(quality: ClassificationQuality) -> tuple[tuple[str, str, int], ...]:
    wrong = quality.confusion.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind='stable')[:_MOST_PAIRS]
    pairs = [np.unravel_index(place, wrong.shape) for place in order]
    return tuple(
        (quality.classes[true], quality.classes[predicted], int(wrong[true, predicted]))
        for true, predicted in pairs
        if wrong[true, predicted] > 0
    )


def make_regression_charts(quality: RegressionQuality, target: str, t: Wording) -> tuple[Chart, ...]:
    """The charts of predicted numbers.

    Args:
        quality: What they are worth.
        target: What is predicted.
        t: The language.
    """
    low, quarter, middle, upper, high = (words.score(float(number)) for number in quality.residual_quantiles)
    return (
        dot_chart(
            t('Predicted against true'),
            quality.prediction,
            quality.truth,
            x_label=t('predicted {target}', target=target),
            y_label=t('true {target}', target=target),
            diagonal=True,
            note=t('On the dashed line, predictions are right. A sample of {rows} rows.', rows=len(quality.truth)),
        ),
        bar_chart(
            t('Residuals'),
            quality.residual_edges,
            [('', quality.residual_counts)],
            x_label=t('true minus predicted'),
            y_label=t('rows'),
            zero=True,
            note=t(
                'Half of the rows lie between {quarter} and {upper}, nine of ten between {low} and {high}; the '
                'median is {middle}.',
                low=low,
                quarter=quarter,
                middle=middle,
                upper=upper,
                high=high,
            ),
        ),
        line_chart(
            t('Mean of true and predicted, by tenths of the prediction'),
            [('', quality.tenth_prediction, quality.tenth_truth)],
            x_label=t('mean prediction'),
            y_label=t('mean true value'),
            diagonal=True,
            dots=True,
            note=t('Off the dashed line, predictions of this size are too high or too low.'),
        ),
        line_chart(
            t('Size of the error, by tenths of the prediction'),
            [('', quality.tenth_prediction, quality.tenth_error)],
            x_label=t('mean prediction'),
            y_label=t('mean absolute error'),
            dots=True,
        ),
    )


def _of_ranking(quality: RankingQuality, t: Wording) -> QualitySection:
    ranks = np.arange(1, len(quality.ndcg_at) + 1)
    note = ''
    if quality.without_relevant:
        note = t(
            'Queries without a relevant row: {queries}. They are left out here, and count as 1 in the scores.',
            queries=words.whole(quality.without_relevant),
        )
    return QualitySection(
        charts=(
            bar_chart(
                t('NDCG by query'),
                np.linspace(0, 1, 21),
                [('', np.histogram(quality.ndcg_by_query, np.linspace(0, 1, 21))[0])],
                x_label=t('NDCG of a query; 1 is the perfect order'),
                y_label=t('queries'),
                note=note,
            ),
            line_chart(
                t('NDCG of the first rows'),
                [('', ranks, quality.ndcg_at)],
                x_label=t('rows from the top'),
                y_label='NDCG',
                dots=True,
            ),
            line_chart(
                t('Relevance by rank'),
                [('', ranks, quality.relevance_by_rank)],
                x_label=t('rank'),
                y_label=t('mean relevance'),
                level=quality.mean_relevance,
                dots=True,
                note=t('The dashed line is a random order.'),
            ),
        ),
        worst=quality.worst,
    )
