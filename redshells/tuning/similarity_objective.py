"""What a trial of a similarity of features is worth: its mean score on held-out pairs."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from redshells.errors import DivergenceError, ParameterError, SplitError
from redshells.model.feature_aggregation_similarity_dataset import FeatureAggregationSimilarityDataset
from redshells.tuning.similarity_metric import PROBLEM, direction_of, evaluate_similarity
from redshells.tuning.split import Positions
from redshells.tuning.study import Outcome, Report

logger = logging.getLogger(__name__)

BuildSimilarity = Callable[[Mapping[str, Any], FeatureAggregationSimilarityDataset], Any]


def pair_folds(
    dataset: FeatureAggregationSimilarityDataset, number_of_folds: int, random_seed: int
) -> list[tuple[Positions, Positions]]:
    """The rows that train and that are held out, of each fold; the rows of one pair stay together.

    Args:
        dataset: The pairs.
        number_of_folds: How many folds, of about as many pairs.
        random_seed: Seed of the draw.

    Raises:
        SplitError: There are fewer pairs than folds.
    """
    codes = dataset.pair_codes()
    count = int(codes.max(initial=-1)) + 1
    if count < number_of_folds:
        raise SplitError(
            f'the dataset has {count} pairs for {number_of_folds} folds. Choose fewer, or give more pairs.'
        )
    fold = (np.random.default_rng(random_seed).permutation(count) % number_of_folds)[codes]
    return [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(number_of_folds)]


def similarity_of(model: Any, dataset: FeatureAggregationSimilarityDataset) -> Any:
    """The similarity of each pair by a model."""
    return model.calculate_similarity(
        dataset.x_item_indices, dataset.y_item_indices, dataset.x_item_features, dataset.y_item_features
    )


@dataclass(frozen=True, kw_only=True)
class SimilarityObjective:
    """Trains a model with the arguments of a trial on each fold, and scores it on the pairs that are held out.

    Attributes:
        build: Trains a model with arguments on pairs.
        dataset: All pairs, with their scores.
        folds: The rows that train and that are held out.
        metric: The name of the score.
        fixed: Arguments that are not searched.
        random_seed: Seed of the search.
        refusals: Why models could not be trained.
        problem: What the result calls the problem.
    """

    build: BuildSimilarity
    dataset: FeatureAggregationSimilarityDataset
    folds: Sequence[tuple[Positions, Positions]]
    metric: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    random_seed: int = 0
    refusals: list[str] = field(default_factory=list)
    problem: str = PROBLEM

    def direction(self) -> str:
        """``'maximize'`` or ``'minimize'``."""
        return direction_of(self.metric)

    def fingerprint(self) -> str:
        """A digest of what the values depend on besides the parameters."""
        data = self.dataset
        sizes = (data.batch_size, data.item_size, data.max_feature_index)
        settings = (self.metric, sorted(map(repr, self.fixed.items())), self.random_seed, sizes)
        digest = hashlib.sha256(repr(settings).encode())
        for values in (
            data.x_item_indices,
            data.y_item_indices,
            data.x_item_features,
            data.y_item_features,
            data.scores,
            *(rest for _, rest in self.folds),
        ):
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()

    def __call__(self, params: Mapping[str, Any], report: Report) -> Outcome:
        """The value of a trial; not a number where there is no model with its arguments."""
        values: list[float] = []
        for number, (train, rest) in enumerate(self.folds):
            if number:
                report(number, float(np.mean(values)))
                if report.is_late():
                    return Outcome(float(np.mean(values)), cut_short=True)
            try:
                model = self.build({**params, **self.fixed}, self.dataset.take(train))
            except (ParameterError, SplitError, DivergenceError) as error:
                logger.warning('no value for %s: %s', dict(params), error)
                self.refusals.append(str(error))
                return Outcome(float('nan'))
            held_out = self.dataset.take(rest)
            assert held_out.scores is not None, 'the task has checked it'
            values += evaluate_similarity(held_out.scores, similarity_of(model, held_out), [self.metric])
        return Outcome(float(np.mean(values)))
