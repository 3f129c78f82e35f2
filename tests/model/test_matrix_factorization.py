"""Matrix factorization, on ratings and clicks whose structure is known."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import torch
from scipy import sparse

from redshells.errors import ColumnTypeError, DataError, EmptyTableError, NotFittedError, ParameterError
from redshells.model import matrix_factorization_kernel
from redshells.model.execution import Execution
from redshells.model.interactions import Interactions
from redshells.model.matrix_factorization import MatrixFactorization
from redshells.model.matrix_factorization_implicit import ClickRows
from redshells.model.matrix_factorization_kernel import EdgeRows
from redshells.model.matrix_factorization_link import leading_directions
from redshells.model.matrix_factorization_posterior import ProductMean

RATING_SOLVERS = ('als', 'bayes')
SMALL: dict[str, dict[str, Any]] = {
    'als': {'n_latent_factors': 4},
    'bayes': {'solver': 'bayes', 'n_latent_factors': 4, 'iterations': 40},
    'implicit': {'solver': 'implicit', 'n_latent_factors': 3},
}


def make_ratings(
    users: int = 80, items: int = 60, rank: int = 2, share: float = 0.5, noise: float = 0.1, seed: int = 0
) -> tuple[Interactions, Interactions]:
    """Ratings of a planted low rank, for training and for testing."""
    generator = np.random.default_rng(seed)
    left, right = generator.normal(size=(users, rank)), generator.normal(size=(items, rank))
    truth = 3 + left @ right.T + generator.normal(size=(users, 1)) / 2 + generator.normal(size=items) / 2
    truth += noise * generator.normal(size=truth.shape)
    seen = generator.random(truth.shape) < share
    return _cut(truth, seen), _cut(truth, ~seen)


def _cut(truth: npt.NDArray[np.float64], chosen: npt.NDArray[np.bool_]) -> Interactions:
    users, items = np.nonzero(chosen)
    return Interactions(users=users, items=items, ratings=truth[chosen])


def make_clicks() -> Interactions:
    """Clicks of a checkerboard, even users on even items, with holes."""
    even = np.add.outer(np.arange(40), np.arange(30)) % 2 == 0
    holes = np.random.default_rng(0).random(even.shape) < 0.3
    users, items = np.nonzero(even & ~holes)
    return Interactions(users=users, items=items)


def rmse(model: MatrixFactorization, test: Interactions) -> float:
    assert test.ratings is not None
    return float(np.sqrt(np.mean(np.square(model.predict_interactions(test) - test.ratings))))


@cache
def fitted(solver: str) -> MatrixFactorization:
    return make_model(solver)


def make_model(solver: str, train: Interactions | None = None, **changes: Any) -> MatrixFactorization:
    if train is None:
        train = make_clicks() if solver == 'implicit' else make_ratings()[0]
    return MatrixFactorization(**{**SMALL[solver], **changes}).fit_interactions(train)


@pytest.mark.parametrize('solver', RATING_SOLVERS)
def test_a_planted_matrix_is_found(solver: str) -> None:
    train, test = make_ratings()
    model = make_model(solver, train)
    assert rmse(model, test) < 0.2
    assert model.predicts_ratings
    assert rmse(make_model(solver, train, random_seed=5), test) < 0.2
    curve = model.learning_curve_
    assert len(curve.losses) == curve.best_epoch == len(curve.epochs)
    assert curve.losses[-1] < curve.losses[0] / 2


def test_a_planted_matrix_is_found_with_a_given_regularization() -> None:
    train, test = make_ratings()
    assert rmse(make_model('als', train, regularization=0.1), test) < 0.25
    flat = make_model('als', train, regularization=1e6)
    assert train.ratings is not None
    assert flat.predict([0, 1], [0, 1]) == pytest.approx(train.ratings.mean(), abs=0.1)


@pytest.mark.parametrize('solver', RATING_SOLVERS)
def test_ratings_of_any_scale_are_learnt_alike(solver: str) -> None:
    train, test = make_ratings()
    assert train.ratings is not None
    expected = make_model(solver, train).predict_interactions(test)
    scaled = make_model(solver, train.with_ratings(1000 * train.ratings - 7e4))
    assert scaled.predict_interactions(test) == pytest.approx(1000 * expected - 7e4, rel=0.02, abs=50)


@pytest.mark.parametrize('solver', RATING_SOLVERS)
def test_where_there_are_only_biases_they_are_found(solver: str) -> None:
    generator = np.random.default_rng(1)
    truth = 3 + np.add.outer(generator.normal(size=60), generator.normal(size=50))
    seen = generator.random(truth.shape) < 0.4
    model = make_model(solver, _cut(truth + 0.3 * generator.normal(size=truth.shape), seen))
    errors = model.score_items(np.arange(60)) - truth
    assert np.sqrt(np.square(errors[~seen]).mean()) < 0.2


def test_a_checkerboard_of_clicks_is_completed() -> None:
    train = make_clicks()
    model = make_model('implicit', train, n_latent_factors=2)
    assert not model.predicts_ratings
    scores = model.score_items(np.arange(40))
    even = np.add.outer(np.arange(40), np.arange(30)) % 2 == 0
    assert scores[even].min() > scores[~even].max()
    assert model.predict([0, 1, 99], [2, 2, 2], default=-1.0).tolist() == pytest.approx(
        [scores[0, 2], scores[1, 2], -1], abs=1e-6
    )


def test_clicks_are_solved_as_by_their_formula() -> None:
    generator = np.random.default_rng(0)
    clicks = sparse.random_array((12, 9), density=0.4, rng=generator, format='csr')
    other = generator.normal(size=(9, 3)).astype(np.float32)
    rows = ClickRows(clicks, 0.05, torch.device('cpu'))
    found = rows.solve(torch.zeros(12, 3), torch.from_numpy(other), 10).numpy()
    dense = clicks.toarray()
    for row in range(12):
        weights = np.diag(1 + dense[row])
        matrix = other.T @ weights @ other + 0.05 * np.trace(weights) * np.eye(3)
        expected = np.linalg.solve(matrix, other.T @ weights @ (dense[row] > 0))
        np.testing.assert_allclose(found[row], expected, atol=1e-4)


def test_clicks_may_have_weights() -> None:
    users, items = ['a', 'b', 'c', 'c'], ['x', 'x', 'x', 'y']
    one, many = (
        MatrixFactorization(solver='implicit', n_latent_factors=2).fit(users, items, ratings=[1, 1, 1, weight])
        for weight in (1, 9)
    )
    assert many.predict(['c'], ['y']) > one.predict(['c'], ['y'])
    repeated = MatrixFactorization(solver='implicit', n_latent_factors=2).fit([*users, *'cc'], [*items, *'yy'])
    tripled = MatrixFactorization(solver='implicit', n_latent_factors=2).fit(users, items, ratings=[1, 1, 1, 3])
    assert (repeated.factors_.users == tripled.factors_.users).all()


@pytest.mark.parametrize('solver', RATING_SOLVERS)
def test_blocks_change_nothing(solver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    train, test = make_ratings()
    changes = {'n_latent_factors': 2, 'iterations': 8}
    whole = make_model(solver, train, **changes).predict_interactions(test)
    monkeypatch.setattr(matrix_factorization_kernel, '_BLOCK', 200)
    # the draws come in the same order, but float32 adds up in another one
    assert make_model(solver, train, **changes).predict_interactions(test) == pytest.approx(whole, abs=0.02)


def test_the_equations_are_those_of_each_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix_factorization_kernel, '_BLOCK', 30)
    generator = np.random.default_rng(0)
    rows, columns = generator.integers(7, size=40), generator.integers(5, size=40)
    targets = generator.normal(size=40).astype(np.float32)
    x, offsets, variances = generator.normal(size=(5, 3)), generator.normal(size=5), generator.random((5, 3))
    edges = EdgeRows(rows, columns, (7, 5), size=3, device=torch.device('cpu'))
    edges.set_targets(targets)
    tensors = [torch.from_numpy(one).float() for one in (x, offsets, variances)]
    found = list(edges.equations(*tensors))
    assert len(found) > 1
    gram, right = (torch.cat([getattr(one, name) for one in found]).numpy() for name in ('gram', 'right'))
    for row in range(7):
        of_row = columns[rows == row]
        expected = x[of_row].T @ x[of_row] + np.diag(variances[of_row].sum(axis=0))
        np.testing.assert_allclose(gram[row], expected, atol=1e-4)
        rest = targets[rows == row] - offsets[of_row]
        np.testing.assert_allclose(right[row], x[of_row].T @ rest, atol=1e-4)
    assert edges.squares_after(tensors[1]) == pytest.approx(
        float(np.square(targets - offsets[columns]).sum()), rel=1e-4
    )


def test_the_mean_of_products_is_kept_by_its_leading_directions() -> None:
    generator = torch.Generator().manual_seed(0)
    mean, total = ProductMean(rank=6), torch.zeros(30, 20)
    core = torch.randn(30, 3, generator=generator), torch.randn(20, 3, generator=generator)
    for _ in range(40):
        turn = torch.linalg.qr(torch.randn(3, 3, generator=generator))[0]
        left = core[0] @ turn + 1e-3 * torch.randn(30, 3, generator=generator)
        mean.add(left, core[1] @ turn)
        total += left @ (core[1] @ turn).T / 40
    left, right = mean.result()
    assert left.shape[1] <= 6
    np.testing.assert_allclose((left @ right.T).numpy(), total.numpy(), atol=1e-3)


@pytest.mark.parametrize('shape', [(40, 30), (1500, 1000)])
def test_the_leading_directions_of_features(shape: tuple[int, int]) -> None:
    generator = np.random.default_rng(0)
    left = sparse.random_array((shape[0], 5), density=0.2, rng=generator, format='csr')
    matrix = sparse.csr_array(left @ sparse.random_array((5, shape[1]), density=0.2, rng=generator, format='csr'))
    found = leading_directions(matrix, 8, generator)
    assert found.rows.shape == (shape[0], 5)
    np.testing.assert_allclose(found.rows * found.strengths @ found.columns.T, matrix.toarray(), atol=1e-4)
    assert not len(leading_directions(sparse.csr_array(shape), 8, generator).strengths)


@pytest.mark.parametrize('solver', RATING_SOLVERS)
@pytest.mark.parametrize('services', [True, False])
def test_a_user_is_folded_in_as_if_trained(solver: str, services: bool) -> None:
    train, _ = make_ratings()
    if services:
        train = Interactions(
            users=train.users, items=train.items, ratings=train.ratings, services=np.arange(len(train)) % 2
        )
    model = make_model(solver, train)
    own = train.take(train.users == 3)
    assert own.ratings is not None
    user = model.fold_in_user(own.items, own.ratings, own.services)
    expected = np.clip(model.score_items(np.array([3]))[0], *model.rating_range_ or ())
    assert model.predict_for_user(user) == pytest.approx(expected, abs=1e-3 if solver == 'als' else 0.3)
    candidates = model.predict_for_user(user, [5, 999, 7], default=0.0)
    assert candidates.tolist() == pytest.approx(
        [*model.predict_for_user(user)[[5]], 0, *model.predict_for_user(user)[[7]]]
    )


@pytest.mark.parametrize('solver', RATING_SOLVERS)
def test_a_new_user_is_foretold_by_ratings(solver: str) -> None:
    train, test = make_ratings()
    held = train.users >= 70
    model = make_model(solver, train.take(~held))
    errors: list[npt.NDArray[np.float64]] = []
    for user in range(70, 80):
        given, wanted = train.take(train.users == user), test.take(test.users == user)
        assert given.ratings is not None
        assert wanted.ratings is not None
        errors.append(model.predict_for_ratings(given.items, given.ratings, wanted.items) - wanted.ratings)
    assert np.sqrt(np.square(np.concatenate(errors)).mean()) < 0.3
    # without a known rating, a user is as users are
    assert model.predict_for_ratings([999], [1.0]).std() > 0


def test_a_clicking_user_is_folded_in() -> None:
    model = make_model('implicit', n_latent_factors=2, iterations=40)
    train = make_clicks()
    user = model.fold_in_user(train.items[train.users == 4])
    assert user.factors == pytest.approx(model.get_user_factors([4])[0], abs=0.02)
    scores = model.predict_for_ratings([1, 3, 5])
    assert scores[1::2].min() > scores[::2].max()


@pytest.mark.parametrize('solver', RATING_SOLVERS)
def test_services_have_biases(solver: str) -> None:
    train, test = make_ratings()
    shifts = np.array([-2.0, 0.0, 2.0])
    parts = []
    for part in (train, test):
        services = np.random.default_rng(len(part)).integers(3, size=len(part))
        assert part.ratings is not None
        names = np.array(['app', 'mail', 'web'], dtype=object)[services]
        parts.append(
            Interactions(users=part.users, items=part.items, ratings=part.ratings + shifts[services], services=names)
        )
    model = make_model(solver, parts[0])
    assert rmse(model, parts[1]) < 0.25
    app, web, unknown, none = (model.predict([3], [4], service)[0] for service in (['app'], ['web'], ['paper'], None))
    assert web - app == pytest.approx(4, abs=0.3)
    assert unknown == none
    assert none == pytest.approx((web + app) / 2, abs=0.3)


def test_services_may_share_pairs() -> None:
    users, items, services = [1, 1, 2, 2], ['a', 'a', 'a', 'b'], [1, 2, 1, 2]
    for solver in SMALL:
        model = MatrixFactorization(**SMALL[solver]).fit(users, items, services, [1.0, 5.0, 2.0, 4.0])
        assert model.seen_.nnz == 3
        assert np.isfinite(model.predict(users, items, services)).all()


def make_featured() -> tuple[Interactions, pd.DataFrame, pd.DataFrame, npt.NDArray[np.float64]]:
    """Ratings that depend on a group of users and on kinds of items, known as features."""
    generator = np.random.default_rng(0)
    groups, kinds = np.arange(90) % 3, np.arange(60) % 4
    taste = generator.normal(size=(3, 4))
    truth = 3 + taste[groups][:, kinds]
    seen = generator.random(truth.shape) < 0.3
    seen[80:], seen[:, 50:] = False, False
    train = _cut(truth + 0.2 * generator.normal(size=truth.shape), seen)
    user_features = pd.DataFrame({'group': [f'g{one}' for one in groups]}, index=np.arange(90))
    item_features = pd.DataFrame({'kinds': [[f'k{one}'] for one in kinds], 'noise': generator.normal(size=60)})
    return train, user_features, item_features, truth


def test_features_serve_new_users_and_items() -> None:
    train, user_features, item_features, truth = make_featured()
    model = MatrixFactorization(**SMALL['bayes']).fit_interactions(
        train, user_features=user_features, item_features=item_features
    )
    scores = model.score_items(np.arange(90))
    assert scores.shape == truth.shape
    for part in (np.s_[80:, :50], np.s_[:80, 50:], np.s_[80:, 50:]):
        assert np.corrcoef(scores[part].ravel(), truth[part].ravel())[0, 1] > 0.8
    assert model.seen_.shape == truth.shape
    assert model.seen_[80:].nnz == 0
    seen = model.seen_.tocoo()
    assert sorted(zip(*seen.coords, strict=True)) == sorted(zip(train.users, train.items, strict=True))

    new_users = model.predict_new_users(user_features.iloc[80:].reset_index(drop=True))
    assert new_users == pytest.approx(np.clip(scores[80:], *model.rating_range_ or ()), abs=1e-4)
    new_items = model.predict_new_items(item_features.iloc[50:], [80, 999])
    assert new_items[0] == pytest.approx(np.clip(scores[80, 50:], *model.rating_range_ or ()), abs=1e-4)
    assert np.isnan(new_items[1]).all()

    folded = model.fold_in_user([], [], user_features=user_features.iloc[[85]])
    assert model.predict_for_user(folded) == pytest.approx(new_users[5], abs=1e-4)
    with pytest.raises(DataError, match='user_features has 2 rows; the one of the user'):
        model.fold_in_user([1], [2.0], user_features=user_features.iloc[:2])
    with pytest.raises(ParameterError, match='trained without it'):
        make_model('als').predict_new_users(user_features)


def test_features_of_wrong_ids_are_refused() -> None:
    train, user_features, _, _ = make_featured()
    model = MatrixFactorization(**SMALL['bayes'])
    with pytest.raises(DataError, match='none of them is of an id with interactions'):
        model.fit_interactions(train, user_features=user_features.set_index(user_features.index + 1000))
    with pytest.raises(DataError, match='several rows of the id 0'):
        model.fit_interactions(train, user_features=pd.concat([user_features, user_features]))
    with pytest.raises(ColumnTypeError, match='the index of user_features are strings'):
        model.fit_interactions(train, user_features=user_features.set_index(user_features.index.astype(str)))
    with pytest.raises(ParameterError, match="solver='als', which takes none"):
        MatrixFactorization().fit_interactions(train, user_features=user_features)


@pytest.mark.parametrize('solver', list(SMALL))
def test_ids_may_be_strings(solver: str) -> None:
    train = make_clicks() if solver == 'implicit' else make_ratings()[0]
    named = Interactions(
        users=np.array([f'user {one:03}' for one in train.users], dtype=object),
        items=np.array([f'item {one:03}' for one in train.items], dtype=object),
        ratings=train.ratings,
    )
    model, other = make_model(solver, named), make_model(solver, train)
    assert (model.factors_.users == other.factors_.users).all()
    assert model.get_valid_item_ids(['item 002', 'pear', 'item 000']) == ['item 002', 'item 000']
    assert other.get_valid_user_ids([3, 1000, 0]) == [3, 0]
    found = model.predict(['user 000', 'nobody'], ['item 000', 'item 000'])
    assert np.isnan(found).tolist() == [False, True]
    with pytest.raises(ColumnTypeError, match='in training they were strings'):
        model.predict([1], [2])


@pytest.mark.parametrize('solver', list(SMALL))
def test_factors_are_found_by_id(solver: str) -> None:
    model = fitted(solver)
    size = model.factors_.users.shape[1]
    assert model.get_item_factors([1, 1000, 2]).shape == (2, size)
    filled = model.get_item_factors([1, 1000], default=np.zeros(size), normalize=True)
    assert np.linalg.norm(filled, axis=1).tolist() == pytest.approx([1, 0])
    assert (model.get_user_factors([5]) == model.factors_.users[[5]]).all()
    assert (model.item_vectors() == model.get_item_factors(model.item_ids_.ids)).all()
    scores = model.score_items(np.array([5, 2]))
    assert scores.dtype == np.float32
    assert scores.shape == (2, len(model.item_ids_))


@pytest.mark.parametrize('solver', list(SMALL))
def test_one_seed_gives_one_result(solver: str) -> None:
    torch.manual_seed(3)
    first = make_model(solver, random_seed=1)
    torch.manual_seed(4)
    second, other = make_model(solver, random_seed=1), make_model(solver, random_seed=2)
    assert (first.factors_.users == second.factors_.users).all()
    assert (first.factors_.users != other.factors_.users).any()


def test_predictions_stay_in_the_range_of_the_ratings() -> None:
    train, test = make_ratings()
    assert train.ratings is not None
    model = make_model('als', train.with_ratings(np.clip(np.round(train.ratings), 1, 5)))
    found = model.predict_interactions(test)
    assert (found.min(), found.max()) == (1, 5)
    assert model.score_items(np.arange(80)).max() > 5  # so that the best are told apart


@pytest.mark.parametrize('solver', list(SMALL))
@pytest.mark.parametrize(
    ('users', 'items', 'ratings'),
    [
        ([1], [1], [4.0]),
        ([1, 2, 3], [7, 7, 7], [1.0, 2.0, 3.0]),
        ([7, 7, 7], [1, 2, 3], [1.0, 2.0, 3.0]),
        ([1, 1, 2, 2], [1, 2, 1, 2], [3.0, 3.0, 3.0, 3.0]),
        ([1, 2, 3, 4], [1, 2, 3, 4], [1e-9, 1e9, 1e9, 1e-9]),
        ([1, 2, 3, 4], [1, 2, 3, 3], [0.3, 0.3, 0.1 + 0.2, 0.3]),
    ],
)
def test_little_data_give_numbers(solver: str, users: list[int], items: list[int], ratings: list[float]) -> None:
    model = MatrixFactorization(solver=solver, n_latent_factors=20, iterations=30).fit(users, items, None, ratings)
    assert np.isfinite(model.score_items(np.arange(len(model.user_ids_)))).all()
    assert np.isfinite(model.predict_for_ratings(items[:1], ratings[:1])).all()
    if solver != 'implicit' and min(ratings) == max(ratings):
        assert (model.predict(users, items) == ratings[0]).all()


def test_many_equal_rows_give_numbers() -> None:
    users, items = np.repeat(np.arange(300), 20), np.tile(np.arange(20), 300)
    for solver in SMALL:
        model = MatrixFactorization(**{**SMALL[solver], 'n_latent_factors': 30}).fit(
            users, items, None, 1.0 + items % 2
        )
        assert np.isfinite(model.score_items(np.arange(300))).all()


@pytest.mark.parametrize('solver', RATING_SOLVERS)
def test_of_several_ratings_the_last_one_counts(solver: str) -> None:
    train, _ = make_ratings()
    assert train.ratings is not None
    twice = np.concatenate([train.users, train.users]), np.concatenate([train.items, train.items])
    model = MatrixFactorization(**SMALL[solver]).fit(*twice, None, np.concatenate([-train.ratings, train.ratings]))
    once = MatrixFactorization(**SMALL[solver]).fit(train.users, train.items, None, train.ratings)
    assert (model.factors_.users == once.factors_.users).all()


_SCRIPT = """
import json, sys
import redshells
model = redshells.load_model(sys.argv[1])
found = [model.predict([1, 2], [3, 4]), model.predict_for_ratings([1, 2], [3.0, 1.0])]
print(json.dumps([*(one.tolist() for one in found), 'torch' in sys.modules]))
"""


@pytest.mark.parametrize('solver', list(SMALL))
def test_it_comes_back_from_its_file_in_a_new_process(tmp_path: Path, solver: str) -> None:
    model = fitted(solver)
    path = str(tmp_path / 'model.zip')
    model.save(path)
    done = subprocess.run([sys.executable, '-c', _SCRIPT, path], check=True, capture_output=True, text=True)
    predicted, folded, needs_torch = json.loads(done.stdout)
    assert predicted == pytest.approx(model.predict([1, 2], [3, 4]), abs=1e-9)
    assert folded == pytest.approx(model.predict_for_ratings([1, 2], [3.0, 1.0]), abs=1e-6)
    assert not needs_torch
    loaded = MatrixFactorization.load(path)
    assert loaded.predicts_ratings == model.predicts_ratings
    again = tmp_path / 'again.zip'
    loaded.save(str(again))
    assert again.read_bytes() == Path(path).read_bytes()


def test_features_and_services_come_back_from_a_file(tmp_path: Path) -> None:
    train, user_features, item_features, _ = make_featured()
    train = Interactions(
        users=train.users, items=train.items, ratings=train.ratings, services=np.arange(len(train)) % 3
    )
    model = MatrixFactorization(**SMALL['bayes']).fit_interactions(
        train, user_features=user_features, item_features=item_features
    )
    path = str(tmp_path / 'model.zip')
    model.save(path)
    loaded = MatrixFactorization.load(path)
    assert (loaded.predict_new_users(user_features) == model.predict_new_users(user_features)).all()
    assert loaded.predict([1], [2], [2]) == model.predict([1], [2], [2])
    assert (loaded.seen_ != model.seen_).nnz == 0
    assert loaded.user_fields_ is not None
    assert loaded.user_fields_.feature_names == ['group=g0', 'group=g1', 'group=g2']


def test_threads_and_the_bar_change_nothing() -> None:
    train = make_ratings()[0]
    model = MatrixFactorization().fit_interactions(train, execution=Execution(device='cpu', show_progress=True))
    assert model.predict([1], [2]) == MatrixFactorization().fit_interactions(train).predict([1], [2])


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'solver': 'sgd'}, r"solver='sgd' was given; one of \['als', 'bayes', 'implicit'\]"),
        ({'n_latent_factors': 0}, 'n_latent_factors=0 was given; an integer of at least 1'),
        ({'n_latent_factors': 2.5}, 'n_latent_factors=2.5 was given'),
        ({'iterations': True}, 'iterations=True was given'),
        ({'regularization': 0}, 'regularization=0 was given; a number over 0'),
        ({'regularization': float('nan')}, 'regularization=nan was given'),
        ({'solver': 'bayes', 'regularization': 1.0}, "regularization=1.0 was given with solver='bayes'"),
        ({'burn_in': 3}, "burn_in=3 was given with solver='als', which has no such argument"),
        ({'alpha': 3.0}, "alpha=3.0 was given with solver='als'"),
        ({'chains': 2}, r"chains=2 .* it is one of 'bayes' and 'implicit'"),
        ({'solver': 'bayes', 'iterations': 5, 'burn_in': 5}, 'burn_in=5 was given with iterations=5; fewer'),
        ({'solver': 'bayes', 'implicit_link': 'yes'}, "implicit_link='yes' was given; true or false"),
        ({'solver': 'implicit', 'alpha': -1}, 'alpha=-1 was given'),
        ({'random_seed': -1}, 'random_seed=-1 was given'),
        ({'random_seed': None}, 'random_seed=None was given'),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        MatrixFactorization(**arguments)


def test_what_can_not_be_used_is_refused() -> None:
    model = MatrixFactorization()
    with pytest.raises(NotFittedError, match='MatrixFactorization is not fitted'):
        model.predict([1], [1])
    with pytest.raises(EmptyTableError, match='there are no interactions'):
        model.fit([], [], None, [])
    with pytest.raises(ParameterError, match=r"learns ratings, but there are none.*solver='implicit'"):
        model.fit([1], [1])
    with pytest.raises(DataError, match=r"the lengths \{'users': 2, 'items': 1, 'ratings': 2\}"):
        model.fit([1, 2], [1], None, [1, 2])
    with pytest.raises(DataError, match='1 missing values'):
        model.fit([1, 2], [1, 2], None, [1, float('nan')])
    with pytest.raises(DataError, match='1 infinite values'):
        model.fit([1, 2], [1, 2], None, [1, float('inf')])
    with pytest.raises(ColumnTypeError, match='ratings are no numbers'):
        model.fit([1, 2], [1, 2], None, ['good', 'bad'])  # type: ignore[list-item]
    with pytest.raises(DataError, match='a rating of 0; weights over 0'):
        MatrixFactorization(solver='implicit').fit([1, 2], [1, 2], None, [1, 0])
    with pytest.raises(ParameterError, match='fold_in_user was given no ratings'):
        model.fit([1, 2], [1, 2], None, [1, 2]).fold_in_user([1])
