"""Tokens of Japanese, by MeCab (fugashi) with UniDic, or by Sudachi."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, ClassVar

from redshells.errors import ParameterError
from redshells.model.token_rules import TokenRules

LIBRARIES = {'fugashi': ('fugashi', 'unidic_lite'), 'sudachi': ('sudachipy', 'sudachidict_core')}
"""The modules that each tokenizer needs."""

SPLIT_MODES = ('A', 'B', 'C')

# Sudachi's dictionary has those of UniDic.
_PARTS_OF_SPEECH = (
    '名詞', '代名詞', '動詞', '形容詞', '形状詞', '副詞', '連体詞', '接続詞', '感動詞', '助動詞', '助詞',
    '接頭辞', '接尾辞', '記号', '補助記号', '空白',
)  # fmt: skip
_ORTHOGRAPHIC_BASE = 10  # the field orthBase of UniDic; an unknown word has the first six fields only
# A character has up to four bytes; Sudachi takes 49,149, and MeCab crashes at a word of more than 65,535.
_LONGEST = 12_000
_SENTENCE_ENDS = ('。', '!', '?', '\uff01', '\uff1f', '. ')
# MeCab ends at NUL, and neither takes half a surrogate pair.
_UNREADABLE = re.compile('[\x00-\x1f\x7f-\x9f\ud800-\udfff]+')


@dataclass(frozen=True)
class JapaneseTokenizer:
    """Cuts Japanese texts into words.

    Control characters, line breaks among them, end a word. A text of more than 12,000 characters is analysed in pieces,
    which end where a sentence does if they can: Sudachi takes no more than 49,149 bytes, and MeCab crashes at a word of
    more than 65,535.

    Args:
        tokenizer: ``'fugashi'``, with the dictionary unidic-lite, or ``'sudachi'``, with the dictionary core.
        split_mode: How long the words of Sudachi are: ``'A'`` short, ``'B'`` middle, ``'C'`` as long as names are, as
            without a mode.
        part_of_speech: Which words are kept, as the dictionary calls them, such as ``'名詞'`` or, more narrowly,
            ``'名詞-固有名詞'``; all if empty.
        use_base_form: Whether a word is written as the dictionary has it (走っ as 走る). An unknown word stays as it
            is.
        rules: How words are written, and which are left out.

    Raises:
        ParameterError: An argument has a wrong value.
    """

    characters_worth_a_process: ClassVar[int] = 200_000

    tokenizer: str = 'fugashi'
    split_mode: str | None = None
    part_of_speech: Sequence[str] = ('名詞', '動詞', '形容詞', '形状詞')
    use_base_form: bool = True
    rules: TokenRules = field(default_factory=TokenRules)

    def __post_init__(self) -> None:
        if self.tokenizer not in LIBRARIES:
            raise ParameterError(f'tokenizer={self.tokenizer!r} was given; one of {tuple(LIBRARIES)} is expected.')
        if self.split_mode not in (None, *SPLIT_MODES):
            raise ParameterError(f'split_mode={self.split_mode!r} was given; one of {SPLIT_MODES} is expected.')
        if self.split_mode is not None and self.tokenizer != 'sudachi':
            raise ParameterError(
                f'split_mode={self.split_mode!r} was given, which {self.tokenizer} does not have. '
                "Set tokenizer='sudachi', or leave split_mode out."
            )
        unknown = [name for name in self.part_of_speech if name.split('-')[0] not in _PARTS_OF_SPEECH]
        if unknown:
            raise ParameterError(
                f'part_of_speech has {unknown}, which the dictionary does not know; it has {_PARTS_OF_SPEECH}, '
                "and finer ones such as '名詞-固有名詞'."
            )

    def versions(self) -> dict[str, str]:
        """The versions of the tokenizer and of its dictionary."""
        return {name: version(name.replace('_', '-')) for name in LIBRARIES[self.tokenizer]}

    def start(self) -> Callable[[str], list[str]]:
        """Load the dictionary, and return the function that makes tokens of a text."""
        words = self._fugashi() if self.tokenizer == 'fugashi' else self._sudachi()
        normalize, written = self.rules.normalize, self.rules.lookup()

        def tokens(text: str) -> list[str]:
            readable = _UNREADABLE.sub(' ', normalize(text))
            return [token for piece in sentence_pieces(readable) for word in words(piece) if (token := written[word])]

        return tokens

    def _is_kept(self, levels: Iterable[str]) -> bool:
        name = '-'.join(levels) + '-'
        return not self.part_of_speech or any(name.startswith(f'{one}-') for one in self.part_of_speech)

    def _fugashi(self) -> Callable[[str], list[str]]:
        import fugashi
        import unidic_lite

        # fugashi.Tagger would take the large UniDic where that is installed, too.
        folder = unidic_lite.DICDIR
        tagger = fugashi.GenericTagger(f'-r "{folder}/mecabrc" -d "{folder}"')
        forms = _FormOfFeature(self)

        def words(text: str) -> list[str]:
            return [form or node.surface for node in tagger(text) if (form := forms[node.feature_raw]) is not None]

        return words

    def _sudachi(self) -> Callable[[str], list[str]]:
        import sudachipy

        dictionary = sudachipy.Dictionary(dict='core')
        tokenizer: Any = dictionary.tokenizer(self.split_mode or 'C', fields={'pos', 'dictionary_form'})
        kept: dict[int, bool] = {}

        def words(text: str) -> list[str]:
            found = []
            for morpheme in _analyse(tokenizer, text):
                part = morpheme.part_of_speech_id()
                if part not in kept:
                    kept[part] = self._is_kept(morpheme.part_of_speech()[:4])
                if kept[part]:
                    found.append((self.use_base_form and morpheme.dictionary_form()) or morpheme.surface())
            return found

        return words


class _FormOfFeature(dict[str, str | None]):
    """From the features of a word to its base form; '' where the word stays as it is, None where it is left out."""

    def __init__(self, settings: JapaneseTokenizer) -> None:
        super().__init__()
        self._settings = settings

    def __missing__(self, feature: str) -> str | None:
        fields = next(csv.reader([feature]))
        base = fields[_ORTHOGRAPHIC_BASE] if len(fields) > _ORTHOGRAPHIC_BASE else '*'
        form = base if self._settings.use_base_form and base != '*' else ''
        self[feature] = form if self._settings._is_kept(fields[:4]) else None
        return self[feature]


def sentence_pieces(text: str, limit: int = _LONGEST) -> Iterator[str]:
    """Pieces of a text with no more characters than the limit, cut after a sentence, else at a space, else anywhere.

    Example:
        >>> list(sentence_pieces('今日は雨。明日は晴れ。', 8))
        ['今日は雨。', '明日は晴れ。']
    """
    start = 0
    while len(text) - start > limit:
        ends = [text.rfind(mark, start, start + limit) for mark in _SENTENCE_ENDS]
        end = max(ends) if max(ends) >= 0 else text.rfind(' ', start, start + limit)
        end = end + 1 if end >= 0 else start + limit
        yield text[start:end]
        start = end
    yield text[start:]


def _analyse(tokenizer: Any, text: str) -> list[Any]:
    from sudachipy.errors import SudachiError

    try:
        return list(tokenizer.tokenize(text))
    except SudachiError:  # Sudachi normalises by itself, and a character may become eighteen: too long again
        if len(text) < 2:
            raise
        middle = len(text) // 2
        return _analyse(tokenizer, text[:middle]) + _analyse(tokenizer, text[middle:])
