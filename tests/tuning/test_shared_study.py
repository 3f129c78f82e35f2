"""Studies on real servers: what several workers may do to each other, and what must come of it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.pruners import NopPruner
from optuna.samplers import RandomSampler
from optuna.trial import Trial, TrialState
from redis import Redis as RedisClient

from benchmarks.servers import Server, free_port
from redshells.errors import StudyStorageError
from redshells.factory.boosted_trees import LIGHTGBM
from redshells.tuning import SearchSpace
from redshells.tuning.ledger import Ledger, finish_trial, prune_trial
from redshells.tuning.locking import Workers
from redshells.tuning.storage import close_storage, open_storage
from redshells.tuning.study import Outcome, run_study
from redshells.tuning.workers import open_workers
from tests.tuning.storage_kinds import ALL, SERVERS
from tests.tuning.test_objective import story, tuned

SPACE = SearchSpace({'x': {'type': 'float', 'low': -3.0, 'high': 3.0}, 'k': {'type': 'int', 'low': 1, 'high': 9}})


def measure(params: Any, report: Any) -> Outcome:
    report(1, params['x'] ** 2 + 1)
    return Outcome(params['x'] ** 2 + params['k'], number_of_rounds=params['k'])


def run(storage: str, name: str, objective: Any = measure, **changes: Any) -> Any:
    arguments: dict[str, Any] = {
        'search_space': SPACE,
        'direction': 'minimize',
        'n_trials': 14,
        'study_name': name,
        'random_seed': 5,
    }
    return run_study(objective, storage=storage, **(arguments | changes))


@contextmanager
def opened(storage: str) -> Iterator[optuna.storages.BaseStorage]:
    """Open a storage as Optuna knows it."""
    storage_of_optuna = open_storage(storage)
    yield storage_of_optuna
    close_storage(storage_of_optuna)


def trials_of(storage: str, name: str) -> list[optuna.trial.FrozenTrial]:
    with opened(storage) as storage_of_optuna:
        return storage_of_optuna.get_all_trials(storage_of_optuna.get_study_id_from_name(name))


class Member:
    """A worker with its ledger."""

    def __init__(self, storage: str, name: str, stack: ExitStack) -> None:
        self.workers: Workers = stack.enter_context(open_workers(storage, name))
        self.ledger = Ledger(storage, name, 'minimize', SPACE, self.workers)
        stack.callback(self.ledger.close)

    def take(self, position: int) -> Trial | None:
        return self.ledger.take(position, {}, RandomSampler(seed=0), NopPruner())

    def positions(self) -> tuple[list[int], set[int]]:
        with self.workers.gate():
            finished, running = self.ledger.positions()
        return sorted(finished), running


@pytest.mark.parametrize('kind', SERVERS)
def test_a_study_on_a_server_is_the_one_in_a_file(storage: str, tmp_path: Path) -> None:
    told: list[Any] = []
    records = run(storage, 'equal', on_trial=told.append)
    alone = run(str(tmp_path / 'study'), 'equal')
    story = [(one.number, one.state, one.value, one.params, one.number_of_rounds) for one in alone]
    assert [(one.number, one.state, one.value, one.params, one.number_of_rounds) for one in records] == story
    assert tuple(told) == records
    assert run(storage, 'equal', None) == records


@pytest.mark.parametrize('kind', ALL)
def test_of_workers_that_take_one_position_without_a_gate_one_gets_it(storage: str) -> None:
    run(storage, 'race', n_trials=1)
    together = threading.Barrier(4)
    taken: list[tuple[int, Trial]] = []

    def take_all() -> None:
        with ExitStack() as stack:
            member = Member(storage, 'race', stack)
            for position in range(1, 6):
                together.wait(60)
                trial = member.take(position)
                if trial is not None:
                    taken.append((position, trial))
                    finish_trial(trial, 0.5, None)
            together.wait(60)

    threads = [threading.Thread(target=take_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    finished = [trial for trial in trials_of(storage, 'race') if trial.state == TrialState.COMPLETE]
    positions = sorted(trial.user_attrs['redshells:position'] for trial in finished)
    assert positions == sorted(set(positions))
    # The later ones give up; the earliest keeps the position, unless it was given up and taken anew.
    assert positions == [0, *sorted(position for position, _ in taken)]
    assert not any(trial.state == TrialState.RUNNING for trial in trials_of(storage, 'race'))


def fall_silent(member: Member) -> None:
    """End what shows that a worker lives, as where its machine is cut off: what it runs goes on."""
    member.workers.__exit__(None, None, None)


@pytest.mark.parametrize('kind', ALL)
def test_a_trial_that_was_taken_from_its_living_worker_is_not_counted(storage: str) -> None:
    with ExitStack() as stack:
        one = Member(storage, 'taken', stack)
        trials = [one.take(position) for position in range(4)]
        assert None not in trials
        silent = Member(storage, 'taken', ExitStack())
        stack.callback(silent.ledger.close)
        lost = [silent.take(position) for position in range(4, 9)]
        fall_silent(silent)
        assert one.positions() == ([], {0, 1, 2, 3})
        again = one.take(4)
        assert again is not None
        assert all(lost)
        assert finish_trial(lost[0], 1.0, 7) is None  # type: ignore[arg-type]
        assert finish_trial(lost[1], 1.0, None) is None  # type: ignore[arg-type]
        assert finish_trial(lost[2], float('nan'), None) is None  # type: ignore[arg-type]
        assert prune_trial(lost[3]) is None  # type: ignore[arg-type]
        for attempt in (
            lambda: lost[4].report(1.0, 1),  # type: ignore[union-attr]
            lambda: SPACE.suggest(lost[4]),  # type: ignore[arg-type]
        ):
            with pytest.raises(optuna.exceptions.UpdateFinishedTrialError):
                attempt()
        record = finish_trial(again, 2.0, None)
        assert record is not None
        assert (record.number, record.value) == (4, 2.0)
        assert one.positions() == ([4], {0, 1, 2, 3})


@pytest.mark.parametrize('kind', ['file', *SERVERS])
def test_a_worker_whose_trial_was_taken_goes_on_with_the_next(storage: str) -> None:
    tried: list[Any] = []

    def objective(params: Any, report: Any) -> Outcome:
        tried.append(params)
        if len(tried) in (3, 5, 8):
            # Others take this worker for dead.
            with opened(storage) as there:
                running = there.get_all_trials(there.get_study_id_from_name('goes on'), states=(TrialState.RUNNING,))
                there.set_trial_state_values(running[0]._trial_id, TrialState.FAIL)
        if len(tried) == 8:
            return Outcome(float('nan'))
        return measure(params, report) if len(tried) != 5 else Outcome(0.0)

    told: list[Any] = []
    records = run(storage, 'goes on', objective, on_trial=told.append)
    assert tuple(told) == records
    assert len(tried) == 17
    # What was taken was tried again, as after a kill.
    assert tried[3] == tried[2]
    assert [record.params for record in records] == [record.params for record in run(storage, 'undisturbed')]


@pytest.mark.parametrize('kind', SERVERS)
def test_a_search_goes_on_where_the_server_was_restarted_during_a_trial(
    kind: str, storage: str, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(kind)
    tried: list[Any] = []

    def objective(params: Any, report: Any) -> Outcome:
        tried.append(params)
        if len(tried) in (2, 5):
            server.stop()
            server.start()
            time.sleep(1.5 if kind == 'grpc' else 0.0)  # its client waits a second before it connects again
        return measure(params, report)

    records = run(storage, 'restarted', objective, n_trials=6)
    assert len(tried) == 6
    assert [record.params for record in records] == tried


@pytest.mark.parametrize('kind', ALL)
def test_a_trial_that_nobody_knows_of_is_no_ghost(storage: str) -> None:
    """The storage began it, but the answer was lost."""
    with ExitStack() as stack:
        member = Member(storage, 'ghost', stack)
        attributes = {'redshells:position': 0, 'redshells:worker': member.workers.name}
        ghost = optuna.trial.create_trial(state=TrialState.RUNNING, user_attrs=attributes)
        with opened(storage) as there:
            there.create_new_trial(there.get_study_id_from_name('ghost'), ghost)
        assert member.positions() == ([], set())
        assert [trial.state for trial in trials_of(storage, 'ghost')] == [TrialState.FAIL]


@pytest.mark.parametrize('kind', ALL)
def test_a_study_of_other_data_is_refused(storage: str) -> None:
    records = run(storage, 'data', fingerprint='one', n_trials=2)
    assert run(storage, 'data', fingerprint='one', n_trials=2) == records
    assert run(storage, 'data', n_trials=2) == records
    with pytest.raises(StudyStorageError, match=r"other data .*'one' and is now 'two'.* another storage, or delete"):
        run(storage, 'data', fingerprint='two', n_trials=3)


@pytest.mark.xdist_group('redis')
def test_redis_that_lost_its_records_is_named(redis: Server) -> None:
    url = redis.url.replace('/0', '/1')

    def objective(params: Any, report: Any) -> Outcome:
        with RedisClient.from_url(url) as client:
            client.flushdb()
        return measure(params, report)

    with pytest.raises(StudyStorageError, match='appendonly'):
        run(url, 'lost', objective)
    with RedisClient.from_url(url) as client:
        client.set(':log_number', 3)
    with pytest.raises(StudyStorageError, match=r'record \d .* missing'):
        run(url, 'lost')


@pytest.mark.xdist_group('redis')
def test_optuna_reads_the_records_in_redis(redis: Server) -> None:
    url = redis.url.replace('/0', '/2')
    records = run(url, 'shared')
    with pytest.warns(optuna.exceptions.ExperimentalWarning):
        backend = optuna.storages.journal.JournalRedisBackend(url)
    study = optuna.load_study(study_name='shared', storage=optuna.storages.JournalStorage(backend))
    assert [trial.value for trial in study.trials] == [record.value for record in records]
    backend._redis.close()


def test_the_dashboard_shows_a_study(tmp_path: Path) -> None:
    path = tmp_path / 'study.journal'
    records = run(str(path), 'shown', n_trials=3)
    port = free_port()
    command = [sys.executable, '-c', 'from optuna_dashboard._cli import main; main()', str(path), '--port', str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as dashboard:
        try:
            summaries = fetch(f'http://127.0.0.1:{port}/api/studies')['study_summaries']
            assert [one['study_name'] for one in summaries] == ['shown']
            trials = fetch(f'http://127.0.0.1:{port}/api/studies/{summaries[0]["study_id"]}')['trials']
            assert [trial['values'] for trial in trials] == [[record.value] for record in records]
        finally:
            dashboard.kill()


def fetch(url: str) -> Any:
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return json.load(answer)
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.1)


@pytest.mark.parametrize('kind', ALL)
def test_a_search_of_boosted_trees_is_the_same_on_each_storage(storage: str, tmp_path: Path) -> None:
    """Folds report from threads of their own."""
    arguments: dict[str, Any] = {'n_jobs': 2, 'n_trials': 6}
    there = tuned(tmp_path, LIGHTGBM, storage=storage, study_name='trees', **arguments)
    (tmp_path / 'alone').mkdir()
    assert story(there) == story(tuned(tmp_path / 'alone', LIGHTGBM, **arguments))
