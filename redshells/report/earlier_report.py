"""The newest older report of the same task in a workspace."""

from __future__ import annotations

import logging
import posixpath
import re
from collections.abc import Collection, Mapping
from typing import Any

import luigi
from gokart.target import SingleFileTarget, TargetOnKart, _get_last_modification_time

from redshells.page.kept_content import check_content
from redshells.page.report import read_content

logger = logging.getLogger(__name__)

_MOST_READ = 50  # files; the report of yesterday is among the newest, unless a folder is shared by many tasks


def find_earlier_content(
    target: TargetOnKart, family: str, kind: str, column_names: Collection[str]
) -> Mapping[str, Any] | None:
    """What the newest older report has kept, by the time of its file.

    Args:
        target: Where the new report goes: the older ones lie beside it.
        family: What reports of the same task have in common.
        kind: ``'model'``, ``'tuning'`` or ``'data'``.
        column_names: The columns of the table; a report on a table that has less than half of them, or of which they
            are less than half, is of another one. Empty for a report on no table.

    Returns:
        Its content; None where there is none among the 50 newest files. One that can't be read is passed over.
    """
    if not isinstance(target, SingleFileTarget) or not isinstance(target._target, luigi.target.FileSystemTarget):
        return None
    for path in _list_newest(target._target)[:_MOST_READ]:
        try:
            content = read_content(_read_text(target._target, path), path)
            if content.get('family') == family and _are_alike(content.get('all_columns', ()), column_names):
                check_content(content, kind, path)
                return content
        except Exception as error:  # whatever it is, of the file or of its storage: an old page must not stop a new one
            logger.warning('%s is passed over as an earlier report: %s', path, error)
    return None


def _are_alike(before: Collection[str], now: Collection[str]) -> bool:
    shared = len(set(before) & set(now))
    return not now or 2 * shared >= max(len(before), len(now))


def _list_newest(target: Any) -> list[str]:
    """Files beside a target whose names differ in the unique id only, the newest first."""
    folder, name = posixpath.split(target.path)
    pattern = re.compile(re.sub('[0-9a-f]{32}', '[0-9a-f]{32}', re.escape(name)))
    if not target.fs.exists(folder):
        return []
    names = {posixpath.basename(str(path)) for path in target.fs.listdir(folder)}
    paths = [posixpath.join(folder, one) for one in names if one != name and pattern.fullmatch(one)]
    return sorted(paths, key=lambda path: (str(_get_last_modification_time(path)), path), reverse=True)


def _read_text(target: Any, path: str) -> str:
    client = {} if isinstance(target, luigi.LocalTarget) else {'client': target.fs}
    other = type(target)(path, format=target.format, **client)
    with other.open('r') as file:
        content = file.read()
    return content if isinstance(content, str) else content.decode(errors='replace')
