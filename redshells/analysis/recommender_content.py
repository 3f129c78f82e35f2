"""What a report on a model of users and items keeps for the next one, and what differs from an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redshells.analysis.bootstrap import Estimate
from redshells.analysis.recommender_summary import RecommenderSummary
from redshells.analysis.report_content import (
    ReportChange,
    ScoreChange,
    argument_texts,
    differing_arguments,
    finite_scores,
)
from redshells.tuning.interaction_metric import direction_of


def content_of_recommender(summary: RecommenderSummary) -> dict[str, Any]:
    """What a report keeps of a model of users and items.

    Args:
        summary: What it says.
    """
    return {
        'model': summary.name,
        'sizes': _sizes(summary),
        'scores': {name: [one.value, one.low, one.high] for name, one in finite_scores(summary.scores).items()},
        'most_recommended': {one.name: one.recommended for one in summary.recommended.most},
        'arguments': argument_texts(summary.arguments),
    }


def compare_recommender(before: Mapping[str, Any], summary: RecommenderSummary) -> ReportChange:
    """Compare a model of users and items with what an earlier report has kept of one.

    Args:
        before: What it has kept.
        summary: What is said of the model now.
    """
    scores = [
        ScoreChange(name, direction_of(name), Estimate(*before['scores'][name]), now)
        for name, now in finite_scores(summary.scores).items()
        if name in before['scores']
    ]
    sizes = [(name, before['sizes'][name], now) for name, now in _sizes(summary).items() if name in before['sizes']]
    return ReportChange(
        before=before,
        scores=tuple(scores),
        sizes=tuple(sizes),
        newcomers=tuple(one.name for one in summary.recommended.most if one.name not in before['most_recommended']),
        arguments=differing_arguments(before['arguments'], argument_texts(summary.arguments)),
    )


def _sizes(summary: RecommenderSummary) -> dict[str, int]:
    return {'interactions': summary.profile.pairs, 'users': summary.profile.users, 'items': summary.profile.items}
