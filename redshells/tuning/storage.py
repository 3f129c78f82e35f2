"""Where a study is kept: a journal file, a database, Redis, or what Optuna's gRPC proxy serves."""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import optuna
import sqlalchemy
from optuna.storages import BaseStorage, GrpcStorageProxy, JournalStorage, RDBStorage, _CachedStorage
from sqlalchemy.engine import URL, Engine, make_url

from redshells.errors import MissingExtraError, ParameterError, StudyStorageError
from redshells.tuning.journal import DurableJournalBackend

T = TypeVar('T')

_KINDS = {
    'redis': 'redis',
    'rediss': 'redis',
    'sqlite': 'sqlite',
    'postgresql': 'postgresql',
    'mysql': 'mysql',
    'mariadb': 'mysql',
    'grpc': 'grpc',
}
# Those of SQLAlchemy differ by its version, or have to be compiled.
_DRIVERS = {'postgresql': 'postgresql+psycopg', 'mysql': 'mysql+pymysql', 'mariadb': 'mysql+pymysql'}
_INSTALLS = {
    'redis': 'redshells[redis]',
    'psycopg': 'redshells[postgresql]',
    'pymysql': 'redshells[mysql]',
    'grpc': 'redshells[grpc]',
    'google': 'redshells[grpc]',
}
_FAILING_LIBRARIES = {'redis', 'sqlalchemy', 'grpc'}
_SECONDS_TO_CONNECT = 10
# A silent connection is asked after a while whether it lives, so that firewalls don't forget it, and that neither side
# waits for long for a machine that is gone.
_LIBPQ_OPTIONS = {'keepalives_idle': 30, 'keepalives_interval': 10, 'keepalives_count': 3}
# Any number of workers may wait for each other in SQLite; each holds its lock for a few milliseconds.
_SECONDS_TO_WAIT_IN_SQLITE = 120
_TIMES_TO_OPEN = 5


def storage_kind(storage: str) -> str:
    """Return what a storage is: ``'file'``, ``'sqlite'``, ``'postgresql'``, ``'mysql'``, ``'redis'`` or ``'grpc'``.

    Args:
        storage: A path or URL.

    Raises:
        ParameterError: A URL of another kind.
    """
    match = re.match(r'([A-Za-z][A-Za-z0-9]*)(?:\+\w+)?://', storage)
    if match is None:
        return 'file'
    if match[1] not in _KINDS:
        raise ParameterError(
            f'storage={without_password(storage)!r}; a path, or a URL that begins with one of '
            f'{[known + "://" for known in _KINDS]} is expected.'
        )
    if _KINDS[match[1]] == 'sqlite' and make_url(storage).database in (None, '', ':memory:'):
        raise ParameterError(f'storage={storage!r} is gone with the process; sqlite:///PATH is expected.')
    return _KINDS[match[1]]


def open_storage(storage: str) -> BaseStorage:
    """Open what a study is kept in.

    Args:
        storage: The path of a journal file, or a URL that begins with ``sqlite:///``, ``postgresql://``, ``mysql://``,
            ``mariadb://`` (a driver may be named, as in ``mysql+pymysql://``), ``redis://``, ``rediss://``, or
            ``grpc://`` for Optuna's gRPC proxy.

    Raises:
        ParameterError: A URL of another kind.
        MissingExtraError: The driver of the database is not installed.
        StudyStorageError: The storage can't be opened or read.
    """
    kind = storage_kind(storage)
    with storage_errors(storage):
        if kind == 'file':
            return JournalStorage(DurableJournalBackend(storage))
        with named_extras(storage):
            if kind == 'redis':
                from redshells.tuning.redis_journal import RedisJournalBackend

                return JournalStorage(RedisJournalBackend(storage))
            return _open_proxy(storage) if kind == 'grpc' else _open_database(storage)


def close_storage(storage: BaseStorage) -> None:
    """Close the connections of a storage.

    Args:
        storage: What ``open_storage`` returned.
    """
    if isinstance(storage, _CachedStorage):
        storage._backend.remove_session()
        storage._backend.engine.dispose()
    elif isinstance(storage, JournalStorage):
        getattr(storage._backend, 'close', lambda: None)()
    elif isinstance(storage, GrpcStorageProxy):
        storage.close()


def database_url(url: str) -> URL:
    """Return the URL of a database with the driver that the package's extras install, unless it names another.

    Args:
        url: A URL that ``open_storage`` takes.
    """
    scheme, rest = url.split('://', 1)
    return make_url(f'{_DRIVERS.get(scheme, scheme)}://{rest}')


def connection_arguments(url: URL) -> dict[str, Any]:
    """Return what the driver of a database is to be given, apart from what stands in the URL.

    Args:
        url: The URL of a database.
    """
    own: dict[str, Any] = {}
    if url.get_backend_name() == 'sqlite':
        own = {'timeout': _SECONDS_TO_WAIT_IN_SQLITE}
    elif url.get_driver_name() in ('psycopg', 'psycopg2'):
        own = {'connect_timeout': _SECONDS_TO_CONNECT, **_LIBPQ_OPTIONS}
    elif url.get_driver_name() == 'pymysql':
        own = {'connect_timeout': _SECONDS_TO_CONNECT}
    return {name: value for name, value in own.items() if name not in url.query}


def _open_database(storage: str) -> BaseStorage:
    url = database_url(storage)
    options = {'pool_pre_ping': True, 'connect_args': connection_arguments(url)}
    database = _try_again(lambda: RDBStorage(url.render_as_string(hide_password=False), options))
    if url.get_backend_name() == 'sqlite':
        _lock_before_reading(database.engine)
    return _CachedStorage(database)


def _try_again(open_it: Callable[[], T]) -> T:
    """Create the tables of Optuna, which fails where others do the same at the same time."""
    for _ in range(_TIMES_TO_OPEN - 1):
        try:
            return open_it()
        except (sqlalchemy.exc.IntegrityError, sqlalchemy.exc.ProgrammingError):
            time.sleep(0.2)
        except sqlalchemy.exc.OperationalError as error:
            if 'already exists' not in str(error):
                raise
            time.sleep(0.2)
    return open_it()


def _lock_before_reading(engine: Engine) -> None:
    """Begin each transaction with the lock that writing needs.

    SQLite refuses at once to write what was read without the lock if another worker wrote meanwhile, and Optuna looks
    whether a trial is finished before it finishes it.
    """

    def leave_transactions_alone(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    def begin(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql('BEGIN IMMEDIATE')

    engine.dispose()
    sqlalchemy.event.listen(engine, 'connect', leave_transactions_alone)
    sqlalchemy.event.listen(engine, 'begin', begin)


def _open_proxy(storage: str) -> BaseStorage:
    match = re.fullmatch(r'grpc://(\[[^\]]+\]|[^:/@]+):(\d+)/?', storage)
    if match is None:
        raise ParameterError(f'storage={without_password(storage)!r}; grpc://HOST:PORT is expected.')
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', optuna.exceptions.ExperimentalWarning)
        return GrpcStorageProxy(host=match[1], port=int(match[2]))


@contextmanager
def named_extras(storage: str) -> Iterator[None]:
    """Turn the error of a missing driver into one that says what to install.

    Args:
        storage: The URL of the storage, for the message.

    Raises:
        MissingExtraError: The driver of the database is not installed.
    """
    try:
        yield
    except ImportError as error:
        driver = _missing_module(error) or storage_kind(storage)
        raise MissingExtraError(
            f'the storage {without_password(storage)!r} needs the library {driver!r}, which is not installed. '
            f"Run: pip install '{_INSTALLS.get(driver, driver)}'"
        ) from error


@contextmanager
def storage_errors(storage: str) -> Iterator[None]:
    """Turn what a storage raises in the block when it can't be reached or used into errors with a name.

    Args:
        storage: The path or URL of the storage, for the message.

    Raises:
        StudyStorageError: The storage failed.
    """
    try:
        yield
    except Exception as error:
        if not is_storage_failure(error):
            raise
        reason = str(error).replace(storage, without_password(storage))
        raise StudyStorageError(
            f'the storage {without_password(storage)!r} failed: {reason}. Finished trials are kept; when the cause is '
            'removed, run the search again.'
        ) from error


def is_storage_failure(error: BaseException) -> bool:
    """Return whether an error is one that the library of a storage raises.

    Args:
        error: Any error.
    """
    if isinstance(error, optuna.exceptions.StorageInternalError):
        return True
    modules = {one.__module__.partition('.')[0] for one in type(error).__mro__}
    return bool(modules & _FAILING_LIBRARIES)


def without_password(storage: str) -> str:
    """Return a storage's path or URL as it may be shown.

    Args:
        storage: A path or URL.
    """
    return re.sub(r'([?&]password=)[^&]*', r'\1***', re.sub(r'(://[^:/@]*):[^/]*@', r'\1:***@', storage))


def _missing_module(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            return error.name.partition('.')[0]
        error = error.__cause__
    return None
