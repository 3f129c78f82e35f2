"""What a page says of the scores of a model of users and items: beside simple ones, and by groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from redshells.analysis.recommender_summary import GroupScore, HeldOutScores, RecommenderSummary
from redshells.page import wording as words
from redshells.page.chart import Chart, line_chart
from redshells.page.quality_section import make_regression_charts
from redshells.page.wording import Wording
from redshells.page.worth_section import WorthRow, WorthSection, say_verdict, scale_of
from redshells.tuning.interaction_metric import direction_of


@dataclass(frozen=True)
class GroupRow:
    """A group of users or items and its scores.

    Attributes:
        name: How many interactions its users, or items, have.
        score: The scores.
        verdict: What the gain means, in words.
        tone: ``'good'``, ``'bad'`` or ``'muted'``.
    """

    name: str
    score: GroupScore
    verdict: str
    tone: str


@dataclass(frozen=True)
class GroupTable:
    """Groups of users, or of items.

    Attributes:
        title: What they are made by.
        counted: What is counted.
        rows: The groups.
    """

    title: str
    counted: str
    rows: tuple[GroupRow, ...]


@dataclass(frozen=True)
class ScoresPart:
    """The scores of one problem.

    Attributes:
        title: What is scored.
        text: On what.
        scores: The scores.
        worth: The model beside simple ones.
        simple: What the simple model is called that groups are compared with.
        groups: The scores by groups.
        charts: The charts.
    """

    title: str
    text: str
    scores: HeldOutScores
    worth: WorthSection
    simple: str
    groups: tuple[GroupTable, ...]
    charts: tuple[Chart, ...]


def simple_models(t: Wording) -> dict[str, str]:
    """What simple models are called in a sentence.

    Args:
        t: The language.
    """
    return {
        'popularity': t('the most popular items'),
        'bias': t('the means of users and items'),
        'item_mean': t('the mean of each item'),
        'mean': t('the mean of all ratings'),
    }


def make_scores_parts(summary: RecommenderSummary, t: Wording) -> tuple[ScoresPart, ...]:
    """The scores of a model of users and items, those of what it was made for first.

    Args:
        summary: What is known of the model.
        t: The language.
    """
    return tuple(_part(scores, summary, t) for scores in summary.parts)


def _part(scores: HeldOutScores, summary: RecommenderSummary, t: Wording) -> ScoresPart:
    is_of_ratings = scores is summary.ratings
    simple = {
        'popularity': t('The most popular items'),
        'bias': t('Means of users and items'),
        'item_mean': t('Mean of each item'),
        'mean': t('Mean of all ratings'),
    }
    rows = [WorthRow(t('This model'), '', scores.scores[scores.metric], own=True)]
    for one in scores.comparisons:
        verdict, tone = say_verdict(one.gain, t)
        rows.append(WorthRow(simple[one.name], '', one.score, gain=one.gain, verdict=verdict, tone=tone))
    better = t('Lower is better.') if direction_of(scores.metric) == 'minimize' else t('Higher is better.')
    return ScoresPart(
        title=t('Predicted ratings') if is_of_ratings else t('Recommended items'),
        text=_say_on_what(scores, summary, t),
        scores=scores,
        worth=WorthSection(tuple(rows), scale_of([row.score for row in rows]), '', better),
        simple=simple[scores.comparisons[0].name] if scores.comparisons else '',
        groups=tuple(table for table in (_groups(scores, side, t) for side in ('users', 'items')) if table.rows),
        charts=_charts(scores, t),
    )


def _say_on_what(scores: HeldOutScores, summary: RecommenderSummary, t: Wording) -> str:
    numbers = {'rows': words.whole(scores.rows), 'users': words.whole(scores.users)}
    if scores is summary.ratings:
        return t('On {rows} held-out ratings of {users} users.', **numbers)
    if summary.minimum_rating is None:
        return t('By {rows} items that {users} users went on to choose and had not had before.', **numbers)
    return t(
        'By {rows} items that {users} users went on to rate with at least {rating} and had not had before.',
        rating=words.value(summary.minimum_rating),
        **numbers,
    )


def _groups(scores: HeldOutScores, side: str, t: Wording) -> GroupTable:
    rows = []
    for one in scores.groups:
        if one.side == side:
            numbers = {'low': words.whole(one.low), 'high': words.whole(one.high)}
            name = t('{low} to {high}', **numbers) if one.low < one.high else words.whole(one.low)
            rows.append(GroupRow(name, one, *say_verdict(one.gain, t)))
    if side == 'users':
        title = t('Users by their interactions in the training')
        return GroupTable(title, t('ratings') if scores.regression else t('users'), tuple(rows))
    title = t('Items by their interactions in the training')
    return GroupTable(title, t('ratings') if scores.regression else t('chosen items'), tuple(rows))


def _charts(scores: HeldOutScores, t: Wording) -> tuple[Chart, ...]:
    if scores.regression is not None:
        # the true ratings are a few levels, of which a scatter plot shows nothing
        return make_regression_charts(scores.regression, t('rating'), t)[1:]
    assert scores.by_rank is not None
    own, popular = scores.by_rank
    ranks = np.arange(1, len(own) + 1)
    return (
        line_chart(
            t('Share of the chosen items that is found'),
            [(t('this model'), ranks, own), (t('the most popular items'), ranks, popular)],
            x_label=t('items that are recommended'),
            y_label=t('share of the chosen items'),
            dots=True,
        ),
    )
