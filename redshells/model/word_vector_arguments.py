"""The keyword arguments of gensim's word2vec, fastText and doc2vec, as data: they are checked without gensim."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any

from redshells.errors import ParameterError, UnknownArgumentError

_SHARED = (
    'vector_size', 'alpha', 'window', 'min_count', 'max_vocab_size', 'sample', 'min_alpha', 'hs', 'negative',
    'ns_exponent', 'epochs', 'sorted_vocab', 'batch_words', 'max_final_vocab', 'shrink_windows',
)  # fmt: skip
_FASTTEXT = ('min_n', 'max_n', 'bucket')
_DOC2VEC = ('dm', 'dm_mean', 'dm_concat', 'dm_tag_count', 'dbow_words')

ARGUMENTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        'Word2Vec': frozenset((*_SHARED, 'sg', 'cbow_mean', 'null_word', 'compute_loss', 'comment')),
        'FastText': frozenset((*_SHARED, 'sg', 'cbow_mean', 'null_word', 'word_ngrams', *_FASTTEXT)),
        'Doc2Vec': frozenset((*_SHARED, 'compute_loss', 'comment', *_DOC2VEC)),
    }
)
"""What each class takes, by its name."""

_OURS = {
    'sentences': 'Give the corpus.',
    'documents': 'Give the corpus.',
    'corpus_file': 'Give the corpus.',
    'seed': 'Use random_seed.',
    'workers': 'Use the parameter workers.',
    'trim_rule': 'Use min_count or max_final_vocab, or leave the tokens out where they are made.',
    'callbacks': 'A progress bar is shown without them.',
    'hashfxn': "gensim's vectors do not depend on it any more.",
}
RESERVED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        'Word2Vec': MappingProxyType(_OURS),
        'FastText': MappingProxyType(_OURS),
        'Doc2Vec': MappingProxyType(
            {
                **_OURS,
                'sg': 'Use dm: dm=0 is what sg=1 is for word2vec.',
                'cbow_mean': 'Use dm_mean.',
                'null_word': 'dm_concat sets it.',
                'dv': 'Give initial_model; the vectors of documents are always new.',
                'dv_mapfile': 'A saved model is mapped into memory when it is loaded.',
            }
        ),
    }
)
"""What gensim takes and can't be given, to what to do instead."""

_RENAMED = {
    'size': 'vector_size',
    'iter': 'epochs',
    'docvecs': 'dv',
    'docvecs_mapfile': 'dv_mapfile',
}


@dataclass(frozen=True)
class _Rule:
    expected: str
    holds: Callable[[Any], bool]


def _is_integer(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and value == value


def _at_least(minimum: int) -> _Rule:
    return _Rule(f'an integer of at least {minimum}', lambda value: _is_integer(value) and value >= minimum)


_SWITCH = _Rule('0 or 1', lambda value: value in (0, 1))
_RULES: Mapping[str, _Rule] = {
    # gensim divides by the window and by bucket in C: 0 ends the process
    **dict.fromkeys(('vector_size', 'window', 'epochs', 'bucket', 'min_n', 'dm_tag_count'), _at_least(1)),
    **dict.fromkeys(('negative', 'max_n'), _at_least(0)),
    **dict.fromkeys(('max_vocab_size', 'max_final_vocab'), _at_least(1)),
    **dict.fromkeys(('sg', 'hs', 'dm', 'dm_mean', 'dm_concat', 'dbow_words', 'cbow_mean'), _SWITCH),
    **dict.fromkeys(('sorted_vocab', 'shrink_windows', 'null_word', 'compute_loss'), _SWITCH),
    'ns_exponent': _Rule('a number', _is_number),
    'min_count': _Rule('a number of at least 0', lambda value: _is_number(value) and value >= 0),
    'alpha': _Rule('a number above 0', lambda value: _is_number(value) and value > 0),
    'min_alpha': _Rule('a number of at least 0', lambda value: _is_number(value) and value >= 0),
    'sample': _Rule('a number of at least 0', lambda value: _is_number(value) and value >= 0),
    'batch_words': _Rule(
        'an integer from 1 to 10000', lambda value: _is_integer(value) and 1 <= value <= 10_000
    ),  # gensim cuts what is longer
    'word_ngrams': _Rule('1, as gensim has no other', lambda value: value == 1),
}


def check_word_vector_arguments(model: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments that gensim is given, checked.

    None is left out: it is the default of everything that may be None.

    Args:
        model: ``'Word2Vec'``, ``'FastText'`` or ``'Doc2Vec'``.
        arguments: The keyword arguments.

    Raises:
        UnknownArgumentError: The model does not take one of them.
        ParameterError: One of them can't be given, or has a value that gensim does not bear.

    Example:
        >>> check_word_vector_arguments('FastText', {'vector_size': 50, 'trim_rule': None})
        {'vector_size': 50}
        >>> check_word_vector_arguments('Word2Vec', {'size': 50})
        Traceback (most recent call last):
            ...
        redshells.errors.ParameterError: Word2Vec was given size=50, as it is called in gensim 3. Use vector_size.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    for name, value in given.items():
        _check_name(model, name, value)
        if name in _RULES and not _RULES[name].holds(value):
            raise ParameterError(f'{model} was given {name}={value!r}; {_RULES[name].expected} is expected.')
    if not given.get('hs', 0) and given.get('negative', 5) == 0:
        raise ParameterError(
            f'{model} was given negative=0 and hs=0, with which nothing is learnt. Set negative to 5 to 20, or hs=1.'
        )
    return given


def _check_name(model: str, name: str, value: Any) -> None:
    if name in ARGUMENTS[model]:
        return
    if name in RESERVED[model]:
        raise ParameterError(f'{model} was given {name}={value!r}, which is set here. {RESERVED[model][name]}')
    new_name = _RENAMED.get(name, name)
    if new_name in ARGUMENTS[model] | RESERVED[model].keys() and new_name != name:
        advice = RESERVED[model].get(new_name, f'Use {new_name}.')
        raise ParameterError(f'{model} was given {name}={value!r}, as it is called in gensim 3. {advice}')
    close = difflib.get_close_matches(name, ARGUMENTS[model], n=3)
    advice = f' Did you mean {" or ".join(close)}?' if close else ''
    raise UnknownArgumentError(
        f'{model} does not take the argument {name!r}; it takes {sorted(ARGUMENTS[model])}.{advice}'
    )
