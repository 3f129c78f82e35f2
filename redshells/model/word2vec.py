"""word2vec: gensim's, trained on a corpus file, and saved without pickle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import gensim.models
import numpy as np
import numpy.typing as npt

from redshells.model.average_vectors import average_vectors
from redshells.model.tfidf import Tfidf
from redshells.model.word_vectors import WordVectorModel


class Word2Vec(WordVectorModel, gensim.models.Word2Vec):  # type: ignore[misc]
    r"""Vectors of words, learnt from the words around them.

    Mikolov, Chen, Corrado, Dean: Efficient Estimation of Word Representations in Vector Space (2013),
    https://arxiv.org/abs/1301.3781. A word w and a context c are learnt by log s(u_c . v_w) + sum of log s(-u_n . v_w)
    over ``negative`` random words n, with the logistic function s; CBOW (``sg=0``) has the mean of the context for v_w.

    It is ``gensim.models.Word2Vec`` in all that it has. Its own are ``from_documents``, document vectors, similar words
    of many words at once, and archives in place of pickles.

    Its arguments are those of ``gensim.models.Word2Vec``; ``Word2Vec.from_documents`` checks them.

    Shapes:
        * wv.vectors: (words, vector_size)
        * document_vectors: (documents, vector_size)

    Example:
        >>> documents = [['cat', 'purrs'], ['dog', 'barks']] * 20
        >>> model = Word2Vec.from_documents(documents, random_seed=0, workers=1, vector_size=8)
        >>> sorted(model.wv.key_to_index)
        ['barks', 'cat', 'dog', 'purrs']
        >>> model.document_vectors([['cat', 'dog'], ['unknown']]).shape
        (2, 8)
    """

    kind = 'Word2Vec'

    def document_vectors(
        self, documents: Iterable[Sequence[str]], *, idf: Tfidf | None = None, normalize_words: bool = False
    ) -> npt.NDArray[np.float32]:
        """The mean of the vectors of the known words of each document, one row each; zeros where none is known.

        Args:
            documents: The tokens of each document; read once.
            idf: A model whose inverse document frequencies weigh the words; those that it does not know weigh nothing.
            normalize_words: Whether the vector of each word is made of length 1 first, which helps with CBOW.
        """
        return average_vectors(self.wv, documents, idf=idf, normalize_words=normalize_words)
