"""What a reader of a report on a model should not miss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from redshells.analysis.classification_quality import ClassificationQuality
from redshells.analysis.model_summary import ModelSummary
from redshells.analysis.training_curve import is_cut_short
from redshells.model.learning_curve import LearningCurve
from redshells.page import wording as words
from redshells.page.wording import Wording

_DOMINANT = 0.8  # of the importance
_LARGE_CALIBRATION_ERROR = 0.05
_FEW_ROWS = 200
_FEW_GROUPS = 50
_MUCH_MISSING = 0.1


@dataclass(frozen=True)
class TableCheck:
    """Whether a table is the one that the model was trained on.

    Attributes:
        recorded: Digest of the table of the training, as the model has it; empty where it has none.
        found: Digest of the table that was given to the report.
        lost_group: The column with the groups of the training, if the scored rows lack it.
    """

    recorded: str
    found: str
    lost_group: str = ''

    @property
    def differs(self) -> bool:
        """Whether it is another table."""
        return bool(self.recorded) and self.recorded != self.found


def find(summary: ModelSummary, check: TableCheck, t: Wording) -> list[str]:
    """What stands out, the gravest first.

    Args:
        summary: What is known of the model.
        check: Whether the table is that of the training.
        t: The language.
    """
    found: list[str] = []
    if check.differs:
        found.append(say_other_table(check, t))
    if summary.shared_rows.is_suspicious:
        found.append(
            t(
                '{count} of the scored rows ({share}) stand in the training table as well: the scores are too good.',
                count=words.whole(summary.shared_rows.count),
                share=words.percent(summary.shared_rows.share),
            )
        )
    if check.lost_group:
        found.append(
            t('The scored rows have no {group}: the intervals take them for independent.', group=check.lost_group)
        )
    found += [*_of_comparisons(summary, t), *_of_explanation(summary, t), *_of_quality(summary, t)]
    return [*found, *_of_columns(summary, t)]


def say_other_table(check: TableCheck, t: Wording) -> str:
    """That a table is not that of the training.

    Args:
        check: The digests of both.
        t: The language.
    """
    return t(
        'The training table is not the one that the model was trained on: its digest is {found}…, the model '
        'has recorded {recorded}…. The data below are those of the new table.',
        found=check.found[:8],
        recorded=check.recorded[:8],
    )


def say_cut_short(curve: LearningCurve, t: Wording) -> str:
    """That a training has ended too early.

    Args:
        curve: The learning curve.
        t: The language.
    """
    return t(
        'The score on held-out rows was still getting better in epoch {epoch}, the last one: train for more epochs.',
        epoch=words.whole(curve.epochs[-1]),
    )


def _of_comparisons(summary: ModelSummary, t: Wording) -> list[str]:
    names = {'prior': t('guessing'), 'linear': t('a linear model'), 'defaults': t('the defaults of the library')}
    unknown = [metric for metric in summary.metrics if not np.isfinite(summary.scores[metric.name].value)]
    found = [
        t('{metric} can not be computed on the scored rows.', metric=words.metric(metric.name)) for metric in unknown
    ]
    for one in summary.comparisons:
        if one.gain.high < 0:
            found.append(t('It scores clearly worse than {other}.', other=names[one.name]))
        elif np.isfinite(one.gain.value) and not one.gain.excludes_zero and one.name != 'defaults':
            found.append(t('It does not clearly score better than {other}.', other=names[one.name]))
    return found


def _of_explanation(summary: ModelSummary, t: Wording) -> list[str]:
    first = summary.explanation.importances[:1]
    if summary.explanation.method == 'shap' and len(summary.columns) > 2 and float(first.iloc[0]) > _DOMINANT:
        return [
            t(
                '{feature} alone makes {share} of the predictions. Is it known before {target} is?',
                feature=str(first.index[0]),
                share=words.percent(float(first.iloc[0])),
                target=summary.target.name,
            )
        ]
    return []


def _of_quality(summary: ModelSummary, t: Wording) -> list[str]:
    found = []
    quality = summary.quality
    if isinstance(quality, ClassificationQuality):
        absent = [name for name, count in zip(quality.classes, quality.counts, strict=True) if count == 0]
        if absent:
            found.append(t('The scored rows have no {names}.', names=t.listed(absent)))
        # which is false for NaN
        if quality.calibration_error > max(_LARGE_CALIBRATION_ERROR, quality.calibration_chance):
            found.append(
                t(
                    'The probabilities are off by {error} on average: calibrate them before they are used as such.',
                    error=words.percent(quality.calibration_error),
                )
            )
        if quality.is_biased:
            found.append(
                t(
                    'It gives {name} a probability of {predicted} on average; {observed} of the rows are.',
                    name=quality.positive,
                    predicted=words.percent(quality.mean_probability),
                    observed=words.percent(quality.positive_share),
                )
            )
    if summary.epochs is not None and is_cut_short(summary.epochs):
        found.append(say_cut_short(summary.epochs, t))
    if 0 < summary.test_groups < _FEW_GROUPS and summary.problem == 'ranking':
        found.append(
            t('Few queries were scored ({queries}): the intervals are wide.', queries=words.whole(summary.test_groups))
        )
    elif summary.test_rows < _FEW_ROWS:
        found.append(t('Few rows were scored ({rows}): the intervals are wide.', rows=words.whole(summary.test_rows)))
    return found


def _of_columns(summary: ModelSummary, t: Wording) -> list[str]:
    found = []
    importances: Mapping[Any, float] = summary.explanation.importances.to_dict()
    drifted = [one for one in summary.columns if one.drift is not None and one.drift.severity == 'strong']
    if drifted:
        drifted.sort(key=lambda one: -importances.get(one.train.name, 0.0))
        names = t.listed([one.train.name for one in drifted], 5)
        found.append(t('The scored rows differ strongly from the training in {names}.', names=names))
    for one in summary.columns:
        if one.test_missing - one.train.missing_share > _MUCH_MISSING:
            found.append(
                t(
                    '{name} is missing in {now} of the scored rows, and in {before} of those of the training.',
                    name=one.train.name,
                    now=words.percent(one.test_missing),
                    before=words.percent(one.train.missing_share),
                )
            )
    return found[:8]
