"""Models of similar items as tasks: what is planted is found, from the tables to the predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from redshells.errors import DataError, ParameterError, ResultMismatchError, TargetError
from redshells.model.feature_aggregation_similarity_dataset import FeatureAggregationSimilarityDataset as Dataset
from redshells.model.feature_aggregation_similarity_model import FeatureAggregationSimilarityModel
from redshells.model.torch_checkpoint import Checkpoint
from redshells.predict import PredictFeatureAggregationSimilarity, PredictPairwiseSimilarity
from redshells.train import (
    OptimizeFeatureAggregationSimilarityModel,
    OptimizePairwiseSimilarityModel,
    TrainFeatureAggregationSimilarityModel,
    TrainPairwiseSimilarityModel,
    ValidateFeatureAggregationSimilarityModel,
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


SMALL: dict[str, Any] = {'embedding_size': 8, 'epoch_size': 15, 'show_progress': False}


def dataset(rows: int = 1500, items: int = 60, seed: int = 0, is_new: bool = False) -> Dataset:
    """Pairs of items with features of one of three groups, similar where it is the same."""
    generator = np.random.default_rng(seed)
    features = 1 + generator.integers(10, size=(items, 4)) * 3 + np.arange(items)[:, None] % 3
    features[::2, 3] = 0
    x, y = generator.integers(items, size=(2, rows))
    numbers = np.full((2, rows), -1) if is_new else (x, y)
    return Dataset(*numbers, features[x], features[y], (x % 3 == y % 3).astype(float), 64, max_feature_index=30)


def aggregation(workspace: Workspace, task_class: Any, **parameters: Any) -> Any:
    return workspace.task(task_class, **{'dataset_task': workspace.given(dataset()), **SMALL, **parameters})


@pytest.mark.parametrize('loss', ['squared', 'logistic'])
def test_new_items_are_similar_by_their_features(workspace: Workspace, loss: str) -> None:
    train = aggregation(workspace, TrainFeatureAggregationSimilarityModel, model_kwargs={'loss': loss})
    pairs = dataset(200, 20, seed=4, is_new=True)
    task = workspace.task(PredictFeatureAggregationSimilarity, model_task=train, dataset_task=workspace.given(pairs))
    result = workspace.build(task)
    assert list(result.columns) == ['x_item', 'y_item', 'score', 'similarity']
    assert ((result['similarity'] > 0.5) == (result['score'] == 1)).mean() > 0.97
    model = workspace.build(train)
    assert model.loss == loss
    assert model.training['pairs'] == model.training['rows'] == 1500
    assert len(model.training['learning_curve']['losses']) <= 15
    assert set(model.training['inputs']) == {'dataset_task'}
    assert train.get_task_log()['items'] == 60
    without = Dataset(pairs.x_item_indices, pairs.y_item_indices, pairs.x_item_features, pairs.y_item_features)
    task = workspace.task(
        PredictFeatureAggregationSimilarity,
        model_task=train,
        dataset_task=workspace.given(without),
        prediction_batch_size=17,
    )
    pd.testing.assert_frame_equal(workspace.build(task), result.drop(columns='score'))


def test_the_parameters_are_the_arguments_of_the_model(workspace: Workspace) -> None:
    parameters: dict[str, Any] = {
        'embedding_size': 5,
        'learning_rate': 0.02,
        'batch_size': 50,
        'epoch_size': 4,
        'test_size_rate': 0.3,
        'early_stopping_patience': 0,
        'max_data_size': 400,
        'random_seed': 3,
    }
    model = workspace.build(aggregation(workspace, TrainFeatureAggregationSimilarityModel, **parameters))
    expected = FeatureAggregationSimilarityModel(
        embedding_size=5,
        learning_rate=0.02,
        batch_size=50,
        epochs=4,
        validation_size=0.3,
        early_stopping_patience=0,
        random_seed=3,
    ).fit(dataset().get(400, random_seed=3))
    np.testing.assert_array_equal(model.weights_.feature_embeddings, expected.weights_.feature_embeddings)
    assert (model.training['pairs'], model.training['rows']) == (1500, 400)


def test_tuned_arguments_train_a_similarity(workspace: Workspace) -> None:
    others = {name: value for name, value in SMALL.items() if name != 'embedding_size'}
    data = workspace.given(dataset())
    best = workspace.task(
        OptimizeFeatureAggregationSimilarityModel, dataset_task=data, n_trials=3, metric='auc', **others
    )
    result = workspace.build(best)
    assert (result.problem, result.metric, result.direction) == ('similarity', 'auc', 'maximize')
    assert result.best_value > 0.95
    train = workspace.task(
        TrainFeatureAggregationSimilarityModel, dataset_task=data, best_params_task=best, learning_rate=0.03, **others
    )
    model = workspace.build(train)
    assert model.learning_rate == 0.03, 'what is explicit wins'
    assert model.regularization == result.best_params['regularization']
    wrong = workspace.task(
        TrainPairwiseSimilarityModel,
        item2embedding_task=workspace.given(embeddings()),
        similarity_data_task=workspace.given(pairs()),
        best_params_task=best,
        **NAMES,
        **FOREST,
    )
    assert isinstance(workspace.failure(wrong), ResultMismatchError)


def test_folds_keep_a_pair_together_and_hold_each_out_once(workspace: Workspace) -> None:
    task = aggregation(workspace, ValidateFeatureAggregationSimilarityModel, cross_validation_size=3)
    result = workspace.build(task)
    scores, predictions = result['scores'], result['predictions']
    assert list(scores['metric'][:3]) == ['rmse', 'mae', 'auc']
    assert scores.query("metric == 'auc'")['score'].min() > 0.9
    data = dataset()
    np.testing.assert_array_equal(predictions['x_item'], data.x_item_indices)
    np.testing.assert_array_equal(predictions['target'], data.scores)
    folds = predictions.groupby(data.pair_codes())['fold'].nunique()
    assert set(folds) == {1}
    assert set(predictions['fold']) == {0, 1, 2}
    assert predictions['prediction'].notna().all()


def test_scores_of_classes_need_classes(workspace: Workspace) -> None:
    data = dataset()
    assert data.scores is not None
    data.scores = data.scores + 0.5
    parameters: dict[str, Any] = {'dataset_task': workspace.given(data), 'metric': 'auc'}
    error = workspace.failure(aggregation(workspace, OptimizeFeatureAggregationSimilarityModel, **parameters))
    assert isinstance(error, DataError)
    assert "dataset_task=GivenTable: the metric 'auc' is of scores that are 0 or 1" in str(error)
    result = workspace.build(
        aggregation(
            workspace,
            ValidateFeatureAggregationSimilarityModel,
            dataset_task=workspace.given(data),
            cross_validation_size=2,
        )
    )
    assert set(result['scores']['metric']) == {'rmse', 'mae'}


def test_a_killed_task_goes_on_from_its_checkpoint(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    parameters: dict[str, Any] = {'checkpoint_every': 2, 'early_stopping_patience': 0}
    save, epochs = Checkpoint.save_if_due, []

    def save_and_die(self: Checkpoint, state: Any) -> None:
        save(self, state)
        epochs.append(state.epoch)
        if len(epochs) == 5:
            raise RuntimeError('killed')

    monkeypatch.setattr(Checkpoint, 'save_if_due', save_and_die)
    task = aggregation(workspace, TrainFeatureAggregationSimilarityModel, **parameters)
    assert 'killed' in str(workspace.failure(task))
    resumed = workspace.build(aggregation(workspace, TrainFeatureAggregationSimilarityModel, **parameters))
    assert epochs[5] == 5, 'it went on after the fourth epoch'
    whole = FeatureAggregationSimilarityModel(embedding_size=8, epochs=15, early_stopping_patience=0).fit(dataset())
    np.testing.assert_array_equal(resumed.weights_.feature_embeddings, whole.weights_.feature_embeddings)
    assert not [path for path in (workspace.folder / 'workspace').rglob('*.zip') if path.parent.name == 'checkpoint']


def test_arguments_are_given_once_and_by_their_names(workspace: Workspace) -> None:
    with pytest.raises(ParameterError, match=r"\['embedding_size'\] are given by parameters of the task"):
        aggregation(workspace, TrainFeatureAggregationSimilarityModel, model_kwargs={'embedding_size': 4})
    error = workspace.failure(
        aggregation(workspace, TrainFeatureAggregationSimilarityModel, model_kwargs={'test_size_rate': 0.1})
    )
    assert 'It is called validation_size' in str(error)
