"""Infer the vectors of documents, and find documents with similar ones."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import gokart
import numpy as np
import pandas as pd
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import ColumnTypeError, DataError, EmptyTableError, ParameterError
from redshells.target import check_pickle_path, check_table_path
from redshells.task import RedshellsTask

if TYPE_CHECKING:
    from redshells.model.document_model import DocumentVectors


class InferDocumentVectors(RedshellsTask[pd.DataFrame]):
    """Infer a vector for each document with a text model, for the ``train_data_task`` of a classifier.

    Output: a data frame with one row for each document, in order: the kept columns, and a column of vectors. Models
    whose vectors are mostly zeros (TF-IDF, SCDV) give a column of sparse ones, for estimators; with ``dense=True``
    boosted trees can learn from it, too.
    """

    model_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs a text model: SCDV, doc2vec, TF-IDF, LDA, word2vec or fastText.'
    )
    data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs token lists, strings split at spaces, or a data frame with one of them in a '
        'column.'
    )
    text_column_name: str | None = parameter.text(
        default=None, description='The column with the documents, where the input is a data frame.'
    )
    kept_column_names: tuple[str, ...] | list[str] = parameter.names(
        default=(), description='Columns of the data frame that stand in the output as they are, such as the labels.'
    )
    vector_column_name: str = parameter.text(default='vector', description='The column with the vectors.')
    dense: bool = parameter.flag(default=False, description='Whether sparse vectors become dense ones.')
    idf_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A TrainTfidf task, by whose inverse document frequencies the words are weighed where vectors of '
        'words are averaged (word2vec, fastText).'
    )
    normalize_words: bool = parameter.flag(
        default=False,
        description='Whether vectors of words are made of length 1 before they are averaged (word2vec, fastText), so '
        'that frequent words with long vectors count no more than others.',
    )
    output_file_path: str = parameter.text(
        default='predict/document_vectors.pkl', description='Path of the vectors below the workspace, a pickle file.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a pickle file, that the inputs are models and documents, and the names of columns.

        Raises:
            ParameterError: One is not, or the column with the vectors has the name of a kept one.
        """
        check_pickle_path(self.output_file_path)
        if self.vector_column_name in self.kept_column_names:
            raise ParameterError(
                f'kept_column_names has {self.vector_column_name!r}, where the vectors go. Choose another '
                'vector_column_name.'
            )
        self.check_input('model_task', 'a model')
        self.check_input('data_task', 'a list or a table of documents')
        self.check_input('idf_task', 'a model')

    def output(self) -> TargetOnKart:
        """The vectors."""
        return self.file_target(self.output_file_path)

    def compute(self) -> pd.DataFrame:
        """The vectors."""
        from redshells.model.vector_table import to_dense, vector_table

        model = self._load_model()
        documents, kept = self._load_documents()
        vectors = self._infer(model, documents)
        if self.dense:
            vectors = to_dense(vectors)
        result = vector_table(vectors, kept, self.vector_column_name)
        without = vectors.shape[0] - int(np.count_nonzero(np.asarray(abs(vectors).sum(axis=1)).ravel()))
        self.task_log.update(
            {'documents': len(result), 'vector_size': int(vectors.shape[1]), 'documents_without_known_tokens': without}
        )
        return result

    def _load_documents(self) -> tuple[list[list[str]], pd.DataFrame | None]:
        """The token lists of the documents; and the kept columns, where the input has any, or an index."""
        from redshells.model.documents import read_documents, read_frames
        from redshells.model.frame import require_columns

        value, kept = self.load_input('data_task'), None
        with self.reading('data_task'):
            if self.text_column_name or self.kept_column_names:
                value = value.to_frame() if isinstance(value, pd.Series) else read_frames(value)
                require_columns(value, self.kept_column_names, 'kept_column_names')
                kept = value[list(self.kept_column_names)]
            elif isinstance(value, pd.Series):
                kept = pd.DataFrame(index=value.index)
            documents = list(read_documents(value, self.text_column_name))
            if not documents:
                raise EmptyTableError('there are no documents. Check the task that makes them.')
        return documents, kept

    def _load_model(self) -> Any:
        from redshells.model.document_model import DocumentModel

        return self.load_fitting(
            'model_task',
            lambda one: isinstance(one, DocumentModel),
            'a task that outputs a text model, such as TrainSCDV,',
        )

    def _infer(self, model: Any, documents: list[list[str]]) -> DocumentVectors:
        arguments = {**({'normalize_words': True} if self.normalize_words else {}), **self._load_idf()}
        refused = sorted(set(arguments) - set(inspect.signature(model.document_vectors).parameters))
        if refused:
            given = ' and '.join({'idf': 'idf_task', 'normalize_words': 'normalize_words=True'}[one] for one in refused)
            raise ParameterError(
                f'{given} was given, and model_task={type(self.model_task).__name__} outputs a '
                f'{type(model).__name__}, which does not average vectors of words. Leave it out.'
            )
        vectors: DocumentVectors = model.document_vectors(documents, **arguments)
        return vectors

    def _load_idf(self) -> dict[str, Any]:
        if self.idf_task is None:
            return {}
        from redshells.model.tfidf import Tfidf

        return {'idf': self.load_fitting('idf_task', lambda one: isinstance(one, Tfidf), 'a TrainTfidf task')}


class FindSimilarDocuments(RedshellsTask[pd.DataFrame]):
    """Find the most similar documents of each document, by the cosine of their vectors.

    Output: a data frame with the columns ``document``, ``similar_document``, ``rank`` (from 1) and ``similarity``: the
    documents in order, and for each the most similar ones first. A document without a known token has none.
    """

    vector_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs the documents to find: a data frame with a column of vectors, such as '
        'InferDocumentVectors.'
    )
    query_vector_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs the documents whose similar ones are found; those of vector_task by default, '
        'each without itself.'
    )
    top_n: int = parameter.integer(default=10, minimum=1, description='How many are found for each document.')
    vector_column_name: str = parameter.text(default='vector', description='The column with the vectors.')
    id_column_name: str | None = parameter.text(
        default=None, description='The column by which documents are named in the output; their index by default.'
    )
    output_file_path: str = parameter.text(
        default='predict/similar_documents.feather', description='Path of the table below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, and that the inputs are tables.

        Raises:
            ParameterError: One is not.
        """
        check_table_path(self.output_file_path)
        self.check_input('vector_task')
        self.check_input('query_vector_task')

    def output(self) -> TargetOnKart:
        """The similar documents."""
        return self.file_target(self.output_file_path)

    def compute(self) -> pd.DataFrame:
        """The similar documents."""
        from redshells.model.nearest_neighbors import find_nearest_rows

        candidates, names = self._load_vectors('vector_task')
        queries, query_names, own = candidates, names, np.arange(len(names))
        if self.query_vector_task is not None:
            queries, query_names = self._load_vectors('query_vector_task')
            own = np.full(len(query_names), -1)
            self._check_sizes(queries, candidates)
        nearest = find_nearest_rows(queries, candidates, self.top_n, left_out=own)
        rows, ranks = np.nonzero(nearest.positions >= 0)
        self.task_log.update({'documents': len(names), 'queries': len(query_names)})
        return pd.DataFrame(
            {
                'document': query_names.take(rows),
                'similar_document': names.take(nearest.positions[rows, ranks]),
                'rank': ranks + 1,
                'similarity': nearest.similarities[rows, ranks],
            }
        )

    def _check_sizes(self, queries: DocumentVectors, candidates: DocumentVectors) -> None:
        if queries.shape[1] != candidates.shape[1]:
            raise DataError(
                f'the vectors of query_vector_task={type(self.query_vector_task).__name__} have {queries.shape[1]} '
                f'numbers, and those of vector_task={type(self.vector_task).__name__} have {candidates.shape[1]}; as '
                'many are expected. Infer both with one model.'
            )

    def _load_vectors(self, parameter_name: str) -> tuple[DocumentVectors, Any]:
        from redshells.model.frame import require_columns
        from redshells.model.vector_table import vectors_of

        with self.reading(parameter_name):
            vectors, table = vectors_of(self.load_input(parameter_name), self.vector_column_name)
            if self.id_column_name is not None:
                require_columns(table, [self.id_column_name], 'id_column_name')
                names = table[self.id_column_name].array
            elif table.index.nlevels > 1:
                raise ParameterError(
                    f'the table of {parameter_name} has an index of {table.index.nlevels} levels, which can not name '
                    'documents. Set id_column_name, or reset the index of the table before.'
                )
            else:
                names = table.index.array
            if pd.api.types.infer_dtype(np.asarray(names), skipna=True).startswith('mixed'):
                types = sorted({type(name).__name__ for name in names})
                raise ColumnTypeError(
                    f'the documents are named by values of the types {types}; strings, numbers or times, all of one '
                    'type, are expected. Convert them, or set id_column_name.'
                )
        return vectors, names
