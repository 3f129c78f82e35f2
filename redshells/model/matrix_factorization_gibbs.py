"""Bayesian matrix factorization of ratings by block Gibbs sampling."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from redshells.model.learning_curve import LearningCurve
from redshells.model.matrix_factorization_kernel import EdgeRows, cholesky
from redshells.model.matrix_factorization_link import Directions, Link
from redshells.model.matrix_factorization_posterior import ProductMean
from redshells.model.matrix_factorization_ratings import Ratings, misfit

logger = logging.getLogger(__name__)

_FIRST_SCALE = 0.1
_KEPT_SAMPLES = 8  # whole, from which is read how users vary, and how sure the items are


@dataclass
class _Side:
    """The users, or the items, as the sampler has drawn them last."""

    vectors: torch.Tensor
    mean: torch.Tensor
    precision: torch.Tensor
    links: list[Link]

    def prior_means(self) -> torch.Tensor:
        means = self.mean.expand(self.vectors.shape)
        for link in self.links:
            means = means + link.means
        return means

    def extended(self, vectors: torch.Tensor) -> torch.Tensor:
        """The vectors of the rows, the mean of the prior, and the weights of the links."""
        return torch.cat([vectors, self.mean[None], *(link.coordinates for link in self.links)])


@dataclass(frozen=True)
class PosteriorSide:
    """The posterior mean of the users, or of the items.

    Args:
        factors: The vector of each row, then that of the prior mean, then those of the directions of the links.
        biases: The bias of each of these.
        rows: How many rows there are.
    """

    factors: npt.NDArray[np.float32]
    biases: npt.NDArray[np.float32]
    rows: int


@dataclass(frozen=True)
class SampledResult:
    """What was learnt from ratings of mean 0 and deviation 1.

    Args:
        users: The users.
        items: The items.
        mean: What is added to each prediction.
        service_biases: What the services add.
        noise_precision: One over the variance of the noise of a rating.
        prior_covariance: Of the vector of a user, with its bias, around what the prior mean and the links say.
        item_variances: How unsure the vectors of the items are, of shape (items, size).
        curve: The root of the mean squared error after each iteration.
    """

    users: PosteriorSide
    items: PosteriorSide
    mean: float
    service_biases: npt.NDArray[np.float64]
    noise_precision: float
    prior_covariance: npt.NDArray[np.float64]
    item_variances: npt.NDArray[np.float32]
    curve: LearningCurve


@dataclass
class _Sums:
    """What is added up over the samples."""

    products: ProductMean
    user_biases: torch.Tensor | float = 0.0
    item_biases: torch.Tensor | float = 0.0
    count: int = 0
    mean: float = 0.0
    noise_precision: float = 0.0
    service_biases: npt.NDArray[np.float64] | float = 0.0
    samples: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = field(default_factory=list)


class GibbsSampler:
    """Draws users, items and all that governs them in turn, each given the rest.

    Args:
        ratings: The ratings.
        user_links: The directions of features of the users.
        item_links: The directions of features of the items.
        rank: The length of the vectors of the posterior mean.
        random_seed: Seed of all that is drawn.
    """

    def __init__(
        self,
        ratings: Ratings,
        *,
        user_links: Sequence[Directions],
        item_links: Sequence[Directions],
        rank: int,
        random_seed: int,
    ) -> None:
        self.ratings, self.device = ratings, ratings.by_user.device
        self._generator = torch.Generator(self.device).manual_seed(random_seed)
        self._numbers = np.random.default_rng(random_seed)
        self._user_links, self._item_links = user_links, item_links
        self._begin()
        self._sums = _Sums(ProductMean(rank))

    def run(self, iterations: int, burn_in: int, chains: int, *, show_progress: bool = False) -> SampledResult:
        """Sample.

        Args:
            iterations: How often all is drawn in a chain.
            burn_in: How many of the first draws of a chain are forgotten.
            chains: How often it begins anew, from vectors at random.
            show_progress: Show a progress bar where there is a terminal.
        """
        curve = LearningCurve()
        every = max(1, chains * (iterations - burn_in) // _KEPT_SAMPLES)
        total = chains * iterations
        for step in tqdm(range(total), 'bayes', unit='iteration', disable=None if show_progress else True):
            iteration = step % iterations + 1
            if iteration == 1:
                self._begin()
            error = self._step(keep=iteration > burn_in)
            if iteration > burn_in and (iterations - iteration) % every == 0:
                self._sums.samples.append((self.users.vectors, self.items.vectors, self.users.precision))
            curve.epochs.append(step + 1)
            curve.losses.append(error)
        curve.best_epoch = total
        logger.info('bayes: %d iterations, error of the last sample %.5g', total, curve.losses[-1])
        return self._result(curve)

    def _begin(self) -> None:
        self.users = self._first_side(self.ratings.by_user, self._user_links)
        self.items = self._first_side(self.ratings.by_item, self._item_links)
        self.mean, self.noise_precision, self.service_precision = 0.0, 1.0, 1.0
        if self.ratings.has_services:
            self.ratings.set_service_biases(np.zeros_like(self.ratings.service_biases))

    def _step(self, keep: bool) -> float:
        """Draw all once; the error of the sample."""
        number = len(self.ratings)
        if self.ratings.has_services:
            self._draw_services()
        self._draw_prior(self.users)
        self._draw(self.users, self.ratings.by_user, self.items)
        self._draw_prior(self.items)
        means, squares, errors = self._draw(self.items, self.ratings.by_item, self.users)
        shift = errors / number + self._numbers.normal() / np.sqrt(self.noise_precision * number)
        self.mean += shift
        squares = max(squares - 2 * shift * errors + number * shift**2, 1e-6 * number)
        self.noise_precision = float(self._numbers.gamma((1.0 + number) / 2) * 2 / (1.0 + squares))
        if keep:
            self._keep(means)
        return float(np.sqrt(squares / number)) * self.ratings.scale

    def _first_side(self, rows: EdgeRows, links: Sequence[Directions]) -> _Side:
        size = rows.size
        return _Side(
            vectors=_FIRST_SCALE * self._normal(rows.shape[0], size),
            mean=torch.zeros(size, device=self.device),
            precision=torch.ones(size, device=self.device),
            links=[Link(one, size=size, device=self.device) for one in links if len(one.strengths)],
        )

    def _draw_prior(self, side: _Side) -> None:
        rows = len(side.vectors)
        rest = side.vectors - sum((link.means for link in side.links), torch.zeros((), device=self.device))
        squares = (rest - side.mean).square().sum(dim=0) + side.mean.square()
        gamma = self._numbers.gamma((2.0 + rows) / 2, size=len(side.mean)) * 2
        side.precision = torch.from_numpy(gamma).to(squares) / (1.0 + squares)
        side.mean = rest.sum(dim=0) / (rows + 1) + self._normal(len(side.mean)) / torch.sqrt(
            (rows + 1) * side.precision
        )
        for link in side.links:
            others = (other.means for other in side.links if other is not link)
            rest = side.vectors - side.mean - sum(others, torch.zeros((), device=self.device))
            link.sample(rest, side.precision, self._generator, self._numbers)

    def _draw(self, side: _Side, rows: EdgeRows, other: _Side) -> tuple[torch.Tensor, float, float]:
        """Draw the vectors of one side.

        Returns:
            Their conditional means and, of the items, the sums of the squared errors and of the errors.
        """
        x = other.vectors.clone()
        offsets = x[:, -1] + self.mean
        x[:, -1] = 1
        drawn, means = torch.empty_like(side.vectors), torch.empty_like(side.vectors)
        prior, noise = side.precision * side.prior_means(), self._normal(*drawn.shape)
        squares, errors = 0.0, 0.0
        for equations in rows.equations(x, offsets):
            matrices = self.noise_precision * equations.gram
            matrices.diagonal(dim1=1, dim2=2).add_(side.precision)
            factor = cholesky(matrices)
            right = self.noise_precision * equations.right + prior[equations.rows]
            half = torch.linalg.solve_triangular(factor, right[:, :, None], upper=False)
            both = torch.cat([half, noise[equations.rows, :, None]], dim=2)
            found = torch.linalg.solve_triangular(factor.mT, both, upper=True)
            means[equations.rows] = found[:, :, 0]
            vectors = drawn[equations.rows] = found.sum(dim=2)
            if rows is self.ratings.by_item:
                change = misfit(equations, vectors)
                squares, errors = squares + change.squares, errors + change.errors
        side.vectors = drawn
        if rows is self.ratings.by_item:
            squares += rows.squares_after(offsets)
        return means, squares, errors

    def _draw_services(self) -> None:
        sums, counts = self.ratings.service_sums(self.users.vectors, self.items.vectors, self.mean)
        precision = self.noise_precision * counts + self.service_precision
        biases = self.noise_precision * sums / precision + self._numbers.normal(size=len(sums)) / np.sqrt(precision)
        squares = 1.0 + float(biases @ biases)
        self.service_precision = float(self._numbers.gamma((2.0 + len(biases)) / 2) * 2 / squares)
        self.ratings.set_service_biases(biases)

    def _keep(self, means: torch.Tensor) -> None:
        """Add a sample. The mean of the items given all else varies less than a draw of them, and has the same mean."""
        sums, users, items = self._sums, self.users, self.items
        left, right = users.extended(users.vectors), items.extended(means)
        sums.products.add(left[:, :-1], right[:, :-1])
        sums.user_biases = sums.user_biases + left[:, -1]
        sums.item_biases = sums.item_biases + right[:, -1]
        sums.count += 1
        sums.mean += self.mean
        sums.noise_precision += self.noise_precision
        sums.service_biases = sums.service_biases + self.ratings.service_biases

    def _result(self, curve: LearningCurve) -> SampledResult:
        sums, count = self._sums, self._sums.count
        left, right = (one.cpu().numpy() for one in sums.products.result())
        sides = [
            PosteriorSide(factors, (torch.as_tensor(biases) / count).cpu().numpy(), len(side.vectors))
            for side, factors, biases in (
                (self.users, left, sums.user_biases),
                (self.items, right, sums.item_biases),
            )
        ]
        covariance, variances = self._spread(left[: sides[0].rows], right[: sides[1].rows])
        return SampledResult(
            users=sides[0],
            items=sides[1],
            mean=sums.mean / count,
            service_biases=np.asarray(sums.service_biases) / count,
            noise_precision=sums.noise_precision / count,
            prior_covariance=covariance,
            item_variances=variances,
            curve=curve,
        )

    def _spread(
        self, users: npt.NDArray[np.float32], items: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
        """How users vary around their prior mean, and how unsure items are, in the vectors of the posterior mean.

        A sample has axes of its own. A user is a function of items whatever the axes are, and an item one of users;
        these functions are written in the axes of the mean.
        """
        of_items, of_users = (np.linalg.pinv(one.astype(np.float64), rcond=1e-6) for one in (items, users))
        size, count = items.shape[1], len(self._sums.samples)
        covariance, variances = np.zeros((size + 1, size + 1)), np.zeros(items.shape)
        for user_sample, item_sample, precision in self._sums.samples:
            left, right = (one.cpu().double().numpy()[:, :-1] for one in (user_sample, item_sample))
            scales = 1 / precision.cpu().double().numpy()
            turned = of_items @ right
            covariance[:size, :size] += (turned * scales[:-1]) @ turned.T / count
            covariance[size, size] += scales[-1] / count
            variances += np.square(right @ (of_users @ left).T - items) / count
        return covariance, variances.astype(np.float32)

    def _normal(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=self._generator, device=self.device)
