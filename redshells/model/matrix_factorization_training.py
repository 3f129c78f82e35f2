"""The solvers of matrix factorization, and what each of them leaves to predict with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse

from redshells.model.execution import Execution
from redshells.model.learning_curve import LearningCurve
from redshells.model.matrix_factorization_als import alternate
from redshells.model.matrix_factorization_arguments import ResolvedArguments
from redshells.model.matrix_factorization_factors import Factors
from redshells.model.matrix_factorization_gibbs import GibbsSampler, PosteriorSide
from redshells.model.matrix_factorization_implicit import factorize_clicks
from redshells.model.matrix_factorization_link import Directions, leading_directions
from redshells.model.matrix_factorization_ratings import Ratings, RatingTable
from redshells.model.torch_execution import running_on

_LARGER = 3  # times the vectors of one sample are those of the posterior mean
_EMPTY = np.zeros((0, 0), dtype=np.float32)


def train_als(table: RatingTable, arguments: ResolvedArguments, execution: Execution) -> tuple[Factors, LearningCurve]:
    """Ratings by alternating least squares."""
    with running_on(execution) as device:
        ratings = Ratings(table, size=arguments.n_latent_factors + 1, device=device)
        result = alternate(
            ratings,
            iterations=arguments.iterations,
            regularization=arguments.regularization,
            generator=torch.Generator(device).manual_seed(arguments.random_seed),
            show_progress=execution.show_progress,
        )
    users, items = result.users.vectors.cpu().numpy(), result.items.vectors.cpu().numpy()
    variances = result.items.variances.cpu().numpy()[:, :-1]
    factors = Factors(
        mean=ratings.mean + ratings.scale * result.mean,
        scale=ratings.scale,
        users=users[:, :-1].copy(),
        items=items[:, :-1].copy(),
        user_biases=users[:, -1].copy(),
        item_biases=items[:, -1].copy(),
        service_biases=ratings.service_biases.astype(np.float32),
        noise_precision=result.noise_precision,
        prior_mean=result.users.mean.cpu().numpy(),
        prior_precision=np.diag(result.users.precision.cpu().double().numpy()),
        item_prior_mean=result.items.mean.cpu().numpy(),
        item_variances=variances.copy() if arguments.regularization is None else _EMPTY,
    )
    return factors, result.curve


def train_bayes(
    table: RatingTable,
    arguments: ResolvedArguments,
    execution: Execution,
    user_features: sparse.csr_array | None = None,
    item_features: sparse.csr_array | None = None,
) -> tuple[Factors, LearningCurve]:
    """Ratings by Gibbs sampling, with encoded features if there are any."""
    generator = np.random.default_rng(arguments.random_seed)
    user_matrices, item_matrices = _linked(table, arguments.implicit_link, user_features, item_features)
    user_links, item_links = (
        [leading_directions(matrix, arguments.link_rank, generator) for matrix in matrices]
        for matrices in (user_matrices, item_matrices)
    )
    with running_on(execution) as device:
        ratings = Ratings(table, size=arguments.n_latent_factors + 1, device=device)
        sampler = GibbsSampler(
            ratings,
            user_links=user_links,
            item_links=item_links,
            rank=_LARGER * arguments.n_latent_factors,
            random_seed=arguments.random_seed,
        )
        result = sampler.run(
            arguments.iterations, arguments.burn_in, arguments.chains, show_progress=execution.show_progress
        )
    users, items = result.users, result.items
    user_weights, item_weights = _weights(users, user_links), _weights(items, item_links)
    factors = Factors(
        mean=ratings.mean + ratings.scale * result.mean,
        scale=ratings.scale,
        users=users.factors[: users.rows].copy(),
        items=items.factors[: items.rows].copy(),
        user_biases=users.biases[: users.rows].copy(),
        item_biases=items.biases[: items.rows].copy(),
        service_biases=result.service_biases.astype(np.float32),
        noise_precision=result.noise_precision,
        prior_mean=np.append(users.factors[users.rows], users.biases[users.rows]),
        prior_precision=_inverse(result.prior_covariance),
        item_prior_mean=np.append(items.factors[items.rows], items.biases[items.rows]),
        item_variances=result.item_variances,
        graph_weights=user_weights[0] if arguments.implicit_link else _EMPTY,
        user_weights=_EMPTY if user_features is None else user_weights[-1],
        item_weights=_EMPTY if item_features is None else item_weights[-1],
    )
    return factors, result.curve


def train_implicit(
    clicks: sparse.csr_array, arguments: ResolvedArguments, execution: Execution
) -> tuple[Factors, LearningCurve]:
    """Clicks by weighted least squares."""
    assert arguments.regularization is not None
    with running_on(execution) as device:
        found_users, found_items, curve = factorize_clicks(
            clicks,
            size=arguments.n_latent_factors,
            iterations=arguments.iterations,
            chains=arguments.chains,
            alpha=arguments.alpha,
            regularization=arguments.regularization,
            generator=torch.Generator(device).manual_seed(arguments.random_seed),
            show_progress=execution.show_progress,
        )
    users, items = found_users.cpu().numpy(), found_items.cpu().numpy()
    zeros = np.zeros(items.shape[1] + 1, dtype=np.float32)
    factors = Factors(
        mean=0.0,
        scale=1.0,
        users=users,
        items=items,
        user_biases=np.zeros(len(users), dtype=np.float32),
        item_biases=np.zeros(len(items), dtype=np.float32),
        service_biases=np.zeros(0, dtype=np.float32),
        noise_precision=1.0,
        prior_mean=zeros,
        prior_precision=items.astype(np.float64).T @ items,
        item_prior_mean=zeros,
        click_weight=arguments.alpha,
        regularization=arguments.regularization,
    )
    return factors, curve


def _linked(
    table: RatingTable,
    implicit_link: bool,
    user_features: sparse.csr_array | None,
    item_features: sparse.csr_array | None,
) -> tuple[list[sparse.csr_array], list[sparse.csr_array]]:
    """What the users and what the items are linked to: who rated what, and their features."""
    users, items = ([] if one is None else [one] for one in (user_features, item_features))
    if implicit_link:
        users.insert(0, _rated(table.users, table.items, table.shape))
        items.insert(0, _rated(table.items, table.users, table.shape[::-1]))
    return users, items


def _rated(rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], shape: tuple[int, int]) -> sparse.csr_array:
    """Who rated what, the rows divided by the root of their number of ratings."""
    graph = sparse.csr_array((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
    graph.data[:] = 1  # a pair that was rated at several services counts once
    counts = np.diff(graph.indptr)
    graph.data /= np.sqrt(np.repeat(counts, counts))
    return graph


def _weights(side: PosteriorSide, links: Sequence[Directions]) -> list[npt.NDArray[np.float32]]:
    """What each feature adds to a vector with its bias, for each link."""
    both = np.column_stack([side.factors, side.biases])[side.rows + 1 :]
    weights, start = [], 0
    for link in links:
        stop = start + len(link.strengths)
        weights.append(link.columns @ both[start:stop])
        start = stop
    return weights


def _inverse(covariance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The inverse of a covariance, some of whose directions may have next to no variance."""
    values, vectors = np.linalg.eigh(covariance)
    inverse: npt.NDArray[np.float64] = (vectors / np.maximum(values, 1e-4 * values[-1])) @ vectors.T
    return inverse
