"""From templates and numbers to a page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from redshells.errors import MissingExtraError
from redshells.page import wording as words
from redshells.page.figure import number_ids
from redshells.page.report import Report, write_content
from redshells.page.run_facts import RunFacts
from redshells.page.wording import Wording


def render(template: str, wording: Wording, run: RunFacts, content: Mapping[str, Any], **values: Any) -> Report:
    """Fill a template.

    Args:
        template: Name of the template.
        wording: The language.
        run: The run that made the page.
        content: What the next report is compared with.
        **values: What the template shows.

    Raises:
        MissingExtraError: Jinja2 is not installed.
    """
    page = _environment().get_template(template)
    html = page.render(
        t=wording,
        language=wording.language,
        run=run,
        content=write_content(content),
        style=_read_template('style.css'),
        **{name: getattr(words, name) for name in _NUMBERS},
        kind=lambda name: wording(KINDS[name]),
        argument=words.argument,
        **values,
    )
    return Report(number_ids('\n'.join(line for line in html.split('\n') if line.strip())) + '\n')


# by the names of redshells.page.kept_content.KINDS_OF_COLUMNS
KINDS = {'number': 'number', 'category': 'category', 'date': 'date', 'vector': 'vector', 'other': 'other'}
"""The English words for the kinds of columns."""

_NUMBERS = ('metric', 'score', 'interval', 'signed', 'signed_interval', 'percent', 'whole', 'plain')


def _read_template(name: str) -> str:
    return resources.files('redshells.page').joinpath('templates', name).read_text('utf-8')


@cache
def _environment() -> Any:
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtraError(
            f"a report needs jinja2, which can't be imported ({error}). pip install 'redshells[report]'"
        ) from error
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_read_template),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
