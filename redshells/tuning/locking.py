"""Locks on files that the kernel releases when their holder dies, and who of the workers of a study is alive.

``flock`` is used throughout: unlike a lock file that exists or not, nothing is left to wait for after SIGKILL.
"""

from __future__ import annotations

import fcntl
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from redshells.errors import StudyStorageError

_GATE_NAME = 'gate'
_held_for_life: set[int] = set()


@contextmanager
def locked_file(path: Path, flags: int, *, shared: bool = False) -> Iterator[int]:
    """Open a file, wait for its lock, and give both back at the end.

    Args:
        path: The file.
        flags: Flags of ``os.open``.
        shared: Whether others may hold the lock in the same way at the same time.

    Yields:
        The descriptor of the open file.
    """
    descriptor = os.open(path, flags, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        try:
            yield descriptor
        finally:
            # Closing would not do: a process that another thread forked meanwhile holds a copy of the descriptor.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


class Workers:
    """The workers of one study: each holds the lock of a file of its own for as long as it lives.

    Use it as a context manager, in which this process is a worker under the name ``name``.

    Args:
        folder: Where the files lie: the same for all workers of the study.

    Raises:
        StudyStorageError: Files can't be written or locked there.
    """

    def __init__(self, folder: Path) -> None:
        self.name = f'{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:12]}'
        self._folder = folder
        self._descriptor: int | None = None

    @contextmanager
    def gate(self) -> Iterator[None]:
        """Wait until no other worker is in its own ``gate`` block."""
        with locked_file(self._folder / _GATE_NAME, os.O_CREAT | os.O_RDWR):
            yield

    def alive(self) -> set[str]:
        """Return the names of the workers that live, this one included. Call it within ``gate`` only."""
        return {path.name for path in self._folder.iterdir() if path.name != _GATE_NAME and self._is_alive(path)}

    def _is_alive(self, path: Path) -> bool:
        if path.name == self.name:
            return True
        descriptor = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            path.unlink()
            return False
        finally:
            os.close(descriptor)

    def __enter__(self) -> Workers:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # A worker whose file exists and is not locked yet would look dead; the gate hides it meanwhile.
            with self.gate():
                self._descriptor = os.open(self._folder / self.name, os.O_CREAT | os.O_RDWR, 0o644)
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        except OSError as error:
            raise StudyStorageError(
                f'the workers of the study can not have their locks in {self._folder}: {error.strerror or error}. '
                'Name a storage beside which files can be written and locked.'
            ) from error
        _held_for_life.add(self._descriptor)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._descriptor is not None
        _held_for_life.discard(self._descriptor)
        (self._folder / self.name).unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None


def _close_in_child() -> None:
    for descriptor in _held_for_life:
        os.close(descriptor)
    _held_for_life.clear()


# A lock lives as long as any copy of its descriptor: a forked child must not keep its dead parent alive.
os.register_at_fork(after_in_child=_close_in_child)
