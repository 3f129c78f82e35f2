"""Optuna's journal in a file that a kill can't break."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optuna.storages.journal import BaseJournalBackend

from redshells.errors import RedshellsError, StudyStorageError
from redshells.tuning.locking import locked_file

_RECORD_START = b'{"op_code":'
# The number of Optuna's JournalOperation.SET_TRIAL_INTERMEDIATE_VALUE, which is part of the file format.
_INTERMEDIATE_VALUE = 7


class DurableJournalBackend(BaseJournalBackend):
    """Optuna's journal in one file, one JSON record a line, that is whole after any kill.

    - The file's own lock is held while it is read or written; the kernel releases it when the holder dies.
    - A last line that a dead writer left unfinished is no record yet: readers ignore it, the next writer removes it.
    - Where a record can't be written, as on a full disk, the file stays as it was.
    - Trials, parameters and results are synced when ``append_logs`` returns. Intermediate values, of which a trial may
      report hundreds, are not waited for: a kill doesn't lose them, and a power cut costs at most the running trial.

    Optuna's own tools, such as ``optuna-dashboard``, read the file as it is.

    Args:
        path: The file, which is created with its folders where it doesn't exist.

    Raises:
        StudyStorageError: The file can't be created.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # Absolute, because the working directory may change while a study runs.
        self._path = Path(path).absolute()
        self._records_read = 0
        self._bytes_read = 0
        with self._errors('created'):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o644))

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        """Return the records from a number on.

        Args:
            log_number_from: The number of the first record that is wanted.

        Raises:
            StudyStorageError: The file can't be read, or a record in it is damaged.
        """
        if log_number_from < self._records_read:
            self._records_read = self._bytes_read = 0
        skipped = log_number_from - self._records_read
        records = []
        for line in self._read_lines(self._bytes_read):
            records.append(self._parse(line, self._records_read + 1))
            self._records_read += 1
            self._bytes_read += len(line)
        return records[skipped:]

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Write records, all or none of them.

        Args:
            logs: The records.

        Raises:
            StudyStorageError: They can't be written; the file is as it was.
        """
        data = b''.join(json.dumps(log, separators=(',', ':')).encode() + b'\n' for log in logs)
        with self._errors('written'), locked_file(self._path, os.O_RDWR) as descriptor:
            size = self._whole_size(descriptor)
            os.ftruncate(descriptor, size)
            try:
                written = 0
                while written < len(data):
                    written += os.pwrite(descriptor, data[written:], size + written)
                if any(log['op_code'] != _INTERMEDIATE_VALUE for log in logs):
                    os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, size)
                raise

    def _read_lines(self, offset: int) -> list[bytes]:
        with self._errors('read'), locked_file(self._path, os.O_RDONLY, shared=True) as descriptor:
            size = os.fstat(descriptor).st_size
            if size < offset:
                raise StudyStorageError(
                    f'the study file {self._path} has {size} bytes, but {offset} had been read from it before; it was '
                    'cut or replaced while the study ran. Restore it, or remove it and begin anew.'
                )
            with os.fdopen(os.dup(descriptor), 'rb') as file:
                file.seek(offset)
                data = file.read(size - offset)
        # What follows the last line end is nothing, or unfinished.
        return [line + b'\n' for line in data.split(b'\n')[:-1]]

    def _parse(self, line: bytes, line_number: int) -> dict[str, Any]:
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict) or not {'op_code', 'worker_id'} <= record.keys():
            raise StudyStorageError(
                f'line {line_number} of the study file {self._path} is damaged: {line[:60]!r} is no record of an '
                'Optuna journal. Restore the file, or remove it and begin anew.'
            )
        return record

    def _whole_size(self, descriptor: int) -> int:
        """Return the size of the file without an unfinished last line."""
        size = os.fstat(descriptor).st_size
        tail = b''
        while len(tail) < size and b'\n' not in tail:
            block = min(size - len(tail), 4096)
            tail = os.pread(descriptor, block, size - len(tail) - block) + tail
        unfinished = tail.rpartition(b'\n')[2]
        # The file may be anything that the user named by mistake: only what can be a record's beginning is removed.
        if not unfinished.startswith(_RECORD_START[: len(unfinished)]) and unfinished.strip(b'\0'):
            raise StudyStorageError(
                f'the study file {self._path} ends with {unfinished[:60]!r}, which is no record of an Optuna journal. '
                'Name a file that does not exist, or one that holds a study.'
            )
        return size - len(unfinished)

    @contextmanager
    def _errors(self, verb: str) -> Iterator[None]:
        try:
            yield
        except RedshellsError:
            raise
        except OSError as error:
            raise StudyStorageError(
                f'the study file {self._path} can not be {verb}: {error.strerror or error}. What it holds is '
                'kept; remove the cause and run the search again.'
            ) from error
