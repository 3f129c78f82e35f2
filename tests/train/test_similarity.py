"""Models of similar items as tasks: what is planted is found, from the tables to the predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from redshells.errors import DataError, ParameterError, TargetError
from redshells.predict import PredictPairwiseSimilarity
from redshells.train import (
    OptimizePairwiseSimilarityModel,
    TrainPairwiseSimilarityModel,
    ValidatePairwiseSimilarityModel,
)
from tests.tables import Workspace

FOREST: dict[str, Any] = {'model_name': 'RandomForestClassifier', 'model_kwargs': {'n_estimators': 30}}
NAMES: dict[str, Any] = {'item0_column_name': 'left', 'item1_column_name': 'right', 'similarity_column_name': 'alike'}


def embeddings(items: int = 60, seed: int = 0) -> dict[str, Any]:
    """Vectors of three groups of items, by their sign in two of eight dimensions each; the last two say nothing."""
    generator = np.random.default_rng(seed)
    vectors = generator.normal(scale=0.3, size=(items, 8))
    group = np.arange(items) % 3
    vectors[np.arange(items), 2 * group] += 2
    vectors[np.arange(items), 2 * group + 1] -= 2
    return {f'i{item}': vector for item, vector in enumerate(vectors)}


def pairs(rows: int = 300, items: int = 60, seed: int = 0) -> pd.DataFrame:
    """Pairs of items, similar where they are of one group; a few have an item that nobody knows."""
    generator = np.random.default_rng(seed)
    left, right = generator.integers(items, size=(2, rows))
    table = pd.DataFrame({'left': [f'i{one}' for one in left], 'right': [f'i{one}' for one in right]})
    table['alike'] = np.where(left % 3 == right % 3, 'yes', 'no')
    table.loc[:2, 'left'] = 'unknown'
    return table.set_index(np.arange(rows) * 2 + 9)


def pairwise(workspace: Workspace, task_class: Any, **parameters: Any) -> Any:
    given = {'item2embedding_task': embeddings(), 'similarity_data_task': pairs(), **NAMES, **FOREST, **parameters}
    tasks = {name: workspace.given(value) if name.endswith('_task') else value for name, value in given.items()}
    return workspace.task(task_class, **tasks)


def predict(workspace: Workspace, model: Any, table: Any, vectors: Any, **parameters: Any) -> Any:
    given = {'model_task': model, 'item2embedding_task': workspace.given(vectors), **parameters}
    return workspace.task(PredictPairwiseSimilarity, table, **given)


@pytest.mark.parametrize(
    'model',
    [
        FOREST,
        {'model_name': 'XGBClassifier', 'model_kwargs': {'n_estimators': 30, 'max_depth': 3}},
        {'model_name': 'LGBMClassifier', 'model_kwargs': {'n_estimators': 30, 'min_data_in_leaf': 5}},
        {'model_name': 'sklearn.linear_model:LogisticRegression', 'model_kwargs': {}},
    ],
    ids=lambda model: model['model_name'],
)
def test_planted_groups_are_found_by_any_classifier(workspace: Workspace, model: dict[str, Any]) -> None:
    train = pairwise(workspace, TrainPairwiseSimilarityModel, **model)
    new_items = {f'n{name}': vector for name, vector in embeddings(30, seed=5).items()}
    table = pairs(200, 30, seed=6).drop(columns='alike')
    table = table.assign(left='n' + table['left'], right='n' + table['right'])
    names = {**NAMES, 'similarity_column_name': 'similarity'}

    task = predict(workspace, train, table, new_items, prediction_batch_size=33, **names)
    result = workspace.build(task)

    pd.testing.assert_frame_equal(result[['left', 'right']], table)
    truth = (pairs(200, 30, seed=6)['alike'] == 'yes').to_numpy()[3:]
    assert ((result['similarity'].iloc[3:] > 0.5) == truth).mean() > 0.95
    assert result['similarity'].isna().sum() == 3
    log = task.get_task_log()
    assert (log['rows'], log['unknown_pairs']) == (200, 3)
    swapped = table.rename(columns={'left': 'right', 'right': 'left'})[['left', 'right']]
    again = workspace.build(predict(workspace, train, swapped, new_items, **names))
    np.testing.assert_allclose(again['similarity'], result['similarity'], rtol=1e-12)


def test_the_log_and_the_model_say_what_was_learnt_from(workspace: Workspace) -> None:
    task = pairwise(workspace, TrainPairwiseSimilarityModel, similarity_data_task=pd.concat([pairs(), pairs()]))
    model = workspace.build(task)
    log = task.get_task_log()
    assert (log['pairs'], log['unknown_pairs'], log['vector_size']) == (600, 6, 8)
    assert log['rows'] == 600 - 6 - log['repeated_pairs'] == model.training['rows']
    assert set(model.training['inputs']) == {'item2embedding_task', 'similarity_data_task'}


def test_a_table_of_vectors_gives_the_model_that_a_dict_gives(workspace: Workspace) -> None:
    vectors = embeddings()
    table = pd.DataFrame({'id': list(vectors), 'v': list(vectors.values()), 'title': 'any'})
    columns = {'item_id_column_name': 'id', 'vector_column_name': 'v'}
    one = workspace.build(pairwise(workspace, TrainPairwiseSimilarityModel))
    other = workspace.build(pairwise(workspace, TrainPairwiseSimilarityModel, item2embedding_task=table, **columns))
    features = pd.DataFrame({'product': list(np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32))})
    np.testing.assert_array_equal(one.predict_proba(features), other.predict_proba(features))


def test_tuned_arguments_train(workspace: Workspace) -> None:
    space = {'max_depth': {'type': 'int', 'low': 1, 'high': 4}}
    parameters: dict[str, Any] = {'search_space': space, 'n_trials': 3, 'show_progress': False}
    best = pairwise(workspace, OptimizePairwiseSimilarityModel, **parameters)
    result = workspace.build(best)
    assert result.target_column_name == 'alike'
    assert result.best_value > 0.9
    model = workspace.build(
        workspace.task(
            TrainPairwiseSimilarityModel,
            item2embedding_task=workspace.given(embeddings()),
            similarity_data_task=workspace.given(pairs()),
            best_params_task=best,
            **NAMES,
            **FOREST,
        )
    )
    assert model.canonical_arguments()['max_depth'] == result.best_params['max_depth']


def test_out_of_fold_predictions_have_the_index_of_the_pairs(workspace: Workspace) -> None:
    result = workspace.build(pairwise(workspace, ValidatePairwiseSimilarityModel, cross_validation_size=3))
    scores, predictions = result['scores'], result['predictions']
    assert scores.query("metric == 'auc'")['score'].mean() > 0.9
    assert set(predictions.index) <= set(pairs().index[3:])
    assert {'target', 'prediction', 'probability_no', 'probability_yes'} < set(predictions.columns)


def test_pairs_to_watch_stop_boosting_early(workspace: Workspace) -> None:
    parameters: dict[str, Any] = {'model_name': 'XGBClassifier', 'model_kwargs': {}, 'early_stopping_rounds': 3}
    task = pairwise(
        workspace, TrainPairwiseSimilarityModel, validation_data_task=pairs(100, seed=1), refit=False, **parameters
    )
    assert workspace.build(task).training['validation_rows'] == 97 - task.get_task_log()['repeated_pairs']


def test_what_can_not_be_learnt_is_refused(workspace: Workspace) -> None:
    def failure(**parameters: Any) -> Exception:
        return workspace.failure(pairwise(workspace, TrainPairwiseSimilarityModel, **parameters))

    error = failure(similarity_data_task=pairs().assign(alike='yes'))
    assert isinstance(error, TargetError)
    assert "the target 'alike' has one class" in str(error)
    error = failure(item2embedding_task={'a': [1.0]})
    assert isinstance(error, DataError)
    assert 'similarity_data_task=GivenTable: none of the 300 pairs has a vector' in str(error)
    with pytest.raises(ParameterError, match='stratified'):
        pairwise(workspace, ValidatePairwiseSimilarityModel, split='time')
    with pytest.raises(ParameterError, match='a model for regression'):
        pairwise(workspace, TrainPairwiseSimilarityModel, model_name='XGBRegressor')
