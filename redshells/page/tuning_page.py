"""The page on a search for parameters alone."""

from __future__ import annotations

from redshells.analysis.search_summary import SearchSummary
from redshells.page import wording as words
from redshells.page.card import Card
from redshells.page.render import render
from redshells.page.report import Report
from redshells.page.run_facts import RunFacts
from redshells.page.search_section import duration, make_search_section
from redshells.page.wording import Wording


def make_tuning_page(summary: SearchSummary, run: RunFacts, language: str) -> Report:
    """The page on a search.

    Args:
        summary: The search.
        run: The run that made it.
        language: ``'en'`` or ``'ja'``.
    """
    t = Wording(language)
    result = summary.result
    cards = [
        Card(words.score(result.best_value), t('best {metric}', metric=result.metric)),
        Card(words.whole(len(result.trial_records)), t('trials')),
        Card(duration(summary.seconds, t), t('for all trials')),
    ]
    if result.number_of_rounds is not None:
        cards.append(Card(words.whole(result.number_of_rounds), t('rounds of training')))
    content = {**run.content('tuning'), 'metric': result.metric, 'best_value': result.best_value}
    return render(
        'tuning.html',
        t,
        run,
        content,
        subtitle=t(
            '{model} for {target} ({problem})',
            model=result.model,
            target=result.target_column_name,
            problem=t(result.problem),
        ),
        lead=t(
            'The best of {trials} trials reaches {metric} {value}.',
            trials=words.whole(len(result.trial_records)),
            metric=result.metric,
            value=words.score(result.best_value),
        ),
        cards=cards,
        findings=(),
        contents=[('search', t('Tuning')), ('reproduce', t('Load it, and make it again'))],
        search=make_search_section(summary, t),
    )
