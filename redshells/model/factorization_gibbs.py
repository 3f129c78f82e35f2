"""Gibbs sampling of a factorization machine.

Freudenthaler, Schmidt-Thieme, Rendle: `Bayesian Factorization Machines
<https://www.ismll.uni-hildesheim.de/pub/pdfs/FreudenthalerRendle_BayesianFactorizationMachines.pdf>`_ (2011), with the
groups of Rendle (2013), see ``factorization_groups``; classes by the latent variables of Albert, Chib: `Bayesian
Analysis of Binary and Polychotomous Response Data <https://doi.org/10.1080/01621459.1993.10476321>`_ (1993).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri
from tqdm import tqdm

from redshells.model.factorization_groups import FieldGroup, group_fields
from redshells.model.factorization_rows import FieldRows, field_starts
from redshells.model.factorization_updates import (
    CategoryOfEntities,
    EntityField,
    EntityState,
    MatrixOfEntities,
    Prior,
)
from redshells.model.factorization_weights import FactorizationWeights
from redshells.model.learning_curve import LearningCurve
from redshells.model.row_sums import RowSums

logger = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.float32]

_KEPT_NUMBERS, _FEWEST_KEPT = 2**26, 20
_RECOMPUTE_EVERY = 20  # iterations, after which rounding errors of the errors are cleared away


@dataclass(frozen=True, kw_only=True)
class GibbsSettings:
    """How the weights are sampled.

    Args:
        embedding_size: The length of the vector of a feature.
        iterations: How often all weights are drawn.
        burn_in: The first iterations, whose weights are not kept.
        kept_samples: How many sets of weights are kept at most, at equal distances; None for all after the burn-in, or
            as many as have 64 million numbers, but at least 20.
        initial_scale: The standard deviation of the first vectors.
        random_seed: Seed of all draws.
        show_progress: Show a progress bar where there is a terminal.
    """

    embedding_size: int
    iterations: int
    burn_in: int
    kept_samples: int | None
    initial_scale: float = 0.1
    random_seed: int = 0
    show_progress: bool = False


def sample_weights(
    fields: Sequence[FieldRows],
    target: Floats,
    weight: Floats | None,
    settings: GibbsSettings,
    *,
    is_binary: bool,
) -> tuple[FactorizationWeights, LearningCurve]:
    """Sample the weights of a factorization machine.

    Args:
        fields: The features of each field in each row.
        target: The numbers, best of mean 0 and standard deviation 1; of classes 0 and 1.
        weight: The weight of each row, all above 0; None for 1.
        settings: How they are sampled.
        is_binary: Whether the target is classes: the prediction is then the probit of the second one.

    Returns:
        The kept sets of weights, and the mean squared error after each iteration.
    """
    sampler = _Sampler(fields, target, weight, settings, is_binary)
    kept = _kept_iterations(settings, sampler.number_of_features)
    bias = np.empty(len(kept))
    features = np.empty((sampler.number_of_features, len(kept), 1 + settings.embedding_size), dtype=np.float32)
    curve = LearningCurve()
    with tqdm(
        total=settings.iterations,
        desc='FactorizationMachine',
        unit='iteration',
        disable=None if settings.show_progress else True,
    ) as bar:
        for iteration in range(1, settings.iterations + 1):
            sampler.run(refresh=iteration % _RECOMPUTE_EVERY == 0)
            curve.epochs.append(iteration)
            curve.losses.append(sampler.mean_squared_error)
            if iteration in kept:
                bias[kept[iteration]], features[:, kept[iteration]] = sampler.bias, sampler.weights
            bar.update()
    curve.best_epoch = settings.iterations
    logger.info(
        'FactorizationMachine: %d iterations on %d groups of fields, %d sets of weights kept, mean squared error %.5g',
        settings.iterations, len(sampler.groups), len(kept), curve.losses[-1],
    )  # fmt: skip
    return FactorizationWeights(bias, features), curve


def _kept_iterations(settings: GibbsSettings, number_of_features: int) -> dict[int, int]:
    """The iterations whose weights are kept, and their number among them."""
    after = settings.iterations - settings.burn_in
    most = max(_FEWEST_KEPT, _KEPT_NUMBERS // (number_of_features * (1 + settings.embedding_size)))
    count = min(after, most if settings.kept_samples is None else settings.kept_samples)
    steps = np.floor(np.arange(1, count + 1) * after / count).astype(int)
    return {settings.burn_in + int(step): number for number, step in enumerate(steps)}


class _Group:
    """A group of fields with its entities."""

    def __init__(self, group: FieldGroup, fields: Sequence[FieldRows], root_weight: Rows) -> None:
        self.numbers = group.field_numbers
        self.sums = RowSums(group.index, group.count)
        self.counts = self.sums.sum(root_weight, root_weight)
        self.fields: list[EntityField] = []
        for number in group.field_numbers:
            entities = fields[number].take(group.first_rows)
            if entities.positions is not None:
                self.fields.append(CategoryOfEntities(entities.positions, entities.size))
            else:
                assert entities.matrix is not None
                self.fields.append(MatrixOfEntities(entities.matrix))
        # then a feature is the only one of its entity
        self.is_plain = len(self.fields) == 1 and isinstance(self.fields[0], CategoryOfEntities)


class _Sampler:
    def __init__(
        self,
        fields: Sequence[FieldRows],
        target: Floats,
        weight: Floats | None,
        settings: GibbsSettings,
        is_binary: bool,
    ) -> None:
        found = group_fields(fields)
        # sorted by one of the groups, of which sums are fastest then
        inner = [group.index for group in found if group.count < len(target)]
        order = np.lexsort(inner[:2][::-1]) if inner else np.arange(len(target))
        fields = [field.take(order) for field in fields]
        self._is_binary = is_binary
        self._target = target[order].astype(np.float32)
        weight = None if weight is None else weight[order] / weight.mean()
        self._root_weight = np.ones(len(order), dtype=np.float32)
        self._is_weighted = weight is not None
        if weight is not None:
            self._root_weight = np.sqrt(weight).astype(np.float32)
        self.groups = [_Group(group.take(order), fields, self._root_weight) for group in found]
        self._starts = field_starts(fields)
        self._generator = np.random.default_rng(settings.random_seed)
        self.bias = 0.0
        shape = (1 + settings.embedding_size, self.number_of_features)
        self._weights = settings.initial_scale * self._generator.standard_normal(shape)
        self._weights[0] = 0.0
        self._priors = [[Prior() for _ in fields] for _ in range(shape[0])]
        self._noise = 1.0
        self._latent = self._target
        self._errors = np.empty_like(self._target)
        self._refresh()

    @property
    def number_of_features(self) -> int:
        return int(self._starts[-1])

    @property
    def weights(self) -> Floats:
        return self._weights.T

    @property
    def mean_squared_error(self) -> float:
        return float(self._errors @ self._errors) / len(self._errors)

    def run(self, *, refresh: bool) -> None:
        """Draw all weights once."""
        if refresh:
            self._refresh()
        if self._is_binary:
            self._draw_latent()
        else:
            count = len(self._errors)
            self._noise = 2.0 * self._generator.standard_gamma((1 + count) / 2) / (1.0 + self._squared_error())
        self._draw_bias()
        for group in self.groups:
            self._draw_linear(group)
        for factor in range(1, len(self._weights)):
            self._draw_factor(factor)

    def _squared_error(self) -> float:
        return float(np.dot(self._errors, self._errors))

    def _draw_latent(self) -> None:
        """Draw what is above 0 in rows of the second class, and below in others."""
        scores = self._latent - self._errors / self._root_weight
        sign = 2.0 * self._target.astype(np.float64) - 1.0
        inside = ndtr(sign * scores)
        uniform = self._generator.random(len(scores))
        # the nearest to 0 that has a quantile
        quantiles = ndtri(np.clip(uniform * inside, 1e-300, 1.0 - 1e-16))
        self._latent = (scores - sign * quantiles).astype(np.float32)
        self._errors = self._root_weight * (self._latent - scores)

    def _draw_bias(self) -> None:
        root = self._root_weight
        posterior = 1.0 + self._noise * float(np.dot(root, root))
        mean = self._noise * (float(np.dot(root, self._errors)) + float(np.dot(root, root)) * self.bias) / posterior
        drawn = mean + self._generator.standard_normal() / np.sqrt(posterior)
        self._errors -= np.float32(drawn - self.bias) * root
        self.bias = drawn

    def _draw_linear(self, group: _Group) -> None:
        zeros = np.zeros(group.sums.count)
        state = EntityState(
            counts=group.counts,
            outer=zeros,
            squares=zeros,
            errors=group.sums.sum(self._root_weight, self._errors),
            products=zeros,
            total=None,
            slope=zeros,
            offset=np.zeros(group.sums.count),
            noise=self._noise,
        )
        self._update_fields(group, 0, state)
        self._errors -= self._weighted(group.sums.spread(state.offset))

    def _draw_factor(self, factor: int) -> None:
        totals = [self._totals(group, factor) for group in self.groups]
        spread = [group.sums.spread(total) for group, total in zip(self.groups, totals, strict=True)]
        for position, group in enumerate(self.groups):
            outer = self._weighted(_sum_of_others(spread, position))
            sums, root = group.sums, self._root_weight
            state = EntityState(
                counts=group.counts,
                outer=None if group.is_plain else sums.sum(outer, root),
                squares=sums.sum(outer, outer),
                errors=None if group.is_plain else sums.sum(self._errors, root),
                products=sums.sum(self._errors, outer),
                total=totals[position],
                slope=np.zeros(sums.count),
                offset=np.zeros(sums.count),
                noise=self._noise,
            )
            self._update_fields(group, factor, state)
            slope = sums.spread(state.slope)
            spread[position] = spread[position] + slope
            self._errors -= slope * outer
            if not group.is_plain:
                self._errors -= self._weighted(sums.spread(state.offset))

    def _update_fields(self, group: _Group, factor: int, state: EntityState) -> None:
        for number, field in zip(group.numbers, group.fields, strict=True):
            weights = self._weights[factor, self._starts[number] : self._starts[number + 1]]
            prior = self._priors[factor][number]
            prior.draw(weights, self._generator)
            field.update(weights, prior, state, self._generator)

    def _totals(self, group: _Group, factor: int) -> Floats:
        total = np.zeros(group.sums.count)
        for number, field in zip(group.numbers, group.fields, strict=True):
            total += field.totals(self._weights[factor, self._starts[number] : self._starts[number + 1]])
        return total

    def _refresh(self) -> None:
        """Compute the errors anew."""
        scores = np.full(len(self._target), self.bias)
        own = (self._weights[1:] ** 2).sum(axis=0)
        for group in self.groups:
            entities = self._totals(group, 0)
            for number, field in zip(group.numbers, group.fields, strict=True):
                entities -= 0.5 * field.square_totals(own[self._starts[number] : self._starts[number + 1]])
            scores += group.sums.spread(entities)
        for factor in range(1, len(self._weights)):
            total = sum(group.sums.spread(self._totals(group, factor)) for group in self.groups)
            scores += 0.5 * np.square(total, dtype=np.float64)
        self._errors = self._root_weight * (self._latent - scores).astype(np.float32)

    def _weighted(self, values: Rows) -> Rows:
        return values * self._root_weight if self._is_weighted else values


def _sum_of_others(values: Sequence[Rows], position: int) -> Rows:
    others = [value for number, value in enumerate(values) if number != position]
    if not others:
        return np.zeros_like(values[position])
    total = others[0]
    for value in others[1:]:
        total = total + value
    return total
