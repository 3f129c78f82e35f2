"""Was it worth it: a model beside simpler ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from redshells.analysis.bootstrap import Estimate
from redshells.analysis.model_summary import Comparison, ModelSummary
from redshells.page import wording as words
from redshells.page.wording import Wording


@dataclass(frozen=True)
class WorthRow:
    """A model and its score.

    Attributes:
        name: What it is.
        note: What is to be known of it.
        score: Its score.
        own: Whether it is the model that is reported on.
        gain: By how much that model is better.
        verdict: What that means, in words.
        tone: ``'good'``, ``'bad'`` or ``'muted'``.
    """

    name: str
    note: str
    score: Estimate
    own: bool = False
    gain: Estimate | None = None
    verdict: str = ''
    tone: str = ''


@dataclass(frozen=True)
class WorthSection:
    """The model beside simpler ones.

    Attributes:
        rows: The model and the others.
        scale: From a score to its place between the ends of all intervals, in percent.
        sentence: What came out.
        better: Which direction is better.
    """

    rows: tuple[WorthRow, ...]
    scale: Callable[[float], float] | None
    sentence: str
    better: str


def make_worth_section(summary: ModelSummary, t: Wording) -> WorthSection:
    """Say whether a model was worth it.

    Args:
        summary: What is known of the model.
        t: The language.
    """
    names = {'defaults': t('the defaults of the library'), 'linear': t('a linear model'), 'prior': t('guessing')}
    own = summary.scores[summary.metric.name]
    return WorthSection(
        rows=tuple(_rows(summary, t)),
        # guessing may be far off the others
        scale=scale_of([own, *(one.score for one in summary.comparisons if one.name != 'prior')]),
        sentence=say_worth(summary.comparisons, names, t),
        better=t('Higher is better.') if summary.metric.direction == 'maximize' else t('Lower is better.'),
    )


def say_verdict(gain: Estimate, t: Wording) -> tuple[str, str]:
    """What a gain means, in words, and its tone.

    Args:
        gain: The gain and its interval.
        t: The language.
    """
    if gain.low > 0:
        return t('clearly better'), 'good'
    return (t('clearly worse'), 'bad') if gain.high < 0 else (t('no clear difference'), 'muted')


def say_worth(comparisons: Sequence[Comparison], names: Mapping[str, str], t: Wording) -> str:
    """What came out, in a sentence or two.

    Args:
        comparisons: The scores of simpler models.
        names: What these are called in a sentence, in the order in which they are named.
        t: The language.
    """
    gains = {one.name: one.gain for one in comparisons}
    better = [words_ for name, words_ in names.items() if name in gains and gains[name].low > 0]
    worse = [words_ for name, words_ in names.items() if name in gains and gains[name].high < 0]
    unclear = [words_ for name, words_ in names.items() if name in gains and words_ not in (*better, *worse)]
    sentences = []
    if better and unclear:
        others, rest = _listed(better, t), _listed(unclear, t, 'or')
        sentences.append(t('That is clearly better than {others}, but not than {rest}.', others=others, rest=rest))
    elif better:
        sentences.append(t('That is clearly better than {others}.', others=_listed(better, t)))
    elif unclear:
        sentences.append(t('It is not clearly better than {others}.', others=_listed(unclear, t, 'or')))
    if worse:
        sentences.append(t('It is clearly worse than {others}.', others=_listed(worse, t)))
    return ' '.join(sentences)


def _listed(names: list[str], t: Wording, last_word: str = 'and') -> str:
    if len(names) == 1:
        return names[0]
    pair = {'names': t(', ').join(names[:-1]), 'last': names[-1]}
    return t('{names} or {last}', **pair) if last_word == 'or' else t('{names} and {last}', **pair)


def _rows(summary: ModelSummary, t: Wording) -> list[WorthRow]:
    names = {
        'prior': t('Guessing: the shares of the classes')
        if summary.classes
        else (t('Guessing: a random order') if summary.problem == 'ranking' else t('Guessing: the mean')),
        'linear': t('Logistic regression') if summary.classes else t('Ridge regression'),
        'defaults': t('{model} with its defaults', model=summary.name),
    }
    rows = [WorthRow(t('This model'), '', summary.scores[summary.metric.name], own=True)]
    for one in reversed(summary.comparisons):
        verdict, tone = say_verdict(one.gain, t)
        note = ''
        if one.rows < summary.train_rows:
            note = t('(trained on a sample of {rows} rows)', rows=words.whole(one.rows))
        rows.append(WorthRow(names[one.name], note, one.score, gain=one.gain, verdict=verdict, tone=tone))
    return rows


def scale_of(estimates: Sequence[Estimate]) -> Callable[[float], float] | None:
    """From a score to its place between the ends of all intervals, in percent; None where all are one.

    Args:
        estimates: The scores; leave out what may be far off them.
    """
    ends = np.array([end for one in estimates for end in (one.low, one.high, one.value)])
    ends = ends[np.isfinite(ends)]
    if not len(ends) or np.ptp(ends) == 0:
        return None
    low, spread = float(ends.min()), float(np.ptp(ends))
    return lambda value: round(100 * (value - low) / spread, 2)
