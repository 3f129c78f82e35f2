"""Clicks of users on items, filtered by the singular vectors of their matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import svds

from redshells.archive import Part, array_to_bytes, bytes_to_array

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]

_CELLS = 1 << 23  # of the dense matrices of a batch: 32 MB
_NOTHING = 1e-6  # smaller singular values, as a share of the largest, are rounding errors


@dataclass(frozen=True, kw_only=True)
class SpectralSettings:
    """How clicks are filtered.

    Args:
        number_of_components: Singular vectors at most.
        low_pass_weight: The share of the low-pass filter in a score, from 0 to 1; the rest is of the linear one.
        low_pass_softness: How slowly the low-pass filter fades; 0 for one that keeps all components as they are.
        user_normalisation: The power of the clicks of a user that each of them is divided by.
        item_normalisation: The power of the clicks on an item that each of them is divided by.
        random_seed: Seed of the vector that the search for components begins with.
    """

    number_of_components: int
    low_pass_weight: float
    low_pass_softness: float
    user_normalisation: float
    item_normalisation: float
    random_seed: int


class ClickSpectrum:
    """Clicks, and what the largest singular vectors of their normalised matrix make of them.

    Args:
        clicks: How much each counts, of shape (users, items).
        settings: How they are filtered.
        components: The singular vectors, of shape (items, components).
        singular_values: Of shape (components,), in falling order.
    """

    def __init__(
        self,
        clicks: sparse.csr_array,
        settings: SpectralSettings,
        components: Floats,
        singular_values: npt.NDArray[np.float64],
    ) -> None:
        self.clicks, self.settings = clicks, settings
        self.components, self.singular_values = components, singular_values
        self._user_scales, self._item_scales = _scales(clicks, settings)
        squares = singular_values**2
        gains = squares / (squares + settings.low_pass_softness * squares[0])
        scales = self._item_scales[:, None]
        self._inputs = (components * (gains * scales)).astype(np.float32)
        self.item_factors: Floats = (components / scales).astype(np.float32)

    @classmethod
    def of(cls, clicks: sparse.csr_array, settings: SpectralSettings) -> Self:
        """Find the singular vectors of clicks."""
        user_scales, item_scales = _scales(clicks, settings)
        normalised = sparse.csr_array(clicks.astype(np.float64))
        normalised.data *= np.repeat(user_scales, np.diff(normalised.indptr)) * item_scales[normalised.indices]
        values, vectors = _largest_singular(normalised, settings.number_of_components, settings.random_seed)
        return cls(clicks, settings, vectors.astype(np.float32), values)

    @property
    def item_vectors(self) -> Floats:
        """The vector of each item, of shape (items, components)."""
        return (self.components * self.singular_values).astype(np.float32)

    @property
    def user_factors(self) -> Floats:
        """The vector of each user, whose products with those of the items are the low-pass scores."""
        return np.asarray(self.clicks @ self._inputs, dtype=np.float32)

    def score_users(self, users: Positions) -> Floats:
        """The score of each item for users of the training, of shape (users, items)."""
        return self.score_rows(self.clicks[users])

    def score_rows(self, rows: sparse.csr_array) -> Floats:
        """The score of each item for users with these clicks, of shape (users, items)."""
        weight = np.float32(self.settings.low_pass_weight)
        scores = (rows @ self._inputs * weight) @ self.item_factors.T
        if weight < 1:
            size = max(1, _CELLS // max(self.clicks.shape))
            for start in range(0, rows.shape[0], size):
                scores[start : start + size] += (1 - weight) * self._linear(rows[start : start + size])
        return np.asarray(scores, dtype=np.float32)

    def score_pairs(self, users: Positions, items: Positions) -> Floats:
        """The score of each pair of a user and an item of the training."""
        distinct, places = np.unique(users, return_inverse=True)
        scores = np.empty(len(users), dtype=np.float32)
        order = np.argsort(places, kind='stable')
        size = max(1, _CELLS // max(self.clicks.shape))
        for start in range(0, len(distinct), size):
            low, high = np.searchsorted(places[order], [start, start + size])
            rows = order[low:high]
            scores[rows] = self.score_users(distinct[start : start + size])[places[rows] - start, items[rows]]
        return scores

    def _linear(self, rows: sparse.csr_array) -> Floats:
        """What users with clicks on the same items have clicked on, by two products with the clicks."""
        scales = self._item_scales.astype(np.float32)[:, None]
        others = self.clicks @ (rows.T.toarray() * scales)
        others *= (self._user_scales**2 / self.singular_values[0] ** 2).astype(np.float32)[:, None]
        return np.asarray((self.clicks.T @ others * scales).T, dtype=np.float32)

    def to_parts(self) -> dict[str, Part]:
        """As parts of an archive, without the clicks."""
        return {
            'components.npy': array_to_bytes(self.components),
            'singular_values.npy': array_to_bytes(self.singular_values),
        }

    @classmethod
    def from_parts(cls, parts: Mapping[str, Part], clicks: sparse.csr_array, settings: SpectralSettings) -> Self:
        """Of the parts that ``to_parts`` gave, and the clicks."""
        arrays = (bytes_to_array(parts[f'{name}.npy']) for name in ('components', 'singular_values'))
        return cls(clicks, settings, *arrays)


def _scales(
    clicks: sparse.csr_array, settings: SpectralSettings
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """What each click of a user, and each on an item, is multiplied by."""
    of_users, of_items = (np.asarray(clicks.sum(axis=axis, dtype=np.float64)).ravel() for axis in (1, 0))
    return of_users**-settings.user_normalisation, of_items**-settings.item_normalisation


def _largest_singular(
    matrix: sparse.csr_array, count: int, random_seed: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The largest singular values in falling order, and their vectors of the columns, of shape (columns, count).

    The largest number of each vector is positive, so that equal matrices have equal ones.
    """
    smaller = min(matrix.shape)
    if smaller <= 3 * count:  # all of them cost less than a search
        values, vectors = _all_singular(matrix)
    else:
        start = np.random.default_rng(random_seed).standard_normal(smaller)
        _, values, rows = svds(matrix, k=count, v0=start, return_singular_vectors='vh')
        vectors = rows.T
    order = np.argsort(-values, kind='stable')[:count]
    order = order[values[order] > _NOTHING * values.max()]
    vectors = vectors[:, order]
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.sign(vectors[largest, np.arange(vectors.shape[1])])
    return values[order], vectors * signs


def _all_singular(matrix: sparse.csr_array) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    is_wide = matrix.shape[0] < matrix.shape[1]
    squares, vectors = np.linalg.eigh((matrix @ matrix.T if is_wide else matrix.T @ matrix).toarray())
    values = np.sqrt(np.maximum(squares, 0))
    if is_wide:
        vectors = (matrix.T @ vectors) / np.maximum(values, _NOTHING * values.max())
    return values, vectors
