"""What any saved model tells of its training: its arguments, what was recorded, and how the learning went."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

from redshells.analysis.report_content import argument_texts
from redshells.analysis.search_summary import SearchSummary, summarise_search
from redshells.analysis.training_curve import training_curve
from redshells.model.learning_curve import LearningCurve
from redshells.tuning.result import TuningResult

OF_THE_RUN = ('random_seed', 'n_jobs', 'device', 'show_progress')
"""Arguments that say nothing of the model."""


@dataclass(frozen=True)
class TrainingFacts:
    """What a model tells of its training.

    Attributes:
        name: The class of the model.
        arguments: The arguments that it was made with.
        recorded: Numbers and texts that the training has recorded, such as how many rows there were.
        epochs: The loss and the score after each epoch; None where it was not trained by epochs.
        search: The tuning; None without one.
    """

    name: str
    arguments: Mapping[str, Any]
    recorded: Mapping[str, Any]
    epochs: LearningCurve | None
    search: SearchSummary | None

    def content(self) -> dict[str, Any]:
        """What a report keeps of it for the next one."""
        found = {**self.recorded, **self.arguments}
        if self.epochs is not None and self.epochs.losses:
            found |= {'epochs of training': self.epochs.best_epoch, 'loss': self.epochs.losses[-1]}
        return {'model': self.name, 'found': argument_texts(found)}


def training_facts(model: Any, tuning: TuningResult | None = None) -> TrainingFacts:
    """Find out what a model tells of its training.

    Args:
        model: A fitted model of any kind.
        tuning: The search that gave its arguments.
    """
    recorded = {
        name: value
        for name, value in model.training.items()
        if isinstance(value, (str, int, float)) and name != 'seconds'
    }
    return TrainingFacts(
        name=type(model).__name__,
        arguments=own_arguments(model),
        recorded=recorded,
        epochs=training_curve(model),
        search=None if tuning is None else summarise_search(tuning),
    )


def own_arguments(model: Any) -> dict[str, Any]:
    """The arguments that a model was made with, but for the seed and where it ran, as far as it has kept them.

    Args:
        model: A model that keeps its arguments as attributes of the same names, or in a dataclass that is one.
    """
    holders = [model, *(value for value in vars(model).values() if is_dataclass(value))]
    found = {}
    for name in inspect.signature(type(model)).parameters:
        values = [getattr(holder, name) for holder in holders if hasattr(holder, name)]
        if values and name not in OF_THE_RUN:
            found[name] = values[0]
    return found
