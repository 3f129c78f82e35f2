"""What holds without any extra; these tests need nothing but pytest and the package."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.resources import files

import pytest

import redshells

# A model's own file needs its library; what the tasks stand on needs none.
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(redshells.__path__, 'redshells.')
    if not module.name.startswith('redshells.model.') and module.name != 'redshells.__main__'  # which is a command
)


@pytest.mark.parametrize('name', MODULES)
def test_module_imports_without_extras(name: str) -> None:
    importlib.import_module(name)


def test_types_are_shipped() -> None:
    assert files('redshells').joinpath('py.typed').is_file()
