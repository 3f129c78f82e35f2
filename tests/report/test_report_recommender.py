"""ReportRecommender and ReportTraining in whole pipelines: what they link, find and refuse."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from redshells.errors import ColumnTypeError, EmptyTableError, MissingColumnError, ParameterError, RedshellsError
from redshells.report import ReportModel, ReportRecommender, ReportTraining
from redshells.train import OptimizeMatrixFactorization, TrainLightGBM, TrainLightGCN, TrainMatrixFactorization
from tests.interaction_tables import clicks, ratings
from tests.tables import Workspace, classes_table

FEW: dict[str, Any] = {'model_kwargs': {'iterations': 4, 'n_latent_factors': 3}, 'show_progress': False}
NARROW = {'regularization': {'type': 'float', 'low': 0.01, 'high': 1.0}}
QUICK: dict[str, Any] = {'top_n': 5, 'number_of_resamples': 20}


def trained(workspace: Workspace, table: Any, **parameters: Any) -> Any:
    return workspace.task(TrainMatrixFactorization, table, **FEW | parameters)


def report_on(workspace: Workspace, model: Any, test: Any = None, **parameters: Any) -> Any:
    given = workspace.given(test) if isinstance(test, pd.DataFrame) else test
    return workspace.task(ReportRecommender, model_task=model, test_data_task=given, **QUICK | parameters)


@pytest.fixture
def parts() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ratings that train, and ratings that are held out."""
    table = ratings(users=90, items=30).sample(frac=1.0, random_state=0)
    return table[400:], table[:400]


def test_a_whole_pipeline(workspace: Workspace, parts: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    train, test = (workspace.given(one) for one in parts)
    best = workspace.task(
        OptimizeMatrixFactorization, train, n_trials=2, cross_validation_size=2, search_space=NARROW, **FEW
    )
    model = trained(workspace, train, best_params_task=best)
    names = pd.DataFrame({'item': range(100, 130), 'title': [f'Film {number}' for number in range(30)]})
    task = report_on(workspace, model, test, item_data_task=workspace.given(names), item_name_column_name='title')
    report = workspace.build(task)
    page = Path(task.output().path())
    assert page.read_text() == report.html
    links = re.findall(r'<a href="([^#].*?)">', report.html)
    assert len(links) == 5
    assert all((page.parent / link).resolve().is_file() for link in links)
    for title in ('How the search went', 'Film 3', 'Loss of the training by epoch', 'Load it, and make it again'):
        assert title in report.html
    assert 'is not the one that' not in report.html
    assert 'That is clearly better than the means of users and items' in report.html  # by the planted tastes
    assert report.content['scores']['rmse'][0] < 1.0
    assert report.content['sizes'] == {'interactions': len(parts[0]), 'users': 90, 'items': 30}
    log = task.get_task_log()
    assert log['scores'] == report.content['scores']
    assert set(log['inputs']) == {'test_data_task', 'train_data_task', 'tuning_task', 'item_data_task'}
    (code,) = re.findall(r'<pre><code>(import redshells.*?)</code>', report.html, re.DOTALL)
    steps, _, last = code.replace('&#39;', "'").rpartition('\n')
    known: dict[str, Any] = {}
    exec(steps, known)
    assert len(eval(last, known)) == 5


def test_clicks_of_planted_tastes_are_found(workspace: Workspace) -> None:
    table = clicks(users=120, items=45).sample(frac=1.0, random_state=0).assign(rating=1.0)
    model = trained(workspace, table[300:], model_kwargs={'solver': 'implicit', 'n_latent_factors': 4})
    report = workspace.build(report_on(workspace, model, table[:300], language='ja'))
    assert report.content['scores']['recall@5'][0] > 0.25
    assert '人気順より明らかに優れています' in report.html
    assert 'rmse' not in report.content['scores']


def test_the_second_day_is_compared_with_the_first(
    workspace: Workspace, parts: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    train, test = parts
    first = report_on(workspace, trained(workspace, train), test)
    workspace.build(first)
    second = report_on(workspace, trained(workspace, train[50:], model_kwargs={'iterations': 2}), test)
    report = workspace.build(second)
    assert Path(first.output().path()).name in report.html
    assert f'{len(train):,} before, {len(train) - 50:,} now' in report.html
    assert '<code>iterations</code>' in report.html
    given = report_on(workspace, first.model_task, test, previous_report_task=second, title='again')
    assert f'{len(train) - 50:,} before, {len(train):,} now' in workspace.build(given).html


def test_other_columns_and_another_training_table(
    workspace: Workspace, parts: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    train, test = (one.rename(columns={'user': 'reader', 'item': 'book', 'rating': 'stars'}) for one in parts)
    columns = {'user_column_name': 'reader', 'item_column_name': 'book', 'rating_column_name': 'stars'}
    model = trained(workspace, train, **columns)
    assert 'rmse' in workspace.build(report_on(workspace, model, test)).content['scores']
    other = workspace.build(
        report_on(
            workspace,
            model,
            parts[1],
            **{
                'user_column_name': 'user',
                'item_column_name': 'item',
                'rating_column_name': 'rating',
                'train_data_task': workspace.given(parts[0][1:]),
            },
        )
    )
    assert 'is not the one that the model was trained on' in other.html
    alone = workspace.build(report_on(workspace, model))
    assert 'Without held-out interactions there are no scores' in alone.html


def refusal(workspace: Workspace, *given: Any, **parameters: Any) -> Exception:
    error = workspace.failure(report_on(workspace, *given, **parameters))
    assert isinstance(error, RedshellsError)
    return error


def test_wrong_inputs_are_refused(workspace: Workspace, parts: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    train, test = parts
    model = trained(workspace, train)
    trees = workspace.task(TrainLightGBM, classes_table(), target_column_name='category', n_jobs=1)
    assert str(refusal(workspace, trees, test)) == (
        'ReportRecommender: model_task=TrainLightGBM outputs a LightGBMModel; a Train… task of a model of users and '
        'items is expected.'
    )
    assert isinstance(refusal(workspace, model, test[:0]), EmptyTableError)
    assert isinstance(refusal(workspace, model, test.drop(columns='user')), MissingColumnError)
    assert 'test_data_task=GivenTable' in str(refusal(workspace, model, test.assign(user=1)))
    assert isinstance(refusal(workspace, model, test.assign(user=1)), ColumnTypeError)
    wrong = {'item_data_task': workspace.given(test), 'item_name_column_name': 'title'}
    assert isinstance(refusal(workspace, model, test, **wrong), MissingColumnError)
    for_tables = workspace.task(
        ReportModel, model_task=model, data_task=workspace.given(test), target_column_name='rating'
    )
    assert 'outputs a MatrixFactorization' in str(workspace.failure(for_tables))


@pytest.mark.parametrize(
    ('parameters', 'message'),
    [
        ({'top_n': 0}, 'top_n'),
        ({'item_name_column_name': 'title'}, 'both or neither are expected'),
        ({'minimum_rating': 4.0}, 'without rating_column_name'),
        ({'number_of_resamples': 3}, 'number_of_resamples'),
        ({'output_file_path': 'x.pdf'}, "a path that ends in '.html' is expected"),
    ],
)
def test_wrong_parameters_are_refused_at_once(workspace: Workspace, parameters: Any, message: str) -> None:
    model = workspace.task(TrainLightGCN, clicks())
    with pytest.raises(ParameterError, match=f'^ReportRecommender: .*{message}'):
        report_on(workspace, model, clicks(), **parameters)


def test_the_training_of_models_of_all_kinds(workspace: Workspace) -> None:
    trees = workspace.task(
        TrainLightGBM, classes_table(), target_column_name='category', n_jobs=1, model_kwargs={'n_estimators': 5}
    )
    for model in (trees, trained(workspace, ratings())):
        task = workspace.task(ReportTraining, model_task=model)
        report = workspace.build(task)
        assert ('id="learning"' in report.html) == (model is not trees)
        assert report.content['found']
        (code,) = re.findall(r'<pre><code>(import redshells.*?)</code>', report.html, re.DOTALL)
        exec(code.replace('&#39;', "'"), {})
    failure = workspace.failure(workspace.task(ReportTraining, model_task=workspace.given(ratings())))
    assert str(failure) == (
        'ReportTraining: model_task=GivenTable outputs a DataFrame; a Train… task, which outputs a model of redshells, '
        'is expected.'
    )
