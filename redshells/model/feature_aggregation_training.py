"""The training of a similarity of bags of features, on PyTorch."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from redshells.model.execution import Execution
from redshells.model.feature_aggregation import FeatureAggregation
from redshells.model.feature_aggregation_similarity_dataset import FeatureAggregationSimilarityDataset
from redshells.model.learning_curve import LearningCurve
from redshells.model.torch_execution import running_on
from redshells.model.torch_training import TrainingProblem, TrainingSettings, train_epochs

_ROWS_OF_SCORE = 2**14


@dataclass(frozen=True, kw_only=True)
class AggregationTraining:
    """How the similarity is trained.

    Args:
        learning_rate: Of Adam.
        regularization: The penalty on the squares of the embeddings and biases of the items of a step.
        loss: ``'squared'`` or ``'logistic'``.
        epochs: Passes over all pairs at most.
        batch_size: Pairs of a step.
        early_stopping_patience: Epochs without a better score of the held-out pairs after which it ends; 0 never ends
            it.
        random_seed: Seed of the order of the pairs.
    """

    learning_rate: float
    regularization: float
    loss: str
    epochs: int
    batch_size: int
    early_stopping_patience: int
    random_seed: int


def train_aggregation(
    weights: FeatureAggregation,
    dataset: FeatureAggregationSimilarityDataset,
    validation: FeatureAggregationSimilarityDataset | None,
    training: AggregationTraining,
    execution: Execution,
) -> tuple[FeatureAggregation, LearningCurve]:
    """Train the weights.

    Args:
        weights: Those at the start.
        dataset: The pairs to learn from.
        validation: Pairs that stop the training early, if any.
        training: How.
        execution: Where it runs.

    Returns:
        The trained weights, and the loss and the score of the held-out pairs after each epoch.
    """
    is_logistic = training.loss == 'logistic'
    with running_on(execution) as device:
        network = _Network(weights, device)
        pairs = _Pairs(dataset, weights, device)
        watched = None if validation is None else _Pairs(validation, weights, device)

        def loss(rows: torch.Tensor | None, generator: torch.Generator) -> torch.Tensor:
            assert rows is not None, 'there is a batch size'
            values, squares = network(pairs, rows)
            return _losses(values, pairs.scores[rows], is_logistic).mean() + training.regularization * squares

        def score() -> float:
            assert watched is not None, 'it is asked for with pairs only'
            total = 0.0
            for rows in torch.split(torch.arange(len(watched.scores), device=device), _ROWS_OF_SCORE):
                total += float(_losses(network(watched, rows)[0], watched.scores[rows], is_logistic).sum())
            mean = total / len(watched.scores)
            return mean if is_logistic else math.sqrt(mean)

        problem = TrainingProblem(
            name='FeatureAggregationSimilarityModel',
            weights=network.weights,
            optimizers=[torch.optim.Adam(list(network.weights.values()), lr=training.learning_rate, fused=True)],
            loss=loss,
            number_of_rows=len(dataset),
            score=None if watched is None else score,
            metric='logloss' if is_logistic else 'rmse',
        )
        settings = TrainingSettings(
            epochs=training.epochs,
            batch_size=training.batch_size,
            early_stopping_patience=0 if watched is None else training.early_stopping_patience,
        )
        curve = train_epochs(problem, settings, execution, training.random_seed)
        return network.to_arrays(weights), curve


class _Pairs:
    """The pairs on a device, with features that were not seen in training left out."""

    def __init__(
        self, dataset: FeatureAggregationSimilarityDataset, weights: FeatureAggregation, device: torch.device
    ) -> None:
        assert dataset.scores is not None, 'the model has checked it'
        last = len(weights.item_biases)  # a place for the bias of new items, which stays 0
        given = np.stack([dataset.x_item_indices, dataset.y_item_indices])
        items = np.where((given < 0) | (given > last), last, given)
        features = [weights.keep_known(one) for one in (dataset.x_item_features, dataset.y_item_features)]
        self.items = torch.from_numpy(items).to(device)
        self.features = torch.from_numpy(np.stack(features)).to(device)
        self.scores = torch.from_numpy(dataset.scores.astype(np.float32)).to(device)


class _Network:
    """The weights on a device."""

    def __init__(self, weights: FeatureAggregation, device: torch.device) -> None:
        biases = np.append(weights.item_biases, np.float32(0))[:, None]
        arrays = {
            'feature_embeddings': weights.feature_embeddings.copy(),  # the trained weights are written in place
            'item_biases': biases,
            'bias': np.array([weights.bias], dtype=np.float32),
        }
        self.weights = {name: torch.from_numpy(one).to(device).requires_grad_() for name, one in arrays.items()}
        self._new_item = len(biases) - 1

    def __call__(self, pairs: _Pairs, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The similarity of each pair before the logistic function, and the mean of the squares to be kept small."""
        features = pairs.features[:, rows].flatten(0, 1)
        means = functional.embedding_bag(features, self.weights['feature_embeddings'], mode='mean', padding_idx=0)
        biases = functional.embedding(pairs.items[:, rows], self.weights['item_biases'], padding_idx=self._new_item)
        x, y = means.chunk(2)
        values = self.weights['bias'] + biases.squeeze(2).sum(dim=0) + (x * y).sum(dim=1)
        return values, (means.square().sum() + biases.square().sum()) / len(rows)

    def to_arrays(self, start: FeatureAggregation) -> FeatureAggregation:
        """The weights as arrays."""
        arrays = {name: one.detach().cpu().numpy().copy() for name, one in self.weights.items()}
        return FeatureAggregation(
            feature_embeddings=arrays['feature_embeddings'],
            known_features=start.known_features,
            item_biases=arrays['item_biases'][:-1, 0].copy(),
            bias=float(arrays['bias'][0]),
        )


def _losses(values: torch.Tensor, scores: torch.Tensor, is_logistic: bool) -> torch.Tensor:
    if is_logistic:
        return functional.binary_cross_entropy_with_logits(values, scores, reduction='none')
    return (values - scores).square()
