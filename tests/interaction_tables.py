"""Tables of users, items and ratings with planted tastes."""

from __future__ import annotations

import numpy as np
import pandas as pd

_GROUPS = 3


def ratings(users: int = 24, items: int = 18, share: float = 0.6, seed: int = 0) -> pd.DataFrame:
    """Ratings from 1 to 5, strings for users and integers for items: a user likes the items of one taste."""
    generator = np.random.default_rng(seed)
    user, item = np.nonzero(generator.random((users, items)) < share)
    liked = user % _GROUPS == item % _GROUPS
    rating = np.clip(np.round(np.where(liked, 4.6, 2.0) + generator.normal(scale=0.6, size=len(user))), 1, 5)
    return pd.DataFrame(
        {
            'user': [f'u{one:02d}' for one in user],
            'item': item + 100,
            'rating': rating,
            'service': np.where(user % 2, 'web', 'shop'),
            'time': generator.permutation(len(user)),
        }
    )


def clicks(users: int = 24, items: int = 18, seed: int = 0) -> pd.DataFrame:
    """Clicks: a user clicks on most items of one taste, and on few others."""
    generator = np.random.default_rng(seed)
    alike = np.arange(users)[:, None] % _GROUPS == np.arange(items)[None, :] % _GROUPS
    user, item = np.nonzero(generator.random((users, items)) < np.where(alike, 0.8, 0.1))
    return pd.DataFrame(
        {'user': [f'u{one:02d}' for one in user], 'item': item + 100, 'time': generator.permutation(len(user))}
    )


def user_features(users: int = 24) -> pd.DataFrame:
    """What is known of the users: their taste as a category, and a number that says nothing."""
    number = np.arange(users)
    return pd.DataFrame(
        {'user': [f'u{one:02d}' for one in number], 'taste': [f't{one % _GROUPS}' for one in number], 'age': number % 7}
    )


def item_features(items: int = 18) -> pd.DataFrame:
    """What is known of the items: their taste as a list of labels."""
    number = np.arange(items)
    return pd.DataFrame({'item': number + 100, 'labels': [[f't{one % _GROUPS}', 'all'] for one in number]})
