"""The arguments of the topic model, as data: their names are checked without its libraries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redshells.errors import ParameterError, UnknownArgumentError

OF_MODEL = ('n_topics', 'chunksize', 'decay', 'offset', 'iterations', 'eta', 'alpha')
OF_FIT = ('adjust_passes', 'test_size', 'passes')
_OURS = {
    'random_state': 'Use random_seed of the task.',
    'random_seed': 'Use random_seed of the task.',
    'dictionary': 'Use dictionary_task.',
    'num_topics': 'It is called n_topics here.',
    'id2word': 'Use dictionary_task.',
}


def check_lda_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, with names that the constructor and the training of ``LdaModel`` have.

    Raises:
        UnknownArgumentError: They do not take one.
        ParameterError: It is given in another way.

    Example:
        >>> check_lda_arguments({'num_topics': 20})
        Traceback (most recent call last):
            ...
        redshells.errors.ParameterError: LdaModel was given num_topics=20. It is called n_topics here.
    """
    for name, value in arguments.items():
        if name in _OURS:
            raise ParameterError(f'LdaModel was given {name}={value!r}. {_OURS[name]}')
    unknown = sorted(set(arguments) - {*OF_MODEL, *OF_FIT})
    if unknown:
        raise UnknownArgumentError(f'LdaModel does not take {unknown}; it takes {[*OF_MODEL, *OF_FIT]}.')
    return dict(arguments)
