"""The training of LightGCN's embeddings, on PyTorch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from torch.nn import functional

from redshells.model.click_embeddings import ClickEmbeddings
from redshells.model.execution import Execution
from redshells.model.learning_curve import LearningCurve
from redshells.model.torch_execution import running_on
from redshells.model.torch_sparse import SparseFactor
from redshells.model.torch_training import TrainingProblem, TrainingSettings, train_epochs

Positions = npt.NDArray[np.int64]

WATCHED_ITEMS = 20
"""Items that are recommended to each held-out user while a training is watched."""
_DRAWS = 5  # until an item is found that a user has not clicked on; of the few that are left, a clicked one stays
_WATCHED_USERS = 2_000  # at most, of those that are held out
_USERS_AT_ONCE = 250


@dataclass(frozen=True, kw_only=True)
class EmbeddingTraining:
    """How embeddings are trained.

    Args:
        embedding_size: Numbers of an embedding.
        number_of_layers: How many steps embeddings are propagated.
        learning_rate: Of Adam.
        regularization: The penalty on the squared embeddings of the users and items of a step.
        epochs: Passes over all clicks at most.
        batch_size: Clicks of a step; None for all.
        early_stopping_patience: Epochs without a better held-out recall after which it ends; 0 never ends it.
        random_seed: Seed of the first embeddings, of the order of the clicks and of the other items.
    """

    embedding_size: int
    number_of_layers: int
    learning_rate: float
    regularization: float
    epochs: int
    batch_size: int | None
    early_stopping_patience: int
    random_seed: int


def train_embeddings(
    clicks: sparse.csr_array,
    training: EmbeddingTraining,
    held_out: tuple[Positions, Positions] | None,
    execution: Execution,
) -> tuple[ClickEmbeddings, LearningCurve]:
    """Train embeddings whose products are larger for clicked items than for others.

    Args:
        clicks: How much each counts, of shape (users, items).
        training: How.
        held_out: Positions of the users and of the items of clicks that stop the training early, if any.
        execution: Where it runs.

    Returns:
        The propagated embeddings, and the loss and the recall of the held-out clicks after each epoch.
    """
    with running_on(execution) as device:
        network = _Network(clicks, training, device)
        recall = None if held_out is None else _Recall(network, *held_out, training.random_seed)
        problem = TrainingProblem(
            name='LightGCN',
            weights={'users': network.users, 'items': network.items},
            optimizers=[torch.optim.Adam([network.users, network.items], lr=training.learning_rate, fused=True)],
            loss=network.loss,
            number_of_rows=len(network.pairs),
            score=recall,
            metric=f'recall@{WATCHED_ITEMS}',
            maximize=True,
        )
        settings = TrainingSettings(
            epochs=training.epochs,
            batch_size=training.batch_size,
            early_stopping_patience=0 if recall is None else training.early_stopping_patience,
        )
        curve = train_epochs(problem, settings, execution, training.random_seed)
        return network.embeddings(), curve


class _Network:
    """The embeddings before they are propagated, and the graph."""

    def __init__(self, clicks: sparse.csr_array, training: EmbeddingTraining, device: torch.device) -> None:
        of_users, of_items = (np.asarray(clicks.sum(axis=axis, dtype=np.float64)).ravel() for axis in (1, 0))
        normalised = sparse.csr_array(clicks.astype(np.float64))
        rows = np.repeat(np.arange(clicks.shape[0]), np.diff(clicks.indptr))
        normalised.data /= np.sqrt(of_users[rows] * of_items[normalised.indices])
        self._to_users = SparseFactor(normalised.astype(np.float32), device)
        self._to_items = SparseFactor(sparse.csr_array(normalised.T.astype(np.float32)), device)
        self._item_scales = 1 / np.sqrt(of_items)
        self.number_of_items = clicks.shape[1]
        codes = np.sort(rows * self.number_of_items + clicks.indices.astype(np.int64))
        self.pairs = torch.from_numpy(codes).to(device)
        generator = np.random.default_rng(training.random_seed)
        self.users, self.items = (
            torch.from_numpy(generator.normal(0, 0.1, (count, training.embedding_size)).astype(np.float32))
            .to(device)
            .requires_grad_()
            for count in clicks.shape
        )
        self._layers, self._regularization = training.number_of_layers, training.regularization

    def propagated(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The means of all layers of users and of items, and the sum of all layers of items but the last."""
        users, items = self.users, self.items
        user_sum, item_sum, messages = users, items, torch.zeros_like(items)
        for _ in range(self._layers):
            messages = messages + items
            users, items = self._to_users.multiply(items), self._to_items.multiply(users)
            user_sum, item_sum = user_sum + users, item_sum + items
        share = 1 / (self._layers + 1)
        return user_sum * share, item_sum * share, messages * share

    def loss(self, rows: torch.Tensor | None, generator: torch.Generator) -> torch.Tensor:
        """That of Bayesian personalised ranking."""
        pairs = self.pairs if rows is None else self.pairs[rows]
        users, items = pairs // self.number_of_items, pairs % self.number_of_items
        others = self._others(users, generator)
        user_means, item_means, _ = self.propagated()
        chosen = user_means[users]
        differences = (chosen * (item_means[others] - item_means[items])).sum(dim=1)
        squares = (self.users[users].square() + self.items[items].square() + self.items[others].square()).sum()
        return functional.softplus(differences).mean() + 0.5 * self._regularization * squares / len(pairs)

    def _others(self, users: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """An item for each user that the user has not clicked on."""
        others = self._drawn(len(users), generator)
        for _ in range(_DRAWS):
            others = torch.where(self.is_clicked(users, others), self._drawn(len(users), generator), others)
        return others

    def _drawn(self, count: int, generator: torch.Generator) -> torch.Tensor:
        return torch.randint(self.number_of_items, (count,), generator=generator, device=self.pairs.device)

    def is_clicked(self, users: torch.Tensor, items: torch.Tensor) -> torch.Tensor:
        """Whether each pair is one of the training."""
        return _is_among(users * self.number_of_items + items, self.pairs)

    def embeddings(self) -> ClickEmbeddings:
        """What was learnt, as arrays."""
        with torch.no_grad():
            users, items, messages = (one.cpu().numpy() for one in self.propagated())
        return ClickEmbeddings(users, items, (messages * self._item_scales[:, None]).astype(np.float32))


class _Recall:
    """The recall of held-out clicks of some users."""

    def __init__(self, network: _Network, users: Positions, items: Positions, random_seed: int) -> None:
        distinct = np.unique(users)
        some = np.random.default_rng(random_seed).permutation(distinct)[:_WATCHED_USERS]
        kept = np.isin(users, some)
        codes = np.unique(users[kept] * network.number_of_items + items[kept])
        device = network.pairs.device
        self._network = network
        self._users = torch.from_numpy(np.sort(some)).to(device)
        self._pairs = torch.from_numpy(codes).to(device)
        counts = np.bincount(codes // network.number_of_items, minlength=int(some.max()) + 1)
        self._counts = torch.from_numpy(counts).to(device)

    def __call__(self) -> float:
        """The mean over the users."""
        user_means, item_means, _ = self._network.propagated()
        size = min(WATCHED_ITEMS, len(item_means))
        every = torch.arange(len(item_means), device=item_means.device)
        total = 0.0
        for users in torch.split(self._users, _USERS_AT_ONCE):
            scores = user_means[users] @ item_means.T
            scores.masked_fill_(self._network.is_clicked(users[:, None], every), -torch.inf)
            found = users[:, None] * len(every) + scores.topk(size, dim=1).indices
            total += float((_is_among(found, self._pairs).sum(dim=1) / self._counts[users]).sum())
        return total / len(self._users)


def _is_among(codes: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Whether each code is among sorted ones."""
    places = torch.searchsorted(known, codes).clamp_(max=len(known) - 1)
    return known[places] == codes
