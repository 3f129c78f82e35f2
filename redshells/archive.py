"""The one file format of every saved model.

An archive is a zip file (stored, not compressed) with ``manifest.json`` and native parts: LightGBM text, XGBoost UBJ,
CatBoost cbm, ``.npy``, JSON, ... It holds no pickle, and reading it runs no code of the file. Its last 64 bytes are the
SHA-256 of all bytes before them, so that any change of the file (a cut, a flipped bit, an inserted byte) is found
before a parser sees a byte; the manifest holds size and SHA-256 of each part besides. Equal contents give equal bytes.
Parts begin at multiples of 64 bytes, so that the arrays of a large local file are used where they lie, mapped into
memory.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import mmap
import os
import platform
import struct
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from numpy.lib.format import read_array_header_1_0, read_array_header_2_0, read_magic

from redshells.durable_file import DurableFile
from redshells.errors import ArchiveError, ArchiveVersionError, DamagedArchiveError

FORMAT_VERSION = 1
_FORMAT = 'redshells-model'
_MANIFEST = 'manifest.json'
_SEAL_LENGTH = hashlib.sha256().digest_size * 2
_ALIGNMENT = 64
_PADDING_ID = 0xD935  # of the field of a zip member that Android's tools fill up with zeros for the same end
_LOCAL_HEADER = struct.Struct('<26xHH')  # the lengths of the name and of the further fields, at its end
_ZIP64_FIELD = 20
_SMALLEST_MAPPED = 2**25
_LONGEST_NPY_HEADER = 2**16
_LIBRARIES = (
    'redshells',
    'gokart',
    'numpy',
    'pandas',
    'scipy',
    'scikit-learn',
    'lightgbm',
    'xgboost',
    'catboost',
    'gensim',
    'torch',
)


Part = bytes | memoryview


@dataclass(frozen=True)
class Archive:
    """The contents of a saved model.

    Args:
        model: Import path of the model's class, such as ``'redshells.model.lightgbm:LightGBMModel'``.
        parameters: Constructor parameters of the model, as JSON values.
        state: What the model has learnt besides its parts, as JSON values: the schema of the features, the classes, ...
        parts: Name to content of each native part; read-only, and of a file that was read a view of it.
        training: What is known of the training (digest and shape of the input, scores, ...), as JSON values.
        versions: Versions of the libraries that wrote it.
    """

    model: str
    parameters: Mapping[str, Any]
    state: Mapping[str, Any]
    parts: Mapping[str, Part]
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
                archive.writestr(_aligned_member(name, archive.start_dir, len(content)), content)
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
            return cls.read(content_of(file), name=path)

    @classmethod
    def read(cls, content: bytes | mmap.mmap, *, name: str) -> Archive:
        """Read an archive from the bytes of its file.

        Args:
            content: All bytes of the file; the parts are views of them.
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
            with zipfile.ZipFile(_seekable(content)) as archive:
                manifest = json.loads(bytes(_bytes_of(archive.getinfo(_MANIFEST), view)))
                _check_format(manifest, name)
                return cls._from_members(view, archive, manifest)
        except ArchiveError:
            raise
        except Exception as error:  # zipfile alone raises a dozen kinds
            raise DamagedArchiveError(f'{name} can not be read: {error}. It was not written by redshells.') from error

    @classmethod
    def _from_members(cls, content: memoryview, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> Archive:
        expected = manifest['parts']
        if sorted(archive.namelist()) != sorted([_MANIFEST, *expected]):
            raise ValueError(f'its members are {sorted(archive.namelist())}, the manifest lists {sorted(expected)}')
        parts = {}
        for part, facts in expected.items():
            parts[part] = _bytes_of(archive.getinfo(part), content)
            if len(parts[part]) != facts['bytes']:
                raise ValueError(f'the part {part} has {len(parts[part])} bytes, not {facts["bytes"]}')
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


def content_of(file: IO[bytes]) -> bytes | mmap.mmap:
    """All bytes of a file; those of a large local one are mapped, and come into memory when they are used.

    No writer of redshells changes a file where it lies: a mapped one stays what it was when its path gets another.
    """
    try:
        if os.fstat(file.fileno()).st_size >= _SMALLEST_MAPPED:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (AttributeError, OSError, ValueError):
        pass  # no file of an operating system, or none that can be mapped
    return file.read()


def array_to_bytes(array: npt.NDArray[Any]) -> memoryview:
    """Content of an ``.npy`` file; object arrays are refused by numpy."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getbuffer().toreadonly()


def bytes_to_array(content: Part) -> npt.NDArray[Any]:
    """The array of an ``.npy`` file's content: read-only, and a view of it where the content is aligned."""
    head = io.BytesIO(content[:_LONGEST_NPY_HEADER])
    read_header = {(1, 0): read_array_header_1_0, (2, 0): read_array_header_2_0}[read_magic(head)]
    shape, is_fortran, dtype = read_header(head)
    size = math.prod(shape)
    if dtype.hasobject:
        raise ValueError('Object arrays cannot be loaded when allow_pickle=False')
    if not size:
        return np.empty(shape, dtype)
    array = np.frombuffer(content, dtype, size, head.tell()).reshape(shape, order='F' if is_fortran else 'C')
    return array if array.flags.aligned else array.copy()  # not aligned in files of earlier versions


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


def _aligned_member(name: str, offset: int, size: int) -> zipfile.ZipInfo:
    """A member whose content begins at a multiple of the alignment when its header is written at the offset."""
    member = _member(name)
    begin = offset + _LOCAL_HEADER.size + len(name.encode()) + 4
    if size * 1.05 > zipfile.ZIP64_LIMIT:  # zipfile adds the field that says so
        begin += _ZIP64_FIELD
    padding = -begin % _ALIGNMENT
    member.extra = struct.pack('<HH', _PADDING_ID, padding) + bytes(padding)
    return member


def _bytes_of(member: zipfile.ZipInfo, content: memoryview) -> memoryview:
    """The bytes of a member, where they lie; as they are stored, for the manifest says how many there must be."""
    header = content[member.header_offset :]
    begin = _LOCAL_HEADER.size + sum(_LOCAL_HEADER.unpack_from(header))
    return header[begin : begin + member.compress_size]


def _seekable(content: bytes | mmap.mmap) -> IO[bytes]:
    return io.BytesIO(content) if isinstance(content, bytes) else content  # type: ignore[return-value]


def _sha256(content: Part) -> str:
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
