"""The documents of a topic model: counted, and some of them held out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import gensim.corpora
import numpy as np
from scipy import sparse

from redshells.errors import DataError, EmptyTableError, SplitError
from redshells.model.dictionary import Dictionary


def count_documents(
    texts: Iterable[Sequence[str]], dictionary: gensim.corpora.Dictionary | None
) -> tuple[Dictionary, sparse.csr_array]:
    """The words of a model, and their counts, of shape (documents, size of the dictionary).

    Args:
        texts: The tokens of each document; read once, one document at a time.
        dictionary: The words, ours or gensim's; it is copied. All words of the texts if None.

    Raises:
        EmptyTableError: There are no documents.
    """
    if dictionary is None:
        return Dictionary.with_counts(texts)
    words = _copy(dictionary)
    counts = words.count(texts)
    if counts.shape[0] == 0:
        raise EmptyTableError('there are no documents. Check the task that makes them.')
    return words, counts


def hold_out(
    counts: sparse.csr_array, test_size: float, *, random_seed: int
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """The counts of the training documents, and those of the documents that are held out.

    Documents without a known word are in neither.

    Args:
        counts: How often each word stands in each document.
        test_size: The share of the documents that are held out, rounded up.
        random_seed: Seed of which these are.

    Raises:
        DataError: No document has a known word.
        SplitError: No document is left to train on.
    """
    usable = np.flatnonzero(np.diff(counts.indptr))
    if len(usable) == 0:
        raise DataError(
            f'none of the {counts.shape[0]} documents has a known word. Check the documents, and the dictionary if '
            'one was given.'
        )
    held_out = math.ceil(len(usable) * test_size)
    if held_out == len(usable):
        raise SplitError(
            f'test_size={test_size} of {len(usable)} documents with a known word leaves none to train on. '
            'Give more documents, or test_size=0.'
        )
    order = np.random.default_rng(random_seed).permutation(usable)
    return counts[np.sort(order[held_out:])], counts[np.sort(order[:held_out])]


def _copy(dictionary: gensim.corpora.Dictionary) -> Dictionary:
    """The same words and ids, of our class, which changes of the other do not change."""
    copy = Dictionary()
    for name in ('token2id', 'dfs', 'cfs'):
        setattr(copy, name, dict(getattr(dictionary, name)))
    copy.num_docs, copy.num_pos, copy.num_nnz = dictionary.num_docs, dictionary.num_pos, dictionary.num_nnz
    return copy
