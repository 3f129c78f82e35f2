"""Tasks that train, tune and validate models."""

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

__all__ = [
    'OptimizeCatBoost',
    'OptimizeLightGBM',
    'OptimizeXGBoost',
    'TrainCatBoost',
    'TrainLightGBM',
    'TrainXGBoost',
    'ValidateCatBoost',
    'ValidateLightGBM',
    'ValidateXGBoost',
]
