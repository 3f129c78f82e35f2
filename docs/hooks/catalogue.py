"""Makes the catalogue: each public task with its docstring and a table of its parameters, read from its class.

``python docs/hooks/catalogue.py`` prints it.
"""

from __future__ import annotations

import html
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import gokart
import luigi
from luigi.parameter import ParameterVisibility
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

FAMILIES = ('redshells.data', 'redshells.train', 'redshells.predict', 'redshells.report', 'redshells.app')
_SECTION = re.compile(r'^(?P<title>[A-Z][A-Za-z ]+):\n(?P<body>(?:(?:[ \t]+.*)?\n)+)', re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page to the site."""
    files.append(File.generated(config, 'catalogue.md', content=catalogue()))
    return files


def catalogue() -> str:
    """The page, as Markdown."""
    families = {family: tasks for family in FAMILIES if (tasks := list(public_tasks(family)))}
    lines = ['# Tasks', '', 'Every public task, made from its class. A parameter without a default is required.']
    if not families:
        lines += ['', 'There is none yet.']
    for family, tasks in families.items():
        lines += ['', f'## {family}', '', _first_line(import_module(family))]
        for task in tasks:
            lines += ['', f'### {task.__name__}', '', _docstring(task), '', *_table(task, _own_parameters(task))]
    lines += ['', '## Parameters of every task', '', 'gokart gives these to each task.', '']
    lines += _table(gokart.TaskOnKart, gokart.TaskOnKart.get_params())
    return '\n'.join(lines) + '\n'


def public_tasks(family: str) -> Iterator[type[gokart.TaskOnKart[Any]]]:
    """The concrete tasks that a package exports, in the order of its ``__all__``."""
    if find_spec('redshells.task') is None or find_spec(family) is None:
        return
    base = import_module('redshells.task').RedshellsTask
    package = import_module(family)
    for name in getattr(package, '__all__', sorted(vars(package))):
        value = getattr(package, name)
        if inspect.isclass(value) and issubclass(value, base) and value is not base:
            if not name.startswith('_') and not inspect.isabstract(value):
                yield value


def _own_parameters(task: type[luigi.Task]) -> list[tuple[str, luigi.Parameter]]:
    """The parameters that not every gokart task has; the required ones first."""
    inherited = dict(gokart.TaskOnKart.get_params())
    own = [(name, parameter) for name, parameter in task.get_params() if parameter is not inherited.get(name)]
    return sorted(own, key=lambda item: _has_default(item[1]))


def _table(task: type[luigi.Task], parameters: Iterable[tuple[str, luigi.Parameter]]) -> list[str]:
    rows = ['| parameter | type | default | part of the id | |', '|---|---|---|---|---|']
    for name, parameter in parameters:
        default = _code(repr(parameter._default)) if _has_default(parameter) else 'required'
        cells = [_code(name), _code(_annotation(task, name)), default, _in_id(parameter), _text(parameter.description)]
        rows.append(f'| {" | ".join(cells)} |')
    return rows


def _annotation(task: type[luigi.Task], name: str) -> str:
    """The annotation as it is written, in the class that is nearest; the class of the parameter if there is none."""
    for owner in task.__mro__:
        annotation = inspect.get_annotations(owner).get(name)
        if annotation is not None:
            return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return type(dict(task.get_params())[name]).__name__


def _has_default(parameter: luigi.Parameter) -> bool:
    return parameter._default is not luigi.parameter._no_value


def _in_id(parameter: luigi.Parameter) -> str:
    return 'yes' if parameter.significant and parameter.visibility != ParameterVisibility.PRIVATE else 'no'


def _docstring(task: type) -> str:
    """The docstring as Markdown: the sections of the Google style get a title, examples stand in a code block."""

    def section(match: re.Match[str]) -> str:
        body = textwrap.dedent(match['body']).strip()
        if '>>> ' in body:
            body = f'```pycon\n{body}\n```'
        return f'**{match["title"]}**\n\n{body}\n\n'

    return _SECTION.sub(section, (inspect.getdoc(task) or '') + '\n').strip()


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or '').partition('\n')[0]


def _code(text: str) -> str:
    return f'<code>{_text(text)}</code>'


def _text(text: str | None) -> str:
    """Text that neither ends the cell of a table nor is taken for Markdown."""
    escaped = html.escape(' '.join((text or '').split()))
    return re.sub(r'[|*_`\[\]\\]', lambda match: f'&#{ord(match[0])};', escaped)


if __name__ == '__main__':
    print(catalogue(), end='')
