"""Tune LightGBM on a real data set, train it with the best parameters, validate it, and predict held-out rows.

    python examples/tune_lightgbm.py

The data set (569 tumours, 30 measurements, benign or malignant) comes with scikit-learn. All outputs go below
./resources; run it again and it finds them there and does nothing.
"""

from __future__ import annotations

from typing import Any

import gokart
import luigi
import pandas as pd
from sklearn.datasets import load_breast_cancer

import redshells
from redshells.data import LoadDataOfTask, SplitTrainTestData
from redshells.predict import EvaluatePrediction, PredictTable
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
    """The scores of each step, and where the model and the predictions lie."""

    n_trials: int = luigi.IntParameter(default=30)

    def requires(self) -> Any:
        split = SplitTrainTestData(data_task=LoadTumours(), test_size_rate=0.25, stratify_column_name='tumour')
        train = LoadDataOfTask(data_task=split, target_name='train')
        test = LoadDataOfTask(data_task=split, target_name='test')
        table: dict[str, Any] = {'train_data_task': train, 'target_column_name': 'tumour'}

        best = OptimizeLightGBM(**table, metric='auc', n_trials=self.n_trials)
        model = TrainLightGBM(**table, best_params_task=best)
        predictions = PredictTable(model_task=model, data_task=test)
        return {
            'tuning': best,
            'validation': ValidateLightGBM(**table, best_params_task=best),
            'model': model,
            'predictions': predictions,
            'evaluation': EvaluatePrediction(prediction_task=predictions, data_task=test, target_column_name='tumour'),
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
                'files': {name: inputs[name].path() for name in ('model', 'predictions')},
            }
        )


def main() -> None:
    """Build the pipeline and print what came out."""
    for step, values in redshells.build(TumourModel()).items():
        print(f'\n{step}')
        for name, value in values.items():
            print(f'    {name:18} {value:.4f}' if isinstance(value, float) else f'    {name:18} {value}')


if __name__ == '__main__':
    main()
