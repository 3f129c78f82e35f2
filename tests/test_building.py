"""Real builds, each in a process of its own: what `build` shows, raises, and leaves as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gokart
import pytest

from redshells.building import build
from redshells.errors import ParameterError

TASKS = """
import logging, os, signal, sys, time
import gokart, luigi
from gokart.build import GokartBuildError
from redshells.building import build
from redshells.cores import available_cores, set_worker_count, thread_count, worker_count
from redshells.process import run_safely

class Number(gokart.TaskOnKart[int]):
    number: int = luigi.IntParameter(default=1)

    def run(self):
        logging.getLogger('mine').info('number %d', self.number)
        logging.getLogger('mine').debug('a detail')
        self.dump(self.number)

class Unpicklable(Exception):
    def __init__(self, one, two):
        super().__init__(f'{one} {two}')

class Bad(gokart.TaskOnKart[int]):
    how: str = luigi.Parameter()

    def requires(self):
        if self.how == 'external':
            return External()
        return {}

    def run(self):
        if self.how == 'raise':
            raise KeyError('no such key')
        if self.how == 'unpicklable':
            raise Unpicklable('one', 'two')
        if self.how == 'die':
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == 'interrupt':
            raise KeyboardInterrupt
        if self.how == 'nest':
            gokart.build(Bad(how='raise'), reset_register=False)

    def complete(self):
        if self.how == 'incomplete':
            raise OSError('the disk is gone')
        return super().complete()

class Sleep(gokart.TaskOnKart[int]):
    def run(self):
        with open('worker', 'w') as file:
            file.write(str(os.getpid()))
        time.sleep(60)

class External(luigi.ExternalTask):
    def output(self):
        return luigi.LocalTarget('external.txt')

class Sum(gokart.TaskOnKart[int]):
    inputs: list[gokart.TaskOnKart[int]] = gokart.ListTaskInstanceParameter()

    def requires(self):
        return self.inputs

    def run(self):
        self.dump(sum(self.load()))

class Threads(gokart.TaskOnKart[int]):
    def run(self):
        self.dump(thread_count(-1))

class Nest(gokart.TaskOnKart[int]):
    def run(self):
        logging.getLogger('mine').info('before')
        value = build(Number(number=5)) + gokart.build(Number(number=6), reset_register=False)
        logging.getLogger('mine').info('after, of %d', worker_count())
        self.dump(value)

def train():
    import lightgbm, numpy
    X = numpy.random.default_rng(0).random((5000, 10))
    lightgbm.train({'verbose': -1, 'num_threads': 2}, lightgbm.Dataset(X, X[:, 0]), 2)

def aggregate():
    import polars
    return polars.DataFrame({'a': [1, 1, 2]}).lazy().group_by('a').agg(polars.len()).collect().height

class Use(gokart.TaskOnKart[int]):
    def run(self):
        train()
        self.dump(run_safely(aggregate))

def failure(task, **arguments):
    try:
        build(task, **arguments)
    except GokartBuildError as error:
        return error
    raise AssertionError('it did not fail')

def show(error):
    print(error, '|', type(error.__cause__).__name__, error.__cause__)
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., tuple[str, str]]:
    (tmp_path / 'tasks.py').write_text(TASKS)
    environment = {
        **os.environ,
        'PYTHONPATH': os.pathsep.join([str(tmp_path), str(Path(__file__).parents[1])]),
        'PYTHONWARNINGS': 'ignore',
    }

    def start(script: str) -> tuple[str, str]:
        process = subprocess.run(
            [sys.executable, '-c', f'from tasks import *\n{script}'],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert process.returncode == 0, process.stderr
        return process.stdout, process.stderr

    return start


Run = Callable[[str], tuple[str, str]]


@pytest.mark.parametrize('workers', [1, 2])
def test_it_says_what_happens_and_only_that(run: Run, workers: int) -> None:
    output, log = run(f"""
task = Sum(inputs=[Number(number=1), Number(number=2)])
print(build(task, workers={workers}), build(task, workers={workers}, return_value=False))
""")
    assert output == '3 None\n'
    lines = [line.split(' ', 1)[1] for line in log.splitlines()]
    assert sum('INFO mine: number' in line for line in lines) == 2
    assert sum('running' in line for line in lines) == sum('done in' in line for line in lines) == 3
    assert ']: built in ' in lines[-2]
    assert 'Number 0.' in lines[-2]
    assert 's (2 tasks), Sum 0.' in lines[-2]
    assert lines[-1].startswith('INFO redshells.building: Sum[')
    assert lines[-1].endswith(']: already complete, nothing to do')
    assert {line.split()[1] for line in lines} == {'redshells.building:', 'mine:'}


def test_debug_shows_what_gokart_says(run: Run) -> None:
    _, log = run('build(Number(), log_level=logging.DEBUG)')
    assert 'DEBUG mine: a detail' in log
    assert 'Informed scheduler' in log


def test_logging_stays_as_it_was(run: Run) -> None:
    output, log = run("""
def state():
    loggers = [logging.getLogger(name) for name in ('', 'gokart.worker', 'gokart.build')]
    states = [(logger.level, list(logger.handlers), list(logger.filters)) for logger in loggers]
    return states, logging.root.manager.disable
logging.disable(logging.INFO)
before = state()
build(Number())
print(before == state())
logging.disable(logging.NOTSET)
logging.basicConfig(level=logging.WARNING, filename='log.txt')
logging.getLogger('mine').addHandler(logging.NullHandler())
before = state()
failure(Bad(how='raise'))
build(Number(number=2))
print(before == state(), open('log.txt').read().count('failed'))
""")
    assert output == 'True\nTrue 1\n'
    assert 'number 1' in log
    assert 'number 2' not in log


@pytest.mark.parametrize('workers', [1, 2])
def test_the_first_error_is_the_cause(run: Run, workers: int) -> None:
    output, _ = run(f"""
import traceback
error = failure(Sum(inputs=[Bad(how='raise'), Number()]), workers={workers})
show(error)
print([type(each).__name__ for errors in error.raised_exceptions.values() for each in errors])
print(''.join(traceback.format_exception(error)))
""")
    first, second, *trace = output.splitlines()
    assert first.startswith('Bad[')
    assert first.endswith("] failed: KeyError: 'no such key' | KeyError 'no such key'")
    assert second == "['KeyError']"
    assert "    raise KeyError('no such key')" in trace


def test_each_way_to_fail_has_its_cause(run: Run) -> None:
    output, _ = run("""
show(failure(Bad(how='unpicklable'), workers=2))
show(failure(Bad(how='die'), workers=2))
show(failure(Bad(how='nest')))
show(failure(Bad(how='incomplete')))
show(failure(Bad(how='external')))
show(failure(Bad(how='external'), return_value=False))
show(failure(Sum(inputs=[Bad(how='raise'), Bad(how='unpicklable')])))
""")
    unpicklable, dead, nested, incomplete, external, silent, both = output.splitlines()
    assert 'failed: Unpicklable: one two | ProcessError Unpicklable: one two' in unpicklable
    assert 'died unexpectedly with exit code -9' in dead
    assert '| ProcessError' in dead
    assert "KeyError 'no such key'" in nested
    assert 'failed: OSError: the disk is gone | OSError the disk is gone' in incomplete
    assert external.startswith('External[')
    assert 'its output does not exist' in external
    assert silent.partition('|')[0] == external.partition('|')[0]
    assert '(and 1 more failed)' in both


@pytest.mark.parametrize('workers', [1, 2])
def test_a_task_that_forgets_to_dump_fails(run: Run, workers: int) -> None:
    output, _ = run(f"show(failure(Sum(inputs=[Bad(how='forget')]), workers={workers}))")
    assert 'Bad[' in output
    assert 'Does its run() dump the output?' in output


def test_the_configuration_of_the_user_wins_and_stays(run: Run) -> None:
    output, _ = run("""
config = luigi.configuration.get_config()
build(Number())
print(config.has_option('gokart_worker', 'check_complete_on_run'))
config.set('gokart_worker', 'check_complete_on_run', 'false')
print(build(Bad(how='forget'), return_value=False), config.get('gokart_worker', 'check_complete_on_run'))
""")
    assert output == 'False\nNone false\n'


def test_toml_configuration_is_restored(run: Run) -> None:
    output, _ = run("""
luigi.configuration.core.PARSERS['toml'].enabled = True
os.environ['LUIGI_CONFIG_PARSER'] = 'toml'
luigi.configuration.core.DEFAULT_PARSER = 'toml'
from luigi.configuration import LuigiTomlParser, get_config
print(isinstance(get_config(), LuigiTomlParser))
show(failure(Bad(how='forget')))
print(get_config().has_option('gokart_worker', 'check_complete_on_run'))
""")
    first, error, last = output.splitlines()
    assert (first, last) == ('True', 'False')
    assert 'Does its run() dump the output?' in error


def test_an_interrupt_passes_through(run: Run) -> None:
    output, _ = run("""
try:
    build(Bad(how='interrupt'))
except KeyboardInterrupt:
    print('interrupted', logging.getLogger().handlers, build(Number()))
""")
    assert output == 'interrupted [] 1\n'


def test_nothing_hangs_after_a_fork(run: Run) -> None:
    output, log = run("""
train()
print(build(Sum(inputs=[Use()]), workers=2))
print(aggregate())
print(build(Sum(inputs=[Use(rerun=True)]), workers=2))
""")
    assert output == '2\n2\n2\n'
    assert log.count('polars has been used in this process') == 1
    assert log.index('polars has been used') > log.index(']: built in ')


def test_workers_end_with_the_build(run: Run) -> None:
    output, _ = run("""
build_process = os.fork()
if build_process == 0:
    build(Sleep(), workers=2)
deadline = time.monotonic() + 30
while not os.path.exists('worker') or not open('worker').read():
    assert time.monotonic() < deadline
    time.sleep(0.05)
worker = int(open('worker').read())
os.kill(build_process, signal.SIGKILL)
os.wait()
def is_alive():
    try:
        return open(f'/proc/{worker}/stat').read().rpartition(')')[2].split()[0] != 'Z'
    except (FileNotFoundError, ProcessLookupError):
        return False
while is_alive() and time.monotonic() < deadline:
    time.sleep(0.05)
print(worker != build_process, is_alive())
""")
    assert output == 'True False\n'


def test_workers_share_the_cores(run: Run) -> None:
    output, _ = run("""
cores = available_cores()
print(build(Threads(workspace_directory='one')) == cores)
print(build(Threads(workspace_directory='two'), workers=2) == max(1, cores // 2))
print(worker_count())
print(gokart.build(Threads(workspace_directory='three'), workers=2, reset_register=False) == max(1, cores // 2))
luigi.configuration.get_config().set('gokart_worker', 'id', 'name')
print(gokart.build(Threads(workspace_directory='four'), workers=2, reset_register=False) == max(1, cores // 2))
""")
    assert output.split() == ['True', 'True', '1', 'True', 'True']


@pytest.mark.parametrize('workers', [1, 2])
def test_builds_inside_builds(run: Run, workers: int) -> None:
    output, log = run(f"""
def count_handlers():
    return sum(len(each) for events in luigi.Task._event_callbacks.values() for each in events.values())
before = count_handlers()
print(build(Nest(), workers={workers}))
print(count_handlers() - before, luigi.task_register.Register.get_task_cls('Number') is Number)
print(gokart.build(Number(number=7)))
""")
    assert output == '11\n0 True\n7\n'
    assert 'INFO mine: before' in log
    assert f'INFO mine: after, of {workers}' in log
    assert log.count('Number[') == 3  # running, done, built; plain gokart.build is as silent as ever
    assert 'Summary' not in log
    assert 'gokart.file_processor' not in log


class Plain(gokart.TaskOnKart[int]):
    def run(self) -> None:
        self.dump(1)


def test_it_warns_of_nothing(tmp_path: Path) -> None:
    # The configuration of pytest turns warnings into errors.
    assert build(Plain(workspace_directory=str(tmp_path))) == 1


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'task': Plain}, r'the class Plain.* Plain\(\.\.\.\)'),
        ({'task': [1]}, r'got \[1\]; one task'),
        ({'task': None}, 'got None'),
        ({'workers': 0}, 'workers is 0'),
        ({'workers': 1.5}, 'workers is 1.5'),
        ({'workers': True}, 'workers is True'),
        ({'log_level': 'INFO'}, "log_level is 'INFO'"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    task = arguments.pop('task', None) if 'task' in arguments else Plain()
    with pytest.raises(ParameterError, match=message):
        build(task, **arguments)
