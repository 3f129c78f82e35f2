"""Bags of features, and the similarity of items that is computed from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import expit

from redshells.archive import Part, array_to_bytes, bytes_to_array
from redshells.model.feature_aggregation_similarity_dataset import Features, Integers

Floats = npt.NDArray[np.float32]

LOSSES = ('squared', 'logistic')
_FIRST_LENGTH = 0.2  # of the vector of a feature: short ones end nearer to what foretells new items


@dataclass(frozen=True, kw_only=True)
class FeatureAggregation:
    """The weights of a similarity of bags of features.

    Attributes:
        feature_embeddings: A vector for each feature, of shape (features, embedding_size); row 0 is zeros.
        known_features: Whether each feature was seen in training; 0 was not.
        item_biases: Of shape (items,).
        bias: What all pairs have.
    """

    feature_embeddings: Floats
    known_features: npt.NDArray[np.bool_]
    item_biases: Floats
    bias: float

    @classmethod
    def at_start(
        cls, known_features: npt.NDArray[np.bool_], item_size: int, embedding_size: int, bias: float, random_seed: int
    ) -> Self:
        """Weights to begin with: small vectors, drawn by the seed, and no biases of items."""
        generator = np.random.default_rng(random_seed)
        shape = (len(known_features), embedding_size)
        vectors = generator.standard_normal(shape, dtype=np.float32) * np.float32(_FIRST_LENGTH * embedding_size**-0.5)
        vectors[~known_features] = 0
        return cls(
            feature_embeddings=vectors,
            known_features=known_features,
            item_biases=np.zeros(item_size, dtype=np.float32),
            bias=bias,
        )

    def keep_known(self, features: Features) -> Features:
        """The features, with 0 in place of those that were not seen in training."""
        inside = np.where(features < len(self.known_features), features, 0)
        return np.where(self.known_features[inside], inside, 0).astype(np.int32)

    def item_embeddings(self, features: Features) -> Floats:
        """The mean of the vectors of the features of each item; zeros where there are none.

        Args:
            features: Of shape (items, feature_size).

        Returns:
            Of shape (items, embedding_size).
        """
        kept = self.keep_known(features)
        rows, columns = np.nonzero(kept)
        counts = np.bincount(rows, minlength=len(kept))
        shares = (1 / np.maximum(counts, 1)).astype(np.float32)
        shape = (len(kept), len(self.feature_embeddings))
        bags = sparse.csr_array((shares[rows], kept[rows, columns], np.append(0, np.cumsum(counts))), shape=shape)
        return np.asarray(bags @ self.feature_embeddings, dtype=np.float32)

    def similarity(
        self, x_items: Integers, y_items: Integers, x_features: Features, y_features: Features, loss: str
    ) -> npt.NDArray[np.float64]:
        """The similarity of each pair; it is the same, to the last bit, when both items are swapped."""
        products = np.einsum('ij,ij->i', self.item_embeddings(x_features), self.item_embeddings(y_features))
        biases = self._biases(x_items) + self._biases(y_items)
        values = (self.bias + biases + products).astype(np.float64)
        return np.asarray(expit(values) if loss == 'logistic' else values, dtype=np.float64)

    def to_parts(self) -> dict[str, Part]:
        """As parts of an archive."""
        return {
            'feature_embeddings.npy': array_to_bytes(self.feature_embeddings),
            'known_features.npy': array_to_bytes(self.known_features),
            'item_biases.npy': array_to_bytes(self.item_biases),
        }

    @classmethod
    def from_parts(cls, parts: Mapping[str, Part], bias: float) -> Self:
        """Of the parts that ``to_parts`` gave."""
        names = ('feature_embeddings', 'known_features', 'item_biases')
        return cls(**{name: bytes_to_array(parts[f'{name}.npy']) for name in names}, bias=bias)

    def _biases(self, items: Integers) -> Floats:
        known = (items >= 0) & (items < len(self.item_biases))
        biases = np.append(self.item_biases, np.float32(0))
        return biases[np.where(known, items, -1)]
