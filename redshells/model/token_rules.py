"""What becomes of a token, whatever has cut it out of its text."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, cast

from redshells.errors import ParameterError

NORMALIZATIONS = ('NFKC', 'NFC', 'none')


class Tokenizer(Protocol):
    """Cuts texts into tokens. It can be pickled, and holds no dictionary before it is started."""

    characters_worth_a_process: ClassVar[int]
    """So many take so long that a process of their own saves time."""

    def start(self) -> Callable[[str], list[str]]:
        """Load what is needed, and return the function that makes tokens of a text."""


@dataclass(frozen=True)
class TokenRules:
    """Which tokens are kept, and how they are written.

    Args:
        normalization: ``'NFKC'`` makes one spelling of half and full width letters, half width kana and ligatures;
            ``'NFC'`` of what looks alike; ``'none'`` changes nothing.
        lower_case: Whether capital letters become small ones.
        stop_words: Words that are left out; they are normalised and lowered like the tokens.
        minimum_token_length: Tokens with fewer characters are left out.

    Raises:
        ParameterError: The normalization is unknown.
    """

    normalization: str = 'NFKC'
    lower_case: bool = True
    stop_words: Iterable[str] = ()
    minimum_token_length: int = 1

    def __post_init__(self) -> None:
        if self.normalization not in NORMALIZATIONS:
            raise ParameterError(
                f'normalization={self.normalization!r} was given; one of {NORMALIZATIONS} is expected.'
            )

    def normalize(self, text: str) -> str:
        """A text in the normal form."""
        if self.normalization == 'none' or text.isascii():
            return text
        return unicodedata.normalize(cast(Literal['NFKC', 'NFC'], self.normalization), text)

    def fold(self, text: str) -> str:
        """A text in the normal form, and in small letters if the tokens are."""
        text = self.normalize(text)
        return text.lower() if self.lower_case else text

    def lookup(self) -> TokenLookup:
        """A dict from a token to how it is written; to an empty string where it is left out."""
        return TokenLookup(self)


class TokenLookup(dict[str, str]):
    """Decides on each distinct token once, and keeps one string for all its occurrences.

    Args:
        rules: What is decided by.
    """

    def __init__(self, rules: TokenRules) -> None:
        super().__init__()
        self._rules = rules
        self._stop_words = frozenset(map(rules.fold, rules.stop_words))
        self._written: dict[str, str] = {}

    def __missing__(self, token: str) -> str:
        written = token.lower() if self._rules.lower_case else token
        is_kept = (
            len(written) >= self._rules.minimum_token_length and written not in self._stop_words and written.strip()
        )
        self[token] = self._written.setdefault(written, written) if is_kept else ''
        return self[token]
