"""What all tests share: luigi and gokart as if nothing had run before, and a workspace of each test's own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from luigi.task_register import Register

from redshells.testing import workspace

# A busy machine is slow at times, and no test is about time.
hypothesis.settings.register_profile('redshells', deadline=None)
hypothesis.settings.load_profile('redshells')


def pytest_configure(config: pytest.Config) -> None:
    # known without pytest-xdist, too, so that the tests run without it
    config.addinivalue_line('markers', 'xdist_group(name): tests that one worker of pytest-xdist runs')


@pytest.fixture(autouse=True)
def _fresh_gokart(tmp_path: Path) -> Iterator[None]:
    """A workspace, no instances of tasks, and all task classes registered: ``gokart.build`` forgets some."""
    registered = list(Register._reg)
    with workspace(str(tmp_path / 'workspace')):
        yield
    Register._reg = registered
    logging.disable(logging.NOTSET)  # gokart.build leaves it at a value of its own
