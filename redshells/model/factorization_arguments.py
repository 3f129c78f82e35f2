"""The arguments of a factorization machine, checked."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

from redshells.errors import ParameterError

ENGINES = ('mcmc', 'adam')

_INTEGERS = {'embedding_size': 0, 'iterations': 1, 'burn_in': 0, 'batch_size': 1}
_OPTIONAL_INTEGERS = {'kept_samples': 1, 'epochs': 1, 'hash_size': 1}


def check_arguments(arguments: dict[str, Any]) -> None:
    """Check the arguments of a factorization machine.

    Raises:
        ParameterError: One has a wrong value.
    """
    if arguments['problem'] not in ('regression', 'classification'):
        raise ParameterError(
            f"problem={arguments['problem']!r} was given; factorization machines do 'regression' and 'classification'."
        )
    if arguments['engine'] not in ENGINES:
        raise ParameterError(f'engine={arguments["engine"]!r} was given; one of {list(ENGINES)} is expected.')
    for name, least in (*_INTEGERS.items(), *_OPTIONAL_INTEGERS.items(), ('early_stopping_patience', 0)):
        value = arguments[name]
        if value is None and name in _OPTIONAL_INTEGERS:
            continue
        if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
            raise ParameterError(f'{name}={value!r} was given; an integer of at least {least} is expected.')
    if arguments['burn_in'] >= arguments['iterations']:
        raise ParameterError(
            f'burn_in={arguments["burn_in"]} was given for iterations={arguments["iterations"]}; fewer are expected, '
            'or no weights are kept.'
        )
    _check_numbers(arguments)


def _check_numbers(arguments: dict[str, Any]) -> None:
    l2_weight, rate, share = (arguments[name] for name in ('l2_weight', 'learning_rate', 'validation_size'))
    if l2_weight is not None and not (_is_finite(l2_weight) and l2_weight >= 0):
        raise ParameterError(f'l2_weight={l2_weight!r} was given; a number of at least 0, or None, is expected.')
    if not (_is_finite(rate) and rate > 0):
        raise ParameterError(f'learning_rate={rate!r} was given; a number above 0 is expected.')
    if not (_is_finite(share) and 0 <= share < 1):
        raise ParameterError(f'validation_size={share!r} was given; a share of at least 0 and less than 1 is expected.')


def _is_finite(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
