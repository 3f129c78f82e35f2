"""How often each token stands in each document, counted without a Python loop over the tokens."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse


def count_tokens(documents: Iterable[Sequence[str]]) -> tuple[list[str], sparse.csr_array]:
    """Count the tokens of documents.

    Args:
        documents: The tokens of each document; read once, one document at a time.

    Returns:
        The tokens, those of the first document first and those that are new in one document by the alphabet, which is
        how gensim numbers them; and their counts, of shape (documents, tokens), with sorted columns.

    Example:
        >>> tokens, counts = count_tokens([['to', 'be', 'or', 'not', 'to', 'be'], ['to', 'do']])
        >>> tokens
        ['be', 'not', 'or', 'to', 'do']
        >>> counts.toarray().tolist()
        [[2, 1, 1, 2, 0], [0, 0, 0, 1, 1]]
    """
    positions: defaultdict[str, int] = defaultdict()
    positions.default_factory = positions.__len__  # a token that is not there gets the next number
    columns, lengths = _read(documents, positions)
    tokens = list(positions)
    # a number larger than all before is that of a token that is new
    starts = np.flatnonzero(np.diff(np.maximum.accumulate(columns), prepend=-1))
    first_documents = np.repeat(np.arange(len(lengths)), lengths)[starts]
    cuts = [*np.flatnonzero(np.diff(first_documents, prepend=-1)).tolist(), len(tokens)]
    ordered = [token for start, end in pairwise(cuts) for token in sorted(tokens[start:end])]
    renumbered = np.empty(len(tokens), np.intc)
    renumbered[np.fromiter(map(positions.__getitem__, ordered), np.intc, len(tokens))] = np.arange(len(tokens))
    return ordered, _matrix(renumbered[columns], lengths, len(tokens))


def count_known_tokens(documents: Iterable[Sequence[str]], positions: Mapping[str, int], size: int) -> sparse.csr_array:
    """Count the tokens of a vocabulary in documents; all others are left out.

    Args:
        documents: The tokens of each document; read once, one document at a time.
        positions: The column of each token.
        size: How many columns there are.

    Returns:
        The counts, of shape (documents, size), with sorted columns.
    """
    # all unknown tokens have one column more
    columns, lengths = _read(documents, defaultdict(lambda: size, positions))
    known = columns < size
    rows = np.repeat(np.arange(len(lengths)), lengths)
    return _matrix(columns[known], np.bincount(rows[known], minlength=len(lengths)), size)


def _read(
    documents: Iterable[Sequence[str]], positions: defaultdict[str, int]
) -> tuple[npt.NDArray[np.intc], npt.NDArray[np.int64]]:
    """The column of each token, one document after the other, and the number of tokens of each document."""
    flat, lengths = array('i'), array('q')
    for document in documents:
        flat.extend(map(positions.__getitem__, document))
        lengths.append(len(document))
    return np.frombuffer(flat, np.intc), np.frombuffer(lengths, np.int64)


def _matrix(columns: npt.NDArray[np.intc], lengths: npt.NDArray[np.int64], size: int) -> sparse.csr_array:
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    if ends[-1] <= np.iinfo(np.intc).max:  # scikit-learn takes small positions only
        ends = ends.astype(np.intc)
    ones = np.ones(len(columns), dtype=np.int32)
    counts = sparse.csr_array((ones, columns, ends), shape=(len(lengths), size), copy=True)
    counts = counts.tocsc().tocsr()  # sorts the columns of each row, in linear time
    counts.sum_duplicates()
    return counts
