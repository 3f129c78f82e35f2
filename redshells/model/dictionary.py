"""A dictionary of tokens: gensim's, built several times faster, and saved without pickle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import gensim.corpora
import numpy as np
from scipy import sparse

from redshells.archive import Archive, array_to_bytes, bytes_to_array
from redshells.errors import DataError, EmptyTableError, ParameterError
from redshells.model.dictionary_arguments import check_filter_arguments
from redshells.model.saved_model import SavedModel
from redshells.model.token_counts import count_known_tokens, count_tokens

_ARRAYS = ('ids', 'document_frequencies', 'collection_frequencies')


class Dictionary(SavedModel, gensim.corpora.Dictionary):  # type: ignore[misc]
    """Tokens and their ids, with the numbers of documents and places that have them.

    It is ``gensim.corpora.Dictionary`` in all that it has: the same ids, frequencies and methods. Its own are a fast
    way to build it, counts as a sparse matrix, and archives in place of pickles.

    Args:
        documents: The tokens of each document, from which it is built; read once. None for an empty dictionary.

    Example:
        >>> dictionary = Dictionary([['to', 'be', 'or', 'not', 'to', 'be'], ['to', 'do']])
        >>> dictionary.token2id
        {'be': 0, 'not': 1, 'or': 2, 'to': 3, 'do': 4}
        >>> dictionary.doc2bow(['to', 'be', 'sure'])
        [(0, 1), (3, 1)]
    """

    def __init__(self, documents: Iterable[Sequence[str]] | None = None) -> None:
        super().__init__()
        if documents is not None:
            self._take(*count_tokens(documents))

    @classmethod
    def of(cls, dictionary: gensim.corpora.Dictionary) -> Self:
        """A dictionary of gensim's as one of this class."""
        if isinstance(dictionary, cls):
            return dictionary
        same = cls()
        for name in ('token2id', 'dfs', 'cfs', 'num_docs', 'num_pos', 'num_nnz'):
            setattr(same, name, getattr(dictionary, name))
        return same

    @classmethod
    def with_counts(cls, documents: Iterable[Sequence[str]], **filter_arguments: Any) -> tuple[Self, sparse.csr_array]:
        """The dictionary of documents, and their counts, of shape (documents, size), in one reading of them.

        Args:
            documents: The tokens of each document; read once.
            **filter_arguments: Which tokens are left out, see ``keep_usual_tokens``; none is when empty.
        """
        dictionary = cls()
        tokens, counts = count_tokens(documents)
        dictionary._take(tokens, counts)
        if not filter_arguments:
            return dictionary, counts
        before = dictionary.token2id
        dictionary.keep_usual_tokens(**filter_arguments)
        kept = np.empty(len(dictionary), np.intp)
        for token, id_ in dictionary.token2id.items():
            kept[id_] = before[token]
        return dictionary, sparse.csr_array(counts.tocsc()[:, kept].tocsr())

    def count(self, documents: Iterable[Sequence[str]]) -> sparse.csr_array:
        """Counts of the tokens of documents, of shape (documents, size); unknown tokens are left out.

        Args:
            documents: The tokens of each document; read once.
        """
        return count_known_tokens(documents, self.token2id, self.size)

    def keep_usual_tokens(self, **arguments: Any) -> None:
        """Leave out tokens that are too rare or too frequent, as gensim's ``filter_extremes`` does.

        Args:
            **arguments: ``no_below``, ``no_above``, ``keep_n`` and ``keep_tokens`` of gensim.

        Raises:
            ParameterError: No token is left, or an argument is unknown or has a wrong value.
        """
        check_filter_arguments(arguments)
        before = len(self)
        self.filter_extremes(**arguments)
        if not len(self):
            raise ParameterError(
                f'dictionary_filter_kwargs={arguments} leaves none of the {before} tokens of {self.num_docs} '
                'documents. Lower no_below, or raise no_above.'
            )

    @property
    def size(self) -> int:
        """One more than the largest id: the columns of a matrix of counts."""
        return max(self.token2id.values(), default=-1) + 1

    def to_archive(self) -> Archive:
        """The contents of the saved dictionary."""
        ids = np.fromiter(self.token2id.values(), np.int64, len(self.token2id))
        frequencies = [np.array([one.get(id_, 0) for id_ in ids.tolist()], np.int64) for one in (self.dfs, self.cfs)]
        arrays = dict(zip(_ARRAYS, (ids, *frequencies), strict=True))
        state = {
            'tokens': list(self.token2id),
            'num_docs': int(self.num_docs),
            'num_pos': int(self.num_pos),
            'num_nnz': int(self.num_nnz),
        }
        parts = {f'{name}.npy': array_to_bytes(array) for name, array in arrays.items()}
        return Archive(self.import_path(), {}, state, parts, training=self.training)

    @classmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> Self:
        """The dictionary of an archive's contents."""
        ids, documents, places = (bytes_to_array(archive.parts[f'{name}.npy']).tolist() for name in _ARRAYS)
        dictionary = cls()
        dictionary.token2id = dict(zip(archive.state['tokens'], ids, strict=True))
        dictionary.dfs = dict(zip(ids, documents, strict=True))
        dictionary.cfs = dict(zip(ids, places, strict=True))
        dictionary.num_docs = archive.state['num_docs']
        dictionary.num_pos = archive.state['num_pos']
        dictionary.num_nnz = archive.state['num_nnz']
        dictionary.training, dictionary.versions = archive.training, archive.versions
        return dictionary

    def _take(self, tokens: list[str], counts: sparse.csr_array) -> None:
        if counts.shape[0] == 0:
            raise EmptyTableError('there are no documents. Check the task that makes them.')
        _refuse_half_characters(tokens)
        self.token2id = dict(zip(tokens, range(len(tokens)), strict=True))
        self.dfs = dict(enumerate(np.bincount(counts.indices, minlength=len(tokens)).tolist()))
        places = np.bincount(counts.indices, weights=counts.data, minlength=len(tokens))
        self.cfs = dict(enumerate(places.astype(np.int64).tolist()))
        self.num_docs, self.num_pos, self.num_nnz = counts.shape[0], int(counts.data.sum()), int(counts.nnz)


def _refuse_half_characters(tokens: list[str]) -> None:
    try:
        ''.join(tokens).encode()
    except UnicodeEncodeError as error:
        part = error.object[error.start : error.end]
        token = next(token for token in tokens if part in token)
        raise DataError(
            f'the token {token!r} has half a character in it, which can not be saved. Remove it where the documents '
            'are made.'
        ) from error
