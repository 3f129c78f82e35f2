"""Workers that a server knows by their connection, which it ends, with all that it holds, when the process dies."""

from __future__ import annotations

import hashlib
import os
import socket
from abc import abstractmethod
from collections.abc import Container, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

from redshells.tuning.locking import Workers, close_in_child, keep_in_child
from redshells.tuning.storage import is_storage_failure, storage_errors

# Seconds until the first question, between questions, and how many stay unanswered.
_KEEPALIVE = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}


class SessionWorkers(Workers):
    """What is common to all servers: the session is opened when it is needed, and opened again where it was lost.

    While a session is lost, others take the worker for dead, and its trial for interrupted; it is not counted twice.

    Args:
        storage: The URL of the storage.
        study_name: The name of the study.
    """

    def __init__(self, storage: str, study_name: str) -> None:
        super().__init__()
        self._storage = storage
        self._gate_name = f'redshells:{digest_of("gate", study_name)}'
        self._descriptor: int | None = None

    @contextmanager
    def _held_gate(self) -> Iterator[None]:
        with storage_errors(self._storage):
            self._reopen_if_lost()
            self._lock_gate()
        try:
            yield
        finally:
            self._give_gate_back()

    def alive(self) -> Container[str]:
        """Return the names of the workers that live, this one included. Call it within ``gate`` only."""
        with storage_errors(self._storage):
            self._reopen_if_lost()
            return self._alive()

    def __enter__(self) -> Self:
        with storage_errors(self._storage), ExitStack() as opened:
            opened.callback(self._close)
            self._open_session()
            opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()

    def _open_session(self) -> None:
        self._descriptor = self._open()
        close_in_child(self._descriptor)
        _keep_alive(self._descriptor)
        self._announce()

    def _reopen_if_lost(self) -> None:
        try:
            self._ask()
        except Exception as error:
            if not is_storage_failure(error):
                raise
            self._close()
            self._open_session()

    def _give_gate_back(self) -> None:
        try:
            self._unlock_gate()
        except Exception as error:
            # Where the connection is lost, the server gave the gate back; the next use of it finds out.
            if not is_storage_failure(error):
                raise

    def _close(self) -> None:
        if self._descriptor is not None:
            keep_in_child(self._descriptor)
            self._descriptor = None
        try:
            self._disconnect()
        except Exception as error:
            if not is_storage_failure(error):
                raise

    @abstractmethod
    def _open(self) -> int:
        """Connect, and return the descriptor of the socket."""

    @abstractmethod
    def _announce(self) -> None:
        """Make the session known under the name of the worker."""

    @abstractmethod
    def _ask(self) -> None:
        """Raise an error of the storage's library where the session is lost."""

    @abstractmethod
    def _alive(self) -> Container[str]: ...

    @abstractmethod
    def _lock_gate(self) -> None: ...

    @abstractmethod
    def _unlock_gate(self) -> None: ...

    @abstractmethod
    def _disconnect(self) -> None: ...


def _keep_alive(descriptor: int) -> None:
    """Have a silent connection asked whether it lives, so that no firewall forgets it while a model is trained."""
    with socket.socket(fileno=os.dup(descriptor)) as connection:
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _KEEPALIVE.items():
                connection.setsockopt(socket.IPPROTO_TCP, option, value)


def digest_of(*parts: str) -> str:
    """Return 32 characters that stand for names of any length.

    Args:
        *parts: The names.
    """
    return hashlib.sha256('\n'.join(parts).encode()).hexdigest()[:32]
