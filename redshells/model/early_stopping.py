"""When to stop a training in rounds, and which round was the best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from redshells.model.encoded_table import EncodedTable
from redshells.model.frame import TableData
from redshells.model.metric import Metric

OnRound = Callable[[int, float], None]


@dataclass(frozen=True)
class EarlyStopping:
    """When to stop, and what to watch.

    Args:
        data: Rows that are not trained on; encoded where the rows to train on are.
        metric: The score that is watched.
        rounds: Stop when the score has not got better for so many rounds; 0 never stops, the best round counts all the
            same.
        on_round: Called with the round (1, 2, ...) and the score after it; it may raise to end the training.
    """

    data: TableData | EncodedTable
    metric: Metric
    rounds: int
    on_round: OnRound | None = None


class RoundWatcher:
    """Keeps the best round and says when to stop.

    Args:
        direction: ``'maximize'`` or ``'minimize'``.
        patience: Stop when the score has not got better for so many rounds; 0 never stops.
        on_round: Called with the round and the score.
    """

    def __init__(self, direction: str, patience: int, on_round: OnRound | None) -> None:
        self._sign = 1.0 if direction == 'maximize' else -1.0
        self._patience = patience
        self._on_round = on_round
        self.best_round = 0
        self._best = -np.inf

    def should_stop(self, number: int, score: float) -> bool:
        """Take the score after a round (1, 2, ...)."""
        if self._sign * score > self._best:
            self._best, self.best_round = self._sign * score, number
        if self._on_round is not None:
            self._on_round(number, score)
        return bool(self._patience) and number - self.best_round >= self._patience
