"""Cut Japanese texts into tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from redshells import parameter
from redshells.data.tokenized import Tokenize
from redshells.errors import require_installed

if TYPE_CHECKING:
    from redshells.model.japanese_tokenizer import JapaneseTokenizer


class TokenizeJapanese(Tokenize):
    """Cut Japanese texts into words, by MeCab or by Sudachi.

    Output: a list with the list of tokens of each text, in the order of the input; with ``token_column_name``, the
    table with these lists in a column, as a pandas data frame. A missing text, or one without any token, has an empty
    list. The tokens are equal for every ``n_jobs``. Another version of the tokenizer or of its
    dictionary may cut otherwise; the versions are in the log of the task.

    Control characters, line breaks among them, end a word, and a text of more than 12,000 characters is analysed in
    pieces that end with a sentence. An unknown word has no base form, and stays as it is.
    """

    tokenizer: str = parameter.text(
        default='fugashi',
        choices=('fugashi', 'sudachi'),
        description="'fugashi', which is MeCab, with the dictionary unidic-lite; 'sudachi' with the dictionary core.",
    )
    split_mode: str | None = parameter.text(
        default=None,
        choices=('A', 'B', 'C'),
        description="How long the words of Sudachi are: 'A' short, 'B' middle, 'C', which it is by default, as long as "
        'names are.',
    )
    part_of_speech: tuple[str, ...] | list[str] = parameter.words(
        default=('名詞', '動詞', '形容詞', '形状詞'),
        description='Which words are kept, as UniDic calls them, such as 名詞, or 名詞-固有名詞 for names only; all if '
        'empty.',
    )
    use_base_form: bool = parameter.flag(
        default=True, description='Whether words are written as the dictionary has them: 走っ as 走る.'
    )
    output_file_path: str = parameter.text(
        default='data/tokenize_japanese.pkl', description='Path of the token lists below the workspace, a pickle file.'
    )

    def tokenizer_of_texts(self) -> JapaneseTokenizer:
        """What cuts the texts."""
        from redshells.model.japanese_tokenizer import JapaneseTokenizer

        return JapaneseTokenizer(
            tokenizer=self.tokenizer,
            split_mode=self.split_mode,
            part_of_speech=tuple(self.part_of_speech),
            use_base_form=self.use_base_form,
            rules=self.rules(),
        )

    def check_parameters(self) -> None:
        """Check that the tokenizer is installed and takes its parameters, and that the output is a pickle file.

        Raises:
            ParameterError: A parameter is wrong.
            MissingExtraError: The tokenizer or its dictionary is not installed.
        """
        from redshells.model.japanese_tokenizer import LIBRARIES

        super().check_parameters()
        for library in LIBRARIES[self.tokenizer]:
            require_installed('The tokenizer', library, 'japanese')

    def compute(self) -> list[list[str]] | pd.DataFrame:
        """The token lists, or the table with them."""
        self.task_log['tokenizer'] = self.tokenizer_of_texts().versions()
        return super().compute()
