"""Soft clusters of words: the probability of each cluster for each word vector, kept sparse."""

from __future__ import annotations

import inspect
import logging
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from redshells.errors import ParameterError, UnknownArgumentError
from redshells.model.tied_gaussian_mixture import TiedGaussianMixture
from redshells.model.token_vectors import normalize_rows

logger = logging.getLogger(__name__)

DEFAULT_MIXTURE: Mapping[str, Any] = MappingProxyType({'covariance_type': 'tied'})
"""One covariance for all clusters, as the authors of SCDV have it; all else is as in scikit-learn."""

_COVARIANCE_TYPES = ('tied', 'full', 'diag', 'spherical')
_KNOWN = frozenset(inspect.signature(GaussianMixture).parameters)
_OWN = frozenset(inspect.signature(TiedGaussianMixture).parameters)
_ROWS = 4096  # at once, where probabilities are dense
_SMALLEST = 1e-9  # probabilities below are nothing; the mixture is nearly certain of most words


def mixture_arguments(given: Mapping[str, Any], *, cluster_size: int, random_seed: int) -> dict[str, Any]:
    """The arguments of the mixture: those that are given, and the defaults for the others.

    Args:
        given: Arguments of ``sklearn.mixture.GaussianMixture``.
        cluster_size: The number of clusters.
        random_seed: The seed, where ``random_state`` is not given.

    Raises:
        ParameterError: An argument is not known, or has a wrong value.

    Example:
        >>> mixture_arguments({'max_iter': 10}, cluster_size=3, random_seed=0)
        {'covariance_type': 'tied', 'random_state': 0, 'max_iter': 10, 'n_components': 3}
    """
    if 'n_components' in given:
        raise ParameterError(
            f'gaussian_mixture_kwargs has n_components={given["n_components"]!r}. Use cluster_size instead.'
        )
    unknown = sorted(set(given) - _KNOWN)
    if unknown:
        raise UnknownArgumentError(
            f'gaussian_mixture_kwargs has {unknown}, which GaussianMixture does not take; '
            f'it takes {sorted(_KNOWN - {"n_components"})}.'
        )
    arguments = {**DEFAULT_MIXTURE, 'random_state': random_seed, **given, 'n_components': cluster_size}
    if arguments['covariance_type'] not in _COVARIANCE_TYPES:
        raise ParameterError(
            f'covariance_type={arguments["covariance_type"]!r} was given; one of {_COVARIANCE_TYPES} is expected.'
        )
    if isinstance(arguments['random_state'], bool) or not isinstance(arguments['random_state'], int | np.integer):
        raise ParameterError(
            f'random_state={arguments["random_state"]!r} was given; an integer is expected, so that the same clusters '
            'are found again.'
        )
    _mixture(arguments)  # our own checks its arguments when it is built
    return arguments


def cluster_words(word_vectors: npt.NDArray[Any], arguments: Mapping[str, Any]) -> sparse.csr_array:
    """The probability of each cluster for each word, by the direction of its vector, of shape (words, clusters).

    The covariance ``'tied'`` is fitted by :class:`TiedGaussianMixture`, all others by scikit-learn.

    Args:
        word_vectors: The vector of each word, of any length, of shape (words, embedding_size).
        arguments: What ``mixture_arguments`` returns.

    Raises:
        ParameterError: The mixture can not be fitted with these arguments.
    """
    mixture = _mixture(arguments)
    data = normalize_rows(word_vectors)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', ConvergenceWarning)  # it is logged below
        try:
            mixture.fit(data)
        except ValueError as error:
            raise ParameterError(f'the Gaussian mixture of {len(data)} words can not be fitted: {error}') from error
    if mixture.converged_:
        logger.info('the Gaussian mixture has converged after %d iterations', mixture.n_iter_)
    else:
        logger.info('the Gaussian mixture was stopped after %d iterations, before it converged', mixture.n_iter_)
    return sparse.csr_array(sparse.vstack([_likely(mixture, part) for part in _parts(data)]))


def _mixture(arguments: Mapping[str, Any]) -> Any:
    own = {name: value for name, value in arguments.items() if name != 'covariance_type'}
    if arguments['covariance_type'] == 'tied' and own.keys() <= _OWN:
        return TiedGaussianMixture(**own)
    return GaussianMixture(**arguments)


def _parts(data: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    return [data[start : start + _ROWS] for start in range(0, len(data), _ROWS)]


def _likely(mixture: Any, data: npt.NDArray[np.float64]) -> sparse.csr_array:
    probabilities = mixture.predict_proba(data)
    probabilities[probabilities < _SMALLEST] = 0.0
    return sparse.csr_array(probabilities)
