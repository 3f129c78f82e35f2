"""One minimal example of each public task that trains, tunes or validates a model of users and items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gokart
import numpy as np
import pandas as pd

from redshells import train as train_tasks
from redshells.errors import (
    ColumnTypeError,
    DataError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
    MissingValueError,
    ParameterError,
    RedshellsError,
    SplitError,
    UnknownNameError,
)
from redshells.model.interactions import cut_interactions
from redshells.testing import BadInput, TaskExample, bad_table, unknown_keyword
from tests.interaction_tables import clicks, item_features, ratings, user_features
from tests.text_catalogue import without_seconds


def seen_of_recommender(model: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a model makes of the pairs of its training, of all items, and of pairs that it does not know."""
    table = inputs['data']
    pairs = pd.concat([table[['user', 'item']], pd.DataFrame({'user': ['nobody'], 'item': [100]})])
    interactions = cut_interactions(pairs, user_column_name='user', item_column_name='item')
    return {
        'class': type(model).__name__,
        'predictions': model.predict_interactions(interactions, default=-1.0),
        'scores': model.score_items(np.arange(3)),
        'vectors': model.item_vectors(),
        'training': {name: value for name, value in model.training.items() if name != 'seconds'},
    }


def _bad_interactions(*, has_ratings: bool) -> tuple[BadInput, ...]:
    """What all tasks on interactions must refuse."""
    found = [
        bad_table('data', 'an empty table', EmptyTableError, lambda data: data.iloc[:0]),
        bad_table('data', 'no table at all', ColumnTypeError, lambda data: data.to_dict('list')),
        bad_table('data', 'a missing column', MissingColumnError, lambda data: data.drop(columns='user')),
        bad_table('data', 'missing ids', MissingValueError, lambda data: data.assign(item=None)),
        bad_table('data', 'fractions as ids', ColumnTypeError, lambda data: data.assign(item=0.5)),
        bad_table('data', 'pairs twice', DataError, lambda data: pd.concat([data, data])),
    ]
    if has_ratings:
        found += [
            bad_table('data', 'texts as ratings', ColumnTypeError, lambda data: data.assign(rating='good')),
            bad_table('data', 'missing ratings', MissingValueError, lambda data: data.assign(rating=np.nan)),
            bad_table('data', 'infinite ratings', InfiniteValueError, lambda data: data.assign(rating=np.inf)),
            BadInput(name='no ratings', error=ParameterError, parameters={'rating_column_name': None}),
        ]
    return tuple(found)


def _wrong(name: str, error: type[RedshellsError], **parameters: Any) -> BadInput:
    return BadInput(name=name, error=error, parameters=parameters)


_BAD_FEATURES = (
    bad_table('users', 'no features', EmptyTableError, lambda users: users[['user']]),
    bad_table('users', 'features without ids', MissingColumnError, lambda users: users.drop(columns='user')),
    bad_table('users', 'features twice', DataError, lambda users: pd.concat([users, users])),
    bad_table(
        'users', 'dates as features', ColumnTypeError, lambda users: users.assign(age=pd.Timestamp('2020-01-01'))
    ),
)


def _example(
    name: str,
    kind: Any,
    parameters: Mapping[str, Any],
    *bad: BadInput,
    work: str,
    has_ratings: bool,
    has_features: bool,
    observe: Any = None,
    seed: str = 'random_seed',
) -> TaskExample:
    task_class: Any = getattr(train_tasks, name)

    def make_task(data: Any, **features: Any) -> gokart.TaskOnKart[Any]:
        inputs = {f'{one.removesuffix("s")}_feature_task': task for one, task in features.items()}
        task: gokart.TaskOnKart[Any] = task_class(train_data_task=data, **inputs, **parameters)
        return task

    def make_inputs() -> dict[str, Any]:
        data = {'data': ratings() if has_ratings else clicks()}
        return {**data, 'users': user_features(), 'items': item_features()} if has_features else data

    return TaskExample(
        task_class=task_class,
        make_task=make_task,
        kind=kind,
        make_inputs=make_inputs,
        seed_parameter=seed,
        bad_inputs=(
            *_bad_interactions(has_ratings=has_ratings),
            *(_BAD_FEATURES if has_features else ()),
            unknown_keyword(),
            _wrong('the seed among the arguments', ParameterError, model_kwargs={'random_seed': 1}),
            _wrong('no threads', ParameterError, n_jobs=0),
            _wrong('an unknown device', ParameterError, device='tpu'),
            *bad,
        ),
        work=(work,),
        libraries=('torch',),
        observe=observe,
    )


def _trio(
    name: str,
    arguments: Mapping[str, Any],
    search: Mapping[str, Any],
    *bad: BadInput,
    work: str,
    has_ratings: bool = True,
    has_features: bool = True,
    of_train: Mapping[str, Any] = {},
    seed: str = 'random_seed',
    **parameters: Any,
) -> list[TaskExample]:
    """The examples of the Train…, Optimize… and Validate… tasks of a model of users and items."""
    shared = {'model_kwargs': arguments, 'duplicates': 'error', 'show_progress': False, **parameters}
    folds = {'cross_validation_size': 2}
    given: dict[str, Any] = {'work': work, 'has_ratings': has_ratings, 'has_features': has_features}
    wrong_metric = 'recall@5' if has_ratings else 'rmse'
    split = (
        _wrong('an unknown split', ParameterError, split='odd'),
        _wrong('a split by time without times', ParameterError, split='leave_last_out'),
        _wrong('a single fold', ParameterError, cross_validation_size=1),
        _wrong('more folds than rows', SplitError, cross_validation_size=10_000),
    )
    return [
        _example(
            f'Train{name}',
            'model',
            {**shared, **of_train},
            *bad,
            observe=seen_of_recommender,
            seed=seed,
            **given,
        ),
        _example(
            f'Optimize{name}',
            'tuning_result',
            {**shared, **folds, 'search_space': search, 'n_trials': 2},
            *(one for one in bad if 'model_kwargs' not in one.parameters),
            *split,
            _wrong('an unknown metric', UnknownNameError, metric='no_such_metric'),
            _wrong('a metric of another problem', UnknownNameError, metric=wrong_metric),
            _wrong('no time', ParameterError, timeout=0.0),
            _wrong('an unknown sampler', UnknownNameError, sampler='NoSuchSampler'),
            **given,
        ),
        _example(
            f'Validate{name}',
            'tables',
            {**shared, **folds},
            *bad,
            *split,
            _wrong('an unknown metric', UnknownNameError, metrics=['no_such_metric']),
            _wrong('a metric of another problem', UnknownNameError, metrics=[wrong_metric]),
            observe=without_seconds,
            **given,
        ),
    ]


_FACTORS = {'n_latent_factors': {'type': 'int', 'low': 1, 'high': 4}}
RECOMMENDER_EXAMPLES: list[TaskExample] = [
    *_trio(
        'MatrixFactorization',
        {'solver': 'bayes', 'iterations': 6, 'burn_in': 2},
        _FACTORS,
        _wrong('an unknown solver', ParameterError, model_kwargs={'solver': 'magic'}),
        _wrong('no factors at all', ParameterError, model_kwargs={'n_latent_factors': -1}),
        _wrong('a missing service column', MissingColumnError, service_column_name='place'),
        work='redshells.model.matrix_factorization_training:train_bayes',
    ),
    *_trio(
        'LightGCN',
        {'solver': 'gradient', 'epochs': 3, 'embedding_size': 4},
        {'number_of_layers': {'type': 'int', 'low': 1, 'high': 3}},
        _wrong('an unknown solver', ParameterError, model_kwargs={'solver': 'magic'}),
        work='redshells.model.torch_training:train_epochs',
        has_ratings=False,
        has_features=False,
    ),
    *_trio(
        'GraphConvolutionalMatrixCompletion',
        {'encoder_hidden_size': 10, 'encoder_size': 4, 'epochs': 3},
        {'dropout_rate': {'type': 'float', 'low': 0.1, 'high': 0.8}},
        _wrong('an unknown normalisation', ParameterError, model_kwargs={'normalization_type': 'odd'}),
        work='redshells.model.torch_training:train_epochs',
        min_user_click_count=1,
    ),
]
