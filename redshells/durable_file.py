"""A file that appears under its path when it is whole: written aside, synced and renamed."""

from __future__ import annotations

import fcntl
import io
import os
import uuid
from contextlib import suppress
from typing import Any

_ASIDE = '.part'


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
