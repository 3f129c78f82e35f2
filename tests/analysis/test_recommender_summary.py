"""What a report on a model of users and items finds out: known scores, groups, and what users are recommended."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from redshells.analysis import rating_quality, user_sample
from redshells.analysis.held_out import HeldOut, HeldOutFacts, thirds
from redshells.analysis.interaction_profile import concentration_of, profile_interactions
from redshells.analysis.list_quality import judge_recommendations
from redshells.analysis.rating_baselines import RatingBaselines
from redshells.analysis.rating_quality import judge_ratings
from redshells.analysis.recommended_items import describe_recommendations
from redshells.analysis.recommender_content import compare_recommender, content_of_recommender
from redshells.analysis.recommender_summary import RecommenderPlan
from redshells.analysis.summarise_recommender import summarise_recommender
from redshells.errors import ColumnTypeError
from redshells.model.interactions import Interactions, cut_interactions
from redshells.model.ranked_lists import Recommendations
from redshells.model.ranking_metrics import evaluate_ranking
from redshells.model.top_items import find_top_items
from tests.recommenders import UserItemBias, bias_model, ratings_table

HELD_OUT = 200
PLAN = RecommenderPlan(top_n=4, number_of_resamples=20)


def cut(table: pd.DataFrame) -> Interactions:
    rating = 'rating' if 'rating' in table.columns else ''
    return cut_interactions(table, user_column_name='user', item_column_name='item', rating_column_name=rating)


def split(has_ratings: bool = True) -> tuple[UserItemBias, Interactions, Interactions]:
    """A model, what it was trained on, and the rest."""
    table = ratings_table(700, users=40, items=30)
    table = table if has_ratings else table.drop(columns='rating')
    return bias_model(table[HELD_OUT:]), cut(table[HELD_OUT:]), cut(table[:HELD_OUT])


def pairs(users: list[Any], items: list[Any], ratings: list[float] | None = None) -> Interactions:
    return Interactions(
        users=np.array(users, dtype=object),
        items=np.array(items, dtype=object),
        ratings=None if ratings is None else np.array(ratings),
    )


def test_the_shape_of_interactions() -> None:
    seen = sparse.csr_array(np.array([[1, 1, 1, 0], [1, 0, 0, 0]], dtype=np.int8))
    profile = profile_interactions(seen)
    assert (profile.users, profile.items, profile.pairs, profile.density) == (2, 4, 4, 0.5)
    assert (profile.per_user.least, profile.per_user.median, profile.per_user.most) == (1, 2.0, 3)
    assert (profile.per_item.least, profile.per_item.most) == (0, 2)
    assert profile.concentration.of_first(0.25) == 0.5
    assert int(profile.per_user.number.sum()) == 2


@pytest.mark.parametrize('most', [1, 2, 50, 3_000])
def test_each_user_counts_once(most: int) -> None:
    counts = np.random.default_rng(0).integers(1, most + 1, 400)
    seen = sparse.csr_array((np.ones(counts.sum()), (np.repeat(np.arange(400), counts), _ascending(counts))))
    found = profile_interactions(seen).per_user
    assert found.number.sum() == 400
    for place, (low, high) in enumerate(itertools.pairwise(found.edges)):
        assert found.number[place] == ((counts >= low) & (counts < high)).sum()


def _ascending(counts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.concatenate([np.arange(count) for count in counts])


def test_how_much_the_first_items_have() -> None:
    equal = concentration_of(np.full(1_000, 3))
    assert equal.of_first(0.3) == pytest.approx(0.3)
    assert len(equal.items) <= 101
    assert concentration_of(np.zeros(5)).parts.tolist() == [0.0] * 6


def test_means_as_baselines() -> None:
    train = pairs(['a', 'a', 'b', 'b'], ['x', 'y', 'x', 'y'], [5.0, 3.0, 4.0, 2.0])
    baselines = RatingBaselines(train)
    asked = pairs(['a', 'nobody'], ['x', 'nothing'])
    assert baselines.predict('mean', asked).tolist() == [3.5, 3.5]
    of_x = 2 / 7  # two ratings that are 1 above the mean, and five of the mean
    assert baselines.predict('item_mean', asked) == pytest.approx([3.5 + of_x, 3.5])
    assert baselines.predict('bias', asked) == pytest.approx([3.5 + of_x + 1 / 7, 3.5])


def test_errors_of_ratings() -> None:
    model, train, rest = split()
    found = judge_ratings(model, HeldOut.of(model, rest), train, PLAN)
    assert found is not None
    assert rest.ratings is not None
    errors = model.predict_interactions(rest) - rest.ratings
    assert found.scores['rmse'].value == pytest.approx(np.sqrt(np.mean(errors**2)))
    assert found.scores['mae'].value == pytest.approx(np.abs(errors).mean())
    assert [one.name for one in found.comparisons] == ['bias', 'item_mean', 'mean']
    mean = found.comparisons[-1]
    assert mean.gain.value == pytest.approx(mean.score.value - found.scores['rmse'].value)
    assert mean.gain.low > 0  # tastes were planted
    for side in ('users', 'items'):
        assert sum(group.rows for group in found.groups if group.side == side) == HELD_OUT
    without = judge_ratings(model, HeldOut.of(model, rest), None, PLAN)
    assert without is not None
    assert without.scores == found.scores
    assert without.comparisons == without.groups == ()


def test_a_rating_that_can_not_be_foretold_counts_as_the_mean() -> None:
    model, train, _ = split()
    assert train.ratings is not None
    rest = pairs(['nobody', 'u1'], ['i1', 'nothing'], [5.0, 1.0])
    found = judge_ratings(model, HeldOut.of(model, rest), train, PLAN)
    assert found is not None
    mean = train.ratings.mean()
    assert found.scores['mae'].value == pytest.approx(((5 - mean) + (mean - 1)) / 2)
    assert np.isnan(found.scores['mae'].low)  # two rows tell nothing of their spread


def test_no_errors_without_ratings() -> None:
    clicks, _, held_out_clicks = split(has_ratings=False)
    model, train, _ = split()
    assert judge_ratings(clicks, HeldOut.of(clicks, held_out_clicks), None, PLAN) is None
    assert judge_ratings(model, HeldOut.of(model, held_out_clicks), train, PLAN) is None


def test_many_ratings_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rating_quality, '_MOST_ROWS', 25)
    model, train, rest = split()
    found = [judge_ratings(model, HeldOut.of(model, rest), train, PLAN) for _ in range(2)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].rows == 25
    assert found[0].scores == found[1].scores


def lists_of(model: UserItemBias, users: np.ndarray[Any, Any]) -> Recommendations:
    top = find_top_items(model, users, PLAN.top_n).positions
    rows, _ = np.nonzero(top >= 0)
    return Recommendations(users=model.user_ids_.ids[users[rows]], items=model.item_ids_.ids[top[top >= 0]])


def test_scores_of_lists_are_those_of_the_metrics() -> None:
    model, _, rest = split()
    found = judge_recommendations(model, HeldOut.of(model, rest), PLAN)
    assert found is not None
    users = np.unique(model.user_ids_.positions(rest.users))
    table = evaluate_ranking(lists_of(model, users), rest, k=[4]).set_index('metric')['score']
    for name in ('recall', 'ndcg', 'map', 'mrr', 'hit_rate'):
        assert found.scores[f'{name}@4'].value == pytest.approx(table[name])
    assert found.by_rank is not None
    assert found.by_rank[0][-1] == pytest.approx(found.scores['recall@4'].value)
    assert found.by_rank[1][-1] == pytest.approx(found.comparisons[0].score.value)
    assert found.users == len(users)
    of_items = [group for group in found.groups if group.side == 'items']
    assert sum(group.rows for group in of_items) == HELD_OUT
    hits = sum(round(group.rows * group.score.value) for group in of_items)
    recommended = lists_of(model, users)
    assert hits == len(
        {*zip(recommended.users, recommended.items, strict=True)} & {*zip(rest.users, rest.items, strict=True)}
    )


def test_the_number_of_users_of_an_item_is_the_baseline() -> None:
    clicks, _, rest = split(has_ratings=False)
    found = judge_recommendations(clicks, HeldOut.of(clicks, rest), PLAN)
    assert found is not None
    (popular,) = found.comparisons
    assert popular.score == found.scores['recall@4']  # for the model orders items by it as well
    assert popular.gain.value == 0


def test_what_counts_as_chosen() -> None:
    model, train, rest = split()
    again = Interactions(
        users=np.append(rest.users, train.users[:5]),
        items=np.append(rest.items, train.items[:5]),
        ratings=np.append(np.asarray(rest.ratings), np.asarray(train.ratings)[:5]),
    )
    held_out = HeldOut.of(model, again)
    assert held_out.is_seen.tolist() == [False] * HELD_OUT + [True] * 5
    assert HeldOutFacts.of(held_out) == HeldOutFacts(rows=HELD_OUT + 5, seen=5, new_users=0, new_items=0)
    found, expected = (judge_recommendations(model, HeldOut.of(model, one), PLAN) for one in (again, rest))
    assert found is not None
    assert expected is not None
    assert found.scores == expected.scores  # what was there already does not count
    good = judge_recommendations(model, held_out, RecommenderPlan(top_n=4, number_of_resamples=20, minimum_rating=4))
    assert good is not None
    assert good.rows == (np.asarray(rest.ratings) >= 4).sum()
    nothing = RecommenderPlan(top_n=4, number_of_resamples=20, minimum_rating=9)
    assert judge_recommendations(model, held_out, nothing) is None
    strangers = pairs(['nobody'], ['i1'], [5.0])
    assert judge_recommendations(model, HeldOut.of(model, strangers), PLAN) is None


def test_an_item_that_did_not_train_is_missed() -> None:
    model, _, rest = split()
    more = pairs([*rest.users, 'u1'], [*rest.items, 'new'], [*np.asarray(rest.ratings), 5.0])
    found, expected = (judge_recommendations(model, HeldOut.of(model, one), PLAN) for one in (more, rest))
    assert found is not None
    assert expected is not None
    assert found.rows == expected.rows + 1
    assert found.scores['recall@4'].value <= expected.scores['recall@4'].value


def test_ids_of_another_type_are_refused() -> None:
    model, _, _ = split()
    numbers = Interactions(users=np.arange(3), items=np.arange(3))
    with pytest.raises(ColumnTypeError, match='the users are integers'):
        HeldOut.of(model, numbers)


def test_groups_are_whole_and_tiny_ones_are_left_out() -> None:
    counts = np.random.default_rng(0).integers(0, 5, 500)
    groups = list(thirds(counts))
    assert sum(int(rows.sum()) for rows, _, _ in groups) == 500
    assert all(later > high for (_, _, high), (_, later, _) in itertools.pairwise(groups))
    assert [(low, high) for _, low, high in thirds(np.full(40, 7))] == [(7, 7)]
    assert not list(thirds(np.arange(19)))
    assert not list(thirds(np.empty(0, dtype=int)))


def test_what_users_are_recommended() -> None:
    model, train, rest = split()
    held_out = HeldOut.of(model, rest)
    names = RecommenderPlan(top_n=4, number_of_resamples=20, item_names={'i3': 'Three'})
    found = describe_recommendations(model, held_out, train, names)
    again = describe_recommendations(model, held_out, train, names)
    assert (found.most, found.examples) == (again.most, again.examples)
    top = find_top_items(model, np.arange(40), 4).positions
    assert found.users == 40
    assert found.distinct == len(np.unique(top))
    counts = np.bincount(top.ravel(), minlength=30)
    assert [one.recommended * 40 for one in found.most] == pytest.approx(sorted(counts[counts > 0])[::-1][:10])
    assert found.most_share == pytest.approx(np.sort(counts)[::-1][:10].sum() / 160)
    activity = [user.count for user in found.examples]
    assert len(activity) == 5
    assert activity == sorted(activity)
    for user in found.examples:
        assert len(user.recommended) == 4
        assert not {name for name, _, _ in user.recommended} & set(user.had)
        chosen = {'Three' if item == 'i3' else item for item in rest.items[rest.users == user.name]}
        assert {name for name, _, is_chosen in user.recommended if is_chosen} <= chosen
        asked = pairs([user.name] * 4, ['i3' if name == 'Three' else name for name, _, _ in user.recommended])
        assert [rating for _, rating, _ in user.recommended] == model.predict_interactions(asked).tolist()
        mine = train.take(train.users == user.name)
        ratings = dict(zip(mine.items, np.asarray(mine.ratings), strict=True))
        shown = [ratings['i3' if name == 'Three' else name] for name in user.had]
        assert shown == sorted(ratings.values(), reverse=True)[:10]


def test_few_users_are_looked_at_where_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_sample, 'MOST_USERS', 7)
    monkeypatch.setattr(user_sample, 'FEWEST_USERS', 2)
    model, train, rest = split()
    summary = summarise_recommender(model, rest, train, PLAN)
    assert summary.recommended.users == 7
    assert summary.lists is not None
    assert summary.lists.users == 7
    monkeypatch.setattr(user_sample, '_MOST_SCORES', 70)
    assert len(user_sample.sample_users(np.arange(30), 20, 0)) == 3
    assert len(user_sample.sample_users(np.arange(30), 10**9, 0)) == 2


def test_a_model_of_a_single_user_and_item() -> None:
    model = bias_model(pd.DataFrame({'user': ['a'], 'item': ['x'], 'rating': [3.0]}))
    summary = summarise_recommender(model, None, None, PLAN)
    assert summary.parts == ()
    assert summary.recommended.distinct == 0
    assert summary.recommended.most == ()
    assert [(user.name, user.had, user.recommended) for user in summary.recommended.examples] == [('a', ('x',), ())]


def test_what_differs_from_an_earlier_report() -> None:
    model, train, rest = split()
    now = summarise_recommender(model, rest, train, PLAN)
    kept = content_of_recommender(now)
    assert set(kept['scores']) == {'rmse', 'mae', *(f'{one}@4' for one in ('recall', 'ndcg', 'map', 'mrr', 'hit_rate'))}
    before = {**kept, 'sizes': {'users': 7}, 'arguments': {'rank': '3'}, 'most_recommended': {}}
    before['scores'] = {'rmse': [9.0, 8.9, 9.1], 'recall@4': [0.99, 0.98, 1.0]}
    change = compare_recommender(before, now)
    assert {one.metric: one.verdict for one in change.scores} == {'rmse': 'better', 'recall@4': 'worse'}
    assert change.sizes == (('users', 7, 40),)
    assert change.arguments == (('rank', '3', None),)
    assert change.newcomers == tuple(one.name for one in now.recommended.most)
    same = compare_recommender(kept, now)
    assert same.newcomers == same.arguments == ()
