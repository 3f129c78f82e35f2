"""A word vector model that begins where an earlier one has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from gensim.utils import RULE_DEFAULT, RULE_KEEP

from redshells.errors import ParameterError

_EQUAL = ('vector_size', 'layer1_size')
_NULL_WORD = '\0'  # which gensim adds where contexts are filled up
_EQUAL_NGRAMS = ('min_n', 'max_n', 'bucket')


def check_initial_model(model: Any, initial_model: Any) -> None:
    """Check that a model can begin with the vectors of an earlier one.

    Args:
        model: The new model, without a vocabulary.
        initial_model: The earlier one.

    Raises:
        ParameterError: They are of different classes, or differ in a size or in the n-grams; or one of them has
            hierarchical softmax, whose weights belong to a tree that changes with the counts of the words.
    """
    earlier_kind = getattr(initial_model, 'kind', type(initial_model).__name__)  # gensim's own class does as well
    if model.kind != earlier_kind:
        raise ParameterError(
            f'initial_model is a {earlier_kind}; a {model.kind} is expected. Give a model of the same class, or none.'
        )
    if not len(initial_model.wv):
        raise ParameterError('initial_model has no words. Give a model that was trained, or none.')
    pairs = [(name, getattr(initial_model, name), getattr(model, name)) for name in _EQUAL]
    if hasattr(model.wv, 'bucket'):
        pairs += [(name, getattr(initial_model.wv, name), getattr(model.wv, name)) for name in _EQUAL_NGRAMS]
    for name, earlier, new in pairs:
        if earlier != new:
            raise ParameterError(
                f'initial_model has {name}={earlier} and the new model {name}={new}. '
                'Give both the same, or leave initial_model out.'
            )
    for one in (initial_model, model):
        if one.hs or not one.negative:
            raise ParameterError(
                f'initial_model was given, and one of the models has hs={one.hs} and negative={one.negative}; '
                'hs=0 and negative of at least 1 are expected, as the tree of hs=1 changes with the counts.'
            )


def add_earlier_words(model: Any, initial_model: Any) -> Callable[[str, int, int], int]:
    """Add the counts of the earlier model to those of the new corpus.

    Args:
        model: The new model, whose words were counted; its counts are changed.
        initial_model: The earlier one.

    Returns:
        The rule by which gensim keeps the earlier words, however rare they are.
    """
    earlier = initial_model.wv.key_to_index
    for word, count in zip(initial_model.wv.index_to_key, initial_model.wv.expandos['count'].tolist(), strict=True):
        if word != _NULL_WORD or not model.null_word:
            model.raw_vocab[word] += count
    return lambda word, count, min_count: RULE_KEEP if word in earlier else RULE_DEFAULT


def copy_weights(model: Any, initial_model: Any) -> None:
    """Copy the vectors and output weights of the earlier words, and the vectors of all n-grams.

    Args:
        model: The new model, whose vocabulary has all words of the earlier one; it is changed.
        initial_model: The earlier one.
    """
    position = model.wv.key_to_index
    rows = np.array([position[word] for word in initial_model.wv.index_to_key])
    model.syn1neg[rows] = initial_model.syn1neg
    if hasattr(model.wv, 'vectors_ngrams'):
        model.wv.vectors_vocab[rows] = initial_model.wv.vectors_vocab
        model.wv.vectors_ngrams[:] = initial_model.wv.vectors_ngrams
        model.wv.adjust_vectors()
    else:
        model.wv.vectors[rows] = initial_model.wv.vectors
