"""Makes the API reference: a page for each layer, which is a module or folder directly in ``redshells/``."""

from __future__ import annotations

import pkgutil
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the pages to the navigation."""
    config.nav.append({'API reference': [{name: f'reference/{name}.md'} for name in _layers(config)]})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages to the site."""
    for name in _layers(config):
        files.append(File.generated(config, f'reference/{name}.md', content=_page(config, name)))
    return files


def _page(config: MkDocsConfig, name: str) -> str:
    init = _package(config) / name / '__init__.py'
    # What a folder exports is shown in its own name, and not once more under the files.
    exports = init.is_file() and '__all__' in init.read_text('utf-8')
    return f'# {name}\n\n::: redshells.{name}\n    options:\n      show_submodules: {str(not exports).lower()}\n'


def _layers(config: MkDocsConfig) -> list[str]:
    modules = pkgutil.iter_modules([str(_package(config))])
    return sorted(module.name for module in modules if not module.name.startswith('_'))


def _package(config: MkDocsConfig) -> Path:
    return Path(config.config_file_path).parent / 'redshells'
