"""What a page says of the features that a model looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from redshells.analysis.classification_quality import ClassificationQuality
from redshells.analysis.explanation import FeatureEffect
from redshells.analysis.model_summary import ModelSummary
from redshells.page import wording as words
from redshells.page.picture import strip
from redshells.page.wording import Wording


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
    with_dots = any(len(effect.contributions) for effect in effects)
    limits = _limits(effects)
    by_class = any(effect.by_class for effect in effects)
    coloured = _coloured_classes(summary) if by_class else []
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
        effects=tuple(_row(effect, limits, largest, explanation.method, coloured) for effect in effects),
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
    shown = _coloured_classes(summary)
    names = tuple(summary.classes[code] for code in shown)
    return names if len(shown) == len(summary.classes) else (*names, t('other classes'))


def _coloured_classes(summary: ModelSummary) -> list[int]:
    """Codes of the classes that have the colours of the curves."""
    assert isinstance(summary.quality, ClassificationQuality)
    return [summary.classes.index(name) for name in summary.quality.curve_classes]


def _joined(by_class: tuple[float, ...], shown: Sequence[int]) -> tuple[float, ...]:
    """The shares of the classes that have a colour, and those of all others as one."""
    own = tuple(by_class[code] for code in shown)
    return own if len(shown) == len(by_class) else (*own, max(sum(by_class) - sum(own), 0.0))


def _row(
    effect: FeatureEffect, limits: tuple[float, float], largest: float, method: str, coloured: Sequence[int]
) -> EffectRow:
    picture = ''
    widths: tuple[float, ...] = ()
    if len(effect.contributions):
        picture = strip(effect.contributions, effect.levels, limits)
    elif effect.by_class and largest > 0:
        shares = _joined(effect.by_class, coloured)
        widths = tuple(100 * effect.importance / largest * share for share in shares)
    value = words.percent(effect.importance) if method == 'shap' else words.signed(effect.importance)
    return EffectRow(effect.name, max(effect.importance, 0.0), value, picture, widths)


def _limits(effects: Sequence[FeatureEffect]) -> tuple[float, float]:
    """The smallest and the largest contribution, and zero between them."""
    values = np.concatenate([np.zeros(1), *(effect.contributions for effect in effects)])
    return float(values.min()), float(values.max())
