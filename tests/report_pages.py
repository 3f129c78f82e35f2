"""One page of each kind and problem, for the tests of the pages; each is made once."""

from __future__ import annotations

import functools
from typing import Any

import pandas as pd

from redshells.analysis.model_summary import ModelSummary, SummaryPlan
from redshells.analysis.report_content import compare_model, content_of_model
from redshells.analysis.summarise_model import summarise_model
from redshells.model.estimator import EstimatorModel
from redshells.model.learning_curve import LearningCurve
from redshells.page.data_page import report_data
from redshells.page.finding import TableCheck
from redshells.page.model_page import make_model_page
from redshells.page.report import Report
from redshells.page.run_facts import FileLink, RunFacts, TableRead, TaskOutput
from redshells.page.tuning_page import report_tuning
from tests.analysis_models import data_of, estimator_of, search, trees_of
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
def page(name: str, language: str) -> Report:
    if name == 'tuning':
        before = report_tuning(search(20, lambda params, number: params['rate']), RUN, 'en', None).content
        return report_tuning(search(30), RUN, language, before)
    if name == 'data':
        frame = classes_table().assign(date=pd.Timestamp('2024-01-01'), vector=[[1, 2]] * 240)
        first = report_data(frame, 'category', '', 0, RUN, 'en', None)
        return report_data(frame.drop(columns='noise').assign(a='text'), 'b', '', 0, RUN, language, first.content)
    return model_page(name, language)


NAMES = ('binary', 'multiclass', 'regression', 'ranking', 'svc', 'epochs', 'tuning', 'data')
