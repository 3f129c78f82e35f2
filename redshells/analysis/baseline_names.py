"""The names of what a model is compared with, for those who need not load what computes it."""

from __future__ import annotations

from collections.abc import Iterable

from redshells.errors import ParameterError

BASELINES = ('prior', 'linear', 'defaults')
"""The prior, a linear model, and the library of the model with its defaults."""


def check_baselines(names: Iterable[str]) -> None:
    """Check that there are baselines of these names.

    Args:
        names: The names.

    Raises:
        ParameterError: There is none of one of them.
    """
    unknown = sorted(set(names) - set(BASELINES))
    if unknown:
        raise ParameterError(f'baselines has {unknown}; there are {list(BASELINES)}.')
