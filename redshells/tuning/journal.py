"""Where a study is kept: a journal file that a kill can't break, or a database of the user's."""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import BaseJournalBackend, JournalRedisBackend

from redshells.errors import MissingExtraError, ParameterError, RedshellsError, StudyStorageError
from redshells.tuning.locking import locked_file

_RECORD_START = b'{"op_code":'
# The number of Optuna's JournalOperation.SET_TRIAL_INTERMEDIATE_VALUE, which is part of the file format.
_INTERMEDIATE_VALUE = 7
_REDIS_SCHEMES = ('redis', 'rediss')
_DATABASE_SCHEMES = ('sqlite', 'postgresql', 'mysql')
_INSTALLS = {'redis': 'redshells[redis]', 'psycopg': 'redshells[postgresql]', 'pymysql': 'redshells[mysql]'}


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


def open_storage(storage: str) -> BaseStorage:
    """Open what a study is kept in.

    Args:
        storage: The path of a journal file, or a URL that begins with ``redis://``, ``sqlite:///``, ``postgresql://``
            or ``mysql://`` (a driver may be named, as in ``mysql+pymysql://``).

    Raises:
        ParameterError: A URL of another kind.
        MissingExtraError: The driver of the database is not installed.
        StudyStorageError: The storage can't be opened or read.
    """
    match = re.match(r'([A-Za-z][A-Za-z0-9]*)(?:\+\w+)?://', storage)
    with storage_errors(storage):
        return JournalStorage(DurableJournalBackend(storage)) if match is None else _open_url(match[1], storage)


def _open_url(scheme: str, url: str) -> BaseStorage:
    try:
        if scheme in _REDIS_SCHEMES:
            with warnings.catch_warnings():
                warnings.simplefilter('ignore', optuna.exceptions.ExperimentalWarning)
                return JournalStorage(JournalRedisBackend(url))
        if scheme in _DATABASE_SCHEMES:
            # SQLAlchemy's own default is a driver that has to be compiled.
            url = re.sub('^mysql://', 'mysql+pymysql://', url)
            return optuna.storages._CachedStorage(optuna.storages.RDBStorage(url))
    except ImportError as error:
        driver = _missing_module(error) or scheme
        raise MissingExtraError(
            f'the storage {without_password(url)!r} needs the library {driver!r}, which is not installed. '
            f"Run: pip install '{_INSTALLS.get(driver, driver)}'"
        ) from error
    raise ParameterError(
        f'storage={without_password(url)!r}; a path, or a URL that begins with one of '
        f'{[known + "://" for known in (*_REDIS_SCHEMES, *_DATABASE_SCHEMES)]} is expected.'
    )


@contextmanager
def storage_errors(storage: str) -> Iterator[None]:
    """Turn what a storage raises in the block when it can't be reached or used into errors with a name.

    Args:
        storage: The path or URL of the storage, for the message.

    Raises:
        StudyStorageError: The storage failed.
    """
    try:
        yield
    except Exception as error:
        if not _is_storage_failure(error):
            raise
        raise StudyStorageError(
            f'the storage {without_password(storage)!r} failed: {error}. Finished trials are kept; when the cause is '
            'removed, run the search again.'
        ) from error


def without_password(storage: str) -> str:
    """Return a storage's path or URL as it may be shown.

    Args:
        storage: A path or URL.
    """
    return re.sub(r'(://[^:/@]*):[^/]*@', r'\1:***@', storage)


def _missing_module(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            return error.name.partition('.')[0]
        error = error.__cause__
    return None


def _is_storage_failure(error: Exception) -> bool:
    if isinstance(error, optuna.exceptions.StorageInternalError):
        return True
    modules = {one.__module__.partition('.')[0] for one in type(error).__mro__}
    return bool(modules & {'redis', 'sqlalchemy'})
