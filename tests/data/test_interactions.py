"""SplitInteractions and SampleNegatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from redshells.data import LoadDataOfTask, SampleNegatives, SplitInteractions
from redshells.errors import (
    ColumnTypeError,
    EmptyTableError,
    MissingColumnError,
    MissingValueError,
    ParameterError,
    SplitError,
)
from tests.interaction_tables import ratings
from tests.tables import Workspace

TABLE = ratings().set_index(pd.Index(range(7, 7 + 3 * len(ratings()), 3), name='row'))


def split(workspace: Workspace, table: Any = TABLE, **parameters: Any) -> tuple[Any, Any]:
    parts = workspace.build(SplitInteractions, table, **parameters)
    return parts['train'], parts['test']


def test_rows_come_back_in_order_with_all_that_they_had(workspace: Workspace) -> None:
    train, test = split(workspace)
    pd.testing.assert_frame_equal(pd.concat([train, test]).sort_index(), TABLE)
    assert train.index.is_monotonic_increasing
    assert test.index.is_monotonic_increasing
    assert len(test) == round(0.2 * len(TABLE))
    assert set(test['user']) <= set(train['user'])


@pytest.mark.parametrize('name', ['train', 'test'])
def test_a_part_is_handed_on_by_name(workspace: Workspace, name: str) -> None:
    task = workspace.task(SplitInteractions, TABLE, split='leave_last_out', time_column_name='time')
    part = workspace.build(workspace.task(LoadDataOfTask, task, target_name=name))
    last = TABLE.loc[TABLE.groupby('user')['time'].idxmax()].sort_index()
    pd.testing.assert_frame_equal(part, last if name == 'test' else TABLE.drop(last.index))


def test_by_time_later_rows_are_the_test_part(workspace: Workspace) -> None:
    table = pd.concat([TABLE, TABLE.iloc[:1].assign(user='new', time=10**6)])
    task = workspace.task(SplitInteractions, table, split='time', time_column_name='time', test_size=0.25)
    parts = workspace.build(task)
    train, test = parts['train'], parts['test']
    assert train['time'].max() < test['time'].min()
    assert 'new' not in set(test['user'])
    log = task.get_task_log()
    assert (log['train_rows'], log['test_rows']) == (len(train), len(test))
    assert log['rows_left_out'] == len(table) - len(train) - len(test) > 0
    assert len(split(workspace, table, split='time', time_column_name='time', keep_users=False)[1]) > 0


def test_a_polars_table_gives_polars_tables(workspace: Workspace) -> None:
    table = pl.from_pandas(TABLE)
    train, test = split(workspace, table, random_seed=3)
    assert isinstance(train, pl.DataFrame)
    pandas_train, _ = split(workspace, TABLE.reset_index(drop=True), random_seed=3)
    assert train['time'].to_list() == pandas_train['time'].tolist()
    assert len(test) == round(0.2 * len(TABLE))


def test_splits_that_can_not_be_are_refused(workspace: Workspace) -> None:
    for parameters, message in [
        ({'split': 'odd'}, 'one of .*random'),
        ({'split': 'time'}, r"split='time' was given without times; time_column_name is expected"),
        ({'test_size': 0.0}, r'test_size=0.0 was given; a share between 0 and 1'),
        ({'test_size': 1}, r'test_size=1.0 was given; a share between 0 and 1'),
        ({'number_of_test_items': 0}, 'at least 1 is expected'),
        ({'train_output_file_path': 'train.txt'}, 'the path .* of a table'),
    ]:
        with pytest.raises(ParameterError, match=message):
            workspace.task(SplitInteractions, TABLE, **parameters)
    by_time = {'split': 'time', 'time_column_name': 'time'}
    for table, given, error, message in [
        (TABLE.iloc[:0], {}, EmptyTableError, 'has no rows'),
        (TABLE.to_dict('list'), {}, ColumnTypeError, 'of type dict'),
        (TABLE.drop(columns='user'), {}, MissingColumnError, 'Set user_column_name'),
        (TABLE.assign(item=np.nan), {}, MissingValueError, 'missing ids'),
        (TABLE.assign(time='now'), by_time, ColumnTypeError, 'dates or numbers are expected'),
        (TABLE.assign(time=1), by_time, SplitError, 'interactions have one time, 1'),
        (TABLE.drop_duplicates('user'), {}, SplitError, 'none is left for the test part'),
        (TABLE.iloc[:1], {'keep_users': False}, SplitError, 'none is left for the'),
    ]:
        failure = workspace.failure(SplitInteractions, table, **given)
        assert isinstance(failure, error), failure
        assert message in str(failure)
        assert str(failure).startswith('SplitInteractions: data_task=GivenTable: ')


def test_negatives_are_pairs_that_are_not_there(workspace: Workspace) -> None:
    table = pd.concat([TABLE, TABLE.iloc[:5]]).rename(columns={'user': 'u', 'item': 'i'})
    task = workspace.task(
        SampleNegatives,
        table,
        number_of_negatives=2,
        user_column_name='u',
        item_column_name='i',
        label_column_name='clicked',
    )
    result = workspace.build(task)
    assert list(result.columns) == ['u', 'i', 'clicked']
    assert not result.duplicated(['u', 'i']).any()
    positives = result[result['clicked'] == 1][['u', 'i']]
    expected = TABLE.reset_index(drop=True)[['user', 'item']].set_axis(['u', 'i'], axis=1)
    pd.testing.assert_frame_equal(positives, expected)
    counts = TABLE['user'].value_counts().sort_index()
    drawn = result[result['clicked'] == 0]['u'].value_counts().reindex(counts.index, fill_value=0)
    assert drawn.tolist() == np.minimum(2 * counts, 18 - counts).tolist()
    log = task.get_task_log()
    assert log['positives'] == len(TABLE)
    assert log['negatives'] == drawn.sum()
    assert log['users_with_fewer_negatives'] == (3 * counts > 18).sum() > 0


def test_samples_that_can_not_be_are_refused(workspace: Workspace) -> None:
    for parameters, message in [
        ({'number_of_negatives': 0}, 'at least 1 is expected'),
        ({'strategy': 'odd'}, 'one of .*uniform'),
        ({'label_column_name': 'item'}, r"\['user', 'item', 'item'\]; three different names are expected"),
    ]:
        with pytest.raises(ParameterError, match=message):
            workspace.task(SampleNegatives, TABLE, **parameters)
    for table, error in [
        (TABLE.iloc[:0], EmptyTableError),
        (TABLE.drop(columns='item'), MissingColumnError),
        (TABLE.assign(user=None), MissingValueError),
        (TABLE.assign(user=0.5), ColumnTypeError),
    ]:
        assert isinstance(workspace.failure(SampleNegatives, table), error)
