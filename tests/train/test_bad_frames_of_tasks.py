"""Bad frames, as the input of the tasks: the right output, or a named error before the training."""

from __future__ import annotations

import itertools
import logging
from pathlib import Path
from typing import Any

import gokart
import pandas as pd
import pytest
from gokart.build import GokartBuildError
from hypothesis import HealthCheck, Phase, given, reject, settings

from benchmarks.bad_frames import BadFrame, bad_frames
from redshells.errors import RedshellsError
from redshells.predict import PredictTable
from redshells.testing import ExampleInput, workspace
from redshells.train import TrainCatBoost, TrainLightGBM, TrainXGBoost

QUICK: dict[str, Any] = {'validation_size': 0.0, 'n_jobs': 1, 'target_column_name': 'the target'}


@pytest.mark.parametrize('train', [TrainLightGBM, TrainXGBoost, TrainCatBoost])
def test_a_bad_frame_is_learnt_and_predicted_or_refused_by_name(train: Any, tmp_path: Path) -> None:
    numbers = itertools.count()
    learnt = []

    @settings(
        max_examples=60,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(bad_frames())
    def attack(bad: BadFrame) -> None:
        with workspace(str(tmp_path / str(next(numbers))), supplementary_logs=False):
            try:
                table = _table(bad)
            except (TypeError, ValueError, Warning):  # pandas can not make one table of them
                reject()
            data = ExampleInput.give('rows', table)
            names = {
                'weight_column_name': None if bad.weight is None else 'the weight',
                'group_column_name': None if bad.group is None else 'the group',
            }
            if bad.problem == 'ranking' and bad.group is None:
                names['group_column_name'] = 'the group'
            model = train(train_data_task=data, problem=bad.problem, model_kwargs={'n_estimators': 2}, **QUICK, **names)
            path = 'predictions.pkl'  # takes any index
            try:
                predictions = gokart.build(
                    PredictTable(model_task=model, data_task=data, output_file_path=path),
                    reset_register=False,
                    log_level=logging.CRITICAL,
                )
            except GokartBuildError as failure:
                _check_named(failure, train.__name__)
            else:
                learnt.append(len(predictions))
                assert len(predictions) == len(table)
                assert predictions['prediction'].notna().all()

    attack()

    assert len(learnt) > 10


def _table(bad: BadFrame) -> pd.DataFrame:
    table: pd.DataFrame = bad.features.copy()
    for name, values in (('the target', bad.target), ('the weight', bad.weight), ('the group', bad.group)):
        if values is not None:
            table[name] = values.array if isinstance(values, pd.Series) else values
    return table


def _check_named(failure: GokartBuildError, name: str) -> None:
    errors = [error for errors in failure.raised_exceptions.values() for error in errors]
    assert errors
    for error in errors:
        assert isinstance(error, RedshellsError), repr(error)
        assert str(error).startswith((name, 'PredictTable')), str(error)
