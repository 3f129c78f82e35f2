"""How much of the time of a search one trial may take, and how slowly the final model learns.

A search at a high learning rate finds arguments that are good at a low one, too, with more rounds in proportion. So the
trials learn fast, and the final model slowly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

_ROUNDS_OF_A_FIT = 30.0  # rounds times learning rate until early stopping, typically
_SEARCH_SHARE = 0.65  # of the time, that the trials below are to fit into
_FASTEST, _SLOWEST = 0.15, 0.05  # learning rates of a search with a timeout
USUAL_LEARNING_RATE = 0.1
"""Of the trials of a search without a timeout."""
_FITS_WANTED, _FITS_NEEDED = 50, 24
_TRIALS_ON_ALL_FOLDS = 5
_FEWEST_ROWS = 8000
_ENOUGH_VALIDATION_ROWS = 10_000  # to tell good arguments from better ones
_SLOWDOWN = 4.0  # of the final model, without a timeout
_LOWEST = 0.01
_TRAINING_SHARE = 0.2  # of the timeout, that training the final model may take
_MORE_ROWS = 1.03  # the final model has more rows than a fold, and takes more rounds


@dataclass(frozen=True)
class Effort:
    """What one trial spends.

    Args:
        learning_rate: Learning rate of all trials; None where the arguments have their own.
        number_of_folds: How many of the folds are trained at the most; None for all.
        share_of_rows: Share of the training rows that is used.
    """

    learning_rate: float | None = None
    number_of_folds: int | None = None
    share_of_rows: float = 1.0

    @classmethod
    def within(
        cls,
        timeout: float,
        seconds_per_round: float,
        *,
        threads: int,
        number_of_folds: int,
        rows: int,
        validation_rows: int,
        given_rate: float | None = None,
    ) -> Self:
        """The effort that leaves time for enough trials.

        Args:
            timeout: Seconds for the search.
            seconds_per_round: What a round of the library's default trees takes one thread.
            threads: How many are at work at the same time, in all processes.
            number_of_folds: How many folds there are.
            rows: Training rows of a fold.
            validation_rows: Validation rows of a fold.
            given_rate: The learning rate, where the arguments have their own.
        """
        capacity = _SEARCH_SHARE * timeout * threads  # seconds of one thread
        work = seconds_per_round * _ROUNDS_OF_A_FIT  # of a fit, times its learning rate
        rate = given_rate or min(_FASTEST, max(_SLOWEST, work * _FITS_WANTED / capacity))
        share = 1.0
        if work / rate > capacity / _FITS_NEEDED:
            share = max(capacity / _FITS_NEEDED * rate / work, min(1.0, _FEWEST_ROWS / rows))
            share = share if share < 0.9 else 1.0
        folds = int(capacity / 2 / _TRIALS_ON_ALL_FOLDS / (share * work / rate))
        folds = min(folds, math.ceil(_ENOUGH_VALIDATION_ROWS / validation_rows))
        return cls(
            learning_rate=None if given_rate else rate,
            number_of_folds=max(1, min(folds, number_of_folds)),
            share_of_rows=share,
        )

    def slow_down(self, rounds: int, seconds_per_round: float, timeout: float | None) -> tuple[float, int]:
        """Find the learning rate of the final model, and its number of rounds.

        Args:
            rounds: Rounds of the best trial.
            seconds_per_round: What one of them will take in the final training.
            timeout: Seconds of the search, or None.
        """
        assert self.learning_rate is not None
        rate = self.learning_rate / _SLOWDOWN
        if timeout is not None:
            rate = self.learning_rate * rounds * seconds_per_round / (_TRAINING_SHARE * timeout)
        rate = float(f'{min(self.learning_rate, max(_LOWEST, rate)):.2g}')
        return rate, max(1, round(rounds * self.learning_rate / rate * _MORE_ROWS))

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The effort that ``to_json`` wrote down."""
        return cls(**values)
