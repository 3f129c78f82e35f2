"""When to stop a training in rounds, and which round was the best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from redshells.model.encoded_table import EncodedTable
from redshells.model.frame import TableData
from redshells.model.metric import Metric

OnRound = Callable[[int, float], bool | None]


@dataclass(frozen=True)
class EarlyStopping:
    """When to stop, and what to watch.

    Args:
        data: Rows that are not trained on; encoded where the rows to train on are.
        metric: The score that is watched.
        rounds: Stop when the score has not got better for so many rounds; 0 never stops, the best round counts all the
            same.
        share_of_best: Wait for this share of the best round as well, if that is longer: small steps need more patience.
        every: The score is taken after every so many rounds, by libraries that need not take it after each.
        on_round: Called with the round (1, 2, ...) and the score after it; it may raise to end the training, or return
            True to stop it with what there is.
        is_over: Asked after each round whether the training is to end; the score is taken then, however few rounds ago
            the last one was.
        score_only: The model is not wanted, only its best round and score: the rounds after it are not cut off.
    """

    data: TableData | EncodedTable
    metric: Metric
    rounds: int
    share_of_best: float = 0.0
    every: int = 1
    on_round: OnRound | None = None
    is_over: Callable[[], bool] | None = None
    score_only: bool = False


class RoundWatcher:
    """Keeps the best round and says when to stop.

    Args:
        early_stopping: What is watched, and when to stop.
    """

    def __init__(self, early_stopping: EarlyStopping) -> None:
        self._sign = 1.0 if early_stopping.metric.direction == 'maximize' else -1.0
        self._early_stopping = early_stopping
        self.best_round = 0
        self.best_score = np.nan

    def is_due(self, number: int, last: int) -> bool:
        """Tell whether the score is wanted after a round.

        Args:
            number: The round.
            last: The last round that there can be.
        """
        is_over = self._early_stopping.is_over
        return number % self._early_stopping.every == 0 or number == last or (is_over is not None and is_over())

    def should_stop(self, number: int, score: float) -> bool:
        """Take the score after a round (1, 2, ...)."""
        if not np.isnan(score) and (self.best_round == 0 or self._sign * score > self._sign * self.best_score):
            self.best_score, self.best_round = score, number
        on_round, rounds = self._early_stopping.on_round, self._early_stopping.rounds
        if on_round is not None and on_round(number, score):
            return True
        patience = max(rounds, self._early_stopping.share_of_best * self.best_round)
        return bool(rounds) and number - self.best_round >= patience
