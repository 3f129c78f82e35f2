"""The items with the highest scores of each user, found in batches of bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.errors import ParameterError
from redshells.model.largest import largest_columns
from redshells.model.recommender import RecommenderModel

_CELLS = 1 << 21  # of the scores that are held at a time: 8 MB and two copies of it


@dataclass(frozen=True)
class TopItems:
    """The items with the highest scores of each user, the highest first.

    Attributes:
        positions: Positions of the items, of shape (users, top_n); -1 where there are fewer.
        scores: Their scores, of the same shape; NaN where there are fewer.
    """

    positions: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]


def find_top_items(
    model: RecommenderModel,
    users: npt.NDArray[np.int64],
    top_n: int,
    *,
    exclude_seen: bool = True,
    excluded: sparse.csr_array | None = None,
    candidates: npt.NDArray[np.int64] | None = None,
    batch_size: int | None = None,
) -> TopItems:
    """The items with the highest scores of each user.

    Items of equal scores come in the order of the items. An item whose score is NaN is not found. Users with fewer
    candidates than ``top_n`` get fewer items.

    Args:
        model: A fitted model.
        users: Positions of users; -1 for one who is not known, whose scores are the numbers of users of the items.
        top_n: How many items are found for each user, at the most.
        exclude_seen: Whether items that a user had in training are left out.
        excluded: Further pairs to leave out, of shape (number of ``users``, items of the model).
        candidates: Positions of the items that may be found; all by default.
        batch_size: How many users are scored at a time; by default as many as give two million scores.

    Raises:
        ParameterError: top_n or batch_size is less than 1.
        NotFittedError: The model is not fitted.
    """
    for name, value in (('top_n', top_n), ('batch_size', batch_size)):
        if value is not None and value < 1:
            raise ParameterError(f'{name}={value} was given; at least 1 is expected.')
    model.check_fitted()
    columns = None if candidates is None else np.unique(candidates)
    size = min(top_n, len(model.item_ids_) if columns is None else len(columns))
    positions = np.full((len(users), size), -1, np.int64)
    scores = np.full((len(users), size), np.nan, np.float32)
    for rows in _batches(len(users), batch_size or max(1, _CELLS // max(1, len(model.item_ids_)))):
        batch = _scores(model, users[rows], columns)
        if exclude_seen:
            _leave_out(batch, *_seen(model, users[rows]), columns)
        if excluded is not None:
            _leave_out(batch, *_pairs(excluded[rows]), columns)
        np.copyto(batch, -np.inf, where=np.isnan(batch))
        found = largest_columns(batch, size)
        values = np.take_along_axis(batch, found, axis=1)
        exists = values > -np.inf
        positions[rows][exists] = found[exists] if columns is None else columns[found[exists]]
        scores[rows][exists] = values[exists]
    return TopItems(positions, scores)


def _batches(count: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, count, size))


def _scores(
    model: RecommenderModel, users: npt.NDArray[np.int64], columns: npt.NDArray[np.int64] | None
) -> npt.NDArray[np.float32]:
    """The scores of items for users, an array of our own."""
    known = users >= 0
    if known.all():
        scores = model.score_items(users)
        return np.array(scores if columns is None else scores[:, columns], dtype=np.float32, order='C')
    numbers_of_users = np.bincount(model.seen_.indices, minlength=len(model.item_ids_)).astype(np.float32)
    wanted = slice(None) if columns is None else columns
    batch: npt.NDArray[np.float32] = np.tile(numbers_of_users[wanted], (len(users), 1))
    if known.any():
        batch[known] = model.score_items(users[known])[:, wanted]
    return batch


def _seen(model: RecommenderModel, users: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    known = np.flatnonzero(users >= 0)
    rows, items = _pairs(model.seen_[users[known]])
    return known[rows], items


def _pairs(matrix: sparse.csr_array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)), matrix.indices


def _leave_out(
    scores: npt.NDArray[np.float32],
    rows: npt.NDArray[np.int64],
    items: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64] | None,
) -> None:
    """Make the scores of pairs so low that they are not found; items that are no candidates are not there."""
    if columns is None:
        scores[rows, items] = -np.inf
    elif len(columns):
        places = np.minimum(np.searchsorted(columns, items), len(columns) - 1)
        is_there = columns[places] == items
        scores[rows[is_there], places[is_there]] = -np.inf
