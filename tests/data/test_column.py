"""FilterByColumn, RenameColumn and SampleData: parts of the input, of its kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars
import pytest
from polars.testing import assert_frame_equal

from redshells.data import FilterByColumn, RenameColumn, SampleData, SplitTrainTestData
from redshells.errors import ColumnTypeError, DataError, DuplicateColumnError, MissingColumnError, ParameterError
from tests.tables import Workspace

FRAME = pd.DataFrame({'a': [1, 2, 3], 'b': ['x', 'y', 'z'], 'c': [0.5, np.nan, 1.5]}, index=[7, 5, 6])
KEEP = {'column_names': ['c', 'a']}
RENAME = {'rename_rule': {'a': 'b', 'b': 'a'}}


def test_pandas_keeps_its_index_and_order(workspace: Workspace) -> None:
    pd.testing.assert_frame_equal(workspace.build(FilterByColumn, FRAME, **KEEP), FRAME[['c', 'a']])
    pd.testing.assert_frame_equal(workspace.build(RenameColumn, FRAME, **RENAME), FRAME.set_axis(list('bac'), axis=1))
    sample = workspace.build(SampleData, FRAME, sample_size=2)
    pd.testing.assert_frame_equal(sample, FRAME[FRAME.index.isin(sample.index)])
    assert len(sample) == 2


@pytest.mark.parametrize('is_lazy', [False, True])
def test_polars_stays_polars(workspace: Workspace, is_lazy: bool) -> None:
    frame = polars.from_pandas(FRAME)
    table = frame.lazy() if is_lazy else frame
    assert_frame_equal(workspace.build(FilterByColumn, table, **KEEP), frame.select('c', 'a'))
    assert_frame_equal(workspace.build(RenameColumn, table, **RENAME), frame.rename({'a': 'b', 'b': 'a'}))
    sample = workspace.build(SampleData, FRAME.reset_index(drop=True), sample_size=2)
    assert_frame_equal(workspace.build(SampleData, table, sample_size=2), polars.from_pandas(sample))


@pytest.mark.parametrize(
    ('task', 'parameters'),
    [(FilterByColumn, KEEP), (RenameColumn, RENAME), (SampleData, {'sample_size': 1})],
    ids=['filter', 'rename', 'sample'],
)
def test_what_all_three_refuse(workspace: Workspace, task: Any, parameters: Any) -> None:
    error = workspace.failure(task, {'a': [1]}, **parameters)
    assert isinstance(error, ColumnTypeError)
    path = {'output_file_path': 'data/x.feather'}
    error = workspace.failure(task, polars.from_pandas(FRAME), **path, **parameters)
    assert isinstance(error, ParameterError)
    assert "a polars data frame, which can not be written to 'data/x.feather'" in str(error)
    error = workspace.failure(task, FRAME.set_index(['a', 'b'], drop=False), **path, **parameters)
    assert isinstance(error, ParameterError)
    assert '2 levels' in str(error)
    with pytest.raises(ParameterError, match=r'data/x\.txt'):
        workspace.task(task, FRAME, output_file_path='data/x.txt', **parameters)


def test_a_split_refuses_a_file_that_does_not_take_polars(workspace: Workspace) -> None:
    path = {'test_output_file_path': 'data/test.feather'}
    error = workspace.failure(SplitTrainTestData, polars.from_pandas(FRAME), test_size_rate=0.4, **path)
    assert isinstance(error, ParameterError)


def test_filter_refuses(workspace: Workspace) -> None:
    error = workspace.failure(FilterByColumn, FRAME, column_names=['a', 'absent'])
    assert isinstance(error, MissingColumnError)
    assert str(error).startswith("FilterByColumn: the input table lacks the columns ['absent']")
    with pytest.raises(ParameterError, match=r'^FilterByColumn: column_names=\[\] was given'):
        workspace.task(FilterByColumn, FRAME, column_names=[])


def test_rename_refuses(workspace: Workspace) -> None:
    error = workspace.failure(RenameColumn, FRAME, rename_rule={'absent': 'd'})
    assert isinstance(error, MissingColumnError)
    assert "lacks the columns ['absent']" in str(error)
    error = workspace.failure(RenameColumn, FRAME, rename_rule={'a': 'c'})
    assert isinstance(error, DuplicateColumnError)
    assert "gives columns the names ['c'], which other columns have" in str(error)
    with pytest.raises(ParameterError, match=r"^RenameColumn: rename_rule gives several columns the names \['d'\]"):
        workspace.task(RenameColumn, FRAME, rename_rule={'a': 'd', 'b': 'd'})
    with pytest.raises(ParameterError, match=r"^RenameColumn: rename_rule has \{'a': 1\}"):
        workspace.task(RenameColumn, FRAME, rename_rule={'a': 1})


def test_columns_that_are_numbers_are_found_by_their_text(workspace: Workspace) -> None:
    frame = pd.DataFrame(np.eye(2))
    assert list(workspace.build(FilterByColumn, frame, column_names=['1'])) == ['1']
    assert list(workspace.build(RenameColumn, frame, rename_rule={'1': 'one'})) == ['0', 'one']


def test_sample_follows_its_seed(workspace: Workspace) -> None:
    frame = pd.DataFrame({'x': range(100)})
    samples = [workspace.build(SampleData, frame, sample_size=10, random_seed=seed) for seed in (0, 1)]
    assert not samples[0].equals(samples[1])
    assert all(sample.index.is_monotonic_increasing and sample.index.is_unique for sample in samples)
    pd.testing.assert_frame_equal(workspace.build(SampleData, frame, sample_size=100), frame)


def test_sample_refuses_more_rows_than_there_are(workspace: Workspace) -> None:
    error = workspace.failure(SampleData, FRAME, sample_size=4)
    assert isinstance(error, DataError)
    assert str(error).startswith('SampleData: the input table has 3 rows, and sample_size=4 was given')
    with pytest.raises(ParameterError, match='sample_size=0 was given; at least 1'):
        workspace.task(SampleData, FRAME, sample_size=0)
