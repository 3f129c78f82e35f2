"""Cut texts of languages with spaces into tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redshells import parameter
from redshells.data.tokenized import Tokenize

if TYPE_CHECKING:
    from redshells.model.regex_tokenizer import RegexTokenizer


class TokenizeText(Tokenize):
    r"""Cut texts of languages that put spaces between words into tokens, by a regular expression.

    Output: a list with the list of tokens of each text, in the order of the input; with ``token_column_name``, the
    table with these lists in a column, as a pandas data frame. A missing text, or one without any token, has an empty
    list. The tokens are equal for every ``n_jobs``.
    """

    token_pattern: str = parameter.text(
        default=r'\b\w\w+\b',
        description='What a token looks like, a regular expression for the text in its normal form and in small '
        'letters; words of two letters or more by default. With brackets, the token is what is in them.',
    )
    output_file_path: str = parameter.text(
        default='data/tokenize_text.pkl', description='Path of the token lists below the workspace, a pickle file.'
    )

    def tokenizer_of_texts(self) -> RegexTokenizer:
        """What cuts the texts."""
        from redshells.model.regex_tokenizer import RegexTokenizer

        return RegexTokenizer(token_pattern=self.token_pattern, rules=self.rules())
