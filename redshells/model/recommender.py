"""What all models of users and items have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.archive import Part, array_to_bytes, bytes_to_array
from redshells.errors import NotFittedError
from redshells.model.execution import Execution
from redshells.model.id_index import IdIndex, Ids
from redshells.model.interactions import Interactions
from redshells.model.saved_model import SavedModel


class RecommenderModel(SavedModel):
    """A model of users and items, learnt from interactions.

    Attributes:
        user_ids_: The users of the training; the position of an id is its row.
        item_ids_: The items of the training, likewise.
        seen_: The pairs of the training, of shape (users, items): 1 where there was an interaction.
        rating_range_: The least and the largest rating of the training; None where there were no ratings.
    """

    user_ids_: IdIndex
    item_ids_: IdIndex
    seen_: sparse.csr_array
    rating_range_: tuple[float, float] | None

    @property
    def predicts_ratings(self) -> bool:
        """Whether a prediction is a rating; otherwise it is a score that only orders items."""
        return True

    @abstractmethod
    def fit_interactions(
        self,
        interactions: Interactions,
        *,
        user_features: pd.DataFrame | None = None,
        item_features: pd.DataFrame | None = None,
        validation: Interactions | None = None,
        execution: Execution | None = None,
    ) -> Self:
        """Train.

        Args:
            interactions: One row for each pair; several rows of a pair were merged before.
            user_features: Features of users, with their ids as index; users without a row have none.
            item_features: Features of items, likewise.
            validation: Interactions to watch for early stopping, by models that stop early.
            execution: Where and how it runs.

        Returns:
            Itself, fitted.

        Raises:
            RedshellsError: The data or the arguments can't be used; raised before the training.
        """

    @abstractmethod
    def predict_interactions(self, interactions: Interactions, *, default: float = np.nan) -> npt.NDArray[np.float64]:
        """The predicted rating, or the score, of each pair; ``default`` where the user or the item is not known.

        Args:
            interactions: The pairs; their ratings are not looked at.
            default: The prediction for pairs that the model can't judge.

        Raises:
            NotFittedError: It is not fitted.
            DataError: The ids are of another type than in training.
        """

    @abstractmethod
    def score_items(self, users: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The score of each item for users, larger for better ones; ratings where it predicts ratings.

        Args:
            users: Positions of users.

        Returns:
            Of shape (users, items).
        """

    @abstractmethod
    def item_vectors(self) -> npt.NDArray[np.float32]:
        """The vector of each item, of shape (items, size): near ones are of similar items."""

    def check_fitted(self) -> None:
        """Raise unless it is fitted.

        Raises:
            NotFittedError: It is not.
        """
        if not hasattr(self, 'seen_'):
            raise NotFittedError(f'{type(self).__name__} is not fitted. Call fit, or load a saved model.')

    def _start_fit(self, interactions: Interactions) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Learn the ids and the pairs.

        Returns:
            The position of the user and of the item of each row.
        """
        self.user_ids_ = IdIndex.of(interactions.users, 'the users')
        self.item_ids_ = IdIndex.of(interactions.items, 'the items')
        users = self.user_ids_.positions(interactions.users)
        items = self.item_ids_.positions(interactions.items)
        shape = (len(self.user_ids_), len(self.item_ids_))
        seen = sparse.csr_array((np.ones(len(users), dtype=np.int8), (users, items)), shape=shape)
        seen.sum_duplicates()
        seen.data[:] = 1
        ratings = interactions.ratings
        self.rating_range_ = None if ratings is None else (float(ratings.min()), float(ratings.max()))
        self.seen_ = seen
        return users, items

    def _known_pairs(self, users: Ids, items: Ids) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The position of the user and of the item of each pair; -1 for those that are not known."""
        self.check_fitted()
        return self.user_ids_.positions(users, 'the users'), self.item_ids_.positions(items, 'the items')

    def _shared_parts(self) -> dict[str, Part]:
        """Ids and pairs, as parts of an archive."""
        self.check_fitted()
        return {
            **self.user_ids_.to_parts('user_ids'),
            **self.item_ids_.to_parts('item_ids'),
            'seen_indptr.npy': array_to_bytes(self.seen_.indptr.astype(np.int64)),
            'seen_indices.npy': array_to_bytes(self.seen_.indices.astype(np.int32)),
        }

    def _restore_shared(self, parts: Mapping[str, Part], rating_range: Any) -> None:
        """Take what `_shared_parts` gave, and the range of the ratings."""
        self.user_ids_ = IdIndex.from_parts(parts, 'user_ids')
        self.item_ids_ = IdIndex.from_parts(parts, 'item_ids')
        indptr, indices = bytes_to_array(parts['seen_indptr.npy']), bytes_to_array(parts['seen_indices.npy'])
        shape = (len(self.user_ids_), len(self.item_ids_))
        self.seen_ = sparse.csr_array((np.ones(len(indices), dtype=np.int8), indices, indptr), shape=shape)
        self.rating_range_ = None if rating_range is None else (float(rating_range[0]), float(rating_range[1]))
