"""CheckDataFrame on real gokart: what is wrong stops the pipeline by its name, what is right passes unchanged."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import polars
import pytest
from gokart.build import GokartBuildError
from polars.testing import assert_frame_equal

import redshells
from redshells.data import CheckDataFrame, FilterByColumn, LoadDataOfTask, SplitTrainTestData
from redshells.errors import ColumnTypeError, ContractError, ParameterError
from redshells.testing.runs import started_tasks
from tests.tables import Workspace

FRAME = pd.DataFrame(
    {'user': ['a', 'b', 'c', 'd'], 'age': [30, 40, 50, 60], 'plan': ['free', 'free', 'paid', 'paid']},
    index=[3, 1, 2, 0],
)
CONTRACT: dict[str, Any] = {
    'columns': {
        'user': {'type': 'string', 'pattern': '[a-z]', 'nullable': False, 'unique': True},
        'age': {'type': 'integer', 'minimum': 18, 'maximum': 99, 'maximum_missing': 0.25},
        'plan': {'values': ['free', 'paid']},
    },
    'key_column_names': ['user', 'plan'],
    'minimum_rows': 2,
    'maximum_rows': 6,
    'allow_other_columns': False,
}
YESTERDAY: dict[str, Any] = {
    'maximum_row_change': 0.5,
    'maximum_missing_change': 0.1,
    'maximum_new_categories': 0.4,
    'maximum_vanished_categories': 0.4,
    'category_column_names': ['plan'],
}
CHANGED = {
    'rows_changed': pd.concat([FRAME, FRAME.assign(user=['e', 'f', 'g', 'h'])]),
    'columns_changed': FRAME.assign(city='Tokyo'),
    'type_changed': FRAME.assign(age='old'),
    'missing_changed': FRAME.assign(age=[30, 40, 50, None]),
    'categories_changed': FRAME.assign(plan=['free', 'free', 'trial', 'trial']),
}
BROKEN = {
    'too_few_rows': FRAME[:1],
    'too_many_rows': pd.concat([FRAME.assign(user=list(names)) for names in ('abcd', 'efgh')]),
    'missing_column': FRAME.drop(columns='age'),
    'unexpected_column': FRAME.assign(city='Tokyo'),
    'wrong_type': FRAME.assign(age='old'),
    'too_many_missing': FRAME.assign(user=['a', 'b', 'c', None]),
    'out_of_range': FRAME.assign(age=[17, 40, 50, 60]),
    'value_not_allowed': FRAME.assign(plan=['free', 'free', 'trial', 'paid']),
    'pattern_not_matched': FRAME.assign(user=['a', 'b', 'c', 'D']),
    'not_unique': FRAME.assign(user=['a', 'b', 'c', 'c']),
}


def stopped_by(workspace: Workspace, table: Any, **parameters: Any) -> ContractError:
    """The error of a check that a task downstream requires, which must not have run."""
    check = workspace.task(CheckDataFrame, table, **parameters)
    downstream = workspace.task(FilterByColumn, check, column_names=['user'])
    with started_tasks() as started:
        error = workspace.failure(downstream)
    assert started == [check.task_id]
    assert not downstream.complete()
    assert not check.complete()
    assert not Path(check.output().path()).exists()
    assert isinstance(error, ContractError)
    return error


@pytest.mark.parametrize('name', BROKEN)
def test_a_breach_stops_the_pipeline(workspace: Workspace, name: str) -> None:
    error = stopped_by(workspace, BROKEN[name], **CONTRACT)
    assert name in [breach.name for breach in error.breaches]
    assert f'\n  {name}: ' in str(error)
    assert str(error).startswith('CheckDataFrame: the table of GivenTable, of ')


@pytest.mark.parametrize('name', CHANGED)
def test_a_change_since_yesterday_stops_the_pipeline(workspace: Workspace, name: str) -> None:
    error = stopped_by(workspace, CHANGED[name], previous_data_task=workspace.given(FRAME), **YESTERDAY)
    assert {breach.name for breach in error.breaches} == {name}


def test_all_breaches_are_in_one_message(workspace: Workspace) -> None:
    table = FRAME.assign(age=[17, 40, 50, 160], plan='trial')
    error = stopped_by(workspace, table, previous_data_task=workspace.given(FRAME), **CONTRACT, **YESTERDAY)
    assert str(error) == (
        'CheckDataFrame: the table of GivenTable, of 4 rows and 3 columns, breaks its contract in 4 points:\n'
        "  out_of_range: 'age' has values that are not at least 18 and at most 99 (2 of 4), such as 17, 160\n"
        "  value_not_allowed: 'plan' has values that are not among ['free', 'paid'] (4 of 4), such as 'trial'\n"
        "  categories_changed: categories of 'plan' are new (1 of 1, 100.0%); at most 40.0% may, such as 'trial'\n"
        "  categories_changed: categories of 'plan' have vanished (2 of 2, 100.0%); at most 40.0% may, "
        "such as 'free', 'paid'\n"
        'Mend what makes the table, or change the contract.'
    )
    assert pickle.loads(pickle.dumps(error)).breaches == error.breaches


def test_a_good_table_passes_as_it_is_and_is_not_written_again(workspace: Workspace) -> None:
    data = workspace.given(FRAME)
    before = Path(data.path).stat().st_mtime_ns
    check = workspace.task(CheckDataFrame, data, previous_data_task=workspace.given(FRAME[:3]), **CONTRACT, **YESTERDAY)
    assert not check.complete()
    pd.testing.assert_frame_equal(workspace.build(check), FRAME)
    pd.testing.assert_frame_equal(workspace.build(FilterByColumn, check, column_names=['age']), FRAME[['age']])
    assert Path(data.path).stat().st_mtime_ns == before
    log = check.get_task_log()
    assert (log['rows'], log['previous_rows'], log['new_categories']) == (4, 3, {'plan': 0})
    assert log['missing_shares'] == {'user': 0.0, 'age': 0.0, 'plan': 0.0}
    assert log['row_change'] == pytest.approx(1 / 3)
    record = json.loads(Path(check.output().path()).read_text())
    assert (record['checked'], record['rows']) == (data.path, 4)


@pytest.mark.parametrize('is_lazy', [False, True])
def test_a_polars_table_stays_one(workspace: Workspace, is_lazy: bool) -> None:
    frame = polars.from_pandas(FRAME)
    found = workspace.build(CheckDataFrame, frame.lazy() if is_lazy else frame, **CONTRACT)
    assert_frame_equal(found.lazy().collect(), frame)
    stopped_by(workspace, polars.from_pandas(BROKEN['out_of_range']), **CONTRACT)


def test_the_check_runs_once_for_each_contract_and_again_for_a_new_file(workspace: Workspace) -> None:
    data = workspace.given(FRAME)
    check = workspace.task(CheckDataFrame, data, **CONTRACT)
    other = workspace.task(CheckDataFrame, data, minimum_rows=2)
    for task in (check, other):
        workspace.build(task)
    with started_tasks() as started:
        workspace.build(check)
        workspace.build(other)
    assert started == []
    moment = Path(check.output().path()).stat().st_mtime + 5
    BROKEN['out_of_range'].to_pickle(data.path)
    os.utime(data.path, (moment, moment))
    assert not check.complete()
    assert isinstance(workspace.failure(check), ContractError)
    Path(data.path).unlink()
    assert not check.complete()


def test_with_the_build_of_redshells(workspace: Workspace) -> None:
    good, bad = (workspace.task(CheckDataFrame, table, **CONTRACT) for table in (FRAME, BROKEN['out_of_range']))
    pd.testing.assert_frame_equal(redshells.build(good), FRAME)
    with pytest.raises(GokartBuildError, match='ContractError: CheckDataFrame: the table of GivenTable'):
        redshells.build(bad)


def test_a_rerun_removes_the_record_and_never_the_table(workspace: Workspace) -> None:
    data = workspace.given(FRAME)
    workspace.build(CheckDataFrame, data, **CONTRACT)
    again = workspace.task(CheckDataFrame, data, rerun=True, **CONTRACT)
    with started_tasks() as started:
        workspace.build(again)
    assert len(started) == 1
    assert data.complete()


def test_no_rows_where_they_may_be_absent(workspace: Workspace) -> None:
    found = workspace.build(CheckDataFrame, FRAME[:0], minimum_rows=0, columns={'age': {'nullable': False}})
    assert (list(found), len(found)) == (list(FRAME), 0)


def test_what_is_refused_when_it_is_constructed(workspace: Workspace) -> None:
    previous = workspace.given(FRAME)
    cases: list[tuple[str, dict[str, Any]]] = [
        (r"columns\['age'\] has the unknown key 'minimun'. Did you mean", {'columns': {'age': {'minimun': 1}}}),
        ('minimum_rows=3 and maximum_rows=2', {'minimum_rows': 3, 'maximum_rows': 2}),
        ('maximum_row_change was given without previous_data_task', {'maximum_row_change': 0.5}),
        ('category_column_names was given without previous', {'category_column_names': ['plan']}),
        (
            'category_column_names was given without a limit',
            {'category_column_names': ['plan'], 'previous_data_task': previous},
        ),
        ('maximum_new_categories=1.5', {'maximum_new_categories': 1.5}),
        ("output_file_path='x.pkl'", {'output_file_path': 'x.pkl'}),
    ]
    for message, parameters in cases:
        with pytest.raises(ParameterError, match=f'^CheckDataFrame: {message}'):
            workspace.task(CheckDataFrame, FRAME, **parameters)
    split = workspace.task(SplitTrainTestData, FRAME, test_size_rate=0.5)
    with pytest.raises(ParameterError, match='data_task=SplitTrainTestData has several outputs'):
        workspace.task(CheckDataFrame, split)
    part = workspace.task(LoadDataOfTask, split, target_name='train')
    assert len(workspace.build(CheckDataFrame, part, columns={'age': {'minimum': 18}})) == 2


def test_what_is_no_table(workspace: Workspace) -> None:
    assert isinstance(workspace.failure(CheckDataFrame, {'a': [1]}), ColumnTypeError)
    error = stopped_by(
        workspace, FRAME, previous_data_task=workspace.given(FRAME), **{**YESTERDAY, 'category_column_names': ['plam']}
    )
    assert [breach.name for breach in error.breaches] == ['missing_column']
