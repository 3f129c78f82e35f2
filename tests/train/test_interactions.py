"""The tasks on interactions: what is learnt from which rows, tuned arguments, checkpoints, and what is refused."""

from __future__ import annotations

import logging
import os
from typing import Any

import numpy as np
import pandas as pd
import pytest

from redshells.errors import DivergenceError, ParameterError, ResultMismatchError
from redshells.model import graph_convolutional_matrix_completion as gcmc
from redshells.model.torch_checkpoint import Checkpoint
from redshells.train import (
    OptimizeLightGCN,
    OptimizeMatrixFactorization,
    TrainGraphConvolutionalMatrixCompletion,
    TrainLightGCN,
    TrainMatrixFactorization,
    ValidateMatrixFactorization,
)
from tests.interaction_tables import clicks, item_features, ratings, user_features
from tests.tables import Workspace

FEW: dict[str, Any] = {'n_latent_factors': 3, 'iterations': 4}
SMALL: dict[str, Any] = {'encoder_hidden_size': 10, 'encoder_size': 4}


def test_tuned_arguments_feed_the_training_and_explicit_ones_win(workspace: Workspace) -> None:
    best = workspace.task(
        OptimizeMatrixFactorization,
        ratings(),
        n_trials=2,
        cross_validation_size=2,
        search_space={'n_latent_factors': {'type': 'int', 'low': 4, 'high': 6}},
        model_kwargs={'iterations': 3},
    )
    tuned = workspace.build(best).best_params
    assert tuned['iterations'] == 3
    model = workspace.build(TrainMatrixFactorization, ratings(), best_params_task=best)
    assert model.item_vectors().shape[1] == tuned['n_latent_factors']
    given = workspace.build(
        TrainMatrixFactorization, ratings(), best_params_task=best, model_kwargs={'n_latent_factors': 2}
    )
    assert given.item_vectors().shape[1] == 2


def test_arguments_of_another_model_or_problem_are_refused(workspace: Workspace) -> None:
    best = workspace.task(OptimizeLightGCN, clicks(), n_trials=1, cross_validation_size=2)
    error = workspace.failure(TrainMatrixFactorization, ratings(), best_params_task=best)
    assert isinstance(error, ResultMismatchError)
    of_ratings = workspace.task(
        OptimizeMatrixFactorization, ratings(), n_trials=1, cross_validation_size=2, model_kwargs=FEW
    )
    error = workspace.failure(
        TrainMatrixFactorization, ratings(), best_params_task=of_ratings, model_kwargs={'solver': 'implicit'}
    )
    assert isinstance(error, ResultMismatchError)


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('epoch_size', 'It is called iterations now'),
        ('reg_item', 'Use regularization'),
        ('scope_name', 'It is gone'),
        ('random_seed', 'Use the parameter random_seed'),
    ],
)
def test_an_old_keyword_is_refused_with_what_to_do(workspace: Workspace, name: str, message: str) -> None:
    error = workspace.failure(TrainMatrixFactorization, ratings(), model_kwargs={name: 1})
    assert isinstance(error, ParameterError)
    assert f'{name}=1' in str(error)
    assert message in str(error)


def test_the_last_rating_of_a_pair_counts_and_clicks_are_added_up(workspace: Workspace) -> None:
    once = ratings()
    later = once.assign(rating=6 - once['rating'], time=once['time'] - 1000)
    kwargs: dict[str, Any] = {'time_column_name': 'time', 'model_kwargs': FEW}
    first = workspace.build(TrainMatrixFactorization, pd.concat([once, later], ignore_index=True), **kwargs)
    alone = workspace.build(TrainMatrixFactorization, once, **kwargs)
    np.testing.assert_allclose(first.score_items(np.arange(5)), alone.score_items(np.arange(5)), rtol=1e-4)

    implicit: dict[str, Any] = {'rating_column_name': None, 'model_kwargs': {'solver': 'implicit', **FEW}}
    thrice = pd.concat([clicks()] * 3, ignore_index=True)
    added = workspace.build(TrainMatrixFactorization, thrice, **implicit)
    counted = workspace.build(
        TrainMatrixFactorization, clicks().assign(rating=3.0), model_kwargs={'solver': 'implicit', **FEW}
    )
    np.testing.assert_allclose(added.score_items(np.arange(5)), counted.score_items(np.arange(5)), rtol=1e-4)


def test_more_rows_than_asked_for_are_sampled(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    logging.disable(logging.NOTSET)
    model = workspace.build(TrainMatrixFactorization, ratings(), max_data_size=50, model_kwargs=FEW)
    assert model.training['rows'] == 50
    assert model.seen_.nnz == 50


def test_features_serve_users_without_ratings(workspace: Workspace) -> None:
    table = ratings(users=60, items=30)
    known = table[table['user'] != 'u01']
    model = workspace.build(
        TrainMatrixFactorization,
        known,
        user_feature_task=workspace.given(user_features(60)),
        item_feature_task=workspace.given(item_features(30)),
        model_kwargs={'solver': 'bayes', 'iterations': 40, 'n_latent_factors': 4},
    )
    scores = model.score_items(model.user_ids_.positions(['u01']))[0]
    liked = (model.item_ids_.ids - 100) % 3 == 1
    assert scores[liked].mean() > scores[~liked].mean() + 1


def test_services_are_learnt_and_named(workspace: Workspace) -> None:
    table = ratings(users=60, items=40)
    table['service'] = np.where(np.arange(len(table)) % 2, 'web', 'shop')
    table['rating'] = table['rating'] - 2 * (table['service'] == 'shop')
    errors = []
    for name in (None, 'service'):
        result = workspace.build(
            ValidateMatrixFactorization, table, service_column_name=name, cross_validation_size=2, model_kwargs=FEW
        )
        assert list(result['predictions'].columns) == ['fold', 'user', 'item', 'target', 'prediction']
        errors.append(result['scores'].groupby('metric')['score'].mean()['rmse'])
    assert errors[1] < errors[0] - 0.3


def test_a_training_that_was_killed_goes_on_in_the_next_build(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters: dict[str, Any] = {
        'min_user_click_count': 0,
        'model_kwargs': {**SMALL, 'epochs': 12},
        'checkpoint_every': 4,
    }
    whole = workspace.build(TrainGraphConvolutionalMatrixCompletion, ratings(), random_seed=1, **parameters)

    save = Checkpoint.save_if_due

    def die(self: Checkpoint, state: Any) -> None:
        save(self, state)
        if state.epoch == 9:
            raise KeyError('killed')

    task = workspace.task(TrainGraphConvolutionalMatrixCompletion, ratings(), random_seed=1, rerun=True, **parameters)
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, 'save_if_due', die)
        assert isinstance(workspace.failure(task), KeyError)
    folder = os.path.join(workspace.directory, 'checkpoint')
    assert len(os.listdir(folder)) == 1
    epochs = []
    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, 'save_if_due', lambda self, state: epochs.append(state.epoch))
        again = workspace.build(task)
    assert epochs == [9, 10, 11, 12], 'it went on after epoch 8'
    np.testing.assert_array_equal(again.score_items(np.arange(4)), whole.score_items(np.arange(4)))
    assert os.listdir(folder) == []


def test_a_training_that_diverges_is_tried_again_with_a_smaller_rate(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = []
    fit = gcmc.GraphConvolutionalMatrixCompletion.fit_interactions

    def diverge(self: Any, *args: Any, **kwargs: Any) -> Any:
        rates.append(self.settings.learning_rate)
        if len(rates) < 3:
            raise DivergenceError('the loss of epoch 1 is nan.')
        return fit(self, *args, **kwargs)

    monkeypatch.setattr(gcmc.GraphConvolutionalMatrixCompletion, 'fit_interactions', diverge)
    parameters: dict[str, Any] = {'min_user_click_count': 0, 'decay_speed': 4.0}
    kwargs = {**SMALL, 'epochs': 2, 'learning_rate': 0.08}
    workspace.build(TrainGraphConvolutionalMatrixCompletion, ratings(), model_kwargs=kwargs, **parameters)
    assert rates == pytest.approx([0.08, 0.02, 0.005])
    rates.clear()
    error = workspace.failure(
        TrainGraphConvolutionalMatrixCompletion, ratings(), model_kwargs=kwargs, try_count=2, **parameters
    )
    assert isinstance(error, DivergenceError)


def test_clicks_are_watched_for_early_stopping(workspace: Workspace) -> None:
    table = clicks(users=60)
    model = workspace.build(
        TrainLightGCN,
        table.iloc[::2],
        validation_data_task=workspace.given(table.iloc[1::2]),
        model_kwargs={'solver': 'gradient', 'epochs': 30, 'early_stopping_patience': 2, 'embedding_size': 8},
    )
    curve = model.learning_curve_
    assert curve.scores
    assert curve.best_epoch == curve.epochs[int(np.argmax(curve.scores))]
