"""fastText: gensim's, trained on a corpus file, and saved without pickle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import gensim.models
import numpy as np
import numpy.typing as npt

from redshells.model.average_vectors import average_vectors
from redshells.model.tfidf import Tfidf
from redshells.model.word_vectors import WordVectorModel


class FastText(WordVectorModel, gensim.models.FastText):  # type: ignore[misc]
    """Vectors of words, learnt from the words around them and the n-grams of letters in them.

    Bojanowski, Grave, Joulin, Mikolov: Enriching Word Vectors with Subword Information (2016),
    https://arxiv.org/abs/1607.04606. The vector of a word is the mean of its own and those of its n-grams, of ``min_n``
    to ``max_n`` letters, which are hashed into ``bucket`` rows. An unknown word has the mean of its n-grams alone.

    It is ``gensim.models.FastText`` in all that it has. Its own are ``from_documents``, document vectors, similar words
    of many words at once, and archives in place of pickles.

    Its arguments are those of ``gensim.models.FastText``; ``FastText.from_documents`` checks them. Of memory it
    takes ``bucket`` x ``vector_size`` x 4 bytes for the n-grams, 800 MB with the defaults, and so does the file.

    Shapes:
        * wv.vectors: (words, vector_size)
        * wv.vectors_ngrams: (bucket, vector_size)
        * document_vectors: (documents, vector_size)

    Example:
        >>> documents = [['cats', 'purr'], ['dogs', 'bark']] * 20
        >>> model = FastText.from_documents(documents, random_seed=0, workers=1, vector_size=8, bucket=100)
        >>> model.document_vectors([['catlike']]).any()
        np.True_
    """

    kind = 'FastText'

    def document_vectors(
        self, documents: Iterable[Sequence[str]], *, idf: Tfidf | None = None, normalize_words: bool = False
    ) -> npt.NDArray[np.float32]:
        """The mean of the vectors of the words of each document, unknown ones included, one row each.

        A document whose words are unknown and have no n-grams has a row of zeros.

        Args:
            documents: The tokens of each document; read once.
            idf: A model whose inverse document frequencies weigh the words; those that it does not know weigh nothing.
            normalize_words: Whether the vector of each word is made of length 1 first, which helps with CBOW.
        """
        return average_vectors(self.wv, documents, idf=idf, normalize_words=normalize_words)

    def _parameters(self) -> dict[str, Any]:
        ngrams = {name: getattr(self.wv, name) for name in ('min_n', 'max_n', 'bucket')}
        return super()._parameters() | ngrams
