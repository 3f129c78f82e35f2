"""ConvertToOneHot and ConvertTypeToCategory: stable columns, in a stable order."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars
import pytest

from redshells.data import ConvertToOneHot, ConvertTypeToCategory
from redshells.errors import ColumnTypeError, DataError, DuplicateColumnError, MissingColumnError, ParameterError
from tests.tables import Workspace

FRAME = pd.DataFrame(
    {'colour': ['red', 'blue', None], 'size': [1, 2, 3], 'is_new': [True, False, True]}, index=[4, 3, 2]
)


@pytest.mark.parametrize('table', [FRAME, polars.from_pandas(FRAME)], ids=['pandas', 'polars'])
def test_one_hot(workspace: Workspace, table: Any) -> None:
    found = workspace.build(ConvertToOneHot, table, categorical_column_names=['is_new', 'colour'])
    index = FRAME.index if table is FRAME else pd.RangeIndex(3)
    expected = {
        'size': [1, 2, 3],
        'is_new_False': [False, True, False],
        'is_new_True': [True, False, True],
        'colour_blue': [False, True, False],
        'colour_red': [True, False, False],
    }
    pd.testing.assert_frame_equal(found, pd.DataFrame(expected, index=index))


def test_levels_do_not_depend_on_the_rows(workspace: Workspace) -> None:
    names = {'categorical_column_names': ['size']}
    shuffled = workspace.build(ConvertToOneHot, FRAME[::-1], **names)
    assert list(shuffled) == list(workspace.build(ConvertToOneHot, FRAME, **names))
    assert list(shuffled)[2:] == ['size_1', 'size_2', 'size_3']


def test_unseen_categories_have_columns(workspace: Workspace) -> None:
    colour = pd.Categorical(['red', 'red', None], categories=['red', 'green', 'blue'])
    found = workspace.build(ConvertToOneHot, FRAME.assign(colour=colour), categorical_column_names=['colour'])
    assert list(found)[2:] == ['colour_red', 'colour_green', 'colour_blue']
    assert found['colour_red'].tolist() == [True, True, False]
    assert not found['colour_green'].any()


def test_a_table_without_rows(workspace: Workspace) -> None:
    found = workspace.build(ConvertToOneHot, FRAME[:0], categorical_column_names=['colour'])
    assert (list(found), len(found)) == (['size', 'is_new'], 0)


def test_one_hot_refuses(workspace: Workspace) -> None:
    error = workspace.failure(ConvertToOneHot, FRAME, categorical_column_names=['absent'])
    assert isinstance(error, MissingColumnError)
    error = workspace.failure(ConvertToOneHot, FRAME, categorical_column_names=['size'], maximum_levels=2)
    assert isinstance(error, DataError)
    assert "the column 'size' has 3 levels; at most maximum_levels=2" in str(error)
    error = workspace.failure(ConvertToOneHot, FRAME.assign(size=[1, 'a', 2]), categorical_column_names=['size'])
    assert isinstance(error, ColumnTypeError)
    assert "of the types ['int', 'str'], which have no order" in str(error)
    clash = FRAME.assign(colour_red=0)
    error = workspace.failure(ConvertToOneHot, clash, categorical_column_names=['colour'])
    assert isinstance(error, DuplicateColumnError)
    assert "['colour_red']" in str(error)


def test_category(workspace: Workspace) -> None:
    found = workspace.build(ConvertTypeToCategory, FRAME, categorical_column_names=['colour', 'size'])
    pd.testing.assert_frame_equal(found, FRAME.astype({'colour': 'category', 'size': 'category'}))
    assert list(found['colour'].cat.categories) == ['blue', 'red']


def test_a_category_stays_as_it_is(workspace: Workspace) -> None:
    ordered = pd.Categorical(['low', 'high', None], categories=['low', 'high', 'top'], ordered=True)
    frame = FRAME.assign(colour=ordered)
    pd.testing.assert_frame_equal(
        workspace.build(ConvertTypeToCategory, frame, categorical_column_names=['colour']), frame
    )


def test_category_refuses(workspace: Workspace) -> None:
    with pytest.raises(ParameterError, match=r"^ConvertTypeToCategory: output_file_path='x.csv' .*no categorical"):
        workspace.task(ConvertTypeToCategory, FRAME, categorical_column_names=['size'], output_file_path='x.csv')


@pytest.mark.parametrize('task', [ConvertToOneHot, ConvertTypeToCategory])
def test_lists_are_no_categories(workspace: Workspace, task: Any) -> None:
    error = workspace.failure(task, FRAME.assign(size=[[1], [2], [3]]), categorical_column_names=['size'])
    assert isinstance(error, ColumnTypeError)
    assert 'which can not be categories' in str(error)
    with pytest.raises(ParameterError, match=r'categorical_column_names=\[\]'):
        workspace.task(task, FRAME, categorical_column_names=[])
