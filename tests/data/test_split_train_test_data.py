"""SplitTrainTestData on real gokart: parts of the input, in its order and of its kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars
import pytest
from polars.testing import assert_frame_equal

from redshells.data import SplitTrainTestData
from redshells.errors import ColumnTypeError, MissingColumnError, ParameterError, SplitError
from tests.tables import Workspace, classes_table


def test_parts_are_the_input_in_its_order(workspace: Workspace) -> None:
    frame = classes_table()
    task = workspace.task(SplitTrainTestData, frame, test_size_rate=0.25)
    parts = workspace.build(task)
    assert set(parts) == {'train', 'test'}
    assert (len(parts['train']), len(parts['test'])) == (180, 60)
    for part in parts.values():
        assert part.index.is_monotonic_increasing
    pd.testing.assert_frame_equal(pd.concat([parts['train'], parts['test']]).sort_index(), frame)
    log = task.get_task_log()
    assert (log['train_rows'], log['test_rows']) == (180, 60)
    assert 'versions' in log


def test_seed(workspace: Workspace) -> None:
    data = workspace.given(classes_table())
    one = workspace.build(SplitTrainTestData, data, test_size_rate=0.25)
    other = workspace.build(SplitTrainTestData, data, test_size_rate=0.25, random_seed=1)
    folder = workspace.folder / 'again'
    folder.mkdir()
    again = Workspace(folder).build(SplitTrainTestData, data, test_size_rate=0.25)
    pd.testing.assert_frame_equal(one['test'], again['test'])
    assert not one['test'].index.equals(other['test'].index)


def test_stratified(workspace: Workspace) -> None:
    frame = classes_table().assign(rare=lambda table: np.arange(len(table)) % 10 == 0)
    parts = workspace.build(SplitTrainTestData, frame, test_size_rate=0.25, stratify_column_name='rare')
    assert parts['test']['rare'].sum() == 6


def test_groups_lie_in_one_part(workspace: Workspace) -> None:
    frame = classes_table().assign(house=lambda table: [f'h{number % 24}' for number in range(len(table))])
    for stratify in (None, 'category'):
        parts = workspace.build(
            SplitTrainTestData, frame, test_size_rate=0.25, group_column_name='house', stratify_column_name=stratify
        )
        assert not set(parts['train']['house']) & set(parts['test']['house'])
        assert len(parts['test']) == 60


def test_time(workspace: Workspace) -> None:
    frame = classes_table().assign(day=lambda table: pd.date_range('2024-01-01', periods=len(table)))
    frame = frame.sample(frac=1.0, random_state=0)
    parts = workspace.build(SplitTrainTestData, frame, test_size_rate=0.25, time_column_name='day')
    assert parts['train']['day'].max() < parts['test']['day'].min()
    assert len(parts['test']) == 60
    positions = frame.index.get_indexer(parts['train'].index)
    assert (np.diff(positions) > 0).all()


def test_texts_that_are_no_times_are_refused(workspace: Workspace) -> None:
    days = pd.date_range('2024-01-01', periods=len(classes_table()))
    frame = classes_table().assign(day=days.strftime('%m/%d/%Y'))
    error = workspace.failure(SplitTrainTestData, frame, test_size_rate=0.25, time_column_name='day')
    assert isinstance(error, SplitError)
    assert str(error).startswith(
        "SplitTrainTestData: the column of times 'day' has times as texts, such as '01/01/2024'"
    )


def test_polars_stays_polars(workspace: Workspace) -> None:
    frame = classes_table().reset_index(drop=True)
    expected = workspace.build(SplitTrainTestData, frame, test_size_rate=0.25)
    for table in (polars.from_pandas(frame), polars.from_pandas(frame).lazy()):
        parts = workspace.build(SplitTrainTestData, table, test_size_rate=0.25)
        for name, part in parts.items():
            assert_frame_equal(part, polars.from_pandas(expected[name]))


@pytest.mark.parametrize('rate', [0.0, 1.0, -0.1, 1.1])
def test_rate_that_leaves_nothing(workspace: Workspace, rate: float) -> None:
    with pytest.raises(ParameterError, match=f'^SplitTrainTestData: test_size_rate={rate}'):
        workspace.task(SplitTrainTestData, classes_table(), test_size_rate=rate)


@pytest.mark.parametrize('other', ['stratify_column_name', 'group_column_name'])
def test_time_goes_with_nothing_else(workspace: Workspace, other: str) -> None:
    parameters: dict[str, Any] = {'time_column_name': 'a', other: 'b'}
    with pytest.raises(ParameterError, match=f'^SplitTrainTestData: time_column_name.*{other}'):
        workspace.task(SplitTrainTestData, classes_table(), test_size_rate=0.25, **parameters)


def test_errors(workspace: Workspace) -> None:
    error = workspace.failure(SplitTrainTestData, classes_table(), test_size_rate=0.25, group_column_name='house')
    assert isinstance(error, MissingColumnError)
    assert str(error).startswith("SplitTrainTestData: the input table lacks the columns ['house']")
    error = workspace.failure(SplitTrainTestData, classes_table()[:1], test_size_rate=0.25)
    assert isinstance(error, SplitError)
    error = workspace.failure(SplitTrainTestData, {'a': 1}, test_size_rate=0.25)
    assert isinstance(error, ColumnTypeError)
