"""Draws of the weights of one field, given all others: what is looked at is entities, not rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]


@dataclass
class Prior:
    """The normal distribution of the weights of a field, of which mean and precision are drawn, too.

    Attributes:
        mean: Its mean.
        precision: One over its variance.
    """

    mean: float = 0.0
    precision: float = 1.0

    def draw(self, weights: Floats, generator: np.random.Generator) -> None:
        """Draw mean and precision, given weights."""
        deviations = weights - self.mean
        rate = 1.0 + float(deviations @ deviations) + self.mean**2
        self.precision = 2.0 * generator.standard_gamma((len(weights) + 2) / 2) / rate
        spread = np.sqrt((len(weights) + 1) * self.precision)
        self.mean = float(weights.sum()) / (len(weights) + 1) + generator.standard_normal() / spread


@dataclass
class EntityState:
    """Sums over the rows of each entity, of shape (entities,), for one factor or for the linear weights.

    A row's prediction changes with the weight of feature j by x[j] (p + s), where p is what the entity's other features
    make of it and s what all other entities do. Of the linear weights p is 1 and s is 0.

    Attributes:
        counts: The number of rows, or their weight.
        outer: The sum of s; None where p is always 0, so that it does not matter.
        squares: The sum of the squares of s.
        errors: The sum of the errors; None where p is always 0.
        products: The sum of the errors times s.
        total: What all features of the entity make; None for the linear weights.
        slope: By how much the total has changed since the sums were taken.
        offset: By how much the prediction has changed besides the slope times s.
        noise: The precision of the errors.
    """

    counts: Floats
    outer: Floats | None
    squares: Floats
    errors: Floats | None
    products: Floats
    total: Floats | None
    slope: Floats
    offset: Floats
    noise: float


class EntityField(Protocol):
    """The features of a field of entities."""

    size: int

    def totals(self, weights: Floats) -> Floats:
        """The sum of the weights times the features, for each entity."""

    def square_totals(self, squares: Floats) -> Floats:
        """The sum of these numbers times the squares of the features, for each entity."""

    def update(self, weights: Floats, prior: Prior, state: EntityState, generator: np.random.Generator) -> None:
        """Draw the weights, in place, and bring the state up to date."""


class CategoryOfEntities:
    """One feature of each entity; the weights of all features are drawn at once, for none looks at another.

    Args:
        positions: The feature of each entity, of shape (entities,).
        size: The number of features.
    """

    def __init__(self, positions: npt.NDArray[np.int64], size: int) -> None:
        self.size = size
        self._positions = positions

    def totals(self, weights: Floats) -> Floats:
        """The weight of the feature of each entity."""
        return weights[self._positions]

    def square_totals(self, squares: Floats) -> Floats:
        """The number of the feature of each entity."""
        return squares[self._positions]

    def update(self, weights: Floats, prior: Prior, state: EntityState, generator: np.random.Generator) -> None:
        """Draw the weights, in place, and bring the state up to date."""
        others = None if state.total is None else state.total - weights[self._positions]
        precision, product = _evidence(state, others)
        sums: Floats = np.bincount(self._positions, precision, self.size).astype(np.float64)
        target: Floats = np.bincount(self._positions, product, self.size) + sums * weights
        drawn = _draw(state.noise * sums, state.noise * target, prior, generator)
        change = (drawn - weights)[self._positions]
        weights[:] = drawn
        _apply(state, change, others)


class MatrixOfEntities:
    """Any features of entities; weights are drawn one after the other.

    Args:
        matrix: The features, of shape (entities, size).
    """

    def __init__(self, matrix: sparse.csr_array) -> None:
        self.size = int(matrix.shape[1])
        self._matrix = matrix.astype(np.float64)
        self._squares = self._matrix.power(2)
        columns: Any = self._matrix.tocsc()
        parts = zip(columns.indptr[:-1], columns.indptr[1:], strict=True)
        self._columns = [(columns.indices[start:end], columns.data[start:end]) for start, end in parts]

    def totals(self, weights: Floats) -> Floats:
        """The sum of the weights times the features, for each entity."""
        return np.asarray(self._matrix @ weights)

    def square_totals(self, squares: Floats) -> Floats:
        """The sum of these numbers times the squares of the features, for each entity."""
        return np.asarray(self._squares @ squares)

    def update(self, weights: Floats, prior: Prior, state: EntityState, generator: np.random.Generator) -> None:
        """Draw the weights, in place, and bring the state up to date."""
        noise = generator.standard_normal(self.size)
        for number, (entities, values) in enumerate(self._columns):
            part = _take(state, entities)
            old = weights[number]
            others = None if part.total is None else part.total - old * values
            precision, product = _evidence(part, others)
            sums = float(precision @ (values * values))
            posterior = prior.precision + state.noise * sums
            target = prior.precision * prior.mean + state.noise * (float(product @ values) + sums * old)
            weights[number] = target / posterior + noise[number] / np.sqrt(posterior)
            _apply(part, (weights[number] - old) * values, others)
            _put(state, entities, part)


def _evidence(state: EntityState, others: Floats | None) -> tuple[Floats, Floats]:
    """The sums over rows of the square of p + s, and of the errors times p + s."""
    if state.total is None:
        assert state.errors is not None
        return state.counts, state.errors
    if state.outer is None or state.errors is None or others is None:
        return state.squares, state.products
    precision = others * (others * state.counts + 2.0 * state.outer) + state.squares
    return precision, others * state.errors + state.products


def _draw(precision: Floats, target: Floats, prior: Prior, generator: np.random.Generator) -> Floats:
    posterior = precision + prior.precision
    noise = generator.standard_normal(len(posterior)) / np.sqrt(posterior)
    return (target + prior.precision * prior.mean) / posterior + noise


def _apply(state: EntityState, change: Floats, others: Floats | None) -> None:
    """Bring the state up to date after the weights of entities have changed."""
    if state.total is None:
        assert state.errors is not None
        state.errors -= change * state.counts
        state.offset += change
        return
    state.total += change
    state.slope += change
    if state.outer is None or state.errors is None or others is None:
        return
    state.errors -= change * (others * state.counts + state.outer)
    state.products -= change * (others * state.outer + state.squares)
    state.offset += change * others


_CHANGING = ('errors', 'products', 'total', 'slope', 'offset')


def _take(state: EntityState, entities: npt.NDArray[np.int32]) -> EntityState:
    values = {name: value for name, value in vars(state).items() if name != 'noise'}
    taken: dict[str, Any] = {name: None if value is None else value[entities] for name, value in values.items()}
    return EntityState(**taken, noise=state.noise)


def _put(state: EntityState, entities: npt.NDArray[np.int32], part: EntityState) -> None:
    for name in _CHANGING:
        if getattr(state, name) is not None:
            getattr(state, name)[entities] = getattr(part, name)
