"""Ratings and features as the first version of redshells took them: datasets, and ids that become indices."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from copy import copy
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.errors import DataError, ParameterError
from redshells.model.gcmc_id_map import FeatureBlocks, GcmcIdMap, Indices, checked_ratings, feature_frame
from redshells.model.id_index import IdIndex, Ids, checked_ids
from redshells.model.interactions import Interactions

__all__ = ['GcmcDataset', 'GcmcGraphDataset', 'GcmcIdMap']


class GcmcDataset:
    """Ratings of items by users, with features of both.

    Args:
        user_ids: The user of each rating, an integer or a string.
        item_ids: The item of each, likewise.
        ratings: The ratings.
        user_features: Blocks of features of users by id; None without.
        item_features: Blocks of features of items by id; None without.

    Attributes:
        size: How many ratings there are.

    Raises:
        DataError: There are not as many of each, or ids or ratings can't be used.

    Example:
        >>> dataset = GcmcDataset(np.array([1, 1, 2]), np.array([7, 8, 7]), np.array([5.0, 1.0, 4.0]))
        >>> dataset.filter({1}, {7, 8}, {5.0}).item_ids.tolist()
        [7]
    """

    def __init__(
        self,
        user_ids: Ids,
        item_ids: Ids,
        ratings: npt.NDArray[Any] | Sequence[float],
        user_features: FeatureBlocks | None = None,
        item_features: FeatureBlocks | None = None,
    ) -> None:
        self.user_ids = checked_ids(user_ids, 'user_ids')
        self.item_ids = checked_ids(item_ids, 'item_ids')
        self.ratings = checked_ratings(ratings)
        self.user_features, self.item_features = user_features, item_features
        self.size = len(self.user_ids)
        if not len(self.item_ids) == len(self.ratings) == self.size:
            raise DataError(
                f'{self.size} users, {len(self.item_ids)} items and {len(self.ratings)} ratings were given; as many of '
                'each are expected.'
            )

    def __len__(self) -> int:
        return self.size

    def filter(self, user_ids: Collection[Any], item_ids: Collection[Any], ratings: Collection[Any]) -> GcmcDataset:
        """The ratings of these users, these items and these levels; with the features of all.

        Args:
            user_ids: The users that stay.
            item_ids: The items that stay.
            ratings: The levels that stay.
        """
        stays = (
            pd.Index(self.user_ids).isin(list(user_ids))
            & pd.Index(self.item_ids).isin(list(item_ids))
            & np.isin(self.ratings, list(ratings))
        )
        return GcmcDataset(
            self.user_ids[stays], self.item_ids[stays], self.ratings[stays], self.user_features, self.item_features
        )

    def interactions(self) -> Interactions:
        """The ratings as interactions."""
        return Interactions(users=self.user_ids, items=self.item_ids, ratings=self.ratings)


class GcmcGraphDataset:
    """Ratings as a graph, with a part of them held out.

    Args:
        dataset: The ratings and the features.
        test_size: The share of the ratings that is held out, each by chance.
        min_user_click_count: Users with fewer ratings have the default index.
        max_user_click_count: Users with more ratings have it, too.
        random_seed: Seed of which ratings are held out, and of the order of the training ratings.

    Raises:
        ParameterError: The share is not one.

    Example:
        >>> dataset = GcmcDataset([1, 1, 2, 2], [7, 8, 7, 8], [5.0, 1.0, 4.0, 1.0])
        >>> graph = GcmcGraphDataset(dataset, test_size=0.0)
        >>> graph.n_user, graph.n_item, graph.rating().tolist()
        (3, 3, [1.0, 4.0, 5.0])
        >>> [matrix.nnz for matrix in graph.train_rating_adjacency_matrix()]
        [2, 1, 1]
    """

    def __init__(
        self,
        dataset: GcmcDataset,
        test_size: float,
        min_user_click_count: int = 0,
        max_user_click_count: int = sys.maxsize,
        *,
        random_seed: int = 0,
    ) -> None:
        if not 0 <= test_size < 1:
            raise ParameterError(f'test_size={test_size!r} was given; at least 0 and less than 1 is expected.')
        self._user = GcmcIdMap(dataset.user_ids, dataset.user_features, min_user_click_count, max_user_click_count)
        self._item = GcmcIdMap(dataset.item_ids, dataset.item_features)
        self._rating = GcmcIdMap(dataset.ratings, use_default=False)
        self._random_seed = random_seed
        self._is_train = np.random.default_rng(random_seed).uniform(size=dataset.size) >= test_size

    def train_rating_adjacency_matrix(self) -> list[sparse.csr_matrix]:
        """A matrix for each level, of shape (n_user, n_item): 1 where the training has such a rating.

        Of several ratings of a pair the last one counts; all users with the default index are one user.
        """
        users, items, levels = (one.indices[self._is_train] for one in (self._user, self._item, self._rating))
        pairs = pd.MultiIndex.from_arrays([users, items])
        last = ~pairs.duplicated(keep='last')
        shape = (self.n_user, self.n_item)
        matrices = []
        for level in range(self.n_rating):
            here = last & (levels == level)
            ones = np.ones(int(here.sum()), dtype=np.float32)
            matrices.append(sparse.csr_matrix((ones, (users[here], items[here])), shape=shape))
        return matrices

    def add_dataset(
        self,
        additional_dataset: GcmcDataset,
        add_user: bool = False,
        add_item: bool = False,
        add_rating: bool = False,
    ) -> GcmcGraphDataset:
        """Another dataset, which has these ratings too; all of them are for training.

        Args:
            additional_dataset: More ratings and features.
            add_user: Whether ratings of new users are taken; otherwise they are left out.
            add_item: Whether those of new items are.
            add_rating: Whether those of new levels are.
        """
        sides = ((self._user, add_user), (self._item, add_item), (self._rating, add_rating))
        given = (additional_dataset.user_ids, additional_dataset.item_ids, additional_dataset.ratings)
        known = [set(side.ids.tolist()) for side, _ in sides]
        valid = [
            ids | set(more.tolist()) if adds else ids for ids, more, (_, adds) in zip(known, given, sides, strict=True)
        ]
        added = additional_dataset.filter(*valid)
        result = copy(self)
        result._user = self._user.with_rows(added.user_ids, added.user_features)
        result._item = self._item.with_rows(added.item_ids, added.item_features)
        result._rating = self._rating.with_rows(added.ratings)
        result._is_train = np.concatenate([self._is_train, np.ones(added.size, dtype=np.bool_)])
        return result

    def train_data(self) -> dict[str, npt.NDArray[Any]]:
        """The ratings of the training in random order.

        Returns:
            ``user`` and ``item`` (indices), ``label`` (which level, as zeros and a one), ``rating``,
            ``user_feature_indices``, ``item_feature_indices``.
        """
        rows = np.flatnonzero(self._is_train)
        return self._data(np.random.default_rng(self._random_seed).permutation(rows))

    def test_data(self) -> dict[str, npt.NDArray[Any]]:
        """The ratings that are held out, likewise, in order."""
        return self._data(np.flatnonzero(~self._is_train))

    def _data(self, rows: Indices) -> dict[str, npt.NDArray[Any]]:
        return {
            'user': self._user.indices[rows],
            'item': self._item.indices[rows],
            'label': np.eye(self.n_rating)[self._rating.indices[rows]],
            'rating': self._rating.ids[rows],
            'user_feature_indices': self._user.feature_indices[rows],
            'item_feature_indices': self._item.feature_indices[rows],
        }

    def to_indices(self, user_ids: Ids, item_ids: Ids) -> tuple[Indices, Indices]:
        """The indices of users and of items; 0 for those that are not known, or left out."""
        return self._user.to_indices(user_ids), self._item.to_indices(item_ids)

    def to_feature_indices(self, user_ids: Ids, item_ids: Ids) -> tuple[Indices, Indices]:
        """Their rows in ``user_features`` and ``item_features``; 0 for those that are not known."""
        return self._user.to_feature_indices(user_ids), self._item.to_feature_indices(item_ids)

    def rating(self) -> npt.NDArray[Any]:
        """The levels of the ratings, in ascending order."""
        return self._rating.sorted_unique_ids()

    @property
    def n_rating(self) -> int:
        """How many levels there are."""
        return self._rating.index_count

    @property
    def n_user(self) -> int:
        """How many indices of users there are, with the default."""
        return self._user.index_count

    @property
    def n_item(self) -> int:
        """How many indices of items there are, with the default."""
        return self._item.index_count

    @property
    def user_features(self) -> list[npt.NDArray[np.float32]]:
        """The features of users, a matrix a block; its rows are by feature index."""
        return self._user.feature_matrix

    @property
    def item_features(self) -> list[npt.NDArray[np.float32]]:
        """The features of items, likewise."""
        return self._item.feature_matrix

    @property
    def user_ids(self) -> list[Any]:
        """The distinct users in ascending order, those that are left out too."""
        return list(IdIndex.of(self._user.ids).ids.tolist())

    @property
    def item_ids(self) -> list[Any]:
        """The distinct items in ascending order."""
        return list(IdIndex.of(self._item.ids).ids.tolist())

    def train_interactions(self) -> Interactions:
        """The ratings of the training."""
        return self._interactions().take(self._is_train)

    def test_interactions(self) -> Interactions:
        """The ratings that are held out."""
        return self._interactions().take(~self._is_train)

    def _interactions(self) -> Interactions:
        return Interactions(users=self._user.ids, items=self._item.ids, ratings=self._rating.ids)

    def user_feature_frame(self) -> pd.DataFrame | None:
        """The features of users as a table with the ids as index; None without."""
        return feature_frame(self._user.features)

    def item_feature_frame(self) -> pd.DataFrame | None:
        """The features of items, likewise."""
        return feature_frame(self._item.features)

    def leaves_out(self, user_ids: Ids) -> npt.NDArray[np.bool_]:
        """Whether each user is left out for rating too little or too much."""
        return self._user.left_out(user_ids)
