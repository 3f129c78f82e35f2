"""What a page says of the features that a model looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from redshells.analysis.explanation import FeatureEffect
from redshells.analysis.model_summary import ModelSummary
from redshells.page import wording as words
from redshells.page.picture import strip
from redshells.page.wording import Wording

_MOST_CLASSES = 6  # that have a colour


@dataclass(frozen=True)
class EffectRow:
    """A feature in words and a picture.

    Attributes:
        name: The feature.
        importance: Its importance.
        value: The importance as a text.
        strip: The picture of what it adds to the score of each row; empty where there is none.
        by_class: Widths of a bar for each class, in percent of the largest bar.
    """

    name: str
    importance: float
    value: str
    strip: str
    by_class: tuple[float, ...]


@dataclass(frozen=True)
class ExplanationSection:
    """The features that count.

    Attributes:
        text: How to read it.
        ramp: How to read the dots; empty without any.
        classes: Names of the classes that have a colour.
        effects: The features.
        largest: The largest importance.
        rest: What is not shown.
    """

    text: str
    ramp: str
    classes: tuple[str, ...]
    effects: tuple[EffectRow, ...]
    largest: float
    rest: str


def make_explanation_section(summary: ModelSummary, t: Wording) -> ExplanationSection:
    """Say what a model looks at.

    Args:
        summary: What is known of the model.
        t: The language.
    """
    explanation = summary.explanation
    effects = explanation.effects
    largest = max((max(effect.importance, 0.0) for effect in effects), default=0.0)
    with_dots = [effect for effect in effects if len(effect.contributions)]
    by_class = any(effect.by_class for effect in effects)
    rest = explanation.importances[len(effects) :]
    rest_text = ''
    if len(rest) and explanation.method == 'shap':
        rest_text = t(
            'The other {count} features together: {share}.',
            count=words.whole(len(rest)),
            share=words.percent(float(rest.sum())),
        )
    if explanation.left_out:
        rest_text = t('{count} more columns were not shuffled.', count=words.whole(explanation.left_out))
    return ExplanationSection(
        text=_how_to_read(summary, t),
        ramp=_direction(summary, t) if with_dots else '',
        classes=_class_names(summary, t) if by_class else (),
        effects=tuple(_row(effect, with_dots, largest, explanation.method) for effect in effects),
        largest=largest,
        rest=rest_text,
    )


def _how_to_read(summary: ModelSummary, t: Wording) -> str:
    explanation = summary.explanation
    if explanation.method == 'permutation':
        return t(
            'How much {metric} suffers when the values of a column are shuffled, on {rows} rows (permutation '
            'importance). Columns that say the same can stand in for each other, and then neither seems to count.',
            metric=words.metric(explanation.metric),
            rows=words.whole(explanation.rows),
        )
    return t(
        'Share of each feature in what moves the predictions away from their mean (mean absolute SHAP values of {rows} '
        'scored rows).',
        rows=words.whole(explanation.rows),
    )


def _direction(summary: ModelSummary, t: Wording) -> str:
    if summary.classes:
        return t('To the right of the line, the feature speaks for {name}.', name=summary.classes[1])
    if summary.problem == 'ranking':
        return t('To the right of the line, the feature moves the row up.')
    return t('To the right of the line, the feature raises the prediction.')


def _class_names(summary: ModelSummary, t: Wording) -> tuple[str, ...]:
    if len(summary.classes) <= _MOST_CLASSES:
        return summary.classes
    return (*summary.classes[: _MOST_CLASSES - 1], t('other classes'))


def _joined(by_class: tuple[float, ...]) -> tuple[float, ...]:
    """The shares of the classes that have a colour, those of all others as one."""
    if len(by_class) <= _MOST_CLASSES:
        return by_class
    return (*by_class[: _MOST_CLASSES - 1], sum(by_class[_MOST_CLASSES - 1 :]))


def _row(effect: FeatureEffect, with_dots: list[FeatureEffect], largest: float, method: str) -> EffectRow:
    picture = ''
    widths: tuple[float, ...] = ()
    if len(effect.contributions):
        ends = np.array([[one.contributions.min(), one.contributions.max()] for one in with_dots])
        limits = (min(float(ends[:, 0].min()), 0.0), max(float(ends[:, 1].max()), 0.0))
        picture = strip(effect.contributions, effect.levels, limits)
    elif effect.by_class and largest > 0:
        shares = _joined(effect.by_class)
        widths = tuple(100 * effect.importance / largest * share for share in shares)
    value = words.percent(effect.importance) if method == 'shap' else words.signed(effect.importance)
    return EffectRow(effect.name, max(effect.importance, 0.0), value, picture, widths)
