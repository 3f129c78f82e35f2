"""Processes that are killed while a real task writes a model: the file is absent or whole, and the next build ends."""

from __future__ import annotations

import gc
import logging
import os
import random
import signal
import statistics
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import gokart
import luigi

from benchmarks.campaign import Child, Outcome, call_in_child
from redshells import load_model
from redshells.task import RedshellsTask

_KILLS = 500
_SIGNALS = (signal.SIGKILL, signal.SIGINT)


class WriteModel(RedshellsTask[Any]):
    """A task that trains nothing: its model is there already, so that all of its time goes into the writing."""

    task_namespace = 'benchmarks'
    source: str = luigi.Parameter()
    number: int = luigi.IntParameter()

    def output(self) -> Any:
        """The model."""
        return self.model_target(f'model_{self.number}.zip')

    def compute(self) -> Any:
        """The model, after telling the parent that the writing begins."""
        model = load_model(self.source)
        if announce is not None:
            announce.send('begins')
        return model


announce: Connection | None = None


def killed_writers(folder: Path, scale: float, seed: int) -> list[Outcome]:
    """SIGKILL and Ctrl-C while a model is written: absent or whole; the next build ends and leaves nothing aside."""
    source = str(folder / 'source.zip')
    call_in_child(_train, source)
    content = Path(source).read_bytes()
    seconds = statistics.median(call_in_child(_seconds_to_write, source, folder, number) for number in range(9))
    outcomes = []
    for kind in _SIGNALS:
        outcome = Outcome('writers killed', f'{kind.name} while a model is written')
        generator = random.Random(f'{seed} {kind.name}')
        for number in range(max(1, round(_KILLS * scale))):
            workspace = folder / f'{kind.name}_{number}'
            workspace.mkdir()
            _kill_one(source, workspace, kind, generator.uniform(0.0, 2.0 * seconds))
            _judge(source, content, workspace, outcome)
        outcomes.append(outcome)
    return outcomes


def _kill_one(source: str, workspace: Path, kind: signal.Signals, delay: float) -> None:
    writer = Child(_write, source, workspace, 0)
    writer.connection.recv()
    end = time.perf_counter() + delay
    while time.perf_counter() < end:  # shorter than what time.sleep can do
        pass
    writer.kill(kind)
    writer.wait()
    writer.connection.close()


def _judge(source: str, content: bytes, workspace: Path, outcome: Outcome) -> None:
    files = list(workspace.glob('*.zip'))
    aside = list(workspace.glob('.*'))
    if files and files[0].read_bytes() != content:
        outcome.violations.append(f'{files[0]} is neither absent nor whole')
    outcome.number += 1
    outcome.count('whole' if files else 'absent')
    if aside:
        outcome.count('left aside')
    try:
        call_in_child(_write, source, workspace, 0)
    except RuntimeError as error:
        outcome.violations.append(f'the next build in {workspace} fails: {error}')
    names = [path.name for path in workspace.iterdir()]
    if len(names) != 1 or (workspace / names[0]).read_bytes() != content:
        outcome.violations.append(f'after the next build, {workspace} has {names}')


def _train(_: Connection, path: str) -> None:
    import numpy as np

    from redshells.model.lightgbm import LightGBMModel

    generator = np.random.default_rng(0)
    X = generator.normal(size=(2000, 20))
    model = LightGBMModel(problem='regression', number_of_rounds=80, n_jobs=1)
    model.fit(X, X[:, 0] * X[:, 1] + generator.normal(size=2000)).save(path)


def _write(connection: Connection, source: str, workspace: Path, number: int) -> None:
    global announce
    announce = connection
    _build(source, workspace, number)


def _build(source: str, workspace: Path, number: int) -> None:
    task = WriteModel(
        source=source,
        number=number,
        workspace_directory=str(workspace),
        should_dump_supplementary_log_files=False,
    )
    try:
        gokart.build(task, reset_register=False, log_level=logging.CRITICAL, return_value=False)
    except KeyboardInterrupt:
        gc.collect()  # what a dying interpreter does to open files
        raise


def _seconds_to_write(_: Connection, source: str, folder: Path, number: int) -> float:
    task = WriteModel(source=source, number=number, workspace_directory=str(folder / 'timing'))
    model = task.compute()
    started = time.perf_counter()
    task.dump(model)
    os.sync()
    return time.perf_counter() - started
