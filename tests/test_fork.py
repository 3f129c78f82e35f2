"""Tasks under plain gokart with several workers, after this process has used libraries that a fork breaks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PARENT = """
import sys
from pathlib import Path

import gokart
import numpy as np

from redshells.predict import EvaluatePrediction, PredictTable
from redshells.report import ReportModel, ReportTuning
from redshells.train import (
    OptimizeLightGBM,
    TrainClassificationModel,
    TrainFactorizationMachine,
    TrainLightGBM,
    TrainMatrixFactorization,
    TrainXGBoost,
    ValidateLightGBM,
)
from tests.interaction_tables import ratings
from tests.tables import NARROW, Workspace, classes_table


def use(library):
    X = np.random.default_rng(0).random((5000, 10))
    if library == 'lightgbm':
        import lightgbm
        lightgbm.train({'verbose': -1, 'num_threads': 2}, lightgbm.Dataset(X, X[:, 0]), 2)
    if library == 'xgboost':
        import xgboost
        xgboost.train({'nthread': 2}, xgboost.DMatrix(X, X[:, 0]), 2)
    if library == 'sklearn':
        from sklearn.ensemble import HistGradientBoostingRegressor
        HistGradientBoostingRegressor(max_iter=2).fit(X, X[:, 0])
    if library == 'torch':
        import torch
        torch.set_num_threads(2)
        (torch.rand(500, 500, requires_grad=True) @ torch.rand(500, 500)).exp().sum().backward()
    if library == 'polars':
        import polars
        polars.DataFrame({'a': X[:, 0], 'b': X[:, 1] > 0.5}).lazy().group_by('b').agg(polars.all().sum()).collect()


class All(gokart.TaskOnKart):
    tasks = gokart.ListTaskInstanceParameter()

    def requires(self):
        return self.tasks

    def output(self):
        return self.make_target('all.pkl')

    def run(self):
        self.dump([len(task.output()) if isinstance(task.output(), dict) else 1 for task in self.tasks])


def everything(workspace):
    frame = classes_table(120)
    quick = {'model_kwargs': {'n_estimators': 3}, 'validation_size': 0.0}
    best = workspace.task(OptimizeLightGBM, frame, n_trials=2, cross_validation_size=2, search_space=NARROW, n_jobs=2)
    model = workspace.task(TrainLightGBM, frame, **quick)
    predictions = workspace.task(PredictTable, frame, model_task=model)
    return [
        workspace.task(TrainXGBoost, frame, **quick),
        workspace.task(TrainClassificationModel, frame, model_name='sklearn.ensemble:HistGradientBoostingClassifier'),
        workspace.task(ValidateLightGBM, frame, best_params_task=best),
        workspace.task(EvaluatePrediction, frame, prediction_task=predictions),
        workspace.task(ReportModel, model_task=model, data_task=workspace.given(frame)),
        workspace.task(ReportTuning, tuning_task=best),
        workspace.task(TrainMatrixFactorization, ratings(), n_jobs=2),
        workspace.task(TrainFactorizationMachine, frame, n_jobs=2, model_kwargs={'engine': 'adam', 'epochs': 2}),
    ]


if __name__ == '__main__':
    workspace = Workspace(Path(sys.argv[1]))
    for library in sys.argv[2].split(','):
        use(library)
    task = workspace.task(All, tasks=everything(workspace))
    print(gokart.build(task, workers=2, reset_register=False))
"""


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, '-c', script, *arguments],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize('libraries', ['lightgbm,xgboost,sklearn,torch', 'lightgbm,polars'])
def test_it_ends_or_refuses_with_the_reason(tmp_path: Path, libraries: str) -> None:
    result = run(PARENT, str(tmp_path), libraries)
    if result.returncode == 0:
        assert result.stdout.splitlines()[-1] == '[1, 1, 2, 1, 1, 1, 1, 1]'
    else:
        assert libraries == 'lightgbm,polars', result.stderr
        assert 'redshells.errors.ProcessError' in result.stderr
        assert 'polars was used before this worker process was forked' in result.stderr


COMMAND_LINE = """
import sys
from pathlib import Path
import gokart
from redshells import parameter, train
from tests.tables import Workspace, classes_table

if __name__ == '__main__':
    workspace = Workspace(Path(sys.argv[1]))
    data = parameter.task(description='').serialize(workspace.given(classes_table(120)))
    gokart.run([
        'redshells.TrainLightGBM',
        '--train-data-task', data,
        '--model-kwargs', '{"num_leaves": 7, "n_estimators": 4}',
        '--validation-size', '0',
        '--workspace-directory', workspace.directory,
        '--local-scheduler',
        *sys.argv[2:],
    ])
"""


def test_command_line(tmp_path: Path) -> None:
    result = run(COMMAND_LINE, str(tmp_path), '--random-seed', '3')
    assert result.returncode == 0, result.stderr
    (path,) = (tmp_path / 'workspace' / 'model').iterdir()
    loading = 'import sys, json, redshells; model = redshells.load_model(sys.argv[1]); '
    loading += 'print(json.dumps([model.model_kwargs, model.random_seed, model.best_round_]))'
    output = run(loading, str(path)).stdout
    assert json.loads(output) == [{'num_leaves': 7, 'number_of_rounds': 4}, 3, 4]


def test_command_line_with_a_wrong_argument(tmp_path: Path) -> None:
    result = run(COMMAND_LINE, str(tmp_path), '--feature-column-names', '["missing"]')
    assert result.returncode == 40  # what gokart.run says of a failed task
    assert 'the input table lacks the columns' in result.stderr + result.stdout
