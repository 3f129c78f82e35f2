"""Locks on files that the kernel releases when their holder dies, and who of the workers of a study is alive.

``flock`` is used throughout: unlike a lock file that exists or not, nothing is left to wait for after SIGKILL.
"""

from __future__ import annotations

import fcntl
import os
import socket
import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Container, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from redshells.errors import RedshellsError, StudyStorageError

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


class Workers(ABC):
    """The workers of one study, of which this process is one in the block of this context manager.

    Attributes:
        name: What this worker is called; no other has the name, not even one that is started in its place.
    """

    def __init__(self) -> None:
        self.name = f'{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:12]}'
        self._thread_lock = threading.Lock()

    @contextmanager
    def gate(self) -> Iterator[None]:
        """Keep the other workers out of their ``gate`` blocks.

        Where the connection to a server is lost in the block, or the storage has no locks, others may be in theirs.
        """
        with self._thread_lock, self._held_gate():
            yield

    @abstractmethod
    def alive(self) -> Container[str]:
        """Return the names of the workers that live, this one included. Call it within ``gate`` only."""

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    @abstractmethod
    def _held_gate(self) -> AbstractContextManager[None]: ...


class FileWorkers(Workers):
    """Workers that find each other by files: each holds the lock of one of its own for as long as it lives.

    Args:
        folder: Where the files lie: the same for all workers of the study.

    Raises:
        StudyStorageError: Files can't be written or locked there.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._descriptor: int | None = None

    @contextmanager
    def _held_gate(self) -> Iterator[None]:
        with ExitStack() as stack:
            with self._errors():
                stack.enter_context(locked_file(self._folder / _GATE_NAME, os.O_CREAT | os.O_RDWR))
            yield

    def alive(self) -> Container[str]:
        """Return the names of the workers that live, this one included. Call it within ``gate`` only."""
        with self._errors():
            return {path.name for path in self._folder.iterdir() if path.name != _GATE_NAME and self._is_alive(path)}

    def _is_alive(self, path: Path) -> bool:
        if path.name == self.name:
            return True
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:  # it has just ended
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            path.unlink(missing_ok=True)
            return False
        finally:
            os.close(descriptor)

    def __enter__(self) -> Self:
        with self._errors():
            self._folder.mkdir(parents=True, exist_ok=True)
            # A worker whose file exists and is not locked yet would look dead; the gate hides it meanwhile.
            with self.gate():
                self._descriptor = os.open(self._folder / self.name, os.O_CREAT | os.O_RDWR, 0o644)
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        close_in_child(self._descriptor)
        return self

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except RedshellsError:
            raise
        except OSError as error:
            raise StudyStorageError(
                f'the workers of the study can not have their locks in {self._folder}: {error.strerror or error}. '
                'Name a storage beside which files can be written and locked.'
            ) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._descriptor is not None
        keep_in_child(self._descriptor)
        (self._folder / self.name).unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None


def close_in_child(descriptor: int) -> None:
    """Have a file or socket closed in each process that is forked from this one.

    A lock or a connection lives as long as any copy of its descriptor: a child must not keep its dead parent alive.

    Args:
        descriptor: The descriptor.
    """
    _held_for_life.add(descriptor)


def keep_in_child(descriptor: int) -> None:
    """Take back what ``close_in_child`` ordered, before the descriptor is closed.

    Args:
        descriptor: The descriptor.
    """
    _held_for_life.discard(descriptor)


def _close_in_child() -> None:
    for descriptor in _held_for_life:
        # Not merely closed: the child's copy of a client says goodbye to the server when it is collected, and would say
        # it to whatever file has the number by then.
        nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        os.dup2(nothing, descriptor, inheritable=False)
        os.close(nothing)
    _held_for_life.clear()


os.register_at_fork(after_in_child=_close_in_child)
