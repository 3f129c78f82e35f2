"""What a page says of the run that made it: tasks, files, parameters, versions."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

FORMAT = 1
"""Of what a page keeps for the next one."""


@dataclass(frozen=True)
class FileLink:
    """A file that a page names.

    Attributes:
        path: Its path or URL.
        link: Where it is from the page, as a relative URL, if both lie on one disk.
    """

    path: str
    link: str = ''

    @classmethod
    def of(cls, path: str, page: str) -> FileLink:
        """A file as it is seen from a page.

        Args:
            path: Path or URL of the file.
            page: Path or URL of the page.
        """
        if '://' in path or '://' in page:
            return cls(path)
        relative = posixpath.relpath(posixpath.abspath(path), posixpath.dirname(posixpath.abspath(page)))
        return cls(path, quote(relative))  # a name may hold what means something else in a link, such as '#' or ':'


@dataclass(frozen=True)
class TaskOutput:
    """A task and its files.

    Attributes:
        role: What it is to the report, such as ``'Model'``.
        task: The name of its class.
        unique_id: Its unique id.
        files: Its outputs.
        parameters: Names and values of its parameters.
    """

    role: str
    task: str
    unique_id: str
    files: tuple[FileLink, ...]
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class TableRead:
    """A table that was read.

    Attributes:
        name: The parameter that it was given by.
        task: The name of the class of the task that made it.
        shape: Rows and columns, as a text.
        digest: SHA-256 of its content.
    """

    name: str
    task: str
    shape: str
    digest: str


@dataclass(frozen=True)
class RunFacts:
    """The run that made a page.

    Attributes:
        title: Title of the page.
        created: When it was made, as a text.
        path: Path or URL of the page.
        unique_id: Unique id of the task that made it.
        family: What reports of the same task have in common, whatever the day.
        task: The name of the task that is reported on.
        subject_id: Unique id of that task.
        subject_time: When its output was written, in ISO format.
        outputs: The tasks behind it, their files and parameters.
        inputs: The tables that were read.
        versions: Versions of the libraries that have made what is reported on.
        writer_versions: Versions of the libraries that have written the page.
        code: Lines that load what is reported on.
        unlike: The newest earlier page of the same tasks, if its table has too few of the columns to be compared.
    """

    title: str
    created: str
    path: str
    unique_id: str
    family: str
    task: str
    subject_id: str = ''
    subject_time: str = ''
    outputs: tuple[TaskOutput, ...] = ()
    inputs: tuple[TableRead, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    writer_versions: Mapping[str, str] = field(default_factory=dict)
    code: str = ''
    unlike: FileLink | None = None

    @property
    def version(self) -> str:
        """The version of redshells."""
        return self.writer_versions.get('redshells', '')

    def content(self, kind: str) -> dict[str, Any]:
        """What the next report knows this one by.

        Args:
            kind: ``'model'``, ``'recommender'``, ``'training'``, ``'tuning'`` or ``'data'``.
        """
        return {
            'format': FORMAT,
            'kind': kind,
            'family': self.family,
            'created': self.created,
            'path': self.path,
            'unique_id': self.unique_id,
            'subject_id': self.subject_id,
            'subject_time': self.subject_time,
        }
