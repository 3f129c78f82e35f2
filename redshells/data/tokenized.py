"""What the tasks that cut texts into tokens share."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import gokart
import pandas as pd
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.cores import thread_count
from redshells.errors import ParameterError
from redshells.target import check_pickle_path
from redshells.task import RedshellsTask

if TYPE_CHECKING:
    from redshells.model.token_rules import Tokenizer, TokenRules


class Tokenize(RedshellsTask[Any]):
    """Texts in, token lists out."""

    data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs texts: a list, an array, a series or a generator of strings, or a pandas or '
        'polars data frame with text_column_name.'
    )
    text_column_name: str | None = parameter.text(
        default=None, description='The column with the texts, where the input is a data frame.'
    )
    token_column_name: str | None = parameter.text(
        default=None,
        description='Output the table with the tokens in this column, in place of a list of token lists; it may be '
        'text_column_name.',
    )
    normalization: str = parameter.text(
        default='NFKC',
        choices=('NFKC', 'NFC', 'none'),
        description='Unicode normal form of the texts: NFKC makes one spelling of half and full width letters and of '
        'half width kana.',
    )
    lower_case: bool = parameter.flag(default=True, description='Whether capital letters become small ones.')
    stop_words: tuple[str, ...] | list[str] = parameter.words(
        default=(),
        description='Words that are left out, in any order; they are normalised and lowered like the tokens.',
    )
    minimum_token_length: int = parameter.integer(
        default=1, minimum=1, description='Tokens with fewer characters are left out.'
    )
    n_jobs: int = parameter.integer(
        default=-1, minimum=-1, significant=False, description='Number of processes; -1 for all cores.'
    )
    show_progress: bool = parameter.flag(
        default=True, significant=False, description='Whether a progress bar is shown on a terminal.'
    )
    output_file_path: str

    @abstractmethod
    def tokenizer_of_texts(self) -> Tokenizer:
        """What cuts the texts."""

    def rules(self) -> TokenRules:
        """Which tokens are kept, and how they are written."""
        from redshells.model.token_rules import TokenRules

        return TokenRules(
            normalization=self.normalization,
            lower_case=self.lower_case,
            stop_words=self.stop_words,
            minimum_token_length=self.minimum_token_length,
        )

    def check_parameters(self) -> None:
        """Check that the tokenizer takes its parameters, and that the output is a pickle file.

        Raises:
            ParameterError: One is not so.
        """
        check_pickle_path(self.output_file_path)
        if self.token_column_name and not self.text_column_name:
            raise ParameterError(
                f'token_column_name={self.token_column_name!r} was given without text_column_name; a table with texts '
                'in the column of that name is expected.'
            )
        thread_count(self.n_jobs)
        self.tokenizer_of_texts()

    def output(self) -> TargetOnKart:
        """The token lists."""
        return self.file_target(self.output_file_path)

    def compute(self) -> list[list[str]] | pd.DataFrame:
        """The token lists, or the table with them."""
        from redshells.model.documents import add_tokens, read_frames, read_texts
        from redshells.model.tokenization import tokenize

        value = self.load(self.data_task)
        with self.reading('data_task'):
            if self.token_column_name:
                value = read_frames(value)  # which is read twice
            texts = read_texts(value, self.text_column_name)
        documents = tokenize(self.tokenizer_of_texts(), texts, n_jobs=self.n_jobs, show_progress=self.show_progress)
        self.task_log.update(
            {
                'documents': len(documents),
                'empty_documents': sum(not document for document in documents),
                'tokens': sum(map(len, documents)),
                'distinct_tokens': len({token for document in documents for token in document}),
            }
        )
        if not self.token_column_name:
            return documents
        with self.reading('data_task'):
            return add_tokens(value, documents, self.text_column_name or '', self.token_column_name)
