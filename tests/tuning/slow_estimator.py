"""An estimator that takes its time, waits until all workers are there, and fails where a file says so."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from sklearn.dummy import DummyClassifier

from redshells.cores import thread_count

FOLDER = 'REDSHELLS_TEST_FOLDER'


class SlowClassifier(DummyClassifier):  # type: ignore[misc]
    def __init__(self, pause: float = 0.01) -> None:
        super().__init__()
        self.pause = pause

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> SlowClassifier:
        folder = Path(os.environ[FOLDER])
        (folder / f'worker.{os.getpid()}').write_text(str(thread_count(-1)))
        is_helper = '-P' in Path('/proc/self/cmdline').read_text().split('\0')
        if is_helper and (folder / 'fail').exists():
            raise ZeroDivisionError('of a helper')
        if not is_helper and (folder / 'fail_here').exists():
            raise ZeroDivisionError('of the caller')
        together = int((folder / 'together').read_text())
        until = time.monotonic() + 60
        while len(list(folder.glob('worker.*'))) < together and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(self.pause)
        super().fit(X, y, sample_weight)
        return self
