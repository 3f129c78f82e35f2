from __future__ import annotations

import itertools
import json
import logging
import math
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from redshells.errors import (
    NoCompleteTrialError,
    ParameterError,
    StudyStorageError,
    UnknownArgumentError,
    UnknownNameError,
)
from redshells.tuning import SearchSpace, TrialRecord, best_record
from redshells.tuning.sampling import make_pruner, make_sampler
from redshells.tuning.storage import open_storage
from redshells.tuning.study import Outcome, Report, run_study

SPACE = SearchSpace(
    {
        'x': {'type': 'float', 'low': -3.0, 'high': 3.0},
        'k': {'type': 'int', 'low': 1, 'high': 64, 'log': True},
        'kind': {'type': 'categorical', 'choices': ['a', 'b']},
        'y': {'type': 'float', 'low': 0.0, 'high': 1.0, 'when': {'kind': ['b']}},
    }
)


def measure(params: Mapping[str, Any], report: Report) -> Outcome:
    value = params['x'] ** 2 + math.log(params['k']) + params.get('y', 0.3)
    for step in range(8):
        report(step, value + 3 / (step + 1))
    return Outcome(value, number_of_rounds=params['k'])


def run(path: Path, objective: Any = measure, **changes: Any) -> tuple[TrialRecord, ...]:
    arguments: dict[str, Any] = {
        'search_space': SPACE,
        'direction': 'minimize',
        'n_trials': 20,
        'storage': str(path),
        'study_name': 's',
        'random_seed': 3,
    }
    return run_study(objective, **(arguments | changes))


def story(records: tuple[TrialRecord, ...]) -> list[tuple[Any, ...]]:
    return [(one.number, one.state, one.value, one.params, one.number_of_rounds) for one in records]


def study_of(path: Path) -> optuna.Study:
    return optuna.load_study(study_name='s', storage=open_storage(str(path)))


def test_finds_a_good_configuration_and_prunes_bad_ones(tmp_path: Path) -> None:
    records = run(tmp_path / 'study.log', n_trials=60)
    best = best_record(records, 'minimize')
    assert best is not None
    assert best.value is not None
    assert best.value < 1.0
    assert best.value == measure(best.params, lambda step, value: None).value
    assert best.number_of_rounds == best.params['k']
    assert [record.number for record in records] == list(range(60))
    assert {record.state for record in records} == {'COMPLETE', 'PRUNED'}
    assert all(record.duration >= 0 for record in records)


def test_the_seed_decides_what_is_drawn(tmp_path: Path) -> None:
    first = run(tmp_path / 'a')
    assert story(first) == story(run(tmp_path / 'b'))
    assert story(first) != story(run(tmp_path / 'c', random_seed=4))
    params = [tuple(record.params.items()) for record in first]
    assert len(set(params)) == len(params)


def test_a_second_call_runs_nothing_and_a_longer_one_goes_on(tmp_path: Path) -> None:
    calls = []

    def objective(params: Mapping[str, Any], report: Report) -> Outcome:
        calls.append(params)
        return measure(params, report)

    first = run(tmp_path / 'a', objective, n_trials=6)
    assert run(tmp_path / 'a', objective, n_trials=6) == first
    assert len(calls) == 6
    longer = run(tmp_path / 'a', objective, n_trials=12)
    assert len(calls) == 12
    assert longer[:6] == first
    assert story(longer) == story(run(tmp_path / 'b', n_trials=12))
    assert run(tmp_path / 'a', n_trials=6) == first


class Interruption(BaseException):
    pass


@pytest.mark.parametrize(
    ('sampler', 'pruner'),
    [
        (('TPESampler', {}), ('MedianPruner', {})),
        (('TPESampler', {'multivariate': False, 'n_startup_trials': 3}), ('SuccessiveHalvingPruner', {})),
        (('TPESampler', {'group': True}), ('ThresholdPruner', {'upper': 6.0})),
        (('TPESampler', {}), ('PatientPruner', {'wrapped_pruner': ['MedianPruner', {}], 'patience': 1})),
        (('RandomSampler', {}), ('PercentilePruner', {'percentile': 30.0})),
        (('NSGAIISampler', {'population_size': 6}), ('WilcoxonPruner', {})),
        (('NSGAIIISampler', {'population_size': 6}), ('NopPruner', {})),
    ],
)
def test_an_interrupted_study_is_the_uninterrupted_one(tmp_path: Path, sampler: Any, pruner: Any) -> None:
    chance = random.Random(0)
    interruptions = itertools.count()

    def objective(params: Mapping[str, Any], report: Report) -> Outcome:
        def fragile_report(step: int, value: float) -> None:
            report(step, value)
            if chance.random() < 0.15:
                next(interruptions)
                raise Interruption

        return measure(params, fragile_report)

    whole = run(tmp_path / 'whole', n_trials=25, sampler=sampler, pruner=pruner)
    for _ in range(200):
        try:
            broken = run(tmp_path / 'broken', objective, n_trials=25, sampler=sampler, pruner=pruner)
            break
        except Interruption:
            pass
    assert next(interruptions) > 3
    assert story(broken) == story(whole)


KILLED = """
import math, sys, time
from redshells.tuning import SearchSpace
from redshells.tuning.study import Outcome, run_study

def objective(params, report):
    value = params['x'] ** 2 + math.log(params['k']) + params.get('y', 0.3)
    for step in range(8):
        report(step, value + 3 / (step + 1))
        time.sleep(0.005)
    return Outcome(value, number_of_rounds=params['k'])

print('ready', flush=True)
run_study(objective, search_space=SearchSpace.gokart_deserialize(sys.argv[2]), direction='minimize',
          n_trials=int(sys.argv[3]), storage=sys.argv[1], study_name='s', random_seed=3)
"""


def start(path: Path, n_trials: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, '-c', KILLED, str(path), SPACE.gokart_serialize(), str(n_trials)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == 'ready\n'
    return process


def test_a_killed_study_is_the_uninterrupted_one(tmp_path: Path) -> None:
    chance = random.Random(5)
    whole = run(tmp_path / 'whole', n_trials=30)
    kills = 0
    for _ in range(6):
        process = start(tmp_path / 'killed', 30)
        time.sleep(chance.uniform(0.02, 0.2))
        process.send_signal(signal.SIGKILL)
        _, error = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), error
        kills += process.returncode == -signal.SIGKILL
    assert kills >= 4
    assert story(run(tmp_path / 'killed', n_trials=30)) == story(whole)
    trials = study_of(tmp_path / 'killed').trials
    assert sum(trial.state == TrialState.COMPLETE for trial in trials) == sum(one.state == 'COMPLETE' for one in whole)
    assert not any(trial.state == TrialState.RUNNING for trial in trials)


def test_processes_that_share_a_study_finish_exactly_its_trials(tmp_path: Path) -> None:
    path = tmp_path / 'study.log'
    chance = random.Random(1)
    processes = [start(path, 40) for _ in range(2)]
    for _ in range(3):
        time.sleep(chance.uniform(0.05, 0.2))
        processes[0].kill()
        processes[0].communicate()
        processes[0] = start(path, 40)
    for process in processes:
        _, error = process.communicate(timeout=60)
        assert process.returncode == 0, error
    trials = study_of(path).trials
    finished = [trial for trial in trials if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)]
    assert len(finished) == 40
    assert len({trial.user_attrs['redshells:worker'] for trial in finished}) > 1
    assert not any(trial.state == TrialState.RUNNING for trial in trials)
    assert len(run(path, n_trials=40)) == 40


def test_a_trial_of_a_living_worker_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / 'study.log'
    begun, go_on = threading.Event(), threading.Event()

    def slow(params: Mapping[str, Any], report: Report) -> Outcome:
        begun.set()
        assert go_on.wait(20)
        return measure(params, report)

    other = threading.Thread(target=run, args=(path, slow), kwargs={'n_trials': 3})
    other.start()
    assert begun.wait(20)
    tried: list[Mapping[str, Any]] = []

    def objective(params: Mapping[str, Any], report: Report) -> Outcome:
        tried.append(params)
        if len(tried) == 2:
            go_on.set()
        return measure(params, report)

    records = run(path, objective, n_trials=3)
    other.join(20)
    assert len(records) == 3
    assert len(tried) == 2
    assert [trial.state for trial in study_of(path).trials].count(TrialState.FAIL) == 0


ENDLESS = """
import itertools, sys, time
from redshells.tuning import SearchSpace
from redshells.tuning.study import run_study

def objective(params, report):
    for step in itertools.count():
        report(step, 1.0)
        print('reported', flush=True)
        time.sleep(0.01)

space = SearchSpace({'x': {'type': 'float', 'low': 0.0, 'high': 1.0}})
run_study(objective, search_space=space, direction='minimize', n_trials=9, storage=sys.argv[1], study_name='s')
"""


def test_ctrl_c_ends_it_and_frees_the_trial(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, '-c', ENDLESS, str(tmp_path / 'study.log')], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b'reported\n'
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=20)
    assert b'KeyboardInterrupt' in error
    trials = study_of(tmp_path / 'study.log').trials
    assert trials
    assert {trial.state for trial in trials} == {TrialState.FAIL}


def test_an_error_of_the_objective_is_raised_and_its_trial_repeated(tmp_path: Path) -> None:
    tried: list[Mapping[str, Any]] = []

    def objective(params: Mapping[str, Any], report: Report) -> Outcome:
        tried.append(params)
        if len(tried) == 4:
            raise ZeroDivisionError('no way')
        return measure(params, report)

    with pytest.raises(ZeroDivisionError, match='no way'):
        run(tmp_path / 'study.log', objective)
    states = [trial.state for trial in study_of(tmp_path / 'study.log').trials]
    assert states == [TrialState.COMPLETE] * 3 + [TrialState.FAIL]
    records = run(tmp_path / 'study.log', objective)
    assert tried[4] == tried[3]
    assert story(records) == story(run(tmp_path / 'whole'))


def test_an_interrupted_trial_is_repeated_even_where_another_would_be_drawn(tmp_path: Path) -> None:
    tried: list[Mapping[str, Any]] = []

    def objective(params: Mapping[str, Any], report: Report) -> Outcome:
        tried.append(params)
        if len(tried) == 14:
            raise Interruption
        return measure(params, report)

    with pytest.raises(Interruption):
        run(tmp_path / 'study.log', objective)
    run(tmp_path / 'study.log', objective, random_seed=4)
    assert tried[14] == tried[13]


def test_a_value_that_is_not_a_number_fails_and_the_search_goes_on(tmp_path: Path) -> None:
    def objective(params: Mapping[str, Any], report: Report) -> Outcome:
        return Outcome(math.nan) if params['kind'] == 'a' else measure(params, report)

    records = run(tmp_path / 'study.log', objective)
    assert len(records) == 20
    for record in records:
        assert (record.state == 'FAIL') == (record.params['kind'] == 'a')
        assert record.state != 'FAIL' or record.value is None
    assert {record.state for record in records} >= {'FAIL', 'COMPLETE'}
    assert run(tmp_path / 'study.log', objective) == records


def test_no_complete_trial(tmp_path: Path) -> None:
    with pytest.raises(NoCompleteTrialError, match='5 failed'):
        run(tmp_path / 'nan', lambda params, report: Outcome(math.nan), n_trials=5)
    with pytest.raises(NoCompleteTrialError, match='20 pruned'):
        run(tmp_path / 'pruned', pruner=('ThresholdPruner', {'upper': 0.0}))


def test_initial_configurations_come_first_inside_the_ranges(tmp_path: Path) -> None:
    initial = [
        {'x': 99.0, 'k': 2, 'kind': 'b', 'y': 0.5, 'unknown': 1},
        {'k': 7},
        {'x': 50, 'k': 2, 'kind': 'b', 'y': 0.5},
        {'unknown': 1},
        {'kind': 'a', 'y': 0.5, 'x': 0.0, 'k': 1},
    ]
    records = run(tmp_path / 'study.log', initial_params=initial, pruner=('NopPruner', {}))
    assert records[0].params == {'x': 3.0, 'k': 2, 'kind': 'b', 'y': 0.5}
    assert records[1].params['k'] == 7
    assert set(records[1].params) >= {'x', 'k', 'kind'}
    assert records[2].params == {'kind': 'a', 'x': 0.0, 'k': 1}
    assert len(records) == 20
    assert len(run(tmp_path / 'few', initial_params=initial, n_trials=1)) == 1


def test_an_empty_space_has_one_trial(tmp_path: Path) -> None:
    tried = []

    def objective(params: Mapping[str, Any], report: Report) -> Outcome:
        tried.append(params)
        return Outcome(0.5)

    for _ in range(2):
        records = run(tmp_path / 'study.log', objective, search_space=SearchSpace())
        assert [record.params for record in records] == [{}]
    assert tried == [{}]


def fast_then_endless(params: Mapping[str, Any], report: Report) -> Outcome:
    if params['k'] == 1:
        return Outcome(0.0)
    for step in range(2000):
        time.sleep(0.01)
        report(step, 1.0)
    return Outcome(1.0)


def test_timeout_ends_the_running_trial(tmp_path: Path) -> None:
    began = time.monotonic()
    arguments: dict[str, Any] = {'n_trials': None, 'timeout': 0.5, 'initial_params': [{'k': 1}, {'k': 2}]}
    records = run(tmp_path / 'study.log', fast_then_endless, **arguments)
    assert 0.4 < time.monotonic() - began < 5
    assert [record.state for record in records] == ['COMPLETE', 'PRUNED']
    # The time of the first call is spent.
    assert run(tmp_path / 'study.log', fast_then_endless, **arguments) == records


def test_timeout_ends_a_trial_that_has_no_value_to_report(tmp_path: Path) -> None:
    def endless(params: Mapping[str, Any], report: Report) -> Outcome:
        if params['k'] == 1:
            return Outcome(1.0)
        while not report.is_late():
            time.sleep(0.01)
        return Outcome(0.0, cut_short=True)

    arguments: dict[str, Any] = {'n_trials': None, 'timeout': 0.3, 'initial_params': [{'k': 1}, {'k': 2}]}
    records = run(tmp_path / 'study.log', endless, **arguments)

    assert [record.state for record in records] == ['COMPLETE', 'PRUNED']
    assert records[1].duration < 2


def test_timeout_leaves_the_only_trial_its_time(tmp_path: Path) -> None:
    def slow(params: Mapping[str, Any], report: Report) -> Outcome:
        for step in range(10):
            time.sleep(0.02)
            report(step, 1.0)
        return Outcome(1.0)

    records = run(tmp_path / 'study.log', slow, timeout=0.05)
    assert [record.state for record in records] == ['COMPLETE']


def test_a_study_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / 'study.log'
    run(path, n_trials=3)
    before = path.read_bytes()
    with pytest.raises(StudyStorageError, match="direction 'minimize'"):
        run(path, direction='maximize')
    with pytest.raises(StudyStorageError, match='search space'):
        run(path, search_space=SPACE.without({'x': 1.0}))
    # Optuna's attempt to create the study is all that was added.
    assert path.read_bytes().startswith(before)
    assert len(study_of(path).trials) == 3

    optuna.create_study(storage=open_storage(str(path)), study_name='own').ask()
    with pytest.raises(StudyStorageError, match="'own'"):
        run(path, study_name='own')


def test_studies_share_a_file(tmp_path: Path) -> None:
    first = run(tmp_path / 'study.log', n_trials=4)
    second = run(
        tmp_path / 'study.log',
        n_trials=5,
        study_name='t',
        search_space=SPACE.without({'x': 1.0}),
        objective=lambda p, r: Outcome(p['k']),
    )
    assert (len(first), len(second)) == (4, 5)
    assert run(tmp_path / 'study.log', n_trials=4) == first


def test_sqlite_goes_on(tmp_path: Path) -> None:
    url = f'sqlite:///{tmp_path}/study.db'
    calls = itertools.count()

    def objective(params: Mapping[str, Any], report: Report) -> Outcome:
        if next(calls) == 5:
            raise Interruption
        return measure(params, report)

    with pytest.raises(Interruption):
        run(tmp_path / 'unused', objective, storage=url, n_trials=8)
    records = run(tmp_path / 'unused', objective, storage=url, n_trials=8)
    assert story(records) == story(run(tmp_path / 'whole', n_trials=8))


def test_each_trial_is_told(tmp_path: Path) -> None:
    told: list[TrialRecord] = []
    records = run(tmp_path / 'study.log', on_trial=told.append)
    assert tuple(told) == records


def test_log_and_optuna_level(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    optuna.logging.set_verbosity(optuna.logging.INFO)
    caplog.set_level(logging.INFO, logger='redshells')
    run(tmp_path / 'study.log', n_trials=4)
    run(tmp_path / 'study.log', n_trials=6)
    assert optuna.logging.get_verbosity() == optuna.logging.INFO
    messages = [entry.getMessage() for entry in caplog.records if entry.name.startswith('redshells')]
    assert len(messages) == 4
    assert '0 of 4 trials finished' in messages[0]
    assert '4 of 6 trials finished' in messages[2]
    assert '6 trials (' in messages[3]
    assert capfd.readouterr() == ('', '')


@pytest.mark.parametrize(
    'changes',
    [
        {'n_trials': 0},
        {'n_trials': None},
        {'timeout': 0},
        {'timeout': math.nan},
        {'direction': 'up'},
        {'random_seed': -1},
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_written(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=next(iter(changes))):
        run(tmp_path / 'study.log', **changes)
    assert list(tmp_path.iterdir()) == []


def test_samplers_and_pruners_by_name() -> None:
    assert isinstance(make_sampler('TPESampler', {'n_startup_trials': 3}, 1, 0), optuna.samplers.TPESampler)
    assert isinstance(make_sampler('QMCSampler', {'scramble': True}, 1, 0), optuna.samplers.QMCSampler)
    assert isinstance(make_pruner('HyperbandPruner', {'max_resource': 9}), optuna.pruners.HyperbandPruner)
    with pytest.raises(UnknownNameError, match='RandomSampler'):
        make_sampler('BestSampler', {}, 1, 0)
    with pytest.raises(UnknownNameError, match='NopPruner'):
        make_pruner('TPESampler', {})
    with pytest.raises(UnknownArgumentError, match='n_startup_trials'):
        make_sampler('TPESampler', {'startup': 3}, 1, 0)
    with pytest.raises(UnknownArgumentError, match='seed'):
        make_sampler('RandomSampler', {'seed': 3}, 1, 0)
    with pytest.raises(ParameterError, match='refuses'):
        make_pruner('PercentilePruner', {'percentile': 200.0})
    with pytest.raises(ParameterError, match='refuses'):
        make_pruner('PercentilePruner', {})


def test_the_file_is_strict_json_lines(tmp_path: Path) -> None:
    run(tmp_path / 'study.log', n_trials=3)
    assert all(json.loads(line)['worker_id'] for line in (tmp_path / 'study.log').read_text().splitlines())
