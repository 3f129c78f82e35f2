"""The checks of `redshells.testing` find what they are for: each of these tasks has one fault."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import gokart
import luigi
import numpy as np
import pandas as pd
import pytest
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import EmptyTableError, MissingColumnError
from redshells.model.estimator import EstimatorModel
from redshells.task import RedshellsTask
from redshells.testing import ExampleInput, TaskExample, bad_table, check_task, expect_same, task_checks, workspace
from redshells.testing.new_process import call_in_new_process
from redshells.testing.pickle_search import find_pickles
from redshells.testing.runs import called_functions


def scale(table: pd.DataFrame, factor: float, noise: np.random.Generator) -> pd.DataFrame:
    return table.assign(size=table['size'] * factor + noise.normal(size=len(table)))


class Scale(RedshellsTask[pd.DataFrame]):
    """Scale a column and add noise. Output: the table with the scaled column."""

    data_task: gokart.TaskOnKart[pd.DataFrame] = parameter.task(description='A task that outputs a table.')
    factor: float = parameter.number(default=2.0, description='What the column is multiplied by.')
    options: dict[str, Any] = parameter.keyword_arguments(default={'b': 1, 'a': 2.5}, description='Not used.')
    random_seed: int = parameter.integer(default=0, description='Seed of the noise.')
    n_jobs: int = parameter.integer(default=1, significant=False, description='Threads.')

    def output(self) -> TargetOnKart:
        return self.file_target(f'scale/{type(self).__name__}.pkl')

    def compute(self) -> pd.DataFrame:
        table = self.load(self.data_task)
        self.check(table)
        self.task_log['rows'] = len(table)
        return scale(table, self.factor, self.generator())

    def check(self, table: pd.DataFrame) -> None:
        if 'size' not in table.columns:
            raise MissingColumnError('no column size')
        if table.empty:
            raise EmptyTableError('no rows')

    def generator(self) -> np.random.Generator:
        return np.random.default_rng(self.random_seed)


class BareParameter(Scale):
    """Scale. Output: a table."""

    level: int = parameter.integer(default=1, description='')


class LuigiAnnotation(Scale):
    """Scale. Output: a table."""

    level: luigi.IntParameter = luigi.IntParameter(default=1, description='The level.')


class NoDocstring(Scale):
    pass


class NoOutputInDocstring(Scale):
    """Scale a column."""


class PathOfModule(Scale):
    """Scale. Output: a table."""

    def output(self) -> TargetOnKart:
        return self.make_target()


class OrderOfKeys(Scale):
    """Scale. Output: a table."""

    extra: dict[str, Any] = luigi.DictParameter(default={'b': 1, 'a': 2}, description='Its order is in the id.')


class EarlierTasks(Scale):
    """Scale. Output: a table."""

    extra: dict[str, Any] = luigi.DictParameter(default={}, description='1 and True are one to the instance cache.')


class Lossy(luigi.Parameter[str]):
    def serialize(self, x: str) -> str:
        return x.lower()


class LostOnSerialization(Scale):
    """Scale. Output: a table."""

    unit: str = Lossy(default='Metre', description='Its case is lost.')


class IdOfWorkspace(Scale):
    """Scale. Output: a table."""

    def make_unique_id(self) -> str:
        return super().make_unique_id() + self.workspace_directory.replace('/', '')


class SignificantThreads(Scale):
    """Scale. Output: a table."""

    def make_unique_id(self) -> str:
        return f'{super().make_unique_id()}{self.n_jobs}'


class ImpureRequires(Scale):
    """Scale. Output: a table."""

    def requires(self) -> Any:
        self.again = ExampleInput(name='again')
        return {'data_task': self.data_task}


class WrongKind(Scale):
    """Scale. Output: a table."""

    def compute(self) -> Any:
        return super().compute().to_dict()


class GlobalRandom(Scale):
    """Scale. Output: a table."""

    def generator(self) -> np.random.Generator:
        return np.random.default_rng(random.getrandbits(32))


class SeedWithoutEffect(Scale):
    """Scale. Output: a table."""

    def generator(self) -> np.random.Generator:
        return np.random.default_rng(0)


class RunsAgain(Scale):
    """Scale. Output: a table."""

    def complete(self) -> bool:
        return False


class ChangesInput(Scale):
    """Scale. Output: a table."""

    def check(self, table: pd.DataFrame) -> None:
        super().check(table)
        table['new'] = 1


class SilentLog(Scale):
    """Scale. Output: a table."""

    def compute(self) -> pd.DataFrame:
        result = super().compute()
        self.task_log.clear()
        return result


learnt: dict[str, float] = {}


class KeptInProcess(Scale):
    """Scale. Output: a table."""

    def check(self, table: pd.DataFrame) -> None:
        learnt['mean'] = table['size'].mean()


def mean_that_was_learnt(output: Any, inputs: Mapping[str, Any]) -> float | None:
    return learnt.get('mean')


class WorksFirst(Scale):
    """Scale. Output: a table."""

    def check(self, table: pd.DataFrame) -> None:
        scale(table.assign(size=1.0), 1.0, self.generator())
        super().check(table)


class OtherError(Scale):
    """Scale. Output: a table."""

    def check(self, table: pd.DataFrame) -> None:
        table['size']


class NamelessError(Scale):
    """Scale. Output: a table."""

    def run(self) -> None:
        self.check(self.load(self.data_task))
        super().run()


class TakesEverything(Scale):
    """Scale. Output: a table."""

    def check(self, table: pd.DataFrame) -> None:
        table.setdefault('size', 1.0) if hasattr(table, 'setdefault') else None

    def compute(self) -> pd.DataFrame:
        table = self.load(self.data_task)
        return scale(table if 'size' in table.columns else table.assign(size=1.0), self.factor, self.generator())


def table() -> pd.DataFrame:
    return pd.DataFrame({'size': np.arange(20.0), 'colour': ['red', 'blue'] * 10})


def example_of(task_class: Any, **arguments: Any) -> TaskExample:
    settings: dict[str, Any] = {
        'make_task': lambda data: task_class(data_task=data),
        'kind': 'table',
        'make_inputs': lambda: {'data': table()},
        'seed_parameter': 'random_seed',
        'bad_inputs': (
            bad_table('data', 'a missing column', MissingColumnError, lambda data: data.drop(columns='size')),
            bad_table('data', 'no rows', EmptyTableError, lambda data: data.iloc[:0]),
        ),
        'work': (f'{__name__}:scale',),
    }
    return TaskExample(task_class=task_class, **{**settings, **arguments})


def failing(example: TaskExample) -> set[str]:
    found = set()
    for name, check in task_checks(example):
        try:
            check()
        except Exception:
            found.add(name.partition('-check_')[2])
    return found


def test_good_task_passes() -> None:
    check_task(example_of(Scale))


def test_names_tell_task_and_check() -> None:
    names = [name for name, _ in task_checks(example_of(Scale))]

    assert len(set(names)) == len(names)
    assert {'Scale-check_docstring', 'Scale-check_refuses_no_rows', 'Scale-check_work_is_done'} <= set(names)


@pytest.mark.parametrize(
    ('task_class', 'fault'),
    [
        (BareParameter, 'parameters_are_described'),
        (LuigiAnnotation, 'parameters_are_annotated'),
        (NoDocstring, 'docstring'),
        (NoOutputInDocstring, 'docstring'),
        (PathOfModule, 'output_path_is_its_own'),
        (OrderOfKeys, 'equal_arguments_give_equal_ids'),
        (EarlierTasks, 'id_is_independent_of_earlier_tasks'),
        (LostOnSerialization, 'id_survives_serialization'),
        (IdOfWorkspace, 'id_is_independent_of_the_workspace'),
        (SignificantThreads, 'insignificant_parameters_do_not_change_the_id'),
        (ImpureRequires, 'requires_is_pure'),
        (WrongKind, 'output_is_of_its_kind'),
        (GlobalRandom, 'two_runs_give_the_same'),
        (SeedWithoutEffect, 'another_seed_gives_another_result'),
        (RunsAgain, 'second_build_runs_nothing'),
        (ChangesInput, 'inputs_are_left_unchanged'),
        (SilentLog, 'task_log'),
        (WorksFirst, 'refuses_a_missing_column'),
        (OtherError, 'refuses_no_rows'),
        (NamelessError, 'refuses_no_rows'),
        (TakesEverything, 'refuses_a_missing_column'),
    ],
    ids=lambda value: getattr(value, '__name__', value),
)
def test_fault_is_found(task_class: Any, fault: str) -> None:
    check = dict(task_checks(example_of(task_class)))[f'{task_class.__name__}-check_{fault}']

    with pytest.raises(AssertionError):
        check()


def test_what_is_kept_in_the_process_is_found() -> None:
    example = example_of(KeptInProcess, bad_inputs=(), seed_parameter='', observe=mean_that_was_learnt)

    assert failing(example) == {'output_loads_in_a_new_process'}


def test_same_name_is_found() -> None:
    type('Scale', (Scale,), {'__module__': 'elsewhere'})

    assert 'class_name_is_unique' in failing(example_of(Scale))


def test_idle_task_is_found() -> None:
    assert failing(example_of(Scale, work=(f'{__name__}:table', f'{__name__}:failing'))) >= {'work_is_done'}


def test_missing_library_that_nobody_asks_for_is_found() -> None:
    assert 'missing_extra_is_refused' in failing(example_of(Scale, libraries=('lightgbm',)))


class Fit(Scale):
    """Fit. Output: a model."""

    def output(self) -> TargetOnKart:
        return self.model_target('fit/model.zip')

    def compute(self) -> Any:
        data = self.load(self.data_task)
        self.task_log['rows'] = len(data)
        model = EstimatorModel(estimator='sklearn.tree:DecisionTreeClassifier', random_seed=self.random_seed, n_jobs=1)
        return model.fit(data[['size']], data['colour'])


class FitPickle(Fit):
    """Fit. Output: a model."""

    def output(self) -> TargetOnKart:
        return self.file_target('fit/model.pkl')


MODEL: Mapping[str, Any] = {'kind': 'model', 'seed_parameter': '', 'bad_inputs': (), 'work': ()}


def test_good_model_passes() -> None:
    check_task(example_of(Fit, **MODEL))


def test_pickled_model_is_found() -> None:
    faults = failing(example_of(FitPickle, **MODEL))

    assert {'saved_file_holds_no_pickle', 'loading_unpickles_nothing', 'damaged_file_is_refused'} <= faults


def test_skipped_check_is_left_out() -> None:
    example = example_of(NoDocstring)

    check_task(replace(example, skipped_checks={'check_docstring': 'a fault of its own'}))
    with pytest.raises(AssertionError, match='skips'):
        check_task(replace(example, skipped_checks={'check_no_such_thing': 'a slip'}))


def test_error_tells_the_check() -> None:
    with pytest.raises(AssertionError, match='docstring') as caught:
        check_task(example_of(NoDocstring))

    assert caught.value.__notes__ == ['in NoDocstring-check_docstring']


@pytest.mark.parametrize(
    ('first', 'second'),
    [
        (1, 1.0),
        ([1], (1,)),
        ({'a': 1, 'b': 2}, {'b': 2, 'a': 1}),
        (np.float32([1]), np.float64([1])),
        (pd.DataFrame({'a': [1]}), pd.DataFrame({'a': [1.0]})),
        (pd.Series([1.0], index=[1]), pd.Series([1.0])),
        ([float('nan')], [0.0]),
        ([1, 2], [1, 2, 3]),
    ],
)
def test_difference_is_seen(first: Any, second: Any) -> None:
    expect_same(first, first)
    with pytest.raises(AssertionError):
        expect_same(first, second)


def test_workspace_reaches_tasks_that_were_constructed_before(tmp_path: Path) -> None:
    outside = ExampleInput(name='one').workspace_directory

    with workspace(str(tmp_path / 'inside'), supplementary_logs=False):
        inside = ExampleInput(name='one')

    assert inside.workspace_directory == str(tmp_path / 'inside')
    assert not inside.should_dump_supplementary_log_files
    assert ExampleInput(name='one').workspace_directory == outside
    assert ExampleInput(name='one').should_dump_supplementary_log_files


def test_calls_in_threads_are_seen() -> None:
    import threading

    with called_functions((f'{__name__}:table', f'{__name__}:scale')) as called:
        thread = threading.Thread(target=table)
        thread.start()
        thread.join()

    assert called == {f'{__name__}:table'}


def loaded_libraries() -> list[str]:
    return [name for name in ('lightgbm', 'xgboost', 'catboost', 'torch') if name in sys.modules]


def end() -> None:
    import os

    os._exit(3)


def test_new_process_has_loaded_no_library() -> None:
    import lightgbm  # noqa: F401 - this process has

    # skops imports every module of scikit-learn, and so PyTorch where it is installed
    assert set(call_in_new_process(loaded_libraries)) <= {'torch'}


def test_death_of_new_process_is_told() -> None:
    with pytest.raises(AssertionError, match='status 3'):
        call_in_new_process(end)


def test_pickles_are_found_inside_of_archives() -> None:
    import io
    import pickle
    import zipfile

    inner = io.BytesIO()
    np.save(inner, np.array([{}], dtype=object), allow_pickle=True)
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        archive.writestr('text', 'tree\nversion=v4\n')
        archive.writestr('objects.npy', inner.getvalue())
        archive.writestr('old', pickle.dumps({'a': [1, 2]}, protocol=0))
        archive.writestr('hidden', b'head' + pickle.dumps({'a': [1, 2]}) + b'tail')
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, 'w') as archive:
        archive.writestr('inside.zip', file.getvalue())

    found = find_pickles(outer.getvalue(), 'model')

    assert [name.partition(' ')[0].rpartition('/')[2] for name in found] == ['objects.npy', 'old', 'hidden']
