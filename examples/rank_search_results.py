"""Put the results of a shop's search into the best order with LightGBM; queries are never torn apart.

    pip install '.[lightgbm,contract,report]' && python examples/rank_search_results.py

The data are made: 500 queries with some 12 products each. A bargain hunter wants a low price, a connoisseur a good
rating, nobody a product that is out of stock; the colour and the warehouse say nothing. All outputs go below
./resources; run it again and it finds them there and does nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gokart
import luigi
import numpy as np
import pandas as pd

import redshells
from redshells.data import CheckDataFrame, LoadDataOfTask, SplitTrainTestData
from redshells.predict import EvaluatePrediction, PredictTable
from redshells.report import ReportModel
from redshells.train import OptimizeLightGBM, TrainLightGBM, ValidateLightGBM

FEATURES = ['shopper', 'text_match', 'price', 'rating', 'in_stock', 'colour', 'warehouse']


class MakeSearchResults(gokart.TaskOnKart[pd.DataFrame]):
    """One row for each product that a query has found, with its relevance: 0, 1, 2 or 3."""

    number_of_queries: int = luigi.IntParameter(default=500)
    random_seed: int = luigi.IntParameter(default=0)

    def output(self) -> Any:
        return self.make_target('rank_search_results/search_results.pkl')

    def run(self) -> None:
        generator = np.random.default_rng(self.random_seed)
        sizes = generator.integers(8, 17, self.number_of_queries)
        query = np.repeat(np.arange(self.number_of_queries), sizes)
        rows = len(query)
        shopper = generator.choice(['bargain hunter', 'connoisseur'], self.number_of_queries)[query]
        results = pd.DataFrame(
            {
                'query': [f'q{number:04}' for number in query],
                'product': [f'p{number:05}' for number in generator.permutation(rows)],
                'shopper': shopper,
                'text_match': generator.beta(2, 2, rows),
                'price': generator.lognormal(3, 0.6, rows).round(2),
                'rating': generator.integers(2, 11, rows) / 2,
                'in_stock': generator.random(rows) < 0.8,
                'colour': generator.choice(['black', 'blue', 'red', 'white'], rows),
                'warehouse': generator.integers(1, 6, rows),
            }
        )
        wish = np.where(shopper == 'bargain hunter', -1.5 * np.log(results['price'] / 20), results['rating'] - 3)
        wish = wish + 3 * results['text_match'] - 3 * ~results['in_stock'] + generator.normal(0, 0.5, rows)
        self.dump(results.assign(relevance=np.digitize(wish, [1.0, 2.2, 3.2])))


class SearchModel(gokart.TaskOnKart[dict[str, Any]]):
    """The scores, and where the model, the predictions and the report lie."""

    n_trials: int = luigi.IntParameter(default=15)

    def requires(self) -> Any:
        checked = CheckDataFrame(
            data_task=MakeSearchResults(),
            columns={
                'price': {'type': 'number', 'minimum': 0},
                'rating': {'type': 'number', 'minimum': 1, 'maximum': 5},
                'relevance': {'type': 'integer', 'values': [0, 1, 2, 3], 'nullable': False},
            },
            key_column_names=['query', 'product'],
        )
        split = SplitTrainTestData(data_task=checked, test_size_rate=0.3, group_column_name='query')
        train = LoadDataOfTask(data_task=split, target_name='train')
        test = LoadDataOfTask(data_task=split, target_name='test')
        ranking: dict[str, Any] = {
            'target_column_name': 'relevance',
            'group_column_name': 'query',
            'problem': 'ranking',
        }
        table: dict[str, Any] = {'train_data_task': train, 'feature_column_names': FEATURES, **ranking}

        best = OptimizeLightGBM(**table, n_trials=self.n_trials)
        model = TrainLightGBM(**table, best_params_task=best)
        validation = ValidateLightGBM(**table, best_params_task=best)
        predictions = PredictTable(model_task=model, data_task=test, id_column_names=['query', 'product'])
        return {
            'model': model,
            'predictions': predictions,
            'evaluation': EvaluatePrediction(prediction_task=predictions, data_task=test, **ranking),
            'report': ReportModel(
                model_task=model,
                data_task=test,
                validation_task=validation,
                prediction_task=predictions,
                title='Search results of the shop',
            ),
        }

    def output(self) -> Any:
        return self.make_target('rank_search_results/summary.pkl')

    def run(self) -> None:
        inputs: Any = self.input()
        self.dump(
            {
                'held-out queries': self.load('evaluation').set_index('metric')['score'].to_dict(),
                'files': {name: inputs[name].path() for name in ('model', 'predictions', 'report')},
            }
        )


def main() -> None:
    """Build the pipeline and print what came out."""
    summary = redshells.build(SearchModel())
    for name, score in summary['held-out queries'].items():
        print(f'{name:10} {score:.4f}')
    print(f'\nOpen the report: {Path(summary["files"]["report"]).resolve().as_uri()}')


if __name__ == '__main__':
    main()
