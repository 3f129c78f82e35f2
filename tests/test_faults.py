"""Small campaigns of faults, whose long form is ``python -m benchmarks.faults``; and what imports must not load."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import gokart
import numpy as np
import pytest
from luigi.task_register import Register

from benchmarks import archive_faults, graph, study_crew
from benchmarks.servers import skip_without
from redshells.archive import Archive, array_to_bytes
from redshells.parameter import _Task
from redshells.task import RedshellsTask

ROOT = Path(__file__).parents[1]
CONTENTS = [
    Archive('a:B', {'number': number}, {}, {'one': bytes([number]) * 99, 'two': array_to_bytes(np.ones(9))})
    for number in range(2)
]


def run(*arguments: str) -> str:
    command = [sys.executable, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_killed_writers() -> None:
    table = run('-m', 'benchmarks.faults', 'kills', '--scale', '0.02')

    assert re.search(r'SIGKILL while a model is written +10 ', table)
    assert re.search(r'SIGINT while a model is written +10 ', table)


def test_damaged_archives_loads_side_by_side_and_without_pickle() -> None:
    table = run('-m', 'benchmarks.faults', 'damage', 'loads', 'pickle', '--scale', '0.004')

    assert len(re.findall(r' +40 +40 refused', table)) == len(archive_faults.KINDS)
    assert len(re.findall(r' +32 +32 loaded', table)) == len(archive_faults.KINDS)
    assert len(re.findall(r' +1 +1 loaded', table)) == len(archive_faults.KINDS)


def test_bad_frames() -> None:
    table = run('-m', 'benchmarks.faults', 'frames', '--scale', '0.003')

    assert len(re.findall(r'^(catboost|lightgbm|xgboost) .* 0$', table, re.MULTILINE)) == 3


@pytest.mark.parametrize(
    ('kind', 'cases', 'scale'), [('file', 4, '0.015'), ('redis', 3, '0.015'), ('postgresql', 3, '0.005')]
)
def test_killed_searches(kind: str, cases: int, scale: str) -> None:
    if kind in study_crew.SERVERS:
        skip_without(study_crew.SERVERS[kind])
    table = run('-m', 'benchmarks.faults', f'studies-{kind}', '--scale', scale)

    assert len(re.findall(rf', {kind}, \d at work .* 0$', table, re.MULTILINE)) == cases
    assert 'studies exact' in table


def sealed_contents(tmp_path: Path) -> list[bytes]:
    paths = [tmp_path / f'{number}.zip' for number in range(2)]
    for path, archive in zip(paths, CONTENTS, strict=True):
        archive.save(str(path))
    return [path.read_bytes() for path in paths]


@pytest.mark.parametrize('damage', archive_faults.DAMAGES, ids=lambda damage: damage.__name__)
def test_every_damage_is_one(tmp_path: Path, damage: Any) -> None:
    content, other = sealed_contents(tmp_path)

    for seed in range(50):
        assert damage(content, other, random.Random(seed)) != content


def test_the_judge_of_damage_finds_what_is_loaded_wrong(tmp_path: Path) -> None:
    archive_faults.save_models(tmp_path)
    content, other = ((tmp_path / f'LightGBM_{number}').read_bytes() for number in range(2))
    original = Archive.read(content, name='LightGBM')

    assert archive_faults.judge('LightGBM', content, content, original) == 'same contents'
    assert archive_faults.judge('LightGBM', content, content[:-1], original) == 'refused'
    assert archive_faults.judge('LightGBM', content, other, original) == 'loaded, with other contents'


def test_poison_is_found() -> None:
    program = (
        'import pickle; from collections import OrderedDict; import numpy as np\n'
        'from benchmarks.archive_faults import poisoned\n'
        'loads = pickle.loads; content = pickle.dumps(OrderedDict()); calls = []\n'
        'with poisoned(calls):\n'
        '    loads(content)\n'
        '    try: pickle.loads(content)\n'
        '    except AssertionError: pass\n'
        'assert calls == ["pickle.find_class", "pickle.loads was called"], calls\n'
    )
    run('-c', program)


def test_the_graph_of_the_benchmark_has_as_many_tasks_as_it_says() -> None:
    assert graph.count_tasks(graph.build_graph()) == 194


def test_a_graph_of_tasks_has_the_same_unique_ids_without_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, '_FEATURES', 2)
    monkeypatch.setattr(graph, '_MODELS', 2)
    monkeypatch.setattr(graph, '_FOLDS', 2)
    small = graph.build_graph()
    with_memory = [small.make_unique_id(), repr(small), str(small)]
    Register.clear_instance_cache()  # type: ignore[no-untyped-call]
    monkeypatch.delattr(RedshellsTask, '_get_task_string')
    monkeypatch.delattr(RedshellsTask, 'get_param_values')
    monkeypatch.setattr(_Task, 'serialize', _serialize_anew)
    again = graph.build_graph()

    assert again is not small
    assert [again.make_unique_id(), repr(again), str(again)] == with_memory


def _serialize_anew(self: _Task, x: Any) -> str:
    return '' if x is None else str(gokart.TaskInstanceParameter.serialize(self, x))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    'module', ['redshells', 'redshells.train', 'redshells.predict', 'redshells.data', 'redshells.report']
)
def test_imports_load_no_heavy_library(module: str) -> None:
    heavy = [
        'lightgbm',
        'xgboost',
        'catboost',
        'sklearn',
        'optuna',
        'torch',
        'matplotlib',
        'scipy',
        'skops',
        'gensim',
        'numba',
    ]
    program = f'import sys, {module}; print([name for name in {heavy} if name in sys.modules])'

    assert run('-W', 'ignore::DeprecationWarning', '-c', program).strip() == '[]'
