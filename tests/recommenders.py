"""A small recommender for the tests of what uses one."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.archive import Archive
from redshells.model.execution import Execution
from redshells.model.interactions import Interactions, cut_interactions
from redshells.model.recommender import RecommenderModel


class UserItemBias(RecommenderModel):
    """The rating is the mean, and what a user and an item differ from it; without ratings, the number of users.

    The vector of an item says which users had it.
    """

    user_bias_: npt.NDArray[np.float64]
    item_bias_: npt.NDArray[np.float64]
    mean_: float

    @property
    def predicts_ratings(self) -> bool:
        return self.rating_range_ is not None

    def fit_interactions(
        self,
        interactions: Interactions,
        *,
        user_features: pd.DataFrame | None = None,
        item_features: pd.DataFrame | None = None,
        validation: Interactions | None = None,
        execution: Execution | None = None,
    ) -> Self:
        users, items = self._start_fit(interactions)
        if interactions.ratings is None:
            self.mean_ = 0.0
            self.user_bias_ = np.zeros(len(self.user_ids_))
            self.item_bias_ = np.bincount(items).astype(np.float64)
            return self
        self.mean_ = float(interactions.ratings.mean())
        rest = interactions.ratings - self.mean_
        self.item_bias_ = np.bincount(items, rest) / np.bincount(items)
        self.user_bias_ = np.bincount(users, rest - self.item_bias_[items]) / np.bincount(users)
        return self

    def predict_interactions(self, interactions: Interactions, *, default: float = np.nan) -> npt.NDArray[np.float64]:
        users, items = self._known_pairs(interactions.users, interactions.items)
        predicted = self.mean_ + self.user_bias_[users] + self.item_bias_[items]
        return np.where((users >= 0) & (items >= 0), predicted, default)

    def score_items(self, users: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        scores = self.mean_ + self.user_bias_[users][:, None] + self.item_bias_
        scores.flags.writeable = False
        return scores.astype(np.float32)

    def item_vectors(self) -> npt.NDArray[np.float32]:
        vectors: npt.NDArray[np.float32] = sparse.csr_array(self.seen_.T).toarray().astype(np.float32)
        return vectors

    def to_archive(self) -> Archive:
        raise NotImplementedError

    @classmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> Self:
        raise NotImplementedError


def bias_model(table: pd.DataFrame, **columns: Any) -> UserItemBias:
    """Trained on the columns ``user``, ``item`` and, where it is there, ``rating``."""
    names = {'user_column_name': 'user', 'item_column_name': 'item', **columns}
    if 'rating' in table.columns:
        names['rating_column_name'] = 'rating'
    return UserItemBias().fit_interactions(cut_interactions(table, **names))


def ratings_table(rows: int = 200, users: int = 20, items: int = 15, seed: int = 0) -> pd.DataFrame:
    """Ratings from 1 to 5 of different pairs, with times; ids are strings."""
    generator = np.random.default_rng(seed)
    pairs = np.sort(generator.permutation(users * items)[:rows])
    generator.shuffle(pairs)
    taste = generator.normal(size=users)[pairs // items] + generator.normal(size=items)[pairs % items]
    return pd.DataFrame(
        {
            'user': [f'u{pair // items}' for pair in pairs],
            'item': [f'i{pair % items}' for pair in pairs],
            'rating': np.clip(np.round(3 + taste), 1, 5),
            'time': generator.permutation(rows),
        }
    )
