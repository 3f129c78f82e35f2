from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest

from redshells.errors import StudyStorageError
from redshells.factory.boosted_trees import CATBOOST, LIGHTGBM, XGBOOST
from redshells.factory.model_spec import ModelSpec
from redshells.factory.prediction_model_factory import get_model_spec
from redshells.model.early_stopping import EarlyStopping
from redshells.model.frame import TableData
from redshells.tuning import SearchSpace, TuningResult
from redshells.tuning.cross_validation import SplitPlan, split_rows
from redshells.tuning.effort import Effort
from redshells.tuning.model_tuning import TuningPlan, tune_model
from redshells.tuning.objective import CrossValidationObjective
from redshells.tuning.racing import STEPS_OF_A_STAGE

SPECS = {spec.name: spec for spec in (LIGHTGBM, XGBOOST, CATBOOST)}
SMALL = {'LightGBM': {'num_leaves': 7}, 'XGBoost': {'max_depth': 3}, 'CatBoost': {'depth': 3}}


def rows(number: int = 400, noise: float = 0.5) -> TableData:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(number, 4)), columns=list('abcd')).assign(e=rng.choice(list('xyz'), number))
    y = X['a'] * X['b'] + X['c'].abs() + (X['e'] == 'x') + noise * rng.normal(size=number)
    return TableData(X, y.rename('y'), pd.Series(rng.random(number) + 0.5, name='weight'))


class Seen:
    """A report that keeps what it is given."""

    def __init__(self, *, late: bool = False) -> None:
        self.steps: dict[int, float] = {}
        self.late = late

    def __call__(self, step: int, value: float) -> None:
        self.steps[step] = value

    def is_late(self) -> bool:
        return self.late


def objective_of(spec: ModelSpec, n_jobs: int = 1, folds: int = 5, **changes: Any) -> CrossValidationObjective:
    build = spec.build_with(problem='regression', random_seed=0, n_jobs=n_jobs)
    return CrossValidationObjective(build, rows(), SplitPlan(cross_validation_size=folds), **changes)


@pytest.mark.parametrize('name', SPECS)
def test_the_value_is_the_mean_of_models_that_are_trained_by_hand(name: str) -> None:
    spec, data = SPECS[name], rows()
    build = spec.build_with(problem='regression', random_seed=0, n_jobs=1)
    objective = objective_of(spec, early_stopping_rounds=20)
    outcome = objective(SMALL[name], Seen())
    by_hand = []
    for train, rest in split_rows(data, SplitPlan(), 'regression', 0):
        model = build(SMALL[name])
        part, held_out = data.take(train), data.take(rest)
        watched = EarlyStopping(held_out, objective.metric, 20)
        model.fit(part.features, part.target, part.weight, early_stopping=watched)
        value = objective.metric(held_out.target, model.predict(held_out.features), weight=held_out.weight)
        by_hand.append((value, model.best_round_))
    # LightGBM bins all rows together, those that are held out included: few rows have other bins then
    tolerance = 0.1 if name == 'LightGBM' else 1e-6
    np.testing.assert_allclose(outcome.value, np.mean([value for value, _ in by_hand]), rtol=tolerance)
    assert outcome.number_of_rounds is not None
    if name != 'LightGBM':
        assert outcome.number_of_rounds == round(np.mean([number for _, number in by_hand]))


@pytest.mark.parametrize('name', SPECS)
def test_the_number_of_threads_changes_nothing_that_a_pruner_sees(name: str) -> None:
    first, second = Seen(), Seen()
    one = objective_of(SPECS[name], n_jobs=1, early_stopping_rounds=None)(SMALL[name], first)
    two = objective_of(SPECS[name], n_jobs=2, early_stopping_rounds=None)(SMALL[name], second)
    assert one == two
    assert first.steps == second.steps
    assert STEPS_OF_A_STAGE - 1 in first.steps
    assert max(first.steps) > STEPS_OF_A_STAGE
    assert len(first.steps) >= 4


def test_the_second_stage_begins_where_the_first_ended() -> None:
    seen = Seen()
    outcome = objective_of(LIGHTGBM)(SMALL['LightGBM'], seen)
    end = seen.steps[STEPS_OF_A_STAGE - 1]
    within = [value for step, value in seen.steps.items() if step < STEPS_OF_A_STAGE - 1]
    assert within == sorted(within, reverse=True)
    assert end <= within[-1]
    second = [value for step, value in seen.steps.items() if step > STEPS_OF_A_STAGE]
    assert second == sorted(second, reverse=True)
    assert outcome.value <= second[-1]


def test_a_pruned_trial_trains_nothing_more() -> None:
    class Pruning(Seen):
        def __call__(self, step: int, value: float) -> None:
            super().__call__(step, value)
            if step == STEPS_OF_A_STAGE - 1:
                raise optuna.TrialPruned

    seen = Pruning()
    with pytest.raises(optuna.TrialPruned):
        objective_of(LIGHTGBM)(SMALL['LightGBM'], seen)
    assert max(seen.steps) == STEPS_OF_A_STAGE - 1


def test_what_is_late_ends_with_what_there_is() -> None:
    outcome = objective_of(LIGHTGBM, folds=3)(SMALL['LightGBM'], Seen(late=True))
    assert outcome.cut_short
    assert outcome.number_of_rounds == 1
    assert np.isfinite(outcome.value)


def test_the_effort_is_what_a_trial_spends() -> None:
    objective = objective_of(LIGHTGBM)
    everything = objective({}, Seen())
    objective.spend(Effort(learning_rate=0.3, number_of_folds=1, share_of_rows=0.5))
    assert objective.training_rows == 160
    seen = Seen()
    less = objective({'learning_rate': 0.01}, seen)
    assert max(seen.steps) < STEPS_OF_A_STAGE - 1
    assert less.number_of_rounds is not None
    assert everything.number_of_rounds is not None
    assert less.number_of_rounds < everything.number_of_rounds
    assert 0 < objective.measure_round() < 1


def test_relative_cost_follows_the_arguments() -> None:
    objective = objective_of(LIGHTGBM, fixed={'max_bin': 63})
    assert objective.relative_cost({}) == 1.0
    assert objective.relative_cost({'num_leaves': 200}) > 2 * objective.relative_cost({'num_leaves': 15})


# searches


def tuned(
    folder: Path, spec: ModelSpec, data: TableData | None = None, n_jobs: int = 1, **changes: Any
) -> TuningResult:
    arguments: dict[str, Any] = {
        'model_name': spec.name,
        'target_column_name': 'y',
        'search_space': spec.search_space,
        'first_trials': spec.first_trials.get('regression', ()),
        'strategy': spec.strategy,
        'storage': str(folder / 'study'),
        'study_name': 's',
        'n_trials': 14,
        'show_progress': False,
    }
    fixed: Mapping[str, Any] = changes.pop('fixed', {})
    build = spec.build_with(problem='regression', random_seed=0, n_jobs=n_jobs)
    return tune_model(build, rows() if data is None else data, TuningPlan(**{**arguments, **changes}), fixed)


def story(result: TuningResult) -> list[Any]:
    return [(one.number, one.state, one.value, dict(one.params)) for one in result.trial_records]


@pytest.mark.parametrize('name', SPECS)
def test_a_search_prunes_and_is_the_same_on_any_number_of_cores(tmp_path: Path, name: str) -> None:
    (tmp_path / 'one').mkdir()
    first = tuned(tmp_path / 'one', SPECS[name])
    assert story(first) == story(tuned(tmp_path, SPECS[name], n_jobs=2))
    states = [one.state for one in first.trial_records]
    assert states[0] == 'COMPLETE'
    assert 'PRUNED' in states
    assert first.best_trial.value == first.best_value


def test_what_a_table_has_no_use_for_is_not_searched(tmp_path: Path) -> None:
    result = tuned(tmp_path, LIGHTGBM, n_trials=2)
    assert 'cat_l2' in result.search_space.names
    assert result.search_space.to_dict()['num_leaves']['high'] == 20  # 400 rows
    numbers = rows()
    numbers = TableData(numbers.features[['a', 'b']], numbers.target)
    (tmp_path / 'numbers').mkdir()
    result = tuned(tmp_path / 'numbers', LIGHTGBM, numbers, n_trials=2)
    assert 'cat_l2' not in result.search_space.names


def test_the_learning_rate_is_searched_where_the_rounds_are_given(tmp_path: Path) -> None:
    result = tuned(tmp_path, LIGHTGBM, n_trials=3, fixed={'number_of_rounds': 5})
    assert 'learning_rate' in result.search_space.names
    assert result.learning_rate_of_trials is None
    assert result.best_params['learning_rate'] == result.best_trial.params['learning_rate']
    assert result.number_of_rounds == result.best_trial.number_of_rounds
    (tmp_path / 'given').mkdir()
    result = tuned(tmp_path / 'given', LIGHTGBM, n_trials=3, fixed={'learning_rate': 0.2})
    assert 'learning_rate' not in result.search_space.names
    assert result.best_params['learning_rate'] == 0.2
    assert result.number_of_rounds == result.best_trial.number_of_rounds


def test_a_search_space_of_the_users_is_searched_as_it_is(tmp_path: Path) -> None:
    space = SearchSpace({'num_leaves': {'type': 'int', 'low': 4, 'high': 512, 'log': True}})
    result = tuned(tmp_path, LIGHTGBM, n_trials=3, search_space=space, strategy=None, first_trials=())
    assert result.search_space == space
    assert set(result.best_params) == {'num_leaves'}
    assert result.learning_rate_of_trials is None


@pytest.mark.parametrize('name', SPECS)
def test_a_timeout_ends_even_the_first_trial(tmp_path: Path, name: str) -> None:
    data = rows(40_000, noise=20.0)
    tuned(tmp_path, SPECS[name], n_trials=1)  # what is loaded once is loaded
    (tmp_path / 'short').mkdir()
    began = time.monotonic()
    result = tuned(
        tmp_path / 'short', SPECS[name], data, n_trials=None, timeout=2.0, early_stopping_rounds=0, first_trials=()
    )
    assert 1.9 < time.monotonic() - began < 3.0
    assert result.trial_records[0].state == 'COMPLETE'
    assert result.number_of_rounds is not None
    assert result.number_of_rounds >= 1


@pytest.mark.parametrize('spec', [LIGHTGBM, get_model_spec('sklearn.linear_model:Ridge')], ids=lambda spec: spec.name)
def test_a_study_of_other_rows_is_refused(tmp_path: Path, spec: ModelSpec) -> None:
    data = TableData(rows().features[['a', 'b']], rows().target)
    arguments: dict[str, Any] = {'n_trials': 2, 'search_space': SearchSpace(), 'strategy': None, 'first_trials': ()}
    first = tuned(tmp_path, spec, data, **arguments)
    assert story(tuned(tmp_path, spec, data, **arguments)) == story(first)
    changes = {'features': data.features.assign(a=0.0), 'target': data.target + 1, 'weight': pd.Series(np.ones(400))}
    for name, value in changes.items():
        with pytest.raises(StudyStorageError, match='made with other data'):
            tuned(tmp_path, spec, replace(data, **{name: value}), **arguments)


def test_a_model_without_rounds_has_no_effort(tmp_path: Path) -> None:
    spec = get_model_spec('sklearn.linear_model:Ridge')
    space = SearchSpace({'alpha': {'type': 'float', 'low': 0.01, 'high': 100.0, 'log': True}})
    data = TableData(rows().features[['a', 'b', 'c']], rows().target)
    result = tuned(tmp_path, spec, data, search_space=space, strategy=None, timeout=60.0, n_trials=4)
    assert len(result.trial_records) == 4
    assert (result.number_of_rounds, result.learning_rate_of_trials) == (None, None)
