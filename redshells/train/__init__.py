"""Tasks that train, tune and validate models."""

from redshells.train.any_model import (
    OptimizeBinaryClassificationModel,
    OptimizeClassificationModel,
    OptimizeRegressionModel,
    TrainBinaryClassificationModel,
    TrainClassificationModel,
    TrainRegressionModel,
    ValidateBinaryClassificationModel,
    ValidateClassificationModel,
    ValidateRegressionModel,
)
from redshells.train.boosted_trees import (
    OptimizeCatBoost,
    OptimizeLightGBM,
    OptimizeXGBoost,
    TrainCatBoost,
    TrainLightGBM,
    TrainXGBoost,
    ValidateCatBoost,
    ValidateLightGBM,
    ValidateXGBoost,
)
from redshells.train.texts import TrainDictionary, TrainTfidf

__all__ = [
    'OptimizeBinaryClassificationModel',
    'OptimizeCatBoost',
    'OptimizeClassificationModel',
    'OptimizeLightGBM',
    'OptimizeRegressionModel',
    'OptimizeXGBoost',
    'TrainBinaryClassificationModel',
    'TrainCatBoost',
    'TrainClassificationModel',
    'TrainDictionary',
    'TrainLightGBM',
    'TrainRegressionModel',
    'TrainTfidf',
    'TrainXGBoost',
    'ValidateBinaryClassificationModel',
    'ValidateCatBoost',
    'ValidateClassificationModel',
    'ValidateLightGBM',
    'ValidateRegressionModel',
    'ValidateXGBoost',
]
