"""Tables for the tests of tasks, and a workspace to build tasks in."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any

import gokart
import numpy as np
import pandas as pd
import pytest
from gokart.build import GokartBuildError
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.cores import available_cores, set_worker_count

NARROW = {
    'num_leaves': {'type': 'int', 'low': 2, 'high': 16},
    'learning_rate': {'type': 'float', 'low': 0.1, 'high': 0.5},
}


class GivenTable(gokart.TaskOnKart[Any]):
    """A table that is there already, as a pickle file."""

    task_namespace = 'tests'

    path: str = parameter.text(description='Absolute path of the file.')

    def output(self) -> TargetOnKart:
        return self.make_target(self.path, use_unique_id=False)

    def run(self) -> None:
        raise AssertionError('the table is there already')


class Workspace:
    """Builds tasks below one folder (or URL), with plain gokart."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder = folder
        self.directory = str(folder / 'workspace') if url is None else url

    def given(self, table: Any) -> GivenTable:
        """A task that outputs the table."""
        content = pickle.dumps(table)
        path = self.folder / f'{hashlib.sha256(content).hexdigest()[:12]}.pkl'
        path.write_bytes(content)
        return GivenTable(path=str(path))

    def task(self, task_class: Any, *data: Any, **parameters: Any) -> Any:
        """A task with this workspace; a positional argument is a table, or a task, to train on or to work on."""
        for table in data:
            name = 'train_data_task' if hasattr(task_class, 'train_data_task') else 'data_task'
            parameters[name] = table if isinstance(table, gokart.TaskOnKart) else self.given(table)
        return task_class(
            workspace_directory=self.directory,
            local_temporary_directory=str(self.folder / 'temporary'),
            **parameters,
        )

    def build(self, task: Any, *data: Any, **parameters: Any) -> Any:
        """The output of a task, or of a task of this class."""
        task = self._task(task, data, parameters)
        # one thread for each model: more do not train tiny tables faster, and on a busy machine far slower
        set_worker_count(available_cores())
        try:
            return gokart.build(task, reset_register=False)
        finally:
            set_worker_count(1)

    def failure(self, task: Any, *data: Any, **parameters: Any) -> Exception:
        """The first error of a task's run."""
        with pytest.raises(GokartBuildError) as caught:
            self.build(task, *data, **parameters)
        return next(error for errors in caught.value.raised_exceptions.values() for error in errors)

    def _task(self, task: Any, data: Any, parameters: Any) -> Any:
        return self.task(task, *data, **parameters) if isinstance(task, type) else task


def classes_table(rows: int = 240, seed: int = 0, classes: int = 2) -> pd.DataFrame:
    """Two numbers that tell the class, one that does not, and a column of strings; the index is no range."""
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(generator.normal(size=(rows, 3)), columns=['a', 'b', 'noise'])
    frame['colour'] = generator.choice(['red', 'green', 'blue'], rows)
    score = frame['a'] + 0.5 * frame['b'] + (frame['colour'] == 'red') + generator.normal(scale=0.3, size=rows)
    frame['category'] = pd.qcut(score, classes, labels=False).astype('int64')
    return frame.set_index(np.arange(rows) * 3 + 7)


def numbers_table(rows: int = 240, seed: int = 0) -> pd.DataFrame:
    """A number to predict, in the column ``y``."""
    frame = classes_table(rows, seed).drop(columns='category')
    return frame.assign(y=2 * frame['a'] - frame['b'] + np.random.default_rng(seed + 1).normal(scale=0.1, size=rows))


def queries_table(queries: int = 30, seed: int = 0) -> pd.DataFrame:
    """Relevances in the column ``relevance`` of rows that belong to the queries in ``query``, in no order."""
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame({'query': np.repeat([f'q{number}' for number in range(queries)], 8)})
    frame['a'] = generator.normal(size=len(frame))
    frame['b'] = generator.normal(size=len(frame))
    frame['relevance'] = np.clip(np.round(frame['a'] + generator.normal(scale=0.2, size=len(frame)) + 1), 0, 3).astype(
        int
    )
    return frame.sample(frac=1.0, random_state=seed).reset_index(drop=True)
