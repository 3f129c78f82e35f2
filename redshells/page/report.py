"""A report: a page that people read, and the numbers that the next report is compared with."""

from __future__ import annotations

import html as html_module
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redshells.errors import DamagedArchiveError

_CONTENT = re.compile(r'<script type="application/json" id="redshells-report">(.*?)</script>', re.DOTALL)


@dataclass(frozen=True)
class Report:
    """A self-contained HTML page, which a notebook shows as it is.

    Attributes:
        html: The page.
    """

    html: str

    @property
    def content(self) -> Mapping[str, Any]:
        """The numbers behind the page that the next report of the same task is compared with.

        Raises:
            DamagedArchiveError: The page is no report of redshells, or it is cut.
        """
        return read_content(self.html, 'the report')

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html_module.escape(self.html)}" style="width: 100%; height: 80vh; border: 0"></iframe>'
        )


def read_content(html: str, name: str) -> Mapping[str, Any]:
    """The numbers behind a page.

    Args:
        html: The page.
        name: Its path, for messages.

    Raises:
        DamagedArchiveError: The page is no report of redshells, or it is cut.
    """
    found = _CONTENT.search(html)
    if found is None or not html.rstrip().endswith('</html>'):
        raise DamagedArchiveError(
            f'{name} is no whole report of redshells. Remove the file and run the task that writes it again.'
        )
    try:
        content = json.loads(found[1])
    except (ValueError, RecursionError) as error:
        raise DamagedArchiveError(
            f'{name} is a report of redshells whose numbers are damaged ({error}). Remove the file and run the task '
            'that writes it again.'
        ) from error
    if not isinstance(content, dict):
        raise DamagedArchiveError(f'{name} is a report of redshells that holds a {type(content).__name__} for numbers.')
    return content


def write_content(content: Mapping[str, Any]) -> str:
    """The numbers behind a page as JSON that can stand in HTML."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(',', ':'))
    return text.replace('<', '\\u003c').replace('>', '\\u003e').replace('&', '\\u0026')
