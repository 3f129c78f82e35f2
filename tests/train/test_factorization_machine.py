"""Factorization machines in tasks: both engines, both problems, tuning, prediction and report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from redshells.model.factorization_machine import FactorizationMachine
from redshells.model.torch_checkpoint import Checkpoint
from redshells.predict import PredictTable
from redshells.report import ReportModel
from redshells.train import OptimizeFactorizationMachine, TrainFactorizationMachine, ValidateFactorizationMachine
from tests.factorization_catalogue import clicks
from tests.tables import Workspace

QUICK = {'embedding_size': 3, 'iterations': 30, 'burn_in': 5, 'epochs': 20, 'categorical_column_names': ['user']}


def _train(workspace: Workspace, engine: str, problem: str, **parameters: Any) -> Any:
    table = clicks(400)
    if problem == 'regression':
        table = table.assign(target=table['price'].fillna(0) + table['user'])
    return workspace.task(
        TrainFactorizationMachine,
        table,
        target_column_name='target',
        problem=problem,
        model_kwargs={**QUICK, 'engine': engine},
        **parameters,
    )


@pytest.mark.parametrize('engine', ['mcmc', 'adam'])
@pytest.mark.parametrize('problem', ['classification', 'regression'])
def test_rows_are_predicted_by_a_saved_machine(workspace: Workspace, engine: str, problem: str) -> None:
    model = _train(workspace, engine, problem, device='cpu')
    rows = clicks(50, seed=1)
    predictions = workspace.build(PredictTable, rows, model_task=model)
    trained = workspace.build(model)
    assert trained.engine == engine
    assert (predictions['prediction'].to_numpy() == trained.predict(rows)).all()
    assert trained.training['rows'] == 400


def test_what_a_search_found_is_trained(workspace: Workspace) -> None:
    fixed = {'iterations': 10, 'burn_in': 2, 'epochs': 2, 'categorical_column_names': ['user']}
    tuning = workspace.task(
        OptimizeFactorizationMachine,
        clicks(),
        target_column_name='target',
        n_trials=4,
        cross_validation_size=2,
        model_kwargs=fixed,
    )
    result = workspace.build(tuning)
    searched = {'engine', 'embedding_size', 'l2_weight', 'learning_rate'}
    assert {'engine', 'embedding_size'} <= result.best_params.keys() <= searched | fixed.keys()
    trained = workspace.build(
        TrainFactorizationMachine, clicks(), target_column_name='target', best_params_task=tuning, model_kwargs=fixed
    )
    arguments = trained.get_params()
    assert {name: arguments[name] for name in result.best_params} == result.best_params
    scores = workspace.build(
        ValidateFactorizationMachine,
        clicks(),
        target_column_name='target',
        best_params_task=tuning,
        model_kwargs=fixed,
        cross_validation_size=3,
    )['scores']
    assert scores['fold'].nunique() == 3


@pytest.mark.parametrize('left_out', [[], ['tags']])
def test_a_machine_is_reported(workspace: Workspace, left_out: list[str]) -> None:
    table = clicks(200).drop(columns=left_out)
    model = workspace.task(TrainFactorizationMachine, table, target_column_name='target', model_kwargs=QUICK)
    rows = workspace.given(clicks(80, seed=1))
    report = workspace.build(ReportModel, model_task=model, data_task=rows, number_of_resamples=20, n_jobs=1)
    assert 'FactorizationMachine' in report.html


def test_contributions_are_those_of_trees_only(workspace: Workspace) -> None:
    error = workspace.failure(
        PredictTable, clicks(20), model_task=_train(workspace, 'mcmc', 'regression'), with_contributions=True
    )
    assert 'contributions' in str(error)
    assert np.isfinite(workspace.build(_train(workspace, 'mcmc', 'regression')).predict(clicks(5))).all()


def test_a_training_that_was_killed_goes_on_in_the_next_build(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = _train(workspace, 'adam', 'classification', checkpoint_every=4, random_seed=1)
    save = Checkpoint.save_if_due

    def die(self: Checkpoint, state: Any) -> None:
        save(self, state)
        if state.epoch == 9:
            raise KeyError('killed')

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, 'save_if_due', die)
        assert isinstance(workspace.failure(task), KeyError)
    folder = Path(workspace.directory) / 'checkpoint'
    assert len(list(folder.iterdir())) == 1
    epochs: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, 'save_if_due', lambda self, state: epochs.append(state.epoch))
        model = workspace.build(task)
    assert epochs == list(range(9, 21)), 'it went on after epoch 8'
    assert list(folder.iterdir()) == []
    whole = FactorizationMachine(**{**QUICK, 'engine': 'adam'}, problem='classification', random_seed=1)
    table = clicks(400)
    whole.fit(table.drop(columns='target'), table['target'])
    rows = clicks(50, seed=1)
    np.testing.assert_array_equal(model.predict_proba(rows), whole.predict_proba(rows))
    assert model.checkpoint_path is None
