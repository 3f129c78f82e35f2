from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from redshells.errors import MissingExtraError, ParameterError, StudyStorageError
from redshells.tuning.journal import DurableJournalBackend
from redshells.tuning.locking import FileWorkers
from redshells.tuning.storage import open_storage, without_password


def record(number: int) -> dict[str, object]:
    return {'op_code': 8, 'worker_id': 'w', 'number': number, 'text': 'ü\n\r'}


def numbers(backend: DurableJournalBackend, start: int = 0) -> list[object]:
    return [log['number'] for log in backend.read_logs(start)]


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, '-c', code, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_records_are_read_from_any_number_on(tmp_path: Path) -> None:
    backend = DurableJournalBackend(tmp_path / 'new' / 'folder' / 'study.log')
    assert numbers(backend) == []
    backend.append_logs([record(0), record(1)])
    other = DurableJournalBackend(tmp_path / 'new' / 'folder' / 'study.log')
    assert numbers(other, 1) == [1]
    backend.append_logs([record(2)])
    assert numbers(other, 2) == [2]
    assert numbers(other) == [0, 1, 2]
    assert numbers(other, 3) == []


def test_working_directory_may_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    backend = DurableJournalBackend('study.log')
    backend.append_logs([record(0)])
    monkeypatch.chdir('/')
    backend.append_logs([record(1)])
    assert numbers(backend) == [0, 1]
    assert (tmp_path / 'study.log').exists()


def test_a_torn_last_line_is_no_record_and_is_removed_by_the_next_writer(tmp_path: Path) -> None:
    path = tmp_path / 'study.log'
    DurableJournalBackend(path).append_logs([record(0), record(1)])
    whole = path.read_bytes()
    second = whole.index(b'\n') + 1
    for length in range(second + 1, len(whole)):
        path.write_bytes(whole[:length])
        backend = DurableJournalBackend(path)
        assert numbers(backend) == [0]
        backend.append_logs([record(7)])
        assert numbers(backend) == [0, 7]
        assert numbers(DurableJournalBackend(path)) == [0, 7]


def test_long_torn_line_and_zeros_of_a_power_cut(tmp_path: Path) -> None:
    path = tmp_path / 'study.log'
    backend = DurableJournalBackend(path)
    backend.append_logs([record(0)])
    for tail in [b'{"op_code":8,"worker_id":"' + b'x' * 20_000, b'\0' * 9_000]:
        with path.open('ab') as file:
            file.write(tail)
        backend.append_logs([record(1)])
    assert numbers(DurableJournalBackend(path)) == [0, 1, 1]


@pytest.mark.parametrize('damage', [b'{"op_code":8,"worker', b'[1]', b'{"a": 1}', b'\xff\xfe', b''])
def test_a_damaged_line_is_named(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / 'study.log'
    DurableJournalBackend(path).append_logs([record(number) for number in range(5)])
    lines = path.read_bytes().split(b'\n')
    lines[2] = damage
    path.write_bytes(b'\n'.join(lines))
    with pytest.raises(StudyStorageError, match=r'line 3 of the study file .*study\.log'):
        DurableJournalBackend(path).read_logs(0)
    with pytest.raises(StudyStorageError, match='line 3'):
        open_storage(str(path))


def test_a_foreign_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / 'settings.json'
    path.write_text('{"learning_rate": 0.1}')
    with pytest.raises(StudyStorageError, match=r'settings\.json'):
        DurableJournalBackend(path).append_logs([record(0)])
    assert path.read_text() == '{"learning_rate": 0.1}'


def test_a_file_that_was_cut_while_in_use_is_named(tmp_path: Path) -> None:
    path = tmp_path / 'study.log'
    backend = DurableJournalBackend(path)
    backend.append_logs([record(0)])
    assert numbers(backend) == [0]
    path.write_bytes(b'')
    with pytest.raises(StudyStorageError, match='cut or replaced'):
        backend.read_logs(1)
    path.unlink()
    with pytest.raises(StudyStorageError, match='written'):
        backend.append_logs([record(1)])


FULL_DISK = """
import resource, sys
from redshells.tuning.journal import DurableJournalBackend
from redshells.errors import StudyStorageError
path = sys.argv[1]
backend = DurableJournalBackend(path)
backend.append_logs([{'op_code': 8, 'worker_id': 'w', 'number': 0}])
size = len(open(path, 'rb').read())
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, resource.RLIM_INFINITY))
try:
    backend.append_logs([{'op_code': 8, 'worker_id': 'w', 'number': 1, 'text': 'x' * 1000}])
except StudyStorageError as error:
    print(error)
assert len(open(path, 'rb').read()) == size
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
backend.append_logs([{'op_code': 8, 'worker_id': 'w', 'number': 2}])
"""


def test_where_nothing_more_can_be_written_the_file_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / 'study.log'
    shown = subprocess.run([sys.executable, '-c', FULL_DISK, str(path)], capture_output=True, text=True, check=True)
    assert 'study.log can not be written' in shown.stdout
    assert numbers(DurableJournalBackend(path)) == [0, 2]


HOLDER = """
import fcntl, os, sys, time
descriptor = os.open(sys.argv[1], os.O_RDWR)
fcntl.flock(descriptor, fcntl.LOCK_EX)
print('held', flush=True)
time.sleep(60)
"""


def test_the_lock_of_a_killed_writer_is_free_at_once(tmp_path: Path) -> None:
    path = tmp_path / 'study.log'
    backend = DurableJournalBackend(path)
    with start(HOLDER, path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == 'held\n'
        writer = threading.Thread(target=backend.append_logs, args=([record(0)],))
        writer.start()
        writer.join(0.2)
        assert writer.is_alive()
        holder.send_signal(signal.SIGKILL)
        began = time.monotonic()
        writer.join(10)
    assert time.monotonic() - began < 5
    assert numbers(backend) == [0]


WRITER = """
import sys
from redshells.tuning.journal import DurableJournalBackend
backend = DurableJournalBackend(sys.argv[1])
for number in range(150):
    backend.append_logs([{'op_code': 8, 'worker_id': sys.argv[2], 'number': number}])
    assert sum(log['worker_id'] == sys.argv[2] for log in backend.read_logs(0)) == number + 1
"""


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / 'study.log'
    writers = [start(WRITER, path, name) for name in 'ab']
    for writer in writers:
        _, error = writer.communicate(timeout=60)
        assert writer.returncode == 0, error
    logs = list(DurableJournalBackend(path).read_logs(0))
    assert len(logs) == 300
    assert [log['number'] for log in logs if log['worker_id'] == 'a'] == list(range(150))


def test_optuna_reads_the_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / 'study.log'
    study = optuna.create_study(storage=open_storage(str(path)), study_name='s')
    study.optimize(lambda trial: trial.suggest_float('x', 0, 1), n_trials=5)
    theirs = optuna.load_study(storage=JournalStorage(JournalFileBackend(str(path))), study_name='s')
    assert theirs.trials == study.trials
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_sqlite(tmp_path: Path) -> None:
    storage = open_storage(f'sqlite:///{tmp_path}/study.db')
    optuna.create_study(storage=storage, study_name='s')
    assert [study.study_name for study in storage.get_all_studies()] == ['s']
    storage.remove_session()


def test_urls_that_can_not_be_opened_are_named_without_their_passwords() -> None:
    with pytest.raises(ParameterError, match='sqlite'):
        open_storage('s3://bucket/study')
    with pytest.raises(StudyStorageError, match='unable to open'):
        open_storage('sqlite:////no/such/folder/study.db')
    with pytest.raises(MissingExtraError, match='pip install'):
        open_storage('postgresql+pg8000://user:secret@localhost/x')
    assert without_password('mysql://me:se:cr@et@host/x') == 'mysql://me:***@host/x'
    assert without_password('postgresql://host:5432/x') == 'postgresql://host:5432/x'
    assert without_password('mysql://host/x?password=secret&charset=utf8') == 'mysql://host/x?password=***&charset=utf8'
    assert without_password('/data/a:b@c') == '/data/a:b@c'


def test_paths_that_can_not_be_written_are_named(tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    for path in [tmp_path, tmp_path / 'file' / 'study.log']:
        with pytest.raises(StudyStorageError, match='can not be created'):
            open_storage(str(path))


WORKER = """
import multiprocessing, os, pathlib, sys, time
from redshells.tuning.locking import FileWorkers
def tell_and_stay(name):
    print(name, os.getpid(), flush=True)
    time.sleep(20)
with FileWorkers(pathlib.Path(sys.argv[1])) as workers:
    multiprocessing.get_context('fork').Process(target=tell_and_stay, args=(workers.name,)).start()
    time.sleep(60)
"""


def test_a_killed_worker_is_dead_even_if_its_forked_child_lives(tmp_path: Path) -> None:
    with FileWorkers(tmp_path) as workers:
        with start(WORKER, tmp_path) as process:
            assert process.stdout is not None
            name, child = process.stdout.readline().split()
            with workers.gate():
                assert workers.alive() == {workers.name, name}
            process.kill()
            process.wait()
            os.kill(int(child), 0)  # it lives
            with workers.gate():
                assert workers.alive() == {workers.name}
            os.kill(int(child), signal.SIGKILL)
    assert [path.name for path in tmp_path.iterdir()] == ['gate']


COMING_AND_GOING = """
import pathlib, sys, time
from redshells.tuning.locking import FileWorkers
end = time.monotonic() + 1.5
while time.monotonic() < end:
    with FileWorkers(pathlib.Path(sys.argv[1])) as workers, workers.gate():
        assert workers.name in workers.alive()
"""


def test_workers_come_and_go_while_others_look_who_lives(tmp_path: Path) -> None:
    processes = [start(COMING_AND_GOING, tmp_path / 'workers') for _ in range(4)]
    for process in processes:
        _, error = process.communicate(timeout=60)
        assert process.returncode == 0, error


def test_workers_without_a_place_for_locks(tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    with pytest.raises(StudyStorageError, match='locks'), FileWorkers(tmp_path / 'file'):
        pass
