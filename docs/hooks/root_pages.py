"""Lets a page of the site be a file of the repository's root, such as the README.

A page that holds the line ``--8<-- "README.md"`` shows that file. Its links are those of the repository; here they
become links between pages, and a link to a file that is not in the site becomes plain text.
"""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

_INCLUDE = re.compile(r'^--8<-- "(?P<file>[^"]+)"$', re.MULTILINE)
_LINK = re.compile(r'(?P<image>!?)\[(?P<text>[^]]+)\]\((?!https?:|mailto:|#)(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)')
_PAGES = {'README.md': 'index.md', 'CHANGELOG.md': 'changelog.md', 'CONTRIBUTING.md': 'contributing.md'}


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the named files in place of the lines that name them."""
    root = Path(config.config_file_path).parent

    def link(match: re.Match[str]) -> str:
        target = _PAGES.get(match['path'], match['path'].removeprefix('docs/'))
        known = files.get_file_from_path(target) is not None
        return f'{match["image"]}[{match["text"]}]({target}{match["anchor"] or ""})' if known else match['text']

    return _INCLUDE.sub(lambda match: _LINK.sub(link, (root / match['file']).read_text('utf-8')), markdown)


def on_serve(server: object, config: MkDocsConfig, builder: object) -> None:
    """Build again when one of the files changes."""
    for name in _PAGES:
        server.watch(str(Path(config.config_file_path).parent / name))  # type: ignore[attr-defined]
