"""Tokens by a regular expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from redshells.errors import ParameterError
from redshells.model.token_rules import TokenRules


@dataclass(frozen=True)
class RegexTokenizer:
    r"""Cuts texts of languages that put spaces between words.

    Args:
        token_pattern: What a token looks like, for the text in its normal form and in small letters; with brackets, the
            token is what is in them.
        rules: How tokens are written, and which are left out.

    Raises:
        ParameterError: The pattern is no regular expression, or has several pairs of brackets.

    Example:
        >>> tokens = RegexTokenizer(rules=TokenRules(stop_words=['The'])).start()
        >>> tokens('The cat, a ﬁne one, sat.')
        ['cat', 'fine', 'one', 'sat']
    """

    characters_worth_a_process: ClassVar[int] = 10_000_000

    token_pattern: str = r'\b\w\w+\b'
    rules: TokenRules = field(default_factory=TokenRules)

    def __post_init__(self) -> None:
        try:
            groups = re.compile(self.token_pattern).groups
        except re.error as error:
            raise ParameterError(
                f'token_pattern={self.token_pattern!r} was given, which is no regular expression: {error}.'
            ) from error
        if groups > 1:
            raise ParameterError(
                f'token_pattern={self.token_pattern!r} was given, with {groups} groups; at most one is expected. '
                'Write (?:...) for brackets that only hold together.'
            )

    def start(self) -> Callable[[str], list[str]]:
        """The function that makes tokens of a text."""
        find, fold, written = re.compile(self.token_pattern).findall, self.rules.fold, self.rules.lookup()

        def tokens(text: str) -> list[str]:
            return [token for found in find(fold(text)) if (token := written[found])]

        return tokens
