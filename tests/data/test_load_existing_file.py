"""LoadExistingFile: what lies there is read, never written, never removed."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import luigi
import pandas as pd
import pytest
from moto.server import ThreadedMotoServer

from redshells.data import FilterByColumn, LoadExistingFile
from redshells.errors import DataError, MissingFileError, ParameterError
from redshells.predict import PredictTable
from redshells.train import OptimizeLightGBM, TrainLightGBM
from tests.tables import NARROW, Workspace, classes_table

FRAME = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})
WRITERS: dict[str, Any] = {
    '.csv': lambda frame, path: frame.to_csv(path, index=False),
    '.tsv': lambda frame, path: frame.to_csv(path, index=False, sep='\t'),
    '.feather': lambda frame, path: frame.to_feather(path),
    '.parquet': lambda frame, path: frame.to_parquet(path),
    '.json': lambda frame, path: frame.to_json(path),
    '.ndjson': lambda frame, path: frame.to_json(path, orient='records', lines=True),
    '.pkl': lambda frame, path: frame.to_pickle(path),
}


@pytest.mark.parametrize('extension', WRITERS)
def test_tables(workspace: Workspace, extension: str) -> None:
    path = workspace.folder / f'table{extension}'
    WRITERS[extension](FRAME, path)
    task = workspace.task(LoadExistingFile, file_path=str(path))
    assert task.complete()
    pd.testing.assert_frame_equal(workspace.build(task), FRAME)
    pd.testing.assert_frame_equal(workspace.build(FilterByColumn, task, column_names=['b']), FRAME[['b']])


def test_a_path_below_the_workspace(workspace: Workspace) -> None:
    folder = Path(workspace.directory) / 'given'
    folder.mkdir(parents=True)
    (folder / 'words.txt').write_text('a\nb\n')
    assert workspace.build(LoadExistingFile, file_path='given/words.txt') == ['a', 'b']


def test_a_model_and_a_tuning_result(workspace: Workspace) -> None:
    frame = classes_table()
    best = workspace.task(
        OptimizeLightGBM, frame, n_trials=1, cross_validation_size=2, early_stopping_rounds=3, search_space=NARROW
    )
    model = workspace.task(TrainLightGBM, frame, best_params_task=best)
    predictions = workspace.build(PredictTable, frame, model_task=model)
    files = [workspace.task(LoadExistingFile, file_path=task.output().path()) for task in (best, model)]
    assert workspace.build(files[0]).best_params == workspace.build(best).best_params
    again = workspace.build(PredictTable, frame, model_task=files[1])
    pd.testing.assert_frame_equal(again, predictions)
    retrained = workspace.task(TrainLightGBM, frame, best_params_task=files[0])
    pd.testing.assert_frame_equal(workspace.build(PredictTable, frame, model_task=retrained), predictions)


def test_a_missing_file_is_named(workspace: Workspace) -> None:
    path = str(workspace.folder / 'absent.csv')
    task = workspace.task(LoadExistingFile, file_path=path)
    error = workspace.failure(FilterByColumn, task, column_names=['a'])
    assert isinstance(error, MissingFileError)
    assert isinstance(error, OSError)
    assert str(error) == (
        f'LoadExistingFile: file_path={path!r} was given, and there is no file {path!r}. '
        'Check the path, and that what makes the file has ended.'
    )


@pytest.mark.parametrize('extension', ['.parquet', '.feather', '.pkl', '.json', '.csv'])
def test_a_damaged_file_is_named(workspace: Workspace, extension: str) -> None:
    path = workspace.folder / f'table{extension}'
    path.write_bytes(b'"\x80nothing\n that is whole')
    task = workspace.task(LoadExistingFile, file_path=str(path))
    error = workspace.failure(FilterByColumn, task, column_names=['a'])
    assert isinstance(error, DataError)
    assert str(error).startswith(f"FilterByColumn: the file '{path}' can not be read as '{extension}'")


def test_the_file_is_never_removed(workspace: Workspace) -> None:
    path = workspace.folder / 'table.csv'
    FRAME.to_csv(path, index=False)
    task = workspace.task(LoadExistingFile, file_path=str(path), rerun=True)
    pd.testing.assert_frame_equal(workspace.build(task), FRAME)
    assert path.exists()
    with pytest.raises(ParameterError, match='never written'):
        task.output().dump(FRAME)
    pd.testing.assert_frame_equal(pd.read_csv(path), FRAME)


@pytest.mark.parametrize('path', ['table', 'table.xlsx', 'https://example.org/table.csv', ''])
def test_paths_that_are_refused(workspace: Workspace, path: str) -> None:
    with pytest.raises(ParameterError, match=r"^LoadExistingFile: file_path='.*is expected"):
        workspace.task(LoadExistingFile, file_path=path)


def test_a_path_on_gcs_is_taken_as_it_is(workspace: Workspace) -> None:
    task = workspace.task(LoadExistingFile, file_path='gs://bucket/table.csv')
    assert task.file_path == 'gs://bucket/table.csv'


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    logging.getLogger('werkzeug').setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {'ENDPOINT_URL': f'http://{host}:{port}', 'ACCESS_KEY_ID': 'nobody', 'SECRET_ACCESS_KEY': 'nothing'}
    settings |= {'DEFAULT_REGION': 'us-east-1', 'CONFIG_FILE': os.devnull, 'SHARED_CREDENTIALS_FILE': os.devnull}
    for name, value in settings.items():
        monkeypatch.setenv(f'AWS_{name}', value)
    monkeypatch.setenv('NO_PROXY', '127.0.0.1')
    luigi.Task.clear_instance_cache()  # gokart's configuration of S3 keeps its client
    client = boto3.client('s3')
    client.create_bucket(Bucket='files')
    yield client
    luigi.Task.clear_instance_cache()
    server.stop()


def test_files_on_s3(workspace: Workspace, bucket: Any) -> None:
    for extension in ('.csv', '.feather', '.json'):
        path = workspace.folder / f'table{extension}'
        WRITERS[extension](FRAME, path)
        bucket.upload_file(str(path), 'files', f'daily/table{extension}')
        task = workspace.task(LoadExistingFile, file_path=f's3://files/daily/table{extension}')
        pd.testing.assert_frame_equal(workspace.build(task), FRAME)
    error = workspace.failure(LoadExistingFile, file_path='s3://files/daily/absent.csv')
    assert isinstance(error, MissingFileError)
    assert "'s3://files/daily/absent.csv'" in str(error)
