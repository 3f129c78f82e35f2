"""Find the topics of articles from their words and their links: tune, train, predict, evaluate and embed.

    pip install '.[torch,report]' && python examples/node_classification.py

The articles are made here: each has one of five topics, a few words, of which less than half are of its topic, and
links, most of them to articles of its topic. The topic of one article in twenty is known. The example prints how many
topics of the others are found, on the same site and on another one whose articles were never seen, and where the
report on the training lies. All outputs go below ./resources; run it again and it finds them there and does nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gokart
import luigi
import numpy as np
import pandas as pd

import redshells
from redshells.predict import EmbedNodes, EvaluatePrediction, PredictNodes
from redshells.report import ReportTraining
from redshells.train import OptimizeGraphConvolutionalNetwork, TrainGraphConvolutionalNetwork

TOPICS = ('cooking', 'gardens', 'music', 'sailing', 'trains')
ARTICLES = 1_000


class MakeArticles(gokart.TaskOnKart[pd.DataFrame]):
    """One row for each article of a site: its name, its words, when it was written, and its topic."""

    site: str = luigi.Parameter(description='The site.')

    def output(self) -> Any:
        return self.make_target(f'node_classification/articles_{self.site}.pkl')

    def run(self) -> None:
        generator = np.random.default_rng(sum(self.site.encode()))
        topic = generator.integers(len(TOPICS), size=ARTICLES)
        words = []
        for own in topic:
            of_topic = np.where(generator.random(10) < 0.4, own, generator.integers(len(TOPICS), size=10))
            words.append([f'{TOPICS[one]} word {generator.integers(60)}' for one in of_topic])
        self.dump(
            pd.DataFrame(
                {
                    'node': [f'{self.site} article {number}' for number in range(ARTICLES)],
                    'words': words,
                    'year': generator.integers(2000, 2025, ARTICLES),
                    'topic': np.array(TOPICS)[topic],
                }
            )
        )


class MakeLinks(gokart.TaskOnKart[pd.DataFrame]):
    """One row for each link between two articles of a site."""

    article_task: gokart.TaskOnKart[pd.DataFrame] = gokart.TaskInstanceParameter(description='The articles.')

    def output(self) -> Any:
        return self.make_target('node_classification/links.feather')

    def run(self) -> None:
        articles = self.load(self.article_task)
        generator = np.random.default_rng(0)
        source = np.repeat(np.arange(len(articles)), 3)
        target = generator.integers(len(articles), size=len(source))
        of_topic = articles.groupby('topic').indices
        for topic, members in of_topic.items():
            rows = np.flatnonzero(
                (articles['topic'] == topic).to_numpy()[source] & (generator.random(len(source)) < 0.7)
            )
            target[rows] = generator.choice(members, len(rows))
        names = articles['node'].to_numpy()
        self.dump(pd.DataFrame({'source': names[source], 'target': names[target]}))


class HideTopics(gokart.TaskOnKart[pd.DataFrame]):
    """The articles with the topic of one in twenty."""

    article_task: gokart.TaskOnKart[pd.DataFrame] = gokart.TaskInstanceParameter(description='The articles.')

    def output(self) -> Any:
        return self.make_target('node_classification/hidden.pkl')

    def run(self) -> None:
        articles = self.load(self.article_task)
        is_known = np.random.default_rng(1).random(len(articles)) < 0.05
        self.dump(articles.assign(topic=articles['topic'].where(is_known, None)))


class KeepUnknown(gokart.TaskOnKart[pd.DataFrame]):
    """The rows of a table, one for each article, of those whose topic is not known."""

    data_task: gokart.TaskOnKart[pd.DataFrame] = gokart.TaskInstanceParameter(description='The table.')
    known_task: gokart.TaskOnKart[pd.DataFrame] = gokart.TaskInstanceParameter(description='The articles.')

    def output(self) -> Any:
        return self.make_target('node_classification/unknown.pkl')

    def run(self) -> None:
        is_unknown = self.load(self.known_task)['topic'].isna().to_numpy()
        self.dump(self.load(self.data_task)[is_unknown].reset_index(drop=True))


class NodeClassification(gokart.TaskOnKart[dict[str, Any]]):
    """How many topics are found, and how many of the nearest articles are of one topic."""

    def requires(self) -> Any:
        articles, others = MakeArticles(site='first'), MakeArticles(site='second')
        known = HideTopics(article_task=articles)
        graph: dict[str, Any] = {'node_data_task': known, 'edge_data_task': MakeLinks(article_task=articles)}
        other_graph: dict[str, Any] = {'node_data_task': others, 'edge_data_task': MakeLinks(article_task=others)}

        learnt: dict[str, Any] = {**graph, 'label_column_name': 'topic'}
        best = OptimizeGraphConvolutionalNetwork(**learnt, n_trials=6)
        model = TrainGraphConvolutionalNetwork(**learnt, best_params_task=best)
        predictions = KeepUnknown(data_task=PredictNodes(model_task=model, **graph), known_task=known)
        truth = KeepUnknown(data_task=articles, known_task=known)
        return {
            'articles': articles,
            'best': best,
            'same': EvaluatePrediction(prediction_task=predictions, data_task=truth, target_column_name='topic'),
            'other': EvaluatePrediction(
                prediction_task=PredictNodes(model_task=model, **other_graph),
                data_task=others,
                target_column_name='topic',
            ),
            'vectors': EmbedNodes(model_task=model, **graph),
            'report': ReportTraining(model_task=model),
        }

    def output(self) -> Any:
        return self.make_target('node_classification/summary.pkl')

    def run(self) -> None:
        inputs: Any = self.input()
        vectors = np.stack(self.load('vectors')['vector'].to_list())
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        nearest = (vectors @ vectors.T - 2 * np.eye(len(vectors))).argmax(axis=1)
        topics = self.load('articles')['topic'].to_numpy()
        self.dump(
            {
                'articles without a known topic': self.load('same').set_index('metric')['score'].to_dict(),
                'articles of a new site': self.load('other').set_index('metric')['score'].to_dict(),
                'neighbours of one topic': float((topics[nearest] == topics).mean()),
                'arguments': self.load('best').best_params,
                'report': inputs['report'].path(),
            }
        )


def main() -> None:
    """Build the pipeline and print what came out."""
    summary = redshells.build(NodeClassification())
    for name in ('articles without a known topic', 'articles of a new site'):
        for metric, score in summary[name].items():
            print(f'{name}: {metric:12} {score:.4f}')
    print(f'nearest article by the vectors is of the same topic: {summary["neighbours of one topic"]:.0%}')
    print(f'tuned arguments: {summary["arguments"]}')
    print(f'\nOpen the report: {Path(summary["report"]).resolve().as_uri()}')


if __name__ == '__main__':
    main()
