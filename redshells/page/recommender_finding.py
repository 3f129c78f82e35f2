"""What a reader of a report on a model of users and items should not miss."""

from __future__ import annotations

from redshells.analysis.held_out import HeldOutFacts
from redshells.analysis.recommender_summary import RecommendedItems, RecommenderSummary
from redshells.analysis.training_curve import is_cut_short
from redshells.page import wording as words
from redshells.page.finding import TableCheck, say_cut_short, say_other_table
from redshells.page.recommender_scores import simple_models
from redshells.page.wording import Wording

_MUCH_SEEN = 0.01
_MUCH_NEW = 0.05
_FEW = 200
_SMALL_COVERAGE = 0.1
_ONE_SIDED = 0.4  # of what the most recommended items could make at the most


def find_of_recommender(summary: RecommenderSummary, check: TableCheck, t: Wording) -> list[str]:
    """What stands out, the gravest first.

    Args:
        summary: What is known of the model.
        check: Whether the interactions are those of the training.
        t: The language.
    """
    found = [say_other_table(check, t)] if check.differs else []
    found += [] if summary.held_out is None else _of_held_out(summary.held_out, t)
    found += [*_of_scores(summary, t), *_of_recommendations(summary, summary.recommended, t)]
    if summary.epochs is not None and is_cut_short(summary.epochs):
        found.append(say_cut_short(summary.epochs, t))
    return found


def _of_held_out(held_out: HeldOutFacts, t: Wording) -> list[str]:
    found = []
    rows = max(held_out.rows, 1)
    if held_out.seen / rows > _MUCH_SEEN:
        found.append(
            t(
                '{count} of the held-out interactions ({share}) are of pairs of the training: errors of their ratings '
                'are too small, and as recommendations they do not count.',
                count=words.whole(held_out.seen),
                share=words.percent(held_out.seen / rows),
            )
        )
    if held_out.new_items / rows > _MUCH_NEW:
        found.append(
            t(
                '{share} of the held-out interactions are of items that did not train: it can not recommend them.',
                share=words.percent(held_out.new_items / rows),
            )
        )
    if held_out.new_users / rows > _MUCH_NEW:
        found.append(
            t(
                '{share} of the held-out interactions are of users that did not train: it can recommend nothing to '
                'them.',
                share=words.percent(held_out.new_users / rows),
            )
        )
    return found


def _of_scores(summary: RecommenderSummary, t: Wording) -> list[str]:
    found, names = [], simple_models(t)
    for part in summary.parts[:1]:
        for one in part.comparisons:
            if one.gain.high < 0:
                found.append(t('It scores clearly worse than {other}.', other=names[one.name]))
            elif not one.gain.excludes_zero:
                found.append(t('It does not clearly score better than {other}.', other=names[one.name]))
    for part in summary.parts[1:]:  # of a model of ratings, the items
        for one in part.comparisons:
            if one.gain.high < 0:
                found.append(
                    t(
                        'The items with the highest predicted ratings hold clearly less of what users went on to '
                        'choose than the most popular items do: to recommend, train a model of clicks.'
                    )
                )
    for part in summary.parts[:1]:
        if part.regression is not None and part.rows < _FEW:
            found.append(t('Few rows were scored ({rows}): the intervals are wide.', rows=words.whole(part.rows)))
        elif part.regression is None and part.users < _FEW:
            found.append(t('Few users were scored ({users}): the intervals are wide.', users=words.whole(part.users)))
    return found


def _of_recommendations(summary: RecommenderSummary, recommended: RecommendedItems, t: Wording) -> list[str]:
    found = []
    items = summary.profile.items
    if recommended.users * summary.top_n >= 2 * items and recommended.distinct < _SMALL_COVERAGE * items:
        found.append(
            t(
                'Only {share} of the items are recommended to anybody among {users} users.',
                share=words.percent(recommended.distinct / items),
                users=words.whole(recommended.users),
            )
        )
    count = len(recommended.most)
    share, popular = recommended.most_share, recommended.most_popular_share
    if count < items and share > max(_ONE_SIDED * min(1.0, count / summary.top_n), 2 * popular):
        found.append(
            t(
                'The same {count} items make {share} of all recommendations; the {count} most popular ones have '
                '{popular} of all interactions.',
                count=words.whole(count),
                share=words.percent(share),
                popular=words.percent(popular),
            )
        )
    return found
