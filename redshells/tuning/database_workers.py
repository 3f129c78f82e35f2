"""Workers that find each other by locks of PostgreSQL or MySQL that end with the session."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import sqlalchemy

from redshells.tuning.sessions import SessionWorkers, digest_of
from redshells.tuning.storage import connection_arguments, database_url

# The server asks a silent client after 30 seconds whether it lives; a machine that is gone is given up after 60.
_POSTGRESQL_SETTINGS = {
    'tcp_keepalives_idle': '30',
    'tcp_keepalives_interval': '10',
    'tcp_keepalives_count': '3',
    # A server may end idle sessions by default, and this one is idle while a model is trained.
    'idle_session_timeout': '0',
    # ... or statements that wait for the gate for long.
    'statement_timeout': '0',
    'lock_timeout': '0',
}
_YEAR = 365 * 24 * 3600
_SECONDS_OF_ONE_WAIT = 60


class DatabaseWorkers(SessionWorkers):
    """What is common to PostgreSQL and MySQL: a connection beside those of Optuna, outside of any transaction."""

    def __init__(self, storage: str, study_name: str) -> None:
        super().__init__(storage, study_name)
        url = database_url(storage)
        self._database = url.database or ''
        self._engine = sqlalchemy.create_engine(
            url,
            connect_args=connection_arguments(url),
            poolclass=sqlalchemy.pool.NullPool,
            isolation_level='AUTOCOMMIT',
        )
        self._connection: sqlalchemy.Connection | None = None

    def _open(self) -> int:
        self._connection = self._engine.connect()
        driver_connection: Any = self._connection.connection.driver_connection
        has_socket = hasattr(driver_connection, '_sock')
        return int((driver_connection._sock if has_socket else driver_connection).fileno())

    def _ask(self) -> None:
        self._value('SELECT 1')

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _value(self, query: str, **arguments: Any) -> Any:
        # One that was lost would connect again by itself, and without the lock of the worker.
        if self._connection is None or self._connection.invalidated:
            raise sqlalchemy.exc.InvalidRequestError('the session of the worker is closed')
        return self._connection.execute(sqlalchemy.text(query), arguments).scalar()


class PostgreSQLWorkers(DatabaseWorkers):
    """Workers of a study on PostgreSQL: advisory locks, which ``pg_locks`` shows to everybody."""

    def _announce(self) -> None:
        for name, value in _POSTGRESQL_SETTINGS.items():
            # Older servers lack some of them.
            query = 'SELECT set_config(name, :value, false) FROM pg_settings WHERE name = :name'
            self._value(query, name=name, value=value)
        # Shared, for where the session was lost, the server may hold the old one for some time.
        self._value('SELECT pg_advisory_lock_shared(:key)', key=_key(self.name))

    def _alive(self) -> Container[str]:
        assert self._connection is not None
        # A lock by one number of 64 bits is shown in two halves.
        found = self._connection.exec_driver_sql(
            'SELECT classid::bigint, objid::bigint FROM pg_locks '
            "WHERE locktype = 'advisory' AND objsubid = 1 AND granted "
            'AND database = (SELECT oid FROM pg_database WHERE datname = current_database())'
        )
        return _HeldKeys({(high << 32) | low for high, low in found})

    def _lock_gate(self) -> None:
        self._value('SELECT pg_advisory_lock(:key)', key=_key(self._gate_name))

    def _unlock_gate(self) -> None:
        self._value('SELECT pg_advisory_unlock(:key)', key=_key(self._gate_name))


class MySQLWorkers(DatabaseWorkers):
    """Workers of a study on MySQL or MariaDB: locks by name, of which the server has one set for all databases."""

    def _announce(self) -> None:
        assert self._connection is not None
        self._connection.exec_driver_sql(f'SET SESSION wait_timeout = {_YEAR}')
        name = _lock_name(self.name)
        if self._value('SELECT GET_LOCK(:name, 0)', name=name) != 1:
            # The session was lost, but the server has not noticed yet.
            holder = self._value('SELECT IS_USED_LOCK(:name)', name=name)
            if holder is not None:
                self._connection.exec_driver_sql(f'KILL {int(holder)}')
            self._wait_for(name)

    def _alive(self) -> Container[str]:
        return _FreeLocks(self)

    def _lock_gate(self) -> None:
        self._wait_for(_lock_name(self._database, self._gate_name))

    def _unlock_gate(self) -> None:
        self._value('SELECT RELEASE_LOCK(:name)', name=_lock_name(self._database, self._gate_name))

    def _wait_for(self, name: str) -> None:
        while self._value('SELECT GET_LOCK(:name, :seconds)', name=name, seconds=_SECONDS_OF_ONE_WAIT) != 1:
            pass

    def is_held(self, worker: str) -> bool:
        """Return whether a worker holds its lock.

        Args:
            worker: The name of the worker.
        """
        return self._value('SELECT IS_USED_LOCK(:name)', name=_lock_name(worker)) is not None


class _HeldKeys(Container[str]):
    def __init__(self, keys: set[int]) -> None:
        self._keys = keys

    def __contains__(self, name: object) -> bool:
        return _key(str(name)) % 2**64 in self._keys


class _FreeLocks(Container[str]):
    def __init__(self, workers: MySQLWorkers) -> None:
        self._workers = workers

    def __contains__(self, name: object) -> bool:
        return self._workers.is_held(str(name))


def _key(name: str) -> int:
    """Return the number of 64 bits with a sign that stands for a name."""
    return int.from_bytes(bytes.fromhex(digest_of(name))[:8], signed=True)


def _lock_name(*parts: str) -> str:
    return f'redshells:{digest_of(*parts)}'
