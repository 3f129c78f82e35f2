"""One minimal example of each public task that trains, tunes or validates a factorization machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gokart
import numpy as np
import pandas as pd

from redshells import train as train_tasks
from redshells.errors import ColumnTypeError, MissingColumnError, ParameterError, RedshellsError, TargetError
from redshells.testing import BadInput, TaskExample, bad_table, bad_training_tables, unknown_keyword
from tests.text_catalogue import without_seconds


def clicks(rows: int = 120, seed: int = 0) -> pd.DataFrame:
    """Users, items, prices with missing ones, lists of tags, and whether there was a click, which depends on them."""
    generator = np.random.default_rng(seed)
    user, item, price = generator.integers(0, 8, rows), generator.integers(0, 6, rows), generator.normal(size=rows)
    tags = generator.random((6, 4)) < 0.5
    score = np.cos(user * item) + price + tags[item, 0] + generator.normal(scale=0.3, size=rows)
    return pd.DataFrame(
        {
            'price': np.where(generator.random(rows) < 0.1, np.nan, price),
            'user': user,
            'item': [f'i{number}' for number in item],
            'tags': [[f't{number}' for number in np.flatnonzero(tags[one])] for one in item],
            'target': np.where(score > np.median(score), 'click', 'none'),
        },
        index=pd.RangeIndex(1000, 1000 + rows),
    )


def _wrong(name: str, error: type[RedshellsError], **parameters: Any) -> BadInput:
    return BadInput(name=name, error=error, parameters=parameters)


_ARGUMENTS: dict[str, Any] = {'embedding_size': 3, 'iterations': 8, 'burn_in': 2, 'categorical_column_names': ['user']}
_BAD = (
    *bad_training_tables('data', 'target', problem='classification', takes_infinity=False),
    unknown_keyword(**_ARGUMENTS),
    bad_table('data', 'three classes', TargetError, lambda data: data.assign(target=data['user'] % 3)),
    bad_table(
        'data', 'lists of unequal things', ColumnTypeError, lambda data: data.assign(tags=[[1, 'a']] * len(data))
    ),
    _wrong('a ranking', ParameterError, problem='ranking'),
    _wrong('a seed of the model', ParameterError, model_kwargs={'random_seed': 1}),
    _wrong('an unknown engine', ParameterError, model_kwargs={'engine': 'magic'}),
    _wrong('a name of an earlier version', ParameterError, model_kwargs={'epoch_size': 3}),
    _wrong('a category that is not there', MissingColumnError, model_kwargs={'categorical_column_names': ['absent']}),
    _wrong('a fractional seed', ParameterError, random_seed=3.5),
    _wrong('a class for a task', ParameterError, train_data_task=gokart.TaskOnKart),
    _wrong('an unknown weight column', MissingColumnError, weight_column_name='absent'),
    _wrong('an unknown device', ParameterError, device='tpu'),
)


def _example(verb: str, kind: Any, **parameters: Any) -> TaskExample:
    task_class = getattr(train_tasks, f'{verb}FactorizationMachine')
    shared: Mapping[str, Any] = {'target_column_name': 'target', 'model_kwargs': _ARGUMENTS, **parameters}
    return TaskExample(
        task_class=task_class,
        make_task=lambda data: task_class(train_data_task=data, **shared),
        kind=kind,
        make_inputs=lambda: {'data': clicks()},
        seed_parameter='random_seed',
        bad_inputs=_BAD,
        work=('redshells.model.factorization_machine:sample_weights',),
        libraries=('torch',),
        observe=without_seconds if kind == 'tables' else None,
    )


FACTORIZATION_EXAMPLES: list[TaskExample] = [
    _example('Train', 'model'),
    _example(
        'Optimize',
        'tuning_result',
        n_trials=2,
        cross_validation_size=2,
        show_progress=False,
        search_space={'embedding_size': {'type': 'int', 'low': 1, 'high': 4}},
        model_kwargs={name: value for name, value in _ARGUMENTS.items() if name != 'embedding_size'},
    ),
    _example('Validate', 'tables', cross_validation_size=2),
]
