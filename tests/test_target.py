"""Targets of tasks: absent or whole, whatever happens while they are written."""

from __future__ import annotations

import gc
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import luigi
import numpy as np
import pandas as pd
import pytest
from gokart.target import SingleFileTarget, make_target

from redshells.errors import DamagedArchiveError
from redshells.model.lightgbm import LightGBMModel
from redshells.target import CheckedTarget, DurableLocalTarget, JsonProcessor, ModelProcessor, TuningResultProcessor
from redshells.task import RedshellsTask


class AnyTask(RedshellsTask[Any]):
    """A task to make targets with."""

    task_namespace = 'tests'
    number: int = luigi.IntParameter(default=0)

    def output(self) -> Any:
        return self.file_target('table.csv')

    def compute(self) -> Any:
        return pd.DataFrame({'number': [self.number]})


FORMATS = {'bytes': (luigi.format.Nop, b'a\n' * 100_000), 'text': (luigi.format.UTF8, 'ä\n' * 100_000)}


@pytest.mark.parametrize('name', FORMATS)
@pytest.mark.parametrize('error', [ValueError, KeyboardInterrupt])
def test_an_interrupted_write_leaves_nothing(tmp_path: Path, name: str, error: type[BaseException]) -> None:
    text_format, content = FORMATS[name]
    target = DurableLocalTarget(str(tmp_path / 'file'), format=text_format)

    def write_half() -> None:
        with target.open('w') as file:
            file.write(content)
            raise error

    with pytest.raises(error):
        write_half()
    gc.collect()

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('name', FORMATS)
def test_what_is_written_is_read(tmp_path: Path, name: str) -> None:
    text_format, content = FORMATS[name]
    target = DurableLocalTarget(str(tmp_path / 'folder' / 'file'), format=text_format)

    with target.open('w') as file:
        file.write(content)
        assert not target.exists()

    with target.open('r') as file:
        assert file.read() == content
    assert [entry.name for entry in (tmp_path / 'folder').iterdir()] == ['file']


def test_a_file_that_is_never_closed_does_not_appear(tmp_path: Path) -> None:
    file = DurableLocalTarget(str(tmp_path / 'file'), format=luigi.format.Nop).open('w')
    file.write(b'half')
    del file
    gc.collect()

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('extension', ['csv', 'feather', 'parquet', 'pkl', 'tsv', 'json', 'gz', 'npz', 'txt'])
def test_the_formats_of_gokart_are_written_through_it(extension: str) -> None:
    frame = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})
    values = {'npz': np.arange(3), 'txt': ['a', 'b'], 'gz': ['a', 'b'], 'pkl': {'a': 1}}
    value = values.get(extension, frame)
    target = AnyTask().file_target(f'file.{extension}')

    target.dump(value)

    assert isinstance(target._target, DurableLocalTarget)  # type: ignore[attr-defined]
    loaded = target.load()
    assert loaded.equals(frame) if isinstance(value, pd.DataFrame) else np.array_equal(loaded, value)
    assert len(list(Path(target.path()).parent.iterdir())) == 1


def test_a_model_is_written_and_read() -> None:
    X = pd.DataFrame({'a': np.arange(100.0)})
    model = LightGBMModel(problem='regression', number_of_rounds=5).fit(X, X['a'])
    target = AnyTask().model_target('model.zip')

    target.dump(model)

    assert np.array_equal(target.load().predict(X), model.predict(X))


@pytest.mark.parametrize('kind', [ModelProcessor, TuningResultProcessor])
@pytest.mark.parametrize('content', [b'', b'\xff\xfe', b'{}', b'[1]', b'null', b'{"format'])
def test_what_is_not_such_a_file_is_refused_by_name(tmp_path: Path, kind: Any, content: bytes) -> None:
    path = tmp_path / 'the_file'
    path.write_bytes(content)

    with path.open('rb') as file, pytest.raises(DamagedArchiveError, match=str(path)):
        kind(str(path)).load(file)


_RACE = """
import logging, sys
import gokart, luigi, pandas as pd
from redshells.task import RedshellsTask

class SameTask(RedshellsTask[pd.DataFrame]):
    task_namespace = 'tests'
    number: int = luigi.IntParameter()
    def output(self):
        return self.file_target('table.csv')
    def compute(self):
        return pd.DataFrame({'number': range(20_000)})

for number in range(10):
    task = SameTask(number=number, workspace_directory=sys.argv[1])
    for _ in range(5):
        task.dump(task.compute())
        assert len(task.output().load()) == 20_000
"""


def test_two_processes_that_write_one_file_do_not_meet(tmp_path: Path) -> None:
    command = [sys.executable, '-c', _RACE, str(tmp_path)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]

    errors = [process.communicate(timeout=120)[1] for process in processes]

    assert [process.returncode for process in processes] == [0, 0], errors
    assert len(list(tmp_path.iterdir())) == 10


class _At(SingleFileTarget):
    """A target that was written at some moment."""

    def __init__(self, path: Path, moment: Any) -> None:
        base: Any = make_target(str(path), processor=JsonProcessor())
        super().__init__(base._target, base._processor, base._task_lock_params)
        self.moment = moment

    def _last_modification_time(self) -> Any:
        return self.moment


MOMENT = datetime(2024, 1, 1, 12, 0, 5, 500_000)


@pytest.mark.parametrize(
    ('written', 'later', 'is_there'),
    [
        (MOMENT, MOMENT, True),
        (MOMENT, MOMENT.astimezone(UTC), True),  # of object storage
        (MOMENT, MOMENT + timedelta(microseconds=1), False),
        (MOMENT, MOMENT - timedelta(seconds=1), False),
        ('2024-01-01T12:00:05.500Z', MOMENT.replace(tzinfo=UTC), True),  # gokart hands a text on from GCS
        ('2024-01-01T12:00:05.500Z', '2024-01-01T12:00:05.600Z', False),
    ],
)
def test_a_check_holds_until_the_output_is_written_anew(
    tmp_path: Path, written: Any, later: Any, is_there: bool
) -> None:
    checked, record = _At(tmp_path / 'table.json', written), _At(tmp_path / 'record.json', datetime.min)
    target = CheckedTarget(checked, record, {'rows': 3})
    assert not target.exists()
    checked.dump([1, 2])
    assert not target.exists()
    target.dump('is not written')
    assert target.exists()
    found = record.load()
    assert (found['checked'], found['rows']) == (str(tmp_path / 'table.json'), 3)
    assert target.load() == [1, 2]
    checked.moment = later
    assert target.exists() is is_there
    target.dump('is written over')
    assert target.exists()
    target.remove()
    assert [one.exists() for one in (checked, record, target)] == [True, False, False]
