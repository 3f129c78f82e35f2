"""The newest older report of the same task in a workspace."""

from __future__ import annotations

import logging
import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import luigi
from gokart.target import SingleFileTarget, TargetOnKart, _get_last_modification_time

from redshells.page.kept_content import check_content
from redshells.page.report import read_content

logger = logging.getLogger(__name__)

_MOST_READ = 50  # files; the report of yesterday is among the newest, unless a folder is shared by many tasks


@dataclass(frozen=True)
class Subject:
    """What a report is on, by which earlier reports on the same thing are known.

    Attributes:
        kind: ``'model'``, ``'recommender'``, ``'training'``, ``'tuning'`` or ``'data'``.
        family: What reports of the same task have in common.
        unique_id: Unique id of the task that is reported on: other reports on its very output are no earlier ones.
        time: When its output was written, in ISO format: reports on what was written later are no earlier ones.
        column_names: The columns of the table; empty for a report on no table.
        facts: What the content of an earlier report must have as well, such as the problem.
    """

    kind: str
    family: str
    unique_id: str
    time: str
    column_names: Collection[str] = ()
    facts: Mapping[str, Any] | None = None

    def is_of(self, content: Mapping[str, Any]) -> bool:
        """Whether a report is an earlier one of the same task."""
        return (
            content.get('family') == self.family
            and content.get('subject_id') != self.unique_id
            and str(content.get('subject_time', '')) <= self.time
            and all(content.get(name) == value for name, value in (self.facts or {}).items())
        )

    def is_like(self, content: Mapping[str, Any]) -> bool:
        """Whether at least half of the columns are the same."""
        before, now = content.get('all_columns', ()), self.column_names
        return not now or 2 * len(set(before) & set(now)) >= max(len(before), len(now))


@dataclass(frozen=True)
class EarlierReport:
    """The report that a new one is compared with.

    Attributes:
        content: What it has kept, with the path where it was found; None where there is none.
        unlike: Path of the newest one whose table has too few of the columns to be compared; empty where there is none.
    """

    content: Mapping[str, Any] | None = None
    unlike: str = ''


def find_earlier(target: TargetOnKart, subject: Subject) -> EarlierReport:
    """The newest older report on the same thing, by the time of its file, among the 50 newest files beside it.

    One that can't be read is passed over with a warning.

    Args:
        target: Where the new report goes: the older ones lie beside it.
        subject: What it is on.
    """
    if not isinstance(target, SingleFileTarget) or not isinstance(target._target, luigi.target.FileSystemTarget):
        return EarlierReport()
    unlike = ''
    for path in _list_newest(target._target)[:_MOST_READ]:
        try:
            content = read_content(_read_text(target._target, path), path)
            if not subject.is_of(content):
                continue
            check_content(content, subject.kind, path)
        except Exception as error:  # whatever it is, of the file or of its storage: an old page must not stop a new one
            logger.warning('%s is passed over as an earlier report: %s', path, error)
            continue
        if subject.is_like(content):
            return EarlierReport({**content, 'path': path}, unlike)
        unlike = unlike or path
    return EarlierReport(None, unlike)


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
