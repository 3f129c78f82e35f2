"""What a training on PyTorch has to know to go on, and the file that holds it in case the training is killed."""

from __future__ import annotations

import hashlib
import logging
import math
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch

from redshells.archive import Archive, array_to_bytes, bytes_to_array
from redshells.errors import ArchiveError
from redshells.model.execution import Execution
from redshells.model.learning_curve import LearningCurve

logger = logging.getLogger(__name__)

_MODEL = 'redshells.model.torch_checkpoint:Checkpoint'


@dataclass
class TrainingState:
    """What a training has to know to go on, besides the weights and the optimizers.

    Attributes:
        generator: Draws all that is drawn.
        average: The moving average of the weights; empty without averaging.
        best: The weights of the best score; empty while there is none.
        curve: The loss and the score after each epoch.
        epoch: How many epochs are done.
        steps: How many steps are done.
        best_score: The best score; NaN while there is none.
    """

    generator: torch.Generator
    average: dict[str, torch.Tensor]
    best: dict[str, torch.Tensor]
    curve: LearningCurve
    epoch: int = 0
    steps: int = 0
    best_score: float = math.nan

    @classmethod
    def at_start(cls, weights: Mapping[str, torch.Tensor], averaged: bool, random_seed: int) -> TrainingState:
        """The state before the first epoch."""
        device = next(iter(weights.values())).device
        average = {name: weight.clone() for name, weight in weights.items()} if averaged else {}
        return cls(torch.Generator(device=device).manual_seed(random_seed), average, {}, LearningCurve())


class Checkpoint:
    """The file that holds a training in case it is killed.

    Args:
        execution: Says where it is, and how often it is written.
        name: Who trains, for messages.
        weights: The tensors that are learnt.
        optimizers: What changes them.
        settings: What the training depends on besides; a file of other settings is not gone on from.
    """

    def __init__(
        self,
        execution: Execution,
        name: str,
        weights: Mapping[str, torch.Tensor],
        optimizers: Sequence[torch.optim.Optimizer],
        settings: str,
    ) -> None:
        self._path = execution.checkpoint_path if execution.checkpoint_every else None
        self._every = execution.checkpoint_every
        self._name = name
        self._weights = weights
        self._optimizers = optimizers
        digest = hashlib.sha256(settings.encode())
        for key, weight in weights.items() if self._path else ():
            digest.update(key.encode() + weight.cpu().numpy().tobytes())  # the first ones tell of seed and data
        self._identity = digest.hexdigest()

    def save_if_due(self, state: TrainingState) -> None:
        """Write the file, absent or whole at any moment, if so many epochs have passed."""
        if self._path is None or state.epoch % self._every:
            return
        tensors = {f'weight/{name}': one for name, one in self._weights.items()}
        tensors |= {f'average/{name}': one for name, one in state.average.items()}
        tensors |= {f'best/{name}': one for name, one in state.best.items()}
        plain: dict[str, Any] = {}
        for number, optimizer in enumerate(self._optimizers):
            for position, values in optimizer.state_dict()['state'].items():
                for key, value in values.items():
                    where = f'optimizer/{number}/{position}/{key}'
                    tensors |= {where: value} if torch.is_tensor(value) else {}
                    plain |= {} if torch.is_tensor(value) else {where: value}
        tensors['generator'] = state.generator.get_state()
        counts = {'epoch': state.epoch, 'steps': state.steps, 'best_score': repr(state.best_score)}
        content = {'identity': self._identity, 'curve': state.curve.to_json(), 'optimizer': plain, **counts}
        os.makedirs(os.path.dirname(os.path.abspath(self._path)), exist_ok=True)
        parts = {f'{name}.npy': array_to_bytes(one.detach().cpu().numpy()) for name, one in tensors.items()}
        Archive(_MODEL, {}, content, parts).save(self._path)

    def restore(self, state: TrainingState) -> None:
        """Go on from the file, if there is one of this training; a damaged one is passed over."""
        if self._path is None or not os.path.exists(self._path):
            return
        try:
            archive = Archive.load(self._path)
        except ArchiveError as error:
            logger.warning('%s: the checkpoint is not used, the training starts anew: %s', self._name, error)
            return
        if archive.model != _MODEL or archive.state.get('identity') != self._identity:
            logger.warning('%s: the checkpoint %s is of another training; it starts anew.', self._name, self._path)
            return
        content, tensors = archive.state, _tensors(archive)
        for name, weight in self._weights.items():
            weight.copy_(tensors[f'weight/{name}'])
        device = state.generator.device
        state.average = {name: tensors[f'average/{name}'].to(device) for name in state.average}
        prefix = 'best/'
        state.best = {name[len(prefix) :]: one.to(device) for name, one in tensors.items() if name.startswith(prefix)}
        state.generator.set_state(tensors['generator'])
        state.curve = LearningCurve.from_json(content['curve'])
        state.epoch, state.steps = content['epoch'], content['steps']
        state.best_score = float(content['best_score'])
        self._restore_optimizers({**tensors, **content['optimizer']})
        logger.info('%s: goes on after epoch %d', self._name, state.epoch)

    def _restore_optimizers(self, values: Mapping[str, Any]) -> None:
        for number, optimizer in enumerate(self._optimizers):
            states: dict[int, dict[str, Any]] = {}
            for where, value in values.items():
                kind, *rest = where.split('/')
                if kind == 'optimizer' and rest[0] == str(number):
                    states.setdefault(int(rest[1]), {})[rest[2]] = value
            optimizer.load_state_dict({**optimizer.state_dict(), 'state': states})

    def remove(self) -> None:
        """Remove the file."""
        if self._path is not None:
            with suppress(FileNotFoundError):
                os.remove(self._path)


def _tensors(archive: Archive) -> dict[str, torch.Tensor]:
    # copies: the arrays are read-only, and of a file that is written again
    return {
        name.removesuffix('.npy'): torch.from_numpy(bytes_to_array(part).copy()) for name, part in archive.parts.items()
    }
