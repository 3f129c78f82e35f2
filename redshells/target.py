"""Targets that are absent or whole: local files are written aside under a name of their own, synced and renamed.

luigi's local target takes the name of its temporary file from ``random``, which gokart seeds with the task's id, so
that two processes running one task write into one file; and it does not sync.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any, ClassVar

import luigi
from gokart.file_processor import FileProcessor
from gokart.target import TargetOnKart

from redshells.archive import Archive, content_of
from redshells.durable_file import DurableFile
from redshells.errors import ArchiveError, DamagedArchiveError, ParameterError
from redshells.model import model_from_archive
from redshells.page.report import Report, read_content
from redshells.tuning.result import TuningResult

_TABLE_EXTENSIONS = ('.feather', '.parquet', '.pkl', '.csv', '.tsv')


class DurableLocalTarget(luigi.LocalTarget):
    """A local file, written aside, synced and renamed."""

    def open(self, mode: str = 'r') -> Any:
        """Open for reading (``'r'``) or for writing (``'w'``)."""
        if mode.replace('b', '') != 'w':
            return super().open(mode)  # type: ignore[no-untyped-call]
        return self.format.pipe_writer(DurableFile(self.path))


class NamedFileProcessor(FileProcessor):
    """Reads and writes files of redshells, and names the file in messages.

    Args:
        path: Path of the file.
    """

    content: ClassVar[str]
    """What the file holds, in words."""

    def __init__(self, path: str = '') -> None:
        self.path = path

    def format(self) -> Any:
        """Bytes, as they are."""
        return luigi.format.Nop


class ModelProcessor(NamedFileProcessor):
    """Writes models as archives and reads them again.

    Args:
        path: Path of the file, for messages.
        trusted_modules: Packages besides scikit-learn's whose classes an estimator of this file may hold.
    """

    content = 'a model'

    def __init__(self, path: str = '', trusted_modules: tuple[str, ...] = ()) -> None:
        super().__init__(path)
        self._trusted_modules = trusted_modules

    def load(self, file: IO[bytes]) -> Any:
        """Read a model.

        Raises:
            ArchiveError: The file is damaged, too new, or holds what it must not.
        """
        archive = Archive.read(content_of(file), name=self.path)
        return model_from_archive(archive, name=self.path, trusted_modules=self._trusted_modules)

    def dump(self, obj: Any, file: IO[bytes]) -> None:
        """Write a model."""
        obj.to_archive().write(file)


class TuningResultProcessor(NamedFileProcessor):
    """Writes tuning results as JSON and reads them again.

    Args:
        path: Path of the file, for messages.
    """

    content = 'a tuning result'

    def load(self, file: IO[bytes]) -> TuningResult:
        """Read a tuning result.

        Raises:
            ArchiveError: The file is damaged or too new.
        """
        try:
            return TuningResult.from_json(file.read().decode())
        except (ArchiveError, UnicodeDecodeError) as error:
            raise DamagedArchiveError(f'{self.path} can not be read as a tuning result: {error}') from error

    def dump(self, obj: TuningResult, file: IO[bytes]) -> None:
        """Write a tuning result."""
        file.write(obj.to_json().encode())


class ReportProcessor(NamedFileProcessor):
    """Writes reports as HTML and reads them again.

    Args:
        path: Path of the file, for messages.
    """

    content = 'a report'

    def load(self, file: IO[bytes]) -> Report:
        """Read a report.

        Raises:
            DamagedArchiveError: The file is cut, or it is no report.
        """
        html = file.read().decode(errors='replace')
        read_content(html, self.path)
        return Report(html)

    def dump(self, obj: Report, file: IO[bytes]) -> None:
        """Write a report."""
        file.write(obj.html.encode())


class JsonProcessor(FileProcessor):
    """Writes JSON values and reads them again; gokart's own makes tables of them."""

    def format(self) -> Any:
        """Bytes, as they are."""
        return luigi.format.Nop

    def load(self, file: IO[bytes]) -> Any:
        """Read a value."""
        return json.loads(file.read())

    def dump(self, obj: Any, file: IO[bytes]) -> None:
        """Write a value."""
        file.write(json.dumps(obj, indent=1, ensure_ascii=False, default=str).encode())


class BytesProcessor(FileProcessor):
    """Writes bytes as they are and reads them again."""

    def format(self) -> Any:
        """Bytes, as they are."""
        return luigi.format.Nop

    def load(self, file: IO[bytes]) -> bytes:
        """Read the bytes."""
        return file.read()

    def dump(self, obj: bytes, file: IO[bytes]) -> None:
        """Write bytes."""
        file.write(obj)


class CheckedTarget(TargetOnKart):
    """The output of another task that has been checked: it is loaded from there, and a record says that it was checked.

    It counts as there while that output is the one that was checked, by the time at which it was written.

    Args:
        checked: The output of the other task.
        record: The file that is written when the check has passed; it alone is removed.
        facts: What the record says, looked at when it is written.
    """

    def __init__(self, checked: TargetOnKart, record: TargetOnKart, facts: Mapping[str, Any]) -> None:
        self._checked = checked
        self._record = record
        self._facts = facts

    def checked_path(self) -> str:
        """Path of the output that was checked."""
        return str(self._checked.path())

    def _exists(self) -> bool:
        if not self._record.exists() or not self._checked.exists():
            return False
        return bool(self._record.load()['written'] == _seconds(self._checked))  # no clock is compared with another

    def _get_task_lock_params(self) -> Any:
        return self._record._get_task_lock_params()

    def _load(self) -> Any:
        return self._checked.load()

    def _dump(self, obj: Any, *args: Any, **kwargs: Any) -> None:
        record = {'checked': self._checked.path(), 'written': _seconds(self._checked), **self._facts}
        self._record._dump(record, *args, **kwargs)

    def _remove(self) -> None:
        self._record.remove()

    def _last_modification_time(self) -> datetime:
        return self._record.last_modification_time()

    def _path(self) -> str:
        return self._record.path()


def _seconds(target: TargetOnKart) -> float:
    moment: Any = target.last_modification_time()
    return float((datetime.fromisoformat(moment) if isinstance(moment, str) else moment).timestamp())  # text on GCS


def check_pickle_path(path: str) -> None:
    """Check that a path is one of a pickle file.

    Args:
        path: The output_file_path of a task.

    Raises:
        ParameterError: It is not.
    """
    if os.path.splitext(path)[1] != '.pkl':
        raise ParameterError(f"output_file_path={path!r} was given; a path that ends in '.pkl' is expected.")


def check_table_path(path: str) -> None:
    """Check that the extension of a path is of a format that holds a table.

    Args:
        path: Path below the workspace.

    Raises:
        ParameterError: It is not. gokart would write the printed table into a ``.txt`` or ``.gz`` file.
    """
    extension = os.path.splitext(path)[1]
    if extension not in _TABLE_EXTENSIONS:
        raise ParameterError(
            f'the path {path!r} of a table was given; one that ends in {_TABLE_EXTENSIONS} is expected.'
        )
