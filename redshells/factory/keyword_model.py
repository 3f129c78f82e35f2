"""Models with explicit keyword arguments on PyTorch, made by their import path."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from redshells.errors import require_installed
from redshells.model import load_class
from redshells.model.arguments import Arguments


def new_model(
    model_class: str, name: str, arguments: Mapping[str, Any], random_seed: int, reserved: Mapping[str, str]
) -> Any:
    """A model with these arguments that is not fitted yet.

    Args:
        model_class: Its class, by import path.
        name: What it is called, for messages.
        arguments: Its arguments.
        random_seed: Its seed.
        reserved: Names that can't be given, to what to do instead.

    Raises:
        UnknownArgumentError: The model does not take one.
        ParameterError: A value is out of its range, or an argument is one of the task's.
    """
    loaded = load_class(model_class)
    known = set(inspect.signature(loaded).parameters) - {'random_seed'}
    names = Arguments(name, known | set(reserved), reserved=reserved)
    return loaded(**names.canonical(arguments), random_seed=random_seed)


def check_torch_installed(who: str) -> None:
    """Check that PyTorch is installed, without loading it.

    Raises:
        MissingExtraError: It is not; the message has the line that installs it.
    """
    require_installed(who, 'torch', 'torch')
