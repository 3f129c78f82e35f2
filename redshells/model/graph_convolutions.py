"""The layers of a graph convolutional network, with numpy and scipy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.archive import Part, array_to_bytes, bytes_to_array

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class GraphConvolutions:
    """Layers, each of which mixes what the neighbours of a node have.

    Args:
        weights: Of each layer, of shape (inputs, outputs).
        biases: Of each layer, of shape (outputs,).
    """

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]

    @classmethod
    def at_start(cls, sizes: Sequence[int], random_seed: int) -> GraphConvolutions:
        """The first weights, uniform with the variance of Glorot and Bengio (2010); the biases are 0.

        Args:
            sizes: Numbers of features, of each hidden layer, and of classes.
            random_seed: Seed of what is drawn.
        """
        generator = np.random.default_rng(random_seed)
        weights = []
        for inputs, outputs in pairwise(sizes):
            limit = np.sqrt(6 / (inputs + outputs))
            weights.append(generator.uniform(-limit, limit, (inputs, outputs)).astype(np.float32))
        return cls(tuple(weights), tuple(np.zeros(size, np.float32) for size in sizes[1:]))

    def hidden(self, adjacency: sparse.csr_array, features: sparse.csr_array) -> Floats:
        """What comes out of the last hidden layer, of shape (nodes, hidden size).

        Args:
            adjacency: The normalised one, of shape (nodes, nodes).
            features: Of shape (nodes, inputs).
        """
        values: Floats | sparse.csr_array = features
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            values = np.maximum(adjacency @ (values @ weight) + bias, np.float32(0))
        return np.asarray(values, dtype=np.float32)

    def probabilities(self, adjacency: sparse.csr_array, features: sparse.csr_array) -> npt.NDArray[np.float64]:
        """The probability of each class, of shape (nodes, classes).

        Args:
            adjacency: The normalised one, of shape (nodes, nodes).
            features: Of shape (nodes, inputs).
        """
        scores = (adjacency @ (self.hidden(adjacency, features) @ self.weights[-1]) + self.biases[-1]).astype(float)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float64)

    def to_parts(self) -> dict[str, Part]:
        """As parts of an archive."""
        named = {'weight': self.weights, 'bias': self.biases}
        return {f'{name}_{n}.npy': array_to_bytes(one) for name, all_ in named.items() for n, one in enumerate(all_)}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Part]) -> GraphConvolutions:
        """Of the parts that ``to_parts`` gave."""
        numbers = range(sum(name.startswith('weight_') for name in parts))
        weights, biases = (
            tuple(bytes_to_array(parts[f'{name}_{number}.npy']) for number in numbers) for name in ('weight', 'bias')
        )
        return cls(weights, biases)
