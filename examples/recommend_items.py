"""Recommend items: split by time, tune, train, evaluate, recommend and report.

    pip install '.[torch,report]' && python examples/recommend_items.py

The ratings are made here: users and items have one of four tastes, and users like the items of theirs. The example
prints how well ratings are foretold, how many of the recommended items have the taste of their user, and where the
report lies. With ``--data u.data`` it runs on the ratings of MovieLens 100K. All outputs go below ./resources; run it
again and it finds them there and does nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import gokart
import luigi
import numpy as np
import pandas as pd

import redshells
from redshells.data import LoadDataOfTask, SplitInteractions
from redshells.predict import EvaluateRanking, EvaluateRating, FindSimilarItems, PredictRating, RecommendItems
from redshells.report import ReportRecommender
from redshells.train import (
    OptimizeLightGCN,
    OptimizeMatrixFactorization,
    TrainLightGCN,
    TrainMatrixFactorization,
)

TASTES = ('comedy', 'drama', 'horror', 'western')


class MakeRatings(gokart.TaskOnKart[pd.DataFrame]):
    """Ratings of 1 to 5 by users of one taste; the name of each user and of each item begins with its taste."""

    def output(self) -> Any:
        return self.make_target('recommend_items/ratings.feather')

    def run(self) -> None:
        generator = np.random.default_rng(0)
        users, items, rows = 600, 300, 30_000
        activity, popularity = generator.gamma(1.5, size=users), generator.gamma(0.7, size=items)
        user = generator.choice(users, rows, p=activity / activity.sum())
        alike = generator.random(rows) < 0.6  # most of what they choose is of their taste
        item = generator.choice(items, rows, p=popularity / popularity.sum())
        item = np.where(alike, item // len(TASTES) * len(TASTES) + user % len(TASTES), item)
        quality = generator.normal(scale=0.5, size=items)[item]
        liked = np.where(user % len(TASTES) == item % len(TASTES), 4.2, 2.6)
        rating = np.clip(np.round(liked + quality + generator.normal(scale=0.7, size=rows)), 1, 5)
        taste = np.array(TASTES)
        table = pd.DataFrame(
            {
                'user': [f'{taste[one % len(TASTES)]} fan {one}' for one in user],
                'item': [f'{taste[one % len(TASTES)]} film {one}' for one in item],
                'rating': rating,
                'time': np.arange(rows),
            }
        )
        self.dump(table.drop_duplicates(['user', 'item'], keep='last', ignore_index=True))


class LoadMovieLens(gokart.TaskOnKart[pd.DataFrame]):
    """The ratings of MovieLens 100K."""

    path: str = luigi.Parameter(description='Path of u.data.')

    def output(self) -> Any:
        return self.make_target('recommend_items/movielens.feather')

    def run(self) -> None:
        self.dump(pd.read_csv(self.path, sep='\t', names=['user', 'item', 'rating', 'time']))


class KeepLiked(gokart.TaskOnKart[pd.DataFrame]):
    """The rows of ratings of 4 and more."""

    data_task: gokart.TaskOnKart[pd.DataFrame] = gokart.TaskInstanceParameter(description='The ratings.')

    def output(self) -> Any:
        return self.make_target('recommend_items/liked.feather')

    def run(self) -> None:
        table = self.load(self.data_task)
        self.dump(table[table['rating'] >= 4].reset_index(drop=True))


class RecommendFilms(gokart.TaskOnKart[dict[str, Any]]):
    """The scores, the recommended items, and where the report lies."""

    data: str = luigi.Parameter(default='', description='Path of u.data of MovieLens; made-up ratings when empty.')

    def requires(self) -> Any:
        ratings = LoadMovieLens(path=self.data) if self.data else MakeRatings()
        split = SplitInteractions(data_task=ratings, split='random', test_size=0.2, time_column_name='time')
        train = LoadDataOfTask(data_task=split, target_name='train')
        test = LoadDataOfTask(data_task=split, target_name='test')

        best = OptimizeMatrixFactorization(train_data_task=train, n_trials=6)
        model = TrainMatrixFactorization(train_data_task=train, best_params_task=best)
        predictions = PredictRating(model_task=model, data_task=test)

        # what users like is another question than how they rate what they have chosen: it is learnt from likes alone
        liked, held_out = KeepLiked(data_task=train), KeepLiked(data_task=test)
        best_top = OptimizeLightGCN(train_data_task=liked, n_trials=6, metric='ndcg@10')
        top_model = TrainLightGCN(train_data_task=liked, best_params_task=best_top)
        top = RecommendItems(model_task=top_model, top_n=10, seen_data_task=train)
        return {
            'rating': EvaluateRating(prediction_task=predictions),
            'ranking': EvaluateRanking(recommendation_task=top, test_data_task=held_out, k=[10]),
            'top': top,
            'similar': FindSimilarItems(model_task=top_model, top_n=3),
            'report': ReportRecommender(model_task=top_model, test_data_task=held_out, tuning_task=best_top),
        }

    def output(self) -> Any:
        return self.make_target('recommend_items/summary.pkl')

    def run(self) -> None:
        inputs: Any = self.input()
        top = self.load('top')
        summary = {
            'ratings': self.load('rating').set_index('metric')['score'].to_dict(),
            'top items': self.load('ranking').set_index('metric')['score'].to_dict(),
            'recommended': top.groupby('user')['item'].agg(list).head(3).to_dict(),
            'similar items': self.load('similar').groupby('item')['similar_item'].agg(list).head(3).to_dict(),
            'report': inputs['report'].path(),
        }
        if not self.data:
            same = top['user'].str.split().str[0] == top['item'].str.split().str[0]
            summary['of the right taste'] = float(same.mean())
        self.dump(summary)


def main() -> None:
    """Build the pipeline and print what came out."""
    parser = argparse.ArgumentParser(description='Recommend items.')
    parser.add_argument('--data', default='', help='path of u.data of MovieLens 100K')
    summary = redshells.build(RecommendFilms(data=parser.parse_args().data))
    for name in ('ratings', 'top items'):
        for metric, score in summary[name].items():
            print(f'{name}: {metric:12} {score:.4f}')
    if 'of the right taste' in summary:
        print(f'recommended items of the right taste: {summary["of the right taste"]:.0%}')
    for name in ('recommended', 'similar items'):
        for key, items in summary[name].items():
            print(f'{name} | {key}: {", ".join(map(str, items))}')
    print(f'\nOpen the report: {Path(summary["report"]).resolve().as_uri()}')


if __name__ == '__main__':
    main()
