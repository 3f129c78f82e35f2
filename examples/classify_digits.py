"""Tell ten digits apart with XGBoost, from a column that holds a picture in each row, behind a contract on the table.

    pip install '.[xgboost,contract,report]' && python examples/classify_digits.py

The data set (1,797 handwritten digits of 8 by 8 pixels) comes with scikit-learn. All outputs go below ./resources; run
it again and it finds them there and does nothing. The report shows which digits are taken for each other.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gokart
import luigi
import pandas as pd
from sklearn.datasets import load_digits

import redshells
from redshells.data import CheckDataFrame, LoadDataOfTask, SplitTrainTestData
from redshells.predict import EvaluatePrediction, PredictTable
from redshells.report import ReportModel
from redshells.train import OptimizeXGBoost, TrainXGBoost, ValidateXGBoost


class LoadDigits(gokart.TaskOnKart[pd.DataFrame]):
    """One row for each picture: its number, its 64 pixels as an array, and the digit that was written."""

    def output(self) -> Any:
        return self.make_target('classify_digits/digits.pkl')

    def run(self) -> None:
        data = load_digits()
        pictures = pd.DataFrame({'picture': range(len(data.target)), 'pixels': list(data.data), 'digit': data.target})
        self.dump(pictures)


class DigitModel(gokart.TaskOnKart[dict[str, Any]]):
    """The scores, and where the model, the predictions and the report lie."""

    timeout: float = luigi.FloatParameter(default=8.0)  # seconds for the search

    def requires(self) -> Any:
        checked = CheckDataFrame(
            data_task=LoadDigits(),
            columns={'digit': {'type': 'integer', 'minimum': 0, 'maximum': 9, 'nullable': False}},
            key_column_names=['picture'],
            minimum_rows=1_000,
        )
        split = SplitTrainTestData(data_task=checked, test_size_rate=0.25, stratify_column_name='digit')
        train = LoadDataOfTask(data_task=split, target_name='train')
        test = LoadDataOfTask(data_task=split, target_name='test')
        table: dict[str, Any] = {
            'train_data_task': train,
            'target_column_name': 'digit',
            'feature_column_names': ['pixels'],
        }

        best = OptimizeXGBoost(**table, timeout=self.timeout)
        model = TrainXGBoost(**table, best_params_task=best)
        validation = ValidateXGBoost(**table, best_params_task=best, cross_validation_size=3)
        predictions = PredictTable(model_task=model, data_task=test, id_column_names=['picture', 'digit'])
        return {
            'model': model,
            'predictions': predictions,
            'evaluation': EvaluatePrediction(prediction_task=predictions, data_task=test, target_column_name='digit'),
            'report': ReportModel(
                model_task=model,
                data_task=test,
                validation_task=validation,
                prediction_task=predictions,
                title='Handwritten digits',
            ),
        }

    def output(self) -> Any:
        return self.make_target('classify_digits/summary.pkl')

    def run(self) -> None:
        inputs: Any = self.input()
        self.dump(
            {
                'held-out rows': self.load('evaluation').set_index('metric')['score'].to_dict(),
                'files': {name: inputs[name].path() for name in ('model', 'predictions', 'report')},
            }
        )


def main() -> None:
    """Build the pipeline and print what came out."""
    summary = redshells.build(DigitModel())
    for name, score in summary['held-out rows'].items():
        print(f'{name:10} {score:.4f}')
    print(f'\nOpen the report: {Path(summary["files"]["report"]).resolve().as_uri()}')


if __name__ == '__main__':
    main()
