"""Estimators as a part of a saved model: written by skops, and read only if they hold nothing but what is trusted."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from redshells.errors import DamagedArchiveError, UntrustedTypeError

# functions of these read files, download, or start processes
_UNTRUSTED_PACKAGES = ('sklearn.datasets', 'sklearn.externals', 'sklearn.utils')


def estimator_to_bytes(estimator: Any, name: str, trusted_modules: tuple[str, ...]) -> bytes:
    """The content of the part.

    Args:
        estimator: A fitted estimator.
        name: Its import path, for messages.
        trusted_modules: Packages besides scikit-learn's whose classes and functions it may hold.

    Raises:
        UntrustedTypeError: It holds others.
    """
    import skops.io

    content = bytes(skops.io.dumps(estimator))
    _check_trust(content, name, trusted_modules)
    return content


def bytes_to_estimator(content: bytes, name: str, trusted_modules: tuple[str, ...]) -> Any:
    """The estimator of a part.

    Args:
        content: The content of the part.
        name: Its import path, for messages.
        trusted_modules: Packages besides scikit-learn's whose classes and functions it may hold.

    Raises:
        UntrustedTypeError: It holds others.
        DamagedArchiveError: It can't be read.
    """
    import skops.io

    trusted = _check_trust(content, name, trusted_modules)
    try:
        return skops.io.loads(content, trusted=trusted)
    except Exception as error:
        raise DamagedArchiveError(f'the estimator {name} can not be read: {error}') from error


def _check_trust(content: bytes, name: str, trusted_modules: tuple[str, ...]) -> list[str]:
    import skops.io

    names = list(skops.io.get_untrusted_types(data=content))
    refused = [one for one in names if not _is_trusted(one, trusted_modules)]
    if refused:
        packages = tuple(sorted({one.split('.')[0] for one in refused}))
        raise UntrustedTypeError(
            f'the estimator {name} holds objects of the types {refused}, which are not trusted. If you '
            f'know where the file comes from, load it with trusted_modules={packages}.'
        )
    return names


def _is_trusted(name: str, trusted_modules: tuple[str, ...]) -> bool:
    """Whether a class or function is defined by a trusted package; what its modules merely import may be anything."""
    package = name.split('.')[0]
    if package not in ('sklearn', *trusted_modules):
        return False
    module, _, attribute = name.rpartition('.')
    try:
        value = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError):
        return False
    home = str(getattr(value, '__module__', ''))
    if home.split('.')[0] != package:
        return False
    return isinstance(value, type) or not f'{home}.'.startswith(tuple(f'{one}.' for one in _UNTRUSTED_PACKAGES))
