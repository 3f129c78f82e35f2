"""What a factorization machine has learnt, and what it makes of features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

_CELLS = 2**21  # of the largest array of a prediction

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FactorizationWeights:
    """One or several sets of weights, whose predictions are averaged.

    Attributes:
        bias: The constant of each set, of shape (sets,).
        features: Of each feature, for each set, its linear weight and its vector: (features, sets, 1 + embedding_size).
    """

    bias: Floats
    features: npt.NDArray[np.float32]

    def predict(self, matrix: sparse.csr_array, link: Callable[[Floats], Floats] | None = None) -> Floats:
        """The mean prediction of the sets for each row, of shape (rows,).

        Args:
            matrix: Features, of shape (rows, features).
            link: What is made of the prediction of each set before the mean is taken.
        """
        used, columns = np.unique(matrix.indices, return_inverse=True)
        features = self.features[used]
        sets, width = features.shape[1:]
        squares = np.einsum('psk,psk->ps', features[:, :, 1:], features[:, :, 1:])
        flat = np.ascontiguousarray(features.reshape(len(used), sets * width))
        values = matrix.data.astype(np.float32, copy=False)
        rows = sparse.csr_array((values, columns, matrix.indptr), shape=(matrix.shape[0], len(used)))
        result = np.empty(matrix.shape[0])
        step = max(1, _CELLS // (sets * width))
        for start in range(0, len(result), step):
            part = rows[start : start + step]
            sums = (part @ flat).reshape(part.shape[0], sets, width)
            own = part.power(2) @ squares
            pairs = np.einsum('nsk,nsk->ns', sums[:, :, 1:], sums[:, :, 1:]) - own
            scores = self.bias + sums[:, :, 0] + 0.5 * pairs.astype(np.float64)
            result[start : start + step] = (scores if link is None else link(scores)).mean(axis=1)
        return result
