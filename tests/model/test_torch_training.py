"""The training loop of all models on PyTorch."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from redshells.errors import DivergenceError, ParameterError
from redshells.model.execution import Execution
from redshells.model.learning_curve import LearningCurve
from redshells.model.torch_execution import choose_device, running_on
from redshells.model.torch_training import TrainingProblem, TrainingSettings, train_epochs

_WEIGHTS = torch.tensor([1.0, -2.0, 0.5])


class _KilledError(Exception):
    """In place of SIGKILL."""


class _Line:
    """A linear regression with noise on its features, so that the loss draws too."""

    def __init__(self, kill_after: int = 0, learning_rate: float = 0.05) -> None:
        generator = torch.Generator().manual_seed(7)
        self.features = torch.randn(64, 3, generator=generator)
        self.target = self.features @ _WEIGHTS
        self.weight = torch.zeros(3, requires_grad=True)
        self.steps, self.kill_after = 0, kill_after
        self.optimizer = torch.optim.Adam([self.weight], lr=learning_rate)

    def loss(self, rows: torch.Tensor | None, generator: torch.Generator) -> torch.Tensor:
        self.steps += 1
        if self.kill_after and self.steps > self.kill_after:
            raise _KilledError
        features = self.features if rows is None else self.features[rows]
        target = self.target if rows is None else self.target[rows]
        noise = 0.01 * torch.randn(features.shape, generator=generator)
        return ((features + noise) @ self.weight - target).square().mean()

    def score(self) -> float:
        return float((self.weight.detach() - _WEIGHTS).square().sum())

    def train(self, settings: TrainingSettings, execution: Execution, **changes: Any) -> LearningCurve:
        problem = TrainingProblem(
            name='Line',
            weights={'weight': self.weight},
            optimizers=[self.optimizer],
            loss=self.loss,
            number_of_rows=64,
            score=self.score,
            metric='distance',
        )
        return train_epochs(replace(problem, **changes), settings, execution, random_seed=1)


MINI_BATCH = TrainingSettings(
    epochs=40, batch_size=16, weight_averaging=0.9, learning_rate_schedule='cosine', gradient_clipping=1.0
)


@pytest.mark.parametrize('settings', [MINI_BATCH, replace(MINI_BATCH, batch_size=None, epochs=150)])
def test_a_planted_line_is_found(settings: TrainingSettings) -> None:
    line = _Line()
    curve = line.train(settings, Execution())
    assert line.weight.detach().tolist() == pytest.approx(_WEIGHTS.tolist(), abs=0.15)
    assert curve.losses[-1] < curve.losses[0] / 10
    assert curve.epochs[-1] == settings.epochs


def test_equal_seeds_give_equal_weights_whatever_the_global_seed_is() -> None:
    weights = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        line = _Line()
        line.train(MINI_BATCH, Execution())
        weights.append(line.weight.detach().numpy().copy())
    np.testing.assert_array_equal(*weights)


@pytest.mark.parametrize('batch_size', [None, 16])
def test_a_training_that_was_killed_goes_on_as_if_it_was_not(tmp_path: Path, batch_size: int | None) -> None:
    settings = replace(MINI_BATCH, batch_size=batch_size, early_stopping_patience=30)
    whole = _Line()
    curve = whole.train(settings, Execution())
    execution = Execution(checkpoint_path=str(tmp_path / 'line.zip'), checkpoint_every=3)
    killed_after = 10 * (1 if batch_size is None else 4) + 1
    with pytest.raises(_KilledError):
        _Line(kill_after=killed_after).train(settings, execution)
    resumed = _Line()
    assert resumed.train(settings, execution) == curve
    np.testing.assert_array_equal(resumed.weight.detach().numpy(), whole.weight.detach().numpy())
    assert resumed.steps < 40 * (1 if batch_size is None else 4), 'it went on from the checkpoint'
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize('damage', [lambda content: content[:-20], lambda content: b'nothing', None])
def test_a_checkpoint_that_does_not_fit_is_passed_over(
    tmp_path: Path, damage: Callable[[bytes], bytes] | None, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / 'line.zip'
    execution = Execution(checkpoint_path=str(path), checkpoint_every=3)
    with pytest.raises(_KilledError):
        _Line(kill_after=30).train(MINI_BATCH, execution)
    settings = MINI_BATCH
    if damage is None:
        settings = replace(MINI_BATCH, gradient_clipping=2.0)
    else:
        path.write_bytes(damage(path.read_bytes()))
    line, whole = _Line(), _Line()
    assert line.train(settings, execution) == whole.train(settings, Execution())
    assert 'anew' in caplog.text


def test_a_checkpoint_of_other_data_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    execution = Execution(checkpoint_path=str(tmp_path / 'line.zip'), checkpoint_every=3)
    with pytest.raises(_KilledError):
        _Line(kill_after=30).train(MINI_BATCH, execution, identity='one table')
    line, whole = _Line(), _Line()
    assert line.train(MINI_BATCH, execution, identity='another') == whole.train(MINI_BATCH, Execution())
    assert 'is of another training' in caplog.text


def test_the_weights_of_the_best_score_are_kept() -> None:
    line = _Line()
    distances = iter([3.0, 1.0, 2.0, 2.5, 2.6, 2.7])
    seen = []

    def score() -> float:
        seen.append(line.weight.detach().clone())
        return next(distances)

    curve = line.train(TrainingSettings(epochs=50, early_stopping_patience=3), Execution(), score=score)
    assert curve.best_epoch == 2
    assert curve.epochs == [1, 2, 3, 4, 5]
    assert torch.equal(line.weight.detach(), seen[1])


def test_larger_scores_can_be_better() -> None:
    line = _Line()
    scores = iter([0.1, 0.5, 0.3])
    settings = TrainingSettings(epochs=3)
    assert line.train(settings, Execution(), score=lambda: next(scores), maximize=True).best_epoch == 2


def test_without_a_score_the_last_weights_stay() -> None:
    curve = _Line().train(TrainingSettings(epochs=7), Execution(), score=None, metric='')
    assert (curve.best_epoch, curve.scores, len(curve.losses)) == (7, [], 7)


@pytest.mark.parametrize(('epochs', 'score_every'), [(20, 3), (1_100, 2), (601, 7)])
def test_each_epoch_of_the_curve_has_a_score(epochs: int, score_every: int) -> None:
    curve = _Line().train(TrainingSettings(epochs=epochs, score_every=score_every), Execution())
    assert len(curve.scores) == len(curve.losses) == len(curve.epochs) <= 501
    assert curve.epochs[-1] == epochs


def test_a_loss_that_is_no_number_names_the_epoch() -> None:
    line, calls = _Line(), []

    def loss(rows: torch.Tensor | None, generator: torch.Generator) -> torch.Tensor:
        calls.append(1)
        return line.weight.sum() * (float('nan') if len(calls) == 3 else 1.0)

    with pytest.raises(DivergenceError, match=r'Line: the loss of epoch 3 is nan.*smaller learning_rate'):
        line.train(TrainingSettings(epochs=5), Execution(), loss=loss)


def test_a_long_training_has_a_short_curve() -> None:
    curve = _Line().train(TrainingSettings(epochs=1200), Execution())
    assert len(curve.epochs) == len(curve.scores) == 400
    assert curve.epochs[-1] == 1200
    assert LearningCurve.from_json(curve.to_json()) == curve


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('epochs', 0),
        ('batch_size', 0),
        ('learning_rate_schedule', 'steps'),
        ('gradient_clipping', -1.0),
        ('weight_averaging', 1.0),
        ('early_stopping_patience', -1),
    ],
)
def test_bad_settings_are_refused(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=f'{name}={value!r} was given'):
        replace(MINI_BATCH, **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(('name', 'value'), [('device', 'tpu'), ('n_jobs', 0), ('checkpoint_every', -1)])
def test_a_bad_execution_is_refused(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=f'{name}={value!r} was given'):
        Execution(**{name: value})  # type: ignore[arg-type]


def test_threads_are_set_for_the_time_of_a_training() -> None:
    before = torch.get_num_threads()
    with running_on(Execution(n_jobs=1)) as device:
        assert torch.get_num_threads() == 1
        assert device == choose_device('auto')
    assert torch.get_num_threads() == before


@pytest.mark.skipif(torch.cuda.is_available(), reason='there is a GPU')
def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(ParameterError, match='PyTorch sees no GPU'):
        choose_device('cuda')
