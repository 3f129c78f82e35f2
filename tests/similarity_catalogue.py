"""One minimal example of each public task on the similarity of items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gokart
import numpy as np
import pandas as pd

from redshells import predict as predict_tasks
from redshells import train as train_tasks
from redshells.errors import (
    ColumnTypeError,
    DataError,
    DuplicateColumnError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
    MissingValueError,
    ParameterError,
    SplitError,
    TargetError,
    UnknownNameError,
)
from redshells.model.feature_aggregation_similarity_dataset import FeatureAggregationSimilarityDataset
from redshells.testing import BadInput, TaskExample, bad_table, unknown_keyword
from tests.text_catalogue import without_seconds
from tests.text_inputs import given

_ITEMS, _FEATURES = 24, 12
_FOREST = {'n_estimators': 8, 'max_depth': 4}


def _vectors(seed: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(_ITEMS, 4)) + 2 * np.eye(4)[np.arange(_ITEMS) % 4]
    return pd.DataFrame({'item': [f'i{item}' for item in range(_ITEMS)], 'vector': list(vectors.round(3))})


def _pairs(rows: int = 120, seed: int = 0) -> pd.DataFrame:
    left, right = np.random.default_rng(seed).integers(_ITEMS, size=(2, rows))
    table = pd.DataFrame({'item0': [f'i{item}' for item in left], 'item1': [f'i{item}' for item in right]})
    table['similarity'] = (left % 4 == right % 4).astype(int)
    return table.set_index(pd.RangeIndex(1000, 1000 + rows))


def dataset(rows: int = 120, seed: int = 0) -> FeatureAggregationSimilarityDataset:
    """Pairs of items with features of one group or of two."""
    generator = np.random.default_rng(seed)
    features = 1 + generator.integers(_FEATURES // 3, size=(_ITEMS, 3)) * 3 + np.arange(_ITEMS)[:, None] % 3
    features[::2, 2] = 0
    x, y = generator.integers(_ITEMS, size=(2, rows))
    return FeatureAggregationSimilarityDataset(x, y, features[x], features[y], (x % 3 == y % 3).astype(float), 32)


def seen_of_pair_model(model: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a classifier makes of products of vectors."""
    products = list(np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32))
    probabilities = model.predict_proba(pd.DataFrame({'product': products}))
    return {'probabilities': probabilities, 'training': dict(model.training)}


def seen_of_feature_model(model: Any, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a model makes of pairs, and the vectors of items."""
    pairs = inputs['data']
    indices, features = (pairs.x_item_indices, pairs.y_item_indices), (pairs.x_item_features, pairs.y_item_features)
    return {
        'similarity': model.calculate_similarity(*indices, *features),
        'vectors': model.calculate_embeddings(pairs.x_item_features),
        'training': dict(model.training),
    }


_BAD_VECTORS = (
    bad_table('vectors', 'no vectors at all', EmptyTableError, lambda vectors: vectors.iloc[:0]),
    bad_table('vectors', 'vectors without ids', MissingColumnError, lambda vectors: vectors.drop(columns='item')),
    bad_table('vectors', 'texts as vectors', ColumnTypeError, lambda vectors: vectors.assign(vector='a')),
    bad_table('vectors', 'vectors twice', DataError, lambda vectors: pd.concat([vectors, vectors])),
    bad_table(
        'vectors',
        'vectors with NaN',
        InfiniteValueError,
        lambda one: one.assign(vector=[np.full(4, np.nan)] * len(one)),
    ),
    given('an unknown column of the vectors', MissingColumnError, vector_column_name='absent'),
)
_BAD_PAIRS = (
    bad_table('data', 'no table at all', ColumnTypeError, lambda data: data.to_dict('list')),
    bad_table('data', 'a missing column', MissingColumnError, lambda data: data.drop(columns='item1')),
    bad_table('data', 'missing items', MissingValueError, lambda data: data.assign(item0=None)),
    bad_table('data', 'items of another type', ColumnTypeError, lambda data: data.assign(item0=1)),
)
_BAD_LABELS = (
    bad_table('data', 'no pairs', EmptyTableError, lambda data: data.iloc[:0]),
    bad_table('data', 'no labels', MissingColumnError, lambda data: data.drop(columns='similarity')),
    bad_table('data', 'items that nobody knows', DataError, lambda data: data.assign(item0='nobody')),
    bad_table('data', 'one class', TargetError, lambda data: data.assign(similarity=1)),
    bad_table('data', 'three classes', TargetError, lambda data: data.assign(similarity=np.arange(len(data)) % 3)),
    bad_table('data', 'missing labels', MissingValueError, lambda data: data.assign(similarity=np.nan)),
)


def _pairwise(name: str, kind: Any, *bad: BadInput, observe: Any = None, **parameters: Any) -> TaskExample:
    task_class: Any = getattr(train_tasks, name)

    def make_task(vectors: Any, data: Any) -> gokart.TaskOnKart[Any]:
        task: gokart.TaskOnKart[Any] = task_class(
            item2embedding_task=vectors,
            similarity_data_task=data,
            model_name='RandomForestClassifier',
            model_kwargs=_FOREST,
            **parameters,
        )
        return task

    return TaskExample(
        task_class=task_class,
        make_task=make_task,
        kind=kind,
        make_inputs=lambda: {'vectors': _vectors(), 'data': _pairs()},
        seed_parameter='random_seed',
        bad_inputs=(
            *_BAD_VECTORS,
            *_BAD_PAIRS,
            *_BAD_LABELS,
            unknown_keyword(**_FOREST),
            given('an unknown model', UnknownNameError, model_name='NoSuchModel'),
            given('a model for numbers', ParameterError, model_name='XGBRegressor', model_kwargs={}),
            given('a fractional seed', ParameterError, random_seed=3.5),
            given('a class for a task', ParameterError, similarity_data_task=gokart.TaskOnKart),
            *bad,
        ),
        work=('sklearn.ensemble:RandomForestClassifier.fit',),
        observe=observe,
    )


def _trained_on_pairs(vectors: Any, data: Any) -> Any:
    return train_tasks.TrainPairwiseSimilarityModel(
        item2embedding_task=vectors,
        similarity_data_task=data,
        model_name='RandomForestClassifier',
        model_kwargs=_FOREST,
        n_jobs=1,
    )


def _bad_dataset(
    name: str, error: Any, change: Callable[[FeatureAggregationSimilarityDataset], Any], input_name: str = 'data'
) -> BadInput:
    return BadInput(name=name, error=error, change=lambda inputs: {**inputs, input_name: change(inputs[input_name])})


def _without_scores(data: FeatureAggregationSimilarityDataset) -> FeatureAggregationSimilarityDataset:
    return FeatureAggregationSimilarityDataset(
        data.x_item_indices, data.y_item_indices, data.x_item_features, data.y_item_features
    )


_SMALL: dict[str, Any] = {'embedding_size': 4, 'epoch_size': 3, 'test_size_rate': 0.2}
_NO_DATASET = _bad_dataset('a table', ParameterError, lambda data: pd.DataFrame({'a': data.x_item_indices}))


def _aggregation(name: str, kind: Any, *bad: BadInput, observe: Any = None, **parameters: Any) -> TaskExample:
    task_class: Any = getattr(train_tasks, name)
    return TaskExample(
        task_class=task_class,
        make_task=lambda data: task_class(dataset_task=data, show_progress=False, **parameters),
        kind=kind,
        make_inputs=lambda: {'data': dataset()},
        seed_parameter='random_seed',
        bad_inputs=(
            _NO_DATASET,
            _bad_dataset('no pairs', EmptyTableError, lambda data: data.take(np.array([], dtype=int))),
            _bad_dataset('no scores', DataError, _without_scores),
            unknown_keyword(),
            given('an earlier keyword', ParameterError, model_kwargs={'epoch_size': 3}),
            given('the seed among the arguments', ParameterError, model_kwargs={'random_seed': 3}),
            given('an unknown loss', ParameterError, model_kwargs={'loss': 'hinge'}),
            given('too few items', DataError, model_kwargs={'item_size': 2}),
            given('no epochs', ParameterError, epoch_size=0),
            given('no threads', ParameterError, n_jobs=0),
            given('an unknown device', ParameterError, device='tpu'),
            *bad,
        ),
        work=('redshells.model.torch_training:train_epochs',),
        libraries=('torch',),
        observe=observe,
    )


def _trained_on_features(data: Any) -> Any:
    return train_tasks.TrainFeatureAggregationSimilarityModel(dataset_task=data, show_progress=False, **_SMALL)


SIMILARITY_EXAMPLES: list[TaskExample] = [
    _pairwise('TrainPairwiseSimilarityModel', 'model', observe=seen_of_pair_model, n_jobs=1),
    _pairwise(
        'OptimizePairwiseSimilarityModel',
        'tuning_result',
        given('a split by time', ParameterError, split='time'),
        given('an unknown metric', UnknownNameError, metric='no_such_metric'),
        n_trials=2,
        cross_validation_size=2,
        search_space={'min_samples_leaf': {'type': 'int', 'low': 1, 'high': 5}},
        show_progress=False,
    ),
    _pairwise(
        'ValidatePairwiseSimilarityModel',
        'tables',
        given('a split by group', ParameterError, split='group'),
        given('an unknown metric', UnknownNameError, metrics=['no_such_metric']),
        observe=without_seconds,
        cross_validation_size=2,
        n_jobs=1,
    ),
    TaskExample(
        task_class=predict_tasks.PredictPairwiseSimilarity,
        make_task=lambda vectors, train, data: predict_tasks.PredictPairwiseSimilarity(
            model_task=_trained_on_pairs(vectors, train), item2embedding_task=vectors, data_task=data
        ),
        kind='table',
        make_inputs=lambda: {
            'vectors': _vectors(),
            'train': _pairs(),
            'data': _pairs(30, seed=1).drop(columns='similarity'),
        },
        bad_inputs=(
            *_BAD_PAIRS,
            bad_table('data', 'a column that is taken', DuplicateColumnError, lambda data: data.assign(similarity=0)),
            given('an unknown column of the vectors', MissingColumnError, vector_column_name='absent'),
            given('a file without tables', ParameterError, output_file_path='predict/similarity.txt'),
        ),
        work=('redshells.model.pair_products:multiply_pairs',),
    ),
    _aggregation(
        'TrainFeatureAggregationSimilarityModel',
        'model',
        given('an argument twice', ParameterError, model_kwargs={'embedding_size': 4}),
        observe=seen_of_feature_model,
        **_SMALL,
    ),
    _aggregation(
        'OptimizeFeatureAggregationSimilarityModel',
        'tuning_result',
        given('an unknown metric', UnknownNameError, metric='no_such_metric'),
        given('more folds than pairs', SplitError, cross_validation_size=1000),
        given('no time', ParameterError, timeout=0.0),
        given('an unknown sampler', UnknownNameError, sampler='NoSuchSampler'),
        n_trials=2,
        cross_validation_size=2,
        **{name: value for name, value in _SMALL.items() if name != 'embedding_size'},
    ),
    _aggregation(
        'ValidateFeatureAggregationSimilarityModel',
        'tables',
        given('an unknown metric', UnknownNameError, metrics=['no_such_metric']),
        given('more folds than pairs', SplitError, cross_validation_size=1000),
        observe=without_seconds,
        cross_validation_size=2,
        **_SMALL,
    ),
    TaskExample(
        task_class=predict_tasks.PredictFeatureAggregationSimilarity,
        make_task=lambda train, data: predict_tasks.PredictFeatureAggregationSimilarity(
            model_task=_trained_on_features(train), dataset_task=data
        ),
        kind='table',
        make_inputs=lambda: {'train': dataset(), 'data': dataset(30, seed=1)},
        bad_inputs=(
            _NO_DATASET,
            given('a file without tables', ParameterError, output_file_path='predict/similarity.txt'),
        ),
        work=('redshells.model.feature_aggregation:FeatureAggregation.similarity',),
    ),
]
