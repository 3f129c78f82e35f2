from __future__ import annotations

import itertools
import random
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest

from redshells.cores import available_cores
from redshells.errors import StudyStorageError
from redshells.factory.boosted_trees import CATBOOST, LIGHTGBM, XGBOOST
from redshells.factory.model_spec import ModelSpec
from redshells.factory.optuna_param_factory import FunctionSpace
from redshells.factory.prediction_model_factory import get_model_spec
from redshells.model.early_stopping import EarlyStopping, RoundWatcher
from redshells.model.frame import TableData
from redshells.tuning import SearchSpace, TuningResult
from redshells.tuning.cross_validation import SplitPlan, split_rows
from redshells.tuning.effort import Effort
from redshells.tuning.model_tuning import TuningPlan, tune_model
from redshells.tuning.objective import CrossValidationObjective
from redshells.tuning.racing import STEPS_OF_A_STAGE
from redshells.tuning.search_strategy import SearchStrategy

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


def objective_of(
    spec: ModelSpec, n_jobs: int = 1, folds: int = 5, noise: float = 0.5, **changes: Any
) -> CrossValidationObjective:
    build = spec.build_with(problem='regression', random_seed=0, n_jobs=n_jobs)
    return CrossValidationObjective(build, rows(noise=noise), SplitPlan(cross_validation_size=folds), **changes)


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
    params = {**SMALL[name], 'learning_rate': 0.2}
    one = objective_of(SPECS[name], n_jobs=1, noise=0.05)(params, first)
    two = objective_of(SPECS[name], n_jobs=2, noise=0.05)(params, second)
    assert one == two
    assert first.steps == second.steps
    assert STEPS_OF_A_STAGE - 1 in first.steps
    assert max(first.steps) > STEPS_OF_A_STAGE
    assert len(first.steps) >= 4


def test_the_second_stage_begins_where_the_first_ended() -> None:
    seen = Seen()
    outcome = objective_of(LIGHTGBM, noise=0.05)(SMALL['LightGBM'], seen)
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


def test_seconds_of_a_round_are_those_of_one_fold() -> None:
    one, two = objective_of(LIGHTGBM, n_jobs=1), objective_of(LIGHTGBM, n_jobs=2)
    if available_cores() > 1:  # 2 folds, 2 folds, 1 fold
        assert two.seconds_per_round(3.0, 80) == 1.0 / (80 + 20)
    assert one.seconds_per_round(5.0, 200) == 1.0 / (200 + 50)
    assert objective_of(LIGHTGBM, early_stopping_rounds=10).seconds_per_round(5.0, 90) == 1.0 / (90 + 10)


def test_relative_cost_follows_the_arguments() -> None:
    objective = objective_of(LIGHTGBM, fixed={'max_bin': 63})
    assert objective.relative_cost({}) == 1.0
    assert objective.relative_cost({'num_leaves': 200}) > 2 * objective.relative_cost({'num_leaves': 15})


@pytest.mark.parametrize(
    ('spec', 'arguments'),
    [
        (CATBOOST, {'depth': None}),
        (XGBOOST, {'colsample_bytree': None, 'max_depth': 0}),
        (LIGHTGBM, {'feature_fraction': 0.0}),
        (LIGHTGBM, {'num_leaves': 'many'}),
    ],
)
def test_arguments_of_no_size_cost_what_is_usual(spec: ModelSpec, arguments: dict[str, Any]) -> None:
    assert 0 < objective_of(spec).relative_cost(arguments) < 10


def undefined_at_first(target: Any, prediction: Any) -> float:
    return float('nan') if np.ptp(prediction) < 1.5 else float(np.mean((target - prediction) ** 2))


def undefined(target: Any, prediction: Any) -> float:
    return float('nan')


undefined_at_first.greater_is_better = False  # type: ignore[attr-defined]
undefined.greater_is_better = False  # type: ignore[attr-defined]


@pytest.mark.parametrize('name', SPECS)
def test_a_metric_that_is_not_a_number(name: str) -> None:
    seen = Seen()
    outcome = objective_of(SPECS[name], metric=f'{__name__}:undefined_at_first')(SMALL[name], seen)
    assert 0 < outcome.value < 10
    assert all(0 < value < 10 for value in seen.steps.values() if not np.isnan(value))
    assert np.isnan(objective_of(SPECS[name], metric=f'{__name__}:undefined')(SMALL[name], Seen()).value)


@pytest.mark.parametrize('name', SPECS)
@pytest.mark.parametrize('metric', ['ndcg', 'ndcg@5', 'map@5'])
def test_the_value_of_a_ranking_is_that_of_the_metric(name: str, metric: str) -> None:
    data = rows(300)
    relevance = pd.Series(pd.qcut(data.target, 4, labels=False).to_numpy()).where(np.arange(300) // 10 % 3 > 0, 0)
    data = replace(data, target=relevance, group=pd.Series(np.arange(300) // 10))
    build = SPECS[name].build_with(problem='ranking', random_seed=0, n_jobs=1)
    objective = CrossValidationObjective(build, data, SplitPlan(cross_validation_size=2), metric=metric)
    by_hand = []
    for train, rest in split_rows(data, SplitPlan(cross_validation_size=2), 'ranking', 0):
        part, held_out = data.take(train), data.take(rest)
        model = build(SMALL[name], 1)
        model.fit(part.features, part.target, part.weight, group=part.group)
        prediction = model.predict_for_metric(held_out.features)
        by_hand.append(objective.metric(held_out.target, prediction, weight=held_out.weight, group=held_out.group))
    outcome = objective({**SMALL[name], 'n_estimators': 1}, Seen())
    np.testing.assert_allclose(outcome.value, np.mean(by_hand), atol=0.05)


def test_folds_by_time_are_measured_and_kept_from_the_last() -> None:
    data = replace(rows(), time=pd.Series(np.arange(400)))
    build = LIGHTGBM.build_with(problem='regression', random_seed=0, n_jobs=1)
    objective = CrossValidationObjective(build, data, SplitPlan(cross_validation_size=3))
    assert objective.training_rows == 300  # of 100, 200 and 300
    objective.spend(Effort(number_of_folds=1))
    last = split_rows(data, SplitPlan(cross_validation_size=3), 'regression', 0)[-1]
    alone = CrossValidationObjective(build, data, SplitPlan(cross_validation_size=3))
    alone._folds = alone._folds[-1:]
    assert objective({}, Seen()) == alone({}, Seen())
    assert len(last[0]) == 300


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
    quick = {'early_stopping_rounds': 10, 'n_trials': 8}
    first = tuned(tmp_path / 'one', SPECS[name], **quick)
    assert story(first) == story(tuned(tmp_path, SPECS[name], n_jobs=2, **quick))
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
@pytest.mark.parametrize('changes', [{}, {'early_stopping_rounds': 0}, {'fixed': {'learning_rate': 0.001}}], ids=str)
def test_a_timeout_ends_even_the_first_trial(tmp_path: Path, name: str, changes: dict[str, Any]) -> None:
    data = rows(40_000, noise=20.0)
    tuned(tmp_path, SPECS[name], n_trials=1)  # what is loaded once is loaded
    (tmp_path / 'short').mkdir()
    began = time.monotonic()
    result = tuned(tmp_path / 'short', SPECS[name], data, n_trials=None, timeout=1.5, **changes)
    assert 1.4 < time.monotonic() - began < 2.4  # a tenth of the time, and what a busy machine adds to it
    assert result.trial_records[0].state == 'COMPLETE'
    assert result.number_of_rounds is not None
    assert result.number_of_rounds >= 1


class Killed(BaseException):
    pass


@pytest.mark.parametrize('timeout', [None, 60.0])
def test_an_interrupted_search_goes_on_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, timeout: float | None
) -> None:
    (tmp_path / 'whole').mkdir()
    (tmp_path / 'broken').mkdir()
    arguments: dict[str, Any] = {'n_trials': 16, 'timeout': timeout}
    monkeypatch.setattr(CrossValidationObjective, 'measure_round', lambda self: 0.002)
    whole = tuned(tmp_path / 'whole', LIGHTGBM, **arguments)
    # from now on, each machine is another one
    speeds = itertools.count(1)
    monkeypatch.setattr(CrossValidationObjective, 'measure_round', lambda self: 0.002 * next(speeds))
    chance, kills = random.Random(1), itertools.count()

    def fragile(self: Any, number: int, score: float) -> bool:
        if chance.random() < 0.0005:
            next(kills)
            raise Killed
        return should_stop(self, number, score)

    should_stop = RoundWatcher.should_stop
    monkeypatch.setattr(RoundWatcher, 'should_stop', fragile)
    for _ in range(100):
        try:
            broken = tuned(tmp_path / 'broken', LIGHTGBM, **arguments)
            break
        except Killed:
            pass
    assert next(kills) > 2
    assert story(broken) == story(whole)
    if timeout is None:
        assert broken.best_params == whole.best_params


def draw_alpha(trial: Any) -> dict[str, Any]:
    return {'alpha': trial.suggest_float('alpha', 0.01, 100.0, log=True)}


@pytest.mark.parametrize('strategy', [None, SearchStrategy()])
def test_a_rule_that_is_a_function_is_searched(tmp_path: Path, strategy: SearchStrategy | None) -> None:
    spec = get_model_spec('sklearn.linear_model:Ridge')
    data = TableData(rows().features[['a', 'b', 'c']], rows().target)
    result = tuned(tmp_path, spec, data, search_space=FunctionSpace(draw_alpha), strategy=strategy, n_trials=3)
    assert len({record.params['alpha'] for record in result.trial_records}) == 3
    assert set(result.best_params) == {'alpha'}


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
