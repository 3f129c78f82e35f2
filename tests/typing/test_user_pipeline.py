"""What mypy says to a user."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_mypy_finds_what_is_wrong_in_a_users_pipeline_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, '-m', 'mypy', '--config-file', 'mypy.toml', '--cache-dir', str(tmp_path)]
    done = subprocess.run([*command, 'user_pipeline.py'], cwd=HERE, capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ('Success: no issues found in 1 source file\n', '')
