"""LoadDataOfTask: one output of a task, as a task of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from redshells.data import LoadDataOfTask, SplitTrainTestData
from redshells.errors import ParameterError
from redshells.predict import PredictTable
from redshells.train import TrainLightGBM, ValidateLightGBM
from tests.tables import Workspace, classes_table


def test_a_part_feeds_another_task(workspace: Workspace) -> None:
    frame = classes_table()
    split = workspace.task(SplitTrainTestData, frame, test_size_rate=0.25)
    train, test = [workspace.task(LoadDataOfTask, split, target_name=name) for name in ('train', 'test')]
    model = workspace.task(TrainLightGBM, train, model_kwargs={'n_estimators': 5}, validation_size=0.0)
    predictions = workspace.build(PredictTable, test, model_task=model)
    parts = workspace.build(split)
    np.testing.assert_array_equal(predictions.index, parts['test'].index)
    assert workspace.build(model).training['rows'] == 180
    pd.testing.assert_frame_equal(workspace.build(train), parts['train'])


def test_nothing_is_copied(workspace: Workspace) -> None:
    split = workspace.task(SplitTrainTestData, classes_table(), test_size_rate=0.25)
    part = workspace.task(LoadDataOfTask, split, target_name='test')
    assert not part.complete()
    assert part.output().path() == split.output()['test'].path()
    workspace.build(part)
    assert part.complete()
    assert split.complete()


def test_each_name_has_an_id_of_its_own(workspace: Workspace) -> None:
    split: Any = workspace.task(SplitTrainTestData, classes_table(), test_size_rate=0.25)
    other: Any = workspace.task(SplitTrainTestData, classes_table(), test_size_rate=0.5)
    ids = {
        workspace.task(LoadDataOfTask, task, target_name=name).make_unique_id()
        for task in (split, other)
        for name in ('train', 'test')
    }
    assert len(ids) == 4


def test_scores_of_a_validation(workspace: Workspace) -> None:
    validation = workspace.task(ValidateLightGBM, classes_table(), model_kwargs={'n_estimators': 3})
    scores = workspace.build(LoadDataOfTask, validation, target_name='scores')
    assert set(scores['fold']) == set(range(5))


def test_a_name_that_is_not_there(workspace: Workspace) -> None:
    split = workspace.task(SplitTrainTestData, classes_table(), test_size_rate=0.25)
    with pytest.raises(ParameterError, match=r"^LoadDataOfTask: target_name='tests' .*\['test', 'train'\]"):
        workspace.task(LoadDataOfTask, split, target_name='tests')
    with pytest.raises(ParameterError, match=r'^LoadDataOfTask: .*has the outputs \[\]'):
        workspace.task(LoadDataOfTask, classes_table(), target_name='train')
