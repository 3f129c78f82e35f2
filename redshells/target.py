"""Targets that are absent or whole: local files are written aside under a name of their own, synced and renamed.

luigi's local target takes the name of its temporary file from ``random``, which gokart seeds with the task's id, so
that two processes running one task write into one file; and it does not sync.
"""

from __future__ import annotations

import os
from typing import IO, Any

import luigi
from gokart.file_processor import FileProcessor

from redshells.archive import Archive, DurableFile
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


class ModelProcessor(FileProcessor):
    """Writes models as archives and reads them again.

    Args:
        path: Path of the file, for messages.
        trusted_modules: Packages besides scikit-learn's whose classes an estimator of this file may hold.
    """

    def __init__(self, path: str, trusted_modules: tuple[str, ...] = ()) -> None:
        self._path = path
        self._trusted_modules = trusted_modules

    def format(self) -> Any:
        """Bytes, as they are."""
        return luigi.format.Nop

    def load(self, file: IO[bytes]) -> Any:
        """Read a model.

        Raises:
            ArchiveError: The file is damaged, too new, or holds what it must not.
        """
        archive = Archive.read(file.read(), name=self._path)
        return model_from_archive(archive, name=self._path, trusted_modules=self._trusted_modules)

    def dump(self, obj: Any, file: IO[bytes]) -> None:
        """Write a model."""
        obj.to_archive().write(file)


class TuningResultProcessor(FileProcessor):
    """Writes tuning results as JSON and reads them again.

    Args:
        path: Path of the file, for messages.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def format(self) -> Any:
        """Bytes, as they are."""
        return luigi.format.Nop

    def load(self, file: IO[bytes]) -> TuningResult:
        """Read a tuning result.

        Raises:
            ArchiveError: The file is damaged or too new.
        """
        try:
            return TuningResult.from_json(file.read().decode())
        except (ArchiveError, UnicodeDecodeError) as error:
            raise DamagedArchiveError(f'{self._path} can not be read as a tuning result: {error}') from error

    def dump(self, obj: TuningResult, file: IO[bytes]) -> None:
        """Write a tuning result."""
        file.write(obj.to_json().encode())


class ReportProcessor(FileProcessor):
    """Writes reports as HTML and reads them again.

    Args:
        path: Path of the file, for messages.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def format(self) -> Any:
        """Bytes, as they are."""
        return luigi.format.Nop

    def load(self, file: IO[bytes]) -> Report:
        """Read a report.

        Raises:
            DamagedArchiveError: The file is cut, or it is no report.
        """
        html = file.read().decode(errors='replace')
        read_content(html, self._path)
        return Report(html)

    def dump(self, obj: Report, file: IO[bytes]) -> None:
        """Write a report."""
        file.write(obj.html.encode())


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
