"""The base class of the tasks: whole outputs, errors with a name, ids that follow what the task is."""

from __future__ import annotations

import os
import pickle
import re
from pathlib import Path
from typing import Any

import gokart
import luigi
import pandas as pd
import pytest
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.data import CheckDataFrame, ConcatenateFeatures, FilterByColumn, SplitTrainTestData
from redshells.errors import (
    DamagedArchiveError,
    DataError,
    DuplicateColumnError,
    MissingColumnError,
    ParameterError,
    TargetError,
)
from redshells.predict import EvaluatePrediction, PredictTable
from redshells.report import ReportData, ReportModel, ReportTuning
from redshells.task import RedshellsTask
from redshells.train import OptimizeLightGBM, TrainLightGBM, ValidateLightGBM
from tests.tables import Workspace, classes_table


class Double(RedshellsTask[int]):
    task_namespace = 'tests.task'

    number: int = parameter.integer(description='A number.')
    maximum: int = parameter.integer(default=100, description='A number.')

    def check_parameters(self) -> None:
        if self.number > self.maximum:
            raise ParameterError(f'number={self.number} was given.')

    def output(self) -> TargetOnKart:
        return self.file_target('double.pkl')

    def compute(self) -> int:
        if self.number < 0:
            raise DataError('it is negative.')
        self.task_log['number'] = self.number
        return 2 * self.number


class TwoParts(RedshellsTask[dict[str, Any]]):
    task_namespace = 'tests.task'

    of: gokart.TaskOnKart[int] = parameter.task(description='A number.')

    def output(self) -> dict[str, TargetOnKart]:
        return {'one': self.file_target('one.pkl'), 'two': self.file_target('two.feather')}

    def compute(self) -> dict[str, Any]:
        number = self.load(self.of)
        return {'one': number, 'two': pd.DataFrame({'a': [number]}), 'not wanted': None}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def files(workspace: Workspace) -> list[str]:
    return sorted(str(path.relative_to(workspace.directory)) for path in Path(workspace.directory).rglob('*.*'))


def test_one_output(workspace: Workspace) -> None:
    task = workspace.task(Double, number=3)
    assert workspace.build(task) == 6
    assert task.output().path().startswith(workspace.directory)
    assert task.make_unique_id() in task.output().path()


def test_several_outputs(workspace: Workspace) -> None:
    output = workspace.build(TwoParts, of=workspace.task(Double, number=3))
    assert output['one'] == 6
    assert output['two']['a'].tolist() == [6]
    assert set(output) == {'one', 'two'}


def test_task_log(workspace: Workspace) -> None:
    task = workspace.task(Double, number=3)
    workspace.build(task)
    luigi.Task.clear_instance_cache()
    log = workspace.task(Double, number=3).get_task_log()
    assert log['number'] == 3
    assert {'redshells', 'gokart', 'pandas', 'numpy'} <= log['versions'].keys()


@pytest.mark.parametrize('should_dump', [True, False])
def test_supplementary_logs_change_nothing(workspace: Workspace, should_dump: bool) -> None:
    assert workspace.build(Double, number=3, should_dump_supplementary_log_files=should_dump) == 6
    logs = [name for name in files(workspace) if name.startswith('log')]
    assert bool(logs) == should_dump


def test_errors_of_the_constructor_and_of_the_run_have_a_name(workspace: Workspace) -> None:
    with pytest.raises(ParameterError, match=r'^Double: number=101'):
        Double(number=101)
    with pytest.raises(ParameterError, match=r'^Double: number=1.5'):
        Double(number=1.5)
    error = workspace.failure(Double, number=-1)
    assert isinstance(error, DataError)
    assert str(error) == 'Double: it is negative.'
    assert not workspace.task(Double, number=-1).complete()


def test_the_name_is_that_of_the_task_that_failed(workspace: Workspace) -> None:
    error = workspace.failure(TwoParts, of=workspace.task(Double, number=-1))
    assert str(error).startswith('Double: ')


def test_result_version_is_part_of_the_id() -> None:
    assert Double(number=1, result_version=2).make_unique_id() != Double(number=1).make_unique_id()
    assert Double(number=1).make_unique_id() == Double(number=1).make_unique_id()


def test_requires_is_pure() -> None:
    task = TwoParts(of=Double(number=1))
    before = dict(vars(task))
    assert task.requires() == task.requires() == {'of': Double(number=1)}
    assert vars(task) == before


def test_output_that_fails_to_be_written_is_absent(workspace: Workspace) -> None:
    class Unwritable(Double):
        def compute(self) -> Any:
            return [1, (number for number in range(3))]  # no pickle of a generator

    task = workspace.task(Unwritable, number=1)
    workspace.failure(task)
    assert not task.complete()
    assert not [name for name in files(workspace) if 'double' in name]


def test_nothing_but_the_outputs_is_left(workspace: Workspace) -> None:
    workspace.build(TrainLightGBM, classes_table(), model_kwargs={'n_estimators': 3})
    assert [name for name in files(workspace) if not name.startswith('log')] == [
        f'model/{name}' for name in os.listdir(os.path.join(workspace.directory, 'model'))
    ]
    assert len(os.listdir(os.path.join(workspace.directory, 'model'))) == 1


def test_rerun(workspace: Workspace) -> None:
    task = workspace.task(Double, number=3)
    workspace.build(task)
    Path(task.output().path()).write_bytes(b'nonsense')
    luigi.Task.clear_instance_cache()
    assert workspace.build(Double, number=3, rerun=True) == 6


def test_many_tasks_that_share_inputs_are_built_fast() -> None:
    # without the texts kept, each level doubles the time
    task: Any = TwoParts(of=Double(number=1))
    for level in range(30):
        task = Pair(left=task, right=task, level=level)
    assert len(task.make_unique_id()) == 32
    assert len(str(task)) < 10_000


class Pair(RedshellsTask[int]):
    task_namespace = 'tests.task'

    left: gokart.TaskOnKart[Any] = parameter.task(description='A task.')
    right: gokart.TaskOnKart[Any] = parameter.task(description='A task.')
    level: int = parameter.integer(description='A number.')

    def compute(self) -> int:
        return 0


def test_the_id_does_not_depend_on_the_order_in_which_the_parameters_were_created() -> None:
    def in_one_order() -> Any:
        class Ordered(RedshellsTask[Any]):
            one: int = parameter.integer(default=1, description='A number.')
            two: int = parameter.integer(default=1, description='A number.')

            def compute(self) -> Any: ...

        return Ordered()

    def in_the_other() -> Any:
        class Ordered(RedshellsTask[Any]):
            two: int = parameter.integer(default=1, description='A number.')
            one: int = parameter.integer(default=1, description='A number.')

            def compute(self) -> Any: ...

        return Ordered()

    first, second = in_one_order(), in_the_other()

    assert first.make_unique_id() == second.make_unique_id()
    assert gokart.TaskInstanceParameter().serialize(first) == gokart.TaskInstanceParameter().serialize(second)


def test_a_damaged_table_is_named_by_its_parameter_and_its_file(workspace: Workspace) -> None:
    data = workspace.given(classes_table())
    content = Path(data.path).read_bytes()
    Path(data.path).write_bytes(content[: len(content) // 2])
    for task in (workspace.task(FilterByColumn, data, column_names=['a']), workspace.task(TrainLightGBM, data)):
        parameter_name = 'data_task' if isinstance(task, FilterByColumn) else 'train_data_task'
        error = workspace.failure(task)
        assert isinstance(error, DataError)
        assert str(error).startswith(
            f'{type(task).__name__}: {parameter_name}=GivenTable: the input {data.path!r} can not be read: '
            'UnpicklingError:'
        )
        assert pickle.loads(pickle.dumps(error)).source == f'{parameter_name}=GivenTable'
    error = workspace.failure(ConcatenateFeatures, data_tasks=[workspace.given(classes_table(10)), data])
    assert str(error).startswith('ConcatenateFeatures: data_tasks[1]=GivenTable: the input ')


def test_a_damaged_file_is_named_by_its_own_path(workspace: Workspace) -> None:
    model = workspace.task(TrainLightGBM, classes_table(), model_kwargs={'n_estimators': 3}, validation_size=0.0)
    workspace.build(model)
    path = Path(model.output().path())
    assert model.make_unique_id() in path.name
    path.write_bytes(path.read_bytes()[:200])
    error = workspace.failure(PredictTable, classes_table(), model_task=model)
    assert isinstance(error, DamagedArchiveError)
    assert str(error).startswith('PredictTable: model_task=TrainLightGBM: ')
    assert str(path) in str(error)
    for task, kind in ((workspace.task(ReportData, classes_table()), 'report'), (_search(workspace), 'tuning result')):
        path = Path(task.output().path())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('cut')
        with pytest.raises(DamagedArchiveError, match=f'{re.escape(str(path))} .*{kind}'):
            task.output().load()


def _search(workspace: Workspace) -> OptimizeLightGBM:
    task: OptimizeLightGBM = workspace.task(OptimizeLightGBM, classes_table())
    return task


def test_a_table_that_does_not_fit_is_named_by_its_parameter(workspace: Workspace) -> None:
    table, other = classes_table(), classes_table(60).drop(columns='b')
    good, bad = workspace.given(table), workspace.given(other)
    train = {'model_kwargs': {'n_estimators': 3}, 'validation_size': 0.0}
    model = workspace.task(TrainLightGBM, good, **train)
    for name, task in {
        'validation_data_task': workspace.task(TrainLightGBM, good, validation_data_task=bad),
        'data_task': workspace.task(PredictTable, bad, model_task=model),
        'train_data_task': workspace.task(ReportModel, data_task=good, model_task=model, train_data_task=bad),
        'prediction_task': workspace.task(EvaluatePrediction, good, prediction_task=bad),
    }.items():
        error = workspace.failure(task)
        assert isinstance(error, MissingColumnError)
        assert str(error).startswith(f'{type(task).__name__}: {name}=GivenTable: '), str(error)
    error = workspace.failure(CheckDataFrame, good, previous_data_task=workspace.given({'a': [1]}))
    assert str(error).startswith('CheckDataFrame: previous_data_task=GivenTable: the input is of type dict')
    twice = pd.concat([table, table[['a']]], axis=1)
    error = workspace.failure(TrainLightGBM, twice)
    assert isinstance(error, DuplicateColumnError)
    assert "train_data_task=GivenTable: the input table has several columns of the names ['a']" in str(error)


def test_a_wrong_task_is_refused_when_the_other_is_constructed(workspace: Workspace) -> None:
    table = workspace.given(classes_table())
    split = workspace.task(SplitTrainTestData, table, test_size_rate=0.4)
    model, search = workspace.task(TrainLightGBM, table), workspace.task(OptimizeLightGBM, table)
    for task_class, parameters, message in (
        (TrainLightGBM, {'train_data_task': split}, 'train_data_task=SplitTrainTestData has several outputs; .*'),
        (OptimizeLightGBM, {'train_data_task': split}, '.*Choose one of them with LoadDataOfTask'),
        (ValidateLightGBM, {'train_data_task': split}, 'train_data_task=SplitTrainTestData has several outputs'),
        (TrainLightGBM, {'train_data_task': table, 'validation_data_task': split}, 'validation_data_task=Split'),
        (
            TrainLightGBM,
            {'train_data_task': table, 'best_params_task': model},
            'best_params_task=TrainLightGBM outputs',
        ),
        (PredictTable, {'model_task': model, 'data_task': split}, 'data_task=SplitTrainTestData has several outputs'),
        (PredictTable, {'model_task': split, 'data_task': table}, 'model_task=SplitTrainTestData has several outputs'),
        (
            EvaluatePrediction,
            {'prediction_task': model, 'data_task': table},
            'prediction_task=TrainLightGBM outputs a m',
        ),
        (ReportData, {'data_task': split}, 'data_task=SplitTrainTestData has several outputs'),
        (ReportData, {'data_task': model}, 'data_task=TrainLightGBM outputs a model; a table is expected'),
        (
            ReportTuning,
            {'tuning_task': model},
            'tuning_task=TrainLightGBM outputs a model; a tuning result is expected',
        ),
        (
            ReportModel,
            {'model_task': search, 'data_task': table},
            'model_task=OptimizeLightGBM outputs a tuning result; a model is expected. Give it a Train… task.',
        ),
        (ReportModel, {'model_task': model, 'data_task': split}, 'data_task=SplitTrainTestData has several outputs'),
        (OptimizeLightGBM, {'train_data_task': table, 'metric': 'aucc'}, "the metric 'aucc' is not one for class"),
        (TrainLightGBM, {'train_data_task': table, 'metric': 'rmse'}, "the metric 'rmse' is not one for class"),
        (ValidateLightGBM, {'train_data_task': table, 'metrics': ['auc', 'aucc']}, "the metric 'aucc' is not"),
        (EvaluatePrediction, {'prediction_task': table, 'data_task': table, 'metrics': ['aucc']}, "the metric 'aucc'"),
        (ReportModel, {'model_task': model, 'data_task': table, 'metrics': ['aucc']}, "the metric 'aucc' is not"),
        (ReportData, {'data_task': table, 'problem': 'regression'}, "problem='regression' was given without target"),
    ):
        with pytest.raises(ParameterError, match=f'^{task_class.__name__}: {message}'):
            workspace.task(task_class, **parameters)
    workspace.task(OptimizeLightGBM, table, metric='no_such_module_yet:score')


def test_what_a_report_is_given_is_looked_at(workspace: Workspace) -> None:
    table = workspace.given(classes_table(60))
    error = workspace.failure(ReportData, table, target_column_name='colour', problem='regression')
    assert isinstance(error, TargetError)
    assert str(error).startswith("ReportData: data_task=GivenTable: the target 'colour' is of the type str")
    model = workspace.task(TrainLightGBM, table, model_kwargs={'n_estimators': 3}, validation_size=0.0)
    error = workspace.failure(ReportModel, model_task=model, data_task=table, prediction_task=table)
    assert isinstance(error, MissingColumnError)
    assert str(error).startswith("ReportModel: prediction_task=GivenTable: the input table lacks the columns ['pred")
