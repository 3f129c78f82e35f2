"""Every public task through every check of `redshells.testing`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from redshells.cores import available_cores, set_worker_count
from redshells.testing import TaskExample, task_checks, unique_id
from tests.catalogue import EXAMPLES, IDS_FILE, final_tasks, public_tasks

CHECKS = [
    pytest.param(check, id=name, marks=pytest.mark.xdist_group(example.name))  # the checks of a task share its runs
    for example in EXAMPLES
    for name, check in task_checks(example)
]


@pytest.fixture(autouse=True, scope='module')
def _one_thread_a_model() -> Iterator[None]:
    set_worker_count(available_cores())  # more threads make tiny tables slower
    yield
    set_worker_count(1)


def test_every_public_task_has_one_example() -> None:
    assert sorted(example.name for example in EXAMPLES) == sorted(public_tasks())


def test_every_final_task_is_public() -> None:
    assert final_tasks() == {name for name, task in public_tasks().items() if task.__module__.startswith('redshells.')}


def test_no_check_is_skipped() -> None:
    assert not {example.name: example.skipped_checks for example in EXAMPLES if example.skipped_checks}


@pytest.mark.parametrize('check', CHECKS)
def test_task(check: Callable[[], None]) -> None:
    check()


@pytest.mark.parametrize('example', EXAMPLES, ids=lambda example: example.name)
def test_unique_id_is_recorded(example: TaskExample) -> None:
    """A change takes all users' outputs away: write it under "Cache" in CHANGELOG.md, then write the file anew."""
    assert unique_id(example) == json.loads(IDS_FILE.read_text())[example.name]


def test_no_other_id_is_recorded() -> None:
    assert sorted(json.loads(IDS_FILE.read_text())) == sorted(example.name for example in EXAMPLES)
