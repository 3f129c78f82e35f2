"""doc2vec: gensim's, trained on a corpus file, and saved without pickle."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import gensim.models
import numpy as np
import numpy.typing as npt
from gensim.models.doc2vec import TaggedDocument
from gensim.models.doc2vec_inner import train_document_dbow, train_document_dm, train_document_dm_concat

from redshells.cores import thread_count
from redshells.errors import ParameterError
from redshells.model.corpus import Corpus
from redshells.model.corpus_share import CorpusShares
from redshells.model.word_vectors import WordVectorModel

logger = logging.getLogger(__name__)

_LONGEST_DOCUMENT = 10_000  # gensim leaves out what comes after so many known words
_DOCUMENTS = 1_000  # at a time


class Doc2Vec(WordVectorModel, gensim.models.Doc2Vec):  # type: ignore[misc]
    """Vectors of documents, learnt together with the words in them.

    Le, Mikolov: Distributed Representations of Sentences and Documents (2014), https://arxiv.org/abs/1405.4053. The
    vector of a document foretells its words, alone (``dm=0``) or with the words around each (``dm=1``).

    It is ``gensim.models.Doc2Vec`` in all that it has: ``dv[3]`` is the vector of the document in line 3 of the corpus.
    Its own are ``from_documents``, inference that gives equal documents equal vectors, in any process and by any number
    of threads, and archives in place of pickles. Of each document the first 10,000 words of the vocabulary are read.

    Its arguments are those of ``gensim.models.Doc2Vec``; ``Doc2Vec.from_documents`` checks them.

    Shapes:
        * wv.vectors: (words, vector_size)
        * dv.vectors: (documents, vector_size)
        * document_vectors: (documents, vector_size)

    Example:
        >>> documents = [['cat', 'purrs'], ['dog', 'barks']] * 20
        >>> model = Doc2Vec.from_documents(documents, random_seed=0, workers=1, vector_size=8)
        >>> model.dv.vectors.shape, model.document_vectors([['cat'], ['unknown']]).shape
        ((40, 8), (2, 8))
    """

    kind = 'Doc2Vec'

    def train(self, corpus_iterable: Any = None, corpus_file: str | None = None, **arguments: Any) -> Any:
        """Train on, as gensim does; vectors stay with their lines where a corpus file has empty ones.

        Args:
            corpus_iterable: The documents as gensim's ``TaggedDocument``, or None.
            corpus_file: Path of a file with a document a line, or None.
            **arguments: All others of gensim's.
        """
        if corpus_file is None:
            return super().train(corpus_iterable, **arguments)
        shares = CorpusShares.of(corpus_file, 1)
        if shares.longest > _LONGEST_DOCUMENT:
            logger.warning(
                'Doc2Vec: the longest document has %d tokens; of each document the first %d known ones are read.',
                shares.longest, _LONGEST_DOCUMENT,
            )  # fmt: skip
        order = np.arange(len(self.dv))
        if shares.empty_lines:  # gensim does not count them when it trains
            is_empty = np.isin(order, shares.empty_lines)
            order = np.concatenate([order[~is_empty], order[is_empty]])
            self.dv.vectors = self.dv.vectors[order]
        try:
            return super().train(corpus_iterable, corpus_file, **arguments)
        finally:
            if shares.empty_lines:
                self.dv.vectors = self.dv.vectors[np.argsort(order)]

    def infer_vector(
        self,
        doc_words: Sequence[str],
        alpha: float | None = None,
        min_alpha: float | None = None,
        epochs: int | None = None,
    ) -> npt.NDArray[np.float32]:
        """The vector of a document, as gensim infers it, but always the same; zeros where no word is known.

        Args:
            doc_words: The tokens of the document.
            alpha: The learning rate at the beginning; None for that of the training.
            min_alpha: The learning rate at the end; None for that of the training.
            epochs: How often the document is read; None for as often as in training.
        """
        if isinstance(doc_words, str):
            raise ParameterError(f'the document is the string {doc_words[:40]!r}; its tokens are expected. Split it.')
        rates = np.linspace(alpha or self.alpha, min_alpha or self.min_alpha, epochs or self.epochs)
        vector: npt.NDArray[np.float32] = self._infer(copy.copy(self), [doc_words], rates)[0]
        return vector

    def document_vectors(
        self, documents: Iterable[Sequence[str]], *, epochs: int | None = None, workers: int = -1
    ) -> npt.NDArray[np.float32]:
        """The inferred vector of each document, one row each; zeros where no word is known.

        The vector of a document depends on its words and on the seed of the model only.

        Args:
            documents: The tokens of each document; read once, some thousands of documents at a time.
            epochs: How often each document is read; None for as often as in training.
            workers: Threads; -1 for as many as there are cores.
        """
        rates = np.linspace(self.alpha, self.min_alpha, epochs or self.epochs)
        count = thread_count(workers)
        one_by_one = iter(documents)
        rows = [np.zeros((0, self.vector_size), np.float32)]
        with ThreadPoolExecutor(count) as pool:
            while chunk := list(islice(one_by_one, _DOCUMENTS * count)):
                parts = [chunk[start : start + _DOCUMENTS] for start in range(0, len(chunk), _DOCUMENTS)]
                rows += pool.map(lambda part: self._infer(copy.copy(self), part, rates), parts)
        return np.concatenate(rows)

    @staticmethod
    def _infer(
        model: Any, documents: Sequence[Sequence[str]], rates: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float32]:
        """The vectors of documents; the model is a copy of one thread, whose random numbers begin anew for each."""
        model.random = np.random.RandomState(model.seed)
        first = ((model.random.random_sample(model.vector_size) - 0.5) / model.vector_size).astype(np.float32)
        beginning = model.random.get_state()
        names = {'doctag_indexes': [0], 'learn_words': False, 'learn_hidden': False}
        names |= {'doctags_lockf': np.ones(1, np.float32), 'work': np.zeros(model.layer1_size, np.float32)}
        learn = train_document_dbow
        if not model.sg:
            learn = train_document_dm_concat if model.dm_concat else train_document_dm
            names['neu1'] = np.zeros(model.layer1_size, np.float32)
        result = np.zeros((len(documents), model.vector_size), np.float32)
        for row, document in enumerate(documents):
            known = [word for word in document if word in model.wv.key_to_index]
            if known:
                model.random.set_state(beginning)
                result[row] = first
                for rate in rates.tolist():
                    learn(model, known, alpha=rate, doctag_vectors=result[row : row + 1], **names)
        return result

    @classmethod
    def _constructor_arguments(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        # gensim puts its default of cbow_mean in place of dm_mean
        return {'cbow_mean' if name == 'dm_mean' else name: value for name, value in arguments.items()}

    @classmethod
    def _parameter_names(cls) -> frozenset[str]:
        return super()._parameter_names() | {'cbow_mean'}

    def _parameters(self) -> dict[str, Any]:
        return super()._parameters() | {'dm': int(not self.sg)}

    def _documents_of(self, corpus: Corpus) -> Iterable[Any]:
        return _TaggedDocuments(corpus)

    def _train_on_file(self, path: str, options: dict[str, Any]) -> None:
        self.train(corpus_file=path, **options)

    @classmethod
    def _get_offsets_and_start_doctags_for_corpusfile(cls, *arguments: Any) -> tuple[list[int], list[int]]:
        return [], []  # the shares have them

    def _do_train_epoch(self, *arguments: Any, shares: CorpusShares, **others: Any) -> Any:
        others |= {'offsets': shares.offsets, 'start_doctags': shares.first_documents}
        return super()._do_train_epoch(*arguments, shares=shares, **others)

    def _examples(self, shares: CorpusShares, worker: int) -> int:
        return shares.documents[worker]


class _TaggedDocuments:
    """The documents of a corpus with their positions, as often as they are asked for."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus

    def __iter__(self) -> Iterator[TaggedDocument]:
        for number, document in enumerate(self._corpus):
            yield TaggedDocument(document, [number])
