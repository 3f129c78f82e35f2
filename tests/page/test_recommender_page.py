"""The page on a model of users and items: what it says of scores, of recommendations, and of what is odd."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from redshells.analysis.recommender_summary import RecommenderPlan
from redshells.model.interactions import Interactions, cut_interactions
from redshells.page.recommender_page import report_recommender
from redshells.page.report import Report
from redshells.page.training_page import report_training
from tests.page.test_pages import UGLY, Reader
from tests.recommenders import UserItemBias, bias_model
from tests.report_pages import RUN, SAME, page, recommender

PLAN = RecommenderPlan(top_n=5, number_of_resamples=20)


def report_on(model: UserItemBias, test: Interactions | None, train: Interactions | None = None, **plan: Any) -> Report:
    settings = RecommenderPlan(**{'top_n': 5, 'number_of_resamples': 20, **plan})
    return report_recommender(model, test, train, settings, None, RUN, 'en', None, SAME)


def findings(report: Report) -> list[str]:
    (part,) = re.findall(r'id="findings">(.*?)</section>', report.html, re.DOTALL) or ['']
    return re.findall(r'<li>(.*?)</li>', part)


def test_a_model_of_ratings() -> None:
    html = page('ratings', 'en').html
    assert re.search(r'On 200 held-out ratings it is off by RMSE [\d.]+ \(.*?\); the means of users and items by', html)
    assert re.search(r'Of the items that users went on to choose, [\d.]+\xa0% are among the top 5 of the model', html)
    titles = re.findall(r'<figcaption>(.*?)</figcaption>', html)
    assert titles == [
        'Residuals',
        'Mean of true and predicted, by tenths of the prediction',
        'Size of the error, by tenths of the prediction',
        'Share of the chosen items that is found',
        'Loss of the training by epoch',
        'Score on held-out rows by epoch: RMSE',
        'How much the items have that have most',
        'Users by their interactions',
        'Items by their interactions',
    ]
    assert 'Ratings lie between 1 and 5.' in html
    assert 'New among the most recommended' in html
    assert '<dt>users</dt><dd>40 before, 40 now</dd>' in html
    assert 'is not the one that the model was trained on' in html


def test_a_model_of_clicks() -> None:
    html = page('clicks', 'en').html
    assert 'On 200 held-out ratings' not in html
    assert 'How the search went' in html
    assert 'It does not clearly score better than the most popular items.' in html
    assert 'Ratings lie' not in html


def test_without_held_out_interactions() -> None:
    model, _, train = recommender('ratings')
    for rows in (train, None):
        report = report_on(model, None, rows)
        assert 'It knows 40 users and 30 items. Without held-out interactions there are no scores.' in report.html
        assert report.content['scores'] == {}
        Reader(report.html)


def test_what_is_odd_is_pointed_out() -> None:
    model, test, train = recommender('ratings')
    seen = findings(report_on(model, train, train))
    assert any('are of pairs of the training: errors of their ratings are too small' in one for one in seen)
    strangers = Interactions(users=np.array(['nobody'] * 30 + ['u1'] * 30, dtype=object), items=np.array(['new'] * 60))
    found = findings(report_on(model, strangers, train))
    assert any('100\xa0% of the held-out interactions are of items that did not train' in one for one in found)
    assert any('50\xa0% of the held-out interactions are of users that did not train' in one for one in found)
    few = findings(report_on(model, test.take(np.arange(30)), train))
    assert 'Few rows were scored (30): the intervals are wide.' in few


def test_lists_that_are_all_alike_are_pointed_out() -> None:
    generator = np.random.default_rng(0)
    table = pd.DataFrame({'user': generator.integers(0, 400, 3_000), 'item': generator.integers(0, 300, 3_000)})
    table = table.drop_duplicates()
    rest = cut_interactions(table[:500], user_column_name='user', item_column_name='item')
    found = findings(report_on(bias_model(table[500:]), rest, top_n=10))
    assert any('of the items are recommended to anybody among 400 users.' in one for one in found)
    assert any(one.startswith('The same 10 items make') for one in found)


def test_high_ratings_that_are_not_what_users_choose_are_pointed_out() -> None:
    generator = np.random.default_rng(0)
    shares = np.linspace(0.9, 0.05, 40)
    user, item = np.nonzero(generator.random((150, 40)) < shares)
    rating = np.clip(np.round(2 + item / 20 + generator.normal(scale=0.3, size=len(item))), 1, 5)  # the rare are better
    table = pd.DataFrame({'user': user, 'item': item, 'rating': rating}).sample(frac=1.0, random_state=0)
    columns = {'user_column_name': 'user', 'item_column_name': 'item', 'rating_column_name': 'rating'}
    test, train = (cut_interactions(one, **columns) for one in (table[:600], table[600:]))
    found = findings(report_on(bias_model(table[600:]), test, train))
    assert any('to recommend, train a model of clicks' in one for one in found)


def test_no_name_of_a_user_or_an_item_gets_into_the_markup() -> None:
    generator = np.random.default_rng(0)
    table = pd.DataFrame(
        {'user': generator.choice(UGLY, 60), 'item': [f'{UGLY[row % 5]} {row % 7}' for row in range(60)]}
    )
    table = table.drop_duplicates()
    rows = cut_interactions(table, user_column_name='user', item_column_name='item')
    for names in (None, {one: UGLY[0] for one in table['item']}):
        report = report_on(bias_model(table[10:]), rows.take(np.arange(10)), item_names=names)
        assert Reader(report.html).tags['script'] == 1


@pytest.mark.parametrize('language', ['en', 'ja'])
def test_the_training_of_a_model(language: str) -> None:
    model = recommender('ratings')[0]
    report = report_training(model, None, RUN, language, None)
    assert report.content['found'] == {'rows': '500', 'epochs of training': '2', 'loss': '1.0'}
    if language == 'en':
        assert 'Trained for 3 epochs; on held-out rows, epoch 2 was the best one, with RMSE 0.8000.' in report.html
    plain = report_training(bias_model(pd.DataFrame({'user': ['a'], 'item': ['x']})), None, RUN, language, None)
    assert 'id="learning"' not in plain.html
    assert 'UserItemBias' in plain.html
