"""The arguments of gensim's ``Dictionary.filter_extremes``, as data: they are checked without gensim."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from redshells.errors import ParameterError, UnknownArgumentError

USUAL_FILTER: Mapping[str, Any] = MappingProxyType(
    {'no_below': 5, 'no_above': 0.5, 'keep_n': 100_000, 'keep_tokens': None}
)
"""All arguments, with gensim's defaults."""


def check_filter_arguments(arguments: Mapping[str, Any]) -> None:
    """Check which tokens a filter leaves out.

    Args:
        arguments: ``no_below``, ``no_above``, ``keep_n`` and ``keep_tokens``.

    Raises:
        UnknownArgumentError: gensim does not take one of them.
        ParameterError: One of them has a wrong value.

    Example:
        >>> check_filter_arguments({'no_below': 2, 'keep_tokens': ['cat']})
        >>> check_filter_arguments({'no_above': 50})
        Traceback (most recent call last):
            ...
        redshells.errors.ParameterError: dictionary_filter_kwargs has no_above=50; a share from 0 to 1 is expected.
    """
    unknown = sorted(set(arguments) - set(USUAL_FILTER))
    if unknown:
        raise UnknownArgumentError(f'dictionary_filter_kwargs has {unknown}; it may have {list(USUAL_FILTER)}.')
    for name, value in arguments.items():
        expected, holds = _RULES[name]
        if not holds(value):
            raise ParameterError(f'dictionary_filter_kwargs has {name}={value!r}; {expected} is expected.')


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and _is_number(value)


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset) and all(isinstance(one, str) for one in value)


_RULES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    'no_below': ('a number of documents', _is_number),
    'no_above': ('a share from 0 to 1', lambda value: _is_number(value) and value <= 1),
    'keep_n': ('a number of tokens, or None,', lambda value: value is None or _is_whole(value)),
    'keep_tokens': ('a list of tokens, or None,', lambda value: value is None or _is_list_of_texts(value)),
}
