"""LightGCN and its closed-form relative, on clicks of planted taste groups."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import torch
from scipy import sparse

import redshells
from redshells.errors import DataError, EmptyTableError, NotFittedError, ParameterError
from redshells.model import click_spectrum, light_gcn_training
from redshells.model.execution import Execution
from redshells.model.interactions import Interactions
from redshells.model.light_gcn import LightGCN
from redshells.model.torch_training import train_epochs
from redshells.testing.new_process import call_in_new_process

GRADIENT: dict[str, Any] = {'solver': 'gradient', 'embedding_size': 16, 'epochs': 30, 'learning_rate': 0.05}
SOLVERS: list[dict[str, Any]] = [
    {},
    {'low_pass_weight': 0.4},
    {'low_pass_weight': 0.0},
    {'number_of_components': 4, 'low_pass_softness': 0.0},
    GRADIENT,
]
GROUPS, USERS, ITEMS = 4, 60, 40


def planted(*, strings: bool = False, seed: int = 0) -> tuple[Interactions, Interactions]:
    """Clicks of users on items, nearly all of their own group, and the clicks that were held out."""
    generator = np.random.default_rng(seed)
    same = np.arange(USERS)[:, None] % GROUPS == np.arange(ITEMS) % GROUPS
    users, items = np.nonzero(generator.random(same.shape) < np.where(same, 0.7, 0.02))
    mixed = generator.permutation(len(users))
    users, items = users[mixed], items[mixed]
    is_first = ~pd.Series(users).duplicated()
    names = [
        np.array([f'{kind}{n}' for n in range(60)], dtype=object) if strings else np.arange(60) * 3 for kind in 'ui'
    ]
    rows = Interactions(users=names[0][users], items=names[1][items])
    return rows.take(~is_first.to_numpy()), rows.take(is_first.to_numpy())


def group_of(ids: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    numbers = [int(one[1:]) if isinstance(one, str) else one // 3 for one in ids.tolist()]
    return np.array(numbers) % GROUPS


@pytest.mark.parametrize('strings', [False, True])
@pytest.mark.parametrize('arguments', SOLVERS)
def test_items_of_the_planted_taste_are_first(arguments: dict[str, Any], strings: bool) -> None:
    clicks, _ = planted(strings=strings)
    model = LightGCN(**arguments).fit_interactions(clicks)
    scores = model.score_items(np.arange(USERS))
    assert scores.shape == (USERS, len(model.item_ids_))
    assert scores.dtype == np.float32
    scores[model.seen_.nonzero()] = -np.inf
    best = scores.argmax(axis=1)
    assert (group_of(model.item_ids_.ids[best]) == group_of(model.user_ids_.ids)).mean() > 0.9
    assert not model.predicts_ratings


@pytest.mark.parametrize('arguments', SOLVERS)
def test_pairs_rows_and_new_users_have_the_scores_of_users(
    arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(click_spectrum, '_CELLS', 200)  # of a batch
    clicks, held_out = planted()
    model = LightGCN(**arguments).fit_interactions(clicks)
    scores = model.score_items(np.arange(USERS))
    users, items = model.user_ids_.positions(held_out.users), model.item_ids_.positions(held_out.items)
    np.testing.assert_allclose(model.predict_interactions(held_out), scores[users, items], rtol=1e-4, atol=1e-6)
    unknown = Interactions(users=np.array([0, 999]), items=np.array([999, 0]))
    assert np.isnan(model.predict_interactions(unknown)).all()
    assert model.predict_interactions(unknown, default=-1).tolist() == [-1, -1]
    own = clicks.items[clicks.users == 3]
    folded = model.fold_in_user([*own, 999, own[0]])
    wanted = scores[model.user_ids_.positions([3])[0]]
    if model.solver == 'spectral':
        np.testing.assert_allclose(folded, wanted, rtol=1e-4, atol=1e-6)
    else:
        assert np.corrcoef(folded, wanted)[0, 1] > 0.8


@pytest.mark.parametrize('shape', [(12, 30), (30, 12)])
@pytest.mark.parametrize('components', [3, 200])
@pytest.mark.parametrize('weighed', [False, True])
def test_the_scores_are_those_of_the_formula(shape: tuple[int, int], components: int, weighed: bool) -> None:
    generator = np.random.default_rng(1)
    matrix = (generator.random(shape) < 0.4) * generator.integers(1, 6, shape)
    matrix[:, 0], matrix[0] = 1, 1
    users, items = np.nonzero(matrix)
    clicks = Interactions(users=users, items=items, ratings=matrix[users, items].astype(np.float64))
    model = LightGCN(
        number_of_components=components,
        low_pass_weight=0.3,
        low_pass_softness=0.1,
        user_normalisation=0.4,
        item_normalisation=0.6,
        weigh_by_rating=weighed,
    ).fit_interactions(clicks)
    r = matrix.astype(float) if weighed else (matrix > 0).astype(float)
    of_users, of_items = r.sum(axis=1), r.sum(axis=0)
    normalised = of_users[:, None] ** -0.4 * r * of_items**-0.6
    _, values, vectors = np.linalg.svd(normalised, full_matrices=False)
    values, vectors = values[:components], vectors[:components]
    low = (r * of_items**-0.6) @ vectors.T * (values**2 / (values**2 + 0.1 * values[0] ** 2)) @ vectors * of_items**0.6
    wanted = 0.7 * r @ normalised.T @ normalised / values[0] ** 2 + 0.3 * low
    np.testing.assert_allclose(model.score_items(np.arange(shape[0])), wanted, rtol=1e-3, atol=1e-4)


def test_a_large_matrix_has_the_vectors_of_a_small_one() -> None:
    matrix = sparse.random_array((70, 50), density=0.3, rng=np.random.default_rng(0), format='csr')
    found = click_spectrum._largest_singular(matrix, 10, 0)  # searched
    wanted = click_spectrum._largest_singular(matrix, 40, 0)  # all of them
    np.testing.assert_allclose(found[0], wanted[0][:10], rtol=1e-6)
    np.testing.assert_allclose(found[1], wanted[1][:, :10], atol=1e-6)


def test_factors_multiply_to_scores() -> None:
    clicks, _ = planted(strings=True)
    for arguments in ({}, GRADIENT):
        model = LightGCN(**arguments).fit_interactions(clicks)
        users, items = (getattr(model, name).ids for name in ('user_ids_', 'item_ids_'))
        products = model.get_user_factors(users) @ model.get_item_factors(items).T
        np.testing.assert_allclose(products, model.score_items(np.arange(USERS)), rtol=1e-3, atol=1e-4)
        assert len(model.get_item_factors(['i1', 'nothing'])) == 1
        assert np.isnan(model.get_item_factors(['i1', 'nothing'], default=np.nan)).any(axis=1).tolist() == [False, True]
        lengths = np.linalg.norm(model.get_user_factors(users, normalize=True), axis=1)
        np.testing.assert_allclose(lengths, 1, rtol=1e-5)


@pytest.mark.parametrize('arguments', [{}, GRADIENT])
def test_near_items_are_of_one_taste(arguments: dict[str, Any]) -> None:
    model = LightGCN(**arguments).fit_interactions(planted()[0])
    vectors = model.item_vectors()
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    nearness = vectors @ vectors.T - 2 * np.eye(len(vectors))
    groups = group_of(model.item_ids_.ids)
    assert (groups[nearness.argmax(axis=1)] == groups).mean() > 0.9


@pytest.mark.parametrize('arguments', [{'number_of_components': 10}, GRADIENT])
def test_equal_seeds_give_equal_scores(arguments: dict[str, Any]) -> None:
    clicks, _ = planted()
    mixed = clicks.take(np.random.default_rng(0).permutation(len(clicks)))
    scores = []
    for seed, rows in ((0, clicks), (1, mixed)):
        torch.manual_seed(seed)
        scores.append(LightGCN(**arguments, random_seed=5).fit_interactions(rows).score_items(np.arange(USERS)))
    np.testing.assert_array_equal(*scores)


def test_ratings_weigh_where_they_are_asked_to() -> None:
    clicks, _ = planted()
    rated = clicks.with_ratings(1.0 + (np.arange(len(clicks)) % 5))
    plain, unweighed, weighed = (
        LightGCN(weigh_by_rating=weighs).fit_interactions(rows).score_items(np.arange(USERS))
        for rows, weighs in ((clicks, False), (rated, False), (rated, True))
    )
    np.testing.assert_array_equal(plain, unweighed)
    assert np.abs(weighed - plain).max() > 1e-3


def test_a_validation_stops_the_training_early() -> None:
    clicks, held_out = planted()
    model = LightGCN(**{**GRADIENT, 'epochs': 500, 'early_stopping_patience': 4})
    curve = model.fit_interactions(clicks, validation=held_out).learning_curve_
    assert curve is not None
    assert curve.metric == 'recall@20'
    assert curve.epochs[-1] < 200
    assert max(curve.scores) > 0.9
    scores = model.score_items(np.arange(USERS))
    scores[model.seen_.nonzero()] = -np.inf
    best = np.argsort(-scores, axis=1)[:, :20]
    users, items = model.user_ids_.positions(held_out.users), model.item_ids_.positions(held_out.items)
    assert (best[users] == items[:, None]).any(axis=1).mean() == pytest.approx(max(curve.scores))
    assert LightGCN().fit_interactions(clicks, validation=held_out).learning_curve_ is None


def test_items_that_a_user_has_clicked_on_are_not_drawn() -> None:
    clicks = sparse.csr_array(np.random.default_rng(0).random((30, 20)) < 0.3, dtype=np.float32)
    training = light_gcn_training.EmbeddingTraining(
        embedding_size=4,
        number_of_layers=1,
        learning_rate=0.1,
        regularization=0.0,
        epochs=1,
        batch_size=None,
        early_stopping_patience=0,
        random_seed=0,
    )
    network = light_gcn_training._Network(clicks, training, torch.device('cpu'))
    users = torch.arange(30).repeat_interleave(100)
    others = network._others(users, torch.Generator().manual_seed(0))
    assert clicks.toarray()[users, others].mean() < 0.01
    assert len(np.unique(others)) == 20


class _KilledError(Exception):
    """In place of SIGKILL."""


def test_a_training_that_was_killed_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clicks, _ = planted()
    whole = LightGCN(**GRADIENT).fit_interactions(clicks)
    execution = Execution(checkpoint_path=str(tmp_path / 'checkpoint.zip'), checkpoint_every=2)
    steps = iter(range(11))

    def train(problem: Any, *arguments: Any) -> Any:
        loss = problem.loss

        def killed_loss(*given: Any) -> Any:
            if next(steps, None) is None:
                raise _KilledError
            return loss(*given)

        object.__setattr__(problem, 'loss', killed_loss)
        return train_epochs(problem, *arguments)

    monkeypatch.setattr(light_gcn_training, 'train_epochs', train)
    with pytest.raises(_KilledError):
        LightGCN(**GRADIENT).fit_interactions(clicks, execution=execution)
    monkeypatch.undo()
    with caplog.at_level(logging.INFO):
        resumed = LightGCN(**GRADIENT).fit_interactions(clicks, execution=execution)
    assert 'goes on after epoch 10' in caplog.text
    np.testing.assert_array_equal(resumed.score_items(np.arange(USERS)), whole.score_items(np.arange(USERS)))


def _scores(path: str) -> npt.NDArray[np.float32]:
    scores: npt.NDArray[np.float32] = redshells.load_model(path).score_items(np.arange(USERS))
    return scores


@pytest.mark.parametrize('strings', [False, True])
@pytest.mark.parametrize('arguments', [{'low_pass_weight': 0.5}, {'weigh_by_rating': True}, GRADIENT])
def test_it_comes_back_from_its_file_in_a_new_process(tmp_path: Path, arguments: dict[str, Any], strings: bool) -> None:
    clicks, _ = planted(strings=strings)
    rated = clicks.with_ratings(1.0 + (np.arange(len(clicks)) % 5))
    model = LightGCN(**arguments).fit_interactions(rated)
    path = str(tmp_path / 'light_gcn.zip')
    model.save(path)
    np.testing.assert_array_equal(call_in_new_process(_scores, path), model.score_items(np.arange(USERS)))
    loaded = LightGCN.load(path)
    assert loaded.rating_range_ == (1, 5)
    assert loaded.learning_curve_ == model.learning_curve_
    np.testing.assert_array_equal(loaded.fold_in_user(clicks.items[:3]), model.fold_in_user(clicks.items[:3]))
    loaded.save(str(tmp_path / 'again.zip'))
    assert (tmp_path / 'again.zip').read_bytes() == Path(path).read_bytes()


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('solver', 'magic'),
        ('weigh_by_rating', 'yes'),
        ('number_of_components', 0),
        ('low_pass_weight', 1.5),
        ('low_pass_softness', -0.1),
        ('user_normalisation', 2),
        ('item_normalisation', float('nan')),
        ('embedding_size', 0),
        ('number_of_layers', -1),
        ('learning_rate', 0),
        ('regularization', -1),
        ('epochs', 0),
        ('batch_size', 0),
        ('early_stopping_patience', -1),
        ('random_seed', -1),
    ],
)
def test_wrong_arguments_are_refused(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=f'{name}={value!r} was given'):
        LightGCN(**{name: value})  # type: ignore[arg-type]


def test_what_can_not_be_learnt_is_refused() -> None:
    clicks, _ = planted()
    with pytest.raises(NotFittedError, match='LightGCN is not fitted'):
        LightGCN().score_items(np.arange(1))
    for name in ('user_features', 'item_features'):
        with pytest.raises(ParameterError, match=f'LightGCN was given {name}, and takes none'):
            LightGCN().fit_interactions(clicks, **{name: pd.DataFrame({'x': [1]})})  # type: ignore[arg-type]
    with pytest.raises(EmptyTableError, match='there are no interactions'):
        LightGCN().fit_interactions(clicks.take(np.zeros(0, dtype=np.int64)))
    with pytest.raises(ParameterError, match='weigh_by_rating=True was given, and the interactions have no ratings'):
        LightGCN(weigh_by_rating=True).fit_interactions(clicks)
    with pytest.raises(DataError, match=r'a rating is 0\.0; finite numbers above 0'):
        LightGCN(weigh_by_rating=True).fit_interactions(clicks.with_ratings(np.zeros(len(clicks))))
    strangers = Interactions(users=np.array([1000]), items=np.array([1000]))
    with pytest.raises(DataError, match='none of the 1 rows of the validation'):
        LightGCN(**GRADIENT).fit_interactions(clicks, validation=strangers)
    model = LightGCN().fit_interactions(clicks)
    with pytest.raises(DataError, match='none of the 2 items is one of the training'):
        model.fold_in_user([1000, 1001])
    with pytest.raises(DataError, match='ratings has 1 numbers for 2 items'):
        model.fold_in_user([0, 3], ratings=np.ones(1))
