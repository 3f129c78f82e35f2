"""How the workers of a study find each other, by what the study is kept in.

Each way rests on something that the kernel or a server ends when a process dies, so that nobody has to wait until a
dead worker is believed dead. Optuna's gRPC proxy alone has nothing of the kind, apart from workers on one machine.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from redshells.tuning.locking import FileWorkers, Workers
from redshells.tuning.storage import database_url, named_extras, storage_kind


def open_workers(storage: str, study_name: str) -> Workers:
    """Return the workers of a study, whose context manager makes this process one of them.

    Args:
        storage: A path or URL that ``open_storage`` takes.
        study_name: The name of the study in the storage.

    Raises:
        ParameterError: A URL of another kind.
        MissingExtraError: The driver of the database is not installed.
    """
    kind = storage_kind(storage)
    if kind == 'file':
        return FileWorkers(Path(f'{storage}.workers').absolute())
    if kind == 'sqlite':
        return FileWorkers(Path(f'{database_url(storage).database}.workers').absolute())
    with named_extras(storage):
        if kind == 'redis':
            from redshells.tuning.redis_workers import RedisWorkers

            return RedisWorkers(storage, study_name)
        if kind == 'grpc':
            from redshells.tuning.proxy_workers import ProxyWorkers

            return ProxyWorkers(storage, study_name, _local_folder(storage, study_name))
        from redshells.tuning.database_workers import MySQLWorkers, PostgreSQLWorkers

        return (MySQLWorkers if kind == 'mysql' else PostgreSQLWorkers)(storage, study_name)


def _local_folder(storage: str, study_name: str) -> Path:
    digest = hashlib.sha256(f'{storage}\n{study_name}'.encode()).hexdigest()[:32]
    return Path(tempfile.gettempdir()) / f'redshells-{os.getuid()}' / digest
