"""Lists of recommended items, looked up among held-out interactions by sorted codes of pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import ColumnTypeError, DataError, EmptyTableError, MissingValueError, ParameterError
from redshells.model.feature_schema import is_numeric, to_numbers
from redshells.model.frame import read_table, require_columns
from redshells.model.id_index import checked_ids
from redshells.model.interactions import Interactions

GAINS = ('binary', 'linear', 'exponential')
"""What a relevant item is worth."""

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Recommendations:
    """Recommended items, one row for each.

    Attributes:
        users: Ids of users, of shape (rows,).
        items: Ids of items, of shape (rows,); of a user each at most once.
        ranks: Numbers that order the items of a user, of shape (rows,); their rows do where it is None.
    """

    users: Array
    items: Array
    ranks: Array | None = None


def read_recommendations(table: Any) -> Recommendations:
    """The recommended items of a table with the columns ``user``, ``item`` and ``rank``.

    Raises:
        MissingColumnError: One of them is not there.
        EmptyTableError: There are no rows.
        MissingValueError: An id or a rank is missing.
        ColumnTypeError: Ids are neither integers nor strings, or ranks no numbers.
    """
    frame = read_table(table)
    require_columns(frame, ['user', 'item', 'rank'])
    if frame.empty:
        raise EmptyTableError('the table of recommended items has no rows. Check the task that makes it.')
    if not is_numeric(frame['rank']):
        raise ColumnTypeError(f'the ranks are of type {frame["rank"].dtype}; numbers are expected.')
    ranks = to_numbers(frame['rank'])
    missing = int(np.isnan(ranks).sum())
    if missing:
        raise MissingValueError(f'the ranks have {missing} missing values (NaN). Remove the rows.')
    users = checked_ids(frame['user'], 'the users of the recommended items')
    return Recommendations(users=users, items=checked_ids(frame['item'], 'the recommended items'), ranks=ranks)


@dataclass(frozen=True)
class JudgedLists:
    """Recommended items and what each of them is worth; rows in the order of users and ranks.

    Attributes:
        users: The user of each row, numbered from 0: first the judged ones, who have a relevant held-out item.
        ranks: The rank of each row in the list of its user, from 1 without gaps.
        is_hit: Whether the item is relevant to the user.
        gains: What it is worth; 0 where it is not relevant.
        relevant: The number of relevant items of each judged user.
        best_users: The judged user of each relevant item.
        best_ranks: Its rank in the best possible list of that user.
        best_gains: What it is worth.
        training_shares: The share of the users of the training who had the item of each row; None without a training.
        training_items: The item of each row, numbered from 0 among those of the training; -1 for others.
        number_of_training_items: How many items the training has.
    """

    users: Array
    ranks: Array
    is_hit: Array
    gains: Array
    relevant: Array
    best_users: Array
    best_ranks: Array
    best_gains: Array
    training_shares: Array | None = None
    training_items: Array | None = None
    number_of_training_items: int = 0


def judge_lists(
    recommended: Recommendations,
    held_out: Interactions,
    *,
    minimum_rating: float | None = None,
    gain: str = 'binary',
    training: Interactions | None = None,
) -> JudgedLists:
    """Look up recommended items among held-out interactions.

    Args:
        recommended: The recommended items.
        held_out: What users did afterwards; several rows of one pair are one, with the highest rating.
        minimum_rating: Held-out items of a lower rating are not relevant.
        gain: What a relevant item is worth: 1 (``'binary'``), its rating (``'linear'``), or 2 to the power of its
            rating, less 1 (``'exponential'``).
        training: The interactions of the training.

    Raises:
        ParameterError: There is no such gain, or ratings are needed and not there.
        EmptyTableError: No held-out item is relevant.
        ColumnTypeError: Ids are integers here and strings there.
        DataError: A list has an item twice, or a gain is below 0 or infinite.
    """
    _check_gain(gain, minimum_rating, held_out)
    if minimum_rating is not None and held_out.ratings is not None:
        held_out = held_out.take(held_out.ratings >= minimum_rating)
    if not len(held_out):
        raise EmptyTableError(
            'no held-out interaction is relevant'
            + ('' if minimum_rating is None else f': all ratings are below minimum_rating={minimum_rating}')
            + '. Check the task that makes them.'
        )
    _check_types('users', recommended.users, held_out.users, None if training is None else training.users)
    _check_types('items', recommended.items, held_out.items, None if training is None else training.items)
    users = _numbered(held_out.users, recommended.users)
    items = _numbered(held_out.items, recommended.items)
    number_of_users = int(users[0].max()) + 1
    number_of_items = int(max(one.max(initial=0) for one in items)) + 1
    pairs, gains = _gains_of_pairs(users[0] * number_of_items + items[0], held_out, gain)
    order, ranks = _in_order(users[1], recommended.ranks)
    codes = users[1][order] * number_of_items + items[1][order]
    _refuse_repeated(codes, recommended, order)
    places = np.minimum(np.searchsorted(pairs, codes), len(pairs) - 1)
    is_hit = pairs[places] == codes
    best = np.lexsort((-gains, pairs // number_of_items))
    best_users = (pairs // number_of_items)[best]
    return JudgedLists(
        users=users[1][order],
        ranks=ranks,
        is_hit=is_hit,
        gains=np.where(is_hit, gains[places], 0.0),
        relevant=np.bincount(best_users, minlength=number_of_users),
        best_users=best_users,
        best_ranks=_positions_in_groups(best_users) + 1,
        best_gains=gains[best],
        **({} if training is None else _in_training(recommended.items[order], training)),
    )


def _check_gain(gain: str, minimum_rating: float | None, held_out: Interactions) -> None:
    if gain not in GAINS:
        raise ParameterError(f'gain={gain!r} was given; one of {list(GAINS)} is expected.')
    if held_out.ratings is None and (gain != 'binary' or minimum_rating is not None):
        given = f'gain={gain!r}' if gain != 'binary' else f'minimum_rating={minimum_rating}'
        raise ParameterError(
            f'{given} was given, and the held-out interactions have no ratings. Name the column with the ratings, or '
            'leave it out.'
        )


def _check_types(name: str, *several: Array | None) -> None:
    examples = {
        'strings' if one.dtype.kind == 'O' else 'integers': one[:1].tolist()[0]
        for one in several
        if one is not None and len(one)
    }
    if len(examples) > 1:
        raise ColumnTypeError(
            f'the {name} are integers in one table, such as {examples["integers"]!r}, and strings in another one, such '
            f'as {examples["strings"]!r}; one of both is expected. Convert them.'
        )


def _numbered(first: Array, second: Array) -> tuple[Array, Array]:
    """Numbers of the ids of both, from 0; those of the first are the lower ones."""
    codes = pd.factorize(pd.Series(np.concatenate([first, second])))[0]
    return codes[: len(first)], codes[len(first) :]


def _gains_of_pairs(codes: Array, held_out: Interactions, gain: str) -> tuple[Array, Array]:
    """The distinct codes of the held-out pairs in ascending order, and what each pair is worth."""
    if gain == 'binary' or held_out.ratings is None:
        pairs = np.unique(codes)
        return pairs, np.ones(len(pairs))
    order = np.lexsort((held_out.ratings, codes))
    is_last = np.append(np.diff(codes[order]) > 0, True)
    ratings = held_out.ratings[order][is_last]
    with np.errstate(over='ignore'):
        gains = ratings if gain == 'linear' else np.exp2(ratings) - 1
    wrong = np.flatnonzero((gains < 0) | ~np.isfinite(gains))
    if len(wrong):
        raise DataError(
            f'the held-out interactions have the rating {ratings[wrong[0]]}, whose gain is {gains[wrong[0]]}; finite '
            f"gains of at least 0 are expected. Set minimum_rating, or gain='binary' in place of {gain!r}."
        )
    return codes[order][is_last], gains


def _in_order(users: Array, ranks: Array | None) -> tuple[Array, Array]:
    """Positions of the rows in the order of users and ranks, and the rank of each of them."""
    order = np.argsort(users, kind='stable') if ranks is None else np.lexsort((ranks, users))
    return order, _positions_in_groups(users[order]) + 1


def _positions_in_groups(groups: Array) -> Array:
    """The position of each row in its group, from 0; rows of a group stand together."""
    if not len(groups):
        return np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.append(True, groups[1:] != groups[:-1]))
    return np.arange(len(groups)) - np.repeat(starts, np.diff(np.append(starts, len(groups))))


def _refuse_repeated(codes: Array, recommended: Recommendations, order: Array) -> None:
    by_code = np.argsort(codes, kind='stable')
    repeated = by_code[1:][np.diff(codes[by_code]) == 0]
    if len(repeated):
        row = order[repeated[0]]
        user, item = (ids[[row]].tolist()[0] for ids in (recommended.users, recommended.items))
        raise DataError(
            f'{len(repeated)} recommended rows are of a user and an item that are there before, such as '
            f'({user!r}, {item!r}); each item at most once for a user is expected. '
            'Remove them.'
        )


def _in_training(items: Array, training: Interactions) -> dict[str, Any]:
    """What is known of recommended items from the training."""
    known, distinct = pd.factorize(pd.Series(training.items))
    users, distinct_users = pd.factorize(pd.Series(training.users))
    pairs = np.unique(users * len(distinct) + known)
    shares = np.bincount(pairs % len(distinct), minlength=len(distinct)) / len(distinct_users)
    positions = np.asarray(pd.Index(distinct).get_indexer(pd.Index(items)), dtype=np.int64)
    return {
        'training_shares': np.where(positions >= 0, shares[positions], 0.0),
        'training_items': positions,
        'number_of_training_items': len(distinct),
    }
