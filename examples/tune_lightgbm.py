"""Tune LightGBM on a real data set, train and validate it, predict held-out rows, and write a report on it all.

    pip install '.[lightgbm,report]' && python examples/tune_lightgbm.py

The data set (569 tumours, 30 measurements, benign or malignant) comes with scikit-learn. All outputs go below
./resources; run it again and it finds them there and does nothing. The report is one HTML file: open it in a browser.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gokart
import luigi
import pandas as pd
from sklearn.datasets import load_breast_cancer

import redshells
from redshells.data import LoadDataOfTask, SplitTrainTestData
from redshells.predict import EvaluatePrediction, PredictTable
from redshells.report import ReportModel
from redshells.train import OptimizeLightGBM, TrainLightGBM, ValidateLightGBM


class LoadTumours(gokart.TaskOnKart[pd.DataFrame]):
    """The table, with the column 'tumour' to predict."""

    def output(self) -> Any:
        return self.make_target('tune_lightgbm/tumours.pkl')

    def run(self) -> None:
        data = load_breast_cancer(as_frame=True)
        labels = data.frame['target'].map(dict(enumerate(data.target_names)))
        self.dump(data.frame.drop(columns='target').assign(tumour=labels))


class TumourModel(gokart.TaskOnKart[dict[str, Any]]):
    """The scores of each step, and where the model, the predictions and the report lie."""

    n_trials: int = luigi.IntParameter(default=30)

    def requires(self) -> Any:
        split = SplitTrainTestData(data_task=LoadTumours(), test_size_rate=0.25, stratify_column_name='tumour')
        train = LoadDataOfTask(data_task=split, target_name='train')
        test = LoadDataOfTask(data_task=split, target_name='test')
        table: dict[str, Any] = {'train_data_task': train, 'target_column_name': 'tumour'}

        best = OptimizeLightGBM(**table, metric='auc', n_trials=self.n_trials)
        model = TrainLightGBM(**table, best_params_task=best)
        validation = ValidateLightGBM(**table, best_params_task=best)
        predictions = PredictTable(model_task=model, data_task=test)
        return {
            'tuning': best,
            'validation': validation,
            'model': model,
            'predictions': predictions,
            'evaluation': EvaluatePrediction(prediction_task=predictions, data_task=test, target_column_name='tumour'),
            'report': ReportModel(
                model_task=model, data_task=test, validation_task=validation, prediction_task=predictions
            ),
        }

    def output(self) -> Any:
        return self.make_target('tune_lightgbm/summary.pkl')

    def run(self) -> None:
        inputs: Any = self.input()
        tuning = self.load('tuning')
        validation = self.load('validation')['scores'].groupby('metric', sort=False)['score']
        self.dump(
            {
                f'tuning, mean of 5 folds, best of {len(tuning.trials)} trials': {tuning.metric: tuning.best_value},
                'cross-validation, mean of 5 folds': validation.mean().to_dict(),
                'held-out rows': self.load('evaluation').set_index('metric')['score'].to_dict(),
                'best parameters': tuning.best_params,
                'files': {name: inputs[name].path() for name in ('model', 'predictions', 'report')},
            }
        )


def main() -> None:
    """Build the pipeline and print what came out."""
    summary = redshells.build(TumourModel())
    for step, values in summary.items():
        print(f'\n{step}')
        for name, value in values.items():
            print(f'    {name:18} {value:.4f}' if isinstance(value, float) else f'    {name:18} {value}')
    print(f'\nOpen the report: {Path(summary["files"]["report"]).resolve().as_uri()}')


if __name__ == '__main__':
    main()
