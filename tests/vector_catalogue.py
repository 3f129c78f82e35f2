"""One minimal example of each public task that uses the vectors of words and documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from redshells.errors import (
    ColumnTypeError,
    DataError,
    EmptyTableError,
    InfiniteValueError,
    MissingColumnError,
    ParameterError,
)
from redshells.predict import ExportWordVectors, FindSimilarDocuments, FindSimilarWords, InferDocumentVectors
from redshells.testing import TaskExample, bad_table
from tests.text_inputs import (
    A_TABLE,
    WORD_VECTORS,
    MakeModel,
    bad_texts,
    changed,
    dense,
    documents,
    given,
    model_recipe,
)


def seen_of_vectors(output: pd.DataFrame, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a table with vectors."""
    return {'vectors': dense(output['vector'].array.matrix), 'others': output.drop(columns='vector')}


def _vectors(rows: int, seed: int = 0) -> pd.DataFrame:
    vectors = np.random.default_rng(seed).normal(size=(rows, 4)).round(3)
    return pd.DataFrame({'item': [f'i{row}' for row in range(rows)], 'vector': list(vectors)})


def _with_first(data: pd.DataFrame, vector: Any) -> pd.DataFrame:
    return data.assign(vector=pd.Series([vector, *data['vector'].iloc[1:]], data.index, dtype=object))


VECTOR_EXAMPLES: list[TaskExample] = [
    TaskExample(
        task_class=InferDocumentVectors,
        make_task=lambda data, model: InferDocumentVectors(
            model_task=MakeModel(data_task=model), data_task=data, text_column_name='text', kept_column_names=['topic']
        ),
        kind='table',
        make_inputs=lambda: {'data': documents(12, seed=1), 'model': model_recipe('tfidf:Tfidf')},
        observe=seen_of_vectors,
        bad_inputs=(
            *bad_texts('data'),
            changed('a table as a model', ParameterError, model=A_TABLE),
            given('a missing column to keep', MissingColumnError, kept_column_names=['absent']),
            given('words of one length where none are averaged', ParameterError, normalize_words=True),
            given('a name that is taken', ParameterError, vector_column_name='topic'),
            given('a file without vectors', ParameterError, output_file_path='predict/vectors.csv'),
        ),
        work=('redshells.model.tfidf:Tfidf.document_vectors',),
    ),
    TaskExample(
        task_class=FindSimilarDocuments,
        make_task=lambda data, queries: FindSimilarDocuments(
            vector_task=data, query_vector_task=queries, top_n=3, id_column_name='item'
        ),
        kind='table',
        make_inputs=lambda: {'data': _vectors(20), 'queries': _vectors(5, seed=1)},
        bad_inputs=(
            bad_table('data', 'no table', ColumnTypeError, lambda data: data['vector'].tolist()),
            bad_table('data', 'no documents', EmptyTableError, lambda data: data.iloc[:0]),
            bad_table('data', 'no vectors', MissingColumnError, lambda data: data.drop(columns='vector')),
            bad_table('data', 'numbers as vectors', ColumnTypeError, lambda data: data.assign(vector=1.0)),
            bad_table('data', 'texts as vectors', ColumnTypeError, lambda data: data.assign(vector='a')),
            bad_table('data', 'a missing vector', ColumnTypeError, lambda data: _with_first(data, None)),
            bad_table('data', 'a shorter vector', ColumnTypeError, lambda data: _with_first(data, np.zeros(2))),
            bad_table(
                'data', 'a vector with NaN', InfiniteValueError, lambda data: _with_first(data, np.full(4, np.nan))
            ),
            bad_table(
                'data', 'names of several types', ColumnTypeError, lambda data: data.assign(item=[1, *data['item'][1:]])
            ),
            bad_table('data', 'a missing id column', MissingColumnError, lambda data: data.drop(columns='item')),
            bad_table('queries', 'queries of another size', DataError, lambda one: one.assign(vector=[np.ones(2)] * 5)),
            given('none at all', ParameterError, top_n=0),
            given('a file without tables', ParameterError, output_file_path='predict/similar.txt'),
        ),
        work=('redshells.model.nearest_neighbors:find_nearest_rows',),
    ),
    TaskExample(
        task_class=FindSimilarWords,
        make_task=lambda words, model: FindSimilarWords(
            model_task=MakeModel(data_task=model), word_task=words, word_column_name='word', top_n=3
        ),
        kind='table',
        make_inputs=lambda: {
            'words': pd.DataFrame({'word': ['cat', 'tea', 'no such word', None, 'cat']}),
            'model': model_recipe('word2vec:Word2Vec', **WORD_VECTORS),
        },
        bad_inputs=(
            bad_table('words', 'a missing column', MissingColumnError, lambda words: words.rename(columns=str.upper)),
            bad_table('words', 'numbers as words', ColumnTypeError, lambda words: words.assign(word=1)),
            changed('a single word', ColumnTypeError, words='cat'),
            changed('no model', ParameterError, model=A_TABLE),
            changed('a model without vectors of words', ParameterError, model=model_recipe('tfidf:Tfidf')),
            given('no words', ParameterError, word_task=None),
            given('words twice', ParameterError, words=['cat']),
            given('no name of the column', ParameterError, word_column_name=None),
            given('none at all', ParameterError, top_n=0),
            given('a file without tables', ParameterError, output_file_path='predict/similar.txt'),
        ),
        work=('redshells.model.similar_words:find_similar_words',),
    ),
    TaskExample(
        task_class=ExportWordVectors,
        make_task=lambda model: ExportWordVectors(model_task=MakeModel(data_task=model)),
        kind='other',
        make_inputs=lambda: {'model': model_recipe('word2vec:Word2Vec', **WORD_VECTORS)},
        bad_inputs=(
            changed('no model', ParameterError, model=A_TABLE),
            changed('a model without vectors of words', ParameterError, model=model_recipe('tfidf:Tfidf')),
            changed(
                'words with spaces',
                ParameterError,
                model=model_recipe('word2vec:Word2Vec', **{**WORD_VECTORS, 'documents': [['New York', 'town']] * 9}),
            ),
        ),
        work=('gensim.models.keyedvectors:KeyedVectors.save_word2vec_format',),
    ),
]
