"""The examples, and the pipeline of the README."""

from __future__ import annotations

import importlib.util
import logging
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import gokart
import numpy as np
import pandas as pd
import pytest

import redshells
from redshells.page.report import Report

ROOT = Path(__file__).parents[1]


def load_example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / 'examples' / f'{name}.py')
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Callable[[gokart.TaskOnKart[Any]], dict[str, Any]]:
    """Builds an example in a new folder, and once more, which writes nothing."""
    monkeypatch.chdir(tmp_path)

    def run(task: gokart.TaskOnKart[Any]) -> dict[str, Any]:
        summary: dict[str, Any] = redshells.build(task)
        files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob('*')}
        with caplog.at_level(logging.INFO):
            again = redshells.build(task)
        assert again == summary
        assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob('*')} == files
        assert 'already complete, nothing to do' in caplog.text
        return summary

    return run


def read_report(path: str) -> Report:
    return Report(Path(path).read_text('utf-8'))


def test_tune_lightgbm_finds_a_good_model_and_reports_on_it(run_twice: Any) -> None:
    summary = run_twice(load_example('tune_lightgbm').TumourModel(n_trials=3))

    assert summary['held-out rows']['auc'] > 0.97
    assert redshells.load_model(summary['files']['model']).library == 'LightGBM'
    report = read_report(summary['files']['report'])
    assert report.content['scores']['auc'][0] == pytest.approx(summary['held-out rows']['auc'])
    for name in ('model', 'predictions'):
        assert Path(summary['files'][name]).name in report.html


def test_recommend_items_finds_the_planted_tastes(run_twice: Any) -> None:
    summary = run_twice(load_example('recommend_items').RecommendFilms())

    assert summary['ratings']['rmse'] < 0.9, 'the noise alone is 0.76'
    assert summary['of the right taste'] > 0.9
    assert summary['top items']['ndcg'] > 0.2
    report = read_report(summary['report'])
    assert 'film' in report.html


def test_classify_digits_names_nearly_all_digits(run_twice: Any) -> None:
    summary = run_twice(load_example('classify_digits').DigitModel(timeout=0.5))

    assert summary['held-out rows']['accuracy'] > 0.9
    model = redshells.load_model(summary['files']['model'])
    assert list(model.classes_) == list(range(10))
    assert len(model.feature_importances) == 64
    assert read_report(summary['files']['report']).content['scores']['accuracy'][0] > 0.9


def test_regression_in_japanese_explains_what_can_be_explained_and_says_it_in_japanese(run_twice: Any) -> None:
    summary = run_twice(load_example('regression_in_japanese').ProgressionModel(n_trials=2))

    assert 0.4 < summary['held-out rows']['r2'] < 0.6  # linear regression: 0.46
    pages = [read_report(summary['files'][f'report on the {subject}']) for subject in ('table', 'model')]
    for page in pages:
        assert '<html lang="ja"' in page.html
        assert '一年後の進行度' in page.html
    assert next(iter(pages[1].content['importances'])) in ('BMI', '中性脂肪(対数)')


def test_rank_search_results_finds_what_was_planted(run_twice: Any) -> None:
    example = load_example('rank_search_results')
    summary = run_twice(example.SearchModel(n_trials=2))

    assert 0.9 < summary['held-out queries']['ndcg'] < 0.99
    report = read_report(summary['files']['report'])
    assert set(list(report.content['importances'])[-2:]) == {'colour', 'warehouse'}
    predictions = pd.read_feather(summary['files']['predictions'])
    assert {'query', 'product', 'prediction'} < {*predictions.columns}


@pytest.mark.parametrize('example', sorted(path.name for path in (ROOT / 'examples').glob('*.py')))
def test_an_example_says_how_to_run_it(example: str) -> None:
    assert f'python examples/{example}' in (ROOT / 'examples' / example).read_text()


@pytest.mark.parametrize('example', sorted(path.name for path in (ROOT / 'examples').glob('*.py')))
def test_the_readme_lists_an_example_and_has_its_report_in_the_extras(example: str) -> None:
    assert f'](examples/{example})' in (ROOT / 'README.md').read_text()
    (extras,) = re.findall(r"pip install '\.\[(\S+)\]' && ", (ROOT / 'examples' / example).read_text())
    assert 'report' in extras.split(',')


class ChurnTable(gokart.TaskOnKart[pd.DataFrame]):
    def output(self) -> Any:
        return self.make_target('churn.pkl')

    def run(self) -> None:
        generator = np.random.default_rng(0)
        table = pd.DataFrame({'months': generator.integers(0, 60, 200), 'plan': generator.choice(['a', 'b'], 200)})
        self.dump(table.assign(customer=range(200), churn=np.where(table['months'] < 20, 'yes', 'no')))


class Customers(ChurnTable):
    pass


def test_the_pipeline_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = [
        block
        for block in re.findall(r'```python\n(.*?)```', (ROOT / 'README.md').read_text(), flags=re.DOTALL)
        if 'class Churn(' in block
    ]
    built = []
    monkeypatch.setattr(redshells, 'build', lambda task, build=redshells.build: built.append(build(task)))

    exec(
        code.replace('n_trials=100', 'n_trials=2'),
        {'ChurnTable': ChurnTable, 'Customers': Customers, '__name__': 'pipeline'},
    )

    ((predictions, report),) = [(one['predictions'], one['report']) for one in built]
    assert list(predictions.columns) == ['customer', 'prediction', 'probability_no', 'probability_yes']
    assert len(predictions) == 200
    assert report.content['test_rows'] == 40


def test_the_commands_of_the_readme_are_the_ones_that_are_run() -> None:
    readme = (ROOT / 'README.md').read_text()
    commands = re.findall(r'```bash\n(.*?)\n```', readme, flags=re.DOTALL)

    assert '&& python examples/tune_lightgbm.py' in commands[0]
    assert commands[0].removeprefix('python -m ') in (ROOT / 'examples' / 'tune_lightgbm.py').read_text()
    assert commands[1] in (ROOT / '.ci' / 'run').read_text().splitlines()


def test_importing_an_example_runs_nothing() -> None:
    code = f'import sys; sys.path.insert(0, {str(ROOT / "examples")!r}); import tune_lightgbm'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == ''


def test_node_classification_finds_the_topics_of_articles(run_twice: Any) -> None:
    summary = run_twice(load_example('node_classification').NodeClassification())

    assert summary['articles without a known topic']['accuracy'] > 0.85
    assert summary['articles of a new site']['accuracy'] > 0.8
    assert summary['neighbours of one topic'] > 0.8


def test_document_classification_tells_parts_of_a_library_apart(run_twice: Any) -> None:
    summary = run_twice(load_example('document_classification').DocumentClassification())

    assert summary['held-out documents']['accuracy'] > 0.85
    assert 'eigenvalues' in summary['similar words']['eigenvalue']
    assert read_report(summary['report']).content['scores']['accuracy'][0] > 0.85
