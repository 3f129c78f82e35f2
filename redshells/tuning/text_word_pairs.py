"""Pairs of words for which word vectors are tuned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import ColumnTypeError, DataError, MissingValueError, TargetError
from redshells.model.target_encoding import to_floats
from redshells.model.word_pairs import FEWEST_PAIRS


@dataclass(frozen=True)
class WordPairs:
    """Pairs of words, and how similar people find them.

    Args:
        first: A word of each pair.
        second: The other one.
        similarity: How similar they are, the more the higher.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    similarity: npt.NDArray[np.float64]

    @classmethod
    def of(cls, table: pd.DataFrame, column_names: Sequence[str]) -> WordPairs:
        """Of a table.

        Args:
            table: One row for each pair.
            column_names: The columns with a word, the other one, and their similarity.

        Raises:
            MissingValueError: A word or a similarity is missing.
            ColumnTypeError: A word is no string.
            TargetError: A similarity is no number, or all are the same.
        """
        first, second, similarity = (table[name] for name in column_names)
        for column in (first, second, similarity):
            if column.isna().any():
                raise MissingValueError(
                    f'the column {column.name!r} is missing in {int(column.isna().sum())} of {len(column)} rows. '
                    'Leave these pairs out.'
                )
        for column in (first, second):
            wrong = next((word for word in column if not isinstance(word, str)), None)
            if wrong is not None:
                raise ColumnTypeError(f'the column {column.name!r} has {wrong!r}; words are expected.')
        values = np.asarray(to_floats(similarity, 'similarity'))
        if len(values) and (values == values[0]).all():
            raise TargetError(
                f'the similarity {similarity.name!r} is {values[0]:g} in all {len(values)} pairs, so that no vectors '
                'fit better than others. Choose another column.'
            )
        return cls(tuple(first), tuple(second), values)

    def check_known(self, documents: Iterable[Sequence[str]]) -> None:
        """Check that enough pairs have two words that documents have, in capital or small letters.

        Args:
            documents: The tokens of each document; read once.

        Raises:
            DataError: They do not.
        """
        wanted = {word.upper() for word in (*self.first, *self.second)}
        found: set[str] = set()
        for document in documents:
            found.update(wanted.intersection(map(str.upper, document)))
        pairs = zip(self.first, self.second, strict=True)
        known = sum(one.upper() in found and other.upper() in found for one, other in pairs)
        if known < FEWEST_PAIRS:
            unknown = [word for word in dict.fromkeys((*self.first, *self.second)) if word.upper() not in found]
            raise DataError(
                f'{known} of {len(self.first)} pairs have two words of the documents; at least {FEWEST_PAIRS} are '
                f'expected. Not in them are {unknown[:5]}. Give more pairs, or more documents.'
            )
