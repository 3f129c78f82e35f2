"""What can be saved: a class that writes itself as an archive and reads itself from one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

from redshells.archive import Archive
from redshells.errors import ParameterError


class SavedModel(ABC):
    """Something that is saved as an archive."""

    training: Mapping[str, Any] = MappingProxyType({})
    """What was done to train it, for the reader."""
    versions: Mapping[str, str] = MappingProxyType({})
    """Of a loaded model, the versions of the libraries that have trained it."""

    def save(self, path: str) -> None:
        """Save as an archive to a local path."""
        self.to_archive().save(path)

    @classmethod
    def load(cls, path: str, trusted_modules: tuple[str, ...] = ()) -> Self:
        """Load what ``save`` or a task has saved.

        Raises:
            ArchiveError: The file is damaged or too new.
            ParameterError: It is of another class.
        """
        archive = Archive.load(path)
        if archive.model != cls.import_path():
            raise ParameterError(f'{path} is of {archive.model}, not of {cls.import_path()}. Use redshells.load_model.')
        return cls.from_archive(archive, trusted_modules=trusted_modules)

    @classmethod
    def import_path(cls) -> str:
        """The import path that stands in a saved model."""
        return f'{cls.__module__}:{cls.__name__}'

    @abstractmethod
    def to_archive(self) -> Archive:
        """The contents of the saved model."""

    @classmethod
    @abstractmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> Self:
        """The model of an archive's contents."""
