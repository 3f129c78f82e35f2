"""A mixture of Gaussians with one covariance for all: EM with two matrix products an iteration."""

from __future__ import annotations

import numbers
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import LinAlgError, cho_solve, cholesky
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.utils import check_random_state
from tqdm import tqdm

from redshells.errors import DataError, NotFittedError, ParameterError

Matrix = npt.NDArray[np.float64]

INITIALISATIONS = ('kmeans', 'k-means++', 'random', 'random_from_data')
_ROWS = 4096  # at once, so that responsibilities take little memory and stay in the cache


class TiedGaussianMixture:
    r"""A mixture of Gaussians that share one covariance, fitted by expectation maximisation.

    Dempster, Laird, Rubin: Maximum Likelihood from Incomplete Data via the EM Algorithm (1977). The result is that of
    ``sklearn.mixture.GaussianMixture(covariance_type='tied')`` with the same arguments, which have its names; the
    arithmetic is in double precision. With the precision :math:`P`, the means :math:`\mu_k` and the weights
    :math:`\pi_k`,

    .. math:: p(k \mid x) \propto \pi_k \exp(x^\top P \mu_k - \tfrac{1}{2} \mu_k^\top P \mu_k)

    since :math:`x^\top P x` is the same in all components. Its mean over the rows, which the likelihood needs, is
    :math:`\mathrm{tr}(P X^\top X) / n`, and :math:`X^\top X` is computed once. So an iteration takes two products of
    the rows with a matrix of a column for each component, where otherwise each component has a product of the rows
    with a square matrix.

    Args:
        n_components: The number of Gaussians.
        tol: Iteration ends when the mean logarithm of the likelihood changes less than this.
        reg_covar: What is added to the diagonal of the covariance.
        max_iter: The most iterations; with 0, the Gaussians stay as they are initialised.
        n_init: How many times it is initialised; the best result is kept.
        init_params: How: ``'kmeans'``, ``'k-means++'``, ``'random'`` or ``'random_from_data'``.
        random_state: The seed of the initialisation.

    Attributes:
        weights_: The share of each component, of shape (n_components,).
        means_: Of shape (n_components, columns).
        covariances_: The covariance of all, of shape (columns, columns).
        converged_: Whether the best result has come within ``tol`` before ``max_iter``.
        n_iter_: Its iterations.
        lower_bound_: Its mean logarithm of the likelihood.

    Shapes:
        * fit: (rows, columns)
        * predict_proba: (rows, n_components)

    Raises:
        ParameterError: An argument is out of its range.

    Example:
        >>> rows = np.array([[0.0, 0.1], [0.1, 0.0], [0.0, 0.0], [5.0, 5.1], [5.1, 5.0]])
        >>> TiedGaussianMixture(2, random_state=0).fit(rows).predict_proba(rows).round(3).max(axis=1)
        array([1., 1., 1., 1., 1.])
    """

    def __init__(
        self,
        n_components: int,
        *,
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: str = 'kmeans',
        random_state: int = 0,
    ) -> None:
        _check_minimum('n_components', n_components, 1, integer=True)
        _check_minimum('tol', tol, 0, integer=False)
        _check_minimum('reg_covar', reg_covar, 0, integer=False)
        _check_minimum('max_iter', max_iter, 0, integer=True)
        _check_minimum('n_init', n_init, 1, integer=True)
        if init_params not in INITIALISATIONS:
            raise ParameterError(f'init_params={init_params!r} was given; one of {INITIALISATIONS} is expected.')
        self.n_components = n_components
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.random_state = random_state

    def fit(self, rows: npt.ArrayLike) -> TiedGaussianMixture:
        """Fit the mixture.

        Args:
            rows: One row each; it is left as it is.

        Raises:
            DataError: There are fewer rows than components, or the covariance has no inverse.
        """
        data = _as_matrix(rows)
        if len(data) < self.n_components:
            raise DataError(
                f'{len(data)} rows were given for {self.n_components} components; at least as many rows are expected. '
                'Give more rows, or fewer components.'
            )
        squares = data.T @ data
        generator = check_random_state(self.random_state)
        best: _Result | None = None
        for _ in range(self.n_init):
            result = self._maximise(data, squares, generator)
            if best is None or self.max_iter == 0 or result.lower_bound > best.lower_bound:
                best = result
        assert best is not None
        self._gaussians = best.gaussians
        self.weights_, self.means_ = best.gaussians.weights, best.gaussians.means
        self.covariances_ = best.gaussians.covariance
        self.converged_, self.n_iter_, self.lower_bound_ = best.converged, best.iterations, best.lower_bound
        return self

    def predict_proba(self, rows: npt.ArrayLike) -> Matrix:
        """The probability of each component for each row.

        Args:
            rows: One row each.

        Raises:
            NotFittedError: The mixture has not been fitted.
        """
        if not hasattr(self, '_gaussians'):
            raise NotFittedError('this mixture has not been fitted. Call fit first.')
        data = _as_matrix(rows)
        result = np.empty((len(data), self.n_components))
        for start, part in _parts(data):
            result[start : start + len(part)] = self._gaussians.responsibilities(part)[0]
        return result

    def _maximise(self, data: Matrix, squares: Matrix, generator: np.random.RandomState) -> _Result:
        first = self._first_responsibilities(data, generator)
        totals = np.asarray(first.sum(axis=0)).ravel() + 10 * np.finfo(np.float64).eps
        gaussians = _Gaussians.estimate(totals, first.T @ data, squares, self.reg_covar, scale=len(data))
        del first
        lower_bound = -np.inf
        with tqdm(total=self.max_iter, desc='Gaussian mixture', unit='iteration', disable=None) as progress:
            for iteration in range(1, self.max_iter + 1):
                totals, sums, likelihood = _expect(gaussians, data)
                before, lower_bound = lower_bound, likelihood + gaussians.common_likelihood(squares, len(data))
                gaussians = _Gaussians.estimate(totals, sums, squares, self.reg_covar, scale=totals.sum())
                progress.update()
                if abs(lower_bound - before) < self.tol:
                    return _Result(gaussians, lower_bound, iteration, converged=True)
        return _Result(gaussians, lower_bound, self.max_iter, converged=False)

    def _first_responsibilities(self, data: Matrix, generator: np.random.RandomState) -> Any:
        size = (len(data), self.n_components)
        if self.init_params == 'random':
            weights = generator.uniform(size=size)
            weights /= weights.sum(axis=1, keepdims=True)
            return weights
        if self.init_params == 'kmeans':
            labels = KMeans(self.n_components, n_init=1, random_state=generator).fit(data).labels_
            return sparse.csr_array((np.ones(len(data)), (np.arange(len(data)), labels)), shape=size)
        if self.init_params == 'k-means++':
            _, chosen = kmeans_plusplus(data, self.n_components, random_state=generator)
        else:
            chosen = generator.choice(len(data), size=self.n_components, replace=False)
        places = (chosen, np.arange(self.n_components))
        return sparse.csr_array((np.ones(self.n_components), places), shape=size)


@dataclass(frozen=True)
class _Gaussians:
    weights: Matrix
    means: Matrix
    covariance: Matrix
    factor: Matrix  # lower Cholesky factor of the covariance
    directions: Matrix  # the precision times the means, a column for each component
    offsets: Matrix

    @classmethod
    def estimate(
        cls, totals: Matrix, sums: Matrix, squares: Matrix, regularization: float, *, scale: float
    ) -> _Gaussians:
        means = sums / totals[:, np.newaxis]
        covariance = squares - (totals * means.T) @ means
        covariance /= totals.sum()
        covariance.flat[:: len(covariance) + 1] += regularization
        try:
            factor = cholesky(covariance, lower=True)
        except LinAlgError as error:
            raise DataError(
                f'the covariance of the rows has no inverse ({error}). Decrease the number of components, increase '
                f'reg_covar={regularization}, or scale the rows.'
            ) from error
        directions = cho_solve((factor, True), means.T)
        weights = totals / scale
        offsets = np.log(weights) - 0.5 * (means.T * directions).sum(axis=0)
        return cls(weights, means, covariance, factor, directions, offsets)

    def responsibilities(self, rows: Matrix) -> tuple[Matrix, float]:
        """The probabilities of the components, and the likelihood's logarithm but for what is common to them."""
        scores = rows @ self.directions
        scores += self.offsets
        highest = scores.max(axis=1, keepdims=True)
        scores -= highest
        np.exp(scores, out=scores)
        totals = scores.sum(axis=1, keepdims=True)
        scores /= totals
        return scores, float(highest.sum() + np.log(totals).sum())

    def common_likelihood(self, squares: Matrix, number_of_rows: int) -> float:
        """What all components have in common of the mean logarithm of the likelihood."""
        distance = np.trace(cho_solve((self.factor, True), squares)) / number_of_rows
        log_determinant = 2 * np.log(np.diag(self.factor)).sum()
        return float(-0.5 * (len(squares) * np.log(2 * np.pi) + distance + log_determinant))


@dataclass(frozen=True)
class _Result:
    gaussians: _Gaussians
    lower_bound: float
    iterations: int
    converged: bool


def _expect(gaussians: _Gaussians, data: Matrix) -> tuple[Matrix, Matrix, float]:
    totals, sums, likelihood = np.zeros(len(gaussians.weights)), np.zeros_like(gaussians.means), 0.0
    for _, part in _parts(data):
        shares, part_likelihood = gaussians.responsibilities(part)
        totals += shares.sum(axis=0)
        sums += shares.T @ part
        likelihood += part_likelihood
    return totals + 10 * np.finfo(np.float64).eps, sums, likelihood / len(data)


def _parts(data: Matrix) -> Iterator[tuple[int, Matrix]]:
    for start in range(0, len(data), _ROWS):
        yield start, data[start : start + _ROWS]


def _as_matrix(rows: npt.ArrayLike) -> Matrix:
    data = np.ascontiguousarray(rows, dtype=np.float64)
    if data.ndim != 2 or not np.isfinite(data).all():
        raise DataError(f'rows of shape {data.shape} were given; two dimensions of finite numbers are expected.')
    return data


def _check_minimum(name: str, value: Any, minimum: int, *, integer: bool) -> None:
    kind: Any = numbers.Integral if integer else numbers.Real
    if isinstance(value, bool) or not isinstance(value, kind) or not value >= minimum:
        noun = 'an integer' if integer else 'a number'
        raise ParameterError(f'{name}={value!r} was given; {noun} of at least {minimum} is expected.')
