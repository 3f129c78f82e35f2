"""Predict a number with CatBoost from columns with Japanese names, and report on the table and the model in Japanese.

    pip install '.[catboost,contract,report]' && python examples/regression_in_japanese.py

The data set (442 patients with diabetes, and how far the disease was a year later) comes with scikit-learn. All outputs
go below ./resources; run it again and it finds them there and does nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gokart
import luigi
import pandas as pd
from sklearn.datasets import load_diabetes

import redshells
from redshells.data import CheckDataFrame, LoadDataOfTask, SplitTrainTestData
from redshells.predict import EvaluatePrediction, PredictTable
from redshells.report import ReportData, ReportModel
from redshells.train import OptimizeCatBoost, TrainCatBoost, ValidateCatBoost

COLUMNS = {
    'age': '年齢',
    'sex': '性別',
    'bmi': 'BMI',
    'bp': '平均血圧',
    's1': '総コレステロール',
    's2': 'LDL',
    's3': 'HDL',
    's4': '総コレステロール/HDL',
    's5': '中性脂肪(対数)',
    's6': '血糖値',
    'target': '一年後の進行度',
}


class LoadPatients(gokart.TaskOnKart[pd.DataFrame]):
    """One row for each patient; the sexes are 1 and 2 in the source, and it does not say which is which."""

    def output(self) -> Any:
        return self.make_target('regression_in_japanese/patients.pkl')

    def run(self) -> None:
        frame = load_diabetes(as_frame=True, scaled=False).frame.rename(columns=COLUMNS)
        self.dump(frame.assign(性別=frame['性別'].map({1: '1群', 2: '2群'})))


class ProgressionModel(gokart.TaskOnKart[dict[str, Any]]):
    """The scores, and where the model, the predictions and the reports lie."""

    n_trials: int = luigi.IntParameter(default=15)

    def requires(self) -> Any:
        target, problem = '一年後の進行度', 'regression'
        checked = CheckDataFrame(
            data_task=LoadPatients(),
            columns={
                '年齢': {'type': 'number', 'minimum': 0, 'maximum': 120},
                '性別': {'values': ['1群', '2群'], 'nullable': False},
                'BMI': {'type': 'number', 'minimum': 10, 'maximum': 80, 'maximum_missing': 0.05},
                target: {'type': 'number', 'minimum': 0, 'nullable': False},
            },
            minimum_rows=300,
        )
        split = SplitTrainTestData(data_task=checked, test_size_rate=0.25)
        train = LoadDataOfTask(data_task=split, target_name='train')
        test = LoadDataOfTask(data_task=split, target_name='test')
        table: dict[str, Any] = {'train_data_task': train, 'target_column_name': target, 'problem': problem}

        best = OptimizeCatBoost(**table, n_trials=self.n_trials)
        model = TrainCatBoost(**table, best_params_task=best)
        validation = ValidateCatBoost(**table, best_params_task=best)
        predictions = PredictTable(model_task=model, data_task=test)
        return {
            'model': model,
            'predictions': predictions,
            'evaluation': EvaluatePrediction(
                prediction_task=predictions, data_task=test, target_column_name=target, problem=problem
            ),
            'report on the table': ReportData(
                data_task=checked, target_column_name=target, problem=problem, language='ja', title='糖尿病患者のデータ'
            ),
            'report on the model': ReportModel(
                model_task=model,
                data_task=test,
                validation_task=validation,
                prediction_task=predictions,
                language='ja',
                title='糖尿病の一年後の進行度',
            ),
        }

    def output(self) -> Any:
        return self.make_target('regression_in_japanese/summary.pkl')

    def run(self) -> None:
        inputs: Any = self.input()
        names = ('model', 'predictions', 'report on the table', 'report on the model')
        self.dump(
            {
                'held-out rows': self.load('evaluation').set_index('metric')['score'].to_dict(),
                'files': {name: inputs[name].path() for name in names},
            }
        )


def main() -> None:
    """Build the pipeline and print what came out."""
    summary = redshells.build(ProgressionModel())
    for name, score in summary['held-out rows'].items():
        print(f'{name:10} {score:.4f}')
    for name in ('report on the table', 'report on the model'):
        print(f'\nOpen the {name}: {Path(summary["files"][name]).resolve().as_uri()}')


if __name__ == '__main__':
    main()
