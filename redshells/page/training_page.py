"""The page on the training of any model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redshells.analysis.report_content import differing_arguments
from redshells.analysis.training_curve import is_cut_short
from redshells.analysis.training_facts import TrainingFacts, training_facts
from redshells.model.learning_curve import LearningCurve
from redshells.page import wording as words
from redshells.page.card import Card
from redshells.page.finding import say_cut_short
from redshells.page.learning_section import make_learning_charts
from redshells.page.render import render
from redshells.page.report import Report
from redshells.page.run_facts import FileLink, RunFacts
from redshells.page.search_section import make_search_section
from redshells.page.wording import Wording
from redshells.tuning.result import TuningResult


def report_training(
    model: Any, tuning: TuningResult | None, run: RunFacts, language: str, before: Mapping[str, Any] | None
) -> Report:
    """Find out what a model tells of its training, and write the page.

    Args:
        model: The fitted model.
        tuning: The search that gave its arguments.
        run: The run that made the page.
        language: ``'en'`` or ``'ja'``.
        before: What the report to compare with has kept.
    """
    return make_training_page(training_facts(model, tuning), run, language, before)


def make_training_page(facts: TrainingFacts, run: RunFacts, language: str, before: Mapping[str, Any] | None) -> Report:
    """The page on the training of a model.

    Args:
        facts: What the model tells.
        run: The run that made the page.
        language: ``'en'`` or ``'ja'``.
        before: What the report to compare with has kept.
    """
    t = Wording(language)
    learning = make_learning_charts(None, facts.epochs, t)
    sections = [
        ('learning', t('Learning curve'), bool(learning)),
        ('training', t('Arguments and sizes'), True),
        ('search', t('Tuning'), facts.search is not None),
        ('change', t('What changed'), True),
        ('reproduce', t('Load it, and make it again'), True),
    ]
    content = {**run.content('training'), **facts.content()}
    return render(
        'training.html',
        t,
        run,
        content,
        subtitle=facts.name,
        lead=_say_what(facts, t),
        cards=[] if facts.epochs is None else _cards(facts.epochs, t),
        findings=[say_cut_short(facts.epochs, t)] if facts.epochs is not None and is_cut_short(facts.epochs) else [],
        contents=[(id, name) for id, name, shown in sections if shown],
        facts=facts,
        learning=learning,
        search=None if facts.search is None else make_search_section(facts.search, t),
        before=before,
        earlier=None if before is None else FileLink.of(str(before['path']), run.path),
        differing=() if before is None else differing_arguments(before['found'], content['found']),
    )


def _say_what(facts: TrainingFacts, t: Wording) -> str:
    curve = facts.epochs
    if curve is None:
        return t('A {model}, without a learning curve.', model=facts.name)
    score = _best_score(curve)
    if score is None:
        return t('Trained for {epochs} epochs.', epochs=words.whole(curve.epochs[-1]))
    return t(
        'Trained for {epochs} epochs; on held-out rows, epoch {best} was the best one, with {metric} {value}.',
        epochs=words.whole(curve.epochs[-1]),
        best=words.whole(curve.best_epoch),
        metric=words.metric(curve.metric),
        value=words.score(score),
    )


def _best_score(curve: LearningCurve) -> float | None:
    """The score of the epoch whose weights the model has; None where it is not known."""
    if len(curve.scores) != len(curve.epochs) or curve.best_epoch not in curve.epochs:
        return None
    return float(curve.scores[curve.epochs.index(curve.best_epoch)])


def _cards(curve: LearningCurve, t: Wording) -> list[Card]:
    cards = [Card(words.whole(curve.best_epoch), t('epochs of training'))]
    score = _best_score(curve)
    if score is not None:
        cards.append(Card(words.score(score), t('best {metric}', metric=words.metric(curve.metric))))
    if curve.losses:
        cards.append(Card(words.score(curve.losses[-1]), t('mean loss of the training rows')))
    return cards
