"""The console command, in real processes beside real builds of the same task."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import redshells
from redshells.tuning.storage import open_storage
from tests.tuning.test_helper_processes import wait_until

PIPELINE = """
import gokart
import luigi
from redshells.train import OptimizeLightGBM, TrainLightGBM
from tests.tables import NARROW, classes_table


class Table(gokart.TaskOnKart):
    day = luigi.IntParameter()

    def output(self):
        return self.make_target('table.pkl')

    def run(self):
        self.dump(classes_table(6000))


class Models(gokart.TaskOnKart):
    day = luigi.IntParameter()
    n_trials = luigi.IntParameter(default=14)
    broken = luigi.BoolParameter()

    def requires(self):
        table = Table(day=self.day)
        best = OptimizeLightGBM(
            train_data_task=table,
            target_column_name='nothing' if self.broken else 'category',
            n_trials=self.n_trials,
            cross_validation_size=2,
            model_kwargs={'learning_rate': 0.05, 'n_estimators': 300},
            early_stopping_rounds=0,  # so that a trial takes its time
            search_space={'num_leaves': NARROW['num_leaves']},
            pruner='NopPruner',
        )
        return {'models': [TrainLightGBM(train_data_task=table, best_params_task=best)]}

    def output(self):
        return self.make_target('models.pkl')

    def run(self):
        self.dump(len(self.load()['models']))


if __name__ == '__main__':
    gokart.run()
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    (tmp_path / 'pipeline.py').write_text(PIPELINE)
    environment = {**os.environ, 'PYTHONPATH': str(Path(__file__).parents[1]), 'OMP_NUM_THREADS': '1'}

    with ExitStack() as started:

        def begin(*command: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            started.enter_context(process)
            started.callback(process.kill)
            return process

        yield begin


@pytest.fixture
def build(start: Start) -> Start:
    # luigi refuses to run the same command twice at the same time, which other tests do in folders of their own
    return lambda *arguments: start('pipeline.py', *arguments, '--local-scheduler', '--no-lock')


@pytest.fixture
def help_with(start: Start) -> Start:
    return lambda *arguments: start('-m', 'redshells', 'work', '--module', 'pipeline', *arguments)


def output_of(process: subprocess.Popen[str], status: int = 0) -> str:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == status, output
    return output


def finished_trials(folder: Path) -> list[Any]:
    paths = list((folder / 'resources' / 'study').glob('*.journal'))
    if not paths:
        return []
    storage = open_storage(str(paths[0]))
    studies = storage.get_all_studies()
    trials = storage.get_all_trials(studies[0]._study_id) if studies else []
    return [trial for trial in trials if trial.value is not None]


def workers(folder: Path) -> set[str]:
    return {trial.user_attrs['redshells:worker'] for trial in finished_trials(folder)}


def test_version_and_help(start: Start) -> None:
    assert output_of(start('-m', 'redshells', '--version')) == f'redshells {redshells.__version__}\n'
    assert 'work' in output_of(start('-m', 'redshells', '--help'))
    assert '--wait SECONDS' in output_of(start('-m', 'redshells', 'work', '--help'))
    assert 'usage: redshells' in output_of(start('-m', 'redshells'), status=2)


def test_helpers_and_the_build_finish_exactly_the_trials(tmp_path: Path, build: Start, help_with: Start) -> None:
    helpers = [help_with('Models', '--day', '3'), help_with('Models', '--day', '3', '--n-jobs', '2')]
    main = build('Models', '--day', '3')
    output_of(main)
    for helper in helpers:
        assert 'Table (' in output_of(helper)  # which it waited for
    assert len(finished_trials(tmp_path)) == 14
    assert len(workers(tmp_path)) >= 2
    assert 'is complete' in output_of(help_with('Models', '--day', '3'))


def test_helpers_finish_what_a_killed_build_began(tmp_path: Path, build: Start, help_with: Start) -> None:
    main = build('Models', '--day', '3', '--n-trials', '30')
    wait_until(lambda: main.poll() is not None or len(finished_trials(tmp_path)) >= 2)
    assert main.poll() is None, output_of(main)
    killed = help_with('Models', '--day', '3', '--n-trials', '30')
    wait_until(lambda: len(workers(tmp_path)) == 2)
    main.kill()
    main.communicate()
    killed.kill()
    killed.communicate()
    assert len(finished_trials(tmp_path)) < 30
    assert 'the build saves the result' in output_of(help_with('Models', '--day', '3', '--n-trials', '30'))
    assert not (tmp_path / 'resources' / 'optimize').exists()
    before = finished_trials(tmp_path)
    output_of(build('Models', '--day', '3', '--n-trials', '30'))
    assert [trial.number for trial in finished_trials(tmp_path)] == [trial.number for trial in before]
    assert len(before) == 30
    assert list((tmp_path / 'resources' / 'optimize').iterdir())


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_helper_and_frees_its_trial(
    tmp_path: Path, build: Start, help_with: Start, number: signal.Signals
) -> None:
    output_of(build('Table', '--day', '3'))
    helper = help_with('Models', '--day', '3', '--n-trials', '100000')
    wait_until(lambda: helper.poll() is not None or len(finished_trials(tmp_path)) >= 2)
    assert helper.poll() is None, output_of(helper)
    helper.send_signal(number)
    output = output_of(helper, status=128 + number)
    assert output.splitlines()[-1] == f'redshells: ended by {number.name}'
    assert 'Traceback' not in output


def test_inputs_that_do_not_come(help_with: Start) -> None:
    began = time.monotonic()
    output = output_of(help_with('Models', '--day', '3', '--wait', '0.5'), status=1)
    assert 'still needs Table (' in output
    assert 'after 0.5 s. Start the build' in output
    assert time.monotonic() - began < 30


def test_a_search_that_fails(build: Start, help_with: Start) -> None:
    output_of(build('Table', '--day', '3'))
    output = output_of(help_with('Models', '--day', '3', '--broken'), status=1)
    assert 'redshells work: OptimizeLightGBM: train_data_task=Table: the input table lacks' in output
    assert 'Traceback' not in output


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ([], 'No task specified'),
        (['Modell'], 'No task Modell. Did you mean:\nModels'),
        (['Models'], "requires the 'day' parameter"),
        (['Models', '--day', 'monday'], 'monday'),
        (['Models', '--day', '3', '--night', '4'], 'unrecognized arguments: --night 4'),
        (['Table', '--day', '3'], 'have no Optimize... task of redshells'),
        (['Models', '--day', '3', '--n-jobs', '0'], 'at least 1 is expected'),
        (['--module', 'nowhere', 'Models'], "No module named 'nowhere'"),
    ],
)
def test_a_wrong_command(help_with: Start, arguments: list[str], message: str) -> None:
    output = output_of(help_with(*arguments), status=2)
    assert message in output
    assert 'Traceback' not in output
