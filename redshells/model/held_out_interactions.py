"""Which interactions train and which are held out for a test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from redshells.errors import ParameterError, SplitError
from redshells.model.id_index import IdIndex
from redshells.model.interactions import Interactions

SPLITS = ('random', 'leave_last_out', 'time')
"""How interactions are held out."""

Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class HeldOut:
    """Positions of rows, each in ascending order.

    Attributes:
        train: Rows of the training part.
        test: Rows of the test part.
        left_out: Rows of neither: they are later, and their user or item does not train.
    """

    train: Positions
    test: Positions
    left_out: Positions


def hold_out_interactions(
    interactions: Interactions,
    *,
    split: str = 'random',
    test_size: float = 0.2,
    number_of_test_items: int = 1,
    keep_users: bool = True,
    keep_items: bool = False,
    random_seed: int = 0,
) -> HeldOut:
    """Hold out interactions for a test. Rows are held out, not pairs: merge rows of one pair before.

    * ``'random'``: rows are drawn at random. Of each user (and item) that must train, the row that would be drawn last
      stays in training.
    * ``'leave_last_out'``: the last rows of each user are held out, of equal times the later ones in the table. A user
      that must train keeps the first one.
    * ``'time'``: the latest rows are held out, rows of equal time together, so that the share is met as nearly as
      possible. Those of a user (or item) that must train and does not are left out of both parts, for a later row must
      not train. So are those of an item in ``'leave_last_out'``.

    Args:
        interactions: The rows; with times, but for ``'random'``.
        split: One of the three.
        test_size: Share of the rows that are held out, of ``'random'`` and ``'time'``.
        number_of_test_items: How many rows of each user are held out, of ``'leave_last_out'``.
        keep_users: Whether no user is in the test part alone.
        keep_items: Whether no item is in the test part alone.
        random_seed: Seed of ``'random'``.

    Raises:
        ParameterError: An argument has a wrong value, or there are no times.
        SplitError: Nothing would be left for one of the parts.

    Example:
        >>> interactions = Interactions(users=np.array([1, 1, 2]), items=np.array([7, 8, 7]), times=np.array([2, 1, 3]))
        >>> held_out = hold_out_interactions(interactions, split='leave_last_out')
        >>> held_out.train.tolist(), held_out.test.tolist()
        ([1, 2], [0])
    """
    check_split(split, test_size, number_of_test_items, has_times=interactions.times is not None)
    users = _codes(interactions.users)
    kept = [*([users] if keep_users else []), *([_codes(interactions.items)] if keep_items else [])]
    if split == 'random':
        is_test = _at_random(len(interactions), test_size, kept, random_seed)
        return _parts(~is_test, is_test)
    if split == 'time':
        is_late = _latest(interactions, test_size)
    else:
        from_end, counts = _from_end(users, interactions)
        is_late = from_end < np.minimum(number_of_test_items, counts - int(keep_users))
    is_test = is_late
    for codes in kept:
        is_test = is_test & np.isin(codes, codes[~is_late])
    return _parts(~is_late, is_test)


def check_split(split: str, test_size: float, number_of_test_items: int, *, has_times: bool) -> None:
    """Check the arguments of a split.

    Raises:
        ParameterError: One has a wrong value, or there are no times.
    """
    if split not in SPLITS:
        raise ParameterError(f'split={split!r} was given; one of {list(SPLITS)} is expected.')
    if not 0 < test_size < 1:
        raise ParameterError(f'test_size={test_size} was given; a share between 0 and 1, such as 0.2, is expected.')
    if number_of_test_items < 1:
        raise ParameterError(f'number_of_test_items={number_of_test_items} was given; at least 1 is expected.')
    if split != 'random' and not has_times:
        raise ParameterError(f'split={split!r} was given without times; time_column_name is expected.')


def _codes(ids: npt.NDArray[np.generic]) -> Positions:
    return IdIndex.of(ids).positions(ids)


def _parts(is_train: Mask, is_test: Mask) -> HeldOut:
    if not is_train.any() or not is_test.any():
        part = 'test' if is_train.any() else 'training'
        late = int((~is_train & ~is_test).sum())
        reason = f'; {late} later rows are of users or items that do not train' if late else ''
        raise SplitError(
            f'of {len(is_train)} interactions none is left for the {part} part{reason}. Give more interactions, '
            'another split, or keep_users=False.'
        )
    return HeldOut(np.flatnonzero(is_train), np.flatnonzero(is_test), np.flatnonzero(~is_train & ~is_test))


def _at_random(number_of_rows: int, test_size: float, kept: list[Positions], random_seed: int) -> Mask:
    order = np.random.default_rng(random_seed).permutation(number_of_rows)
    is_free = np.ones(number_of_rows, dtype=np.bool_)
    for codes in kept:
        last = np.zeros(int(codes.max()) + 1, dtype=np.int64)
        last[codes[order]] = order  # of several assignments to one place the last one stays
        is_free[last] = False
    wanted = min(max(1, round(number_of_rows * test_size)), number_of_rows - 1)
    is_test = np.zeros(number_of_rows, dtype=np.bool_)
    is_test[order[is_free[order]][:wanted]] = True
    return is_test


def _latest(interactions: Interactions, test_size: float) -> Mask:
    assert interactions.times is not None, 'checked before'
    times, codes, counts = np.unique(interactions.times, return_inverse=True, return_counts=True)
    if len(times) < 2:
        raise SplitError(
            f'all {len(codes)} interactions have one time, {times[0]}; at least two are expected of a split by time. '
            "Choose split='random', or check the column."
        )
    held_out = len(codes) - np.cumsum(counts)[:-1]  # where the test part begins after each time
    cut = int(np.argmin(np.abs(held_out - len(codes) * test_size)))
    return np.asarray(codes > cut)


def _from_end(users: Positions, interactions: Interactions) -> tuple[Positions, Positions]:
    """For each row, how many later ones its user has, and how many in all."""
    assert interactions.times is not None, 'checked before'
    order = np.lexsort((interactions.times, users))  # stable
    counts = np.bincount(users)
    from_end = np.empty(len(order), dtype=np.int64)
    from_end[order] = np.cumsum(counts)[users[order]] - 1 - np.arange(len(order))
    return from_end, counts[users]
