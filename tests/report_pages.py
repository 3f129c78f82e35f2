"""One page of each kind and problem, for the tests of the pages; each is made once."""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd

from redshells.analysis.model_summary import ModelSummary, SummaryPlan
from redshells.analysis.recommender_summary import RecommenderPlan
from redshells.analysis.report_content import compare_model, content_of_model
from redshells.analysis.summarise_model import summarise_model
from redshells.model.estimator import EstimatorModel
from redshells.model.interactions import Interactions, cut_interactions
from redshells.model.learning_curve import LearningCurve
from redshells.page.data_page import report_data
from redshells.page.finding import TableCheck
from redshells.page.model_page import make_model_page
from redshells.page.recommender_page import report_recommender
from redshells.page.report import Report
from redshells.page.run_facts import FileLink, RunFacts, TableRead, TaskOutput
from redshells.page.training_page import report_training
from redshells.page.tuning_page import report_tuning
from tests.analysis_models import data_of, estimator_of, search, trees_of
from tests.recommenders import UserItemBias, ratings_table
from tests.tables import classes_table

ROLES = (
    'Model',
    'Training table',
    'Interactions of the training',
    'Held-out interactions',
    'Scored rows',
    'Tuning result',
    'Cross-validation',
    'Predictions',
    'Report',
    'Table',
)
RUN = RunFacts(
    title='TrainLightGBM: category',
    created='2024-01-02 03:04',
    path='/w/report/model_1.html',
    unique_id='1' * 32,
    family='2' * 32,
    task='TrainLightGBM',
    outputs=tuple(
        TaskOutput(
            role, 'Task', '3' * 32, (FileLink.of('/w/model/a.zip', '/w/report/x.html'),), (('random_seed', '0'),)
        )
        for role in ROLES
    ),
    inputs=(TableRead('data_task', 'Rows', '3 × 4', '4' * 64),),
    versions={'redshells': '0', 'numpy': '2'},
    writer_versions={'redshells': '0', 'numpy': '3'},
    unlike=FileLink('s3://bucket/other.html'),
    code='import redshells',
)
QUICK = SummaryPlan(number_of_resamples=20, n_jobs=1)
SAME = TableCheck('', '')


@functools.cache
def model_by_epochs() -> EstimatorModel:
    """A model that has kept a learning curve by epochs, whose last epoch is the best one."""
    data = data_of('binary')
    model = EstimatorModel(estimator='sklearn.linear_model:SGDClassifier', problem='classification', n_jobs=1)
    model.fit(data.features[['a', 'b']], data.target)
    epochs = list(range(1, 21))
    curve = LearningCurve(
        'logloss', epochs, [1 / one for one in epochs], [2 - one / 20 for one in epochs], best_epoch=20
    )
    model.training = {'learning_curve': curve.to_json()}
    return model


@functools.cache
def summary_of(kind: str) -> ModelSummary:
    if kind == 'epochs':
        return summarise_model(model_by_epochs(), data_of('binary'), data_of('binary', 160, 1), QUICK)
    validation = pd.DataFrame({'fold': [0, 1], 'metric': ['auc', 'auc'], 'score': [0.5, 0.7]})
    if kind == 'svc':
        model: Any = estimator_of('binary', 'sklearn.svm:LinearSVC')
        return summarise_model(model, data_of('binary'), data_of('binary', 160, 1), QUICK)
    tuning = search(30) if kind == 'binary' else None
    return summarise_model(trees_of(kind), data_of(kind), data_of(kind, 160, 1), QUICK, tuning, validation)


@functools.cache
def model_page(kind: str, language: str) -> Report:
    summary = summary_of(kind)
    before = {**content_of_model(summary), **RUN.content('model')}
    train = data_of('binary' if kind in ('svc', 'epochs') else kind).features
    change = compare_model(before, summary, train)
    return make_model_page(summary, RUN, language, change, TableCheck('a' * 64, 'b' * 64))


@functools.cache
def recommender(name: str) -> tuple[UserItemBias, Interactions, Interactions]:
    """A model of ratings or of clicks that has kept a learning curve, and held-out and training interactions."""
    table = ratings_table(700, users=40, items=30)
    table = table.drop(columns='rating') if name == 'clicks' else table
    rating = {} if name == 'clicks' else {'rating_column_name': 'rating'}
    names = {'user_column_name': 'user', 'item_column_name': 'item'}
    test, train = (cut_interactions(one, **names, **rating) for one in (table[:200], table[200:]))
    model = UserItemBias().fit_interactions(train)
    curve = LearningCurve('rmse', [1, 2, 3], [3.0, 2.0, 1.0], [1.0, 0.8, 0.9], best_epoch=2)
    model.training = {'rows': 500, 'inputs': {}, 'learning_curve': curve.to_json()}
    return model, test, train


def recommender_page(name: str, language: str) -> Report:
    model, test, train = recommender(name)
    plan = RecommenderPlan(top_n=5, number_of_resamples=20)
    tuning = search(10) if name == 'clicks' else None
    earlier = report_recommender(model, None, None, plan, None, RUN, 'en', None, SAME).content
    before = {**earlier, 'most_recommended': {}, 'arguments': {'rank': '3'}, 'scores': {'rmse': [1.0, 0.9, 1.1]}}
    return report_recommender(model, test, train, plan, tuning, RUN, language, before, TableCheck('a' * 64, 'b' * 64))


@functools.cache
def page(name: str, language: str) -> Report:
    if name == 'tuning':
        before = report_tuning(search(20, lambda params, number: params['rate']), RUN, 'en', None).content
        return report_tuning(search(30), RUN, language, before)
    if name == 'data':
        frame = classes_table().assign(date=pd.Timestamp('2024-01-01'), vector=[[1, 2]] * 240)
        first = report_data(frame, 'category', '', 0, RUN, 'en', None)
        return report_data(frame.drop(columns='noise').assign(a='text'), 'b', '', 0, RUN, language, first.content)
    if name in ('ratings', 'clicks'):
        return recommender_page(name, language)
    if name == 'training':
        model = recommender('ratings')[0]
        earlier = report_training(model, None, RUN, 'en', None).content
        return report_training(model, search(10), RUN, language, {**earlier, 'found': {'epochs': '3'}})
    return model_page(name, language)


KINDS = {
    'tuning': 'tuning',
    'data': 'data',
    'ratings': 'recommender',
    'clicks': 'recommender',
    'training': 'training',
}
"""What the content of a page calls itself where it is not ``'model'``."""


NAMES = ('binary', 'multiclass', 'regression', 'ranking', 'svc', 'epochs', *KINDS)
