"""A user's pipeline, for mypy with gokart's plugin.

Each line that is wrong is marked with the error that is expected; mypy reports a mark where there is no such error.
"""

from __future__ import annotations

from typing import Any, assert_type

import gokart
import pandas as pd

import redshells
from redshells.data import (
    CheckDataFrame,
    ConcatenateFeatures,
    ConvertToOneHot,
    ExtractColumnAsDict,
    ExtractColumnAsList,
    FilterByColumn,
    GroupByColumnAsDict,
    LoadDataOfTask,
    LoadExistingFile,
    RenameColumn,
    SampleData,
    SplitTrainTestData,
)
from redshells.model.catboost import CatBoostModel
from redshells.model.lightgbm import LightGBMModel
from redshells.model.xgboost import XGBoostModel
from redshells.predict import EvaluatePrediction, PredictTable
from redshells.train import (
    OptimizeLightGBM,
    OptimizeRegressionModel,
    TrainCatBoost,
    TrainClassificationModel,
    TrainLightGBM,
    TrainRegressionModel,
    TrainXGBoost,
    ValidateLightGBM,
)
from redshells.tuning import SearchSpace, TuningResult


class Measurements(gokart.TaskOnKart[pd.DataFrame]):
    """A task of the user's."""


class Explanation(gokart.TaskOnKart[pd.DataFrame]):
    """A task that takes a model."""

    model_task: TrainLightGBM = gokart.TaskInstanceParameter(expected_type=TrainLightGBM)

    def run(self) -> None:
        """Explain the model."""
        model = self.load(self.model_task)
        assert_type(model, LightGBMModel)
        assert_type(model.feature_importances, 'pd.Series[float]')
        self.dump(model.feature_importances.to_frame())


class Predictions(gokart.TaskOnKart[pd.DataFrame]):
    """A whole pipeline."""

    def requires(self) -> PredictTable:
        """The prediction."""
        parts = SplitTrainTestData(data_task=Measurements(), test_size_rate=0.2, stratify_column_name='y')
        train = LoadDataOfTask(data_task=parts, target_name='train')
        best = OptimizeLightGBM(train_data_task=train, target_column_name='y', n_trials=5, timeout=60.0, metric='auc')
        model = TrainLightGBM(
            train_data_task=train,
            target_column_name='y',
            feature_column_names=['a', 'b'],
            best_params_task=best,
            validation_data_task=Measurements(),
            model_kwargs={'verbose': -1},
            workspace_directory='elsewhere',
            rerun=True,
        )
        return PredictTable(model_task=model, data_task=Measurements(), id_column_names=('id',))


def takes_what_is_right(data: Measurements, space: SearchSpace) -> None:
    tuned = OptimizeRegressionModel(train_data_task=data, search_space=space, storage=None)
    model = TrainRegressionModel(train_data_task=data, best_params_task=tuned, random_seed=3)
    predictions = PredictTable(model_task=model, data_task=data)
    EvaluatePrediction(prediction_task=predictions, data_task=data, problem='regression', metrics=['rmse'])
    ValidateLightGBM(train_data_task=data, best_params_task=None, cross_validation_size=3, metrics=('auc',))
    Explanation(model_task=TrainLightGBM(train_data_task=data, validation_size=0, refit=False))


def takes_what_is_right_for_data(data: Measurements) -> None:
    checked = CheckDataFrame(
        data_task=data,
        columns={'y': {'type': 'number', 'minimum': 0}, 'id': {'unique': True}},
        previous_data_task=data,
        maximum_row_change=0.5,
    )
    CheckDataFrame(data_task=data, columns={}, key_column_names=['id'], previous_data_task=None, maximum_rows=None)
    TrainLightGBM(train_data_task=checked)
    ConcatenateFeatures(data_tasks=[data, checked], key_column_names=['id'], how='left')
    ConcatenateFeatures(data_tasks=(data, RenameColumn(data_task=data, rename_rule={'y': 'z'})))
    SampleData(data_task=LoadExistingFile(file_path='a.csv'), sample_size=3, random_seed=1)


def knows_the_outputs_of_data(data: Measurements) -> None:
    assert_type(redshells.build(ExtractColumnAsList(data_task=data, column_name='y')), list[Any])
    one = ExtractColumnAsDict(data_task=data, key_column_name='id', value_column_name='y')
    assert_type(redshells.build(one), dict[Any, Any])
    several = GroupByColumnAsDict(data_task=data, key_column_name='id', value_column_name='y')
    assert_type(redshells.build(several), dict[Any, list[Any]])
    assert_type(redshells.build(ConvertToOneHot(data_task=data, categorical_column_names=['y'])), pd.DataFrame)
    assert_type(redshells.build(ConcatenateFeatures(data_tasks=[data])), pd.DataFrame)


def knows_the_outputs(data: Measurements) -> None:
    model = TrainLightGBM(train_data_task=data)
    assert_type(redshells.build(model), LightGBMModel)
    assert_type(gokart.build(model), LightGBMModel)
    assert_type(redshells.build(model, return_value=False), None)
    assert_type(redshells.build(TrainXGBoost(train_data_task=data)), XGBoostModel)
    assert_type(redshells.build(TrainCatBoost(train_data_task=data)), CatBoostModel)
    assert_type(redshells.build(TrainClassificationModel(train_data_task=data)), Any)
    assert_type(redshells.build(OptimizeLightGBM(train_data_task=data)), TuningResult)
    assert_type(redshells.build(ValidateLightGBM(train_data_task=data)), dict[str, pd.DataFrame])
    assert_type(redshells.build(PredictTable(model_task=model, data_task=data)), pd.DataFrame)


def knows_the_parameters(model: TrainLightGBM) -> None:
    assert_type(model.output_file_path, str)
    assert_type(model.metric, str | None)
    assert_type(model.validation_size, float)
    assert_type(model.model_kwargs, dict[str, Any])
    assert_type(model.best_params_task, gokart.TaskOnKart[TuningResult] | None)


def refuses_what_is_wrong(data: Measurements, model: TrainLightGBM) -> None:
    TrainLightGBM()  # type: ignore[call-arg]
    TrainLightGBM(train_data_task='data')  # type: ignore[arg-type]
    TrainLightGBM(train_data_task=Measurements)  # type: ignore[arg-type]
    TrainLightGBM(train_data_task=data, target_column_name=3)  # type: ignore[arg-type]
    TrainLightGBM(train_data_task=data, feature_column_names='a')  # type: ignore[arg-type]
    TrainLightGBM(train_data_task=data, best_params_task=data)  # type: ignore[arg-type]
    TrainLightGBM(train_data_task=data, best_params_task=model)  # type: ignore[arg-type]
    TrainLightGBM(train_data_task=data, random_seed='3')  # type: ignore[arg-type]
    TrainLightGBM(train_data_task=data, random_seed=3.5)  # type: ignore[arg-type]
    TrainLightGBM(train_data_task=data, refit='no')  # type: ignore[arg-type]
    TrainLightGBM(train_data_task=data, validation_size='0.2')  # type: ignore[arg-type]
    TrainLightGBM(train_data_task=data, model_kwargs=['verbose'])  # type: ignore[arg-type]
    TrainLightGBM(train_data_task=data, n_trials=3)  # type: ignore[call-arg]
    OptimizeLightGBM(train_data_task=data, n_trials='many')  # type: ignore[arg-type]
    OptimizeLightGBM(train_data_task=data, search_space=3)  # type: ignore[arg-type]
    ValidateLightGBM(train_data_task=data, metrics=[1])  # type: ignore[list-item]
    CheckDataFrame(data_task=data, columns={'y': 'number'})  # type: ignore[dict-item]
    CheckDataFrame(data_task=data, maximum_row_change='half')  # type: ignore[arg-type]
    CheckDataFrame(data_task=data, minimum_row=3)  # type: ignore[call-arg]
    ConcatenateFeatures()  # type: ignore[call-arg]
    ConcatenateFeatures(data_tasks=data)  # type: ignore[arg-type]
    ConcatenateFeatures(data_tasks=['data'])  # type: ignore[list-item]
    FilterByColumn(data_task=data, column_names='y')  # type: ignore[arg-type]
    RenameColumn(data_task=data, rename_rule={'y': 1})  # type: ignore[dict-item]
    PredictTable(model_task=model)  # type: ignore[call-arg]
    PredictTable(model_task='model', data_task=data)  # type: ignore[arg-type]
    EvaluatePrediction(prediction_task=model, data_task=data)  # type: ignore[arg-type]
    Explanation(model_task=TrainXGBoost(train_data_task=data))  # type: ignore[arg-type]
    redshells.build(TrainLightGBM)  # type: ignore[call-overload]
    redshells.build(model, workers='2')  # type: ignore[call-overload]
