"""Train, tune and validate gradient boosted trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from redshells import parameter
from redshells.factory.boosted_trees import CATBOOST, LIGHTGBM, XGBOOST
from redshells.train.optimize import Optimize
from redshells.train.shape import FromTable
from redshells.train.train import Train
from redshells.train.validate import Validate
from redshells.tuning import TuningResult

if TYPE_CHECKING:  # named in the strings below, into which ruff does not look
    from redshells.model.catboost import CatBoostModel  # noqa: F401
    from redshells.model.lightgbm import LightGBMModel  # noqa: F401
    from redshells.model.xgboost import XGBoostModel  # noqa: F401


class TrainLightGBM(FromTable['LightGBMModel'], Train['LightGBMModel']):
    """Train LightGBM on a table. Output: a [`LightGBMModel`][redshells.model.lightgbm.LightGBMModel]."""

    spec = LIGHTGBM
    output_file_path: str = parameter.text(
        default='model/lightgbm.zip', description='Path of the model below the workspace.'
    )


class OptimizeLightGBM(FromTable[TuningResult], Optimize):
    """Tune LightGBM on a table. Output: a [`TuningResult`][redshells.tuning.TuningResult]."""

    spec = LIGHTGBM
    output_file_path: str = parameter.text(
        default='optimize/lightgbm.json', description='Path of the tuning result below the workspace.'
    )


class ValidateLightGBM(FromTable[dict[str, pd.DataFrame]], Validate):
    """Cross-validate LightGBM on a table. Output: ``'scores'`` and ``'predictions'``, two data frames."""

    spec = LIGHTGBM
    output_file_path: str = parameter.text(
        default='validate/lightgbm.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )


class TrainXGBoost(FromTable['XGBoostModel'], Train['XGBoostModel']):
    """Train XGBoost on a table. Output: a [`XGBoostModel`][redshells.model.xgboost.XGBoostModel]."""

    spec = XGBOOST
    output_file_path: str = parameter.text(
        default='model/xgboost.zip', description='Path of the model below the workspace.'
    )


class OptimizeXGBoost(FromTable[TuningResult], Optimize):
    """Tune XGBoost on a table. Output: a [`TuningResult`][redshells.tuning.TuningResult]."""

    spec = XGBOOST
    output_file_path: str = parameter.text(
        default='optimize/xgboost.json', description='Path of the tuning result below the workspace.'
    )


class ValidateXGBoost(FromTable[dict[str, pd.DataFrame]], Validate):
    """Cross-validate XGBoost on a table. Output: ``'scores'`` and ``'predictions'``, two data frames."""

    spec = XGBOOST
    output_file_path: str = parameter.text(
        default='validate/xgboost.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )


class TrainCatBoost(FromTable['CatBoostModel'], Train['CatBoostModel']):
    """Train CatBoost on a table. Output: a [`CatBoostModel`][redshells.model.catboost.CatBoostModel]."""

    spec = CATBOOST
    output_file_path: str = parameter.text(
        default='model/catboost.zip', description='Path of the model below the workspace.'
    )


class OptimizeCatBoost(FromTable[TuningResult], Optimize):
    """Tune CatBoost on a table. Output: a [`TuningResult`][redshells.tuning.TuningResult]."""

    spec = CATBOOST
    output_file_path: str = parameter.text(
        default='optimize/catboost.json', description='Path of the tuning result below the workspace.'
    )


class ValidateCatBoost(FromTable[dict[str, pd.DataFrame]], Validate):
    """Cross-validate CatBoost on a table. Output: ``'scores'`` and ``'predictions'``, two data frames."""

    spec = CATBOOST
    output_file_path: str = parameter.text(
        default='validate/catboost.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )
