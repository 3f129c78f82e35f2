"""Trials side by side: a search in this process and in fresh ones, which real signals end."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState

from redshells.cores import set_worker_count, thread_count
from redshells.errors import ProcessError
from redshells.factory.optuna_param_factory import FunctionSpace
from redshells.factory.prediction_model_factory import get_model_spec
from redshells.model.frame import TableData
from redshells.tuning import SearchSpace
from redshells.tuning.cross_validation import SplitPlan
from redshells.tuning.model_tuning import TuningPlan, tune_model
from redshells.tuning.storage import open_storage
from tests.tables import classes_table
from tests.tuning.slow_estimator import FOLDER

SPACE = SearchSpace({'pause': {'type': 'float', 'low': 0.01, 'high': 0.05}})


def data() -> TableData:
    table = classes_table(60)
    return TableData(table[['a', 'b']], table['category'], None, None, None)


def tune(folder: Path, n_trials: int | None = 12, n_jobs: int = 2, **changes: Any) -> Any:
    plan = TuningPlan(
        model_name='slow',
        target_column_name='category',
        **{
            'search_space': SPACE,
            'splitting': SplitPlan('', 2),
            'metric': 'accuracy',
            'n_trials': n_trials,
            'n_jobs': n_jobs,
            'storage': str(folder / 'study'),
            'study_name': 's',
            'show_progress': False,
            **changes,
        },
    )
    (Path(os.environ[FOLDER]) / 'together').write_text(str(n_jobs if n_trials else 1))  # a late helper tries nothing
    spec = get_model_spec('tests.tuning.slow_estimator:SlowClassifier')
    build = spec.build_with(problem='classification', random_seed=0, n_jobs=-1)
    return tune_model(build, data(), plan, {})


def trials(folder: Path) -> list[Any]:
    storage = open_storage(str(folder / 'study'))
    return list(storage.get_all_trials(storage.get_study_id_from_name('s')))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the estimator tells which processes try it, and reads what is to become of it."""
    monkeypatch.setenv(FOLDER, str(tmp_path))


def workers(folder: Path) -> set[int]:
    return {int(path.suffix[1:]) for path in folder.glob('worker.*')} - {os.getpid()}


def is_alive(process_id: int) -> bool:
    try:
        return Path(f'/proc/{process_id}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def once_there(folder: Path, act: Callable[[int], None]) -> threading.Thread:
    """Do something to the first helper, once it has begun its first trial."""

    def wait_and_act() -> None:
        wait_until(lambda: bool(workers(folder)))
        act(min(workers(folder)))

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


def test_exactly_the_trials_in_several_processes(tmp_path: Path) -> None:
    result = tune(tmp_path, n_trials=20, n_jobs=3)
    assert [record.number for record in result.trial_records] == list(range(20))
    states = [trial.state for trial in trials(tmp_path)]
    assert states.count(TrialState.COMPLETE) + states.count(TrialState.PRUNED) == 20
    assert TrialState.RUNNING not in states
    assert len(workers(tmp_path)) == 2
    assert not any(map(is_alive, workers(tmp_path)))


def test_a_finished_study_starts_no_process(tmp_path: Path) -> None:
    tune(tmp_path, n_trials=2, n_jobs=1)
    tune(tmp_path, n_trials=2, n_jobs=4)
    assert workers(tmp_path) == set()


def test_an_error_of_a_helper_ends_the_search(tmp_path: Path) -> None:
    (tmp_path / 'fail').touch()
    with pytest.raises(ZeroDivisionError, match='of a helper') as caught:
        tune(tmp_path, n_trials=10_000)
    assert any('slow_estimator.py' in note for note in caught.value.__notes__)
    assert not any(map(is_alive, workers(tmp_path)))
    (tmp_path / 'fail').unlink()
    done = sum(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in trials(tmp_path))
    assert len(tune(tmp_path, n_trials=done + 3).trial_records) == done + 3


def test_an_error_of_the_caller_ends_the_helpers(tmp_path: Path) -> None:
    thread = once_there(tmp_path, lambda helper: (tmp_path / 'fail_here').touch())
    with pytest.raises(ZeroDivisionError, match='of the caller'):
        tune(tmp_path, n_trials=10_000)
    thread.join()
    assert workers(tmp_path)
    assert not any(map(is_alive, workers(tmp_path)))


def test_a_helper_that_is_killed_costs_no_trial(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    thread = once_there(tmp_path, lambda helper: os.kill(helper, signal.SIGKILL))
    result = tune(tmp_path, n_trials=30)
    thread.join()
    assert [record.number for record in result.trial_records] == list(range(30))
    warnings = [entry.getMessage() for entry in caplog.records if entry.levelno == logging.WARNING]
    assert any('was killed by SIGKILL' in text and 'is repeated' in text for text in warnings), warnings


def test_the_log_of_a_helper_arrives_here(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    thread = once_there(tmp_path, lambda helper: None)
    tune(tmp_path, n_trials=8)
    thread.join()
    helper = min(workers(tmp_path))
    assert {entry.process for entry in caplog.records if 'searching' in entry.getMessage()} == {os.getpid(), helper}


def test_the_time_holds_for_all(tmp_path: Path) -> None:
    result = tune(tmp_path, n_trials=None, timeout=4.0)
    finished = [trial for trial in trials(tmp_path) if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)]
    assert len(result.trial_records) == len(finished)
    assert TrialState.RUNNING not in [trial.state for trial in trials(tmp_path)]


def test_workers_share_the_cores(tmp_path: Path) -> None:
    set_worker_count(1)
    share = max(1, thread_count(-1) // 2)
    tune(tmp_path, n_trials=8)
    assert {int(path.read_text()) for path in tmp_path.glob('worker.*')} == {share}
    assert len(workers(tmp_path)) == 1


def test_what_can_not_be_handed_over(tmp_path: Path) -> None:
    rule = FunctionSpace(lambda trial: {'pause': trial.suggest_float('pause', 0.01, 0.02)})
    assert len(tune(tmp_path / 'alone', search_space=rule, n_trials=2, n_jobs=1).trial_records) == 2
    with pytest.raises(ProcessError, match=r'2 trials .* side by side .*lambda.*Set n_jobs=1, .*as data'):
        tune(tmp_path / 'two', search_space=rule, n_trials=2)


SCRIPT = """
import sys
from pathlib import Path
from tests.tuning.test_helper_processes import tune

if __name__ == '__main__':
    tune(Path(sys.argv[1]), n_trials=100_000, n_jobs=3)
"""


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_the_helpers_end_with_their_caller(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, '-c', SCRIPT, str(tmp_path)], stderr=subprocess.PIPE) as process:
        wait_until(lambda: len(workers(tmp_path)) == 3)
        helpers = workers(tmp_path) - {process.pid}
        assert len(helpers) == 2
        process.send_signal(number)
        _, error = process.communicate(timeout=30)
        assert number != signal.SIGINT or b'KeyboardInterrupt' in error
        wait_until(lambda: not any(map(is_alive, helpers)))
