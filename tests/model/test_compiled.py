"""Compiled functions, where the machine code can not be kept on the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_MODULE = """
from redshells.model.compiled import compiled


@compiled
def double(number: int) -> int:
    \"\"\"Twice a number.\"\"\"
    return 2 * number
"""


def run(folder: Path, program: str, **environment: str) -> str:
    (folder / 'doubling.py').write_text(_MODULE)
    root = str(Path(__file__).parents[2])
    nowhere = {'HOME': os.devnull, 'XDG_CACHE_HOME': os.devnull, 'PYTHONPATH': f'{folder}:{root}'}
    done = subprocess.run(
        [sys.executable, '-c', program],
        env={**os.environ, **nowhere, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_machine_code_is_kept_beside_the_source(tmp_path: Path) -> None:
    assert run(tmp_path, 'import doubling; print(doubling.double(21), doubling.double.__doc__)') == '42 Twice a number.'
    assert list(tmp_path.glob('__pycache__/*.nbc'))


def test_a_function_is_compiled_where_no_folder_can_be_written(tmp_path: Path) -> None:
    (tmp_path / '__pycache__').write_text('a file, so that no folder can be made')
    assert run(tmp_path, 'import doubling; print(doubling.double(21))') == '42'


@pytest.mark.parametrize('leftover', ['', 'a file'])
def test_a_folder_that_can_not_be_written_any_more(tmp_path: Path, leftover: str) -> None:
    program = f"""
import os, pathlib, shutil
import doubling
folder = pathlib.Path(os.environ['NUMBA_CACHE_DIR'])
shutil.rmtree(folder)
if {leftover!r}:
    folder.write_text({leftover!r})
print(doubling.double(21), doubling.double(4))
"""
    assert run(tmp_path, program, NUMBA_CACHE_DIR=str(tmp_path / 'kept')) == '42 8'
