"""A workspace on S3, over real HTTP."""

from __future__ import annotations

import logging
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import luigi
import numpy as np
import pandas as pd
import pytest
from moto.server import ThreadedMotoServer

from redshells.data import CheckDataFrame, ConcatenateFeatures, LoadDataOfTask, SplitTrainTestData
from redshells.errors import ContractError, DamagedArchiveError
from redshells.predict import EvaluatePrediction, PredictTable
from redshells.report import ReportData
from redshells.testing.runs import started_tasks
from redshells.train import OptimizeLightGBM, TrainClassificationModel, TrainLightGBM, ValidateLightGBM
from tests.tables import NARROW, Workspace, classes_table


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    logging.getLogger('werkzeug').setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        'AWS_ENDPOINT_URL': f'http://{host}:{port}',
        'AWS_ACCESS_KEY_ID': 'nobody',
        'AWS_SECRET_ACCESS_KEY': 'nothing',
        'AWS_DEFAULT_REGION': 'us-east-1',
        'AWS_CONFIG_FILE': os.devnull,
        'AWS_SHARED_CREDENTIALS_FILE': os.devnull,
        'NO_PROXY': '127.0.0.1',
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    luigi.Task.clear_instance_cache()  # gokart's configuration of S3 keeps its client
    # all servers of a process share what they hold
    urllib.request.urlopen(urllib.request.Request(f'http://{host}:{port}/moto-api/reset', method='POST')).close()
    boto3.client('s3').create_bucket(Bucket='bucket')
    yield Workspace(tmp_path, 's3://bucket/workspace')
    luigi.Task.clear_instance_cache()
    server.stop()


def objects() -> dict[str, Any]:
    pages = boto3.client('s3').list_objects_v2(Bucket='bucket')
    return {item['Key']: (item['LastModified'], item['ETag']) for item in pages.get('Contents', [])}


def pipeline(workspace: Workspace) -> dict[str, Any]:
    split = workspace.task(SplitTrainTestData, classes_table(), test_size_rate=0.25)
    train, test = [workspace.task(LoadDataOfTask, split, target_name=name) for name in ('train', 'test')]
    best = workspace.task(
        OptimizeLightGBM, train, n_trials=3, cross_validation_size=2, early_stopping_rounds=3, search_space=NARROW
    )
    model = workspace.task(TrainLightGBM, train, best_params_task=best)
    predictions = workspace.task(PredictTable, test, model_task=model)
    return {
        'validation': workspace.task(ValidateLightGBM, train, best_params_task=best, cross_validation_size=2),
        'evaluation': workspace.task(EvaluatePrediction, test, prediction_task=predictions),
        'predictions': predictions,
        'model': model,
        'best': best,
        'test': test,
    }


def test_the_whole_pipeline_twice(workspace: Workspace) -> None:
    tasks = pipeline(workspace)
    scores = workspace.build(tasks['evaluation']).set_index('metric')['score']
    assert scores['accuracy'] > 0.8
    validation = workspace.build(tasks['validation'])
    assert validation['predictions'].notna().all(axis=None)
    written = objects()
    assert any(key.endswith('.zip') for key in written)
    assert not any('study' in key for key in written)
    assert [path.suffix for path in (workspace.folder / 'temporary' / 'study').iterdir()].count('.journal') == 1

    luigi.Task.clear_instance_cache()
    tasks = pipeline(workspace)
    assert all(task.complete() for task in tasks.values())
    again = workspace.build(tasks['evaluation']).set_index('metric')['score']
    workspace.build(tasks['validation'])
    assert objects() == written
    np.testing.assert_array_equal(again, scores)

    model, test = workspace.build(tasks['model']), workspace.build(tasks['test'])
    predictions = workspace.build(tasks['predictions'])
    np.testing.assert_array_equal(model.predict_proba(test)[:, 1], predictions['probability_1'])
    np.testing.assert_array_equal(predictions.index, test.index)
    best = workspace.build(tasks['best'])
    assert model.best_round_ == best.number_of_rounds
    assert len(best.trials) == 3


def test_a_check_is_recorded(workspace: Workspace) -> None:
    local = classes_table()
    joined = workspace.task(ConcatenateFeatures, data_tasks=[workspace.given(local)])  # on S3, as its record
    for data in (local, joined):
        check = workspace.task(CheckDataFrame, data, columns={'a': {'type': 'float', 'nullable': False}})
        with started_tasks() as started:
            for _ in range(2):
                pd.testing.assert_frame_equal(workspace.build(check), local)
        assert started.count(check.task_id) == 1
        assert check.output().path().startswith('s3://bucket/workspace/data/check_data_frame_')
    error = workspace.failure(CheckDataFrame, joined, columns={'a': {'minimum': 0}})
    assert isinstance(error, ContractError)


def test_an_earlier_report_is_found(workspace: Workspace) -> None:
    pages = [workspace.task(ReportData, classes_table(seed=day)) for day in range(2)]
    first, second = map(workspace.build, pages)
    assert 'There is no earlier report' in first.html
    assert f'<code>{pages[0].output().path()}</code>' in second.html.partition('Compared with the report of')[2]
    assert pages[1].output().path().startswith('s3://bucket/workspace/report/report_data_')
    for key in objects():
        boto3.client('s3').put_object(Bucket='bucket', Key=key, Body=b'no page')
    third = workspace.build(workspace.task(ReportData, classes_table(seed=2)))
    assert 'There is no earlier report' in third.html


def test_an_estimator(workspace: Workspace) -> None:
    frame = classes_table()
    task = workspace.task(TrainClassificationModel, frame, model_name='sklearn.svm:LinearSVC')
    assert workspace.build(task).score(frame, frame['category']) > 0.8


def test_a_damaged_model_is_refused(workspace: Workspace) -> None:
    frame = classes_table()
    task = workspace.task(TrainLightGBM, frame, model_kwargs={'n_estimators': 3})
    workspace.build(task)
    (key,) = [key for key in objects() if key.endswith('.zip')]
    client = boto3.client('s3')
    content = client.get_object(Bucket='bucket', Key=key)['Body'].read()
    client.put_object(Bucket='bucket', Key=key, Body=content[: len(content) // 2])
    error = workspace.failure(PredictTable, frame, model_task=task)
    assert isinstance(error, DamagedArchiveError)
    assert str(error).startswith('PredictTable: model_task=TrainLightGBM: s3://bucket/workspace/model/lightgbm')
