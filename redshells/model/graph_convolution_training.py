"""The training of a graph convolutional network, on PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from torch.nn import functional

from redshells.model.execution import Execution
from redshells.model.graph_convolutions import GraphConvolutions
from redshells.model.learning_curve import LearningCurve
from redshells.model.torch_execution import running_on
from redshells.model.torch_sparse import SparseFactor, dropout_mask
from redshells.model.torch_training import TrainingProblem, TrainingSettings, train_epochs

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class GraphTraining:
    """How layers are trained.

    Args:
        dropout_rate: The share of the inputs of each layer that is dropped in each step.
        learning_rate: Of Adam.
        weight_decay: The penalty on the weights of all layers but the last.
        epochs: Steps at most, each with all nodes.
        early_stopping_patience: Epochs without a better held-out loss after which it ends; 0 never ends it.
        random_seed: Seed of the dropout.
    """

    dropout_rate: float
    learning_rate: float
    weight_decay: float
    epochs: int
    early_stopping_patience: int
    random_seed: int


def train_convolutions(
    layers: GraphConvolutions,
    adjacency: sparse.csr_array,
    features: sparse.csr_array,
    labels: Positions,
    *,
    train: Positions,
    held_out: Positions,
    training: GraphTraining,
    execution: Execution,
) -> tuple[GraphConvolutions, LearningCurve]:
    """Train layers to tell the classes of nodes.

    Args:
        layers: Those at the start.
        adjacency: The normalised one, of shape (nodes, nodes).
        features: Of shape (nodes, inputs).
        labels: The number of the class of each node; of nodes that are in neither of both, anything.
        train: Positions of the nodes to learn from.
        held_out: Positions of the nodes that stop the training early; none without.
        training: How.
        execution: Where it runs.

    Returns:
        The trained layers, and the loss and the held-out loss after each epoch.
    """
    with running_on(execution) as device:
        network = _Network(layers, adjacency, features, training.dropout_rate, device)
        classes, rows, others = (torch.from_numpy(one).to(device) for one in (labels, train, held_out))

        def loss(_: torch.Tensor | None, generator: torch.Generator) -> torch.Tensor:
            return functional.cross_entropy(network.scores(generator)[rows], classes[rows])

        def score() -> float:
            return float(functional.cross_entropy(network.scores(None)[others], classes[others]))

        decayed, rest = network.weights[:-1], [network.weights[-1], *network.biases]
        groups: list[dict[str, Any]] = [{'params': decayed, 'weight_decay': training.weight_decay}, {'params': rest}]
        problem = TrainingProblem(
            name='GraphConvolutionalNetwork',
            weights=network.named_weights(),
            optimizers=[torch.optim.Adam(groups, lr=training.learning_rate, fused=True)],
            loss=loss,
            number_of_rows=len(train),
            score=score if len(held_out) else None,
            metric='log_loss',
        )
        settings = TrainingSettings(
            epochs=training.epochs, early_stopping_patience=training.early_stopping_patience if len(held_out) else 0
        )
        curve = train_epochs(problem, settings, execution, training.random_seed)
        return network.layers(), curve


class _Network:
    """The layers on a device, with dropout while they are trained."""

    def __init__(
        self,
        layers: GraphConvolutions,
        adjacency: sparse.csr_array,
        features: sparse.csr_array,
        dropout_rate: float,
        device: torch.device,
    ) -> None:
        # copies: the trained weights are written in place
        self.weights, self.biases = (
            [torch.from_numpy(one.copy()).to(device).requires_grad_() for one in values]
            for values in (layers.weights, layers.biases)
        )
        self._adjacency = SparseFactor(adjacency, device)
        self._features = SparseFactor(features, device)
        self._dropout_rate = dropout_rate

    def scores(self, generator: torch.Generator | None) -> torch.Tensor:
        """The score of each class, of shape (nodes, classes); with dropout where there is a generator."""
        drops = generator if self._dropout_rate else None
        kept = None if drops is None else self._features.dropped_values(self._dropout_rate, drops)
        values = self._adjacency.multiply(self._features.multiply(self.weights[0], kept)) + self.biases[0]
        for weight, bias in zip(self.weights[1:], self.biases[1:], strict=True):
            values = functional.relu(values)
            if drops is not None:
                values = values * dropout_mask(values.shape, self._dropout_rate, drops)
            values = self._adjacency.multiply(values @ weight) + bias
        return values

    def named_weights(self) -> dict[str, torch.Tensor]:
        """All that is learnt, by name."""
        named = {'weight': self.weights, 'bias': self.biases}
        return {f'{name}_{number}': one for name, all_ in named.items() for number, one in enumerate(all_)}

    def layers(self) -> GraphConvolutions:
        """The weights as arrays."""
        return GraphConvolutions(
            *(tuple(one.detach().cpu().numpy().copy() for one in values) for values in (self.weights, self.biases))
        )
