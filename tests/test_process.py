"""Forks, fresh processes and threads, each in real processes that a script starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from redshells.cores import _read_cpu_quota, available_cores, set_worker_count, thread_count, worker_count
from redshells.errors import ParameterError
from redshells.process import fork_hazards, run_safely

WORK = """
import logging, os, signal, sys, time
from pathlib import Path
from redshells.errors import MissingColumnError, raised_by

def describe(value, *, factor=1):
    from redshells.cores import worker_count
    from redshells.process import fork_hazards
    return {'pid': os.getpid(), 'value': value * factor, 'hazards': fork_hazards(), 'workers': worker_count()}

def use_lightgbm():
    import lightgbm
    lightgbm.train({'verbose': -1, 'num_threads': 2}, lightgbm.Dataset(X, Y), 2)

def use_xgboost():
    import xgboost
    xgboost.train({'nthread': 2}, xgboost.DMatrix(X, Y), 2)

def use_hist_gradient_boosting():
    from sklearn.ensemble import HistGradientBoostingClassifier
    HistGradientBoostingClassifier(max_iter=2).fit(X, Y)

def use_k_means():
    from sklearn.cluster import KMeans
    KMeans(3, n_init=1).fit(X)

def use_polars():
    import polars
    return polars.DataFrame({'a': [1, 1, 2], 'b': [1, 2, 3]}).lazy().group_by('a').agg(polars.all().sum()).collect()

def fail():
    with raised_by('TrainSomething'):
        raise MissingColumnError('no column y')

def die(number):
    os.kill(os.getpid(), number)

def leave(status):
    os._exit(status)

def return_lambda():
    return lambda: 1

def leave_child_behind():
    if os.fork() == 0:
        os.close(1)
        os.close(2)
        time.sleep(5)
        os._exit(0)
    return 'done'

def log():
    logging.getLogger('work').info('from %s', 'afar')
    logging.getLogger('work').debug('too much')
    os.write(1, b'printed\\n')  # in one piece, which print need not do

def sleep_for_ever():
    child = os.fork()
    if child:
        Path('pids.aside').write_text(f'{os.getpid()} {child}')
        os.rename('pids.aside', 'pids')
    time.sleep(600)

class Unpicklable(Exception):
    def __init__(self, one, two):
        super().__init__(f'{one} {two}')

def fail_unpicklably():
    raise Unpicklable('one', 'two')
"""

ARRAYS = """
import numpy
X = numpy.random.default_rng(0).random((5000, 10))
Y = (X[:, 0] > 0.5).astype(int)
"""

# The parent uses polars, whose threads can't be stopped: its forked child has a hazard.
FORKED = """
import logging, os, sys, work
from redshells.cores import *
from redshells.process import *
from redshells.errors import *

class Local:
    pass

work.use_polars()
child = os.fork()
if child == 0:
    status = 1
    try:
{body}
        status = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
{after}
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.fixture
def command(tmp_path: Path) -> Callable[[str], subprocess.Popen[str]]:
    (tmp_path / 'work.py').write_text(WORK)
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join([str(tmp_path), str(Path(__file__).parents[1])])}

    def start(script: str) -> subprocess.Popen[str]:
        (tmp_path / 'script.py').write_text(script)
        return subprocess.Popen(
            [sys.executable, 'script.py'],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


@pytest.fixture
def run(command: Callable[[str], subprocess.Popen[str]]) -> Callable[..., str]:
    def wait(script: str) -> str:
        with command(script) as process:
            try:
                output, _ = process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert process.returncode == 0, output
        return output

    return wait


@pytest.fixture
def run_forked(run: Callable[[str], str]) -> Callable[[str], str]:
    return lambda body: run(FORKED.format(body=indent(body), after=''))


def indent(body: str) -> str:
    return '\n'.join(f'        {line}' for line in body.splitlines())


def is_alive(process_id: int) -> bool:
    try:
        return Path(f'/proc/{process_id}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize('use', ['use_lightgbm', 'use_xgboost', 'use_hist_gradient_boosting', 'use_k_means'])
def test_openmp_works_in_a_fork_after_its_use_in_the_parent(
    run: Callable[[str], str], tmp_path: Path, use: str
) -> None:
    (tmp_path / 'work.py').write_text(ARRAYS + WORK)
    script = f"""
import os, signal, sys, work
from redshells.process import fork_hazards, run_safely
work.{use}()
child = os.fork()
if child == 0:
    signal.alarm(20)
    run_safely(work.{use})
    os._exit(7 if fork_hazards() == () else 8)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
work.{use}()
print('ended')
"""
    assert run(script).splitlines()[-1] == 'ended'


def test_only_a_library_that_was_used_is_a_hazard(run: Callable[[str], str]) -> None:
    script = """
import os, polars, lightgbm, work
from redshells.process import fork_hazards, prepare_fork
print(prepare_fork())
work.use_polars()
print(prepare_fork(), fork_hazards(), flush=True)
if os.fork() == 0:
    print(fork_hazards(), flush=True)
    if os.fork() == 0:
        print(fork_hazards(), flush=True)
        os._exit(0)
    os.wait()
    os._exit(0)
os.wait()
"""
    assert run(script).splitlines() == ['()', "('polars',) ()", "('polars',)", "('polars',)"]


def test_fresh_process_where_a_library_would_hang(run_forked: Callable[[str], str]) -> None:
    output = run_forked("""
set_worker_count(3)
answer = run_safely(work.describe, 2, factor=21)
assert answer.pop('pid') != os.getpid()
print(answer, fork_hazards(), run_safely(work.use_polars).height)
""")
    assert output == "{'value': 42, 'hazards': (), 'workers': 3} ('polars',) 2\n"


def test_the_error_comes_back_as_itself(run_forked: Callable[[str], str]) -> None:
    output = run_forked("""
try:
    run_safely(work.fail)
except MissingColumnError as error:
    print(error.who, error, error.__notes__[0])
try:
    run_safely(work.fail_unpicklably)
except ProcessError as error:
    print(error)
try:
    run_safely(sys.exit, 3)
except SystemExit as error:
    print('exit', error.code)
""")
    assert output.startswith('TrainSomething TrainSomething: no column y')
    assert "raise MissingColumnError('no column y')" in output
    assert 'Unpicklable: one two' in output
    assert 'exit 3' in output


def test_what_can_not_be_handed_over_is_named(run_forked: Callable[[str], str]) -> None:
    output = run_forked("""
for function, arguments in [
    (work.describe, {'value': 1, 'factor': [Local()]}),
    (work.describe, {'value': Local}),
    (lambda: 1, {}),
    (work.return_lambda, {}),
]:
    try:
        run_safely(function, **arguments)
    except ProcessError as error:
        print(str(error).splitlines()[0])
""").splitlines()
    assert len(output) == 4
    assert 'work.describe needs a fresh process, because polars had been used' in output[0]
    assert "argument 'factor' (list)" in output[0]
    assert 'Local is defined in the script' in output[0]
    assert 'Build with workers=1' in output[0]
    assert "argument 'value'" in output[1]
    assert 'the function' in output[2]
    assert 'the result (function)' in output[3]


def test_a_process_that_dies_is_an_error(run_forked: Callable[[str], str]) -> None:
    output = run_forked("""
for function, argument in [(work.die, 9), (work.die, 11), (work.leave, 3), (work.leave, 0)]:
    try:
        run_safely(function, argument)
    except ProcessError as error:
        print(error)
""").splitlines()
    assert 'work.die was killed by SIGKILL. Usually the memory ran out' in output[0]
    assert 'work.die was killed by SIGSEGV. A native library crashed' in output[1]
    assert 'work.leave ended with exit status 3' in output[2]
    assert 'work.leave ended with exit status 0 and gave no result' in output[3]


def test_a_process_left_behind_delays_nothing(run_forked: Callable[[str], str]) -> None:
    output = run_forked("""
import time
start = time.monotonic()
print(run_safely(work.leave_child_behind), time.monotonic() - start < 3)
""")
    assert output == 'done True\n'


def test_logs_and_output_come_back(run_forked: Callable[[str], str]) -> None:
    output = run_forked("""
logging.basicConfig(level=logging.INFO, format='<%(name)s %(levelname)s %(message)s>')
run_safely(work.log)
logging.getLogger('work').setLevel(logging.WARNING)
run_safely(work.log)
""")
    assert sorted(output.split('\n')) == ['', '<work INFO from afar>', 'printed', 'printed']


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_fresh_process_ends_with_its_caller(
    command: Callable[[str], subprocess.Popen[str]], tmp_path: Path, number: signal.Signals
) -> None:
    after = "open('caller', 'w').write(str(child))"
    with command(FORKED.format(body=indent('run_safely(work.sleep_for_ever)'), after=after)) as process:
        assert wait_until((tmp_path / 'pids').exists), process.communicate()[0]
        helper, grandchild = map(int, (tmp_path / 'pids').read_text().split())
        assert is_alive(helper)
        assert is_alive(grandchild)
        os.kill(int((tmp_path / 'caller').read_text()), number)
        assert wait_until(lambda: not is_alive(helper) and not is_alive(grandchild))
        process.communicate(timeout=30)


def test_without_a_fork_the_function_runs_here() -> None:
    assert fork_hazards() == ()
    assert run_safely(lambda value, other: (os.getpid(), value, other), 1, other=2) == (os.getpid(), 1, 2)


@pytest.fixture
def reset_worker_count() -> Iterator[None]:
    yield
    set_worker_count(1)


@pytest.mark.usefixtures('reset_worker_count')
def test_workers_share_the_cores() -> None:
    cores = available_cores()
    assert 1 <= cores <= (os.cpu_count() or 1)
    assert worker_count() == 1
    assert thread_count(-1) == cores
    assert thread_count(cores + 5) == cores + 5
    set_worker_count(2)
    assert thread_count(-1) == thread_count(cores + 5) == max(1, cores // 2)
    assert thread_count(1) == 1
    set_worker_count(cores * 3)
    assert thread_count(-1) == 1


@pytest.mark.parametrize('n_jobs', [0, -2, 1.5, True, '2', None])
def test_a_wrong_number_of_threads_is_refused(n_jobs: int) -> None:
    with pytest.raises(ParameterError, match='n_jobs is'):
        thread_count(n_jobs)


@pytest.mark.parametrize('count', [0, -1, 1.5])
def test_a_wrong_number_of_workers_is_refused(count: int) -> None:
    with pytest.raises(ParameterError, match='number of workers is'):
        set_worker_count(count)


@pytest.mark.parametrize(
    ('group', 'files', 'expected'),
    [
        ('0::/a/b', {'a/b/cpu.max': '150000 100000\n', 'a/cpu.max': 'max 100000\n'}, 1.5),
        ('0::/a/b', {'a/b/cpu.max': 'max 100000\n', 'a/cpu.max': '50000 100000\n'}, 0.5),
        ('0::/seen/from/the/host', {'cpu.max': '200000 100000\n'}, 2.0),
        ('0::/', {}, float('inf')),
        ('4:cpu,cpuacct:/a', {'cpu/a/cpu.cfs_quota_us': '300000\n', 'cpu/a/cpu.cfs_period_us': '100000\n'}, 3.0),
        ('4:cpu,cpuacct:/a', {'cpu/a/cpu.cfs_quota_us': '-1\n', 'cpu/a/cpu.cfs_period_us': '100000\n'}, float('inf')),
        ('3:cpuset:/a', {'cpu/a/cpu.cfs_quota_us': '1\n', 'cpu/a/cpu.cfs_period_us': '1\n'}, float('inf')),
    ],
)
def test_cpu_quota_of_control_groups(tmp_path: Path, group: str, files: dict[str, str], expected: float) -> None:
    files = {'proc/self/cgroup': f'1:name=systemd:/\n{group}\n'} | {
        f'sys/fs/cgroup/{name}': text for name, text in files.items()
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert _read_cpu_quota(tmp_path) == expected
