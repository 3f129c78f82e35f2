"""The search of the arguments of models of users and items, what a trial is worth, and their cross-validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from redshells.errors import DivergenceError, NoCompleteTrialError, ParameterError, SplitError
from redshells.model.interactions import Interactions, cut_interactions
from redshells.tuning import SearchSpace, TuningResult
from redshells.tuning.argument_tuning import ArgumentTuningPlan, tune_arguments
from redshells.tuning.interaction_evaluation import evaluate_recommender
from redshells.tuning.interaction_metric import RATING, TOP_ITEMS
from redshells.tuning.interaction_objective import InteractionObjective
from redshells.tuning.interaction_split import interaction_folds
from redshells.tuning.interaction_validation import validate_recommender
from tests.interaction_tables import clicks, ratings
from tests.recommenders import UserItemBias

_COLUMNS = {'user_column_name': 'user', 'item_column_name': 'item', 'time_column_name': 'time'}
RATINGS = cut_interactions(ratings(), rating_column_name='rating', **_COLUMNS)
CLICKS = cut_interactions(clicks(), **_COLUMNS)
SHIFTS = SearchSpace({'shift': {'type': 'categorical', 'choices': [-1.0, 0.0, 2.0]}})


class _Shifted(UserItemBias):
    """Predicts wrongly by a constant."""

    shift = 0.0

    def predict_interactions(self, interactions: Interactions, *, default: float = np.nan) -> Any:
        return super().predict_interactions(interactions, default=default) + self.shift


def build(arguments: Mapping[str, Any], interactions: Interactions, features: Any = None) -> _Shifted:
    if arguments.get('shift') == 2.0:
        raise DivergenceError('the loss of epoch 3 is nan.')
    model = _Shifted()
    model.shift = arguments.get('shift', 0.0)
    return model.fit_interactions(interactions)


def objective(**changes: Any) -> InteractionObjective:
    one = InteractionObjective(
        build=build,
        interactions=RATINGS,
        folds=interaction_folds(RATINGS, 'random', 3, 0),
        metric='rmse',
        problem=RATING,
    )
    return replace(one, **changes)


def tune(folder: Path, one: InteractionObjective, space: SearchSpace = SHIFTS) -> TuningResult:
    plan = ArgumentTuningPlan(
        model_name='Shifted',
        target_column_name='rating',
        search_space=space,
        first_trials=({'shift': 2.0}, {'shift': -1.0}, {'shift': 0.0}),
        n_trials=3,
        timeout=None,
        sampler=('RandomSampler', {}),
        pruner=('NopPruner', {}),
        storage=str(folder / 'study.journal'),
        study_name='s',
        show_progress=False,
    )
    return tune_arguments(one, plan)


def test_better_arguments_win_and_a_training_that_diverges_has_no_value(tmp_path: Path) -> None:
    result = tune(tmp_path, objective(fixed={'other': 1}))
    assert result.best_params == {'shift': 0.0, 'other': 1}
    assert [one.state for one in result.trial_records] == ['FAIL', 'COMPLETE', 'COMPLETE']
    assert (result.problem, result.metric, result.direction) == ('rating', 'rmse', 'minimize')
    assert TuningResult.from_json(result.to_json()) == result


def test_the_reason_is_given_where_no_model_can_be_trained(tmp_path: Path) -> None:
    only = SearchSpace({'shift': {'type': 'categorical', 'choices': [2.0]}})
    with pytest.raises(NoCompleteTrialError, match='The last model was refused: the loss of epoch 3 is nan'):
        tune(tmp_path, objective(), only)


@pytest.mark.parametrize(
    'changes',
    [
        {'metric': 'mae'},
        {'fixed': {'other': 1}},
        {'random_seed': 1},
        {'interactions': RATINGS.with_ratings(np.asarray(RATINGS.ratings)[::-1].copy())},
        {'folds': interaction_folds(RATINGS, 'random', 3, 1)},
        {'features': {'user_features': pd.DataFrame({'age': [1]}, index=['u00'])}},
    ],
)
def test_a_study_of_something_else_has_another_fingerprint(changes: dict[str, Any]) -> None:
    assert objective(**changes).fingerprint() != objective().fingerprint()
    assert objective(**changes).fingerprint() == objective(**changes).fingerprint()


def test_features_of_lists_and_vectors_have_fingerprints() -> None:
    frames = [pd.DataFrame({'tags': [tags, ['b']], 'vector': [np.zeros(2), np.ones(2)]}) for tags in (['a'], ['c'])]
    found = {objective(features={'item_features': frame}).fingerprint() for frame in [*frames, frames[0]]}
    assert len(found) == 2


def test_errors_are_those_of_the_held_out_ratings() -> None:
    train, rest = RATINGS.take(np.arange(100)), RATINGS.take(np.arange(100, len(RATINGS)))
    model = UserItemBias().fit_interactions(train)
    assert train.ratings is not None
    assert rest.ratings is not None
    guesses = model.predict_interactions(rest)
    assert np.isnan(guesses).any(), 'some held-out pairs are not known'
    errors = np.where(np.isnan(guesses), train.ratings.mean(), guesses) - rest.ratings
    expected = [np.abs(errors).mean(), np.sqrt((errors**2).mean())]
    assert evaluate_recommender(model, train, rest, ['mae', 'rmse'], RATING) == pytest.approx(expected)


def test_top_items_are_those_that_were_not_seen() -> None:
    pairs = [('a', 1), ('a', 2), ('b', 1), ('b', 2), ('c', 1), ('c', 3)]
    train = Interactions(users=np.array([one for one, _ in pairs]), items=np.array([item for _, item in pairs]))
    rest = Interactions(users=np.array(['a', 'b', 'c', 'z']), items=np.array([3, 9, 2, 1]))
    model = UserItemBias().fit_interactions(train)  # scores items by their users: 1, then 2, then 3
    metrics = ['recall@1', 'coverage@1']
    # a and c get what they chose, b chose an item that did not train, and z is not known
    assert evaluate_recommender(model, train, rest, metrics, TOP_ITEMS) == pytest.approx([2 / 3, 2 / 3])


def test_held_out_users_must_be_known() -> None:
    model = UserItemBias().fit_interactions(CLICKS)
    rest = Interactions(users=np.array(['nobody']), items=np.array([100]))
    with pytest.raises(SplitError, match='none of the held-out users'):
        evaluate_recommender(model, CLICKS, rest, ['recall@5'], TOP_ITEMS)


def test_validation_scores_each_fold_and_predicts_each_held_out_row_once() -> None:
    result = validate_recommender(
        build,
        RATINGS,
        interaction_folds(RATINGS, 'random', 3, 0),
        arguments={},
        metrics=['rmse', 'mae'],
        problem=RATING,
        features={},
    )
    scores, predictions = result['scores'], result['predictions']
    assert list(scores.columns) == ['fold', 'metric', 'score', 'number_of_rows', 'seconds']
    assert len(scores) == 6
    assert len(predictions) == len(RATINGS)
    assert not predictions.duplicated(['user', 'item']).any()
    of_fold = predictions[predictions['fold'] == 0]
    rmse = np.sqrt(((of_fold['prediction'] - of_fold['target']) ** 2).mean())
    assert scores['score'].iloc[0] == pytest.approx(rmse)


def test_validation_of_top_items_leaves_the_last_ones_out() -> None:
    result = validate_recommender(
        build,
        CLICKS,
        interaction_folds(CLICKS, 'leave_last_out', 2, 0),
        arguments={},
        metrics=['hit_rate@18'],
        problem=TOP_ITEMS,
        features={},
    )
    assert result['scores']['score'].tolist() == [1.0, 1.0], 'all items that are left are found'
    assert list(result['predictions'].columns) == ['fold', 'user', 'item', 'prediction']


def test_errors_of_arguments_do_not_end_the_search(tmp_path: Path) -> None:
    def refuse(arguments: Mapping[str, Any], interactions: Interactions, features: Any) -> Any:
        raise ParameterError('n_latent_factors=0 was given.')

    with pytest.raises(NoCompleteTrialError, match='n_latent_factors=0 was given'):
        tune(tmp_path, objective(build=refuse))
