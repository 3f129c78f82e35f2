"""The examples, and the pipeline of the README."""

from __future__ import annotations

import importlib.util
import logging
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import gokart
import numpy as np
import pandas as pd
import pytest

import redshells

ROOT = Path(__file__).parents[1]


def load_example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / 'examples' / f'{name}.py')
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_tune_lightgbm_finds_a_good_model_and_does_nothing_the_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    example = load_example('tune_lightgbm')

    summary = redshells.build(example.TumourModel(n_trials=3))
    files = sorted(tmp_path.rglob('*'))
    with caplog.at_level(logging.INFO):
        again = redshells.build(example.TumourModel(n_trials=3))

    assert summary['held-out rows']['auc'] > 0.97
    assert again == summary
    assert sorted(tmp_path.rglob('*')) == files
    assert 'already complete, nothing to do' in caplog.text
    assert redshells.load_model(summary['files']['model']).library == 'LightGBM'


@pytest.mark.parametrize('example', sorted(path.name for path in (ROOT / 'examples').glob('*.py')))
def test_an_example_says_how_to_run_it(example: str) -> None:
    assert f'python examples/{example}' in (ROOT / 'examples' / example).read_text()


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
        if 'class ChurnPredictions' in block
    ]
    built = []
    monkeypatch.setattr(redshells, 'build', lambda task, build=redshells.build: built.append(build(task)))

    exec(
        code.replace('n_trials=100', 'n_trials=2'),
        {'ChurnTable': ChurnTable, 'Customers': Customers, '__name__': 'pipeline'},
    )

    (predictions,) = built
    assert list(predictions.columns) == ['customer', 'prediction', 'probability_no', 'probability_yes']
    assert len(predictions) == 200


def test_the_commands_of_the_readme_are_the_ones_that_are_run() -> None:
    readme = (ROOT / 'README.md').read_text()
    commands = re.findall(r'```bash\n(.*?)\n```', readme, flags=re.DOTALL)

    assert commands[1] in (ROOT / '.ci' / 'run').read_text().splitlines()


def test_importing_an_example_runs_nothing() -> None:
    code = f'import sys; sys.path.insert(0, {str(ROOT / "examples")!r}); import tune_lightgbm'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == ''
