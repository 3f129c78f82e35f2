"""Graph convolutional matrix completion, trained on PyTorch."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from redshells.model.execution import Execution
from redshells.model.gcmc_settings import GcmcSettings
from redshells.model.learning_curve import LearningCurve
from redshells.model.rating_convolution import RatingConvolution, RatingSides
from redshells.model.rating_decoder import RatingDecoder
from redshells.model.rating_encoder import RatingEncoder
from redshells.model.rating_graph import Integers, RatingGraph, RatingLevels
from redshells.model.rating_loss import RatingPairs, rating_loss
from redshells.model.torch_execution import running_on
from redshells.model.torch_training import TrainingProblem, train_epochs

logger = logging.getLogger(__name__)

_NAME = 'GraphConvolutionalMatrixCompletion'


@dataclass(frozen=True)
class HeldOutRatings:
    """Ratings that are not trained on.

    Args:
        users: The position of the user of each.
        items: The position of the item of each.
        ratings: What they are.
    """

    users: Integers
    items: Integers
    ratings: npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrainedGcmc:
    """What was learnt.

    Args:
        user_encoder: The convolution of the users.
        item_encoder: That of the items.
        decoder: The ratings of pairs of vectors.
        curve: The loss and the score after each epoch.
    """

    user_encoder: RatingEncoder
    item_encoder: RatingEncoder
    decoder: RatingDecoder
    curve: LearningCurve


def train_gcmc(
    sides: RatingSides,
    targets: RatingGraph,
    levels: RatingLevels,
    held_out: HeldOutRatings | None,
    settings: GcmcSettings,
    execution: Execution,
    random_seed: int,
) -> TrainedGcmc:
    """Train.

    Args:
        sides: The edges that carry messages, and the features.
        targets: The ratings that are learnt.
        levels: The levels of the ratings.
        held_out: Ratings to watch for early stopping; None for none.
        settings: How.
        execution: Where it runs.
        random_seed: Seed of the first weights and of what is dropped out.

    Raises:
        DivergenceError: The loss is no number any more.
    """
    logger.info(
        '%d ratings of %d levels, of %d users and %d items; %d carry messages',
        len(targets),
        len(levels),
        targets.number_of_users,
        targets.number_of_items,
        len(sides.graph),
    )
    with running_on(execution) as device:
        network = _Network(sides, targets, levels, settings, random_seed, device)
        problem = TrainingProblem(
            name=_NAME,
            weights=network.weights,
            optimizers=[torch.optim.Adam(network.weights.values(), lr=settings.learning_rate, fused=True)],
            loss=network.loss,
            number_of_rows=len(targets),
            score=None if held_out is None else lambda: network.root_mean_squared_error(held_out),
            metric='rmse',
            identity=_identity(sides, targets, settings),
        )
        curve = train_epochs(problem, settings.training(), execution, random_seed)
        return TrainedGcmc(network.users.fitted(), network.items.fitted(), network.decoder(), curve)


def _identity(sides: RatingSides, targets: RatingGraph, settings: GcmcSettings) -> str:
    """A digest of all that the training depends on."""
    digest = hashlib.sha256(repr(settings).encode())
    for graph in (sides.graph, targets):
        for one in (graph.users, graph.items, graph.levels):
            digest.update(np.ascontiguousarray(one).tobytes())
    for features in (sides.user_features, sides.item_features):
        if features is not None:
            for one in (features.indptr, features.indices, features.data):
                digest.update(np.ascontiguousarray(one).tobytes())
    return digest.hexdigest()


class _Network:
    """Both convolutions and the decoder, with their weights."""

    def __init__(
        self,
        sides: RatingSides,
        targets: RatingGraph,
        levels: RatingLevels,
        settings: GcmcSettings,
        random_seed: int,
        device: torch.device,
    ) -> None:
        generator = torch.Generator().manual_seed(random_seed)
        self.users = RatingConvolution(sides, settings, of_items=False, generator=generator, device=device)
        self.items = RatingConvolution(sides, settings, of_items=True, generator=generator, device=device)
        self._levels = levels
        self._pairs = RatingPairs(targets, levels, device)
        self._squared_error_weight = settings.squared_error_weight
        shares = np.bincount(targets.levels, minlength=len(levels)) + 1
        decoder = {
            'bases': _bases(settings, generator),
            'coefficients': _coefficients(settings, len(levels), generator),
            'level_bias': torch.from_numpy(np.log(shares / shares.sum()).astype(np.float32)),
        }
        self._decoder = {name: one.to(device).requires_grad_() for name, one in decoder.items()}
        self.weights = {**self.users.weights, **self.items.weights, **self._decoder}

    def loss(self, rows: torch.Tensor | None, generator: torch.Generator) -> torch.Tensor:
        assert rows is None, 'all ratings are one batch'
        users, items = self.users.vectors(generator), self.items.vectors(generator)
        return rating_loss(
            users, items, **self._decoder, pairs=self._pairs, squared_error_weight=self._squared_error_weight
        )

    def root_mean_squared_error(self, held_out: HeldOutRatings) -> float:
        users, items = (side.vectors().cpu().numpy() for side in (self.users, self.items))
        found = self.decoder().pair_ratings(users, items, held_out.users, held_out.items)
        return float(np.sqrt(np.mean((found - held_out.ratings) ** 2)))

    def decoder(self) -> RatingDecoder:
        arrays = {name: one.detach().cpu().numpy().copy() for name, one in self._decoder.items()}
        return RatingDecoder(self._levels.values, **arrays)


def _bases(settings: GcmcSettings, generator: torch.Generator) -> torch.Tensor:
    """Turns, which keep the lengths of vectors."""
    shape = (settings.basis_size, settings.encoder_size, settings.encoder_size)
    drawn = torch.empty(shape).normal_(generator=generator)
    turns, upper = torch.linalg.qr(drawn)
    signs: torch.Tensor = upper.diagonal(dim1=1, dim2=2).sign()
    # a fused optimizer goes through weights and moments as they lie, and those of a checkpoint are contiguous
    result: torch.Tensor = (turns * signs[:, None]).contiguous()
    return result


def _coefficients(settings: GcmcSettings, number_of_levels: int, generator: torch.Generator) -> torch.Tensor:
    bound = float(np.sqrt(6 / (settings.basis_size + number_of_levels)))
    return torch.empty((settings.basis_size, number_of_levels)).uniform_(-bound, bound, generator=generator)
