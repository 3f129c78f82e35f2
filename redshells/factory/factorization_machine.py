"""The spec of factorization machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redshells.factory.model_spec import ModelSpec
from redshells.tuning import SearchSpace

_BY_ADAM = {'when': {'engine': ['adam']}}

_FIRST_OF_NUMBERS: tuple[Mapping[str, Any], ...] = (
    {'engine': 'mcmc', 'embedding_size': 10},
    {'engine': 'mcmc', 'embedding_size': 4},
    {'engine': 'adam', 'embedding_size': 10, 'l2_weight': 0.1, 'learning_rate': 0.01},
    {'engine': 'adam', 'embedding_size': 32, 'l2_weight': 0.1, 'learning_rate': 0.01},
    {'engine': 'mcmc', 'embedding_size': 24},
)
_FIRST_OF_CLASSES: tuple[Mapping[str, Any], ...] = (
    *_FIRST_OF_NUMBERS[:2],
    {'engine': 'adam', 'embedding_size': 10, 'l2_weight': 0.02, 'learning_rate': 0.01},
    {'engine': 'adam', 'embedding_size': 10, 'l2_weight': 0.005, 'learning_rate': 0.01},
    _FIRST_OF_NUMBERS[-1],
)
_NOT_NEEDED = 'It is gone, for a task files its model by itself. Leave it out.'
_LEARNT = 'It is gone, for it is learnt from the table. Leave it out.'

FACTORIZATION_MACHINE = ModelSpec(
    name='FactorizationMachine',
    model_class='redshells.model.factorization_machine:FactorizationMachine',
    library='torch',
    extra='torch',
    search_space=SearchSpace(
        {
            'engine': {'type': 'categorical', 'choices': ['mcmc', 'adam']},
            'embedding_size': {'type': 'int', 'low': 2, 'high': 64, 'log': True},
            'l2_weight': {'type': 'float', 'low': 1e-5, 'high': 0.5, 'log': True, **_BY_ADAM},
            'learning_rate': {'type': 'float', 'low': 1e-3, 'high': 0.1, 'log': True, **_BY_ADAM},
        }
    ),
    first_trials={'regression': _FIRST_OF_NUMBERS, 'classification': _FIRST_OF_CLASSES},
    stops_early=False,
    has_own_arguments=True,
    gone={
        'epoch_size': 'It is called epochs now.',
        'test_size': 'It is called validation_size now.',
        'scope_name': _NOT_NEEDED,
        'save_directory_path': _NOT_NEEDED,
        'input_size': _LEARNT,
        'feature_kind_size': _LEARNT,
        'real_columns': 'It is gone, for columns of numbers are known by their type. Leave it out.',
        'categorical_columns': 'Use categorical_column_names, for columns of integers.',
        'category2index': _LEARNT,
    },
)
