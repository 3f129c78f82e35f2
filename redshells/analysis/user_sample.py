"""Samples of users whose lists of items are enough to look at."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

MOST_USERS = 5_000
FEWEST_USERS = 200
_MOST_SCORES = 200_000_000  # users times items: a few seconds


def sample_users(users: Array, number_of_items: int, random_seed: int) -> Array:
    """Users in ascending order; all of them where there are not more than are looked at.

    Args:
        users: Positions of users.
        number_of_items: How many items are scored for each of them; of more items, fewer users are taken.
        random_seed: Seed of the draw.
    """
    most = int(np.clip(_MOST_SCORES // max(number_of_items, 1), FEWEST_USERS, MOST_USERS))
    if len(users) <= most:
        return np.sort(users)
    return np.sort(np.random.default_rng(random_seed).choice(users, most, replace=False))
