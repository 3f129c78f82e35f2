"""Real servers for the tests of studies: each kind is started once, by the pytest-xdist worker that runs its group."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest

from benchmarks.servers import MariaDB, MissingServerError, PostgreSQL, Proxy, Redis, Server


def started(server: Server) -> Iterator[Server]:
    """Run a server. One that is not installed fails the tests where all is to be tested, and skips them elsewhere."""
    try:
        server.find(server.program)
    except MissingServerError as error:
        if os.environ.get('CI'):
            raise
        pytest.skip(str(error))
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
