"""What recommenders have in common that have learnt a vector of each user and of each item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from redshells.errors import ColumnTypeError, DataError, InfiniteValueError, MissingValueError, ParameterError
from redshells.model.feature_fields import FeatureFields
from redshells.model.frame import read_table
from redshells.model.id_index import IdIndex, Ids, checked_ids
from redshells.model.interactions import Interactions
from redshells.model.matrix_factorization_factors import Factors
from redshells.model.recommender import RecommenderModel


@dataclass(frozen=True)
class FoldedUser:
    """A user who was not in the training, as a vector.

    Args:
        factors: The vector, of shape (size,).
        bias: The bias.
    """

    factors: npt.NDArray[np.float32]
    bias: float


class FactorModel(RecommenderModel):
    """A recommender whose predictions are products of vectors of users and of items.

    Attributes:
        factors_: The vectors and biases, and what is needed to fold in new users.
        service_ids_: The services of the training; None without.
        user_fields_: How features of users are read; None without.
        item_fields_: How features of items are read; None without.
    """

    factors_: Factors
    service_ids_: IdIndex | None
    user_fields_: FeatureFields | None
    item_fields_: FeatureFields | None

    def predict(
        self, user_ids: Ids, item_ids: Ids, service_ids: Ids | None = None, default: float | None = np.nan
    ) -> npt.NDArray[np.float64]:
        """The predicted rating, or score, of each pair.

        Args:
            user_ids: The users.
            item_ids: The items.
            service_ids: The services; one that is not known counts as none.
            default: What is said of pairs whose user or item is not known; None for what is expected of users and
                items of whom nothing is known.

        Raises:
            NotFittedError: It is not fitted.
            DataError: The ids are of another type than in training, or not of one length.
        """
        interactions = Interactions(
            users=checked_ids(user_ids, 'user_ids'),
            items=checked_ids(item_ids, 'item_ids'),
            services=None if service_ids is None else checked_ids(service_ids, 'service_ids'),
        )
        check_lengths(interactions)
        return self.predict_interactions(interactions, default=default)

    def predict_interactions(
        self, interactions: Interactions, *, default: float | None = np.nan
    ) -> npt.NDArray[np.float64]:
        """The predicted rating, or score, of each pair; see ``RecommenderModel``.

        Args:
            interactions: The pairs; their ratings are not looked at.
            default: What is said of pairs whose user or item is not known; None for what is expected of users and
                items of whom nothing is known.
        """
        users, items = self._known_pairs(interactions.users, interactions.items)
        services = self._service_positions(interactions.services)
        if default is None:
            factors = self.factors_.with_unknown()
            return self._in_range(factors.predict(users, items, services))
        known = (users >= 0) & (items >= 0)
        result = np.full(len(users), default, dtype=np.float64)
        found = self.factors_.predict(users[known], items[known], None if services is None else services[known])
        result[known] = self._in_range(found)
        return result

    def score_items(self, users: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The score of each item for users; ratings that may be beyond the range, so that the best are told apart."""
        self.check_fitted()
        return self.factors_.score(self.factors_.users[users], self.factors_.user_biases[users])

    def item_vectors(self) -> npt.NDArray[np.float32]:
        """The vector of each item."""
        self.check_fitted()
        return self.factors_.items

    def get_user_factors(
        self, user_ids: Ids, default: npt.ArrayLike | None = None, normalize: bool = False
    ) -> npt.NDArray[np.float32]:
        """The vectors of users; see ``get_item_factors``."""
        self.check_fitted()
        return _rows(self.factors_.users, self.user_ids_.positions(user_ids, 'user_ids'), default, normalize)

    def get_item_factors(
        self, item_ids: Ids, default: npt.ArrayLike | None = None, normalize: bool = False
    ) -> npt.NDArray[np.float32]:
        """The vectors of items.

        Args:
            item_ids: The items.
            default: The vector of those that are not known; None leaves them out.
            normalize: Whether vectors are scaled to the length 1.

        Shapes:
            * result: (items, size)
        """
        self.check_fitted()
        return _rows(self.factors_.items, self.item_ids_.positions(item_ids, 'item_ids'), default, normalize)

    def get_valid_user_ids(self, ids: Ids) -> list[Any]:
        """Those of the ids that are known, in their order."""
        self.check_fitted()
        values = checked_ids(ids, 'ids')
        return list(values[self.user_ids_.positions(values) >= 0].tolist())

    def get_valid_item_ids(self, ids: Ids) -> list[Any]:
        """Those of the ids that are known, in their order."""
        self.check_fitted()
        values = checked_ids(ids, 'ids')
        return list(values[self.item_ids_.positions(values) >= 0].tolist())

    def fold_in_user(
        self,
        item_ids: Ids,
        ratings: Sequence[float] | npt.NDArray[Any] | pd.Series[Any] | None = None,
        service_ids: Ids | None = None,
        user_features: pd.DataFrame | None = None,
    ) -> FoldedUser:
        """A user who was not in the training, or who has rated more since then; nothing is trained again.

        Args:
            item_ids: The items that the user has rated; those that are not known are left out.
            ratings: The ratings; not needed with the solver ``'implicit'``.
            service_ids: The service of each, if any.
            user_features: The features of the user, in one row, of a model that was trained with some.

        Raises:
            NotFittedError: It is not fitted.
            ParameterError: The ratings lack, or the model knows no features of users.
            DataError: The columns are not of one length, or can't be used.
        """
        self.check_fitted()
        given = Interactions(
            users=np.zeros(len(item_ids), dtype=np.int64),
            items=checked_ids(item_ids, 'item_ids'),
            ratings=None if ratings is None else checked_ratings(ratings),
            services=None if service_ids is None else checked_ids(service_ids, 'service_ids'),
        )
        check_lengths(given)
        if self.predicts_ratings and given.ratings is None:
            raise ParameterError('fold_in_user was given no ratings; one for each item is expected.')
        merged = given.merge_duplicates('last' if self.predicts_ratings else 'sum')
        items = self.item_ids_.positions(merged.items, 'item_ids')
        known = items >= 0
        values = np.ones(len(items)) if merged.ratings is None else merged.ratings
        services = self._service_positions(merged.services)
        features = None if user_features is None else self._encoded(self.user_fields_, user_features, 'user_features')
        if features is not None and features.shape[0] != 1:
            raise DataError(f'user_features has {features.shape[0]} rows; the one of the user is expected.')
        chosen = None if services is None else services[known]
        vector = self.factors_.fold_in(items[known], values[known], chosen, features)
        return FoldedUser(vector[:-1], float(vector[-1]))

    def predict_for_user(
        self, user: FoldedUser, item_ids: Ids | None = None, default: float = np.nan
    ) -> npt.NDArray[np.float64]:
        """The predicted ratings, or scores, of items for a user who was folded in.

        Args:
            user: The user.
            item_ids: The items; None for all, in the order of ``item_ids_``.
            default: What is said of items that are not known.
        """
        self.check_fitted()
        scores = self.factors_.score(user.factors[None], np.array([user.bias], dtype=np.float32))[0]
        scores = self._in_range(scores.astype(np.float64))
        if item_ids is None:
            return scores
        items = self.item_ids_.positions(item_ids, 'item_ids')
        return np.where(items >= 0, scores[items], default)

    def predict_for_ratings(
        self,
        item_ids: Ids,
        ratings: Sequence[float] | npt.NDArray[Any] | pd.Series[Any] | None = None,
        candidates: Ids | None = None,
        default: float = np.nan,
    ) -> npt.NDArray[np.float64]:
        """The predictions of items for a user who has rated others: ``fold_in_user``, then ``predict_for_user``.

        Args:
            item_ids: The items that the user has rated.
            ratings: The ratings; not needed with the solver ``'implicit'``.
            candidates: The items that are predicted; None for all, in the order of ``item_ids_``.
            default: What is said of candidates that are not known.
        """
        return self.predict_for_user(self.fold_in_user(item_ids, ratings), candidates, default)

    def predict_new_users(self, user_features: pd.DataFrame) -> npt.NDArray[np.float64]:
        """The predictions of all items for users of whom only features are known, of shape (rows, items).

        Args:
            user_features: Their features, with the columns of the training.

        Raises:
            ParameterError: The model was trained without features of users.
        """
        self.check_fitted()
        features = self._encoded(self.user_fields_, user_features, 'user_features')
        vectors = self.factors_.vectors_of_users(features)
        return self._in_range(self.factors_.score(vectors[:, :-1], vectors[:, -1]).astype(np.float64))

    def predict_new_items(self, item_features: pd.DataFrame, user_ids: Ids) -> npt.NDArray[np.float64]:
        """The predictions of items of which only features are known, of shape (users, rows).

        Args:
            item_features: Their features, with the columns of the training.
            user_ids: The users; rows of those that are not known are NaN.

        Raises:
            ParameterError: The model was trained without features of items.
        """
        self.check_fitted()
        features = self._encoded(self.item_fields_, item_features, 'item_features')
        vectors = self.factors_.vectors_of_items(features)
        users = self.user_ids_.positions(user_ids, 'user_ids')
        factors = replace(self.factors_, items=vectors[:, :-1], item_biases=vectors[:, -1])
        scores = self._in_range(factors.score(factors.users[users], factors.user_biases[users]).astype(np.float64))
        scores[users < 0] = np.nan
        return scores

    @staticmethod
    def _encoded(fields: FeatureFields | None, frame: pd.DataFrame, name: str) -> sparse.csr_array:
        if fields is None:
            raise ParameterError(f'{name} was given, but the model was trained without it. Train it with {name}.')
        return sparse.csr_array(fields.encode_matrix(read_table(frame)))

    def _service_positions(self, services: npt.NDArray[Any] | None) -> npt.NDArray[np.int64] | None:
        if services is None or self.service_ids_ is None:
            return None
        return self.service_ids_.positions(services, 'the services')

    def _in_range(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        if not self.predicts_ratings or self.rating_range_ is None:
            return values
        return np.clip(values, *self.rating_range_)


def _rows(
    vectors: npt.NDArray[np.float32],
    positions: npt.NDArray[np.int64],
    default: npt.ArrayLike | None,
    normalize: bool,
) -> npt.NDArray[np.float32]:
    known = positions >= 0
    rows = vectors[positions[known]]
    if normalize:
        rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    if default is None:
        return rows
    result = np.empty((len(positions), vectors.shape[1]), dtype=np.float32)
    result[:] = np.asarray(default, dtype=np.float32)
    result[known] = rows
    return result


def checked_ratings(ratings: Any) -> npt.NDArray[np.float64]:
    """Ratings as an array of finite numbers.

    Raises:
        DataError: They are no list of finite numbers.
    """
    try:
        values = np.asarray(ratings, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ColumnTypeError(f'ratings are no numbers: {error}. Convert them.') from error
    if values.ndim != 1:
        raise DataError(f'ratings are of shape {values.shape}; one number for each row is expected.')
    if np.isnan(values).any():
        raise MissingValueError(f'ratings has {int(np.isnan(values).sum())} missing values (NaN). Remove the rows.')
    if np.isinf(values).any():
        raise InfiniteValueError(f'ratings has {int(np.isinf(values).sum())} infinite values. Remove the rows.')
    return values


def check_lengths(interactions: Interactions) -> None:
    """Check that all columns are of one length.

    Raises:
        DataError: They are not.
    """
    lengths = {
        name: len(values)
        for name in ('users', 'items', 'services', 'ratings')
        if (values := getattr(interactions, name)) is not None
    }
    if len(set(lengths.values())) > 1:
        raise DataError(f'the columns have the lengths {lengths}; one length is expected.')
