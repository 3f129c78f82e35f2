"""Gokart tasks that split, train, tune, validate and predict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = '1.0.0.dev0'

if TYPE_CHECKING:
    from redshells.building import build
    from redshells.model import load_model

__all__ = ['__version__', 'build', 'load_model']

_HOMES = {'build': 'redshells.building', 'load_model': 'redshells.model'}


def __getattr__(name: str) -> Any:
    """Load what is asked for, so that ``import redshells`` is fast."""
    if name not in _HOMES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
