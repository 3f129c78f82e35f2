"""What tasks record of their inputs, by which a stale or swapped one is found."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from luigi.task_register import Register

import redshells
from redshells.analysis.fingerprint import fingerprint
from redshells.predict import EvaluatePrediction, PredictTable
from redshells.train import (
    OptimizeLightGBM,
    TrainCatBoost,
    TrainClassificationModel,
    TrainLightGBM,
    TrainXGBoost,
    ValidateLightGBM,
)
from tests.tables import Workspace, classes_table

QUICK: dict[str, Any] = {'validation_size': 0.0, 'model_kwargs': {'n_estimators': 3}}
SEARCH: dict[str, Any] = {'n_trials': 1, 'cross_validation_size': 2}


def record_of(task: Any, table: Any) -> dict[str, Any]:
    return {'task': type(task).__name__, 'unique_id': task.make_unique_id(), **fingerprint(table).to_json()}


@pytest.mark.parametrize('task_class', [TrainLightGBM, TrainXGBoost, TrainCatBoost, TrainClassificationModel])
def test_a_model_knows_what_it_was_trained_on(workspace: Workspace, task_class: type) -> None:
    frame, watched = classes_table(80), classes_table(40, seed=1)
    data_task, validation_task = workspace.given(frame), workspace.given(watched)
    by_name = {'model_name': 'RandomForestClassifier'} if task_class is TrainClassificationModel else {}
    parameters = {**by_name, 'model_kwargs': {'n_estimators': 3}}
    task = workspace.task(task_class, data_task, validation_data_task=validation_task, **parameters)
    workspace.build(task)

    inputs = redshells.load_model(task.output().path()).training['inputs']

    assert inputs == {
        'train_data_task': record_of(data_task, frame),
        'validation_data_task': record_of(validation_task, watched),
    }
    assert inputs['train_data_task']['shape'] == [80, 5]
    assert inputs['train_data_task']['schema']['colour'] == 'str'
    assert task.get_task_log()['inputs'] == inputs


def test_a_table_that_was_swapped_under_its_task_is_found(workspace: Workspace) -> None:
    data_task = workspace.given(classes_table(80))
    task = workspace.task(TrainLightGBM, data_task, **QUICK)
    workspace.build(task)
    swapped = classes_table(80, seed=1)
    swapped.to_pickle(data_task.path)  # the unique id is the same, and nothing is trained again
    workspace.build(task)

    recorded = redshells.load_model(task.output().path()).training['inputs']['train_data_task']

    assert recorded['unique_id'] == data_task.make_unique_id()
    assert recorded['digest'] == fingerprint(classes_table(80)).digest
    assert recorded['digest'] != fingerprint(data_task.output().load()).digest == fingerprint(swapped).digest


def test_pandas_and_polars_make_one_model(workspace: Workspace) -> None:
    frame = classes_table(80)
    models = [workspace.build(TrainLightGBM, table, **QUICK) for table in (frame, pl.from_pandas(frame))]
    first, second = (model.training['inputs']['train_data_task'] for model in models)
    assert first['digest'] == second['digest']
    assert (first['schema']['colour'], second['schema']['colour']) == ('str', 'String')


def test_the_file_does_not_depend_on_the_workspace(tmp_path: Path) -> None:
    workspaces = [Workspace(tmp_path / name) for name in ('one', 'another')]
    data_task = Workspace(tmp_path).given(classes_table(80))
    contents = []
    for workspace in workspaces:
        task = workspace.task(TrainLightGBM, data_task, **QUICK)
        workspace.build(task)
        contents.append(Path(task.output().path()).read_bytes())
    assert contents[0] == contents[1]
    assert str(tmp_path).encode() not in contents[0]


def test_a_search_and_what_is_trained_and_validated_with_it(workspace: Workspace) -> None:
    frame = classes_table(80)
    data_task = workspace.given(frame)
    search = workspace.task(OptimizeLightGBM, data_task, **SEARCH)
    model_task = workspace.task(TrainLightGBM, data_task, best_params_task=search, **QUICK)
    validation = workspace.task(ValidateLightGBM, data_task, cross_validation_size=2, **QUICK)
    data, tuning = (
        record_of(data_task, frame),
        {'task': 'OptimizeLightGBM', 'unique_id': search.make_unique_id(), 'type': 'TuningResult'},
    )

    model = workspace.build(model_task)
    workspace.build(validation)

    assert search.output().load().inputs == search.get_task_log()['inputs'] == {'train_data_task': data}
    assert model.training['inputs'] == {'train_data_task': data, 'best_params_task': tuning}
    assert validation.get_task_log()['inputs'] == {'train_data_task': data}


def test_predictions_and_their_scores(workspace: Workspace) -> None:
    data_task = workspace.given(classes_table(80))
    model_task = workspace.task(TrainLightGBM, data_task, **QUICK)
    rows_task = workspace.given(classes_table(20, seed=1))
    prediction_task = workspace.task(PredictTable, rows_task, model_task=model_task)
    scores_task = workspace.task(EvaluatePrediction, rows_task, prediction_task=prediction_task)
    workspace.build(scores_task)

    rows = record_of(rows_task, classes_table(20, seed=1))
    assert prediction_task.get_task_log()['inputs'] == {
        'model_task': {'task': 'TrainLightGBM', 'unique_id': model_task.make_unique_id(), 'type': 'LightGBMModel'},
        'data_task': rows,
    }
    assert scores_task.get_task_log()['inputs'] == {
        'prediction_task': record_of(prediction_task, prediction_task.output().load()),
        'data_task': rows,
    }


def test_a_column_of_anything_that_is_no_feature_does_no_harm(workspace: Workspace) -> None:
    frame = classes_table(80).assign(note=['text', 1] * 40, seen=[{'a', 'b'}] * 80)
    model = workspace.build(TrainLightGBM, frame, feature_column_names=['a', 'b'], **QUICK)
    assert model.training['inputs']['train_data_task']['by_text'] == ['note', 'seen']


def test_the_section_of_the_documentation_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[2] / 'docs' / 'reproducibility.md').read_text()
    section = page.partition('## Find a stale or swapped input')[2].partition('\n## ')[0]
    (code,) = re.findall(r'```python\n(.*?)```', section, flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Register, '_reg', list(Register._reg))  # its task is forgotten with the test

    exec(code, {'__name__': __name__})

    assert '[40, 2] then, [30, 2] now' in capsys.readouterr().out
