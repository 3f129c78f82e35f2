"""The one file format of every saved model.

An archive is a zip file (stored, not compressed) with ``manifest.json`` and native parts: LightGBM text, XGBoost UBJ,
CatBoost cbm, ``.npy``, JSON, ... It holds no pickle, and reading it runs no code of the file. Its last 64 bytes are the
SHA-256 of all bytes before them, so that any change of the file (a cut, a flipped bit, an inserted byte) is found
before a parser sees a byte; the manifest holds size and SHA-256 of each part besides. Equal contents give equal bytes.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import platform
import uuid
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from redshells.errors import ArchiveError, ArchiveVersionError, DamagedArchiveError

FORMAT_VERSION = 1
_FORMAT = 'redshells-model'
_MANIFEST = 'manifest.json'
_ASIDE = '.part'
_SEAL_LENGTH = hashlib.sha256().digest_size * 2
_LIBRARIES = ('redshells', 'gokart', 'numpy', 'pandas', 'scikit-learn', 'lightgbm', 'xgboost', 'catboost')


@dataclass(frozen=True)
class Archive:
    """The contents of a saved model.

    Args:
        model: Import path of the model's class, such as ``'redshells.model.lightgbm:LightGBMModel'``.
        parameters: Constructor parameters of the model, as JSON values.
        state: What the model has learnt besides its parts, as JSON values: the schema of the features, the classes, ...
        parts: Name to content of each native part.
        training: What is known of the training (digest and shape of the input, scores, ...), as JSON values.
        versions: Versions of the libraries that wrote it.
    """

    model: str
    parameters: Mapping[str, Any]
    state: Mapping[str, Any]
    parts: Mapping[str, bytes]
    training: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=lambda: library_versions())

    def write(self, file: IO[bytes]) -> None:
        """Write the archive to a binary file; it need not be seekable.

        Raises:
            TypeError: A value of the manifest is no JSON.
        """
        writer = _HashingWriter(file)
        with zipfile.ZipFile(writer, 'w', zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
            archive.writestr(_member(_MANIFEST), self._manifest())
            for name, content in sorted(self.parts.items()):
                archive.writestr(_member(name), content)
            archive.comment = b'0' * _SEAL_LENGTH
        # zipfile wrote a comment of zeros, held back by the writer, in whose place the seal goes
        writer.seal()

    def _manifest(self) -> bytes:
        manifest = {
            'format': _FORMAT,
            'format_version': FORMAT_VERSION,
            'model': self.model,
            'parameters': dict(self.parameters),
            'state': dict(self.state),
            'training': dict(self.training),
            'versions': dict(self.versions),
            'parts': {name: {'bytes': len(part), 'sha256': _sha256(part)} for name, part in sorted(self.parts.items())},
        }
        return json.dumps(manifest, ensure_ascii=False, allow_nan=False, indent=1).encode()

    def save(self, path: str) -> None:
        """Write the archive to a local path: aside, synced, renamed. The path is absent or whole at any moment."""
        with DurableFile(path) as file:
            self.write(file)

    @classmethod
    def load(cls, path: str) -> Archive:
        """Read the archive of a local path.

        Raises:
            FileNotFoundError: There is no such file.
            DamagedArchiveError: It is cut, altered, or no archive of redshells.
            ArchiveVersionError: It was written by a newer redshells.
        """
        with open(path, 'rb') as file:
            return cls.read(file.read(), name=path)

    @classmethod
    def read(cls, content: bytes, *, name: str) -> Archive:
        """Read an archive from the bytes of its file.

        Args:
            content: All bytes of the file.
            name: Path of the file, for messages.

        Raises:
            DamagedArchiveError: It is cut, altered, or no archive of redshells.
            ArchiveVersionError: It was written by a newer redshells.
        """
        view = memoryview(content)
        seal = view[-_SEAL_LENGTH:].tobytes()
        if len(view) <= _SEAL_LENGTH or hashlib.sha256(view[:-_SEAL_LENGTH]).hexdigest().encode() != seal:
            raise DamagedArchiveError(
                f'{name} is no whole archive of redshells: its {len(view)} bytes do not have the checksum at their '
                'end. Remove the file and run the task that writes it again.'
            )
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                manifest = json.loads(archive.read(_MANIFEST))
                _check_format(manifest, name)
                return cls._from_members(archive, manifest)
        except ArchiveError:
            raise
        except Exception as error:  # zipfile alone raises a dozen kinds
            raise DamagedArchiveError(f'{name} can not be read: {error}. It was not written by redshells.') from error

    @classmethod
    def _from_members(cls, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> Archive:
        expected = manifest['parts']
        if sorted(archive.namelist()) != sorted([_MANIFEST, *expected]):
            raise ValueError(f'its members are {sorted(archive.namelist())}, the manifest lists {sorted(expected)}')
        parts = {}
        for part, facts in expected.items():
            if archive.getinfo(part).file_size != facts['bytes']:
                raise ValueError(f'the part {part} has {archive.getinfo(part).file_size} bytes, not {facts["bytes"]}')
            parts[part] = archive.read(part)
            if _sha256(parts[part]) != facts['sha256']:
                raise ValueError(f'the part {part} does not have the checksum of the manifest')
        return cls(
            model=manifest['model'],
            parameters=manifest['parameters'],
            state=manifest['state'],
            parts=parts,
            training=manifest['training'],
            versions=manifest['versions'],
        )


class DurableFile(io.BufferedWriter):
    """A binary file to write, which appears under its path when it is closed without an error and is on the disk.

    Until then it lies aside, in the same folder, under a name of its own, and is locked. What a killed process has left
    there is not locked, and the next writer of the same path removes it.

    Args:
        path: Where the file goes; its folder is made.
    """

    def __init__(self, path: str) -> None:
        self._path = os.path.abspath(path)
        folder, name = os.path.split(self._path)
        os.makedirs(folder, exist_ok=True)
        _remove_leftovers(folder, name)
        self._aside, raw = _open_aside(folder, name)
        super().__init__(raw)

    def close(self) -> None:
        """Sync the file and move it to its path."""
        if self.closed:
            return
        self.flush()
        os.fsync(self.fileno())
        os.replace(self._aside, self._path)
        super().close()
        sync_folder(os.path.dirname(self._path))

    def abandon(self) -> None:
        """Remove the file; nothing comes to its path."""
        if not self.closed:
            with suppress(FileNotFoundError):
                os.remove(self._aside)
            with suppress(OSError):  # it writes what is left in the buffer, for which the disk may be too full
                super().close()

    def __exit__(self, error_type: Any, error: Any, traceback: Any) -> None:
        if error_type is None:
            self.close()
        else:
            self.abandon()

    def __del__(self) -> None:
        if hasattr(self, '_aside'):
            self.abandon()


def _open_aside(folder: str, name: str) -> tuple[str, io.FileIO]:
    while True:
        path = os.path.join(folder, f'.{name}.{uuid.uuid4().hex}{_ASIDE}')
        file = io.FileIO(path, 'x')
        with suppress(OSError):  # a file system without locks: what is left there stays
            fcntl.flock(file, fcntl.LOCK_EX)
        if os.path.exists(path):  # if not, another writer has taken it for a leftover before it was locked
            return path, file
        file.close()


def _remove_leftovers(folder: str, name: str) -> None:
    for entry in os.scandir(folder):
        if entry.name.startswith(f'.{name}.') and entry.name.endswith(_ASIDE):
            # OSError: its writer is alive, or another process has been faster
            with suppress(OSError), open(entry.path, 'rb') as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.remove(entry.path)


def sync_folder(folder: str) -> None:
    """Make the renames in a folder survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def array_to_bytes(array: npt.NDArray[Any]) -> bytes:
    """Content of an ``.npy`` file; object arrays are refused by numpy."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def bytes_to_array(content: bytes) -> npt.NDArray[Any]:
    """The array of an ``.npy`` file's content."""
    return np.load(io.BytesIO(content), allow_pickle=False)  # type: ignore[no-any-return]


def library_versions() -> dict[str, str]:
    """Versions of the libraries that a model's numbers depend on, of those that are installed."""
    return dict(_installed_versions())


@cache
def _installed_versions() -> dict[str, str]:
    versions = {'python': platform.python_version()}
    for library in _LIBRARIES:
        with suppress(PackageNotFoundError):
            versions[library] = version(library)
    return versions


class _HashingWriter:
    """A forward-only file that hashes what goes through it and holds back the last bytes until they are known."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self._held = b''

    def write(self, content: bytes) -> int:
        data = self._held + content if self._held else content
        keep = min(_SEAL_LENGTH, len(data))
        ready, self._held = memoryview(data)[: len(data) - keep], bytes(memoryview(data)[len(data) - keep :])
        self._hash.update(ready)
        self._file.write(ready)
        return len(content)

    def flush(self) -> None:
        self._file.flush()

    def seal(self) -> None:
        self._file.write(self._hash.hexdigest().encode())


def _member(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _check_format(manifest: Any, name: str) -> None:
    if not isinstance(manifest, dict) or manifest.get('format') != _FORMAT:
        raise DamagedArchiveError(f'{name} is a zip file, but no archive of redshells.')
    if manifest['format_version'] > FORMAT_VERSION:
        raise ArchiveVersionError(
            f'{name} has format {manifest["format_version"]}, written by redshells '
            f'{manifest["versions"].get("redshells")}; this redshells reads '
            f'formats up to {FORMAT_VERSION}. Update redshells, or train the model again.'
        )
