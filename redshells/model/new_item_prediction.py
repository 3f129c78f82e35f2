"""Predictions for pairs and for all users, with new items and users too, as the first version of redshells had them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.model.gcmc_dataset import GcmcDataset
from redshells.model.gcmc_id_map import feature_frame
from redshells.model.id_index import IdIndex, Ids
from redshells.model.interactions import Interactions
from redshells.model.rating_graph import Floats
from redshells.model.recommender import RecommenderModel


class NewItemPrediction(RecommenderModel):
    """A recommender that knows new items and users by their ratings and features, without another training."""

    @abstractmethod
    def predict(
        self, user_ids: Ids, item_ids: Ids, with_user_embedding: bool = True, *, default: float = np.nan
    ) -> npt.NDArray[np.float64]:
        """The expected rating of each pair."""

    @abstractmethod
    def extended(
        self,
        interactions: Interactions | None = None,
        *,
        user_features: pd.DataFrame | None = None,
        item_features: pd.DataFrame | None = None,
    ) -> Self:
        """A model that knows more ratings, users and items."""

    @abstractmethod
    def _user_vectors(self, with_user_embedding: bool) -> Floats:
        """The vector of each user, with their ratings or by their features alone."""

    def predict_with_new_items(
        self, user_ids: Ids, item_ids: Ids, additional_dataset: GcmcDataset, with_user_embedding: bool = True
    ) -> npt.NDArray[np.float64]:
        """The expected rating of each pair, by a model that knows more ratings, items and users, see ``extended``.

        Args:
            user_ids: The user of each pair.
            item_ids: The item of each.
            additional_dataset: More ratings and features, of new items and users too.
            with_user_embedding: Whether the ratings of the user count, see ``predict``.

        Returns:
            Of shape (pairs,); NaN for what is not known at all.
        """
        return self._with(additional_dataset).predict(user_ids, item_ids, with_user_embedding)

    def get_user_feature(
        self,
        user_ids: Ids,
        item_ids: Ids | None = None,
        additional_dataset: GcmcDataset | None = None,
        with_user_embedding: bool = True,
    ) -> Floats:
        """The vectors of users, of shape (users, encoder_size); NaN for those that are not known.

        Args:
            user_ids: The users.
            item_ids: Not used.
            additional_dataset: More ratings and features.
            with_user_embedding: Whether the ratings of the users count; otherwise those that are not known have the
                vector of a user of whom nothing is known.
        """
        model = self._with(additional_dataset)
        vectors = model._user_vectors(with_user_embedding)
        return _rows(vectors, model.user_ids_.positions(user_ids, 'the users'))

    def get_item_feature(
        self,
        user_ids: Ids | None,
        item_ids: Ids,
        additional_dataset: GcmcDataset | None = None,
        with_user_embedding: bool = True,
    ) -> Floats:
        """The vectors of items, of shape (items, encoder_size); NaN for those that are not known.

        Args:
            user_ids: Not used.
            item_ids: The items.
            additional_dataset: More ratings and features.
            with_user_embedding: Not used.
        """
        model = self._with(additional_dataset)
        return _rows(model.item_vectors(), model.item_ids_.positions(item_ids, 'the items'))

    def predict_item_scores(self, item_ids: Ids, with_user_embedding: bool = True) -> pd.DataFrame:
        """The expected rating of items by all users, the highest first.

        Args:
            item_ids: The items.
            with_user_embedding: Whether the ratings of the users count, see ``predict``.

        Returns:
            The columns ``user``, ``item`` and ``score``.
        """
        self.check_fitted()
        return self._scores(self.user_ids_, item_ids, with_user_embedding)

    def predict_item_scores_with_new_items(
        self, item_ids: Ids, additional_dataset: GcmcDataset, with_user_embedding: bool = True
    ) -> pd.DataFrame:
        """The same, by a model that knows more ratings and items; of the users of the training.

        Args:
            item_ids: The items.
            additional_dataset: More ratings and features.
            with_user_embedding: Whether the ratings of the users count, see ``predict``.
        """
        self.check_fitted()
        return self._with(additional_dataset)._scores(self.user_ids_, item_ids, with_user_embedding)

    def get_user_feature_with_new_items(
        self, item_ids: Ids, additional_dataset: GcmcDataset, with_user_embedding: bool = True
    ) -> tuple[list[Any], Floats]:
        """The users of the training, and their vectors by a model that knows more ratings.

        Args:
            item_ids: Not used.
            additional_dataset: More ratings and features.
            with_user_embedding: Whether the ratings of the users count.
        """
        self.check_fitted()
        ids = self.user_ids_.ids
        return ids.tolist(), self.get_user_feature(ids, item_ids, additional_dataset, with_user_embedding)

    def get_item_feature_with_new_items(
        self, item_ids: Ids, additional_dataset: GcmcDataset, with_user_embedding: bool = True
    ) -> tuple[list[Any], Floats]:
        """Items, and their vectors by a model that knows more ratings and items.

        Args:
            item_ids: The items.
            additional_dataset: More ratings and features.
            with_user_embedding: Not used.
        """
        return list(item_ids), self.get_item_feature(None, item_ids, additional_dataset, with_user_embedding)

    def _with(self, dataset: GcmcDataset | None) -> Self:
        self.check_fitted()
        if dataset is None:
            return self
        return self.extended(
            dataset.interactions(),
            user_features=feature_frame(dataset.user_features),
            item_features=feature_frame(dataset.item_features),
        )

    def _scores(self, users: IdIndex, item_ids: Ids, with_user_embedding: bool) -> pd.DataFrame:
        items = np.asarray(pd.Series(item_ids))
        pairs = np.repeat(users.ids, len(items)), np.tile(items, len(users))
        scores = self.predict(*pairs, with_user_embedding)
        frame = pd.DataFrame({'user': pairs[0], 'item': pairs[1], 'score': scores})
        return frame.sort_values('score', ascending=False, kind='stable', ignore_index=True)


def _rows(vectors: Floats, positions: npt.NDArray[np.int64]) -> Floats:
    result = np.full((len(positions), vectors.shape[1]), np.nan, dtype=np.float32)
    result[positions >= 0] = vectors[positions[positions >= 0]]
    return result
