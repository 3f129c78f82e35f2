"""Datasets as the first version of redshells had them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from redshells.errors import ColumnTypeError, DataError, ParameterError
from redshells.model.gcmc_dataset import GcmcDataset, GcmcGraphDataset, GcmcIdMap
from redshells.model.gcmc_id_map import feature_frame

USERS = [1, 1, 1, 2, 2, 3]
ITEMS = ['a', 'b', 'c', 'a', 'b', 'c']
RATINGS = [5.0, 1.0, 3.0, 1.0, 5.0, 3.0]
USER_FEATURES = [{1: np.array([1.0, 2.0]), 2: np.array([3.0, 4.0])}, {3: np.array([7.0])}]


def make_dataset(**changes: Any) -> GcmcDataset:
    return GcmcDataset(**{'user_ids': USERS, 'item_ids': ITEMS, 'ratings': RATINGS, **changes})


def make_graph(test_size: float = 0.0, **changes: Any) -> GcmcGraphDataset:
    return GcmcGraphDataset(make_dataset(user_features=USER_FEATURES), test_size, **changes)


def test_a_filter_leaves_rows_of_all_three_sets() -> None:
    found = make_dataset(user_features=USER_FEATURES).filter({1, 2, 9}, {'a', 'b'}, {5.0, 3.0})
    assert (found.size, found.user_ids.tolist(), found.item_ids.tolist()) == (2, [1, 2], ['a', 'b'])
    assert found.ratings.tolist() == [5.0, 5.0]
    assert found.user_features is USER_FEATURES
    nothing = make_dataset().filter(set(), {'a'}, {5.0})
    assert (len(nothing), nothing.ratings.tolist()) == (0, [])


def test_ids_have_indices_in_ascending_order_after_the_default() -> None:
    ids = GcmcIdMap(np.array([30, 10, 20, 10]))
    assert ids.to_indices([10, 20, 30, 40]).tolist() == [1, 2, 3, 0]
    assert (ids.ids.tolist(), ids.indices.tolist()) == ([30, 10, 20, 10], [3, 1, 2, 1])
    assert (ids.index_count, ids.sorted_unique_ids().tolist()) == (4, [10, 20, 30])
    without = GcmcIdMap(np.array([30, 10]), use_default=False)
    assert (without.to_indices([10, 30, 40]).tolist(), without.index_count) == ([0, 1, -1], 2)
    assert len(ids.to_indices([])) == 0


def test_ids_with_too_few_or_too_many_rows_have_the_default_and_their_features() -> None:
    ids = GcmcIdMap(USERS, features=USER_FEATURES, min_count=2, max_count=2)
    assert ids.to_indices([1, 2, 3]).tolist() == [0, 1, 0]
    assert ids.to_feature_indices([1, 2, 3, 4]).tolist() == [2, 1, 3, 0]
    assert ids.left_out([1, 2, 3, 4]).tolist() == [True, False, True, False]
    first, second = ids.feature_matrix
    assert first.tolist() == [[0, 0], [3, 4], [1, 2], [0, 0]]
    assert second.tolist() == [[0], [0], [0], [7]]
    assert ids.feature_indices.tolist() == [2, 2, 2, 1, 1, 3]
    assert first.dtype == np.float32


def test_more_rows_have_the_next_indices() -> None:
    ids = GcmcIdMap(USERS, features=USER_FEATURES, max_count=2)
    ids.add([9, 8, 1, 9], [{9: np.array([5.0, 6.0]), 2: np.array([0.0, 1.0])}, {}])
    assert ids.to_indices([1, 2, 3, 8, 9]).tolist() == [0, 1, 2, 3, 4]
    assert ids.ids.tolist() == [*USERS, 9, 8, 1, 9]
    assert ids.indices[-4:].tolist() == [4, 3, 0, 4]
    matrix = ids.feature_matrix[0]
    assert matrix[ids.to_feature_indices([9, 2, 1])].tolist() == [[5, 6], [0, 1], [1, 2]]
    assert ids.features is not None
    assert list(ids.features[0]) == [1, 2, 9]
    assert list(USER_FEATURES[0]) == [1, 2], 'the input is left as it is'


def test_a_graph_has_a_matrix_for_each_level() -> None:
    graph = make_graph()
    matrices = graph.train_rating_adjacency_matrix()
    assert [matrix.shape for matrix in matrices] == [(4, 4)] * 3
    users, items = graph.to_indices([1, 2], ['b', 'a'])
    assert matrices[0].toarray()[users, items].tolist() == [1, 1]
    assert sum(matrix.toarray() for matrix in matrices).sum() == 6
    assert (graph.n_user, graph.n_item, graph.n_rating) == (4, 4, 3)
    assert (graph.user_ids, graph.item_ids, graph.rating().tolist()) == ([1, 2, 3], ['a', 'b', 'c'], [1, 3, 5])
    assert graph.to_feature_indices([3, 7], ['c'])[0].tolist() == [3, 0]
    assert [one.shape for one in graph.user_features] == [(4, 2), (4, 1)]
    assert graph.item_features == []


def test_of_several_ratings_of_a_pair_the_last_one_is_an_edge() -> None:
    dataset = GcmcDataset([1, 1, 2], [1, 1, 1], [1.0, 5.0, 1.0])
    low, high = GcmcGraphDataset(dataset, test_size=0.0).train_rating_adjacency_matrix()
    assert (low.toarray()[1, 1], high.toarray()[1, 1], low.toarray()[2, 1]) == (0, 1, 1)


def test_a_part_is_held_out() -> None:
    generator = np.random.default_rng(0)
    dataset = GcmcDataset(generator.integers(50, size=1000), generator.integers(40, size=1000), np.arange(1000) % 5)
    graph = GcmcGraphDataset(dataset, test_size=0.3, random_seed=1)
    train, test = graph.train_data(), graph.test_data()
    assert len(test['user']) == pytest.approx(300, abs=50)
    assert len(train['user']) + len(test['user']) == 1000
    assert {name: len(one) for name, one in train.items()} == dict.fromkeys(
        ('user', 'item', 'label', 'rating', 'user_feature_indices', 'item_feature_indices'), len(train['user'])
    )
    np.testing.assert_array_equal(graph.rating()[train['label'].argmax(axis=1)], train['rating'])
    assert train['label'].sum(axis=1).tolist() == [1.0] * len(train['user'])
    rows = set(zip(train['user'].tolist(), train['item'].tolist(), train['rating'].tolist(), strict=True))
    users, items = graph.to_indices(graph.train_interactions().users, graph.train_interactions().items)
    ratings = graph.train_interactions().ratings
    assert ratings is not None
    assert rows == set(zip(users.tolist(), items.tolist(), ratings.tolist(), strict=True))
    again = GcmcGraphDataset(dataset, test_size=0.3, random_seed=1)
    np.testing.assert_array_equal(again.train_data()['user'], train['user'])
    other = GcmcGraphDataset(dataset, test_size=0.3, random_seed=2)
    assert not np.array_equal(other.test_data()['user'], test['user'])
    assert len(graph.test_interactions()) == len(test['user'])


def test_another_dataset_is_added() -> None:
    graph = make_graph(test_size=0.5, min_user_click_count=2)
    more = GcmcDataset(
        [1, 9, 1, 1], ['d', 'a', 'a', 'b'], [5.0, 1.0, 2.0, 1.0], user_features=[{9: np.array([0.0, 0.0])}, {}]
    )
    trained = len(graph.train_interactions())
    counts = {
        (True, True, True): 4,
        (False, True, False): 2,
        (True, False, False): 2,
        (False, False, False): 1,
        (False, False, True): 2,
    }
    for (add_user, add_item, add_rating), count in counts.items():
        found = graph.add_dataset(more, add_user=add_user, add_item=add_item, add_rating=add_rating)
        assert len(found.train_interactions()) == trained + count
        assert len(found.test_interactions()) == len(graph.test_interactions())
        assert (9 in found.user_ids, 'd' in found.item_ids) == (add_user, add_item)
        assert (2.0 in found.rating()) == add_rating
    assert (graph.user_ids, graph.item_ids, graph.n_rating) == ([1, 2, 3], ['a', 'b', 'c'], 3)
    assert graph.leaves_out([3, 9]).tolist() == [True, False]


def test_blocks_of_features_become_a_table() -> None:
    frame = make_graph().user_feature_frame()
    assert frame is not None
    assert frame.index.tolist() == [1, 2, 3]
    assert frame['feature_0'].tolist() == [[1, 2], [3, 4], [0, 0]]
    assert frame['feature_1'].tolist() == [[0], [0], [7]]
    assert make_graph().item_feature_frame() is None
    assert feature_frame([{}]) is None


@pytest.mark.parametrize(
    ('call', 'error', 'message'),
    [
        (lambda: make_dataset(item_ids=['a']), DataError, '6 users, 1 items and 6 ratings were given'),
        (lambda: make_dataset(ratings=['good'] * 6), ColumnTypeError, 'numbers are expected'),
        (lambda: make_dataset(ratings=[*RATINGS[:5], np.nan]), DataError, 'missing or infinite'),
        (lambda: make_dataset(user_ids=[1.5] * 6), ColumnTypeError, 'integers or strings are expected'),
        (lambda: make_graph(test_size=1.0), ParameterError, r'test_size=1.0 was given'),
        (
            lambda: GcmcIdMap(USERS, features=[{1: np.zeros(2), 2: np.zeros(3)}]),
            DataError,
            r'block 0 are of \[2, 3\] numbers',
        ),
        (lambda: make_graph()._user.add([1], [{}]), DataError, '1 blocks of features were given; there are 2'),
        (
            lambda: make_graph()._user.add([1], [{1: np.zeros(5)}, {}]),
            DataError,
            'block 0 have 5 numbers; 2 are expected',
        ),
    ],
)
def test_what_can_not_be_used_is_refused(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
