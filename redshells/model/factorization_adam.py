"""Training of a factorization machine by mini-batches with Adam, on large tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from redshells.model.execution import Execution
from redshells.model.factorization_rows import FieldRows, field_starts, join_fields
from redshells.model.factorization_weights import FactorizationWeights
from redshells.model.learning_curve import LearningCurve
from redshells.model.torch_execution import running_on
from redshells.model.torch_training import TrainingProblem, TrainingSettings, train_epochs

Floats = npt.NDArray[np.float64]

_SCORED_ROWS = 2**16  # at once


@dataclass(frozen=True, kw_only=True)
class AdamSettings:
    """How the weights are trained.

    Args:
        embedding_size: The length of the vector of a feature.
        learning_rate: That of the first epoch; it falls to 0 until the last.
        l2_weight: Penalty of the squares of the weights of each row's features.
        epochs: Passes over all rows.
        batch_size: Rows of a step.
        early_stopping_patience: Epochs without a better score after which the training ends; 0 never ends it.
        lazy_size: With more features than so many, a step changes only the weights of those that its rows have.
        initial_scale: The standard deviation of the first vectors.
        random_seed: Seed of all that is drawn.
    """

    embedding_size: int
    learning_rate: float
    l2_weight: float
    epochs: int
    batch_size: int
    early_stopping_patience: int
    lazy_size: int = 200_000
    initial_scale: float = 0.01
    random_seed: int = 0


@dataclass(frozen=True)
class LabelledRows:
    """Rows to learn from, or to watch.

    Attributes:
        fields: The features of each field in each row.
        target: The numbers, best of mean 0 and standard deviation 1; of classes 0 and 1.
        weight: The weight of each row; None for 1.
    """

    fields: Sequence[FieldRows]
    target: Floats
    weight: Floats | None


def train_weights(
    rows: LabelledRows,
    validation: LabelledRows | None,
    settings: AdamSettings,
    execution: Execution,
    *,
    is_binary: bool,
    scale: float,
) -> tuple[FactorizationWeights, LearningCurve]:
    """Train the weights of a factorization machine.

    Args:
        rows: The rows to learn from.
        validation: Rows to watch, whose best epoch counts; None for none.
        settings: How.
        execution: Where it runs.
        is_binary: Whether the target is classes: the loss is then the log loss.
        scale: By how much errors are multiplied in the score.

    Returns:
        The weights, and loss and score after each epoch.
    """
    with running_on(execution) as device:
        machine = _Machine(rows.fields, settings, device)
        data = _Rows(rows, machine.parts, device)
        watched = None if validation is None else _Rows(validation, machine.parts, device)

        def loss(chosen: torch.Tensor | None, generator: torch.Generator) -> torch.Tensor:
            assert chosen is not None
            scores, penalty = machine.scores(data, chosen)
            errors = _errors(scores, data.target[chosen], is_binary)
            if data.weight is not None:
                errors = errors * data.weight[chosen]
            return errors.mean() + settings.l2_weight * penalty

        def score() -> float:
            assert watched is not None
            scores = machine.all_scores(watched)
            errors = _errors(scores, watched.target, is_binary)
            mean = float(errors.mean() if watched.weight is None else (errors * watched.weight).mean())
            return mean if is_binary else scale * float(np.sqrt(mean))

        problem = TrainingProblem(
            name='FactorizationMachine',
            weights=machine.weights,
            optimizers=machine.optimizers(settings.learning_rate),
            loss=loss,
            number_of_rows=len(data.target),
            score=None if watched is None else score,
            metric='log_loss' if is_binary else 'rmse',
        )
        training = TrainingSettings(
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            learning_rate_schedule='linear',
            early_stopping_patience=settings.early_stopping_patience,
        )
        curve = train_epochs(problem, training, execution, settings.random_seed)
        return machine.learnt(), curve


def _errors(scores: torch.Tensor, target: torch.Tensor, is_binary: bool) -> torch.Tensor:
    if is_binary:
        return functional.binary_cross_entropy_with_logits(scores, target, reduction='none')
    return (scores - target) ** 2


@dataclass(frozen=True)
class _Parts:
    """Which features are looked up one of each row, which ones are dense, and which are lists."""

    categories: list[int]
    numbers: list[int]
    lists: list[int]

    @classmethod
    def of(cls, fields: Sequence[FieldRows]) -> _Parts:
        categories = [number for number, field in enumerate(fields) if field.positions is not None]
        numbers = [number for number, field in enumerate(fields) if field.is_dense]
        others = sorted({*range(len(fields))} - {*categories} - {*numbers})
        return cls(categories, numbers, others)


class _Rows:
    """Rows as tensors."""

    def __init__(self, rows: LabelledRows, parts: _Parts, device: torch.device) -> None:
        chosen = [[rows.fields[number] for number in part] for part in (parts.categories, parts.numbers, parts.lists)]
        categories, numbers, lists = chosen
        self.target = torch.from_numpy(rows.target.astype(np.float32)).to(device)
        self.weight = None
        if rows.weight is not None:
            self.weight = torch.from_numpy((rows.weight / rows.weight.mean()).astype(np.float32)).to(device)
        self.ids = self.values = self.starts = None
        if categories:
            starts = field_starts(categories)[:-1]
            pairs = zip(categories, starts, strict=True)
            ids = np.column_stack([_positions(field) + start for field, start in pairs])
            self.ids = torch.from_numpy(ids).to(device)
        if numbers:
            self.values = torch.from_numpy(join_fields(numbers).toarray()).to(device)
        if lists:
            matrix: Any = join_fields(lists)
            self.starts = torch.from_numpy(matrix.indptr.astype(np.int64)).to(device)
            self.items = torch.from_numpy(matrix.indices.astype(np.int64)).to(device)
            self.shares = torch.from_numpy(matrix.data).to(device)

    def items_of(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The items of the lists of rows, their values, and which of the rows each is of."""
        assert self.starts is not None
        first = self.starts[rows]
        counts = self.starts[rows + 1] - first
        owners = torch.repeat_interleave(torch.arange(len(rows), device=rows.device), counts)
        before = torch.cumsum(counts, 0) - counts
        places = torch.arange(len(owners), device=rows.device) + (first - before)[owners]
        return self.items[places], self.shares[places], owners


def _positions(field: FieldRows) -> npt.NDArray[np.int64]:
    assert field.positions is not None
    return field.positions


class _Machine:
    """The weights, by the way in which their features are looked up."""

    def __init__(self, fields: Sequence[FieldRows], settings: AdamSettings, device: torch.device) -> None:
        self.parts = _Parts.of(fields)
        self._starts = field_starts(fields)
        self._width = 1 + settings.embedding_size
        generator = torch.Generator().manual_seed(settings.random_seed)
        self.weights = {'bias': torch.zeros(1, device=device, requires_grad=True)}
        self.is_lazy = False
        for name, numbers in vars(self.parts).items():
            size = sum(fields[number].size for number in numbers)
            first = settings.initial_scale * torch.randn(size, self._width, generator=generator)
            first[:, 0] = 0.0
            if size:
                self.weights[name] = first.to(device).requires_grad_()
                self.is_lazy = self.is_lazy or (name != 'numbers' and size > settings.lazy_size)

    def optimizers(self, learning_rate: float) -> list[torch.optim.Optimizer]:
        """Adam, and a lazy one of what is looked up where there is much of it."""
        lazy = [weight for name, weight in self.weights.items() if self.is_lazy and name in ('categories', 'lists')]
        others = [weight for weight in self.weights.values() if not any(weight is one for one in lazy)]
        found: list[torch.optim.Optimizer] = [torch.optim.Adam(others, lr=learning_rate, fused=True)]
        return [*found, torch.optim.SparseAdam(lazy, lr=learning_rate)] if lazy else found

    def scores(self, data: _Rows, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The score of each of some rows, and the mean penalty of their features."""
        total = torch.zeros(len(rows), self._width, device=rows.device)
        own = torch.zeros(len(rows), device=rows.device)
        penalty = torch.zeros((), device=rows.device)
        if data.ids is not None:
            found = functional.embedding(data.ids[rows], self.weights['categories'], sparse=self.is_lazy)
            total = total + found.sum(1)
            squares = found * found
            own = own + squares[:, :, 1:].sum((1, 2))
            penalty = penalty + squares.sum() / len(rows)
        if data.values is not None:
            values, weights = data.values[rows], self.weights['numbers']
            total = total + values @ weights
            own = own + (values * values) @ (weights[:, 1:] ** 2).sum(1)
            penalty = penalty + (weights**2).sum()
        if data.starts is not None:
            items, shares, owners = data.items_of(rows)
            found = functional.embedding(items, self.weights['lists'], sparse=self.is_lazy)
            penalty = penalty + (found * found * shares[:, None] ** 2).sum() / len(rows)
            found = found * shares[:, None]
            total = total.index_add(0, owners, found)
            own = own.index_add(0, owners, (found[:, 1:] ** 2).sum(1))
        pairs = 0.5 * ((total[:, 1:] ** 2).sum(1) - own)
        return self.weights['bias'] + total[:, 0] + pairs, penalty

    def all_scores(self, data: _Rows) -> torch.Tensor:
        """The score of each row, without what is needed to learn."""
        with torch.no_grad():
            rows = torch.arange(len(data.target), device=data.target.device)
            return torch.cat([self.scores(data, part)[0] for part in torch.split(rows, _SCORED_ROWS)])

    def learnt(self) -> FactorizationWeights:
        """The weights, in the order of the fields."""
        arrays = {name: weight.detach().cpu().numpy() for name, weight in self.weights.items()}
        features = np.empty((int(self._starts[-1]), 1, self._width), dtype=np.float32)
        for name, numbers in vars(self.parts).items():
            start = 0
            for number in numbers:
                size = int(self._starts[number + 1] - self._starts[number])
                features[self._starts[number] : self._starts[number + 1], 0] = arrays[name][start : start + size]
                start += size
        return FactorizationWeights(arrays['bias'].astype(np.float64), features)
