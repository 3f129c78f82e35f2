"""What matrix factorization has learnt, as arrays: prediction and fold-in, by numpy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.archive import Part, array_to_bytes, bytes_to_array

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]

_EMPTY = np.zeros((0, 0), dtype=np.float32)
_PAIRS = 2**18  # that are predicted at once


@dataclass(frozen=True, kw_only=True)
class Factors:
    """Users and items whose products, shifted and scaled, are ratings or scores.

    A prediction is mean + scale · (user bias + item bias + service bias + user · item).

    Args:
        mean: See above.
        scale: See above.
        users: The vector of each user, of shape (users, size).
        items: The vector of each item, of shape (items, size).
        user_biases: The bias of each user.
        item_biases: The bias of each item.
        service_biases: The bias of each service.
        noise_precision: One over the variance of a rating around its prediction, before it is scaled.
        prior_mean: Of the vector of a user, with its bias last, of shape (size + 1,).
        prior_precision: The inverse of its covariance.
        item_prior_mean: Of the vector of an item, with its bias last.
        item_variances: How unsure the vectors of the items are, of shape (items, size); empty where they count as sure.
        graph_weights: What each item that a user has rated adds to the prior mean of the user, before it is divided by
            the root of their number; of shape (items, size + 1), or empty.
        user_weights: What each feature of a user adds to it, of shape (features, size + 1), or empty.
        item_weights: What each feature of an item adds to its prior mean, likewise.
        click_weight: The weight of a click beside that of no click, where the model is one of clicks; 0 for ratings.
        regularization: The share of the sum of the weights of a user that is added to the diagonal, for clicks.
    """

    mean: float
    scale: float
    users: Floats
    items: Floats
    user_biases: Floats
    item_biases: Floats
    service_biases: Floats
    noise_precision: float
    prior_mean: Floats
    prior_precision: npt.NDArray[np.float64]
    item_prior_mean: Floats
    item_variances: Floats = field(default_factory=lambda: _EMPTY)
    graph_weights: Floats = field(default_factory=lambda: _EMPTY)
    user_weights: Floats = field(default_factory=lambda: _EMPTY)
    item_weights: Floats = field(default_factory=lambda: _EMPTY)
    click_weight: float = 0.0
    regularization: float = 0.0

    def predict(
        self,
        users: npt.NDArray[np.int64],
        items: npt.NDArray[np.int64],
        services: npt.NDArray[np.int64] | None = None,
    ) -> npt.NDArray[np.float64]:
        """The prediction of each pair of positions.

        Args:
            users: Positions of users.
            items: Positions of items.
            services: Positions of services; -1 for none.
        """
        result = np.empty(len(users))
        for start in range(0, len(users), _PAIRS):
            part = slice(start, start + _PAIRS)
            one, other = users[part], items[part]
            products = np.einsum('nk,nk->n', self.users[one], self.items[other], dtype=np.float64)
            result[part] = products + self.user_biases[one] + self.item_biases[other]
        return self.mean + self.scale * (result + self.biases_of_services(services, len(users)))

    def score(self, users: Floats, biases: Floats) -> Floats:
        """The prediction of each item for users, of shape (users, items).

        Args:
            users: Vectors of users, of shape (users, size).
            biases: Their biases.
        """
        scores: Floats = users @ self.items.T
        scores += self.item_biases
        scores += biases[:, None]
        scores *= np.float32(self.scale)
        scores += np.float32(self.mean)
        return scores

    def biases_of_services(self, services: npt.NDArray[np.int64] | None, count: int) -> npt.NDArray[np.float64]:
        """The bias of each service; 0 for those that are not known."""
        if services is None or not len(self.service_biases):
            return np.zeros(count)
        return np.where(services < 0, 0.0, self.service_biases[services]).astype(np.float64)

    def prior_of_user(
        self, items: npt.NDArray[np.int64], features: sparse.csr_array | None = None
    ) -> npt.NDArray[np.float64]:
        """What is expected of a user before the ratings are looked at, with the bias last.

        Args:
            items: Which items the user has rated.
            features: The features of the user, of shape (1, features); None for none.
        """
        mean = self.prior_mean.astype(np.float64)
        if len(self.graph_weights) and len(items):
            rated = np.unique(items)
            mean = mean + self.graph_weights[rated].sum(axis=0, dtype=np.float64) / np.sqrt(len(rated))
        if len(self.user_weights) and features is not None:
            mean = mean + (features @ self.user_weights)[0]
        return mean

    def vectors_of_users(self, features: sparse.csr_array) -> Floats:
        """What is expected of users of whom only features are known, with the bias last, of shape (rows, size + 1)."""
        return np.asarray(self.prior_mean + features @ self.user_weights, dtype=np.float32)

    def vectors_of_items(self, features: sparse.csr_array) -> Floats:
        """What is expected of items of which only features are known, likewise."""
        return np.asarray(self.item_prior_mean + features @ self.item_weights, dtype=np.float32)

    def with_unknown(self) -> Factors:
        """With one user and one item more, in the last rows, of whom nothing is known."""
        return replace(
            self,
            users=np.vstack([self.users, self.prior_mean[None, :-1]]),
            items=np.vstack([self.items, self.item_prior_mean[None, :-1]]),
            user_biases=np.append(self.user_biases, self.prior_mean[-1]),
            item_biases=np.append(self.item_biases, self.item_prior_mean[-1]),
        )

    def with_more_users(self, known: Positions, others: Positions, vectors: Floats) -> Factors:
        """With users who were not in the training.

        Args:
            known: The rows that the users of the training get.
            others: The rows of the others.
            vectors: The vectors of the others, with the bias last.
        """
        both = _spread_rows(np.column_stack([self.users, self.user_biases]), known, others, vectors)
        return replace(self, users=both[:, :-1].copy(), user_biases=both[:, -1].copy())

    def with_more_items(self, known: Positions, others: Positions, vectors: Floats) -> Factors:
        """With items that were not in the training, likewise."""
        both = _spread_rows(np.column_stack([self.items, self.item_biases]), known, others, vectors)
        variances, weights = self.item_variances, self.graph_weights
        if len(variances):
            variances = _spread_rows(variances, known, others, np.zeros((len(others), variances.shape[1])))
        if len(weights):
            weights = _spread_rows(weights, known, others, np.zeros((len(others), weights.shape[1])))
        return replace(
            self,
            items=both[:, :-1].copy(),
            item_biases=both[:, -1].copy(),
            item_variances=variances,
            graph_weights=weights,
        )

    def fold_in(
        self,
        items: npt.NDArray[np.int64],
        ratings: npt.NDArray[np.float64],
        services: npt.NDArray[np.int64] | None = None,
        features: sparse.csr_array | None = None,
    ) -> Floats:
        """The vector of a user, with the bias last, given the items.

        Args:
            items: Positions of the items that the user has rated or clicked.
            ratings: The ratings, or how often each was clicked.
            services: Positions of services; -1 for none.
            features: The features of the user, of shape (1, features); None for none.
        """
        if self.click_weight:
            return self._fold_in_clicks(items, ratings)
        vectors = self.items[items].astype(np.float64)
        x = np.column_stack([vectors, np.ones(len(items))])
        targets = (ratings - self.mean) / self.scale - self.item_biases[items]
        targets = targets - self.biases_of_services(services, len(items))
        gram = x.T @ x
        if len(self.item_variances):
            gram[np.diag_indices(len(gram) - 1)] += self.item_variances[items].sum(axis=0)
        mean = self.prior_of_user(items, features)
        matrix = self.noise_precision * gram + self.prior_precision
        right = self.noise_precision * (x.T @ targets) + self.prior_precision @ mean
        return np.linalg.solve(matrix, right).astype(np.float32)

    def _fold_in_clicks(self, items: npt.NDArray[np.int64], clicks: npt.NDArray[np.float64]) -> Floats:
        vectors, weights = self.items[items].astype(np.float64), self.click_weight * clicks
        matrix = self.prior_precision + (vectors * weights[:, None]).T @ vectors
        matrix[np.diag_indices(len(matrix))] += self.regularization * (len(self.items) + weights.sum())
        vector = np.linalg.solve(matrix, vectors.T @ (1 + weights))
        return np.append(vector, 0).astype(np.float32)

    def to_parts(self) -> dict[str, Part]:
        """The arrays, as parts of an archive."""
        return {
            f'{one.name}.npy': array_to_bytes(getattr(self, one.name))
            for one in fields(self)
            if isinstance(getattr(self, one.name), np.ndarray)
        }

    def to_state(self) -> dict[str, float]:
        """The numbers, as JSON values."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: float(value) for name, value in values.items() if not isinstance(value, np.ndarray)}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Part], state: Mapping[str, Any]) -> Factors:
        """Of what ``to_parts`` and ``to_state`` gave."""
        names = [one.name for one in fields(cls)]
        values: dict[str, Any] = {
            name: bytes_to_array(parts[f'{name}.npy']) for name in names if f'{name}.npy' in parts
        }
        values |= {name: float(state[name]) for name in names if name not in values}
        return cls(**values)


def _spread_rows(rows: Floats, known: Positions, others: Positions, vectors: npt.NDArray[Any]) -> Floats:
    result = np.empty((len(known) + len(others), rows.shape[1]), dtype=np.float32)
    result[known], result[others] = rows, vectors
    return result
