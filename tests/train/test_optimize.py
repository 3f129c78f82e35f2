"""Optimize tasks: what is searched, how it is repeated and resumed, and what comes out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import luigi
import numpy as np
import pandas as pd
import pytest

from redshells.errors import ParameterError, SearchSpaceError, StudyStorageError, UnknownNameError
from redshells.train import OptimizeCatBoost, OptimizeLightGBM, OptimizeXGBoost
from redshells.tuning import SearchSpace, TuningResult
from tests.tables import NARROW, Workspace, classes_table, numbers_table, queries_table

QUICK = {'n_trials': 3, 'cross_validation_size': 2, 'early_stopping_rounds': 3, 'search_space': NARROW}


def drawn(result: TuningResult) -> list[tuple[Any, ...]]:
    """What of the trials does not depend on the clock."""
    return [(r.number, r.state, r.value, dict(r.params), r.number_of_rounds) for r in result.trial_records]


def fresh(workspace: Workspace, name: str) -> Workspace:
    folder = workspace.folder / name
    folder.mkdir()
    return Workspace(folder)


@pytest.mark.parametrize('task_class', [OptimizeLightGBM, OptimizeXGBoost, OptimizeCatBoost])
def test_result(workspace: Workspace, task_class: type) -> None:
    frame = classes_table(120)
    task = workspace.task(task_class, frame, n_trials=3, cross_validation_size=2, early_stopping_rounds=3)
    result = workspace.build(task)
    assert (result.model, result.problem, result.target_column_name) == (
        task_class.__name__.removeprefix('Optimize'),
        'classification',
        'category',
    )
    assert (result.metric, result.direction, result.random_seed) == ('auc', 'maximize', 0)
    trials = result.trials
    assert isinstance(trials, pd.DataFrame)
    assert trials['number'].tolist() == [0, 1, 2]
    complete = trials[trials['state'] == 'COMPLETE']
    assert result.best_value == complete['value'].max() > 0.8
    best = complete.loc[complete['value'].idxmax()]
    assert result.best_trial.number_of_rounds == best['number_of_rounds'] >= 1
    assert set(result.best_params) == {'learning_rate', *result.search_space.names}
    assert all(best[f'params_{name}'] == result.best_params[name] for name in result.search_space.names)
    # trials learn fast, the final model slowly
    assert (result.learning_rate_of_trials, result.best_params['learning_rate']) == (0.1, 0.025)
    assert result.number_of_rounds == round(best['number_of_rounds'] * 4 * 1.03)
    log = task.get_task_log()
    assert (log['rows'], log['best_value'], log['metric']) == (120, result.best_value, 'auc')
    assert log['best_params'] == result.best_params
    assert 'versions' in log
    loaded = task.output().load()
    assert loaded == result
    assert loaded.to_json() == Path(task.output().path()).read_text()


def test_one_seed_draws_the_same_and_another_does_not(workspace: Workspace) -> None:
    frame = classes_table(120)
    one = workspace.build(OptimizeLightGBM, frame, **QUICK)
    same = fresh(workspace, 'same').build(OptimizeLightGBM, frame, **QUICK)
    other = workspace.build(OptimizeLightGBM, frame, random_seed=1, **QUICK)
    assert drawn(one) == drawn(same)
    assert not {str(r.params) for r in one.trial_records} & {str(r.params) for r in other.trial_records}


SCRIPT = """
import sys
from pathlib import Path
from redshells.train import OptimizeLightGBM
from redshells.tuning import study
from tests.tables import Workspace, classes_table

parameters = {'n_trials': 8, 'cross_validation_size': 2, 'model_kwargs': {'n_estimators': 40}}
if __name__ == '__main__':
    Workspace(Path(sys.argv[1])).build(OptimizeLightGBM, classes_table(120), **parameters)
"""


def test_a_killed_search_goes_on_to_the_identical_study(workspace: Workspace) -> None:
    frame = classes_table(120)
    parameters = {'n_trials': 8, 'cross_validation_size': 2, 'model_kwargs': {'n_estimators': 40}}
    task = workspace.task(OptimizeLightGBM, frame, **parameters)
    study = Path(task.study_storage())
    assert Path(workspace.directory) in study.parents
    process = subprocess.Popen([sys.executable, '-c', SCRIPT, str(workspace.folder)], cwd=os.getcwd())
    deadline = time.monotonic() + 60
    # an op_code 6 ends a trial
    while not study.exists() or study.read_bytes().count(b'"op_code":6') < 3:
        assert process.poll() is None, 'it ended before it could be killed'
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not task.complete()
    finished = study.read_bytes().count(b'"op_code":6')
    assert 3 <= finished < 8
    resumed = workspace.build(task)
    assert drawn(resumed) == drawn(fresh(workspace, 'whole').build(OptimizeLightGBM, frame, **parameters))
    started_before = sorted(record.started for record in resumed.trial_records)[:finished]
    assert [record.started for record in resumed.trial_records[:finished]] == started_before


def test_only_what_changes_the_result_is_part_of_the_id(workspace: Workspace) -> None:
    data = workspace.given(classes_table())
    place = {'storage': '/somewhere/study', 'n_jobs': 2, 'show_progress': False}
    plain = workspace.task(OptimizeLightGBM, data)
    for name, value in place.items():
        assert workspace.task(OptimizeLightGBM, data, **{name: value}).make_unique_id() == plain.make_unique_id()
    result = {
        'n_trials': 7,
        'timeout': 5.0,
        'search_space': NARROW,
        'sampler': 'RandomSampler',
        'sampler_kwargs': {'n_startup_trials': 3},
        'pruner': 'NopPruner',
        'random_seed': 1,
        'metric': 'logloss',
        'split': 'random',
    }
    ids = {workspace.task(OptimizeLightGBM, data, **{name: value}).make_unique_id() for name, value in result.items()}
    assert len(ids | {plain.make_unique_id()}) == len(result) + 1


@pytest.mark.parametrize('kind', ['path', 'sqlite'])
def test_storage(workspace: Workspace, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace.folder)
    file = workspace.folder / 'my' / 'study'
    file.parent.mkdir()
    storage = 'my/study' if kind == 'path' else f'sqlite:///{file}'
    frame = classes_table(120)
    result = workspace.build(OptimizeLightGBM, frame, storage=storage, **QUICK)
    assert file.exists()
    assert not (Path(workspace.directory) / 'study').exists()
    assert drawn(result) == drawn(fresh(workspace, 'plain').build(OptimizeLightGBM, frame, **QUICK))
    # the study is complete: the lost output comes back from it without a new trial
    task = workspace.task(OptimizeLightGBM, frame, storage=storage, **QUICK)
    task.output().remove()
    assert workspace.build(task).to_json() == result.to_json()


def test_storage_that_can_not_be_used(workspace: Workspace) -> None:
    frame = classes_table(120)
    file = workspace.folder / 'notes.txt'
    file.write_text('not a study\n')
    error = workspace.failure(OptimizeLightGBM, frame, storage=str(file), **QUICK)
    assert isinstance(error, StudyStorageError)
    assert str(error).startswith('OptimizeLightGBM: ')
    assert file.read_text() == 'not a study\n'
    assert isinstance(workspace.failure(OptimizeLightGBM, frame, storage='ftp://here/x', **QUICK), ParameterError)


def test_trials_side_by_side(workspace: Workspace) -> None:
    result = workspace.build(OptimizeLightGBM, classes_table(120), n_jobs=2, **{**QUICK, 'n_trials': 5})
    assert [record.number for record in result.trial_records] == [0, 1, 2, 3, 4]


def test_search_space_of_the_user(workspace: Workspace) -> None:
    frame = classes_table(120)
    as_dict = workspace.task(OptimizeLightGBM, frame, **QUICK)
    turned = dict(reversed(list(NARROW.items())))
    as_space = workspace.task(OptimizeLightGBM, frame, **{**QUICK, 'search_space': SearchSpace(turned)})
    assert as_dict.make_unique_id() == as_space.make_unique_id()
    result = workspace.build(as_dict)
    assert result.search_space == SearchSpace(NARROW)
    for record in result.trial_records:
        assert 2 <= record.params['num_leaves'] <= 16
        assert 0.1 <= record.params['learning_rate'] <= 0.5
    with pytest.raises(SearchSpaceError, match=r'^OptimizeLightGBM: .*num_leaves'):
        workspace.task(OptimizeLightGBM, frame, search_space={'num_leaves': {'type': 'int', 'low': 9, 'high': 2}})
    error = workspace.failure(
        OptimizeLightGBM, frame, **{**QUICK, 'search_space': {'leafs': {'type': 'int', 'low': 2, 'high': 9}}}
    )
    assert isinstance(error, ParameterError)
    assert "'leafs'" in str(error)


def test_what_is_given_is_not_searched(workspace: Workspace) -> None:
    frame = classes_table(120)
    result = workspace.build(OptimizeLightGBM, frame, model_kwargs={'num_leaves': 3}, **QUICK)
    assert result.search_space.names == ('learning_rate',)
    assert all(set(record.params) == {'learning_rate'} for record in result.trial_records)
    assert result.best_params['num_leaves'] == 3
    # nothing is left to search: one trial
    result = workspace.build(OptimizeLightGBM, frame, model_kwargs={'num_leaves': 3, 'eta': 0.3}, **QUICK)
    assert len(result.trial_records) == 1
    assert result.best_params == {'num_leaves': 3, 'learning_rate': 0.3}


@pytest.mark.parametrize(
    'parameters',
    [
        {'sampler': 'RandomSampler'},
        {'sampler': 'TPESampler', 'sampler_kwargs': {'n_startup_trials': 1, 'multivariate': True}},
        {'pruner': 'NopPruner'},
        {'pruner': 'PercentilePruner', 'pruner_kwargs': {'percentile': 25.0, 'n_startup_trials': 1}},
        {'pruner': 'PatientPruner', 'pruner_kwargs': {'wrapped_pruner': ['MedianPruner', {}], 'patience': 2}},
    ],
)
def test_samplers_and_pruners_by_name(workspace: Workspace, parameters: dict[str, Any]) -> None:
    result = workspace.build(OptimizeLightGBM, classes_table(120), **QUICK, **parameters)
    assert len(result.trial_records) == 3


@pytest.mark.parametrize(
    'parameters',
    [
        {'sampler': 'TPE'},
        {'sampler_kwargs': {'startup': 1}},
        {'pruner': 'Median'},
        {'pruner': 'PercentilePruner', 'pruner_kwargs': {'percentile': 900.0}},
        {'model_kwargs': {'num_leafs': 7}},
        {'cross_validation_size': 0, 'test_size': 0.9, 'split': 'group'},
    ],
)
def test_wrong_parameters_end_it_before_the_first_trial(workspace: Workspace, parameters: dict[str, Any]) -> None:
    task = workspace.task(OptimizeLightGBM, classes_table(120), **{**QUICK, **parameters})
    error = workspace.failure(task)
    assert isinstance(error, ValueError)
    assert str(error).startswith('OptimizeLightGBM: ')
    study = Path(task.study_storage())
    assert not study.exists() or b'"op_code":4' not in study.read_bytes()


def test_wrong_parameters_are_refused_when_it_is_constructed(workspace: Workspace) -> None:
    data = workspace.given(classes_table(120))
    for parameters in (
        {'cross_validation_size': 1},
        {'metric': 'rmse'},
        {'cross_validation_size': 0, 'test_size': 0.0},
        {'split': 'time'},
        {'split': 'stratified_group'},
        {'n_trials': 0},
        {'n_trials': 2.5},
        {'timeout': -1.0},
        {'timeout': 0.0},
        {'problem': 'ranking'},
    ):
        with pytest.raises(ParameterError, match=r'^OptimizeLightGBM: '):
            workspace.task(OptimizeLightGBM, data, **parameters)


@pytest.mark.parametrize(
    ('metric', 'name', 'direction'),
    [('roc_auc', 'auc', 'maximize'), ('log_loss', 'logloss', 'minimize'), ('f1', 'f1', 'maximize')],
)
def test_metrics_of_classes(workspace: Workspace, metric: str, name: str, direction: str) -> None:
    result = workspace.build(OptimizeLightGBM, classes_table(120), metric=metric, **QUICK)
    assert (result.metric, result.direction) == (name, direction)
    values = [r.value for r in result.trial_records if r.state == 'COMPLETE']
    assert result.best_value == (max(values) if direction == 'maximize' else min(values))


def test_metric_of_the_user(workspace: Workspace) -> None:
    metric = 'tests.train.search_rule:worst_error'
    parameters = {'problem': 'regression', 'target_column_name': 'y', 'metric': metric}
    result = workspace.build(OptimizeLightGBM, numbers_table(120), **parameters, **QUICK)
    assert (result.metric, result.direction) == (metric, 'minimize')
    assert result.best_value > 0


def test_three_classes_are_tuned_for_logloss(workspace: Workspace) -> None:
    result = workspace.build(OptimizeLightGBM, classes_table(120, classes=3), **QUICK)
    assert (result.metric, result.direction) == ('logloss', 'minimize')


def test_one_held_out_part(workspace: Workspace) -> None:
    parameters = {**QUICK, 'cross_validation_size': 0, 'test_size': 0.25}
    result = workspace.build(OptimizeLightGBM, classes_table(120), metric='accuracy', **parameters)
    # 30 rows: the score is a multiple of 1/30
    assert result.best_value * 30 == pytest.approx(round(result.best_value * 30))


def test_ranking_groups_and_time(workspace: Workspace) -> None:
    ranking = {'problem': 'ranking', 'target_column_name': 'relevance', 'group_column_name': 'query'}
    result = workspace.build(OptimizeLightGBM, queries_table(), **ranking, **QUICK)
    assert (result.metric, result.direction) == ('ndcg', 'maximize')
    frame = classes_table(120).assign(day=lambda table: np.arange(len(table)))
    result = workspace.build(OptimizeLightGBM, frame, split='time', time_column_name='day', **QUICK)
    assert len(result.trial_records) == 3
    # a day tells its class, but is no feature: with it every trial would be perfect
    frame['category'] = np.random.default_rng(12).permutation(120) % 2
    frame['day'] = np.arange(120) + 1000 * frame['category']
    honest = workspace.build(OptimizeLightGBM, frame, split='random', time_column_name='day', **QUICK)
    assert honest.best_value < 0.8
    frame = classes_table(120).assign(day=lambda table: np.arange(len(table)))
    asked = workspace.build(OptimizeLightGBM, frame, split='time', time_column_name='day', **QUICK)
    unasked = workspace.build(OptimizeLightGBM, frame, time_column_name='day', **QUICK)
    assert unasked.best_value == asked.best_value
    assert unasked.best_value != workspace.build(OptimizeLightGBM, frame.drop(columns='day'), **QUICK).best_value


@pytest.mark.parametrize('task_class', [OptimizeLightGBM, OptimizeXGBoost, OptimizeCatBoost])
def test_metrics_that_a_library_computes_otherwise(workspace: Workspace, task_class: type) -> None:
    quick = {name: value for name, value in QUICK.items() if name != 'search_space'}
    ranking = {'problem': 'ranking', 'target_column_name': 'relevance', 'group_column_name': 'query'}
    result = workspace.build(task_class, queries_table(), metric='ndcg@5', **ranking, **quick)
    assert 0.5 < result.best_value <= 1
    result = workspace.build(task_class, classes_table(120), metric='balanced_accuracy', **quick)
    assert 0.7 < result.best_value <= 1


def test_timeout(workspace: Workspace) -> None:
    parameters = {**QUICK, 'n_trials': 100_000, 'timeout': 1.0}
    frame = classes_table(120)
    workspace.build(OptimizeLightGBM, frame, **QUICK)  # what is loaded once is loaded
    started = time.monotonic()
    result = workspace.build(OptimizeLightGBM, frame, **parameters)
    assert 0.8 < time.monotonic() - started < 4
    assert 2 <= len(result.trial_records) < 1000


def test_study_of_a_workspace_in_object_storage_is_a_local_file(tmp_path: Path) -> None:
    luigi.Task.clear_instance_cache()
    workspace = Workspace(tmp_path, 's3://bucket/workspace')
    task = workspace.task(OptimizeLightGBM, workspace.given(classes_table(120)))
    assert task.study_storage() == str(tmp_path / 'temporary' / 'study' / f'{task.study_name()}.journal')


def test_unknown_columns(workspace: Workspace) -> None:
    error = workspace.failure(OptimizeLightGBM, classes_table(120), split='time', time_column_name='day', **QUICK)
    assert "'day'" in str(error)
    assert not isinstance(error, UnknownNameError)
