"""TF-IDF: how much a token says of a document, by how rare it is in others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from scipy import sparse

from redshells.archive import Archive, array_to_bytes, bytes_to_array
from redshells.errors import ParameterError
from redshells.model.dictionary import Dictionary
from redshells.model.document_model import DocumentModel
from redshells.model.token_counts import count_known_tokens

_SMALLEST = 1e-12  # weights below are nothing, as in gensim


class Tfidf(DocumentModel):
    """Weights of tokens in documents: count x log2(documents / documents that have the token), of length 1.

    Salton, Buckley: Term-Weighting Approaches in Automatic Text Retrieval (1988). The weights are those of
    ``gensim.models.TfidfModel``, for all documents at once.

    Args:
        dictionary: The tokens; those of gensim do as well.
        tokens: The tokens of each document, in which documents are counted; read once.

    Shapes:
        * transform: (documents, dictionary.size)

    Example:
        >>> documents = [['red', 'apple'], ['green', 'apple'], ['red', 'red', 'wine']]
        >>> tfidf = Tfidf(Dictionary(documents), documents)
        >>> [[(token, round(weight, 3)) for token, weight in one] for one in tfidf.apply([['red', 'wine', 'glass']])]
        [[('wine', 0.938), ('red', 0.346)]]
    """

    def __init__(self, dictionary: Dictionary, tokens: Iterable[Sequence[str]]) -> None:
        self._take(dictionary, dictionary_counts(dictionary, tokens))

    @classmethod
    def from_documents(
        cls,
        documents: Iterable[Sequence[str]],
        *,
        random_seed: int = 0,
        workers: int = 1,
        show_progress: bool = False,
        dictionary: Dictionary | None = None,
        **filter_arguments: Any,
    ) -> Self:
        """The model of documents.

        Args:
            documents: The tokens of each document; read once.
            random_seed: Not used; nothing is drawn.
            workers: Not used.
            show_progress: Not used; it takes seconds.
            dictionary: The tokens; those of the documents by default.
            **filter_arguments: Which tokens of the documents are left out, see ``Dictionary.keep_usual_tokens``; none
                is when empty.

        Raises:
            EmptyTableError: There are no documents.
            ParameterError: No token is left.
        """
        if dictionary is not None:
            return cls(dictionary, documents)
        return cls.with_weights(documents, **filter_arguments)[0]

    @classmethod
    def with_weights(cls, documents: Iterable[Sequence[str]], **filter_arguments: Any) -> tuple[Self, sparse.csr_array]:
        """The model of documents with a dictionary of their tokens, and their weights, in one reading of them.

        Args:
            documents: The tokens of each document; read once.
            **filter_arguments: Which tokens are left out, see ``Dictionary.keep_usual_tokens``; none is when empty.
        """
        dictionary, counts = Dictionary.with_counts(documents, **filter_arguments)
        model = cls.__new__(cls)
        model._take(dictionary, counts)
        return model, model._weigh(counts)

    def transform(self, tokens: Iterable[Sequence[str]]) -> sparse.csr_array:
        """Weights as a sparse matrix, of shape (documents, dictionary.size).

        Args:
            tokens: The tokens of each document; read once.
        """
        return self._weigh(dictionary_counts(self.dictionary, tokens))

    def document_vectors(self, documents: Iterable[Sequence[str]]) -> sparse.csr_array:
        """Weights as a sparse matrix, of shape (documents, dictionary.size).

        Args:
            documents: The tokens of each document; read once.
        """
        return self.transform(documents)

    def _weigh(self, counts: sparse.csr_array) -> sparse.csr_array:
        rows = np.repeat(np.arange(counts.shape[0], dtype=np.intc), np.diff(counts.indptr))
        data = self.idf_[counts.indices]
        data *= counts.data
        length = np.sqrt(np.bincount(rows, weights=data * data, minlength=counts.shape[0]))
        data *= np.divide(1.0, length, out=np.ones_like(length), where=length > 0)[rows]
        kept = data > _SMALLEST
        if kept.all():
            return sparse.csr_array((data, counts.indices, counts.indptr), counts.shape)
        ends = np.concatenate([np.zeros(1, np.intc), np.cumsum(np.bincount(rows[kept], minlength=counts.shape[0]))])
        return sparse.csr_array((data[kept], counts.indices[kept], ends), counts.shape)

    def apply(self, tokens: Iterable[Sequence[str]], keep_top_rate: float = 1.0) -> list[list[tuple[str, float]]]:
        """The tokens of each document with their weights, the heaviest first.

        Args:
            tokens: The tokens of each document; read once.
            keep_top_rate: Which share of them is kept: rounded up, and one more.

        Raises:
            ParameterError: It is no share.
        """
        if not 0 <= keep_top_rate <= 1:
            raise ParameterError(f'keep_top_rate={keep_top_rate} was given; a share from 0 to 1 is expected.')
        weights = self.transform(tokens)
        result = []
        for start, end in zip(weights.indptr[:-1], weights.indptr[1:], strict=True):
            order = np.argsort(-weights.data[start:end], kind='stable')[: math.ceil((end - start) * keep_top_rate) + 1]
            pairs = zip(
                weights.indices[start:end][order].tolist(), weights.data[start:end][order].tolist(), strict=True
            )
            result.append([(self._names[column], weight) for column, weight in pairs])
        return result

    def to_archive(self) -> Archive:
        """The contents of the saved model."""
        dictionary = self.dictionary.to_archive()
        parts = {f'dictionary_{name}': content for name, content in dictionary.parts.items()}
        return Archive(
            self.import_path(),
            {},
            {'dictionary': dict(dictionary.state)},
            {**parts, 'idf.npy': array_to_bytes(self.idf_)},
            training=self.training,
        )

    @classmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> Self:
        """The model of an archive's contents."""
        parts = {name.removeprefix('dictionary_'): content for name, content in archive.parts.items()}
        model = cls.__new__(cls)
        model.dictionary = Dictionary.from_archive(
            Archive(Dictionary.import_path(), {}, archive.state['dictionary'], parts)
        )
        model._names = _names(model.dictionary)
        model.idf_ = bytes_to_array(archive.parts['idf.npy'])
        model.training, model.versions = archive.training, archive.versions
        return model

    def _take(self, dictionary: Dictionary, counts: sparse.csr_array) -> None:
        self.dictionary = Dictionary.of(dictionary)
        self._names = _names(dictionary)
        documents_with = np.bincount(counts.indices, minlength=counts.shape[1])
        known = documents_with > 0
        self.idf_ = np.zeros(counts.shape[1])
        self.idf_[known] = np.log2(counts.shape[0] / documents_with[known])


def dictionary_counts(dictionary: Dictionary, tokens: Iterable[Sequence[str]]) -> sparse.csr_array:
    """Counts of the tokens of a dictionary, ours or gensim's, in documents."""
    size = max(dictionary.token2id.values(), default=-1) + 1
    return count_known_tokens(tokens, dictionary.token2id, size)


def _names(dictionary: Dictionary) -> list[str]:
    """The token of each id."""
    names = [''] * (max(dictionary.token2id.values(), default=-1) + 1)
    for token, id_ in dictionary.token2id.items():
        names[id_] = token
    return names
