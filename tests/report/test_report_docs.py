"""What the page of the docs says of numbers of rows is what the code has."""

from __future__ import annotations

from pathlib import Path

import pytest

from redshells.analysis import (
    association,
    baseline,
    bootstrap,
    column_profile,
    explanation,
    learning_curve,
    rating_baselines,
    rating_quality,
    user_sample,
)

DOCS = (Path(__file__).parents[2] / 'docs' / 'report.md').read_text()


@pytest.mark.parametrize(
    'words',
    [
        f'draws of up to {bootstrap._MOST_ROWS:,} rows',
        f'trained on up to {baseline._MOST_LINEAR_ROWS:,} rows',
        f'{learning_curve._FEWEST_ROWS:,} to {learning_curve._MOST_ROWS:,} rows of each table',
        f'{explanation._FEWEST_ROWS} to {explanation._MOST_ROWS} scored rows',
        f'up to {explanation._MOST_SHUFFLED_ROWS:,} scored rows',
        f'{column_profile._MOST_CELLS:,} values in all, and at least {column_profile._FEWEST_ROWS:,} rows',
        f'up to {association._MOST_ROWS:,} rows',
        f'up to {rating_quality._MOST_ROWS:,} held-out ratings',
        f'{user_sample.FEWEST_USERS} to {user_sample.MOST_USERS:,} users',
        f'as if there were {rating_baselines._DRAW:.0f} more ratings',
    ],
)
def test_a_number_of_the_docs_is_that_of_the_code(words: str) -> None:
    assert words in DOCS
