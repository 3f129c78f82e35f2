"""The similarity of items by their features: planted ones are found, and what comes with them."""

from __future__ import annotations

import copy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from redshells.errors import (
    ColumnTypeError,
    DataError,
    DivergenceError,
    EmptyTableError,
    InfiniteValueError,
    NotFittedError,
    ParameterError,
    SplitError,
    UnknownArgumentError,
)
from redshells.model.execution import Execution
from redshells.model.feature_aggregation import FeatureAggregation
from redshells.model.feature_aggregation_similarity_dataset import FeatureAggregationSimilarityDataset as Dataset
from redshells.model.feature_aggregation_similarity_model import FeatureAggregationSimilarityModel as Model

GROUPS, FEATURES = 3, 30


def features_of(items: int, seed: int = 0) -> npt.NDArray[np.int64]:
    """Two to five features of the group of each item (item modulo 3), and zeros."""
    generator = np.random.default_rng(seed)
    features = np.zeros((items, 5), dtype=np.int64)
    for item in range(items):
        own = np.arange(1, FEATURES + 1)[item % GROUPS :: GROUPS]
        chosen = generator.choice(own, generator.integers(2, 6), replace=False)
        features[item, : len(chosen)] = chosen
    return features


def make_dataset(rows: int = 2000, items: int = 80, seed: int = 0, scores: str = 'group') -> Dataset:
    generator = np.random.default_rng(seed)
    features = features_of(items, seed)
    x, y = generator.integers(items, size=(2, rows))
    same = (x % GROUPS == y % GROUPS).astype(float)
    values = {'group': same, 'shifted': 5 + same + 0.5 * (x == 0) + 0.5 * (y == 0)}[scores]
    return Dataset(x, y, features[x], features[y], values, 128, max_feature_index=FEATURES)


def new_items(seed: int = 9, rows: int = 300) -> tuple[Dataset, npt.NDArray[np.bool_]]:
    dataset = make_dataset(rows, 40, seed)
    assert dataset.scores is not None
    unknown = np.full(rows, -1)
    return (
        Dataset(unknown, unknown, dataset.x_item_features, dataset.y_item_features),
        dataset.scores.astype(bool),
    )


def predict(model: Model, pairs: Dataset, **arguments: Any) -> npt.NDArray[np.float64]:
    return model.calculate_similarity(
        pairs.x_item_indices, pairs.y_item_indices, pairs.x_item_features, pairs.y_item_features, **arguments
    )


SMALL: dict[str, Any] = {'embedding_size': 8, 'epochs': 20}


@pytest.fixture(scope='module')
def model() -> Model:
    return Model(**SMALL).fit(make_dataset())


@pytest.mark.parametrize('loss', ['squared', 'logistic'])
def test_planted_groups_are_found_for_new_items(loss: str) -> None:
    model = Model(**SMALL, loss=loss).fit(make_dataset())
    pairs, truth = new_items()
    similarity = predict(model, pairs)
    assert ((similarity > 0.5) == truth).mean() > 0.97
    if loss == 'logistic':
        assert similarity.min() >= 0
        assert similarity.max() <= 1
    vectors = model.calculate_embeddings(features_of(30, seed=3))
    normalised = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = normalised @ normalised.T
    same = np.arange(30)[:, None] % GROUPS == np.arange(30) % GROUPS
    assert cosines[same].mean() > 0.8
    assert cosines[~same].mean() < 0.2


def test_biases_of_items_are_found() -> None:
    slow: dict[str, Any] = {'epochs': 40, 'learning_rate': 0.03, 'regularization': 0, 'early_stopping_patience': 0}
    model = Model(embedding_size=8, batch_size=512, **slow).fit(make_dataset(6000, scores='shifted'))
    assert model.weights_.bias == pytest.approx(5.3, abs=0.5)
    biases = model.weights_.item_biases
    assert biases[0] == pytest.approx(0.5 + biases[1:].mean(), abs=0.1)
    assert abs(biases[1:] - biases[1:].mean()).max() < 0.1


def test_the_similarity_is_that_of_the_formula(model: Model) -> None:
    weights = model.weights_
    x_features, y_features = [4, 0, 7, 4], [0, 0, 9, 0]
    x_mean = (2 * weights.feature_embeddings[4] + weights.feature_embeddings[7]) / 3
    expected = weights.bias + weights.item_biases[3] + weights.item_biases[5] + x_mean @ weights.feature_embeddings[9]
    found = model.calculate_similarity([3], [5], [x_features], [y_features])
    np.testing.assert_allclose(found, [expected], rtol=1e-5)
    np.testing.assert_allclose(model.calculate_embeddings([x_features]), [x_mean], rtol=1e-5)


def test_the_training_learns_what_the_prediction_computes() -> None:
    dataset = make_dataset(500)
    model = Model(**SMALL, validation_size=0.2, early_stopping_patience=0).fit(dataset)
    _, held_out = dataset.train_test_split(0.2)
    assert held_out.scores is not None
    error = np.sqrt(np.mean((predict(model, held_out) - held_out.scores) ** 2))
    curve = model.learning_curve_
    assert curve.scores[curve.best_epoch - 1] == pytest.approx(error, rel=1e-4)


def test_it_is_symmetric_to_the_last_bit(model: Model) -> None:
    pairs = make_dataset(seed=3)
    swapped = Dataset(pairs.y_item_indices, pairs.x_item_indices, pairs.y_item_features, pairs.x_item_features)
    np.testing.assert_array_equal(predict(model, pairs), predict(model, swapped))


@pytest.mark.parametrize('batch_size', [1, 7, 10_000])
def test_batches_and_the_width_of_the_features_do_not_matter(model: Model, batch_size: int) -> None:
    pairs = make_dataset(50, seed=3)
    wide = [np.pad(one, ((0, 0), (2, 3))) for one in (pairs.x_item_features, pairs.y_item_features)]
    other = Dataset(pairs.x_item_indices, pairs.y_item_indices, *wide)
    np.testing.assert_allclose(predict(model, other, batch_size=batch_size), predict(model, pairs), rtol=1e-6)


def test_features_that_did_not_train_are_left_out() -> None:
    train = make_dataset()
    model = Model(**SMALL, max_feature_index=FEATURES + 10).fit(train)
    known = model.calculate_embeddings([[3, 6, 0, 0]])
    np.testing.assert_array_equal(model.calculate_embeddings([[3, 6, FEATURES + 5, 10**6]]), known)
    np.testing.assert_array_equal(model.calculate_embeddings([[0, 0], [FEATURES + 5, 10**6]]), np.zeros((2, 8)))
    nothing = model.calculate_similarity([-1, 10**6], [-1, -1], [[0], [0]], [[0], [0]])
    np.testing.assert_allclose(nothing, model.weights_.bias)


def test_items_without_features_can_train() -> None:
    dataset = make_dataset()
    features = dataset.x_item_features.copy()
    features[::5] = 0
    pairs = Dataset(dataset.x_item_indices, dataset.y_item_indices, features, dataset.y_item_features, dataset.scores)
    weights = Model(**SMALL).fit(pairs).weights_
    assert np.isfinite(weights.feature_embeddings).all()
    assert not weights.feature_embeddings[0].any()


def test_seeds_decide_all_that_is_drawn() -> None:
    weights = []
    for global_seed, seed in ((0, 1), (1, 1), (1, 2)):
        torch.manual_seed(global_seed)
        weights.append(Model(**SMALL, random_seed=seed).fit(make_dataset(500)).weights_)
    np.testing.assert_array_equal(weights[0].feature_embeddings, weights[1].feature_embeddings)
    assert not np.array_equal(weights[0].feature_embeddings, weights[2].feature_embeddings)


def test_early_stopping_keeps_the_best_weights() -> None:
    model = Model(embedding_size=32, epochs=200, learning_rate=0.05, validation_size=0.3).fit(make_dataset(300))
    curve = model.learning_curve_
    assert curve.epochs[-1] == curve.best_epoch + 2 < 200
    assert model.training['learning_curve'] == curve.to_json()
    watched = Model(**SMALL).fit(make_dataset(300), validation=make_dataset(100, seed=1))
    assert watched.training['validation_rows'] == 100
    alone = Model(**SMALL, validation_size=0).fit(make_dataset(300))
    assert (alone.learning_curve_.scores, alone.learning_curve_.best_epoch) == ([], 20)


def test_a_training_that_was_killed_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, Any] = {**SMALL, 'early_stopping_patience': 0}
    whole = Model(**settings).fit(make_dataset())
    path = tmp_path / 'checkpoint.zip'
    execution = Execution(checkpoint_path=str(path), checkpoint_every=4)
    calls = []
    keep_known = torch.nn.functional.embedding_bag

    def dies(*arguments: Any, **others: Any) -> Any:
        calls.append(1)
        if len(calls) == 200:
            raise KeyboardInterrupt
        return keep_known(*arguments, **others)

    monkeypatch.setattr(torch.nn.functional, 'embedding_bag', dies)
    with pytest.raises(KeyboardInterrupt):
        Model(**settings).fit(make_dataset(), execution=execution)
    assert path.exists()
    resumed = Model(**settings).fit(make_dataset(), execution=execution)
    np.testing.assert_array_equal(resumed.weights_.feature_embeddings, whole.weights_.feature_embeddings)
    assert resumed.learning_curve_ == whole.learning_curve_
    assert not path.exists()


LOADS = """
import sys
import numpy as np
import redshells
model = redshells.load_model(sys.argv[1])
pairs = np.load(sys.argv[2])
np.save(sys.argv[3], model.calculate_similarity(pairs['x'], pairs['y'], pairs['fx'], pairs['fy']))
sys.exit('torch' in sys.modules)
"""


def test_a_saved_model_predicts_the_same_in_a_new_process_without_torch(model: Model, tmp_path: Path) -> None:
    path, given, found = (str(tmp_path / name) for name in ('model.zip', 'pairs.npz', 'found.npy'))
    model.save(path)
    pairs, _ = new_items()
    np.savez(given, x=pairs.x_item_indices, y=pairs.y_item_indices, fx=pairs.x_item_features, fy=pairs.y_item_features)
    subprocess.run([sys.executable, '-c', LOADS, path, given, found], check=True)
    np.testing.assert_array_equal(np.load(found), predict(model, pairs))
    loaded = Model.load(path)
    assert loaded.learning_curve_ == model.learning_curve_
    assert loaded.training == model.training
    assert loaded.to_archive().parameters == model.to_archive().parameters


def test_the_input_is_left_as_it_is() -> None:
    dataset = make_dataset(300)
    before = copy.deepcopy(dataset)
    predict(Model(**SMALL).fit(dataset), dataset)
    assert dataset == before
    assert dataset != dataset.get(299)
    assert dataset != Dataset(**{**GOOD, 'scores': None})


def test_a_sample_of_rows() -> None:
    dataset = make_dataset(300)
    part = dataset.get(100, 32, random_seed=1)
    assert (len(part), part.batch_size, part.item_size, part.max_feature_index) == (100, 32, 80, FEATURES)
    np.testing.assert_array_equal(part.x_item_indices, dataset.get(100, random_seed=1).x_item_indices)
    assert not np.array_equal(part.x_item_indices, dataset.get(100, random_seed=2).x_item_indices)
    assert len(dataset.get(1000)) == 300
    assert dataset.get(1000).batch_size == 128


def test_a_split_keeps_the_rows_of_a_pair_together() -> None:
    dataset = make_dataset(2000, 30)
    train, test = dataset.train_test_split(0.25, random_seed=3)
    assert len(train) + len(test) == 2000
    assert len(test) == pytest.approx(500, abs=100)
    pairs = [
        {frozenset(pair) for pair in zip(one.x_item_indices.tolist(), one.y_item_indices.tolist(), strict=True)}
        for one in (train, test)
    ]
    assert not pairs[0] & pairs[1]
    again, _ = dataset.train_test_split(0.25, random_seed=3)
    np.testing.assert_array_equal(again.x_item_indices, train.x_item_indices)
    unknown, _ = new_items()
    assert len(set(unknown.pair_codes())) == len(unknown), 'each row of new items is a pair of its own'
    with pytest.raises(SplitError, match='has 1 pairs, of which 1 would be held out'):
        Dataset([0, 1], [1, 0], [[1], [2]], [[2], [1]], [1, 1]).train_test_split(0.5)


GOOD: dict[str, Any] = {
    'x_item_indices': [0, 1],
    'y_item_indices': [1, 2],
    'x_item_features': [[1, 2], [3, 0]],
    'y_item_features': [[3, 0], [1, 1]],
    'scores': [1.0, 0.0],
}


@pytest.mark.parametrize(
    ('change', 'error', 'message'),
    [
        ({'x_item_indices': [0]}, DataError, "lengths are {'x_item_indices': 1"),
        ({'scores': [0.0]}, DataError, "'scores': 1"),
        ({'x_item_indices': [0, -2]}, DataError, 'x_item_indices has numbers from -2 to 0'),
        ({'x_item_indices': [0.0, np.nan]}, ColumnTypeError, 'x_item_indices is of type float64; whole numbers'),
        ({'x_item_indices': ['a', 'b']}, ColumnTypeError, 'whole numbers are expected'),
        ({'x_item_indices': [[0], [1]]}, DataError, r'of shape \(2, 1\); 1 dimensions'),
        ({'x_item_features': [[1, -1], [0, 0]]}, DataError, 'x_item_features has numbers from -1 to 1'),
        ({'x_item_features': [[1], [1, 2]]}, DataError, 'of several lengths.*Fill them up with 0'),
        ({'x_item_features': [[1], [2]]}, DataError, '1 columns and y_item_features 2'),
        ({'x_item_features': [[1, 2**40], [0, 0]]}, DataError, 'to 1099511627776'),
        ({'scores': [np.nan, 1.0]}, InfiniteValueError, '1 values that are missing or infinite'),
        ({'scores': ['a', 'b']}, ColumnTypeError, 'a number for each pair'),
        ({'item_size': 2}, DataError, 'there is an item 2'),
        ({'max_feature_index': 2}, DataError, 'and a feature 3'),
        ({'batch_size': 0}, ParameterError, 'batch_size=0 was given'),
    ],
)
def test_a_wrong_dataset_is_refused(change: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Dataset(**{**GOOD, **change})


@pytest.mark.parametrize(
    ('arguments', 'dataset', 'error', 'message'),
    [
        ({}, Dataset(**{**GOOD, 'scores': None}), DataError, 'no scores to learn'),
        ({}, make_dataset().take(np.array([], dtype=int)), EmptyTableError, '0 pairs'),
        ({}, Dataset([0], [1], [[0]], [[0]], [1.0]), EmptyTableError, '0 features'),
        ({}, Dataset([0], [1], [[1]], [[2]], [1.0]), SplitError, 'has 1 pairs'),
        ({'loss': 'logistic'}, make_dataset(scores='shifted'), DataError, 'from 5 to'),
        ({'item_size': 5}, make_dataset(), DataError, 'item_size=5 was given, and the dataset has 80'),
        ({'feature_size': 2}, make_dataset(), DataError, 'feature_size=2 was given, and the dataset has 5'),
        ({'learning_rate': 1e30}, make_dataset(), DivergenceError, 'smaller learning_rate'),
    ],
)
def test_what_can_not_be_learnt_is_refused(
    arguments: dict[str, Any], dataset: Dataset, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Model(**arguments).fit(dataset)


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('embedding_size', 0),
        ('learning_rate', 0),
        ('feature_size', 0),
        ('item_size', -1),
        ('max_feature_index', 0),
        ('loss', 'hinge'),
        ('regularization', -1),
        ('epochs', 0),
        ('batch_size', 0),
        ('validation_size', 1),
        ('early_stopping_patience', -1),
        ('random_seed', 0.5),
    ],
)
def test_wrong_arguments_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ParameterError, match=f'{name}={value!r} was given'):
        Model(**{name: value})


@pytest.mark.parametrize('name', ['epoch_size', 'test_size_rate', 'early_stopping_patience', 'nonsense'])
def test_earlier_keywords_are_refused_with_the_new_ones(name: str) -> None:
    message = {
        'epoch_size': 'It is called epochs, and is an argument of the constructor',
        'test_size_rate': 'It is called validation_size',
        'early_stopping_patience': 'It is an argument of the constructor',
        'nonsense': 'It takes validation and execution',
    }[name]
    with pytest.raises(UnknownArgumentError, match=f'fit was given {name}=3. {message}'):
        Model().fit(make_dataset(), **{name: 3})


def test_a_model_that_is_not_fitted_says_so() -> None:
    with pytest.raises(NotFittedError):
        Model().calculate_embeddings([[1]])
    with pytest.raises(NotFittedError):
        Model().to_archive()


def test_the_first_weights_of_features_that_do_not_train_are_zeros() -> None:
    known = np.array([False, True, False, True])
    start = FeatureAggregation.at_start(known, 2, 4, 0.5, random_seed=0)
    np.testing.assert_array_equal(start.feature_embeddings.any(axis=1), known)
    assert replace(start, bias=1.0).similarity(
        np.array([0]), np.array([1]), np.array([[2]], dtype=np.int32), np.array([[9]], dtype=np.int32), 'squared'
    ).tolist() == [1.0]
