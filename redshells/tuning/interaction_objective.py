"""What a trial of a model of users and items is worth: its mean score on held-out interactions."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import DataError, DivergenceError, ParameterError
from redshells.model.interactions import Interactions
from redshells.tuning.interaction_evaluation import evaluate_recommender
from redshells.tuning.interaction_metric import direction_of
from redshells.tuning.split import Positions
from redshells.tuning.study import Outcome, Report

logger = logging.getLogger(__name__)

BuildRecommender = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class InteractionObjective:
    """Trains a model with the arguments of a trial on each fold, and scores it on what is held out.

    Attributes:
        build: Trains a model with arguments on interactions.
        interactions: All of them.
        features: ``'user_features'`` and ``'item_features'``, as far as there are any.
        folds: The rows that train and that are held out.
        metric: The name of the score.
        problem: ``'rating'`` or ``'top_items'``.
        fixed: Arguments that are not searched.
        random_seed: Seed of the search.
        refusals: Why models could not be trained.
    """

    build: BuildRecommender
    interactions: Interactions
    folds: Sequence[tuple[Positions, Positions]]
    metric: str
    problem: str
    features: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    random_seed: int = 0
    refusals: list[str] = field(default_factory=list)

    def direction(self) -> str:
        """``'maximize'`` or ``'minimize'``."""
        return direction_of(self.metric)

    def fingerprint(self) -> str:
        """A digest of what the values depend on besides the parameters."""
        digest = hashlib.sha256(repr((self.metric, sorted(map(repr, self.fixed.items())), self.random_seed)).encode())
        data = self.interactions
        for column in (data.users, data.items, data.ratings, data.services):
            if column is not None:
                digest.update(_hashes(column))
        for name, frame in sorted(self.features.items()):
            digest.update(name.encode() + repr(list(frame.columns)).encode())
            digest.update(_hashes(frame.index) + _hashes(frame.map(repr) if len(frame) else frame))
        for train, rest in self.folds:
            digest.update(np.asarray(train, dtype=np.int64).tobytes() + np.asarray(rest, dtype=np.int64).tobytes())
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
                part = self.interactions.take(train)
                model = self.build({**params, **self.fixed}, part, self.features)
            except (ParameterError, DataError, DivergenceError) as error:
                logger.warning('no value for %s: %s', dict(params), error)
                self.refusals.append(str(error))
                return Outcome(float('nan'))
            values += evaluate_recommender(model, part, self.interactions.take(rest), [self.metric], self.problem)
        return Outcome(float(np.mean(values)))


def _hashes(values: npt.NDArray[Any] | pd.Index[Any] | pd.DataFrame) -> bytes:
    hashed = pd.util.hash_pandas_object(values if isinstance(values, (pd.DataFrame, pd.Index)) else pd.Series(values))
    return np.asarray(hashed, dtype=np.uint64).tobytes()
