"""Train what counts the tokens of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import EmptyTableError, ParameterError, require_installed
from redshells.task import RedshellsTask

if TYPE_CHECKING:
    from redshells.model.dictionary import Dictionary
    from redshells.model.saved_model import SavedModel
    from redshells.model.tfidf import Tfidf

T = TypeVar('T')
M = TypeVar('M', bound='SavedModel')


class FromTexts(RedshellsTask[T], Generic[T]):
    """Documents as lists of tokens."""

    tokenized_text_data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs token lists, strings split at spaces, or a data frame with one of them in a '
        'column.'
    )
    text_column_name: str | None = parameter.text(
        default=None, description='The column with the documents, where the input is a data frame.'
    )
    output_file_path: str = parameter.text(description='Path of the model below the workspace.')

    def check_parameters(self) -> None:
        """Check that gensim is installed.

        Raises:
            MissingExtraError: It is not.
        """
        require_installed(type(self).__name__, 'gensim', 'text')

    def output(self) -> TargetOnKart:
        """The model."""
        return self.model_target(self.output_file_path)

    def with_record(self, model: M) -> M:
        """The model, which says what it was trained on."""
        names = ('documents', 'tokens', 'different_tokens', 'kept_tokens', 'inputs')
        model.training = {name: self.task_log[name] for name in names if name in self.task_log}
        return model

    def load_documents(self) -> list[list[str]]:
        """The token lists of the documents.

        Raises:
            EmptyTableError: There are no documents.
            DataError: The input holds no documents.
        """
        from redshells.model.documents import read_documents

        documents = list(read_documents(self.load_input('tokenized_text_data_task'), self.text_column_name))
        if not documents:
            raise EmptyTableError('there are no documents. Check the task that makes them.')
        self.task_log.update({'documents': len(documents), 'tokens': sum(map(len, documents))})
        return documents


class TrainDictionary(FromTexts['Dictionary']):
    """Count the tokens of documents, and number those that are neither too rare nor too frequent.

    Output: a [`Dictionary`][redshells.model.dictionary.Dictionary], which is gensim's.
    """

    dictionary_filter_kwargs: dict[str, Any] = parameter.keyword_arguments(
        default={'no_below': 5, 'no_above': 0.5, 'keep_n': 100_000, 'keep_tokens': None},
        description="Arguments of gensim's Dictionary.filter_extremes; no token is left out when empty.",
    )
    output_file_path: str = parameter.text(
        default='model/dictionary.zip', description='Path of the dictionary below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check the arguments of the filter, besides what all tasks on texts check.

        Raises:
            ParameterError: gensim does not take one.
        """
        super().check_parameters()
        known = ('no_below', 'no_above', 'keep_n', 'keep_tokens')
        unknown = sorted(set(self.dictionary_filter_kwargs) - set(known))
        if unknown:
            raise ParameterError(f'dictionary_filter_kwargs has {unknown}; it may have {list(known)}.')

    def compute(self) -> Dictionary:
        """The dictionary."""
        from redshells.model.dictionary import Dictionary

        dictionary = Dictionary(self.load_documents())
        self.task_log['different_tokens'] = len(dictionary)
        if self.dictionary_filter_kwargs:
            dictionary.filter_extremes(**parameter.plain(self.dictionary_filter_kwargs))
            if not len(dictionary):
                raise ParameterError(
                    f'dictionary_filter_kwargs={dict(self.dictionary_filter_kwargs)} leaves none of the '
                    f'{self.task_log["different_tokens"]} tokens of {dictionary.num_docs} documents. '
                    'Lower no_below, or raise no_above.'
                )
        self.task_log['kept_tokens'] = len(dictionary)
        return self.with_record(dictionary)


class TrainTfidf(FromTexts['Tfidf']):
    """Learn how rare the tokens of documents are. Output: a [`Tfidf`][redshells.model.tfidf.Tfidf]."""

    dictionary_task: gokart.TaskOnKart[Any] | None = parameter.optional_task(
        description='A TrainDictionary task whose tokens are weighed; all tokens of the documents by default.'
    )
    output_file_path: str = parameter.text(
        default='model/tfidf.zip', description='Path of the model below the workspace.'
    )

    def compute(self) -> Tfidf:
        """The model."""
        from redshells.model.dictionary import Dictionary
        from redshells.model.tfidf import Tfidf

        documents = self.load_documents()
        if self.dictionary_task is None:
            return self.with_record(Tfidf.with_weights(documents)[0])
        dictionary = self.load_input('dictionary_task')
        if not isinstance(dictionary, Dictionary):
            raise ParameterError(
                f'dictionary_task={type(self.dictionary_task).__name__} outputs a {type(dictionary).__name__}; a '
                'TrainDictionary task is expected.'
            )
        return self.with_record(Tfidf(dictionary, documents))
