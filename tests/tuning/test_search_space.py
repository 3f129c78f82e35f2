from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshells.errors import SearchSpaceError
from redshells.tuning import SearchSpace

SPACE: dict[str, dict[str, Any]] = {
    'num_leaves': {'type': 'int', 'low': 4, 'high': 512, 'log': True},
    'lambda_l1': {'type': 'float', 'low': 1e-4, 'high': 10.0, 'log': True},
    'boosting': {'type': 'categorical', 'choices': ['gbdt', 'dart']},
    'drop_rate': {'type': 'float', 'low': 0.0, 'high': 1.0, 'when': {'boosting': ['dart']}},
    # By name before what it depends on.
    'a_drop_seed': {'type': 'int', 'low': 0, 'high': 10, 'step': 5, 'when': {'boosting': ['dart'], 'extra': [True]}},
    'extra': {'type': 'categorical', 'choices': [False, True]},
}


def test_order_of_names_does_not_matter() -> None:
    space = SearchSpace(SPACE)
    reversed_space = SearchSpace(dict(reversed(SPACE.items())))
    assert space == reversed_space
    assert hash(space) == hash(reversed_space)
    assert space.gokart_serialize() == reversed_space.gokart_serialize()
    assert space.names == reversed_space.names
    assert space.names.index('a_drop_seed') > max(space.names.index('boosting'), space.names.index('extra'))


def test_round_trips() -> None:
    space = SearchSpace(SPACE)
    assert SearchSpace.gokart_deserialize(space.gokart_serialize()) == space
    assert SearchSpace(space.to_dict()) == space
    assert SearchSpace.from_mapping(space) is space
    assert pickle.loads(pickle.dumps(space)) == space
    assert copy.deepcopy(space) == space
    assert json.loads(space.gokart_serialize()) == space.to_dict()


def test_defaults_numpy_and_int_bounds_are_written_alike() -> None:
    plain = SearchSpace({'x': {'type': 'float', 'low': 0.0, 'high': 1.0}, 'n': {'type': 'int', 'low': 1, 'high': 3}})
    other = SearchSpace(
        {
            'x': {'type': 'float', 'low': 0, 'high': np.float64(1), 'log': False, 'step': None},
            'n': {'type': 'int', 'low': np.int64(1), 'high': 3, 'step': 1, 'when': {}},
        }
    )
    assert plain == other


def test_truth_values_are_no_numbers() -> None:
    truth = SearchSpace({'c': {'type': 'categorical', 'choices': [False, True]}})
    number = SearchSpace({'c': {'type': 'categorical', 'choices': [0, 1]}})
    assert truth != number
    assert truth.contains({'c': True})
    assert not truth.contains({'c': 1})


def test_is_immutable() -> None:
    ranges = copy.deepcopy(SPACE)
    space = SearchSpace(ranges)
    ranges['num_leaves']['low'] = 100
    space.to_dict()['num_leaves']['low'] = 100
    assert space == SearchSpace(SPACE)
    with pytest.raises(AttributeError):
        space.names = ()  # type: ignore[misc]


def test_empty() -> None:
    assert not SearchSpace()
    assert len(SearchSpace()) == 0
    assert SearchSpace().contains({})
    assert SearchSpace(SPACE)
    assert len(SearchSpace(SPACE)) == 6


@pytest.mark.parametrize(
    ('ranges', 'parts'),
    [
        ({'x': {'type': 'real', 'low': 0, 'high': 1}}, ["'x'", "'real'", 'categorical']),
        ({'x': {'low': 0, 'high': 1}}, ["'x'", 'None', 'categorical']),
        ({'x': {'type': 'int', 'low': 2, 'high': 1}}, ["'x'", 'low=2', 'high=1']),
        ({'x': {'type': 'float', 'low': 0.0, 'high': 1.0, 'log': True}}, ["'x'", 'log=True', 'low=0.0']),
        ({'x': {'type': 'int', 'low': 1, 'high': 9, 'log': True, 'step': 2}}, ["'x'", 'log=True', 'step=2']),
        ({'x': {'type': 'int', 'low': 1, 'high': 9, 'step': 0}}, ["'x'", 'step=0']),
        ({'x': {'type': 'int', 'low': 1, 'high': 10, 'step': 2}}, ["'x'", 'high=9']),
        ({'x': {'type': 'float', 'low': 0.0, 'high': 1.0, 'step': 0.3}}, ["'x'", 'high=0.9']),
        ({'x': {'type': 'int', 'low': 1.0, 'high': 9}}, ["'x'", 'low=1.0', 'int']),
        ({'x': {'type': 'int', 'low': False, 'high': 9}}, ["'x'", 'low=False']),
        ({'x': {'type': 'float', 'low': 0.0}}, ["'x'", 'high=None']),
        ({'x': {'type': 'float', 'low': 0.0, 'high': float('inf')}}, ["'x'", 'high=inf']),
        ({'x': {'type': 'float', 'low': 0.0, 'high': 1.0, 'log': 'yes'}}, ["'x'", "log='yes'"]),
        ({'x': {'type': 'categorical', 'choices': []}}, ["'x'", 'choices=[]']),
        ({'x': {'type': 'categorical', 'choices': 'abc'}}, ["'x'", "choices='abc'"]),
        ({'x': {'type': 'categorical', 'choices': [1, [2, 3]]}}, ["'x'", '[2, 3]']),
        ({'x': {'type': 'categorical', 'choices': [1.0, float('nan')]}}, ["'x'", 'nan']),
        ({'x': {'type': 'categorical', 'choices': [1, True]}}, ["'x'", 'True', 'twice']),
        ({'x': {'type': 'categorical', 'choices': ['a'], 'low': 1}}, ["'x'", "['low']"]),
        ({'x': {'type': 'int', 'low': 1, 'high': 2, 'q': 1}}, ["'x'", "['q']"]),
        ({'x': 3}, ["'x'", '3']),
        ({3: {'type': 'int', 'low': 1, 'high': 2}}, ['3', 'strings']),
        ([1], ['[1]', 'mapping']),
        ({'x': {'type': 'int', 'low': 1, 'high': 2, 'when': {'y': [1]}}}, ["'x'", "'y'"]),
        ({'x': {'type': 'int', 'low': 1, 'high': 2, 'when': {'x': [1]}}}, ['x -> x']),
        ({'x': {'type': 'int', 'low': 1, 'high': 2, 'when': ['y']}}, ["'x'", "['y']"]),
        (SPACE | {'x': {'type': 'int', 'low': 1, 'high': 2, 'when': {'boosting': ['goss']}}}, ["'x'", "['goss']"]),
        (SPACE | {'x': {'type': 'int', 'low': 1, 'high': 2, 'when': {'lambda_l1': [1.0]}}}, ["'x'", "'lambda_l1'"]),
    ],
)
def test_what_can_not_be_searched_is_refused_by_name(ranges: Any, parts: list[str]) -> None:
    with pytest.raises(SearchSpaceError) as error:
        SearchSpace(ranges)
    assert [part for part in parts if part not in str(error.value)] == []


def test_a_text_that_is_no_space_is_refused() -> None:
    for text in ['{', '[1]', '{"x": 1}']:
        with pytest.raises(SearchSpaceError):
            SearchSpace.gokart_deserialize(text)


def test_without() -> None:
    space = SearchSpace(SPACE)
    dart = space.without({'boosting': 'dart', 'verbosity': -1})
    assert set(dart.names) == set(SPACE) - {'boosting'}
    assert dart.to_dict()['drop_rate'] == {'type': 'float', 'low': 0.0, 'high': 1.0}
    assert dart.to_dict()['a_drop_seed']['when'] == {'extra': [True]}
    assert set(space.without({'boosting': 'gbdt'}).names) == {'num_leaves', 'lambda_l1', 'extra'}
    assert space.without({}) == space
    assert set(space.without({'drop_rate': 0.5}).names) == set(SPACE) - {'drop_rate'}
    assert not space.without(dict.fromkeys(SPACE))


def test_without_drops_what_depends_on_the_dropped() -> None:
    chain = SearchSpace(
        {
            'a': {'type': 'categorical', 'choices': ['on', 'off']},
            'b': {'type': 'int', 'low': 0, 'high': 3, 'when': {'a': ['on']}},
            'c': {'type': 'float', 'low': 0.0, 'high': 1.0, 'when': {'b': [1, 2]}},
        }
    )
    assert chain.without({'a': 'off'}).names == ()
    assert chain.without({'a': 'on'}).names == ('b', 'c')
    assert chain.without({'b': np.int64(2)}).names == ('a', 'c')


def test_clip() -> None:
    space = SearchSpace(SPACE)
    known = {'num_leaves': 1000, 'lambda_l1': 0.0, 'boosting': 'dart', 'drop_rate': 2, 'verbosity': -1}
    clipped = space.clip(known)
    assert clipped == {'num_leaves': 512, 'lambda_l1': 1e-4, 'boosting': 'dart', 'drop_rate': 1.0}
    assert isinstance(clipped['drop_rate'], float)
    assert space.clip({'boosting': 'goss', 'drop_rate': 0.5, 'num_leaves': None}) == {}
    assert space.clip({'boosting': 'gbdt', 'drop_rate': 0.5}) == {'boosting': 'gbdt'}
    assert space.clip({'boosting': 'dart', 'extra': True, 'a_drop_seed': 7.6})['a_drop_seed'] == 10
    assert space.clip({'num_leaves': float('nan'), 'lambda_l1': np.float32(3.0)}) == {'lambda_l1': 3.0}


def test_contains_only_whole_configurations() -> None:
    space = SearchSpace(SPACE)
    whole = {'num_leaves': 31, 'lambda_l1': 1.0, 'boosting': 'gbdt', 'extra': False}
    assert space.contains(whole)
    assert not space.contains({'num_leaves': 31})
    assert not space.contains(whole | {'num_leaves': 3})
    assert not space.contains(whole | {'num_leaves': 31.5})
    assert not space.contains(whole | {'drop_rate': 0.5})
    assert not space.contains(whole | {'boosting': 'dart'})
    assert space.contains(whole | {'boosting': 'dart', 'drop_rate': 0.5})
    assert not space.contains(whole | {'verbosity': 1})


def test_suggest_draws_whole_configurations_and_all_of_the_conditions() -> None:
    space = SearchSpace(SPACE | {'rate': {'type': 'float', 'low': 0.1, 'high': 0.9, 'step': 0.2}})
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    drawn = [space.suggest(study.ask()) for _ in range(60)]
    assert all(space.contains(params) for params in drawn)
    assert all(space.clip(params) == pytest.approx(params) for params in drawn)
    assert {('drop_rate' in params, params['boosting']) for params in drawn} == {(True, 'dart'), (False, 'gbdt')}
    assert any('a_drop_seed' in params for params in drawn)
    assert {params['a_drop_seed'] for params in drawn if 'a_drop_seed' in params} <= {0, 5, 10}


@given(
    low=st.integers(-50, 50),
    steps=st.integers(0, 20),
    step=st.integers(1, 7),
    value=st.one_of(st.integers(-(10**6), 10**6), st.floats(allow_nan=False)),
)
def test_what_is_clipped_is_contained(low: int, steps: int, step: int, value: float) -> None:
    space = SearchSpace(
        {
            'n': {'type': 'int', 'low': low, 'high': low + steps * step, 'step': step},
            'x': {'type': 'float', 'low': low / 10, 'high': (low + steps * step) / 10, 'step': step / 10},
        }
    )
    assert space.contains(space.clip({'n': value, 'x': value}))
    assert SearchSpace.gokart_deserialize(space.gokart_serialize()) == space


def test_import_loads_no_heavy_library() -> None:
    code = (
        'import sys, redshells.tuning; '
        "print([name for name in ('optuna', 'sklearn', 'pandas', 'numpy', 'gokart') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == '[]'
