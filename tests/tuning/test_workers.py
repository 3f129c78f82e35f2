from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from redis import Redis as RedisClient
from sqlalchemy.engine import make_url

from benchmarks.servers import Server
from redshells.errors import MissingExtraError, ParameterError, StudyStorageError
from redshells.tuning import proxy_workers
from redshells.tuning.ledger import Ledger
from redshells.tuning.locking import Workers
from redshells.tuning.search_space import SearchSpace
from redshells.tuning.workers import open_workers
from tests.tuning.storage_kinds import ALL, SERVERS

SESSIONS = SERVERS[:3]


def make_study(storage: str, name: str, workers: Workers) -> Ledger:
    with workers.gate():
        return Ledger(storage, name, 'minimize', SearchSpace({'x': {'type': 'int', 'low': 1, 'high': 9}}), workers)


def alive(workers: Workers, *names: str) -> list[bool]:
    with workers.gate():
        found = workers.alive()
        return [name in found for name in names]


WORKER = """
import os, signal, sys, time
from redshells.tuning.workers import open_workers
how = sys.argv[3]
with open_workers(sys.argv[1], sys.argv[2]) as workers:
    if how == 'fork' and os.fork() == 0:
        print(workers.name, os.getpid(), flush=True)
        time.sleep(30)
    elif how == 'gate':
        with workers.gate():
            print(workers.name, os.getpid(), flush=True)
            time.sleep(30)
    elif how == 'plain':
        print(workers.name, os.getpid(), flush=True)
    time.sleep(30)
"""


def start(storage: str, study_name: str, how: str) -> tuple[subprocess.Popen[str], str, int]:
    command = [sys.executable, '-W', 'ignore', '-c', WORKER, storage, study_name, how]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        name, process_id = process.stdout.readline().split()
    return process, name, int(process_id)


@pytest.mark.parametrize('kind', ALL)
def test_a_killed_worker_is_dead_at_once_even_if_its_forked_child_lives(storage: str) -> None:
    with open_workers(storage, 'alive') as workers:
        make_study(storage, 'alive', workers).close()
        process, name, child = start(storage, 'alive', 'fork')
        assert alive(workers, workers.name, name, 'nobody') == [True, True, False]
        process.kill()
        process.wait()
        began = time.monotonic()
        while alive(workers, name) == [True]:
            assert time.monotonic() - began < 5
        assert time.monotonic() - began < 1
        os.kill(child, signal.SIGKILL)
        assert alive(workers, workers.name, name) == [True, False]


@pytest.mark.parametrize('kind', ALL)
def test_a_gate_whose_holder_is_killed_is_free_at_once(storage: str) -> None:
    with open_workers(storage, 'gate') as workers:
        process, _, _ = start(storage, 'gate', 'gate')
        entered = threading.Event()

        def enter() -> None:
            with workers.gate():
                entered.set()

        thread = threading.Thread(target=enter)
        thread.start()
        assert not entered.wait(0.3)
        process.kill()
        process.wait()
        assert entered.wait(5)
        thread.join()


@pytest.mark.parametrize('kind', SERVERS)
def test_gates_of_other_studies_are_others(storage: str) -> None:
    with open_workers(storage, 'one') as one, open_workers(storage, 'two') as two, one.gate(), two.gate():
        pass


def cut(kind: str, server: Server, workers: Workers) -> None:
    """End the session of a worker as a firewall or an administrator does."""
    if kind == 'postgresql':
        with psycopg.connect(server.url, autocommit=True) as connection:
            # That of the worker is the one that was opened last.
            query = 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL'
            pids = connection.execute(query + ' ORDER BY backend_start DESC').fetchall()
            connection.execute('SELECT pg_terminate_backend(%s)', pids[0])
    elif kind == 'mysql':
        url = make_url(server.url)
        connection = pymysql.connect(host='127.0.0.1', port=server.port, user=url.username, password=url.password or '')
        with connection, connection.cursor() as cursor:
            cursor.execute('SELECT MAX(id) FROM information_schema.processlist WHERE id <> CONNECTION_ID()')
            cursor.execute(f'KILL {cursor.fetchall()[0][0]}')
    else:
        with RedisClient.from_url(server.url) as client:
            for one in client.client_list():
                if one['name'] == workers.name:
                    client.client_kill(one['addr'])


@pytest.mark.parametrize('kind', SESSIONS)
def test_a_session_that_was_cut_is_dead_and_opened_again_under_its_name(
    kind: str, storage: str, request: pytest.FixtureRequest
) -> None:
    with open_workers(storage, 'cut') as observer, open_workers(storage, 'cut') as workers:
        assert alive(observer, workers.name) == [True]
        cut(kind, request.getfixturevalue(kind), workers)
        time.sleep(0.2)
        assert alive(observer, workers.name) == [False]
        with workers.gate():
            pass
        assert alive(observer, workers.name) == [True]
        with workers.gate():
            cut(kind, request.getfixturevalue(kind), workers)
        assert alive(workers, workers.name) == [True]


@pytest.mark.parametrize('kind', SESSIONS)
def test_a_server_that_is_gone_is_named_without_the_password_and_found_again(
    kind: str, storage: str, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(kind)
    with open_workers(storage, 'gone') as workers:
        server.stop()
        try:
            with pytest.raises(StudyStorageError, match='run the search again') as caught, workers.gate():
                pass
            with pytest.raises(StudyStorageError, match=r'127\.0\.0\.1'), open_workers(storage, 'gone'):
                pass
        finally:
            server.start()
        assert 'secret' not in str(caught.value)
        assert alive(workers, workers.name) == [True]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Opens workers as if on another machine: they have another temporary folder."""

    def open_elsewhere(storage: str, study_name: str) -> Workers:
        with monkeypatch.context() as changed:
            changed.setattr('tempfile.tempdir', str(tmp_path))
            return open_workers(storage, study_name)

    return open_elsewhere


@pytest.mark.xdist_group('postgresql')
def test_behind_a_proxy_a_worker_elsewhere_is_dead_once_it_stands_still(
    grpc: Server, elsewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_workers, 'SECONDS_BETWEEN_BEATS', 0.1)
    monkeypatch.setattr(proxy_workers, 'SECONDS_UNTIL_DEAD', 1.0)
    with open_workers(grpc.url, 'far') as here:
        make_study(grpc.url, 'far', here).close()
        with elsewhere(grpc.url, 'far') as there:
            assert alive(there, there.name, here.name) == [True, False]  # it has not looked yet, so it runs nothing
            for _ in range(8):
                assert alive(here, here.name, there.name) == [True, True]
                assert alive(there, there.name, here.name) == [True, True]
                time.sleep(0.2)
            there._heart._stopped.set()  # as if suspended
            assert alive(here, there.name) == [True]
            time.sleep(1.3)
            assert alive(here, there.name) == [False]
        with elsewhere(grpc.url, 'far') as there:
            assert alive(there, there.name) == [True]
            assert alive(here, there.name) == [True]
        assert alive(here, there.name) == [False]  # it left


def test_storages_that_can_not_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ['s3://bucket/study', 'grpc://nowhere', 'sqlite://', 'sqlite:///:memory:']:
        with pytest.raises(ParameterError, match='expected'), open_workers(url, 's'):
            pass
    with pytest.raises(StudyStorageError, match='run the search again') as caught:
        open_workers('redis://:secret@127.0.0.1:1/0', 's').__enter__()
    assert 'secret' not in str(caught.value)
    with pytest.raises(MissingExtraError, match='pg8000'):
        open_workers('postgresql+pg8000://user:secret@127.0.0.1/x', 's')
    for library, url in [('redis', 'redis://h/0'), ('psycopg', 'postgresql://h/d'), ('pymysql', 'mysql://h/d')]:
        with monkeypatch.context() as changed:
            changed.setitem(sys.modules, library, None)
            with pytest.raises(MissingExtraError, match=r"pip install 'redshells\["), open_workers(url, 's'):
                pass
