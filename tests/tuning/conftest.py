"""Real servers for the tests of studies: each kind is started once, by the pytest-xdist worker that runs its group."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from benchmarks.servers import MariaDB, PostgreSQL, Proxy, Redis, Server, skip_without


def started(server: Server) -> Iterator[Server]:
    """Run a server."""
    skip_without(type(server))
    with server:
        yield server


@pytest.fixture(scope='session')
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server. Its tests are in the group of the same name, as are those of the others."""
    yield from started(PostgreSQL())


@pytest.fixture(scope='session')
def mysql() -> Iterator[Server]:
    """A MariaDB server."""
    yield from started(MariaDB())


@pytest.fixture(scope='session')
def redis() -> Iterator[Server]:
    """A Redis server."""
    yield from started(Redis())


@pytest.fixture(scope='session')
def grpc(postgresql: Server) -> Iterator[Server]:
    """Optuna's gRPC proxy before the PostgreSQL server, in whose group its tests are."""
    with psycopg.connect(postgresql.url, autocommit=True) as connection:
        connection.execute('CREATE DATABASE proxied')
    yield from started(Proxy(postgresql.url.removesuffix('postgres') + 'proxied'))


@pytest.fixture
def storage(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A storage of a kind, for tests with the parameter ``kind``."""
    if kind in ('file', 'sqlite'):
        return str(tmp_path / 'study.journal') if kind == 'file' else f'sqlite:///{tmp_path}/study.db'
    server: Server = request.getfixturevalue(kind)
    return server.url
