"""Train, tune and validate a classifier that tells by the product of two vectors whether items are similar."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import pandas as pd

from redshells import parameter
from redshells.train.any_model import NamedModel, OptimizeNamedModel
from redshells.train.pair_shape import FromPairs
from redshells.train.train import Train
from redshells.train.validate import Validate
from redshells.tuning import TuningResult

T = TypeVar('T')

_SPLITS = ('stratified', 'random')


class FromProducts(FromPairs[T], NamedModel[T], Generic[T]):
    """A classifier by name on the products of pairs."""

    model_name: str = parameter.text(
        default='XGBClassifier',
        description='Name of a registered model, or the import path of a class with fit and predict.',
    )


class TrainPairwiseSimilarityModel(FromProducts[Any], Train[Any]):
    """Train a classifier of similar items, by name. Output: a fitted model, for PredictPairwiseSimilarity."""

    output_file_path: str = parameter.text(
        default='model/pairwise_similarity_model.zip', description='Path of the model below the workspace.'
    )


class OptimizePairwiseSimilarityModel(FromProducts[TuningResult], OptimizeNamedModel):
    """Tune a classifier of similar items, by name. Output: a [`TuningResult`][redshells.tuning.TuningResult]."""

    split: str | None = parameter.text(
        default=None, choices=_SPLITS, description='How pairs are split; by the label unless it is given.'
    )
    output_file_path: str = parameter.text(
        default='optimize/pairwise_similarity_model.json', description='Path of the tuning result below the workspace.'
    )


class ValidatePairwiseSimilarityModel(FromProducts[dict[str, pd.DataFrame]], Validate):
    """Cross-validate a classifier of similar items, by name. Output: the ``'scores'`` and ``'predictions'``."""

    split: str | None = parameter.text(
        default=None, choices=_SPLITS, description='How pairs are split; by the label unless it is given.'
    )
    output_file_path: str = parameter.text(
        default='validate/pairwise_similarity_model.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )
