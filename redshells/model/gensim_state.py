"""The state of gensim's models as JSON and arrays, without pickle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from redshells.archive import Part, array_to_bytes, bytes_to_array
from redshells.errors import ParameterError

Arrays = dict[str, npt.NDArray[Any]]

_WEIGHTS = ('syn1', 'syn1neg', 'cum_table')
_COUNTERS = (
    'corpus_count', 'corpus_total_words', 'train_count', 'effective_min_count', 'min_alpha_yet_reached',
    'running_training_loss',
)  # fmt: skip
_VECTORS = ('vectors', 'vectors_vocab', 'vectors_ngrams')
_LOCKS = ('vectors_lockf', 'vectors_vocab_lockf', 'vectors_ngrams_lockf')
_TREE = {'code': np.uint8, 'point': np.uint32}  # of each word its path in the tree of hierarchical softmax


def model_state(model: Any) -> tuple[dict[str, Any], Arrays]:
    """What a word2vec, fastText or doc2vec model has learnt, besides its arguments.

    The wall clock and the events of its life are left out, so that equal models have equal files.

    Args:
        model: A model of gensim 4.

    Returns:
        JSON values, and arrays by name.

    Raises:
        ParameterError: A vector has an attribute that is no number.
    """
    kind, numbers, position, has_gauss, gauss = model.random.get_state()
    state: dict[str, Any] = {name: plain(getattr(model, name)) for name in _COUNTERS if hasattr(model, name)}
    state['random'] = [kind, int(position), int(has_gauss), float(gauss)]
    arrays = {name: getattr(model, name) for name in _WEIGHTS if getattr(model, name, None) is not None}
    arrays['random'] = numbers
    for part in _parts(model):
        state[part], of_part = _keyed_vectors_state(getattr(model, part))
        arrays |= {f'{part}_{name}': array for name, array in of_part.items()}
    return state, arrays


def restore_model(model: Any, state: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Give a model that was built with its arguments what it has learnt.

    Args:
        model: A model without a vocabulary; it is changed.
        state: The JSON values of ``model_state``.
        arrays: Its arrays; large ones are taken as they are, and may be read-only.
    """
    for name in _COUNTERS:
        if name in state:
            setattr(model, name, state[name])
    for name in _WEIGHTS:
        if name in arrays:
            setattr(model, name, arrays[name])
    kind, position, has_gauss, gauss = state['random']
    model.random.set_state((kind, arrays['random'], position, has_gauss, gauss))
    for part in _parts(model):
        of_part = {
            name.removeprefix(f'{part}_'): array for name, array in arrays.items() if name.startswith(f'{part}_')
        }
        _restore_keyed_vectors(getattr(model, part), state[part], of_part)
    words = len(model.wv)
    for name, width in (('syn1', (model.layer1_size,)), ('syn1neg', (model.layer1_size,)), ('cum_table', ())):
        if name in arrays:
            _check_shape(name, arrays[name], (words, *width))


def make_writable(model: Any) -> None:
    """Copy the arrays that training changes and that are read-only: gensim writes into them all the same."""
    for holder in (model, *(getattr(model, part) for part in _parts(model))):
        for name in (*_WEIGHTS, *_VECTORS, *_LOCKS):
            array = getattr(holder, name, None)
            if isinstance(array, np.ndarray) and not array.flags.writeable:
                setattr(holder, name, array.copy())
    if getattr(model.wv, 'buckets_word', ()) is None and len(model.wv):
        model.wv.recalc_char_ngram_buckets()  # only training needs them
        if model.wv.bucket == 0:
            model.wv.vectors = model.wv.vectors_vocab


def to_parts(arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, Part]:
    """The parts of an archive."""
    return {f'{name}.npy': array_to_bytes(array) for name, array in arrays.items()}


def from_parts(parts: Mapping[str, Part]) -> Arrays:
    """The arrays of the parts of an archive; they are copied only where the processor can't read them in place."""
    return {
        name.removesuffix('.npy'): np.require(bytes_to_array(content), requirements='A')
        for name, content in parts.items()
    }


def plain(value: Any) -> Any:
    """A JSON value in place of a number of numpy."""
    return value.item() if isinstance(value, np.generic) else value


def _parts(model: Any) -> list[str]:
    return [part for part in ('wv', 'dv') if hasattr(model, part)]


def _keyed_vectors_state(vectors: Any) -> tuple[dict[str, Any], Arrays]:
    names = [key for key in vectors.index_to_key if isinstance(key, str)]
    state = {'names': names, 'numbers': len(vectors) - len(names), 'next_index': vectors.next_index}
    arrays = {name: getattr(vectors, name) for name in (*_VECTORS, *_LOCKS) if hasattr(vectors, name)}
    for name, values in vectors.expandos.items():
        if name in _TREE:
            arrays[f'tree_{name}'] = np.concatenate(values).astype(_TREE[name])
            arrays['tree_lengths'] = np.array([len(value) for value in values], np.int64)
        elif values.dtype == object:
            raise ParameterError(f'the attribute {name!r} of the vectors is no number and can not be saved. Remove it.')
        else:
            arrays[f'attribute_{name}'] = values
    return state, arrays


def _restore_keyed_vectors(vectors: Any, state: Mapping[str, Any], arrays: Arrays) -> None:
    first = state['numbers']  # documents without a name are numbered, and come first
    vectors.index_to_key = [*range(first), *state['names']]
    vectors.key_to_index = dict(zip(state['names'], range(first, len(vectors.index_to_key)), strict=True))
    vectors.next_index = state['next_index']
    count = len(vectors.index_to_key)
    for name, array in arrays.items():
        if name in _VECTORS:
            rows = vectors.bucket if name == 'vectors_ngrams' else count
            _check_shape(name, array, (rows, vectors.vector_size))
            setattr(vectors, name, array)
        elif name in _LOCKS:
            setattr(vectors, name, array.copy())
        elif name.startswith('attribute_'):
            _check_shape(name, array, (count,))
            vectors.expandos[name.removeprefix('attribute_')] = array.copy()  # gensim counts in place
    for name in _TREE:
        if f'tree_{name}' in arrays:
            vectors.expandos[name] = _split(arrays[f'tree_{name}'], arrays['tree_lengths'])


def _check_shape(name: str, array: npt.NDArray[Any], shape: tuple[int, ...]) -> None:
    # gensim reads and writes the memory of arrays without asking for their size
    if array.shape != shape or (array.ndim == 2 and array.dtype != np.float32):
        raise ValueError(f'{name} is {array.dtype} of shape {array.shape}, not float32 of shape {shape}')


def _split(values: npt.NDArray[Any], lengths: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    result = np.empty(len(lengths), dtype=object)
    for position, one in enumerate(np.split(values, np.cumsum(lengths)[:-1])):
        result[position] = one
    return result
