"""Workers of one study in forked processes, the places where studies are kept, and what must not be in a study."""

from __future__ import annotations

import importlib
import math
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.campaign import Child, Outcome, call_in_child
from benchmarks.servers import MariaDB, PostgreSQL, Proxy, Redis, Server
from redshells.errors import StudyStorageError
from redshells.tuning import SearchSpace
from redshells.tuning.ledger import to_record
from redshells.tuning.result import TrialRecord
from redshells.tuning.search import Objective, Report
from redshells.tuning.search import Outcome as TrialOutcome
from redshells.tuning.storage import close_storage, open_storage
from redshells.tuning.study import run_study

KINDS = ('file', 'sqlite', 'postgresql', 'mysql', 'redis', 'grpc')
_SEED = 3
_BEGUN = 'begun'
_SPACE = SearchSpace(
    {
        'x': {'type': 'float', 'low': -3.0, 'high': 3.0},
        'k': {'type': 'int', 'low': 1, 'high': 64, 'log': True},
        'kind': {'type': 'categorical', 'choices': ['a', 'b']},
        'y': {'type': 'float', 'low': 0.0, 'high': 1.0, 'when': {'kind': ['b']}},
    }
)
_IMPORTED_LATE = (
    'psycopg',
    'pymysql',
    'redis',
    'sqlalchemy.dialects.mysql.pymysql',
    'sqlalchemy.dialects.postgresql.psycopg',
    'redshells.tuning.database_workers',
    'redshells.tuning.proxy_workers',
    'redshells.tuning.redis_journal',
    'redshells.tuning.redis_workers',
    'optuna.storages._grpc.auto_generated.api_pb2_grpc',
)
SERVERS: dict[str, type[Server]] = {'postgresql': PostgreSQL, 'mysql': MariaDB, 'redis': Redis}


@dataclass(frozen=True)
class Place:
    """Where studies are kept.

    Attributes:
        kind: What it is.
        url: What to give as ``storage``.
        servers: The servers behind it.
    """

    kind: str
    url: str
    servers: tuple[Server, ...] = ()


@contextmanager
def place_of(kind: str, folder: Path) -> Iterator[Place]:
    """Make a place for studies, with its server where it has one.

    Args:
        kind: One of ``KINDS``.
        folder: A folder for files.
    """
    with ExitStack() as stack:
        if kind == 'file':
            yield Place(kind, str(folder / 'study.journal'))
        elif kind == 'sqlite':
            yield Place(kind, f'sqlite:///{folder / "study.db"}')
        elif kind == 'grpc':
            database = stack.enter_context(PostgreSQL())
            proxy = stack.enter_context(Proxy(database.url))
            yield Place(kind, proxy.url, (database, proxy))
        else:
            server = stack.enter_context(SERVERS[kind]())
            yield Place(kind, server.url, (server,))


def import_once(folder: Path) -> None:
    """Import all that the forked processes would import, each for itself.

    Args:
        folder: A folder for a file.
    """
    for name in _IMPORTED_LATE:
        importlib.import_module(name)
    close_storage(open_storage(f'sqlite:///{folder / "imports.db"}'))


class Crew:
    """Workers of one study, in forked processes.

    Args:
        place: Where the study is kept.
        study_name: Its name.
        n_trials: Its number of trials.
        size: The number of workers.

    Attributes:
        told: The trials that workers were told to be finished, by position.
        results: How workers ended that were not killed.
    """

    def __init__(self, place: Place, study_name: str, n_trials: int, size: int) -> None:
        self.place = place
        self.study_name = study_name
        self.n_trials = n_trials
        self.told: dict[int, Any] = {}
        self.violations: list[str] = []
        self._ends: dict[Child, str] = {}
        self._workers = [self._start() for _ in range(size)]

    def _start(self) -> Child:
        return Child(search, self.place.url, self.study_name, self.n_trials)

    def kill_one(self, delay: float, *, in_trial: bool) -> bool:
        """Kill a worker and start another one; False where it had ended before, as the study was finished.

        Args:
            delay: Seconds until then.
            in_trial: Whether they count from the moment at which the worker begins a trial.
        """
        # The one that has been at work for longest; the others may still be starting.
        worker = self._workers.pop(0)
        if in_trial:
            with suppress(EOFError, OSError):
                while worker not in self._ends and not self._hear(worker):
                    pass
        time.sleep(delay)
        worker.kill(signal.SIGKILL)
        result = self._end_of(worker)
        if result != 'killed':
            return False
        self._workers.append(self._start())
        return True

    def wait(self) -> list[str]:
        """Wait for all workers: ``'ended'``, or the name of an error."""
        results = [self._end_of(worker) for worker in self._workers]
        self._workers = []
        return results

    def finish(self) -> None:
        """Wait for all workers, and for one more, which finds the study finished, or finishes it."""
        wrong = [result for result in self.wait() if result != 'ended']
        self._workers = [self._start()]
        wrong += [result for result in self.wait() if result != 'ended']
        self.violations += [f'{self.study_name} in {self.place.kind}: a worker ends with {result}' for result in wrong]

    def _hear(self, worker: Child) -> bool:
        """Take the next message of a worker; return whether it begins a trial."""
        message = worker.connection.recv()
        if isinstance(message, TrialRecord):
            self.told[message.number] = story(message)
        elif message != _BEGUN:
            self._ends[worker] = message[0] if isinstance(message[0], str) else 'ended'
        return bool(message == _BEGUN)

    def _end_of(self, worker: Child) -> str:
        # A message that the kill cut short ends the stream too.
        with suppress(EOFError, OSError):
            while True:
                self._hear(worker)
        worker.connection.close()
        status = worker.wait()
        result = self._ends.pop(worker, 'killed')
        return result if status in (0, -signal.SIGKILL) else f'exit status {status}'


def judge(crew: Crew, whole: list[Any] | None, outcome: Outcome) -> None:
    """Look for whatever must not be in a finished study.

    Args:
        crew: Those who worked on it.
        whole: The trials of the study that was never disturbed, where this one is to equal it.
        outcome: Takes what is found.
    """
    name = f'{crew.study_name} in {crew.place.kind}'
    trials = call_in_child(trials_of, crew.place.url, crew.study_name)
    finished = {trial[1][0]: trial[1] for trial in trials if trial[0] in ('COMPLETE', 'PRUNED')}
    number_of_finished = sum(trial[0] in ('COMPLETE', 'PRUNED') for trial in trials)
    found = list(crew.violations)
    if number_of_finished != crew.n_trials or sorted(finished) != list(range(crew.n_trials)):
        found.append(f'{name}: {number_of_finished} trials at {len(finished)} positions, not {crew.n_trials}')
    if any(trial[0] in ('RUNNING', 'WAITING') for trial in trials):
        found.append(f'{name}: a ghost is left')
    lost = [position for position, trial in crew.told.items() if finished.get(position) != trial]
    if lost:
        found.append(f'{name}: the finished trials {lost} were lost')
    if whole is not None and [finished.get(position) for position in range(crew.n_trials)] != whole:
        found.append(f'{name}: it is another study than the undisturbed one')
    outcome.violations += found
    outcome.count('studies exact' if not found else 'studies wrong')
    interrupted = sum(trial[0] == 'FAIL' for trial in trials)
    if interrupted:
        outcome.counts['trials interrupted'] = outcome.counts.get('trials interrupted', 0) + interrupted


def story(record: TrialRecord) -> tuple[Any, ...]:
    """Return what is the same in equal studies."""
    return record.number, record.state, record.value, dict(record.params), record.number_of_rounds


def search(connection: Connection, storage: str, study_name: str, n_trials: int) -> Any:
    """Search, telling the parent when a trial begins and what comes of it; the trials, or the name of the error."""

    def measure(params: dict[str, Any], report: Report) -> TrialOutcome:
        connection.send(_BEGUN)
        return _measure(params, report)

    return _search(connection.send, storage, study_name, n_trials, measure)


def search_alone(_: Connection, storage: str, study_name: str, n_trials: int) -> Any:
    """Search, telling nobody; the trials, or the name of the error that ended the search."""
    return _search(None, storage, study_name, n_trials)


def _search(
    on_trial: Callable[[TrialRecord], None] | None,
    storage: str,
    study_name: str,
    n_trials: int,
    objective: Objective | None = None,
) -> Any:
    try:
        records = run_study(
            objective or _measure,
            search_space=_SPACE,
            direction='minimize',
            n_trials=n_trials,
            storage=storage,
            study_name=study_name,
            sampler=('TPESampler', {'n_startup_trials': 4}),
            random_seed=_SEED,
            on_trial=on_trial,
            progress=False,
        )
    except Exception as error:
        if 'secret' in str(error):
            return f'{type(error).__name__} with the password'
        return type(error).__name__ if isinstance(error, StudyStorageError) else repr(error)
    return [story(record) for record in records]


def search_with_little_room(connection: Connection, storage: str, n_trials: int, size: int) -> Any:
    """Search where no file may be larger than some bytes; what was finished, and how it ended."""
    told: dict[int, Any] = {}
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    result = _search(lambda record: told.update({record.number: story(record)}), storage, 'killed', n_trials)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return told, result if isinstance(result, str) else 'ended'


def trials_of(_: Connection, storage: str, study_name: str) -> list[tuple[str, tuple[Any, ...]]]:
    """Return the state and the story of each trial as Optuna itself knows it."""
    opened = open_storage(storage)
    trials = opened.get_all_trials(opened.get_study_id_from_name(study_name))
    close_storage(opened)
    return [(trial.state.name, story(to_record(trial)) if trial.state.is_finished() else ()) for trial in trials]


def _measure(params: dict[str, Any], report: Report) -> TrialOutcome:
    value = params['x'] ** 2 + math.log(params['k']) + params.get('y', 0.3)
    for step in range(2):
        time.sleep(0.005)
        report(step, value + 3 / (step + 1))
    return TrialOutcome(value, number_of_rounds=params['k'])
