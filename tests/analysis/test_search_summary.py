"""What a search found out: a planted parameter matters, and odd searches are summed up as well."""

from __future__ import annotations

import numpy as np
import pytest

from redshells.analysis.search_summary import summarise_search
from redshells.tuning import SearchSpace
from tests.analysis_models import SPACE, search


def test_the_planted_parameter_matters_most() -> None:
    summary = summarise_search(search(40))
    assert next(iter(summary.importances)) == 'rate'
    assert summary.importances['rate'] > 0.7
    assert sum(summary.importances.values()) == pytest.approx(1.0)
    assert [one.name for one in summary.slices] == list(summary.importances)
    rate = summary.slices[0]
    assert rate.log
    assert rate.best == summary.result.best_params['rate']
    assert len(rate.values) == len(rate.scores) == 40


@pytest.mark.parametrize(('direction', 'sign'), [('maximize', 1), ('minimize', -1)])
def test_how_it_went(direction: str, sign: int) -> None:
    states = ('COMPLETE', 'PRUNED', 'COMPLETE', 'FAIL')
    summary = summarise_search(search(12, lambda params, number: float(number), states=states, direction=direction))
    assert summary.counts == {'COMPLETE': 6, 'PRUNED': 3, 'FAIL': 3}
    assert summary.complete == tuple((number, float(number)) for number in (0, 2, 4, 6, 8, 10))
    np.testing.assert_array_equal(summary.best_so_far, [0, 2, 4, 6, 8, 10] if sign > 0 else np.zeros(6))
    assert (summary.first_value, summary.seconds) == (0.0, 6.0)
    assert [record.number for record in summary.best] == sorted([0, 2, 4, 6, 8, 10], key=lambda one: -sign * one)


@pytest.mark.parametrize('trials', [1, 7])
def test_few_trials_tell_nothing_of_the_parameters(trials: int) -> None:
    summary = summarise_search(search(trials))
    assert summary.importances == {}
    assert [one.name for one in summary.slices] == list(SPACE.names)


def test_equal_values_tell_nothing_either() -> None:
    assert summarise_search(search(20, lambda params, number: 0.5)).importances == {}
    mostly = summarise_search(search(20, lambda params, number: 0.9 if number == 3 else 0.5))
    assert mostly.importances == {}


def test_infinite_values_are_left_out() -> None:
    summary = summarise_search(
        search(30, lambda params, number: -np.inf if number < 10 else -abs(np.log10(params['rate']) + 2))
    )
    assert next(iter(summary.importances)) == 'rate'


def test_conditional_parameters_and_first_trials_outside_of_the_space() -> None:
    space = SearchSpace(
        {
            'rate': {'type': 'float', 'low': 1e-4, 'high': 1.0, 'log': True},
            'depth': {'type': 'int', 'low': 1, 'high': 9},
            'kind': {'type': 'categorical', 'choices': [None, 'a'], 'when': {'depth': [1, 2, 3]}},
        }
    )
    result = search(20, space=space)  # some of them have what they must not have
    summary = summarise_search(result)
    assert set(summary.importances) <= {'rate', 'depth'}
    assert len(summary.complete) == 20
    one = SearchSpace({'rate': {'type': 'float', 'low': 1e-4, 'high': 1.0, 'log': True}})
    assert summarise_search(search(20, space=one)).importances == {}
