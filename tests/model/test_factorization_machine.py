from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.base import clone

import redshells
from redshells.errors import (
    ColumnTypeError,
    DataError,
    DivergenceError,
    InfiniteValueError,
    MissingColumnError,
    NotFittedError,
    ParameterError,
    SplitError,
    TargetError,
)
from redshells.model.execution import Execution
from redshells.model.factorization_groups import group_fields
from redshells.model.factorization_machine import FactorizationMachine
from redshells.model.factorization_rows import encode_rows, join_fields
from redshells.model.factorization_updates import Prior
from redshells.model.feature_fields import FeatureFields
from redshells.model.row_sums import RowSums
from redshells.testing.new_process import call_in_new_process

ENGINES = ('mcmc', 'adam')
QUICK: dict[str, dict[str, Any]] = {
    'mcmc': {'engine': 'mcmc', 'iterations': 80, 'kept_samples': 40, 'embedding_size': 4},
    'adam': {'engine': 'adam', 'embedding_size': 4, 'l2_weight': 0.001, 'learning_rate': 0.05, 'batch_size': 256}
    | {'epochs': 60},
}


def _planted(rows: int = 3000, seed: int = 0) -> tuple[pd.DataFrame, npt.NDArray[np.float64]]:
    """Users and items with planted vectors, a number that users differ in liking, tags, and no noise."""
    generator = np.random.default_rng(seed)
    planted = np.random.default_rng(42)
    users, items, tags = planted.normal(size=(30, 3)), planted.normal(size=(40, 3)), planted.normal(size=(6, 3))
    by_price = planted.normal(size=3)
    user, item = generator.integers(0, 30, rows), generator.integers(0, 40, rows)
    price = generator.normal(size=rows)
    has = generator.random((rows, 6)) < 0.3
    own = (has @ tags) / np.sqrt(np.maximum(has.sum(axis=1), 1))[:, None]
    pair = np.einsum('nk,nk->n', users[user], items[item] + own) + price * (users[user] @ by_price)
    table = pd.DataFrame(
        {
            'user': [f'u{number}' for number in user],
            'item': item,
            'price': 3.0 + 2.0 * price,
            'tags': [[f't{number}' for number in np.flatnonzero(one)] for one in has],
        }
    )
    return table, 10.0 + 2.0 * pair


def _model(engine: str, **changes: Any) -> FactorizationMachine:
    return FactorizationMachine(**{**QUICK[engine], 'categorical_column_names': ['item'], **changes})


@pytest.mark.parametrize('engine', ENGINES)
def test_planted_interactions_are_found(engine: str) -> None:
    table, target = _planted()
    new, expected = _planted(1000, seed=1)
    model = _model(engine).fit(table, target)
    error = np.sqrt(np.mean((model.predict(new) - expected) ** 2))
    assert error < (0.15 if engine == 'mcmc' else 0.25) * expected.std()
    assert model.score(new, expected) > 0.9
    # of which linear terms find next to nothing
    assert _model(engine, embedding_size=0).fit(table, target).score(new, expected) < 0.3


@pytest.mark.parametrize('engine', ENGINES)
def test_planted_classes_are_found(engine: str) -> None:
    table, target = _planted()
    new, expected = _planted(1000, seed=1)
    labels = np.where(target > 10, 'yes', 'no')
    model = _model(engine, problem='classification').fit(table, labels)
    assert model.classes_.tolist() == ['no', 'yes']
    probabilities = model.predict_proba(new)
    assert probabilities.shape == (1000, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert model.score(new, np.where(expected > 10, 'yes', 'no')) > 0.9
    assert (model.predict_for_metric(new) == probabilities).all()
    assert (model.predict(new) == model.classes_[probabilities.argmax(axis=1)]).all()


def test_probabilities_are_those_of_the_rows() -> None:
    generator = np.random.default_rng(0)
    shares = {'a': 0.1, 'b': 0.5, 'c': 0.8}
    group = generator.choice(list(shares), size=4000)
    labels = generator.random(4000) < [shares[one] for one in group]
    for engine in ENGINES:
        model = FactorizationMachine(**QUICK[engine], problem='classification').fit(pd.DataFrame({'x': group}), labels)
        found = model.predict_proba(pd.DataFrame({'x': list(shares)}))[:, 1]
        np.testing.assert_allclose(found, list(shares.values()), atol=0.04)


@pytest.mark.parametrize('engine', ENGINES)
def test_linear_weights_of_numbers(engine: str) -> None:
    generator = np.random.default_rng(0)
    table = pd.DataFrame(generator.normal(size=(500, 3)), columns=['a', 'b', 'c'])
    target = 5 + 3 * table['a'] - table['b'] + 2 * table['a'] * table['c']
    model = _model(engine, categorical_column_names=[], epochs=200).fit(table, target)
    assert model.score(table, target) > 0.98
    assert (model.n_features_in_, model.feature_names_in_.tolist()) == (3, ['a', 'b', 'c'])
    array = _model(engine, categorical_column_names=[], epochs=200).fit(table.to_numpy(), target.to_numpy())
    np.testing.assert_array_equal(array.predict(table.to_numpy()), model.predict(table))


@pytest.mark.parametrize('engine', ENGINES)
def test_the_prediction_is_the_formula(engine: str) -> None:
    table, target = _planted(300)
    model = _model(engine, clip=False).fit(table, target)
    x = join_fields(encode_rows(model.fields_, table[:20])).toarray().astype(np.float64)
    scores = np.zeros(20)
    for draw in range(len(model.weights_.bias)):
        weights = model.weights_.features[:, draw].astype(np.float64)
        gram = weights[:, 1:] @ weights[:, 1:].T
        pairs = np.einsum('ni,ij,nj->n', x, np.triu(gram, 1), x)
        scores += (model.weights_.bias[draw] + x @ weights[:, 0] + pairs) / len(model.weights_.bias)
    expected = target.mean() + target.std() * scores
    np.testing.assert_allclose(model.predict(table[:20]), expected, rtol=1e-4)


@pytest.mark.parametrize('engine', ENGINES)
def test_unseen_and_missing_values(engine: str) -> None:
    table, target = _planted()
    table = table.assign(user=table['user'].mask(np.arange(len(table)) % 50 == 0))
    table.loc[::40, 'price'] = np.nan
    model = _model(engine).fit(table, target)
    new = pd.DataFrame(
        {
            'user': ['u1', 'new', None, 'u1'],
            'item': [3, 3, None, 99],
            'price': [1.0, None, 1.0, 2.0],
            'tags': [['t1'], ['new'], None, []],
        }
    )
    predictions = model.predict(new)
    assert np.isfinite(predictions).all()
    assert len(set(predictions)) == 4
    assert model.predict(new[:0]).shape == (0,)


def test_of_the_unknown_the_mean_is_known() -> None:
    table, _ = _planted(2000)
    offset = dict(zip(sorted(set(table['user'])), np.random.default_rng(1).normal(5, 1, size=30), strict=True))
    target = table['user'].map(offset).to_numpy()
    model = _model('mcmc').fit(table[['user', 'item']], target)
    unknown = model.predict(pd.DataFrame({'user': ['new'], 'item': [3]}))
    assert unknown[0] == pytest.approx(np.mean(list(offset.values())), abs=0.5)


@pytest.mark.parametrize('engine', ENGINES)
def test_hashed_categories_still_tell(engine: str) -> None:
    table, target = _planted()
    new, expected = _planted(500, seed=1)
    model = _model(engine, hash_size=25).fit(table, target)
    assert model.fields_.field_sizes == [25, 25, 1, 6]
    assert 0.1 < model.score(new, expected) < 0.95
    assert np.isfinite(model.predict(new.assign(user='new'))).all()


@pytest.mark.parametrize('engine', ENGINES)
def test_weights_count_as_rows(engine: str) -> None:
    table, target = _planted(1500)
    other = -target
    both = pd.concat([table, table], ignore_index=True)
    weight = np.repeat([1.0, 0.0], len(table))
    model = _model(engine).fit(both, np.concatenate([target, other]), weight)
    np.testing.assert_array_equal(model.predict(table), _model(engine).fit(table, target).predict(table))
    weight = np.repeat([1.0, 0.05], len(table))
    model = _model(engine, clip=False).fit(both, np.concatenate([target, 20 + other]), weight)
    assert np.corrcoef(model.predict(table), target)[0, 1] > 0.8


@pytest.mark.parametrize('engine', ENGINES)
def test_one_seed_gives_one_result(engine: str) -> None:
    table, target = _planted(500)
    first, second, third = (_model(engine, random_seed=seed).fit(table, target).predict(table) for seed in (3, 3, 4))
    assert (first == second).all()
    assert (first != third).any()
    before = table.copy(deep=True)
    clone(_model(engine)).fit(table, target)
    pd.testing.assert_frame_equal(table, before)


def test_predictions_stay_in_the_range_of_the_target() -> None:
    table, target = _planted(400)
    target = np.clip(np.round(target / 3), 1, 5)
    for clip in (True, False):
        predictions = _model('mcmc', clip=clip).fit(table, target).predict(table)
        assert ((predictions >= 1) & (predictions <= 5)).all() == clip


def test_held_out_rows_choose_the_epoch() -> None:
    table, target = _planted(600)
    model = _model('adam', validation_size=0.2, epochs=200, l2_weight=0.0, batch_size=64).fit(table, target)
    curve = model.learning_curve_
    assert curve.metric == 'rmse'
    assert curve.epochs[-1] < 200
    assert curve.best_epoch == curve.epochs[int(np.argmin(curve.scores))] == curve.epochs[-1] - 3
    labels = target > 10
    curve = _model('adam', problem='classification', validation_size=0.2).fit(table, labels).learning_curve_
    assert curve.metric == 'log_loss'
    assert len(_model('mcmc').fit(table, target).learning_curve_.losses) == 80


def test_many_features_are_learnt_lazily(monkeypatch: pytest.MonkeyPatch) -> None:
    from redshells.model import factorization_adam

    table, target = _planted()
    new, expected = _planted(1000, seed=1)
    whole = factorization_adam.AdamSettings
    monkeypatch.setattr(factorization_adam, 'AdamSettings', lambda **settings: whole(**settings, lazy_size=10))
    assert _model('adam', validation_size=0.1).fit(table, target).score(new, expected) > 0.9


def test_a_training_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    table, target = _planted(300)
    execution = Execution(checkpoint_path=str(tmp_path / 'checkpoint'), checkpoint_every=1)
    model = _model('adam', epochs=3).fit(table, target, execution=execution)
    assert (model.predict(table) == _model('adam', epochs=3).fit(table, target).predict(table)).all()


def _predictions(path: str, table: pd.DataFrame) -> Any:
    model = redshells.load_model(path)
    assert model.schema_.columns[-1].kind == 'list'
    return model.predict_for_metric(table)


@pytest.mark.parametrize('engine', ENGINES)
@pytest.mark.parametrize('problem', ['regression', 'classification'])
def test_it_comes_back_from_its_file_in_a_new_process(tmp_path: Path, engine: str, problem: str) -> None:
    table, target = _planted(300)
    model = _model(engine, problem=problem, hash_size=35)
    model.fit(table, target if problem == 'regression' else target > 10)
    path = str(tmp_path / 'model.zip')
    model.save(path)
    assert (call_in_new_process(_predictions, path, table) == model.predict_for_metric(table)).all()
    loaded = FactorizationMachine.load(path)
    assert loaded.fields_ == model.fields_
    assert loaded.get_params() == {**model.get_params(), 'categorical_column_names': ['item']}
    again = tmp_path / 'again.zip'
    loaded.save(str(again))
    assert again.read_bytes() == Path(path).read_bytes()


def test_fields_of_one_thing_make_a_group() -> None:
    generator = np.random.default_rng(0)
    user, item, hour = (generator.integers(0, size, 500) for size in (40, 20, 5))
    genres = [[f'g{n}' for n in np.flatnonzero(one)] for one in generator.random((20, 4)) < 0.5]
    table = pd.DataFrame(
        {
            'hour': hour.astype(str),
            'item': item.astype(str),
            'user': user.astype(str),
            'age': generator.normal(size=40)[user],
            'job': generator.integers(0, 6, 40).astype(str)[user],
            'genres': [genres[one] for one in item],
            'price': generator.normal(size=500),
        }
    )
    rows = encode_rows(FeatureFields.of(table), table)
    groups = [(group.count, sorted(table.columns[n] for n in group.field_numbers)) for group in group_fields(rows)]
    assert groups == [(500, ['price']), (40, ['age', 'job', 'user']), (20, ['genres', 'item']), (5, ['hour'])]


def test_groups_do_not_change_what_is_sampled() -> None:
    """What follows from the user is drawn by users, and otherwise by rows: with the same posterior."""
    table, target = _planted(2000)
    age = np.random.default_rng(3).normal(size=30)
    number = table['user'].str[1:].astype(int).to_numpy()
    job = (number % 4).astype(str)
    target = target + 3 * age[number] + (job == '1')
    grouped = table.assign(age=age[number], job=job)
    noise = 1e-6 * np.random.default_rng(4).normal(size=len(table))
    by_rows = grouped.assign(age=grouped['age'] + noise)
    first, second = (_model('mcmc').fit(one, target).predict(one) for one in (grouped, by_rows))
    assert np.sqrt(np.mean((first - second) ** 2)) < 0.1 * target.std()


@pytest.mark.parametrize('order', ['sorted', 'shuffled', 'identity'])
def test_sums_of_rows(order: str) -> None:
    generator = np.random.default_rng(0)
    index = np.arange(50) if order == 'identity' else np.concatenate([np.arange(7), generator.integers(0, 7, 43)])
    index = np.sort(index) if order == 'sorted' else index
    count = int(index.max()) + 1
    values, others = generator.normal(size=(2, 50)).astype(np.float32)
    sums = RowSums(index, count)
    np.testing.assert_allclose(sums.sum(values, others), np.bincount(index, values * others, count), rtol=1e-4)
    by_entity = generator.normal(size=count)
    np.testing.assert_allclose(sums.spread(by_entity), by_entity[index], rtol=1e-6)


def test_large_sums_lose_nothing() -> None:
    ones = np.ones(2**25, dtype=np.float32)
    index = np.zeros(2**25, dtype=np.int64)
    assert RowSums(index, 1).sum(ones, ones)[0] == 2**25


def test_the_prior_follows_the_weights() -> None:
    generator = np.random.default_rng(0)
    weights = generator.normal(2.0, 0.5, size=20_000)
    prior = Prior()
    for _ in range(3):
        prior.draw(weights, generator)
    assert prior.mean == pytest.approx(2.0, abs=0.02)
    assert prior.precision == pytest.approx(4.0, abs=0.2)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'problem': 'ranking'}, "problem='ranking' was given; factorization machines do"),
        ({'engine': 'sgd'}, r"engine='sgd' was given; one of \['mcmc', 'adam'\] is expected"),
        ({'embedding_size': -1}, 'embedding_size=-1 was given; an integer of at least 0'),
        ({'embedding_size': 2.5}, 'embedding_size=2.5 was given'),
        ({'iterations': 10}, 'burn_in=10 was given for iterations=10; fewer are expected'),
        ({'kept_samples': 0}, 'kept_samples=0 was given'),
        ({'batch_size': 0}, 'batch_size=0 was given'),
        ({'epochs': 0}, 'epochs=0 was given'),
        ({'hash_size': 0}, 'hash_size=0 was given'),
        ({'l2_weight': -1}, 'l2_weight=-1 was given; a number of at least 0, or None'),
        ({'learning_rate': float('nan')}, 'learning_rate=nan was given; a number above 0'),
        ({'validation_size': 1}, 'validation_size=1 was given; a share'),
        ({'device': 'tpu'}, "device='tpu' was given"),
        ({'n_jobs': 0}, 'n_jobs=0 was given'),
    ],
)
def test_wrong_arguments_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        FactorizationMachine(**changes)


@pytest.mark.parametrize(
    ('columns', 'target', 'error', 'message'),
    [
        ({}, [1, 2, 3], TargetError, r'the target has 3 classes, \[1, 2, 3\] among them'),
        ({}, [1, 1, 1], TargetError, 'has one class'),
        ({}, [1, 2], DataError, 'the target has 2 values for 3 rows'),
        ({'price': [1, 2, np.inf]}, [1, 2, 1], InfiniteValueError, r"the features \['price'\] have 1 values"),
        ({'price': pd.to_datetime(['2020-01-01'] * 3)}, [1, 2, 1], ColumnTypeError, 'calendar date'),
    ],
)
def test_tables_that_can_not_be_learnt_are_refused(
    columns: dict[str, Any], target: list[int], error: type[Exception], message: str
) -> None:
    table = pd.DataFrame({'item': [1, 2, 3]}).assign(**columns)
    with pytest.raises(error, match=message):
        _model('mcmc', problem='classification').fit(table, target)


def test_other_errors_say_what_to_do() -> None:
    table, target = _planted(50)
    with pytest.raises(NotFittedError, match='FactorizationMachine is not fitted'):
        _model('mcmc').predict(table)
    model = _model('mcmc').fit(table, target)
    with pytest.raises(MissingColumnError, match=r"lacks the columns \['user'\]"):
        model.predict(table.drop(columns='user'))
    with pytest.raises(ColumnTypeError, match="'tags' of type str holds values of the types"):
        model.predict(table.assign(tags='t1'))
    with pytest.raises(AttributeError, match='of a regression has no predict_proba'):
        _ = model.predict_proba
    with pytest.raises(SplitError, match=r'validation_size=0.99 leaves none of 50 rows'):
        _model('adam', validation_size=0.99).fit(table, target)
    with pytest.raises(DivergenceError, match='FactorizationMachine: the loss of epoch'):
        _model('adam', learning_rate=1e30).fit(table, target)
