"""Ratings, top items and similar items of users and items, and their scores, as tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from redshells.errors import (
    ColumnTypeError,
    DataError,
    DuplicateColumnError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
    MissingValueError,
    NotFittedError,
    ParameterError,
    UnknownNameError,
)
from redshells.predict import EvaluateRanking, EvaluateRating, FindSimilarItems, PredictRating, RecommendItems
from tests.interaction_tables import clicks, ratings
from tests.recommenders import UserItemBias, bias_model
from tests.tables import GivenTable, Workspace

TRAIN = ratings()
MODEL = bias_model(TRAIN)
USERS, ITEMS = MODEL.user_ids_.ids.tolist(), MODEL.item_ids_.ids.tolist()
PAIRS = pd.DataFrame(
    {'user': ['u01', 'nobody', 'u03', 'u01'], 'item': [101, 102, -1, 101], 'rating': [4.0, 3.0, 1.0, 5.0]},
    index=pd.Index([5, 5, 7, 1], name='row'),
)


@pytest.fixture
def model(workspace: Workspace) -> GivenTable:
    return workspace.given(MODEL)


def test_predictions_stand_beside_the_pairs(workspace: Workspace, model: GivenTable) -> None:
    task = workspace.task(PredictRating, PAIRS, model_task=model)
    result = workspace.build(task)
    pd.testing.assert_frame_equal(result.drop(columns='prediction'), PAIRS)
    expected = MODEL.mean_ + MODEL.user_bias_[USERS.index('u01')] + MODEL.item_bias_[ITEMS.index(101)]
    np.testing.assert_allclose(result['prediction'], [expected, np.nan, np.nan, expected])
    log = task.get_task_log()
    counts = {'rows': 4, 'rows_of_unknown_users': 1, 'rows_of_unknown_items': 1, 'rows_without_prediction': 2}
    assert {**counts, 'predicts_ratings': True}.items() <= log.items()
    other = workspace.build(
        PredictRating, PAIRS, model_task=model, default=2.5, prediction_column_name='stars', batch_size=1
    )
    np.testing.assert_allclose(other['stars'], [expected, 2.5, 2.5, expected])
    assert not PAIRS.columns.isin(['prediction', 'stars']).any()


def test_tables_of_polars_and_without_rows_are_predicted(workspace: Workspace, model: GivenTable) -> None:
    result = workspace.build(PredictRating, pl.from_pandas(PAIRS), model_task=model)
    assert result['prediction'].notna().tolist() == [True, False, False, True]
    result = workspace.build(PredictRating, PAIRS.iloc[:0], model_task=model)
    assert list(result.columns) == ['user', 'item', 'rating', 'prediction']
    assert result.empty


def test_pairs_that_can_not_be_predicted_are_refused(workspace: Workspace, model: GivenTable) -> None:
    for table, parameters, error, message in [
        (PAIRS.drop(columns='user'), {}, MissingColumnError, 'Set user_column_name'),
        (PAIRS.assign(prediction=1), {}, DuplicateColumnError, 'Choose another prediction_column_name'),
        (PAIRS.assign(user=None), {}, MissingValueError, '4 missing ids'),
        (PAIRS.assign(item='101'), {}, ColumnTypeError, "strings, such as '101'; in training they were integers"),
        (PAIRS, {'service_column_name': 'place'}, MissingColumnError, 'Set service_column_name'),
        (PAIRS.set_index(pd.MultiIndex.from_arrays([[1] * 4, range(4)])), {}, ParameterError, 'an index of 2 levels'),
        ([1], {}, ColumnTypeError, 'of type list'),
    ]:
        failure = workspace.failure(PredictRating, table, model_task=model, **parameters)
        assert isinstance(failure, error), failure
        assert message in str(failure)
    for other, error, message in [(TRAIN, ParameterError, 'outputs a DataFrame'), (UserItemBias(), NotFittedError, '')]:
        failure = workspace.failure(PredictRating, PAIRS, model_task=workspace.given(other))
        assert isinstance(failure, error), failure
        assert message in str(failure)


def best_items(user: str, left_out: set[int], candidates: list[int] = ITEMS) -> list[int]:
    scores = dict(zip(ITEMS, MODEL.score_items(np.array([USERS.index(user)]))[0].tolist(), strict=True))
    return sorted(set(candidates) - left_out, key=lambda item: (-scores[item], item))


def seen_of(user: str) -> set[int]:
    return set(TRAIN[TRAIN['user'] == user]['item'])


def test_all_users_get_the_best_items_that_they_have_not_seen(workspace: Workspace, model: GivenTable) -> None:
    task = workspace.task(RecommendItems, model_task=model, top_n=4)
    result = workspace.build(task)
    assert list(result.columns) == ['user', 'item', 'rank', 'score']
    assert list(result['user'].unique()) == USERS
    for user, group in result.groupby('user'):
        assert group['item'].tolist() == best_items(str(user), seen_of(str(user)))[:4]
        assert group['rank'].tolist() == list(range(1, len(group) + 1))
        assert group['score'].is_monotonic_decreasing
    log = task.get_task_log()
    assert (log['rows'], log['users_with_items'], log['unknown_users'], log['candidates']) == (len(result), 24, 0, 18)
    assert log['users_with_fewer_items'] == (result.groupby('user').size() < 4).sum()


@pytest.mark.parametrize('as_table', [False, True])
def test_users_candidates_and_further_seen_items(workspace: Workspace, model: GivenTable, as_table: bool) -> None:
    users, candidates = ['u07', 'nobody', 'u02', 'u07'], [115, 101, 103, 999, 101, 104]
    further = pd.DataFrame({'user': ['u02', 'u05', 'nobody', 'u02'], 'item': [103, 101, 115, 999]})
    task = workspace.task(
        RecommendItems,
        model_task=model,
        user_data_task=workspace.given(pd.DataFrame({'user': users}) if as_table else users),
        candidate_data_task=workspace.given(pd.DataFrame({'item': candidates}) if as_table else np.array(candidates)),
        seen_data_task=workspace.given(further),
        exclude_seen=False,
    )
    result = workspace.build(task)
    known = [101, 103, 104, 115]
    assert result['user'].tolist() == ['u07'] * 4 + ['u02'] * 3
    assert result['item'].tolist() == [*best_items('u07', set(), known), *best_items('u02', {103}, known)]
    log = task.get_task_log()
    assert (log['unknown_users'], log['first_unknown_users']) == (1, ['nobody'])
    assert (log['candidates'], log['unknown_candidates']) == (4, 1)

    popular = workspace.build(task.clone(unknown_users='popular', top_n=2, batch_size=1))
    assert popular['user'].tolist() == ['u07'] * 2 + ['nobody'] * 2 + ['u02'] * 2
    numbers_of_users = TRAIN[TRAIN['item'].isin([101, 103, 104])]['item'].value_counts().sort_index()
    expected = numbers_of_users.sort_values(ascending=False, kind='stable')[:2]
    found = popular[popular['user'] == 'nobody']
    assert found['item'].tolist() == expected.index.tolist()
    assert found['score'].tolist() == expected.tolist()


def test_only_unknown_users_give_a_table_without_rows(workspace: Workspace, model: GivenTable) -> None:
    result = workspace.build(RecommendItems, model_task=model, user_data_task=workspace.given(['a', 'b']))
    assert list(result.columns) == ['user', 'item', 'rank', 'score']
    assert result.empty


def test_recommendations_that_can_not_be_are_refused(workspace: Workspace, model: GivenTable) -> None:
    def failure(**inputs: Any) -> Exception:
        tasks = {name: workspace.given(value) for name, value in inputs.items()}
        return workspace.failure(RecommendItems, **{'model_task': model, **tasks})

    for inputs, error, message in [
        ({'user_data_task': []}, EmptyTableError, "user_data_task=GivenTable: there are no ids 'user'"),
        ({'user_data_task': TRAIN.rename(columns=str.upper)}, MissingColumnError, 'Set user_column_name'),
        ({'user_data_task': [1, 2]}, ColumnTypeError, 'integers, such as 1; in training they were strings'),
        ({'user_data_task': ['u01', None]}, MissingValueError, '1 missing ids'),
        ({'user_data_task': 'u01'}, DataError, "the string 'u01' was given"),
        ({'candidate_data_task': [7, 8]}, DataError, 'none of the 2 candidates, such as 7, was in training'),
        ({'candidate_data_task': TRAIN[['user']]}, MissingColumnError, 'Set item_column_name'),
        ({'seen_data_task': TRAIN[['user']]}, MissingColumnError, 'seen_data_task=GivenTable'),
        ({'seen_data_task': TRAIN.assign(user=1)}, ColumnTypeError, 'the users of the further interactions'),
        ({'model_task': TRAIN}, ParameterError, 'a model of users and items'),
    ]:
        found = failure(**inputs)
        assert isinstance(found, error), found
        assert message in str(found)
        assert str(found).startswith('RecommendItems: ')
    with pytest.raises(ParameterError, match="unknown_users='odd' was given"):
        workspace.task(RecommendItems, model_task=model, unknown_users='odd')


def test_similar_items_have_vectors_that_point_where_they_do(workspace: Workspace, model: GivenTable) -> None:
    task = workspace.task(FindSimilarItems, model_task=model, top_n=3)
    result = workspace.build(task)
    assert list(result.columns) == ['item', 'similar_item', 'rank', 'similarity']
    vectors = MODEL.item_vectors()
    unit = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    for item, group in result.groupby('item'):
        cosines = unit @ unit[ITEMS.index(item)]
        cosines[ITEMS.index(item)] = -2
        found_cosines = cosines[[ITEMS.index(one) for one in group['similar_item']]]
        np.testing.assert_allclose(group['similarity'], found_cosines, atol=1e-6)
        np.testing.assert_allclose(group['similarity'], np.sort(cosines)[::-1][:3], atol=1e-6)
    some = task.clone(item_data_task=workspace.given([103, 999, 101, 103]), top_n=18, minimum_similarity=0.6)
    found = workspace.build(some)
    assert list(found['item'].unique()) == [103, 101]
    assert found['similarity'].min() >= 0.6
    assert (some.get_task_log()['unknown_items'], some.get_task_log()['first_unknown_items']) == (1, [999])
    failure = workspace.failure(task.clone(item_data_task=workspace.given(['a'])))
    assert isinstance(failure, ColumnTypeError)


def test_errors_of_ratings(workspace: Workspace) -> None:
    table = pd.DataFrame(
        {
            'rating': [1.0, 2.0, 3.0, 4.0, 5.0],
            'prediction': [2.0, 2.0, 1.0, np.nan, np.nan],
            'new': ['no', 'no', 'yes', 'yes', None],
        }
    )
    task = workspace.task(EvaluateRating, prediction_task=workspace.given(table))
    scores = workspace.build(task)
    assert scores.to_dict('list') == {
        'metric': ['rmse', 'mae'],
        'direction': ['minimize'] * 2,
        'score': [pytest.approx(np.sqrt(5 / 3)), pytest.approx(1.0)],
        'number_of_rows': [3, 3],
        'rows_without_prediction': [2, 2],
    }
    assert task.get_task_log()['scores'] == {'rmse': pytest.approx(np.sqrt(5 / 3)), 'mae': pytest.approx(1.0)}
    by_group = workspace.build(task.clone(group_column_name='new', metrics=['mae'], output_file_path='scores.pkl'))
    assert by_group['group'].fillna('all').tolist() == ['all', 'no', 'yes', 'nan']
    np.testing.assert_allclose(by_group['score'], [1.0, 0.5, 2.0, np.nan])
    assert by_group['rows_without_prediction'].tolist() == [2, 0, 1, 1]


def test_ratings_that_can_not_be_scored_are_refused(workspace: Workspace) -> None:
    table = pd.DataFrame({'rating': [1.0, 2.0], 'prediction': [2.0, 2.0]})
    for changed, error, message in [
        (table.iloc[:0], EmptyTableError, 'has no rows'),
        (table.drop(columns='prediction'), MissingColumnError, 'Set prediction_column_name'),
        (table.assign(rating='good'), ColumnTypeError, "the ratings 'rating' are of type str"),
        (table.assign(rating=np.nan), MissingValueError, '2 missing values'),
        (table.assign(prediction=np.nan), DataError, 'none of the 2 rows has a prediction'),
        (table.assign(prediction=np.inf), InfiniteValueError, 'infinite'),
    ]:
        failure = workspace.failure(EvaluateRating, prediction_task=workspace.given(changed))
        assert isinstance(failure, error), failure
        assert message in str(failure)
    with pytest.raises(UnknownNameError, match=r"\['auc'\]; some of \['rmse', 'mae'\]"):
        workspace.task(EvaluateRating, prediction_task=workspace.given(table), metrics=['auc'])


def test_a_pipeline_of_recommendations_is_scored(workspace: Workspace) -> None:
    table = clicks()
    is_test = table.index % 4 == 0
    train, test = workspace.given(table[~is_test]), workspace.given(table[is_test].assign(rating=4.0))
    top = workspace.task(RecommendItems, model_task=workspace.given(bias_model(table[~is_test])), top_n=5)
    task = workspace.task(
        EvaluateRanking, recommendation_task=top, test_data_task=test, train_data_task=train, k=[1, 5]
    )
    scores = workspace.build(task)
    assert scores['metric'].nunique() == 9
    judged = table[is_test]['user'].nunique()
    assert scores['number_of_users'].tolist() == [judged] * 12 + [24] * 6
    values = scores.set_index(['metric', 'k'])['score']
    assert values['recall', 1] < values['recall', 5]
    assert values['recall', 5] > 0.2
    assert 0 < values['coverage', 1] <= values['coverage', 5] <= 1
    assert task.get_task_log()['scores']['recall@5'] == values['recall', 5]
    rated = task.clone(train_data_task=None, rating_column_name='rating', minimum_rating=4.0, number_of_resamples=50)
    other = workspace.build(rated)
    assert list(other.columns) == ['metric', 'k', 'score', 'number_of_users', 'low', 'high']
    assert ((other['low'] <= other['score']) & (other['score'] <= other['high'])).all()
    assert other['score'].tolist() == scores['score'].tolist()[:12]


def test_rankings_that_can_not_be_scored_are_refused(workspace: Workspace) -> None:
    lists = pd.DataFrame({'user': ['a', 'a'], 'item': [1, 2], 'rank': [1, 2]})
    test = pd.DataFrame({'user': ['a'], 'item': [1], 'rating': [2.0]})
    given = {'recommendation_task': workspace.given(lists), 'test_data_task': workspace.given(test)}
    for parameters, error, message in [
        ({'metrics': ['auc']}, UnknownNameError, r"\['auc'\]"),
        ({'metrics': ['novelty']}, ParameterError, 'need the interactions of the training'),
        ({'k': []}, ParameterError, r'k=\[\]'),
        ({'k': [0]}, ParameterError, 'integers of at least 1'),
        ({'k': [2.5]}, ParameterError, 'a list of integers'),
        ({'k': '5'}, ParameterError, 'a list of integers'),
        ({'k': [5, 5]}, ParameterError, 'without repetitions'),
        ({'minimum_rating': 3}, ParameterError, 'rating_column_name is expected'),
        ({'gain': 'linear'}, ParameterError, 'rating_column_name is expected'),
    ]:
        with pytest.raises(error, match=message):
            workspace.task(EvaluateRanking, **given, **parameters)
    for inputs, failure_class, text in [
        ({'recommendation_task': lists.drop(columns='rank')}, MissingColumnError, "lacks the columns ['rank']"),
        ({'recommendation_task': lists.iloc[:0]}, EmptyTableError, 'has no rows'),
        ({'recommendation_task': lists.assign(rank='a')}, ColumnTypeError, 'the ranks are of type str'),
        ({'recommendation_task': lists.assign(rank=np.nan)}, MissingValueError, 'the ranks have 2 missing'),
        ({'recommendation_task': lists.assign(item=1)}, DataError, "such as ('a', 1)"),
        ({'recommendation_task': lists.assign(user=1)}, ColumnTypeError, 'integers in one table'),
        ({'test_data_task': test.iloc[:0]}, EmptyTableError, 'has no rows'),
        ({'test_data_task': test.drop(columns='item')}, MissingColumnError, 'Set item_column_name'),
    ]:
        tasks = {**given, **{name: workspace.given(value) for name, value in inputs.items()}}
        found = workspace.failure(EvaluateRanking, **tasks)
        assert isinstance(found, failure_class), found
        assert text in str(found)
    all_low = workspace.task(EvaluateRanking, **given, rating_column_name='rating', minimum_rating=3.0)
    assert isinstance(workspace.failure(all_low), EmptyTableError)
