"""Graph convolutional matrix completion, beside the formula written out node by node."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import torch

import redshells
from redshells.errors import (
    ColumnTypeError,
    DataError,
    EmptyTableError,
    NotFittedError,
    ParameterError,
    SplitError,
    TargetError,
)
from redshells.model import gcmc_settings, gcmc_training, rating_loss, torch_training
from redshells.model.execution import Execution
from redshells.model.gcmc_dataset import GcmcDataset, GcmcGraphDataset
from redshells.model.gcmc_settings import GcmcSettings
from redshells.model.graph_convolutional_matrix_completion import GraphConvolutionalMatrixCompletion
from redshells.model.interactions import Interactions
from redshells.model.rating_convolution import RatingConvolution, RatingSides
from redshells.model.rating_graph import NORMALIZATION_TYPES, RatingGraph, RatingLevels
from redshells.model.rating_loss import RatingPairs
from redshells.model.torch_training import TrainingProblem
from redshells.testing.new_process import call_in_new_process

USERS, ITEMS = 30, 20
SMALL: dict[str, Any] = {'encoder_hidden_size': 24, 'encoder_size': 6, 'epochs': 120, 'dropout_rate': 0.3}


def make_ratings(share: float = 0.6, seed: int = 0) -> tuple[Interactions, Interactions]:
    """Two groups of taste: users like the items of their group, and 3.0 is for those who are not sure."""
    generator = np.random.default_rng(seed)
    users, items = np.divmod(np.arange(USERS * ITEMS), ITEMS)
    ratings = np.where(users % 2 == items % 2, 5.0, 1.0)
    ratings[generator.uniform(size=len(ratings)) < 0.05] = 3.0
    known = generator.uniform(size=len(ratings)) < share
    both = Interactions(users=users, items=items, ratings=ratings)
    return both.take(known), both.take(~known)


TRAIN, TEST = make_ratings()


def make_model(**changes: Any) -> GraphConvolutionalMatrixCompletion:
    return GraphConvolutionalMatrixCompletion(**{**SMALL, **changes})


def error_of(model: GraphConvolutionalMatrixCompletion, test: Interactions = TEST) -> float:
    assert test.ratings is not None
    return float(np.sqrt(np.mean((model.predict_interactions(test) - test.ratings) ** 2)))


MODEL = make_model().fit_interactions(TRAIN)
USER_FEATURES = pd.DataFrame({'group': ['even', 'odd'] * (USERS // 2)}, index=np.arange(USERS))
ITEM_FEATURES = pd.DataFrame({'tags': [['even'], ['odd', 'new']] * (ITEMS // 2)}, index=np.arange(ITEMS))
FEATURED = make_model().fit_interactions(TRAIN, user_features=USER_FEATURES, item_features=ITEM_FEATURES)


@pytest.mark.parametrize(
    'changes',
    [
        {},
        {'accumulation': 'sum'},
        {'weight_sharing': True},
        {'accumulation': 'sum', 'weight_sharing': True},
        *({'normalization_type': name} for name in NORMALIZATION_TYPES),
        {'dropout_rate': 0.0, 'weight_averaging': 0.0, 'squared_error_weight': 0.0},
        {'basis_size': 1, 'learning_rate_schedule': 'cosine'},
    ],
)
def test_planted_groups_of_taste_are_found(changes: dict[str, Any]) -> None:
    model = make_model(**changes).fit_interactions(TRAIN)
    assert error_of(model) < 0.7  # the mean is 2 away from all
    assert error_of(model, TRAIN) < 0.7


def test_predictions_agree_with_one_another() -> None:
    assert TEST.ratings is not None
    scores = MODEL.score_items(np.arange(USERS))
    assert scores.shape == (USERS, ITEMS)
    assert scores.dtype == np.float32
    pairs = MODEL.predict_interactions(TEST)
    np.testing.assert_allclose(scores[TEST.users, TEST.items], pairs, rtol=1e-5)
    assert 1 <= scores.min() <= scores.max() <= 5
    np.testing.assert_array_equal(MODEL.item_vectors(), MODEL.get_item_feature(None, np.arange(ITEMS)))
    assert MODEL.seen_.toarray().sum() == len(TRAIN)
    assert MODEL.rating_range_ == (1.0, 5.0)
    assert MODEL.predicts_ratings


def test_a_large_matrix_of_scores_is_made_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = MODEL.score_items(np.arange(USERS))
    pairs = MODEL.predict_interactions(TEST)
    monkeypatch.setattr('redshells.model.rating_decoder._SCORES_AT_ONCE', 150)
    monkeypatch.setattr('redshells.model.rating_decoder._PAIRS_AT_ONCE', 7)
    np.testing.assert_allclose(MODEL.score_items(np.arange(USERS)), whole, rtol=1e-5)
    np.testing.assert_allclose(MODEL.predict_interactions(TEST), pairs, rtol=1e-5)


def small_graph(seed: int = 1) -> tuple[RatingGraph, RatingLevels]:
    generator = np.random.default_rng(seed)
    users, items = np.nonzero(generator.uniform(size=(7, 5)) < 0.6)
    levels = generator.integers(3, size=len(users))
    return RatingGraph(users, items, levels, 7, 5, 3), RatingLevels(np.array([1.0, 2.0, 4.0]))


@pytest.mark.parametrize('normalization_type', NORMALIZATION_TYPES)
@pytest.mark.parametrize('accumulation', ['stack', 'sum'])
@pytest.mark.parametrize('weight_sharing', [False, True])
@pytest.mark.parametrize('of_items', [False, True])
def test_the_convolution_is_that_of_the_formula(
    normalization_type: str, accumulation: str, weight_sharing: bool, of_items: bool
) -> None:
    graph, _ = small_graph()
    settings = replace(
        make_model().settings,
        normalization_type=normalization_type,
        accumulation=accumulation,
        weight_sharing=weight_sharing,
        dropout_rate=0.0,
    )
    convolution = RatingConvolution(
        RatingSides(graph, None, None),
        settings,
        of_items=of_items,
        generator=torch.Generator().manual_seed(0),
        device=torch.device('cpu'),
    )
    side = 'item' if of_items else 'user'
    table, dense, bias = (
        convolution.weights[f'{side}_{name}'].detach().numpy() for name in ('messages', 'dense', 'bias')
    )
    if weight_sharing:
        table = table.cumsum(1)
    hidden = []
    degrees = np.zeros((7, 5))
    np.add.at(degrees, (graph.users, graph.items), 1)
    of_user, of_item = degrees.sum(1, keepdims=True), degrees.sum(0, keepdims=True)
    of_receiver, of_sender = (of_item, of_user) if of_items else (of_user, of_item)
    divisor = {
        'left': of_receiver,
        'right': of_sender,
        'symmetric': np.sqrt(of_receiver * of_sender),
        'left_square_root': np.sqrt(of_receiver),
    }[normalization_type]
    for level in range(3):
        adjacency = np.zeros((7, 5))
        here = graph.levels == level
        adjacency[graph.users[here], graph.items[here]] = 1
        weighted = np.divide(adjacency, divisor, out=np.zeros((7, 5)), where=adjacency > 0)
        hidden.append((weighted.T if of_items else weighted) @ table[:, level])
    summed = np.concatenate(hidden, axis=1) if accumulation == 'stack' else np.sum(hidden, axis=0)
    expected = np.maximum(summed, 0) @ dense + bias
    np.testing.assert_allclose(convolution.vectors().detach().numpy(), expected, rtol=1e-4, atol=1e-5)
    fitted = convolution.fitted()
    weights = graph.message_weights(normalization_type, to_items=of_items)
    receivers, senders = (graph.items, graph.users) if of_items else (graph.users, graph.items)
    nothing = fitted.feature_vectors(None, 5 if of_items else 7)
    found = fitted.vectors(graph, weights, receivers, senders, nothing)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('squared_error_weight', [0.0, 0.7])
@pytest.mark.parametrize('samples_products', [True, False])
def test_the_gradient_of_the_loss_is_that_of_autograd(squared_error_weight: float, samples_products: bool) -> None:
    graph, levels = small_graph()
    generator = torch.Generator().manual_seed(3)
    shapes = [(7, 4), (5, 4), (2, 4, 4), (2, 3), (3,)]
    weights = [torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_() for shape in shapes]
    pairs = RatingPairs(graph, levels, torch.device('cpu'), torch.float64)
    pairs._samples_products = samples_products and pairs._samples_products

    def loss(*values: torch.Tensor) -> torch.Tensor:
        return rating_loss.rating_loss(*values, pairs=pairs, squared_error_weight=squared_error_weight)

    users, items, bases, coefficients, bias = weights
    of_users, of_items = (torch.from_numpy(one) for one in (graph.users, graph.items))
    scores = torch.einsum('eo,bop,ep->eb', users[of_users], bases, items[of_items])
    logits = scores @ coefficients + bias
    targets = torch.from_numpy(graph.levels)
    values = torch.from_numpy(levels.standardized).double()
    error = torch.softmax(logits, 1) @ values - values[targets]
    expected = torch.nn.functional.cross_entropy(logits, targets) + squared_error_weight * error.square().mean()
    found = loss(*weights)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(2 * found, weights), torch.autograd.grad(2 * expected, weights))
    assert torch.autograd.gradcheck(loss, weights)


def test_dropout_leaves_the_expected_share_and_the_sum() -> None:
    graph = RatingGraph(np.arange(2000), np.arange(2000), np.zeros(2000, dtype=np.int64), 2000, 2000, 1)
    settings = make_model(
        dropout_rate=0.6, isolation_rate=0.0, encoder_hidden_size=8, normalization_type='left'
    ).settings
    convolution = RatingConvolution(
        RatingSides(graph, None, None),
        settings,
        of_items=False,
        generator=torch.Generator().manual_seed(0),
        device=torch.device('cpu'),
    )
    convolution.weights['user_messages'].data.fill_(1.0)
    convolution.weights['user_dense'].data.fill_(1.0)
    values = convolution.vectors(torch.Generator().manual_seed(1)).detach()[:, 0]
    assert float((values == 0).float().mean()) == pytest.approx(0.6, abs=0.05)  # nodes that got no message
    assert float(values.mean()) == pytest.approx(8.0, rel=0.1)


def test_some_nodes_get_no_message() -> None:
    graph, _ = small_graph()
    convolution = RatingConvolution(
        RatingSides(graph, None, None),
        make_model(dropout_rate=0.0, isolation_rate=0.5).settings,
        of_items=False,
        generator=torch.Generator().manual_seed(0),
        device=torch.device('cpu'),
    )
    whole = convolution.vectors().detach()
    found = convolution.vectors(torch.Generator().manual_seed(1)).detach()
    isolated = (found == 0).all(1)
    assert 0 < int(isolated.sum()) < len(found)
    torch.testing.assert_close(found[~isolated], whole[~isolated])


def test_equal_seeds_give_equal_models_whatever_the_global_seed_is() -> None:
    vectors = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        vectors.append(make_model(epochs=5, random_seed=7).fit_interactions(TRAIN).item_vectors())
    np.testing.assert_array_equal(*vectors)
    other = make_model(epochs=5, random_seed=8).fit_interactions(TRAIN).item_vectors()
    assert not np.array_equal(other, vectors[0])


def _predictions_of(path: str) -> npt.NDArray[np.float64]:
    model = redshells.load_model(path)
    assert isinstance(model, GraphConvolutionalMatrixCompletion)
    more = Interactions(users=np.array([0]), items=np.array([99]), ratings=np.array([5.0]))
    return np.concatenate([model.predict_interactions(TEST), model.extended(more).predict([0, 2], [99, 99])])


@pytest.mark.parametrize('model', [MODEL, FEATURED])
def test_it_comes_back_from_its_file_in_a_new_process(
    tmp_path: Path, model: GraphConvolutionalMatrixCompletion
) -> None:
    path = str(tmp_path / 'model.zip')
    model.save(path)
    found = call_in_new_process(_predictions_of, path)
    np.testing.assert_array_equal(found[: len(TEST)], model.predict_interactions(TEST))
    assert np.isfinite(found).all()
    again = tmp_path / 'again.zip'
    GraphConvolutionalMatrixCompletion.load(path).save(str(again))
    assert again.read_bytes() == Path(path).read_bytes()


def test_a_loaded_model_predicts_without_pytorch(tmp_path: Path) -> None:
    path = str(tmp_path / 'model.zip')
    FEATURED.save(path)
    program = (
        'import sys\n'
        'import redshells.model.graph_convolutional_matrix_completion as module\n'
        f'model = module.GraphConvolutionalMatrixCompletion.load({path!r})\n'
        'print(model.extended().predict([0], [1])[0], model.score_items([0])[0, 1])\n'
        'assert "torch" not in sys.modules'
    )
    found = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True, check=True).stdout.split()
    assert [float(one) for one in found] == pytest.approx([FEATURED.predict([0], [1])[0]] * 2, rel=1e-5)


class _KilledError(Exception):
    """In place of SIGKILL."""


@pytest.mark.parametrize('validation', [None, TEST])
def test_a_training_that_was_killed_goes_on_as_if_it_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, validation: Interactions | None
) -> None:
    expected = make_model(epochs=30).fit_interactions(TRAIN, validation=validation)
    execution = Execution(checkpoint_path=str(tmp_path / 'checkpoint.zip'), checkpoint_every=4)
    calls: list[int] = []

    def killed(problem: TrainingProblem, *rest: Any) -> Any:
        def loss(rows: torch.Tensor | None, generator: torch.Generator) -> torch.Tensor:
            calls.append(1)
            if len(calls) == 18:
                raise _KilledError
            return problem.loss(rows, generator)

        return torch_training.train_epochs(replace(problem, loss=loss), *rest)

    monkeypatch.setattr(gcmc_training, 'train_epochs', killed)
    with pytest.raises(_KilledError):
        make_model(epochs=30).fit_interactions(TRAIN, validation=validation, execution=execution)
    model = make_model(epochs=30).fit_interactions(TRAIN, validation=validation, execution=execution)
    assert len(calls) == 18 + 30 - 16
    np.testing.assert_array_equal(model.item_vectors(), expected.item_vectors())
    assert model.training == expected.training


def test_held_out_ratings_are_watched() -> None:
    model = make_model(epochs=200, validation_size=0.2, early_stopping_patience=20, dropout_rate=0.0)
    curve = model.fit_interactions(TRAIN).training['learning_curve']
    assert curve['metric'] == 'rmse'
    assert curve['epochs'][-1] < 200
    assert min(curve['scores']) < 0.7
    given = make_model(epochs=50, validation_size=0.2).fit_interactions(TRAIN, validation=TEST)
    assert len(given.training['learning_curve']['scores']) == 10


def test_users_who_rated_too_little_or_too_much_have_no_edges() -> None:
    counts = np.bincount(TRAIN.users)
    least, most = int(np.quantile(counts, 0.2)) + 1, int(np.quantile(counts, 0.8))
    model = make_model(min_user_click_count=least, max_user_click_count=most, epochs=20).fit_interactions(TRAIN)
    silent = (counts < least) | (counts > most)
    assert silent.any()
    assert not silent.all()
    vectors = model.get_user_feature(np.arange(USERS))
    assert len(np.unique(vectors[silent], axis=0)) == 1
    assert len(np.unique(vectors[~silent], axis=0)) == (~silent).sum()
    without = model.predict(np.arange(USERS), np.zeros(USERS, dtype=int), with_user_embedding=False)
    np.testing.assert_allclose(without[silent], model.predict(np.arange(USERS)[silent], [0] * silent.sum()))
    assert model.seen_.nnz == len(TRAIN)


def new_ratings(liked: str, **changes: Any) -> Interactions:
    """Ratings of the new item 100, by users of both groups."""
    users = np.arange(12)
    ratings = np.where((users % 2 == 0) == (liked == 'even'), 5.0, 1.0)
    return replace(Interactions(users=users, items=np.full(12, 100), ratings=ratings), **changes)


@pytest.mark.parametrize('liked', ['even', 'odd'])
@pytest.mark.parametrize('model', [MODEL, FEATURED])
def test_new_items_are_known_by_their_ratings(model: GraphConvolutionalMatrixCompletion, liked: str) -> None:
    extended = model.extended(new_ratings(liked))
    even, odd = (extended.predict([user], [100])[0] for user in (20, 21))
    difference = (even - odd) * (1 if liked == 'even' else -1)
    assert difference > (0.2 if model is FEATURED else 1.5)  # which looks at features first, and there are none here
    np.testing.assert_allclose(extended.predict_interactions(TEST), model.predict_interactions(TEST), rtol=1e-5)
    assert np.isnan(model.predict([20], [100])).all()
    assert extended.seen_[[3], [ITEMS]] == [1]
    assert extended.score_items(np.array([20])).shape == (1, ITEMS + 1)


@pytest.mark.parametrize('normalization_type', NORMALIZATION_TYPES)
def test_new_users_are_known_by_their_ratings_and_change_nobody_else(normalization_type: str) -> None:
    model = make_model(normalization_type=normalization_type).fit_interactions(TRAIN)
    ratings = np.where(np.arange(10) % 2 == 0, 5.0, 1.0)
    extended = model.extended(Interactions(users=np.full(10, -5), items=np.arange(10), ratings=ratings))
    even, odd = extended.predict([-5, -5], [14, 15])
    assert even - odd > 1.5
    np.testing.assert_allclose(extended.predict_interactions(TEST), model.predict_interactions(TEST), rtol=1e-5)


def test_a_user_who_was_trained_has_the_same_vector_as_a_new_one_with_their_ratings() -> None:
    mine = TRAIN.take(TRAIN.users == 4)
    extended = MODEL.extended(replace(mine, users=np.full(len(mine), 104)))
    np.testing.assert_allclose(extended.get_user_feature([104]), MODEL.get_user_feature([4]), rtol=1e-4, atol=1e-6)


def test_new_nodes_are_known_by_their_features() -> None:
    items = pd.DataFrame({'tags': [['even'], ['odd', 'new'], ['never seen']]}, index=[100, 101, 102])
    users = pd.DataFrame({'group': ['even']}, index=[200])
    extended = FEATURED.extended(item_features=items, user_features=users)
    even, odd, nothing = extended.predict([0, 0, 0], [100, 101, 102])
    assert even > odd + 1
    assert np.isfinite(nothing)
    even, odd = extended.predict([200, 200], [100, 101])
    assert even > odd
    assert np.isnan(extended.predict([200], [103])).all()


def test_nodes_with_features_and_without_ratings_are_known() -> None:
    rated = TRAIN.take((TRAIN.items > 1) & (TRAIN.users != 7))
    model = make_model().fit_interactions(rated, user_features=USER_FEATURES, item_features=ITEM_FEATURES)
    even, odd = model.predict([4, 4], [0, 1])
    assert even > odd + 1
    assert model.predict([7], [3])[0] > model.predict([7], [4])[0] + 1
    assert model.seen_.shape == (USERS, ITEMS)
    assert model.seen_[:, [0, 1]].nnz == 0


def test_new_ratings_of_known_pairs_take_the_place_of_the_old_ones() -> None:
    mine = TRAIN.take(TRAIN.users == 4)
    assert mine.ratings is not None
    turned = MODEL.extended(mine.with_ratings(6 - mine.ratings))
    assert turned.seen_.nnz == len(TRAIN)
    items = np.arange(ITEMS)
    before, after = (model.predict(np.full(ITEMS, 4), items) for model in (MODEL, turned))
    assert np.corrcoef(before, after)[0, 1] < -0.5


def test_items_can_be_seen_by_their_features_alone() -> None:
    model = make_model(ignore_item_embedding=True).fit_interactions(TRAIN, item_features=ITEM_FEATURES)
    vectors = model.item_vectors()
    np.testing.assert_allclose(vectors[::2], np.repeat(vectors[:1], ITEMS // 2, axis=0), rtol=1e-5, atol=1e-6)
    assert error_of(model) < 0.7
    extended = model.extended(item_features=pd.DataFrame({'tags': [['even']]}, index=[100]))
    np.testing.assert_allclose(extended.predict([0], [100]), model.predict([0], [0]), rtol=1e-5)


@pytest.mark.parametrize('as_strings', [False, True])
def test_the_methods_on_datasets(as_strings: bool) -> None:
    def ids(values: Any) -> Any:
        return [f'id {value:03d}' for value in values] if as_strings else list(values)

    assert TRAIN.ratings is not None
    items = {one: np.array([float(number % 2)]) for number, one in enumerate(ids(range(ITEMS)))}
    dataset = GcmcDataset(ids(TRAIN.users), ids(TRAIN.items), TRAIN.ratings, item_features=[items])
    model = make_model().fit(GcmcGraphDataset(dataset, test_size=0.1, min_user_click_count=2))
    assert model.training['learning_curve']['metric'] == 'rmse'
    more = new_ratings('even')
    assert more.ratings is not None
    features = [{ids([100])[0]: np.array([0.0])}]
    additional = GcmcDataset(ids(more.users), ids(more.items), more.ratings, item_features=features)
    even, odd = model.predict_with_new_items(ids([20, 21]), ids([100, 100]), additional)
    assert even > odd + 1
    scores = model.predict_item_scores(ids([0, 1]))
    assert list(scores.columns) == ['user', 'item', 'score']
    assert len(scores) == 2 * USERS
    assert scores['score'].is_monotonic_decreasing
    scores = model.predict_item_scores_with_new_items(ids([100]), additional)
    assert sorted(scores['user']) == ids(range(USERS))
    assert int(scores['user'].iloc[0][-1] if as_strings else scores['user'].iloc[0]) % 2 == 0
    users, vectors = model.get_user_feature_with_new_items(ids([100]), additional)
    assert (users, vectors.shape) == (ids(range(USERS)), (USERS, 6))
    known, vectors = model.get_item_feature_with_new_items(ids([0, 100, 200]), additional)
    assert known == ids([0, 100, 200])
    assert np.isnan(vectors).all(axis=1).tolist() == [False, False, True]
    same = model.predict_with_new_items(ids([50, 51]), ids([100, 100]), additional, with_user_embedding=False)
    assert same[0] == same[1]
    assert np.isfinite(same).all()


def test_of_several_ratings_of_a_pair_the_last_one_counts() -> None:
    assert TRAIN.ratings is not None
    twice = Interactions(
        users=np.tile(TRAIN.users, 2),
        items=np.tile(TRAIN.items, 2),
        ratings=np.concatenate([6 - TRAIN.ratings, TRAIN.ratings]),
    )
    model = make_model().fit_interactions(twice)
    assert np.array_equal(model.item_vectors(), MODEL.item_vectors())


def test_what_is_not_known_has_the_default() -> None:
    found = MODEL.predict_interactions(
        Interactions(users=np.array([0, 99, 0]), items=np.array([0, 0, 99])), default=-1.0
    )
    assert found[0] >= 1
    assert found[1:].tolist() == [-1, -1]
    assert len(MODEL.predict([], [])) == 0


def test_inputs_are_left_as_they_are() -> None:
    ratings = [part.copy() for part in (TRAIN.users, TRAIN.items, TRAIN.ratings) if part is not None]
    features = ITEM_FEATURES.copy(deep=True)
    make_model(epochs=2).fit_interactions(TRAIN, item_features=ITEM_FEATURES)
    for before, now in zip(ratings, (TRAIN.users, TRAIN.items, TRAIN.ratings), strict=True):
        np.testing.assert_array_equal(before, now)
    pd.testing.assert_frame_equal(features, ITEM_FEATURES)


@pytest.mark.parametrize(
    ('call', 'error', 'message'),
    [
        (lambda: make_model().predict([0], [0]), NotFittedError, 'is not fitted. Call fit'),
        (lambda: make_model().extended(), NotFittedError, 'is not fitted'),
        (lambda: MODEL.predict(['0'], [0]), ColumnTypeError, 'the users are strings'),
        (lambda: MODEL.predict([0, 1], [0]), DataError, '2 users and 1 items were given'),
        (lambda: MODEL.extended(new_ratings('even', ratings=np.full(12, 2.0))), DataError, r'not in training: \[2.0\]'),
        (lambda: MODEL.extended(new_ratings('even', ratings=None)), DataError, 'have no ratings'),
        (lambda: MODEL.extended(new_ratings('even', users=np.array(['a'] * 12))), ColumnTypeError, 'are strings'),
        (lambda: MODEL.extended(item_features=ITEM_FEATURES), DataError, 'was trained without'),
        (
            lambda: make_model().fit_interactions(TRAIN.with_ratings(np.arange(len(TRAIN)) / 7)),
            TargetError,
            'at most 100 are expected',
        ),
        (
            lambda: make_model().fit_interactions(TRAIN.with_ratings(np.full(len(TRAIN), 5.0))),
            TargetError,
            r'all ratings are \[5.0\]',
        ),
        (lambda: make_model().fit_interactions(replace(TRAIN, ratings=None)), DataError, 'have no ratings'),
        (lambda: make_model().fit_interactions(TRAIN.take(np.arange(0))), EmptyTableError, 'no interactions'),
        (
            lambda: make_model().fit_interactions(TRAIN, user_features=USER_FEATURES[[]]),
            EmptyTableError,
            'user_features has 30 rows and 0 columns',
        ),
        (
            lambda: make_model().fit_interactions(TRAIN, item_features=ITEM_FEATURES.iloc[:0]),
            EmptyTableError,
            'item_features has 0 rows',
        ),
        (
            lambda: make_model().fit_interactions(
                TRAIN, item_features=ITEM_FEATURES.set_axis(ITEM_FEATURES.index + 99)
            ),
            EmptyTableError,
            'no row of any id of the training',
        ),
        (
            lambda: make_model().fit_interactions(TRAIN, item_features=ITEM_FEATURES.iloc[[0, 0]]),
            DataError,
            'several rows of the id 0',
        ),
        (lambda: make_model(ignore_item_embedding=True).fit_interactions(TRAIN), ParameterError, 'item_features, or'),
        (lambda: make_model(encoder_hidden_size=2).fit_interactions(TRAIN), ParameterError, 'for 3 levels'),
        (lambda: make_model(validation_size=0.999).fit_interactions(TRAIN), SplitError, 'leaves none to train on'),
        (
            lambda: make_model().fit_interactions(TRAIN, validation=replace(TEST, users=TEST.users + 99)),
            DataError,
            'no pair of the validation',
        ),
    ],
)
def test_what_can_not_be_used_is_refused(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('encoder_hidden_size', 0),
        ('encoder_size', 1.5),
        ('epochs', True),
        ('learning_rate', 0),
        ('dropout_rate', 1.0),
        ('isolation_rate', -0.1),
        ('normalization_type', 'middle'),
        ('accumulation', 'mean'),
        ('weight_sharing', 1),
        ('basis_size', 0),
        ('squared_error_weight', -0.1),
        ('weight_averaging', 'often'),
        ('learning_rate_schedule', 'steps'),
        ('max_user_click_count', 0),
        ('validation_size', -0.5),
        ('early_stopping_patience', -1),
        ('random_seed', -1),
    ],
)
def test_bad_arguments_are_refused(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=f'{name}={value!r} was given'):
        make_model(**{name: value})


def test_the_schedules_are_those_of_the_training_loop() -> None:
    assert gcmc_settings.LEARNING_RATE_SCHEDULES == torch_training.SCHEDULES
    assert isinstance(make_model().settings, GcmcSettings)
