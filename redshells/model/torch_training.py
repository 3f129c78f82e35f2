"""The training loop of all models on PyTorch."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from tqdm import tqdm

from redshells.errors import DivergenceError, ParameterError
from redshells.model.execution import Execution
from redshells.model.learning_curve import LearningCurve
from redshells.model.torch_checkpoint import Checkpoint, TrainingState

logger = logging.getLogger(__name__)

SCHEDULES = ('constant', 'linear', 'cosine')
_MOST_RECORDS = 500  # of the learning curve, which is part of the saved model


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a model is trained.

    Args:
        epochs: Passes over all rows.
        batch_size: Rows of a step; None for all rows in one step.
        learning_rate_schedule: ``'constant'``; ``'linear'`` or ``'cosine'`` fall to 0 until the last epoch.
        gradient_clipping: The largest norm of the gradient; longer ones are shortened. 0 for none.
        weight_averaging: Share of the earlier average that stays in a step of the moving average of the weights, which
            the model takes in place of the last ones, such as 0.99. 0 for none.
        early_stopping_patience: Epochs without a better score after which the training ends; 0 never ends it.
        score_every: Epochs between two scores.

    Raises:
        ParameterError: A value is out of its range.
    """

    epochs: int
    batch_size: int | None = None
    learning_rate_schedule: str = 'constant'
    gradient_clipping: float = 0.0
    weight_averaging: float = 0.0
    early_stopping_patience: int = 0
    score_every: int = 1

    def __post_init__(self) -> None:
        for name, least in (('epochs', 1), ('early_stopping_patience', 0), ('score_every', 1)):
            if getattr(self, name) < least:
                raise ParameterError(f'{name}={getattr(self, name)} was given; at least {least} is expected.')
        if self.batch_size is not None and self.batch_size < 1:
            raise ParameterError(f'batch_size={self.batch_size} was given; at least 1, or None, is expected.')
        if self.learning_rate_schedule not in SCHEDULES:
            raise ParameterError(
                f'learning_rate_schedule={self.learning_rate_schedule!r} was given; one of {list(SCHEDULES)} is '
                'expected.'
            )
        if self.gradient_clipping < 0:
            raise ParameterError(f'gradient_clipping={self.gradient_clipping} was given; at least 0 is expected.')
        if not 0 <= self.weight_averaging < 1:
            raise ParameterError(
                f'weight_averaging={self.weight_averaging} was given; at least 0 and less than 1 is expected.'
            )

    def rate_factor(self, epoch: int) -> float:
        """The share of the learning rate that an epoch (0, 1, ...) has."""
        done = epoch / self.epochs
        if self.learning_rate_schedule == 'linear':
            return 1 - done
        return 0.5 * (1 + math.cos(math.pi * done)) if self.learning_rate_schedule == 'cosine' else 1.0


@dataclass(frozen=True, kw_only=True)
class TrainingProblem:
    """What is trained.

    Args:
        name: Who trains, for messages.
        weights: The tensors that are learnt, by name; they are changed in place.
        optimizers: What changes them; each weight is of one of them.
        loss: The mean loss of rows, given their positions (None for all rows) and the generator of all that is drawn.
        number_of_rows: How many rows there are.
        score: The score of the weights as they are, on held-out rows; None where there are none.
        metric: Name of the score.
        maximize: Whether larger scores are better.
        identity: What the training depends on besides, such as a digest of the data: a checkpoint of another is not
            gone on from.
    """

    name: str
    weights: Mapping[str, torch.Tensor]
    optimizers: Sequence[torch.optim.Optimizer]
    loss: Callable[[torch.Tensor | None, torch.Generator], torch.Tensor]
    number_of_rows: int
    score: Callable[[], float] | None = None
    metric: str = ''
    maximize: bool = False
    identity: str = ''


def train_epochs(
    problem: TrainingProblem, settings: TrainingSettings, execution: Execution, random_seed: int
) -> LearningCurve:
    """Train until the last epoch, or until the score has not got better for long enough.

    Afterwards the weights are those of the best score, where there is one, and the averaged ones, where they are
    averaged. A training with a checkpoint goes on from it, and ends with the weights of one that was not interrupted.

    Args:
        problem: What is trained.
        settings: How.
        execution: Where it runs; its checkpoint is removed at the end.
        random_seed: Seed of the order of the rows and of all that the loss draws.

    Returns:
        The loss and the score after each epoch.

    Raises:
        DivergenceError: The loss is no number any more; nothing is changed by it but the weights.
    """
    weights = {name: weight.detach() for name, weight in problem.weights.items()}
    state = TrainingState.at_start(weights, bool(settings.weight_averaging), random_seed)
    state.curve.metric = problem.metric if problem.score else ''
    identity = repr((settings, random_seed, problem.identity))
    checkpoint = Checkpoint(execution, problem.name, weights, problem.optimizers, identity)
    checkpoint.restore(state)
    rates = [[group['lr'] for group in optimizer.param_groups] for optimizer in problem.optimizers]
    with tqdm(
        total=settings.epochs,
        initial=state.epoch,
        desc=problem.name,
        unit='epoch',
        disable=None if execution.show_progress else True,
    ) as bar:
        while state.epoch < settings.epochs and not _is_over(state, settings):
            _set_rates(problem.optimizers, rates, settings.rate_factor(state.epoch))
            loss = _run_epoch(problem, settings, state, weights)
            state.epoch += 1
            _refuse_no_number(problem, loss, state.epoch)
            score = _score(problem, settings, state, weights)
            _record(settings, state, loss, score)
            bar.update()
            bar.set_postfix_str(_briefly(state.curve), refresh=False)
            _set_rates(problem.optimizers, rates, 1.0)
            checkpoint.save_if_due(state)
    _copy(state.best or state.average or weights, weights)
    if not state.best:
        state.curve.best_epoch = state.epoch
    checkpoint.remove()
    logger.info('%s: trained for %d epochs: %s', problem.name, state.epoch, _briefly(state.curve))
    return state.curve


def _run_epoch(
    problem: TrainingProblem, settings: TrainingSettings, state: TrainingState, weights: Mapping[str, torch.Tensor]
) -> float:
    """Train on all rows once; the mean loss."""
    total = torch.zeros((), dtype=torch.float64)
    for rows in _batches(problem.number_of_rows, settings.batch_size, state.generator):
        for optimizer in problem.optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss = problem.loss(rows, state.generator)
        loss.backward()  # type: ignore[no-untyped-call]
        if settings.gradient_clipping:
            torch.nn.utils.clip_grad_norm_(list(problem.weights.values()), settings.gradient_clipping)
        for optimizer in problem.optimizers:
            optimizer.step()
        state.steps += 1
        if state.average:
            # a young average forgets faster, or the first weights would stay in it
            decay = min(settings.weight_averaging, (1 + state.steps) / (10 + state.steps))
            torch._foreach_lerp_([state.average[name] for name in weights], list(weights.values()), 1 - decay)
        share = 1.0 if rows is None else len(rows) / problem.number_of_rows
        total += share * loss.detach().to('cpu', torch.float64)
    return float(total)


def _batches(number_of_rows: int, batch_size: int | None, generator: torch.Generator) -> Iterator[torch.Tensor | None]:
    if batch_size is None:
        yield None
        return
    order = torch.randperm(number_of_rows, generator=generator, device=generator.device)
    yield from torch.split(order, batch_size)


def _refuse_no_number(problem: TrainingProblem, loss: float, epoch: int) -> None:
    if not math.isfinite(loss):
        raise DivergenceError(
            f'{problem.name}: the loss of epoch {epoch} is {loss}. The training has diverged: give a smaller '
            'learning_rate, or a gradient_clipping such as 1.0, or scale the features and the target.'
        )


def _score(
    problem: TrainingProblem, settings: TrainingSettings, state: TrainingState, weights: Mapping[str, torch.Tensor]
) -> float | None:
    """The score after an epoch, where it is due, of the weights that the model would have."""
    if problem.score is None or (state.epoch % settings.score_every and state.epoch < settings.epochs):
        return None
    with torch.no_grad():
        if not state.average:
            score = problem.score()
        else:
            last = {name: weight.clone() for name, weight in weights.items()}
            _copy(state.average, weights)
            score = problem.score()
            _copy(last, weights)
    sign = 1 if problem.maximize else -1
    if not math.isnan(score) and (math.isnan(state.best_score) or sign * score > sign * state.best_score):
        state.best_score, state.curve.best_epoch = score, state.epoch
        state.best = {name: weight.clone() for name, weight in (state.average or weights).items()}
    return score


def _record(settings: TrainingSettings, state: TrainingState, loss: float, score: float | None) -> None:
    # a multiple, so that each epoch of the curve has a score
    every = settings.score_every * math.ceil(settings.epochs / (settings.score_every * _MOST_RECORDS))
    if state.epoch % every and state.epoch != settings.epochs:
        return
    state.curve.epochs.append(state.epoch)
    state.curve.losses.append(loss)
    if score is not None:
        state.curve.scores.append(score)


def _is_over(state: TrainingState, settings: TrainingSettings) -> bool:
    waited = state.epoch - state.curve.best_epoch
    return bool(settings.early_stopping_patience and state.best and waited >= settings.early_stopping_patience)


def _set_rates(optimizers: Sequence[torch.optim.Optimizer], rates: Sequence[Sequence[float]], factor: float) -> None:
    for optimizer, of_groups in zip(optimizers, rates, strict=True):
        for group, rate in zip(optimizer.param_groups, of_groups, strict=True):
            group['lr'] = rate * factor


def _copy(source: Mapping[str, torch.Tensor], target: Mapping[str, torch.Tensor]) -> None:
    for name, value in source.items():
        target[name].copy_(value)


def _briefly(curve: LearningCurve) -> str:
    loss = f'loss {curve.losses[-1]:.5g}' if curve.losses else ''
    return loss + (f', {curve.metric} {curve.scores[-1]:.5g}' if curve.scores else '')
