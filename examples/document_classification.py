"""Tell from its documentation what part of a library a function belongs to: tokens, fastText, SCDV, a tuned classifier.

    pip install '.[text,report]' && python examples/document_classification.py

The documents are the docstrings of SciPy, which comes with redshells; the names of its parts are left out of them. All
outputs go below ./resources; run it again and it finds them there and does nothing. The report shows which parts are
taken for each other.
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import gokart
import pandas as pd

import redshells
from redshells.data import LoadDataOfTask, SplitTrainTestData, TokenizeText
from redshells.predict import EvaluatePrediction, FindSimilarWords, InferDocumentVectors, PredictTable
from redshells.report import ReportModel
from redshells.train import (
    OptimizeClassificationModel,
    TrainClassificationModel,
    TrainDictionary,
    TrainFastText,
    TrainSCDV,
)
from redshells.tuning import SearchSpace

PARTS = ('fft', 'interpolate', 'linalg', 'ndimage', 'optimize', 'signal', 'sparse', 'special', 'stats')


class LoadDocstrings(gokart.TaskOnKart[pd.DataFrame]):
    """One row for each function or class: its name, its documentation, and the part of SciPy that it belongs to."""

    def output(self) -> Any:
        return self.make_target('document_classification/docstrings.feather')

    def run(self) -> None:
        rows = []
        for part in PARTS:
            module = importlib.import_module(f'scipy.{part}')
            for name in sorted(module.__all__):
                text = inspect.getdoc(getattr(module, name)) or ''
                if len(text) > 200:
                    rows.append({'name': name, 'text': text, 'part': part})
        self.dump(pd.DataFrame(rows))


class DocumentClassification(gokart.TaskOnKart[dict[str, Any]]):
    """The scores, words that fastText finds alike, and where the report lies."""

    def requires(self) -> Any:
        tokens = TokenizeText(
            data_task=LoadDocstrings(),
            text_column_name='text',
            token_column_name='tokens',
            token_pattern='[a-z]{2,}',
            stop_words=['scipy', *PARTS],
        )
        split = SplitTrainTestData(data_task=tokens, test_size_rate=0.25, stratify_column_name='part')
        train = LoadDataOfTask(data_task=split, target_name='train')
        test = LoadDataOfTask(data_task=split, target_name='test')

        texts: dict[str, Any] = {'tokenized_text_data_task': train, 'text_column_name': 'tokens'}
        # one worker, so that every run gives the same model; leave it out to use all cores
        words = TrainFastText(
            **texts, fasttext_kwargs={'vector_size': 50, 'sg': 1, 'epochs': 3, 'bucket': 50_000}, workers=1
        )
        dictionary = TrainDictionary(**texts, dictionary_filter_kwargs={'no_below': 3, 'no_above': 0.5})
        documents = TrainSCDV(**texts, dictionary_task=dictionary, word2vec_task=words, cluster_size=20)

        def vectors(data: Any) -> Any:
            return InferDocumentVectors(
                model_task=documents, data_task=data, text_column_name='tokens', kept_column_names=['name', 'part']
            )

        classifier: dict[str, Any] = {
            'train_data_task': vectors(train),
            'target_column_name': 'part',
            'feature_column_names': ['vector'],
            'model_name': 'sklearn.linear_model:LogisticRegression',
            'model_kwargs': {'max_iter': 300},
        }
        best = OptimizeClassificationModel(
            **classifier,
            n_trials=5,
            search_space=SearchSpace({'C': {'type': 'float', 'low': 0.1, 'high': 1000.0, 'log': True}}),
        )
        model = TrainClassificationModel(**classifier, best_params_task=best)
        predictions = PredictTable(model_task=model, data_task=vectors(test), id_column_names=['name', 'part'])
        return {
            'similar_words': FindSimilarWords(model_task=words, words=['eigenvalue', 'bandwidth', 'quantile'], top_n=4),
            'evaluation': EvaluatePrediction(
                prediction_task=predictions, data_task=vectors(test), target_column_name='part'
            ),
            'report': ReportModel(
                model_task=model, data_task=vectors(test), prediction_task=predictions, title='Parts of SciPy'
            ),
        }

    def output(self) -> Any:
        return self.make_target('document_classification/summary.pkl')

    def run(self) -> None:
        inputs: Any = self.input()
        self.dump(
            {
                'held-out documents': self.load('evaluation').set_index('metric')['score'].to_dict(),
                'similar words': self.load('similar_words').groupby('word')['similar_word'].agg(list).to_dict(),
                'report': inputs['report'].path(),
            }
        )


def main() -> None:
    """Build the pipeline and print what came out."""
    summary = redshells.build(DocumentClassification())
    for name, score in summary['held-out documents'].items():
        print(f'{name:18} {score:.4f}')
    for word, similar in summary['similar words'].items():
        print(f'{word:18} {", ".join(similar)}')
    print(f'\nOpen the report: {Path(summary["report"]).resolve().as_uri()}')


if __name__ == '__main__':
    main()
