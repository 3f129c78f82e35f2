"""The shape of texts: documents as lists of tokens, with or without labels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart
import pandas as pd

from redshells import parameter
from redshells.errors import EmptyTableError
from redshells.task import RedshellsTask
from redshells.train.tuned import load_tuning_result
from redshells.tuning.text_problem import PROBLEM

if TYPE_CHECKING:
    from redshells.model.corpus import Corpus
    from redshells.tuning.text_labels import LabelledFolds

T = TypeVar('T')


class FromTexts(RedshellsTask[T], Generic[T]):
    """Documents as lists of tokens."""

    tokenized_text_data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs token lists, strings split at spaces, or a data frame with one of them in a '
        'column.'
    )
    text_column_name: str | None = parameter.text(
        default=None, description='The column with the documents, where the input is a data frame.'
    )

    def check_parameters(self) -> None:
        """Check that the documents are one output of a task.

        Raises:
            ParameterError: They are not.
        """
        super().check_parameters()
        self.check_input('tokenized_text_data_task', 'a list or a table of documents')

    def load_documents(self) -> Iterator[list[str]]:
        """The token lists of the documents, one after the other; counted in the log when all are read.

        Raises:
            EmptyTableError: There are no documents, or none of them has a token.
            DataError: The input holds no documents.
        """
        return self.read_documents(self.load_input('tokenized_text_data_task'))

    def read_documents(self, value: Any) -> Iterator[list[str]]:
        """The token lists of what the input task gave.

        Raises:
            EmptyTableError: There are no documents, or none of them has a token.
            DataError: The input holds no documents.
        """
        from redshells.model.documents import read_documents

        documents, tokens = 0, 0
        with self.reading('tokenized_text_data_task'):
            for document in read_documents(value, self.text_column_name):
                documents += 1
                tokens += len(document)
                yield document
            if not documents:
                raise EmptyTableError('there are no documents. Check the task that makes them.')
            if not tokens:
                raise EmptyTableError(f'the {documents} documents have no tokens. Check the task that makes them.')
        self.task_log.update({'documents': documents, 'tokens': tokens})

    def load_tuned_arguments(self, model_name: str) -> dict[str, Any]:
        """The arguments that the task of ``best_params_task`` has found.

        Args:
            model_name: The model that they are for.

        Raises:
            ParameterError: The task outputs something else.
            ResultMismatchError: The tuning was of another model.
        """
        return dict(load_tuning_result(self, model_name, PROBLEM).best_params)

    @contextmanager
    def corpus_of(self, documents: Iterator[list[str]]) -> Iterator[Corpus]:
        """Documents as a file in the temporary directory, for the time of the block."""
        from redshells.model.corpus import Corpus

        os.makedirs(self.local_temporary_directory, exist_ok=True)
        with TemporaryDirectory(dir=self.local_temporary_directory) as folder:
            yield Corpus.write(documents, os.path.join(os.path.abspath(folder), 'documents.txt'))


class FromLabelledTexts(FromTexts[T], Generic[T]):
    """Documents as lists of tokens in a column of a data frame, and labels in another one."""

    target_column_name: str | None = parameter.text(
        default=None, description='The column with the labels, where the input is a data frame.'
    )

    def labelled_table(self, value: Any) -> pd.DataFrame:
        """The data frame that the input task gave, at once or in several ones.

        Raises:
            DataError: It gave no data frame.
        """
        from redshells.model.documents import read_frames

        with self.reading('tokenized_text_data_task'):
            return read_frames(value)

    def labelled_folds(self, table: pd.DataFrame, number_of_folds: int, random_seed: int) -> LabelledFolds:
        """The labels of documents, and the folds of a classifier of them.

        Raises:
            DataError: The table lacks the column, or has labels that can't be learnt.
        """
        from redshells.model.frame import require_columns
        from redshells.tuning.text_labels import LabelledFolds

        assert self.target_column_name is not None, 'checked when the task was constructed'
        with self.reading('tokenized_text_data_task'):
            require_columns(table, [self.target_column_name], 'target_column_name')
            return LabelledFolds.of(table[self.target_column_name], number_of_folds, random_seed)
