"""Rows that are held out for early stopping."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from redshells.errors import ParameterError
from redshells.factory.boosted_trees import CATBOOST, LIGHTGBM, XGBOOST
from redshells.factory.model_spec import ModelSpec
from redshells.model.frame import TableData
from redshells.tuning.training import TrainingPlan, hold_out, train_model


def rows(with_time: bool) -> TableData:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({'x': generator.normal(size=100)})
    time = pd.Series(generator.permutation(100)) if with_time else None
    return TableData(frame, frame['x'] * 2, time=time)


def test_the_latest_rows_are_held_out_where_times_are_known() -> None:
    build = LIGHTGBM.build_with(problem='regression', random_seed=0, n_jobs=1)

    train, held_out = hold_out(rows(with_time=True), build, 0.2)

    assert train.time is not None
    assert held_out.time is not None
    assert train.time.max() < held_out.time.min()
    assert len(held_out) == 20


@pytest.mark.parametrize(
    ('spec', 'arguments'),
    [(LIGHTGBM, {'num_leaves': -3}), (XGBOOST, {'max_depth': 'many'}), (CATBOOST, {'depth': 99})],
)
def test_a_value_that_the_library_refuses_is_an_error_of_redshells(
    spec: ModelSpec, arguments: dict[str, object]
) -> None:
    build = spec.build_with(problem='regression', random_seed=0, n_jobs=1)

    with pytest.raises(ParameterError, match=f'{spec.name} refuses to train with the arguments'):
        train_model(build, rows(with_time=False), TrainingPlan(), arguments)
