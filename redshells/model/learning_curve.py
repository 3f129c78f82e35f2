"""The loss and the score after each epoch of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class LearningCurve:
    """The loss and the score after each epoch.

    Attributes:
        metric: Name of the score on the held-out rows; empty where there are none.
        epochs: The epochs that were recorded, 1 being the first.
        losses: The mean training loss of each.
        scores: The score after each; empty where there is none.
        best_epoch: The epoch whose weights the model has.
    """

    metric: str = ''
    epochs: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    best_epoch: int = 0

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            'metric': self.metric,
            'epochs': list(self.epochs),
            'losses': list(self.losses),
            'scores': list(self.scores),
            'best_epoch': self.best_epoch,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> LearningCurve:
        """Of what ``to_json`` gave."""
        lists: dict[str, Sequence[Any]] = {name: list(values[name]) for name in ('epochs', 'losses', 'scores')}
        return cls(metric=values['metric'], best_epoch=values['best_epoch'], **lists)  # type: ignore[arg-type]
