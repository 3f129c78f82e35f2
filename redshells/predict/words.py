"""Find similar words, and export the vectors of words."""

from __future__ import annotations

import os
from tempfile import TemporaryDirectory
from typing import Any

import gokart
import numpy as np
import pandas as pd
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import ParameterError
from redshells.target import BytesProcessor, check_table_path
from redshells.task import RedshellsTask


class WithWordVectors(RedshellsTask[Any]):
    """Tasks that use the vectors of words."""

    model_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs word vectors: TrainWord2Vec, TrainFastText or TrainDoc2Vec.'
    )

    def check_parameters(self) -> None:
        """Check that the input is a model.

        Raises:
            ParameterError: It is not.
        """
        self.check_input('model_task', 'a model')

    def load_word_vectors(self) -> Any:
        """The model with the vectors.

        Raises:
            ParameterError: It has none.
        """
        return self.load_fitting(
            'model_task',
            lambda one: hasattr(one, 'similar_words'),
            'a task that outputs word vectors, such as TrainWord2Vec,',
        )


class FindSimilarWords(WithWordVectors):
    """Find the most similar words of each word, by the cosine of their vectors.

    Output: a data frame with the columns ``word``, ``similar_word``, ``rank`` (from 1) and ``similarity``: the words in
    order, and for each the most similar ones first. A word without a vector is left out; the log counts these.
    """

    words: tuple[str, ...] | list[str] = parameter.names(
        default=(), description='The words, where they are not given by word_task.'
    )
    word_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A task that outputs the words: a list, or a data frame with word_column_name.'
    )
    word_column_name: str | None = parameter.text(
        default=None, description='The column with the words, where word_task outputs a data frame.'
    )
    top_n: int = parameter.integer(default=10, minimum=1, description='How many are found for each word.')
    output_file_path: str = parameter.text(
        default='predict/similar_words.feather', description='Path of the table below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that there are words, that the output is a file that holds a table, and that the input is a model.

        Raises:
            ParameterError: There are none, or one is not.
        """
        super().check_parameters()
        check_table_path(self.output_file_path)
        self.check_input('word_task', 'a list or a table of words')
        if bool(self.words) == (self.word_task is not None):
            raise ParameterError(
                f'words={list(self.words)[:5]} and word_task={self.word_task and type(self.word_task).__name__} were '
                'given; one of them is expected.'
            )

    def output(self) -> TargetOnKart:
        """The similar words."""
        return self.file_target(self.output_file_path)

    def compute(self) -> pd.DataFrame:
        """The similar words."""
        from redshells.model.documents import read_texts

        words = list(self.words)
        if self.word_task is not None:
            with self.reading('word_task'):
                texts = read_texts(self.load_input('word_task'), self.word_column_name, 'word_column_name')
                words = [word for word in texts if word]
        found = self.load_word_vectors().similar_words(words, self.top_n)
        table: pd.DataFrame = found.table
        ranks = table.groupby('word', sort=False).cumcount().to_numpy() + 1
        table.insert(2, 'rank', np.asarray(ranks, dtype=np.int64))
        self.task_log.update(
            {
                'words': len(set(words)),
                'words_without_vector': len(found.unknown_words),
                'first_words_without_vector': found.unknown_words[:20],
            }
        )
        return table


class ExportWordVectors(WithWordVectors):
    """Write word vectors as the original word2vec does, which most libraries read.

    Output: the file, as text or binary; gensim's ``KeyedVectors.load_word2vec_format`` reads it from its path.
    """

    binary: bool = parameter.flag(
        default=False, description='Whether the numbers are written as bytes, exactly; as text otherwise.'
    )
    output_file_path: str = parameter.text(
        default='predict/word_vectors.txt', description='Path of the file below the workspace.'
    )

    def output(self) -> TargetOnKart:
        """The file."""
        return self.file_target(self.output_file_path, BytesProcessor())

    def compute(self) -> bytes:
        """The content of the file."""
        model = self.load_word_vectors()
        os.makedirs(self.local_temporary_directory, exist_ok=True)
        with TemporaryDirectory(dir=self.local_temporary_directory) as folder:
            path = os.path.join(folder, 'vectors')
            model.export_word2vec_format(path, binary=self.binary)
            with open(path, 'rb') as file:
                content = file.read()
        self.task_log.update({'words': len(model.wv), 'vector_size': int(model.vector_size), 'bytes': len(content)})
        return content
