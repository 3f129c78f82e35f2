"""ConcatenateFeatures on real gokart."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars
import pytest

from redshells.data import ConcatenateFeatures, LoadDataOfTask, SplitTrainTestData
from redshells.errors import ColumnTypeError, DataError, DuplicateColumnError, ParameterError
from redshells.train import TrainLightGBM
from tests.tables import Workspace, classes_table

AGES = pd.DataFrame({'user': ['b', 'a', 'c'], 'age': [30, 40, 50]}, index=[7, 5, 6])
PLANS = pd.DataFrame({'user': ['a', 'b', 'c'], 'plan': ['free', 'paid', 'paid']})
SCORES = pd.DataFrame({'score': [0.5, 0.25], 'user': ['c', 'd']})
BY_USER = {'key_column_names': ['user']}


def tables(workspace: Workspace, *frames: Any) -> dict[str, Any]:
    return {'data_tasks': [workspace.given(frame) for frame in frames]}


def test_by_keys_of_either_kind(workspace: Workspace) -> None:
    given = tables(workspace, AGES, polars.from_pandas(PLANS), polars.from_pandas(SCORES).lazy())
    task = workspace.task(ConcatenateFeatures, how='left', **given, **BY_USER)
    expected = AGES.assign(plan=['paid', 'free', 'paid'], score=[None, None, 0.5])
    pd.testing.assert_frame_equal(workspace.build(task), expected)
    log = task.get_task_log()
    assert (log['rows'], log['columns']) == (3, 4)
    names = [f'GivenTable (data_tasks[{number}])' for number in range(3)]
    assert log['missing_keys'] == dict(zip(names, (1, 1, 2), strict=True))


def test_by_the_index(workspace: Workspace) -> None:
    frame = classes_table()
    parts = [frame[['a', 'category']], frame[['colour', 'b']][::-1], frame[['noise']].sample(frac=1.0, random_state=0)]
    task = workspace.task(ConcatenateFeatures, **tables(workspace, *parts))
    expected = frame[['a', 'category', 'colour', 'b', 'noise']]
    pd.testing.assert_frame_equal(workspace.build(task), expected)
    model = workspace.build(TrainLightGBM, task, model_kwargs={'n_estimators': 3}, validation_size=0.0)
    assert model.training['rows'] == len(frame)


def test_keys_that_a_table_lacks(workspace: Workspace) -> None:
    error = workspace.failure(ConcatenateFeatures, **tables(workspace, AGES, SCORES), **BY_USER)
    assert isinstance(error, DataError)
    assert str(error) == (
        "ConcatenateFeatures: of 4 keys in all tables GivenTable (data_tasks[0]) lacks 1, such as ['d']; "
        "GivenTable (data_tasks[1]) lacks 2, such as ['b', 'a']; with how='exact' the same keys in all are expected. "
        "Set how='left', 'inner' or 'outer' to say which rows are kept."
    )
    outer = workspace.build(ConcatenateFeatures, how='outer', **tables(workspace, AGES, SCORES), **BY_USER)
    assert outer['user'].tolist() == ['b', 'a', 'c', 'd']


def test_the_order_of_the_tasks_is_part_of_the_id(workspace: Workspace) -> None:
    given = tables(workspace, AGES, PLANS)['data_tasks']
    ids = {
        workspace.task(ConcatenateFeatures, data_tasks=some, **BY_USER).make_unique_id()
        for some in (given, given[::-1], given[:1])
    }
    assert len(ids) == 3


def test_what_is_refused(workspace: Workspace) -> None:
    error = workspace.failure(ConcatenateFeatures, **tables(workspace, AGES, AGES), **BY_USER)
    assert isinstance(error, DuplicateColumnError)
    assert "both have the column 'age'" in str(error)
    error = workspace.failure(ConcatenateFeatures, **tables(workspace, AGES, {'a': [1]}), **BY_USER)
    assert isinstance(error, ColumnTypeError)
    assert str(error).startswith('ConcatenateFeatures: GivenTable (data_tasks[1]): the input is of type dict')
    with pytest.raises(ParameterError, match=r'^ConcatenateFeatures: data_tasks=\[\] was given; at least one'):
        workspace.task(ConcatenateFeatures, data_tasks=[])
    with pytest.raises(ParameterError, match="how='right' was given; one of 'exact', 'left', 'inner', 'outer'"):
        workspace.task(ConcatenateFeatures, how='right', **tables(workspace, AGES))
    split = workspace.task(SplitTrainTestData, AGES, test_size_rate=0.4)
    with pytest.raises(ParameterError, match=r'data_tasks\[0\]=SplitTrainTestData has several outputs'):
        workspace.task(ConcatenateFeatures, data_tasks=[split])
    parts = [workspace.task(LoadDataOfTask, split, target_name='train')]
    assert len(workspace.build(ConcatenateFeatures, data_tasks=parts)) == 2
