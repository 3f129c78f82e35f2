"""Vectors of documents as tables, and the documents that are similar."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from redshells.data import SplitTrainTestData
from redshells.errors import (
    ColumnTypeError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
    ParameterError,
)
from redshells.model.vector_table import vector_table
from redshells.predict import FindSimilarDocuments, InferDocumentVectors
from redshells.train import TrainDictionary, TrainLightGBM, TrainTfidf, TrainWord2Vec
from tests.model.topics import topic_documents
from tests.tables import Workspace

DOCUMENTS = [*topic_documents(30), [], ['unknown']]
INDEX = pd.Index([f'id{number // 2}' for number in range(32)], name='name')  # each is there twice
TABLE = pd.DataFrame({'tokens': DOCUMENTS, 'category': np.arange(32) % 3, 'other': 1.5}, index=INDEX)
TOKENS: dict[str, Any] = {'text_column_name': 'tokens'}
SMALL: dict[str, Any] = {'word2vec_kwargs': {'vector_size': 8, 'min_count': 1, 'epochs': 2}, 'workers': 1}


@pytest.fixture
def tfidf(workspace: Workspace) -> Any:
    return workspace.task(TrainTfidf, tokenized_text_data_task=workspace.given(DOCUMENTS))


@pytest.fixture
def word2vec(workspace: Workspace) -> Any:
    return workspace.task(TrainWord2Vec, tokenized_text_data_task=workspace.given(DOCUMENTS), **SMALL)


def infer(workspace: Workspace, model: Any, documents: Any, **parameters: Any) -> Any:
    return workspace.task(InferDocumentVectors, documents, model_task=model, **parameters)


@pytest.mark.parametrize('name', ['tfidf', 'word2vec'])
def test_rows_index_and_kept_columns_are_those_of_the_table(
    workspace: Workspace, name: str, request: pytest.FixtureRequest
) -> None:
    model = request.getfixturevalue(name)
    task = infer(workspace, model, TABLE, kept_column_names=['category', 'tokens'], vector_column_name='v', **TOKENS)

    result = workspace.build(task)

    assert list(result.columns) == ['category', 'tokens', 'v']
    pd.testing.assert_index_equal(result.index, INDEX)
    pd.testing.assert_frame_equal(result[['category', 'tokens']], TABLE[['category', 'tokens']])
    expected = workspace.build(model).document_vectors(DOCUMENTS)
    given = result['v'].array.matrix if name == 'tfidf' else np.stack(list(result['v']))
    assert abs(given - expected).max() == 0
    log = task.get_task_log()
    assert (log['documents'], log['documents_without_known_tokens']) == (32, 1)


@pytest.mark.parametrize(
    ('documents', 'parameters', 'index'),
    [
        (DOCUMENTS, {}, range(32)),
        ([' '.join(tokens) for tokens in DOCUMENTS], {}, range(32)),
        (tuple(DOCUMENTS), {}, range(32)),
        (pd.Series(DOCUMENTS, index=INDEX), {}, INDEX),
        (pd.Series(DOCUMENTS, index=INDEX, name='tokens'), TOKENS, INDEX),
        (TABLE, TOKENS, INDEX),
        ([TABLE[:10], TABLE[10:]], TOKENS, INDEX),
        ([TABLE[:10], TABLE[10:]], {**TOKENS, 'kept_column_names': ['other']}, INDEX),
        (pl.DataFrame({'tokens': DOCUMENTS}), TOKENS, range(32)),
        (
            pl.DataFrame({'tokens': DOCUMENTS, 'other': [1.5] * 32}),
            {**TOKENS, 'kept_column_names': ['other']},
            range(32),
        ),
        (pl.Series(DOCUMENTS), {}, range(32)),
    ],
)
def test_documents_of_all_kinds(workspace: Workspace, tfidf: Any, documents: Any, parameters: Any, index: Any) -> None:
    result = workspace.build(infer(workspace, tfidf, documents, **parameters))

    assert result.index.tolist() == list(index)
    assert list(result.columns) == [*parameters.get('kept_column_names', ()), 'vector']
    assert abs(result['vector'].array.matrix - workspace.build(tfidf).document_vectors(DOCUMENTS)).max() == 0


def test_dense_vectors_for_boosted_trees(workspace: Workspace, tfidf: Any) -> None:
    kept = {**TOKENS, 'kept_column_names': ['category']}
    sparse_task, dense_task = (infer(workspace, tfidf, TABLE, dense=dense, **kept) for dense in (False, True))
    trees: dict[str, Any] = {
        'target_column_name': 'category',
        'validation_size': 0.0,
        'model_kwargs': {'n_estimators': 2},
    }

    dense, rows = workspace.build(dense_task), workspace.build(sparse_task)['vector'].array.matrix.toarray()

    np.testing.assert_array_equal(np.stack(list(dense['vector'])), rows.astype(np.float32))
    assert workspace.build(TrainLightGBM, dense_task, **trees).n_features_in_ == 1
    failure = workspace.failure(workspace.task(TrainLightGBM, sparse_task, **trees))
    assert isinstance(failure, ColumnTypeError)
    assert "'vector' holds sparse vectors of" in str(failure)


def test_sparse_vectors_can_be_split(workspace: Workspace, tfidf: Any) -> None:
    vectors = infer(workspace, tfidf, TABLE, kept_column_names=['category'], **TOKENS)

    parts = workspace.build(SplitTrainTestData, vectors, test_size_rate=0.25, stratify_column_name='category')

    whole = workspace.build(vectors)
    together = pd.concat([parts['train'], parts['test']])
    assert len(together) == 32
    assert str(together['vector'].dtype) == str(whole['vector'].dtype)
    assert together['vector'].array.matrix.sum() == pytest.approx(whole['vector'].array.matrix.sum())
    failure = workspace.failure(
        SplitTrainTestData, vectors, test_size_rate=0.25, train_output_file_path='data/train.feather'
    )
    assert isinstance(failure, ColumnTypeError)
    assert "Use one that ends in '.pkl'" in str(failure)


def test_words_are_weighed_by_how_rare_they_are(workspace: Workspace, tfidf: Any, word2vec: Any) -> None:
    plain, weighed = (
        np.stack(list(workspace.build(infer(workspace, word2vec, DOCUMENTS, **idf))['vector']))
        for idf in ({}, {'idf_task': tfidf})
    )
    expected = workspace.build(word2vec).document_vectors(DOCUMENTS, idf=workspace.build(tfidf))
    np.testing.assert_array_equal(weighed, expected)
    assert (weighed != plain).any()
    for model, idf, message in [
        (tfidf, tfidf, 'model_task=TrainTfidf outputs a Tfidf, which does not average'),
        (word2vec, word2vec, 'idf_task=TrainWord2Vec outputs a Word2Vec; a TrainTfidf task is'),
    ]:
        assert message in str(workspace.failure(infer(workspace, model, DOCUMENTS, idf_task=idf)))


def test_what_can_not_be_inferred_is_refused(workspace: Workspace, tfidf: Any) -> None:
    dictionary = workspace.task(
        TrainDictionary, tokenized_text_data_task=workspace.given(DOCUMENTS), dictionary_filter_kwargs={}
    )
    kept = {'kept_column_names': ['category']}
    for model, documents, parameters, error, message in [
        (tfidf, TABLE, {}, ParameterError, 'text_column_name was not given'),
        (tfidf, TABLE, {'text_column_name': 'text'}, MissingColumnError, 'Set text_column_name'),
        (tfidf, TABLE, {**TOKENS, 'kept_column_names': ['x']}, MissingColumnError, 'Set kept_column_names'),
        (tfidf, DOCUMENTS, kept, ColumnTypeError, 'data_task=GivenTable: the input is of type list'),
        (tfidf, [], {}, EmptyTableError, 'there are no documents'),
        (tfidf, [], TOKENS, EmptyTableError, 'there are no documents'),
        (tfidf, TABLE[:0], TOKENS, EmptyTableError, 'there are no documents'),
        (workspace.given([1]), DOCUMENTS, {}, ParameterError, 'outputs a list; a task that outputs a text model'),
        (dictionary, DOCUMENTS, {'output_file_path': 'other.pkl'}, ParameterError, 'outputs a Dictionary; a task that'),
    ]:
        failure = workspace.failure(infer(workspace, model, documents, **parameters))
        assert isinstance(failure, error), failure
        assert message in str(failure)
    with pytest.raises(ParameterError, match="vector_column_name='category' is one of kept_column_names"):
        infer(workspace, tfidf, TABLE, vector_column_name='category', **kept, **TOKENS)
    with pytest.raises(ParameterError, match=r'pkl'):
        infer(workspace, tfidf, TABLE, output_file_path='vectors.feather', **TOKENS)


ROWS = np.array([[1.0, 0.0], [2.0, 0.1], [0.0, 1.0], [0.0, 0.0], [0.1, 1.0]])


def find(workspace: Workspace, table: Any, queries: Any = None, **parameters: Any) -> Any:
    if queries is not None:
        parameters['query_vector_task'] = workspace.given(queries)
    return workspace.task(FindSimilarDocuments, vector_task=workspace.given(table), **parameters)


@pytest.mark.parametrize('vectors', [ROWS, sparse.csr_array(ROWS)])
def test_the_most_similar_ones_come_first(workspace: Workspace, vectors: Any) -> None:
    table = vector_table(vectors, pd.DataFrame(index=pd.Index(list('abcde'), name='document id')))

    task = find(workspace, table, top_n=10)

    result = workspace.build(task)
    pairs = {name: ''.join(group['similar_document']) for name, group in result.groupby('document', sort=False)}
    assert pairs == {'a': 'bec', 'b': 'aec', 'c': 'eba', 'e': 'cba'}  # d has no direction
    assert list(result.columns) == ['document', 'similar_document', 'rank', 'similarity']
    assert result['rank'].tolist() == [1, 2, 3] * 4
    assert result.groupby('document')['similarity'].is_monotonic_decreasing.all()
    assert result['similarity'][0] == pytest.approx(2 / np.sqrt(4.01), abs=1e-6)
    assert workspace.build(find(workspace, table, top_n=1))['similar_document'].tolist() == list('baec')
    assert (task.get_task_log()['documents'], task.get_task_log()['queries']) == (5, 5)


@pytest.mark.parametrize('convert', [np.asarray, sparse.csr_array])
def test_queries_find_documents_and_not_each_other(workspace: Workspace, convert: Any) -> None:
    table = vector_table(ROWS, pd.DataFrame({'url': list('vwxyz')}))
    queries = vector_table(convert([[0.0, 5.0], [1.0, 0.0]]), pd.DataFrame({'url': ['q', 'v']}))

    result = workspace.build(find(workspace, table, queries, top_n=2, id_column_name='url'))

    assert result['document'].tolist() == list('qqvv')
    assert result['similar_document'].tolist() == list('xzvw')
    assert result['similarity'][2] == 1


@pytest.mark.parametrize(
    'names',
    [
        pd.Index([1, 1, 2, 3, 3]),
        pd.Index([1, 'a', None, 2.5, 'b'], dtype=object),
        pd.date_range('2024-01-01', periods=5),
        pd.date_range('2024-01-01', periods=5, tz='Asia/Tokyo'),
        pd.CategoricalIndex(list('aabcd')),
        pd.Index([1, None, 3, 4, 5], dtype='Int64'),
    ],
)
def test_names_keep_their_type(workspace: Workspace, names: Any) -> None:
    table = vector_table(ROWS, pd.DataFrame(index=names))
    kept = vector_table(ROWS, pd.DataFrame({'name': names.array}))
    pickle = {'top_n': 1, 'output_file_path': 'similar.pkl'}
    for task in (find(workspace, table, **pickle), find(workspace, kept, id_column_name='name', **pickle)):
        result = workspace.build(task)
        expected = pd.Series(names.take([0, 1, 2, 4]), name='document')
        pd.testing.assert_series_equal(result['document'], expected)
    if names.dtype != object:
        read = workspace.build(find(workspace, table, top_n=1))
        pd.testing.assert_series_equal(read['document'], expected)


def test_what_can_not_be_found_is_refused(workspace: Workspace) -> None:
    table = vector_table(ROWS, pd.DataFrame({'name': list('abcde')}))
    levels = pd.MultiIndex.from_product([['a'], range(5)])
    for task, error, message in [
        (find(workspace, table, vector_column_name='v'), MissingColumnError, 'Set vector_column_name'),
        (find(workspace, table, id_column_name='id'), MissingColumnError, 'Set id_column_name'),
        (find(workspace, table, table[['name']]), MissingColumnError, 'query_vector_task=GivenTable'),
        (find(workspace, table, vector_table(ROWS[:, :1], None)), ParameterError, 'the queries have 1 columns'),
        (
            find(workspace, vector_table(np.where(ROWS == 2, np.inf, ROWS), None)),
            InfiniteValueError,
            'missing or infinite',
        ),
        (find(workspace, table.set_index(levels)), ParameterError, 'an index of 2 levels'),
        (find(workspace, table[:0]), EmptyTableError, '0 sample'),
        (find(workspace, [1, 2]), ColumnTypeError, 'of type list'),
    ]:
        failure = workspace.failure(task)
        assert isinstance(failure, error), failure
        assert message in str(failure)
    result = workspace.build(find(workspace, vector_table(np.zeros((2, 2)), None)))
    assert result.empty
