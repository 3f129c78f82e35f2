"""The coherence of topics: whether their words stand in the same documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from redshells.errors import EmptyTableError, ParameterError
from redshells.model.token_counts import count_known_tokens


def topic_coherence(topics: Sequence[Sequence[str]], documents: Iterable[Sequence[str]]) -> npt.NDArray[np.float64]:
    """The coherence of lists of words, such as the ten likeliest words of each topic: higher is better.

    It is the mean of the normalised pointwise mutual information of all pairs of words,

        npmi(v, w) = log(p(v, w) / (p(v) p(w))) / -log p(v, w)

    where p(w) is the share of the documents that have w, and p(v, w) of those that have both. There is no smoothing: it
    is -1, its limit, for words that never stand in one document, those that no document has among them; 0 for words
    that are independent; 1 for words that only stand together; and 0, as they say nothing, for two words that all
    documents have.

    Bouma: `Normalized (Pointwise) Mutual Information in Collocation Extraction
    <https://svn.spraakdata.gu.se/repos/gerlof/pub/www/Docs/npmi-pfd.pdf>`_ (2009); Lau, Newman, Baldwin: `Machine
    Reading Tea Leaves <https://aclanthology.org/E14-1056/>`_ (2014).

    Args:
        topics: The words of each topic, at least two each.
        documents: The tokens of each document in which words are counted; read once.

    Returns:
        The coherence of each topic.

    Raises:
        ParameterError: A topic has fewer than two words, or one of them twice.
        EmptyTableError: There are no documents.

    Example:
        >>> documents = [['cat', 'dog'], ['cat', 'dog'], ['tea', 'milk'], ['tea', 'dog']]
        >>> topic_coherence([['cat', 'dog'], ['tea', 'milk'], ['cat', 'tea']], documents).round(2)
        array([ 0.42,  0.5 , -1.  ])
    """
    words = dict.fromkeys(word for topic in topics for word in topic)
    columns = dict(zip(words, range(len(words)), strict=True))
    counts = count_known_tokens(documents, columns, len(columns))
    return column_coherence([[columns[word] for word in topic] for topic in topics], counts)


def column_coherence(
    topics: Iterable[Sequence[int] | npt.NDArray[np.integer]], counts: sparse.csr_array
) -> npt.NDArray[np.float64]:
    """The coherence of lists of words, given as columns of a matrix of counts; see ``topic_coherence``.

    Args:
        topics: The columns of the words of each topic, at least two each.
        counts: How often each word stands in each document.

    Raises:
        ParameterError: A topic has fewer than two words, or one of them twice.
        EmptyTableError: There are no documents.

    Shapes:
        * counts: (documents, words)
        * result: (topics,)
    """
    chosen = [_checked(topic, number) for number, topic in enumerate(topics)]
    if counts.shape[0] == 0:
        raise EmptyTableError('there are no documents to count words in. Check the task that makes them.')
    if not chosen:
        return np.empty(0)
    used, places = np.unique(np.concatenate(chosen), return_inverse=True)
    presence = (counts[:, used] > 0).astype(np.float64).tocsc()
    ends = np.cumsum([len(topic) for topic in chosen])
    return np.array([_mean_npmi(presence[:, topic]) for topic in np.split(places, ends[:-1])])


def _checked(topic: Sequence[int] | npt.NDArray[np.integer], number: int) -> npt.NDArray[np.int64]:
    columns = np.asarray(topic, np.int64)
    if len(columns) < 2 or len(np.unique(columns)) < len(columns):
        raise ParameterError(
            f'topic {number} has {len(columns)} words, {len(np.unique(columns))} of them different; at least two '
            'words, each of them once, are expected.'
        )
    return columns


def _mean_npmi(presence: sparse.csc_array) -> float:
    together = (presence.T @ presence).toarray() / presence.shape[0]
    first, second = np.triu_indices(len(together), 1)
    alone, both = np.diag(together), together[first, second]
    with np.errstate(divide='ignore', invalid='ignore'):
        npmi = np.log(both / (alone[first] * alone[second])) / -np.log(both)
    npmi[both == 0] = -1.0
    npmi[both == 1] = 0.0
    return float(npmi.mean())
