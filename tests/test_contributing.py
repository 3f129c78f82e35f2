"""The guide "Adding a model" of CONTRIBUTING.md, followed to the letter."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gokart
import pandas as pd
import pytest
from gokart.build import GokartBuildError
from luigi.task_register import Register

import redshells.factory
import redshells.model
import redshells.train
from redshells.errors import UnknownArgumentError
from redshells.tuning import TuningResult

GUIDE = Path(__file__).parents[1] / 'CONTRIBUTING.md'


class Rows(gokart.TaskOnKart[pd.DataFrame]):
    def output(self) -> Any:
        return self.make_target('rows.pkl')

    def run(self) -> None:
        self.dump(pd.DataFrame({'x': range(30), 'category': ['a', 'a', 'b'] * 10}))


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of tasks that the guide writes, beside the package's own modules."""
    blocks = re.findall(r'```python\n# (redshells/\S+\.py)\n(.*?)```', GUIDE.read_text(), flags=re.DOTALL)
    assert len(blocks) == 3
    for path, code in blocks:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(code)
    for package in (redshells.model, redshells.factory, redshells.train):
        folder = tmp_path / package.__name__.replace('.', '/')
        monkeypatch.setattr(package, '__path__', [*package.__path__, str(folder)])
    added = re.search(r'Add `\'(redshells\.model\.\S+)\'` to `MODEL_CLASSES`', GUIDE.read_text())
    assert added is not None
    monkeypatch.setattr(redshells.model, 'MODEL_CLASSES', redshells.model.MODEL_CLASSES | {added.group(1)})
    registered = list(Register._reg)
    yield importlib.import_module('redshells.train.prior')
    Register._reg = registered


def test_the_added_model_is_tuned_trained_and_validated(tasks: Any, tmp_path: Path) -> None:
    common = {'train_data_task': Rows(workspace_directory=str(tmp_path)), 'workspace_directory': str(tmp_path)}
    best = tasks.OptimizePrior(**common, n_trials=3, metric='logloss')
    train = tasks.TrainPrior(**common, best_params_task=best)

    result: TuningResult = gokart.build(best, reset_register=False)
    model = gokart.build(train, reset_register=False)
    validation = gokart.build(tasks.ValidatePrior(**common, best_params_task=best), reset_register=False)

    assert 0.01 <= result.best_params['smoothing'] <= 100
    assert model.predict_proba(pd.DataFrame({'x': [1, 2]})).shape == (2, 2)
    assert list(model.predict(pd.DataFrame({'x': [1]}))) == ['a']
    assert set(validation) == {'scores', 'predictions'}


def test_an_unknown_argument_of_the_added_model_is_refused(tasks: Any, tmp_path: Path) -> None:
    train = tasks.TrainPrior(
        train_data_task=Rows(workspace_directory=str(tmp_path)),
        model_kwargs={'smothing': 1.0},
        workspace_directory=str(tmp_path),
    )

    with pytest.raises(GokartBuildError) as caught:
        gokart.build(train, reset_register=False)
    (errors,) = caught.value.raised_exceptions.values()

    assert isinstance(errors[0], UnknownArgumentError)
    assert 'TrainPrior' in str(errors[0])
    assert 'smoothing' in str(errors[0])
