"""How models of users and items are judged: by the error of ratings, or by what is found among the top items."""

from __future__ import annotations

import re

from redshells.errors import UnknownNameError
from redshells.model.ranking_metrics import ACCURACY_METRICS

RATING, TOP_ITEMS = 'rating', 'top_items'
"""The problems: to foretell a rating, and to find items."""

SPLITS = ('random', 'time', 'leave_last_out')
"""How interactions are held out."""

_OF_RATINGS = ('rmse', 'mae')
_OF_TOP_ITEMS = (*ACCURACY_METRICS, 'coverage')
USUAL_METRICS = {RATING: _OF_RATINGS, TOP_ITEMS: ('recall@20', 'ndcg@20')}
"""By the problem, what is scored unless told otherwise; the first one is tuned for."""


def check_interaction_metric(name: str, problem: str) -> None:
    """Check that there is a score of this name for the problem.

    Args:
        name: ``'rmse'``, or ``'recall@20'``.
        problem: ``'rating'`` or ``'top_items'``.

    Raises:
        UnknownNameError: There is none.
    """
    if problem == RATING and name in _OF_RATINGS:
        return
    if problem == TOP_ITEMS and re.fullmatch(rf'({"|".join(_OF_TOP_ITEMS)})@[1-9]\d*', name):
        return
    expected = list(_OF_RATINGS) if problem == RATING else [f'{one}@20' for one in _OF_TOP_ITEMS]
    raise UnknownNameError(
        f'there is no metric {name!r} of {"ratings" if problem == RATING else "top items"}; {expected} are there'
        + ('.' if problem == RATING else ', with any number of items.')
    )


def split_name(name: str) -> tuple[str, int]:
    """The name and the number of items of a score such as ``'recall@20'``."""
    kind, _, count = name.partition('@')
    return kind, int(count)


def direction_of(name: str) -> str:
    """``'maximize'`` or ``'minimize'``: where a score is better."""
    return 'minimize' if name in _OF_RATINGS else 'maximize'
