"""The arguments of matrix factorization, checked, with the defaults of each solver."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from redshells.errors import ParameterError

SOLVERS = ('als', 'bayes', 'implicit')

_FACTORS = {'als': 10, 'bayes': 10, 'implicit': 64}
_ITERATIONS = {'als': 20, 'bayes': 60, 'implicit': 16}
_MOST_BURN_IN = 20
_LINK_RANK = 64
_CHAINS = {'als': 1, 'bayes': 3, 'implicit': 1}
_REGULARIZATION = 0.01  # of clicks
_ALPHA = 3.0


@dataclass(frozen=True, kw_only=True)
class FactorizationArguments:
    """The arguments of ``MatrixFactorization``; those that are None become the default of the solver.

    Raises:
        ParameterError: An argument has a wrong value, or is none of this solver.
    """

    solver: str = 'als'
    n_latent_factors: int | None = None
    iterations: int | None = None
    regularization: float | None = None
    burn_in: int | None = None
    chains: int | None = None
    implicit_link: bool | None = None
    link_rank: int | None = None
    alpha: float | None = None
    random_seed: int = 0

    def __post_init__(self) -> None:
        if self.solver not in SOLVERS:
            raise ParameterError(f'solver={self.solver!r} was given; one of {list(SOLVERS)} is expected.')
        self._check_owner()
        for name, least in (
            ('n_latent_factors', 1),
            ('iterations', 1),
            ('burn_in', 0),
            ('chains', 1),
            ('link_rank', 1),
            ('random_seed', 0),
        ):
            self._set(name, _whole(name, getattr(self, name), least))
        for name in ('regularization', 'alpha'):
            self._set(name, _positive(name, getattr(self, name)))
        if self.implicit_link not in (None, True, False):
            raise ParameterError(f'implicit_link={self.implicit_link!r} was given; true or false is expected.')

    def _check_owner(self) -> None:
        owners = {
            'regularization': ('als', 'implicit'),
            'burn_in': ('bayes',),
            'chains': ('bayes', 'implicit'),
            'implicit_link': ('bayes',),
            'link_rank': ('bayes',),
            'alpha': ('implicit',),
        }
        for name, solvers in owners.items():
            value = getattr(self, name)
            if value is not None and self.solver not in solvers:
                raise ParameterError(
                    f'{name}={value!r} was given with solver={self.solver!r}, which has no such argument; it is one '
                    f'of {" and ".join(map(repr, solvers))}. Leave it out, or choose another solver.'
                )

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def resolved(self) -> ResolvedArguments:
        """With the defaults of the solver.

        Raises:
            ParameterError: No iteration is left after the burn-in.
        """
        solver = self.solver
        iterations = self.iterations or _ITERATIONS[solver]
        burn_in = min(_MOST_BURN_IN, iterations // 3) if self.burn_in is None else self.burn_in
        if burn_in >= iterations:
            raise ParameterError(
                f'burn_in={burn_in} was given with iterations={iterations}; fewer than the iterations are expected, '
                'for those after the burn-in are what counts.'
            )
        regularization = self.regularization
        if regularization is None and solver == 'implicit':
            regularization = _REGULARIZATION
        return ResolvedArguments(
            n_latent_factors=self.n_latent_factors or _FACTORS[solver],
            iterations=iterations,
            regularization=regularization,
            burn_in=burn_in,
            chains=self.chains or _CHAINS[solver],
            implicit_link=self.implicit_link is not False,
            link_rank=self.link_rank or _LINK_RANK,
            alpha=_ALPHA if self.alpha is None else self.alpha,
            random_seed=self.random_seed,
        )


@dataclass(frozen=True, kw_only=True)
class ResolvedArguments:
    """The arguments of ``MatrixFactorization`` with the defaults of its solver."""

    n_latent_factors: int
    iterations: int
    regularization: float | None
    burn_in: int
    chains: int
    implicit_link: bool
    link_rank: int
    alpha: float
    random_seed: int


def _whole(name: str, value: Any, least: int) -> int | None:
    if value is None and name != 'random_seed':
        return None
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ParameterError(f'{name}={value!r} was given; an integer of at least {least} is expected.')
    return int(value)


def _positive(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) < math.inf:
        raise ParameterError(f'{name}={value!r} was given; a number over 0 is expected.')
    return float(value)
