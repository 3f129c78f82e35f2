"""The page on a model of users and items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from redshells.analysis.interaction_profile import Counts
from redshells.analysis.recommender_content import compare_recommender, content_of_recommender
from redshells.analysis.recommender_summary import RecommenderPlan, RecommenderSummary
from redshells.analysis.report_content import ReportChange
from redshells.analysis.summarise_recommender import summarise_recommender
from redshells.model.interactions import Interactions
from redshells.model.recommender import RecommenderModel
from redshells.page import wording as words
from redshells.page.card import Card
from redshells.page.chart import Chart, bar_chart, line_chart
from redshells.page.finding import TableCheck
from redshells.page.learning_section import make_learning_charts
from redshells.page.recommender_finding import find_of_recommender
from redshells.page.recommender_scores import make_scores_parts, simple_models
from redshells.page.render import render
from redshells.page.report import Report
from redshells.page.run_facts import FileLink, RunFacts
from redshells.page.search_section import make_search_section
from redshells.page.wording import Wording
from redshells.page.worth_section import say_verdict, say_worth
from redshells.tuning.result import TuningResult


def report_recommender(
    model: RecommenderModel,
    test: Interactions | None,
    train: Interactions | None,
    plan: RecommenderPlan,
    tuning: TuningResult | None,
    run: RunFacts,
    language: str,
    before: Mapping[str, Any] | None,
    check: TableCheck,
) -> Report:
    """Find out what there is to say of a model of users and items, and write the page.

    Args:
        model: The fitted model.
        test: Interactions that it was not trained on; None where there are none.
        train: What it was trained on; None leaves the simple models of ratings out.
        plan: What is found out, and how.
        tuning: The search that gave its arguments.
        run: The run that made the page.
        language: ``'en'`` or ``'ja'``.
        before: What the report to compare with has kept.
        check: Whether the interactions are those of the training.

    Raises:
        RedshellsError: The interactions do not fit the model.
    """
    summary = summarise_recommender(model, test, train, plan, tuning)
    change = None if before is None else compare_recommender(before, summary)
    return make_recommender_page(summary, run, language, change, check)


def make_recommender_page(
    summary: RecommenderSummary, run: RunFacts, language: str, change: ReportChange | None, check: TableCheck
) -> Report:
    """The page on a model of users and items.

    Args:
        summary: What is known of the model.
        run: The run that made the page.
        language: ``'en'`` or ``'ja'``.
        change: What differs from an earlier report; None where there is none.
        check: Whether the interactions are those of the training.
    """
    t = Wording(language)
    learning = make_learning_charts(None, summary.epochs, t)
    parts = make_scores_parts(summary, t)
    sections = [
        ('change', t('What changed'), True),
        ('scores', t('Scores'), True),
        ('learning', t('Learning curve'), bool(learning)),
        ('recommended', t('What it recommends'), True),
        ('data', t('What it was trained on'), True),
        ('search', t('Tuning'), summary.search is not None),
        ('reproduce', t('Load it, and make it again'), True),
    ]
    return render(
        'recommender.html',
        t,
        run,
        {**run.content('recommender'), **content_of_recommender(summary)},
        subtitle=t('{model} ({problem})', model=summary.name, problem=_problem(summary, t)),
        lead={'what': _say_what(summary, t), 'worth': _say_worth(summary, t)},
        cards=_cards(summary, t),
        findings=find_of_recommender(summary, check, t),
        contents=[(id, name) for id, name, shown in sections if shown],
        summary=summary,
        parts=parts,
        learning=learning,
        recommended_text=_say_recommended(summary, t),
        recommended_charts=(_concentration(summary, t),),
        data={'text': _say_data(summary, t), 'charts': _charts_of_data(summary, t)},
        search=None if summary.search is None else make_search_section(summary.search, t),
        change=change,
        earlier=None if change is None else FileLink.of(str(change.before['path']), run.path),
        model_before=change.before['model'] if change is not None and change.before['model'] != summary.name else '',
    )


def _problem(summary: RecommenderSummary, t: Wording) -> str:
    return t('ratings of items by users') if summary.predicts_ratings else t('top items of users')


def _say_what(summary: RecommenderSummary, t: Wording) -> str:
    sentences = []
    names = simple_models(t)
    if summary.ratings is not None:
        estimate = summary.ratings.scores[summary.ratings.metric]
        facts = {
            'rows': words.whole(summary.ratings.rows),
            'metric': words.metric(summary.ratings.metric),
            'value': words.score(estimate.value),
            'interval': words.interval(estimate),
        }
        if summary.ratings.comparisons:
            simple = summary.ratings.comparisons[0]
            sentences.append(
                t(
                    'On {rows} held-out ratings it is off by {metric} {value} ({interval}); {other} by {simple}.',
                    other=names[simple.name],
                    simple=words.score(simple.score.value),
                    **facts,
                )
            )
        else:
            sentences.append(t('On {rows} held-out ratings it is off by {metric} {value} ({interval}).', **facts))
    if summary.lists is not None:
        sentences.append(
            t(
                'Of the items that users went on to choose, {share} are among the top {count} of the model; the most '
                'popular items alone would find {popular}.',
                share=words.percent(summary.lists.scores[summary.lists.metric].value),
                count=words.whole(summary.top_n),
                popular=words.percent(summary.lists.comparisons[0].score.value),
            )
        )
    if not sentences:
        sentences.append(
            t(
                'It knows {users} users and {items} items. Without held-out interactions there are no scores.',
                users=words.whole(summary.profile.users),
                items=words.whole(summary.profile.items),
            )
        )
    return ' '.join(sentences)


def _say_worth(summary: RecommenderSummary, t: Wording) -> str:
    return say_worth(summary.parts[0].comparisons, simple_models(t), t) if summary.parts else ''


def _cards(summary: RecommenderSummary, t: Wording) -> list[Card]:
    cards, names = [], simple_models(t)
    for part in summary.parts:
        estimate = part.scores[part.metric]
        cards.append(Card(words.score(estimate.value), f'{words.metric(part.metric)}\n{words.interval(estimate)}'))
    for one in [one for part in summary.parts[:1] for one in part.comparisons[:1]]:
        label = t('gain over {other}', other=names[one.name])
        cards.append(Card(words.signed(one.gain.value), f'{label}:\n{say_verdict(one.gain, t)[0]}'))
    cards += [
        Card(words.whole(summary.profile.users), t('users')),
        Card(words.whole(summary.profile.items), t('items')),
        Card(words.whole(summary.profile.pairs), t('interactions')),
        Card(words.percent(summary.profile.density), t('of all pairs are there')),
    ]
    if summary.epochs is not None:
        cards.append(Card(words.whole(summary.epochs.best_epoch), t('epochs of training')))
    return cards


def _say_recommended(summary: RecommenderSummary, t: Wording) -> str:
    one = summary.recommended
    return t(
        '{users} users get lists of {count} items that they have not had. {distinct} of {items} items ({share}) are in '
        'at least one list. The {most} most recommended items make {most_share} of all lists; the {most} most popular '
        'ones have {popular} of all interactions.',
        users=words.whole(one.users),
        count=words.whole(summary.top_n),
        distinct=words.whole(one.distinct),
        items=words.whole(summary.profile.items),
        share=words.percent(one.distinct / max(summary.profile.items, 1)),
        most=words.whole(len(one.most)),
        most_share=words.percent(one.most_share),
        popular=words.percent(one.most_popular_share),
    )


def _concentration(summary: RecommenderSummary, t: Wording) -> Chart:
    lists, clicks = summary.recommended.concentration, summary.profile.concentration
    return line_chart(
        t('How much the items have that have most'),
        [
            (t('recommendations'), 100 * lists.items, 100 * lists.parts),
            (t('interactions'), 100 * clicks.items, 100 * clicks.parts),
        ],
        x_label=t('items in percent, those with the most first'),
        y_label=t('percent of all'),
        note=t(
            'Where the line of the recommendations is the upper one, these gather on fewer items than interactions do.'
        ),
    )


def _say_data(summary: RecommenderSummary, t: Wording) -> str:
    profile = summary.profile
    text = t(
        'Users: {users}. Items: {items}. Interactions: {pairs}, which are {density} of all pairs. A user has '
        '{of_users} of them (median), an item {of_items}. The most popular 1 % of the items have {one} of all '
        'interactions, the most popular 10 % have {ten}.',
        users=words.whole(profile.users),
        items=words.whole(profile.items),
        pairs=words.whole(profile.pairs),
        density=words.percent(profile.density),
        of_users=words.value(profile.per_user.median),
        of_items=words.value(profile.per_item.median),
        one=words.percent(profile.concentration.of_first(0.01)),
        ten=words.percent(profile.concentration.of_first(0.1)),
    )
    if summary.rating_range is None:
        return text
    low, high = (words.value(one) for one in summary.rating_range)
    return text + t(' Ratings lie between {low} and {high}.', low=low, high=high)


def _charts_of_data(summary: RecommenderSummary, t: Wording) -> list[Chart]:
    return [
        _counts(t('Users by their interactions'), t('users'), summary.profile.per_user, t),
        _counts(t('Items by their interactions'), t('items'), summary.profile.per_item, t),
    ]


def _counts(title: str, y_label: str, counts: Counts, t: Wording) -> Chart:
    return bar_chart(
        title,
        counts.edges.astype(np.float64),
        [('', counts.number)],
        x_label=t('interactions'),
        y_label=y_label,
        log_x=True,
        note=t(
            'From {least} to {most}, median {median}.',
            least=words.whole(counts.least),
            most=words.whole(counts.most),
            median=words.value(counts.median),
        ),
    )
