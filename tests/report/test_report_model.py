"""ReportModel in whole pipelines: what it links, what it notices, and what it refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import gokart
import pandas as pd
import pytest

from redshells.errors import MissingColumnError, ParameterError, RedshellsError
from redshells.page.report import Report
from redshells.predict import PredictTable
from redshells.report import ReportData, ReportModel, ReportTuning
from redshells.train import (
    OptimizeLightGBM,
    TrainClassificationModel,
    TrainFactorizationMachine,
    TrainLightGBM,
    TrainRegressionModel,
    ValidateLightGBM,
)
from tests.tables import NARROW, Workspace, classes_table, numbers_table, queries_table

TINY: dict[str, Any] = {'model_kwargs': {'num_leaves': 7, 'n_estimators': 10}, 'validation_size': 0.0}
QUICK: dict[str, Any] = {'number_of_resamples': 20, 'baselines': ['prior'], 'n_jobs': 1}


class WrapsModel(gokart.TaskOnKart[Any]):
    """A task of a user that hands a model on."""

    task_namespace = 'tests.report'

    inner: gokart.TaskOnKart[Any] = gokart.TaskInstanceParameter()

    def requires(self) -> Any:
        return self.inner

    def output(self) -> Any:
        return self.make_model_target('wrapped.zip', save_function=_save, load_function=_load)

    def run(self) -> None:
        self.dump(self.load())


def _save(model: Any, path: str) -> None:
    model.save(path)


def _load(path: str) -> Any:
    from redshells.model.lightgbm import LightGBMModel

    return LightGBMModel.load(path)


def report_of(workspace: Workspace, model: Any, data: Any, **parameters: Any) -> Any:
    return workspace.task(
        ReportModel,
        model_task=model,
        data_task=workspace.given(data) if isinstance(data, pd.DataFrame) else data,
        **QUICK | parameters,
    )


def links_of(report: Report) -> list[str]:
    return [unquote(link) for link in re.findall(r'<a href="([^#].*?)">', report.html)]


@pytest.fixture
def model(workspace: Workspace) -> Any:
    return workspace.task(TrainLightGBM, classes_table(), target_column_name='category', **TINY)


def test_a_whole_pipeline(workspace: Workspace) -> None:
    train, test = workspace.given(classes_table()), workspace.given(classes_table(90, 1))
    search = {'cross_validation_size': 2, 'early_stopping_rounds': 3}
    best = workspace.task(OptimizeLightGBM, train, n_trials=3, search_space=NARROW, **search)
    trained = workspace.task(TrainLightGBM, train, best_params_task=best)
    task = report_of(
        workspace,
        trained,
        test,
        validation_task=workspace.task(ValidateLightGBM, train, best_params_task=best, cross_validation_size=2),
        prediction_task=workspace.task(PredictTable, test, model_task=trained),
        baselines=['prior', 'linear', 'defaults'],
    )
    report = workspace.build(task)
    page = Path(task.output().path())
    assert page.read_text() == report.html
    links = links_of(report)
    assert len(links) == 8  # two of them of the validation
    assert all(not Path(link).is_absolute() for link in links)
    others = [(page.parent / link).resolve() for link in links]
    assert all(path.is_file() for path in others)
    assert page in others
    for title in ('Was it worth it?', 'Cross-validation', 'Tuning', 'Learning curve', 'Load it, and make it again'):
        assert title in report.html
    assert 'There is no earlier report' in report.html
    assert 'is not the one that' not in report.html
    assert report.content['scores']['auc'][0] > 0.9
    log = task.get_task_log()
    assert log['scores'] == report.content['scores']
    assert set(log['inputs']) == {'data_task', 'train_data_task', 'tuning_task'}
    assert (tuning := workspace.build(ReportTuning, tuning_task=best)).content['kind'] == 'tuning'
    assert links_of(tuning)
    (code,) = re.findall(r'<pre><code>(import redshells.*?)\nmodel\.predict', report.html, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code.replace('&#39;', "'"), names)
    assert len(names['model'].predict(classes_table(5))) == 5


@pytest.mark.parametrize(
    ('train', 'test', 'parameters', 'score'),
    [
        (classes_table(240, 0, 4), classes_table(90, 1, 4), {'target_column_name': 'category'}, 'accuracy'),
        (numbers_table(), numbers_table(90, 1), {'target_column_name': 'y', 'problem': 'regression'}, 'rmse'),
        (
            queries_table(),
            queries_table(10, 1),
            {'target_column_name': 'relevance', 'problem': 'ranking', 'group_column_name': 'query'},
            'ndcg',
        ),
        (
            classes_table().assign(w=2.0),
            classes_table(90, 1).assign(w=1.0),
            {'target_column_name': 'category', 'weight_column_name': 'w'},
            'auc',
        ),
    ],
)
def test_each_problem(workspace: Workspace, train: Any, test: Any, parameters: dict[str, Any], score: str) -> None:
    trained = workspace.task(TrainLightGBM, train, **parameters, **TINY)
    report = workspace.build(report_of(workspace, trained, test, language='ja'))
    assert score in report.content['scores']
    assert set(report.content['all_columns']) == set(train) & {'a', 'b', 'noise', 'colour'}


def test_estimators_validation_rows_and_other_metrics(workspace: Workspace) -> None:
    frame, test = classes_table().assign(category=lambda d: d['category'] == 1), classes_table(90, 1)
    test = test.assign(category=test['category'] == 1)
    machine = workspace.task(
        TrainClassificationModel, frame, target_column_name='category', model_name='sklearn.svm:LinearSVC'
    )
    assert set(workspace.build(report_of(workspace, machine, test)).content['scores']) == {'auc', 'accuracy'}
    watched = workspace.task(
        TrainLightGBM, frame, validation_data_task=workspace.given(test), target_column_name='category'
    )
    own = [f'{__name__}:share_of_ones', 'f1']
    report = workspace.build(report_of(workspace, watched, test, metrics=own))
    assert list(report.content['scores']) == own
    assert 'share of ones' not in report.html
    assert 'share_of_ones' in report.html
    with pytest.raises(ParameterError, match=r"^ReportModel: the metric 'rmse' is not one for classification"):
        report_of(workspace, watched, test, metrics=['rmse'])
    numbers = numbers_table()
    tree = workspace.task(
        TrainRegressionModel, numbers, target_column_name='y', model_name='sklearn.tree:DecisionTreeRegressor'
    )
    assert 'permutation importance' in workspace.build(report_of(workspace, tree, numbers)).html


def share_of_ones(target: Any, prediction: Any) -> float:
    return float(prediction[:, 1].mean())


share_of_ones.greater_is_better = True  # type: ignore[attr-defined]


def test_a_factorization_machine_of_lists(workspace: Workspace) -> None:
    train, test = (
        table.assign(tags=[['x', 'y'] if value > 0 else ['y'] for value in table['a']])
        for table in (classes_table(), classes_table(90, 1))
    )
    arguments = {'engine': 'adam', 'epochs': 4}
    model = workspace.task(TrainFactorizationMachine, train, target_column_name='category', model_kwargs=arguments)
    report = workspace.build(report_of(workspace, model, test, baselines=['prior', 'linear', 'defaults']))
    assert 'Loss of the training by epoch' in report.html
    assert 'Logistic regression' in report.html
    assert 'FactorizationMachine with its defaults' in report.html
    assert report.content['arguments']['epochs'] == '4'
    assert 'tags' in report.content['importances']


def test_another_training_table_is_pointed_out(workspace: Workspace, model: Any) -> None:
    test = classes_table(90, 1)
    other = workspace.given(classes_table(seed=5))
    swapped = workspace.build(report_of(workspace, model, test, train_data_task=other))
    assert 'is not the one that the model was trained on' in swapped.html
    seen = workspace.build(report_of(workspace, model, classes_table()))
    assert 'stand in the training table as well: the scores are too good' in seen.html


def test_a_task_of_the_user_that_hands_a_model_on(workspace: Workspace, model: Any) -> None:
    wrapped = WrapsModel(inner=model, workspace_directory=workspace.directory)
    with pytest.raises(
        ParameterError, match=r'^ReportModel: model_task=WrapsModel has no train_data_task; .* Give train'
    ):
        report_of(workspace, wrapped, classes_table(90, 1))
    with pytest.raises(ParameterError, match='WrapsModel has no target_column_name'):
        report_of(workspace, wrapped, classes_table(90, 1), train_data_task=model.train_data_task)
    given = {'train_data_task': model.train_data_task, 'target_column_name': 'category'}
    report = workspace.build(report_of(workspace, wrapped, classes_table(90, 1), **given))
    assert 'WrapsModel: category' in report.html


def refusal(workspace: Workspace, *given: Any, **parameters: Any) -> str:
    error = workspace.failure(report_of(workspace, *given, **parameters))
    assert isinstance(error, RedshellsError)
    return str(error)


def test_wrong_inputs_are_refused(workspace: Workspace, model: Any) -> None:
    table, test = workspace.given(classes_table()), classes_table(90, 1)
    named = {'train_data_task': table, 'target_column_name': 'category'}
    assert refusal(workspace, table, test, **named) == (
        'ReportModel: model_task=GivenTable outputs a DataFrame; a Train… task, which outputs a model, is expected.'
    )
    assert refusal(workspace, model, test, validation_task=table) == (
        'ReportModel: validation_task=GivenTable outputs no scores of folds; a Validate… task is expected.'
    )
    assert refusal(workspace, model, test, tuning_task=table) == (
        'ReportModel: tuning_task=GivenTable outputs a DataFrame; an Optimize… task, which outputs a TuningResult, is '
        'expected.'
    )
    assert refusal(workspace, model, test, previous_report_task=table) == (
        "ReportModel: previous_report_task=GivenTable outputs 'a DataFrame'; the report of a ReportModel is expected."
    )
    other = workspace.task(ReportData, test)
    assert "outputs 'data'; the report of a ReportModel" in refusal(workspace, model, test, previous_report_task=other)
    assert isinstance(workspace.failure(report_of(workspace, model, test.drop(columns='category'))), MissingColumnError)
    assert 'has the classes [7]' in refusal(workspace, model, test.assign(category=7))
    tuning = workspace.task(ReportTuning, tuning_task=table)
    assert str(workspace.failure(tuning)).startswith('ReportTuning: tuning_task=GivenTable outputs a DataFrame')


@pytest.mark.parametrize(
    ('parameters', 'message'),
    [
        ({'baselines': ['prior', 'magic']}, r"baselines has \['magic'\]; there are \['prior', 'linear', 'defaults'\]"),
        ({'n_jobs': 0}, 'n_jobs=0 was given'),
        ({'number_of_resamples': 19}, 'number_of_resamples'),
        ({'language': 'tlh'}, 'language'),
        ({'output_file_path': 'report.pdf'}, "a path that ends in '.html' is expected"),
    ],
)
def test_wrong_parameters_are_refused_at_once(workspace: Workspace, model: Any, parameters: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=f'^ReportModel: .*{message}'):
        report_of(workspace, model, classes_table(90, 1), **parameters)
