"""Real servers on loopback, for the tests and the campaigns: PostgreSQL, MariaDB, Redis and Optuna's gRPC proxy.

Each runs in a process of its own, on a free port, with its data in a new folder. It ends with its ``with`` block, and
with the process that started it, however that dies.
"""

from __future__ import annotations

import ctypes
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

_SECONDS_TO_START = 60.0
_SECONDS_TO_STOP = 20.0
_PR_SET_PDEATHSIG = 1


class MissingServerError(RuntimeError):
    """A server is not installed."""


class Server(ABC):
    """A server with a database of its own, as a context manager.

    Attributes:
        url: What to give as ``storage``.
    """

    package: ClassVar[str]
    program: ClassVar[str]
    folders: ClassVar[tuple[str, ...]] = ('/usr/sbin',)
    user: ClassVar[str | None] = None
    """Whose process it is where root starts it; None: the one that starts it."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = Path()

    @property
    @abstractmethod
    def url(self) -> str:
        """The URL of the database."""

    @abstractmethod
    def _command(self) -> Sequence[str]:
        """What runs the server in the foreground."""

    def _prepare(self) -> None:  # noqa: B027 - most servers need nothing
        """Make the data folder what the server expects."""

    def _greet(self) -> None:
        """Use the server; any error says that it is not ready yet."""
        with socket.create_connection(('127.0.0.1', self.port), timeout=1):
            pass

    def __enter__(self) -> Self:
        self.find(self.program)
        self._folder = Path(tempfile.mkdtemp(prefix='redshells-'))
        try:
            if self._runs_as_user():
                shutil.chown(self._folder, self.user)
            self._prepare()
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start the server, with the data it had, and wait until it answers."""
        with (self._folder / 'log').open('ab') as log:
            self._process = subprocess.Popen(
                self._as_user(self._command()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
                cwd=self._folder,
            )
        end = time.monotonic() + _SECONDS_TO_START
        while True:
            try:
                return self._greet()
            except Exception as error:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f'{self.program} does not start: {self.log()[-2000:]}') from error
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server; its data stays."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT if self.program == 'postgres' else signal.SIGTERM)
        try:
            self._process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def log(self) -> str:
        """Return what the server has written."""
        return (self._folder / 'log').read_text(errors='replace')

    @classmethod
    def find(cls, program: str) -> str:
        """Return the path of a program of the server.

        Raises:
            MissingServerError: It is not installed.
        """
        folders = [os.environ.get('PATH', ''), *(match for pattern in cls.folders for match in glob.glob(pattern))]
        found = shutil.which(program, path=os.pathsep.join(folders))
        if found is None:
            raise MissingServerError(f'{program} is not installed. Run: apt-get install {cls.package}')
        return found

    def _as_user(self, command: Sequence[str]) -> list[str]:
        if not self._runs_as_user():
            return list(command)
        # The change of the user makes it forget whose end is its own.
        options = [f'--reuid={self.user}', f'--regid={self.user}', '--clear-groups', '--pdeathsig=KILL']
        return ['setpriv', *options, *command]

    def _runs_as_user(self) -> bool:
        return self.user is not None and os.getuid() == 0

    def _run(self, *command: str) -> None:
        result = subprocess.run(self._as_user(command), capture_output=True, text=True, cwd=self._folder)
        if result.returncode != 0:
            raise RuntimeError(f'{command[0]} fails: {result.stdout}{result.stderr}')


class PostgreSQL(Server):
    """PostgreSQL, which refuses to run as root."""

    package = 'postgresql'
    program = 'postgres'
    folders = ('/usr/lib/postgresql/*/bin',)
    user = 'postgres'

    @property
    def url(self) -> str:
        """The URL of the database."""
        return f'postgresql://redshells:secret@127.0.0.1:{self.port}/postgres'

    def _prepare(self) -> None:
        password = self._folder / 'password'
        password.write_text('secret')
        if self._runs_as_user():
            shutil.chown(password, self.user)
        options = [
            '--username=redshells',
            '--auth=scram-sha-256',
            f'--pwfile={password}',
            '--no-sync',
            '--encoding=UTF8',
        ]
        self._run(self.find('initdb'), f'--pgdata={self._folder / "data"}', *options)

    def _command(self) -> Sequence[str]:
        settings = {'port': self.port, 'listen_addresses': '127.0.0.1', 'unix_socket_directories': self._folder}
        settings |= {'fsync': 'off'}  # what is killed is never the machine
        options = [f'--{name}={value}' for name, value in settings.items()]
        return [self.find('postgres'), '-D', str(self._folder / 'data'), *options]

    def _greet(self) -> None:
        import psycopg

        psycopg.connect(self.url, connect_timeout=2).close()


class MariaDB(Server):
    """MariaDB."""

    package = 'mariadb-server'
    program = 'mariadbd'
    user = 'mysql'

    @property
    def url(self) -> str:
        """The URL of the database."""
        return f'mysql://redshells:secret@127.0.0.1:{self.port}/test'

    def _prepare(self) -> None:
        user = [f'--user={self.user}'] if self._runs_as_user() else []
        self._run(
            self.find('mariadb-install-db'),
            '--no-defaults',
            f'--datadir={self._folder / "data"}',
            '--auth-root-authentication-method=normal',
            *user,
        )
        (self._folder / 'init.sql').write_text(
            'CREATE DATABASE IF NOT EXISTS test;\n'
            "CREATE USER IF NOT EXISTS 'redshells'@'127.0.0.1' IDENTIFIED BY 'secret';\n"
            "GRANT ALL ON test.* TO 'redshells'@'127.0.0.1';\n"
        )

    def _command(self) -> Sequence[str]:
        settings = {
            'datadir': self._folder / 'data',
            'port': self.port,
            'bind-address': '127.0.0.1',
            'socket': self._folder / 'socket',
            'pid-file': self._folder / 'pid',
            'init-file': self._folder / 'init.sql',
            'innodb-buffer-pool-size': '32M',
            'innodb-flush-log-at-trx-commit': '2',
        }
        options = [f'--{name}={value}' for name, value in settings.items()]
        return [self.find('mariadbd'), '--no-defaults', '--skip-name-resolve', *options]

    def _greet(self) -> None:
        import pymysql

        arguments = {'host': '127.0.0.1', 'port': self.port, 'user': 'redshells', 'password': 'secret'}
        pymysql.connect(database='test', connect_timeout=2, **arguments).close()  # type: ignore[arg-type]


class Redis(Server):
    """Redis, which writes each change to its file before it answers."""

    package = 'redis-server'
    program = 'redis-server'

    @property
    def url(self) -> str:
        """The URL of the database."""
        return f'redis://:secret@127.0.0.1:{self.port}/0'

    def _command(self) -> Sequence[str]:
        settings = {'port': self.port, 'bind': '127.0.0.1', 'dir': self._folder, 'requirepass': 'secret', 'save': ''}
        settings |= {'appendonly': 'yes', 'appendfsync': 'no'}
        return [self.find('redis-server'), *(part for name, value in settings.items() for part in _option(name, value))]

    def _greet(self) -> None:
        import redis

        with redis.Redis.from_url(self.url) as client:
            client.ping()


class Proxy(Server):
    """Optuna's gRPC proxy.

    Args:
        storage: What it serves, as its own tools know it: the URL of a database, or the path of a journal.
    """

    package = ''
    program = sys.executable

    def __init__(self, storage: str) -> None:
        super().__init__()
        self._storage = storage

    @property
    def url(self) -> str:
        """The URL of the proxy."""
        return f'grpc://127.0.0.1:{self.port}'

    def _command(self) -> Sequence[str]:
        program = (
            'import sys\n'
            'from optuna.storages import run_grpc_proxy_server\n'
            'from redshells.tuning.storage import open_storage\n'
            'run_grpc_proxy_server(open_storage(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]))\n'
        )
        return [sys.executable, '-W', 'ignore', '-c', program, self._storage, str(self.port)]


def skip_without(server: type[Server]) -> None:
    """Skip the calling test where a server is not installed; fail it where all is to be tested.

    Args:
        server: The kind of server.
    """
    import pytest

    try:
        server.find(server.program)
    except MissingServerError as error:
        if os.environ.get('CI'):
            raise
        pytest.skip(str(error))


def _option(name: str, value: object) -> tuple[str, str]:
    return f'--{name}', str(value)


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        return int(free.getsockname()[1])


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
