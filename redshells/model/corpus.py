"""Documents in a file, one a line: what is larger than memory, and is read more than once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from redshells.errors import DataError

_JSON = '\0'  # begins the line of a document whose tokens have white space within them


@dataclass(frozen=True)
class Corpus:
    """Documents in a file, one a line, that can be read any number of times.

    The tokens of a document are separated by spaces, as gensim reads them.

    Attributes:
        path: Path of the file.
        number_of_documents: Its lines.
        number_of_tokens: The tokens of all documents.
        is_plain: Whether no token has white space within it. If one has, the file can only be read from here.
    """

    path: str
    number_of_documents: int
    number_of_tokens: int
    is_plain: bool

    @classmethod
    def write(cls, documents: Iterable[Sequence[str]], path: str) -> Corpus:
        r"""Write documents to a file.

        Args:
            documents: The tokens of each document; read once, one document at a time.
            path: Path of the file.

        Raises:
            DataError: A token can not be written in UTF-8.

        Example:
            >>> import tempfile
            >>> with tempfile.NamedTemporaryFile() as file:
            ...     corpus = Corpus.write([['a', 'cat'], [], ['New York']], file.name)
            ...     print(list(corpus), corpus.is_plain)
            [['a', 'cat'], [], ['New York']] False
        """
        number, tokens, is_plain = 0, 0, True
        with open(path, 'w', encoding='utf-8', newline='\n') as file:
            for number, document in enumerate(documents, 1):
                line = ' '.join(document)
                if line.split() != list(document) or line.startswith(_JSON):
                    is_plain = False
                    line = _JSON + json.dumps(list(document), ensure_ascii=False)
                try:
                    file.write(line + '\n')
                except UnicodeEncodeError as error:
                    raise DataError(
                        f'document {number - 1} has {error.object[error.start : error.end]!r} in it, half a character, '
                        'which can not be written in UTF-8. Remove it where the documents are made.'
                    ) from error
                tokens += len(document)
        return cls(path, number, tokens, is_plain)

    def __iter__(self) -> Iterator[list[str]]:
        """The tokens of each document."""
        with open(self.path, encoding='utf-8', newline='\n') as file:
            for line in file:
                yield json.loads(line[1:]) if line.startswith(_JSON) else line.split()

    def __len__(self) -> int:
        return self.number_of_documents
