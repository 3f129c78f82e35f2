"""The second day: which report a report is compared with, and what of a damaged one."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redshells.data import LoadDataOfTask, SplitTrainTestData
from redshells.errors import ArchiveVersionError, DamagedArchiveError
from redshells.page.report import Report
from redshells.report import ReportData, ReportModel, ReportTuning
from redshells.train import OptimizeLightGBM, TrainLightGBM, TrainXGBoost
from tests.tables import NARROW, Workspace, classes_table

TINY: dict[str, Any] = {'target_column_name': 'category', 'model_kwargs': {'num_leaves': 7, 'n_estimators': 5}}
QUICK: dict[str, Any] = {'number_of_resamples': 20, 'baselines': ['prior'], 'n_jobs': 1}


class Days:
    """Reports on tables that differ from day to day."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._age = 1_000

    def data(self, day: int, shift: float = 0.0, **parameters: Any) -> Any:
        table = classes_table(seed=day)
        return self.workspace.task(ReportData, table.assign(a=table['a'] + shift), **parameters)

    def model(
        self, day: int, train: Any = TrainLightGBM, given: dict[str, Any] | None = None, **parameters: Any
    ) -> Any:
        kwargs = (
            TINY if train is TrainLightGBM else {'target_column_name': 'category', 'model_kwargs': {'n_estimators': 5}}
        )
        model = self.workspace.task(train, classes_table(seed=day), **(kwargs | (given or {})))
        rows = self.workspace.given(classes_table(90, day + 100))
        return self.workspace.task(ReportModel, model_task=model, data_task=rows, **QUICK | parameters)

    def build(self, task: Any) -> Report:
        """Each report is written a while after the one before."""
        report: Report = self.workspace.build(task)
        self._age -= 1
        moment = time.time() - self._age
        os.utime(task.output().path(), (moment, moment))
        return report


@pytest.fixture
def days(workspace: Workspace) -> Days:
    return Days(workspace)


def compared_with(report: Report) -> str:
    """The path of the report that a report is compared with; empty where there is none."""
    found = re.search(r'Compared with the report of [^<]*: <a href="[^"]*">(.*?)</a>', report.html)
    assert found or 'There is no earlier report to compare with' in report.html
    return found[1] if found else ''


def test_the_second_day_is_compared_with_the_newest_older_one(days: Days) -> None:
    tasks = [days.data(day) for day in range(3)]
    reports = [days.build(task) for task in tasks]
    assert [compared_with(report) for report in reports] == ['', *(task.output().path() for task in tasks[:2])]
    os.utime(tasks[0].output().path())  # which makes it the newest
    assert compared_with(days.build(days.data(3))) == tasks[0].output().path()
    given = days.data(4, previous_report_task=tasks[1])
    assert compared_with(days.build(given)) == tasks[1].output().path()


def test_drift_is_seen_on_the_second_day(days: Days) -> None:
    days.build(days.data(0))
    assert '0 of 5 columns have drifted' in days.build(days.data(1)).html
    html = days.build(days.data(2, shift=3.0)).html
    assert '1 of 5 columns have drifted' in html
    assert '<span class="bad">strong</span>' in html


def test_only_reports_of_the_same_task_are_compared(days: Days) -> None:
    first = days.model(0)
    days.build(first)
    assert compared_with(days.build(days.model(1, title='another'))) == ''
    assert compared_with(days.build(days.model(2, TrainXGBoost))) == ''
    assert compared_with(days.build(days.data(3))) == ''
    second = days.model(4, given={'model_kwargs': {'num_leaves': 5, 'n_estimators': 5}})
    report = days.build(second)
    assert compared_with(report) == first.output().path()
    assert 'Arguments of the model that differ' in report.html
    assert 'num_leaves' in report.html.partition('Arguments of the model that differ')[2].partition('</table>')[0]
    assert 'distribution: PSI' in report.html
    assert compared_with(days.build(days.model(5, title='another'))) != first.output().path()


def test_a_second_search(workspace: Workspace) -> None:
    def report_on(seed: int) -> Any:
        best = workspace.task(
            OptimizeLightGBM,
            classes_table(seed=seed),
            n_trials=2,
            cross_validation_size=2,
            early_stopping_rounds=3,
            search_space=NARROW,
            random_seed=seed,
        )
        return workspace.task(ReportTuning, tuning_task=best)

    first, second = report_on(0), report_on(1)
    workspace.build(first)
    report = workspace.build(second)
    assert compared_with(report) == first.output().path()
    assert '<code>num_leaves</code>' in report.html.partition('What was found')[2]


def alter(path: str, change: Callable[[dict[str, Any]], Any]) -> None:
    html = Path(path).read_text()
    head, content, tail = re.split(r'(?<=id="redshells-report">)(.*?)(?=</script>)', html, maxsplit=1, flags=re.DOTALL)
    values = json.loads(content)
    Path(path).write_text(head + json.dumps(change(values) or values) + tail)


def damaged(path: str) -> None:
    Path(path).write_text(Path(path).read_text()[:-40])


DAMAGES: dict[str, Callable[[str], Any]] = {
    'cut': damaged,
    'empty': lambda path: Path(path).write_text(''),
    'no text': lambda path: Path(path).write_bytes(b'\xff\xfe\x00' * 99),
    'no JSON': lambda path: Path(path).write_text(Path(path).read_text().replace('{"format":1', '{"format":')),
    'a list': lambda path: alter(path, lambda content: [content]),
    'of an older version': lambda path: alter(path, lambda content: content.pop('all_columns') and None),
    'wrong parts': lambda path: alter(path, lambda content: content.update(columns={'a': 3})),
    'another format': lambda path: alter(path, lambda content: content.update(format=99)),
    'another kind': lambda path: alter(path, lambda content: content.update(kind='model')),
}


def test_a_damaged_report_is_passed_over_with_a_warning(days: Days, caplog: pytest.LogCaptureFixture) -> None:
    good = days.data(0)
    days.build(good)
    for day, (name, damage) in enumerate(DAMAGES.items(), start=1):
        bad = days.data(day)
        days.build(bad)
        damage(bad.output().path())
        caplog.clear()
        newest = days.data(100 + day)
        with caplog.at_level('WARNING', logger='redshells'):
            content = newest.load_earlier('data').content
        assert content is not None, name
        assert content['path'] == good.output().path(), name
        assert f'{bad.output().path()} is passed over as an earlier report' in caplog.text, name
        if Path(bad.output().path()).is_file():
            Path(bad.output().path()).unlink()
    assert compared_with(days.build(newest)) == good.output().path()


@pytest.mark.parametrize(
    ('damage', 'error', 'message'),
    [
        ('cut', DamagedArchiveError, 'is no whole report of redshells'),
        ('no JSON', DamagedArchiveError, 'whose numbers are damaged'),
        (
            'of an older version',
            DamagedArchiveError,
            r"the report of previous_report_task=ReportData has no \['all_columns'\]",
        ),
        ('another format', ArchiveVersionError, 'the report of previous_report_task=ReportData has format 99'),
    ],
)
def test_a_damaged_report_that_was_asked_for_is_refused(
    days: Days, damage: str, error: type[Exception], message: str
) -> None:
    first = days.data(0)
    days.build(first)
    DAMAGES[damage](first.output().path())
    failure = days.workspace.failure(days.data(1, previous_report_task=first))
    assert isinstance(failure, error)
    assert re.match(f'ReportData: .*{message}', str(failure))


def test_a_report_is_made_again_as_it_was(days: Days) -> None:
    task = days.model(0)
    first = days.build(task).html
    os.remove(task.output().path())
    again = days.build(task).html
    hide = re.compile(r'\d{4}-\d\d-\d\d \d\d:\d\d')
    assert hide.sub('', again) == hide.sub('', first)


def test_reports_of_many_tasks_in_one_folder_are_no_trouble(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    first = days.data(0)
    days.build(first)
    folder = Path(first.output().path()).parent
    for number in range(60):
        (folder / f'other_{number:032x}.html').write_text('another kind of page')
    (folder / 'report_data_notes.html').write_text('')
    assert compared_with(days.build(days.data(1))) == first.output().path()
    monkeypatch.setattr('redshells.report.earlier_report._MOST_READ', 0)
    assert compared_with(days.build(days.data(2))) == ''


def test_another_report_on_the_same_thing_is_no_earlier_one(days: Days) -> None:
    first = days.data(0)
    days.build(first)
    second = days.data(1)
    days.build(second)

    for parameters in ({'language': 'ja'}, {'random_seed': 2}):
        html = days.build(days.data(1, **parameters)).html
        assert Path(first.output().path()).name in html
        assert Path(second.output().path()).name not in html


def test_a_day_that_is_made_again_is_not_compared_with_later_ones(days: Days) -> None:
    first, second = days.data(0), days.data(1)
    days.build(first)
    days.build(second)
    os.utime(second.data_task.output().path())
    Path(first.output().path()).unlink()
    assert compared_with(days.build(first)) == ''


def test_a_table_of_other_columns_is_passed_over_and_named(days: Days) -> None:
    first = days.data(0)
    days.build(first)
    names = {name: f'new {name}' for name in ('a', 'b', 'noise', 'colour')}
    renamed = days.workspace.task(ReportData, classes_table(seed=1).rename(columns=names))
    report = days.build(renamed)
    assert compared_with(report) == ''
    assert 'less than half of the columns are the same' in report.html
    assert Path(first.output().path()).name in report.html.partition('less than half')[2]


def test_the_parts_of_a_split_are_not_compared(days: Days) -> None:
    split = days.workspace.task(SplitTrainTestData, classes_table(), test_size_rate=0.3)
    parts = [
        days.workspace.task(ReportData, days.workspace.task(LoadDataOfTask, split, target_name=name))
        for name in ('train', 'test')
    ]
    assert [compared_with(days.build(part)) for part in parts] == ['', '']


def test_models_of_other_classes_are_not_compared(days: Days) -> None:
    days.build(days.model(0))
    table = classes_table(seed=1).assign(category=lambda rows: rows['category'].map({0: 'no', 1: 'yes'}))
    model = days.workspace.task(TrainLightGBM, table, **TINY)
    other = days.workspace.task(ReportModel, model_task=model, data_task=days.workspace.given(table), **QUICK)
    assert compared_with(days.build(other)) == ''
