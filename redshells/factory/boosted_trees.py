"""The specs of the boosted trees."""

from __future__ import annotations

from redshells.factory import search_spaces
from redshells.factory.model_spec import ModelSpec

LIGHTGBM = ModelSpec(
    name='LightGBM',
    model_class='redshells.model.lightgbm:LightGBMModel',
    library='lightgbm',
    extra='lightgbm',
    search_space=search_spaces.LIGHTGBM,
    first_trials=search_spaces.LIGHTGBM_FIRST_TRIALS,
    strategy=search_spaces.LIGHTGBM_STRATEGY,
)
XGBOOST = ModelSpec(
    name='XGBoost',
    model_class='redshells.model.xgboost:XGBoostModel',
    library='xgboost',
    extra='xgboost',
    search_space=search_spaces.XGBOOST,
    first_trials=search_spaces.XGBOOST_FIRST_TRIALS,
    strategy=search_spaces.XGBOOST_STRATEGY,
)
CATBOOST = ModelSpec(
    name='CatBoost',
    model_class='redshells.model.catboost:CatBoostModel',
    library='catboost',
    extra='catboost',
    search_space=search_spaces.CATBOOST,
    first_trials=search_spaces.CATBOOST_FIRST_TRIALS,
    strategy=search_spaces.CATBOOST_STRATEGY,
)
