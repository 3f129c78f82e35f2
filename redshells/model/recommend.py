"""What a recommender is asked in production, by the ids of users and items: ratings, top items and similar items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.errors import DataError, ParameterError
from redshells.model.id_index import Ids, checked_ids
from redshells.model.interactions import Interactions
from redshells.model.nearest_neighbors import find_nearest_rows
from redshells.model.recommender import RecommenderModel
from redshells.model.top_items import find_top_items

UNKNOWN_USER_RULES = ('skip', 'popular')
"""What users get that were not in training: nothing, or the items that most users had."""


@dataclass(frozen=True)
class Found:
    """What was found, and what was asked for in vain.

    Attributes:
        table: One row for each answer.
        unknown: Ids that were not in training, each once, in the order in which they were asked for.
        candidates: How many items could be found.
        unknown_candidates: Candidates that were not in training, each once.
    """

    table: pd.DataFrame
    unknown: npt.NDArray[Any]
    candidates: int
    unknown_candidates: npt.NDArray[Any]


def predict_ratings(
    model: RecommenderModel, interactions: Interactions, *, batch_size: int = 1_000_000
) -> npt.NDArray[np.float64]:
    """The predicted rating of each pair, in batches; NaN where the model can't judge it.

    Args:
        model: A fitted model.
        interactions: The pairs.
        batch_size: How many pairs are predicted at a time.
    """
    predicted = np.empty(len(interactions))
    for start in range(0, len(interactions), batch_size):
        rows = np.arange(start, min(start + batch_size, len(interactions)))
        predicted[rows] = model.predict_interactions(interactions.take(rows))
    return predicted


def recommend_items(
    model: RecommenderModel,
    users: Ids | None = None,
    *,
    top_n: int = 20,
    exclude_seen: bool = True,
    further_seen: Interactions | None = None,
    candidates: Ids | None = None,
    unknown_users: str = 'skip',
    batch_size: int | None = None,
) -> Found:
    """The items with the highest scores of each user.

    Args:
        model: A fitted model.
        users: Ids of users, of which repeated ones count once; those of the training by default.
        top_n: How many items each user gets, at the most.
        exclude_seen: Whether items that a user had in training are left out.
        further_seen: Further interactions whose items are left out for their users.
        candidates: Ids of the items that may be recommended; those of the training by default, and no others.
        unknown_users: What users get that were not in training: nothing (``'skip'``), or the items that most users of
            the training had, with the number of these users as score (``'popular'``).
        batch_size: How many users are scored at a time; by default as many as give two million scores.

    Returns:
        The table has the columns ``user``, ``item``, ``rank`` (from 1) and ``score``: users in the order in which they
        were asked for, and for each the best items first.

    Raises:
        ParameterError: An argument has a wrong value.
        ColumnTypeError: The ids are of another type than in training.
        DataError: No candidate was in training.
    """
    if unknown_users not in UNKNOWN_USER_RULES:
        raise ParameterError(f'unknown_users={unknown_users!r} was given; {list(UNKNOWN_USER_RULES)} are expected.')
    model.check_fitted()
    ids = model.user_ids_.ids if users is None else _distinct(users, 'the users')
    positions = model.user_ids_.positions(ids, 'the users')
    unknown = ids[positions < 0]
    if unknown_users == 'skip':
        ids, positions = ids[positions >= 0], positions[positions >= 0]
    chosen, unknown_candidates = _candidates(model, candidates)
    top = find_top_items(
        model,
        positions,
        top_n,
        exclude_seen=exclude_seen,
        excluded=None if further_seen is None else _pairs_of(ids, model, further_seen),
        candidates=chosen,
        batch_size=batch_size,
    )
    rows, ranks = np.nonzero(top.positions >= 0)
    table = pd.DataFrame(
        {
            'user': id_column(ids[rows]),
            'item': id_column(model.item_ids_.ids[top.positions[rows, ranks]]),
            'rank': ranks + 1,
            'score': top.scores[rows, ranks],
        }
    )
    return Found(table, unknown, len(model.item_ids_) if chosen is None else len(chosen), unknown_candidates)


def find_similar_items(
    model: RecommenderModel, items: Ids | None = None, *, top_n: int = 20, minimum_similarity: float = -1.0
) -> Found:
    """The items with the most similar vectors of each item, by their cosine.

    Args:
        model: A fitted model.
        items: Ids of items, of which repeated ones count once; those of the training by default.
        top_n: How many are found for each item, at the most.
        minimum_similarity: Less similar ones are not found.

    Returns:
        The table has the columns ``item``, ``similar_item``, ``rank`` (from 1) and ``similarity``: items in the order
        in which they were asked for, and for each the most similar ones first. An item whose vector is zero has none.

    Raises:
        ParameterError: top_n is less than 1.
        ColumnTypeError: The ids are of another type than in training.
    """
    model.check_fitted()
    ids = model.item_ids_.ids if items is None else _distinct(items, 'the items')
    positions = model.item_ids_.positions(ids, 'the items')
    unknown = ids[positions < 0]
    ids, positions = ids[positions >= 0], positions[positions >= 0]
    vectors = model.item_vectors()
    nearest = find_nearest_rows(vectors[positions], vectors, top_n, left_out=positions)
    rows, ranks = np.nonzero((nearest.positions >= 0) & (nearest.similarities >= minimum_similarity))
    table = pd.DataFrame(
        {
            'item': id_column(ids[rows]),
            'similar_item': id_column(model.item_ids_.ids[nearest.positions[rows, ranks]]),
            'rank': ranks + 1,
            'similarity': nearest.similarities[rows, ranks],
        }
    )
    return Found(table, unknown, len(model.item_ids_), unknown[:0])


def id_column(ids: npt.NDArray[Any]) -> pd.Series[Any]:
    """Ids as a column whose type is that of the ids, also where there are none."""
    return pd.Series(ids, dtype='str' if ids.dtype.kind == 'O' else ids.dtype)


def _distinct(ids: Ids, name: str) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = pd.Series(checked_ids(ids, name)).drop_duplicates().to_numpy()
    return found


def _candidates(
    model: RecommenderModel, candidates: Ids | None
) -> tuple[npt.NDArray[np.int64] | None, npt.NDArray[Any]]:
    if candidates is None:
        return None, model.item_ids_.ids[:0]
    ids = _distinct(candidates, 'the candidates')
    positions = model.item_ids_.positions(ids, 'the candidates')
    known = np.sort(positions[positions >= 0])
    if not len(known):
        if not len(ids):
            raise DataError('there are no candidates. Check the task that makes them.')
        given, trained = ids[:1].tolist()[0], model.item_ids_.ids[:1].tolist()[0]
        raise DataError(
            f'none of the {len(ids)} candidates, such as {given!r}, was in training, which had {len(model.item_ids_)} '
            f'items, such as {trained!r}. Give items that were in training.'
        )
    return known, ids[positions < 0]


def _pairs_of(ids: npt.NDArray[Any], model: RecommenderModel, interactions: Interactions) -> sparse.csr_array:
    """The pairs of interactions as a matrix, whose rows are the users of these ids."""
    model.user_ids_.positions(interactions.users, 'the users of the further interactions')  # refuses other types
    rows = pd.Index(ids).get_indexer(pd.Index(interactions.users))
    columns = model.item_ids_.positions(interactions.items, 'the items of the further interactions')
    is_there = (rows >= 0) & (columns >= 0)
    ones = np.ones(int(is_there.sum()), dtype=np.int8)
    return sparse.csr_array((ones, (rows[is_there], columns[is_there])), shape=(len(ids), len(model.item_ids_)))
