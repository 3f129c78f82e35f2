"""Which interactions train and which are held out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from redshells.errors import ParameterError, SplitError
from redshells.model.id_index import IdIndex
from redshells.model.interactions import Interactions
from redshells.tuning.interaction_metric import SPLITS
from redshells.tuning.split import Positions, make_folds


def interaction_folds(
    interactions: Interactions, split: str, number_of_folds: int, random_seed: int
) -> list[tuple[Positions, Positions]]:
    """The rows that train and the rows that are held out in each fold.

    * ``'random'``: rows are dealt at random, and each is held out once.
    * ``'time'``: later rows are held out, and what lies before them trains.
    * ``'leave_last_out'``: in the first fold the last interaction of each user is held out, in the second the one
      before it, and so on; what lies before it trains. Users with no more interactions than that train only.

    Args:
        interactions: The rows.
        split: One of the three.
        number_of_folds: At least 1 of ``'leave_last_out'``, at least 2 of the others.
        random_seed: Seed of ``'random'``.

    Raises:
        ParameterError: There is no such split, or it needs times that are not there.
        SplitError: There are too few rows.
    """
    if split not in SPLITS:
        raise ParameterError(f'split={split!r} was given; one of {list(SPLITS)} is expected.')
    if split == 'random':
        return make_folds(
            number_of_rows=len(interactions), split='random', number_of_folds=number_of_folds, random_seed=random_seed
        )
    if interactions.times is None:
        raise ParameterError(f'split={split!r} was given without times; time_column_name is expected.')
    if split == 'time':
        return make_folds(
            number_of_rows=len(interactions),
            split='time',
            number_of_folds=number_of_folds,
            random_seed=random_seed,
            time=interactions.times,
        )
    from_end, counts = _from_end(interactions)
    folds = []
    for number in range(number_of_folds):
        has_more = counts > number + 1
        train, rest = ~has_more | (from_end > number), has_more & (from_end == number)
        if not rest.any():
            raise SplitError(
                f'no user has more than {number + 1} interactions, so that none can be held out in fold {number + 1} '
                f'of {number_of_folds}. Ask for fewer folds.'
            )
        folds.append((np.flatnonzero(train), np.flatnonzero(rest)))
    return folds


def _from_end(interactions: Interactions) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each row, how many later ones its user has, and how many in all; rows of equal time are in their order."""
    users = IdIndex.of(interactions.users).positions(interactions.users)
    assert interactions.times is not None, 'checked before'
    order = np.lexsort((interactions.times, users))  # stable
    sizes = np.bincount(users)
    ends = np.cumsum(sizes)[users[order]]
    from_end = np.empty(len(order), dtype=np.int64)
    from_end[order] = ends - 1 - np.arange(len(order))
    return from_end, sizes[users]
