"""The graph of a fitted graph convolutional matrix completion: nodes, known ratings, and how both are extended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.archive import Part, array_to_bytes, bytes_to_array
from redshells.model.gcmc_nodes import GcmcNodes
from redshells.model.id_index import IdIndex
from redshells.model.interactions import Interactions
from redshells.model.rating_graph import Floats, RatingGraph, RatingLevels


@dataclass(frozen=True)
class GcmcGraph:
    """Users, items and ratings.

    Args:
        users: The users.
        items: The items.
        ratings: The known ratings, by user and item.
        silent_users: Whether each user is without edges for having rated too little or too much.
        normalization_type: What messages are divided by.
    """

    users: GcmcNodes
    items: GcmcNodes
    ratings: RatingGraph
    silent_users: npt.NDArray[np.bool_]
    normalization_type: str

    def user_vectors(self) -> Floats:
        """The vector of each user, of shape (users, size)."""
        return self._vectors(of_items=False)

    def item_vectors(self) -> Floats:
        """The vector of each item, of shape (items, size)."""
        return self._vectors(of_items=True)

    def _vectors(self, *, of_items: bool) -> Floats:
        nodes, others = (self.items, self.users) if of_items else (self.users, self.items)
        speaks = ~self.silent_users[self.ratings.users]
        of_known_users = self.users.senders[self.ratings.users] >= 0
        of_known_items = self.items.senders[self.ratings.items] >= 0
        edges = self.ratings.take(speaks & (of_known_users if of_items else of_known_items))
        among_known = self.ratings.take(speaks & of_known_users & of_known_items)
        weights = edges.message_weights(
            self.normalization_type,
            to_items=of_items,
            sender_degrees=among_known.user_degrees if of_items else among_known.item_degrees,
        )
        receivers, senders = (edges.items, edges.users) if of_items else (edges.users, edges.items)
        return nodes.encoder.vectors(edges, weights, receivers, others.senders[senders], nodes.feature_vectors)

    def seen(self) -> sparse.csr_array:
        """Which pairs have ratings, of shape (users, items)."""
        starts = np.concatenate([[0], np.cumsum(self.ratings.user_degrees)])
        shape = (len(self.users), len(self.items))
        return sparse.csr_array((np.ones(len(self.ratings), dtype=np.int8), self.ratings.items, starts), shape=shape)

    def extended(
        self,
        interactions: Interactions,
        levels: RatingLevels,
        user_features: pd.DataFrame | None,
        item_features: pd.DataFrame | None,
    ) -> GcmcGraph:
        """This graph with more ratings, users and items.

        Args:
            interactions: More ratings, which take the place of earlier ones of a pair.
            levels: The levels of the ratings.
            user_features: Features of users by id.
            item_features: Features of items by id.
        """
        users, user_places = self.users.extended(interactions.users, user_features, 'user')
        items, item_places = self.items.extended(interactions.items, item_features, 'item')
        silent = np.zeros(len(users), dtype=np.bool_)
        silent[user_places] = self.silent_users
        ratings = np.empty(0) if interactions.ratings is None else interactions.ratings
        graph = sorted_graph(
            np.concatenate([user_places[self.ratings.users], users.ids.positions(interactions.users)]),
            np.concatenate([item_places[self.ratings.items], items.ids.positions(interactions.items)]),
            np.concatenate([self.ratings.levels, levels.positions(ratings)]),
            (len(users), len(items), len(levels)),
        )
        return GcmcGraph(users, items, graph, silent, self.normalization_type)

    def to_parts(self) -> dict[str, Part]:
        """As parts of an archive, without the ids and the pairs, which all recommenders have."""
        return {
            **self.users.to_parts('users'),
            **self.items.to_parts('items'),
            'edge_levels.npy': array_to_bytes(self.ratings.levels.astype(np.int8)),
            'silent_users.npy': array_to_bytes(self.silent_users),
        }

    @classmethod
    def from_parts(
        cls,
        parts: Mapping[str, Part],
        fields: Mapping[str, Any],
        ids: tuple[IdIndex, IdIndex],
        seen: sparse.csr_array,
        shape: tuple[int, str],
    ) -> Self:
        """Of the parts that ``to_parts`` gave.

        Args:
            parts: The parts.
            fields: The fields of the features of users and items, as JSON.
            ids: The ids of the users and of the items.
            seen: Which pairs have ratings.
            shape: How many levels there are, and the normalisation.
        """
        users = np.repeat(np.arange(seen.shape[0]), np.diff(seen.indptr))
        levels = bytes_to_array(parts['edge_levels.npy']).astype(np.int64)
        return cls(
            GcmcNodes.from_parts(parts, fields['users'], ids[0], 'users'),
            GcmcNodes.from_parts(parts, fields['items'], ids[1], 'items'),
            RatingGraph(users, seen.indices.astype(np.int64), levels, len(ids[0]), len(ids[1]), shape[0]),
            bytes_to_array(parts['silent_users.npy']),
            shape[1],
        )


def sorted_graph(
    users: npt.NDArray[np.int64],
    items: npt.NDArray[np.int64],
    levels: npt.NDArray[np.int64],
    shape: tuple[int, int, int],
) -> RatingGraph:
    """Ratings by user and item; of several of a pair the last one.

    Args:
        users: The position of the user of each.
        items: The position of the item of each.
        levels: The position of the level of each.
        shape: The numbers of users, items and levels.
    """
    order = np.lexsort((items, users))  # stable: equal pairs stay in order
    users, items, levels = users[order], items[order], levels[order]
    is_last = np.ones(len(users), dtype=np.bool_)
    is_last[:-1] = (users[1:] != users[:-1]) | (items[1:] != items[:-1])
    return RatingGraph(users[is_last], items[is_last], levels[is_last], *shape)
