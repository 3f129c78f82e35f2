"""The page on a search for parameters alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redshells.analysis.report_content import content_of_search, differing_arguments
from redshells.analysis.search_summary import SearchSummary, summarise_search
from redshells.page import wording as words
from redshells.page.card import Card
from redshells.page.render import render
from redshells.page.report import Report
from redshells.page.run_facts import FileLink, RunFacts
from redshells.page.search_section import duration, make_search_section
from redshells.page.wording import Wording
from redshells.tuning.result import TuningResult


def report_tuning(result: TuningResult, run: RunFacts, language: str, before: Mapping[str, Any] | None) -> Report:
    """Sum up a search, and write the page.

    Args:
        result: The search.
        run: The run that made the page.
        language: ``'en'`` or ``'ja'``.
        before: What the report to compare with has kept.
    """
    return make_tuning_page(summarise_search(result), run, language, before)


def make_tuning_page(summary: SearchSummary, run: RunFacts, language: str, before: Mapping[str, Any] | None) -> Report:
    """The page on a search.

    Args:
        summary: The search.
        run: The run that made it.
        language: ``'en'`` or ``'ja'``.
        before: What the report to compare with has kept.
    """
    t = Wording(language)
    result = summary.result
    cards = [
        Card(words.score(result.best_value), t('best {metric}', metric=words.metric(result.metric))),
        Card(words.whole(len(result.trial_records)), t('trials')),
        Card(duration(summary.seconds, t), t('for all trials')),
    ]
    if result.number_of_rounds is not None:
        cards.append(Card(words.whole(result.number_of_rounds), t('rounds of training')))
    content = {**run.content('tuning'), **content_of_search(result)}
    return render(
        'tuning.html',
        t,
        run,
        content,
        subtitle=_subtitle(result, t),
        lead=t(
            'The best of {trials} trials reaches {metric} {value}.',
            trials=words.whole(len(result.trial_records)),
            metric=words.metric(result.metric),
            value=words.score(result.best_value),
        ),
        cards=cards,
        findings=(),
        contents=[
            ('search', t('Tuning')),
            ('change', t('What changed')),
            ('reproduce', t('Load it, and make it again')),
        ],
        search=make_search_section(summary, t),
        before=before,
        earlier=None if before is None else FileLink.of(str(before['path']), run.path),
        differing=() if before is None else differing_arguments(before['found'], content['found']),
    )


def _subtitle(result: TuningResult, t: Wording) -> str:
    problem = t(result.problem)
    if not result.target_column_name:  # of words or topics, without labels
        return t('{model} ({problem})', model=result.model, problem=problem)
    return t('{model} for {target} ({problem})', model=result.model, target=result.target_column_name, problem=problem)
