"""Similarity of items that did not train, by their features: AUC of pairs, planted and on MovieLens 100K.

The classifier of products and the bag of features learn from pairs of some items, and foretell pairs of others, beside
measures that learn nothing. On MovieLens, films are similar whose fans are the same: of pairs of films with at least
20 likes (ratings of 4 and 5), those whose cosine of likes is in the top twentieth; the others are from the lower half.
Their features are genres and the decade.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import roc_auc_score

from benchmarks import print_table
from benchmarks.movielens import read_ratings
from redshells.factory.prediction_model_factory import get_model_spec
from redshells.model.feature_aggregation_similarity_dataset import FeatureAggregationSimilarityDataset
from redshells.model.feature_aggregation_similarity_model import FeatureAggregationSimilarityModel
from redshells.model.pair_products import PRODUCT, multiply_pairs

Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class Pairs:
    """Pairs of items, and whether they are similar."""

    first: Numbers
    second: Numbers
    similar: Numbers


@dataclass(frozen=True)
class Items:
    """Items with features, pairs of some of them to learn from, and pairs of others."""

    name: str
    features: Numbers
    """Of shape (items, most features), from 1; 0 where there are no more."""
    train: Pairs
    test: Pairs

    @property
    def indicators(self) -> npt.NDArray[np.float32]:
        """For each item and feature 1 or 0."""
        result = np.zeros((len(self.features), int(self.features.max()) + 1), dtype=np.float32)
        result[np.arange(len(self.features))[:, None], self.features] = 1
        return result[:, 1:]


def planted(seed: int, items: int = 2000, features: int = 500, pairs: int = 30_000) -> Items:
    """Features have hidden vectors, and items are similar where the means of these point the same way."""
    generator = np.random.default_rng(seed)
    hidden = generator.normal(size=(features + 1, 6))
    hidden[0] = 0
    shares = np.arange(1, features + 1) ** -0.7
    bags = np.zeros((items, 8), dtype=np.int64)
    for item in range(items):
        number = generator.integers(3, 9)
        bags[item, :number] = 1 + generator.choice(features, number, replace=False, p=shares / shares.sum())
    means = hidden[bags].sum(axis=1)
    means /= np.linalg.norm(means, axis=1, keepdims=True)

    def draw(low: int, high: int, number: int) -> Pairs:
        first, second = generator.integers(low, high, size=(2, number))
        likeness = (means[first] * means[second]).sum(axis=1) + 0.2 * generator.normal(size=number)
        return Pairs(first, second, (likeness > 0.5).astype(np.int64))

    cut = items * 4 // 5
    return Items('planted', bags, draw(0, cut, pairs), draw(cut, items, pairs // 3))


def movies(folder: Path, seed: int) -> Items:
    """Films whose fans are the same, or not."""
    with gzip.open(folder / 'ml-100k' / 'u.item.gz', 'rt', encoding='latin-1') as file:
        rows = [line.rstrip('\n').split('|') for line in file]
    ratings = read_ratings(folder / 'ml-100k' / 'u.data.gz')
    assert ratings.ratings is not None
    liked = ratings.take(ratings.ratings >= 4)
    likes = np.zeros((len(rows) + 1, int(liked.users.max()) + 1), dtype=np.float32)
    likes[liked.items, liked.users] = 1
    chosen = np.flatnonzero(likes.sum(axis=1) >= 20)
    flags = np.array([[int(flag) for flag in row[5:]] for row in rows])[chosen - 1]
    decades = np.array([int(row[2][-4:] or 1990) // 10 for row in rows])[chosen - 1]
    codes = np.unique(decades, return_inverse=True)[1] + flags.shape[1] + 1
    bags = np.column_stack([flags * np.arange(1, flags.shape[1] + 1), codes])
    normalised = likes[chosen] / np.linalg.norm(likes[chosen], axis=1, keepdims=True)
    cosines = normalised @ normalised.T
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(chosen))
    cut = len(chosen) * 3 // 4

    def draw(some: Numbers) -> Pairs:
        left, right = np.triu_indices(len(some), 1)
        first, second = some[left], some[right]
        values = cosines[first, second]
        similar = np.flatnonzero(values >= np.quantile(values, 0.95))
        others = generator.choice(np.flatnonzero(values <= np.median(values)), 3 * len(similar), replace=False)
        rows = np.append(similar, others)
        return Pairs(first[rows], second[rows], np.repeat([1, 0], [len(similar), len(others)]))

    return Items('MovieLens', bags, draw(order[:cut]), draw(order[cut:]))


def jaccard(items: Items, seed: int) -> Numbers:
    """Shared features by all features."""
    sets = items.indicators
    shared = (sets[items.test.first] * sets[items.test.second]).sum(axis=1)
    return shared / (sets[items.test.first].sum(axis=1) + sets[items.test.second].sum(axis=1) - shared)


def idf_cosine(items: Items, seed: int) -> Numbers:
    """The cosine of the features, weighed by how rare they are."""
    weighed = items.indicators * np.log(len(items.features) / np.maximum(items.indicators.sum(axis=0), 1))
    weighed /= np.maximum(np.linalg.norm(weighed, axis=1, keepdims=True), 1e-9)
    return np.asarray((weighed[items.test.first] * weighed[items.test.second]).sum(axis=1))


def products(model_name: str, **arguments: Any) -> Callable[[Items, int], Numbers]:
    """A classifier on the products of the indicators of features."""

    def predict(items: Items, seed: int) -> Numbers:
        tables = [
            pd.DataFrame({PRODUCT: list(multiply_pairs(items.indicators, pairs.first, pairs.second))})
            for pairs in (items.train, items.test)
        ]
        build = get_model_spec(model_name).build_with(problem='classification', random_seed=seed, n_jobs=1)
        model = build(arguments).fit(tables[0], pd.Series(items.train.similar))
        return np.asarray(model.predict_proba(tables[1])[:, 1])

    return predict


def aggregation(**arguments: Any) -> Callable[[Items, int], Numbers]:
    """The similarity of bags of features."""

    def predict(items: Items, seed: int) -> Numbers:
        bags, train, test = items.features, items.train, items.test
        dataset = FeatureAggregationSimilarityDataset(
            train.first, train.second, bags[train.first], bags[train.second], train.similar
        )
        model = FeatureAggregationSimilarityModel(**arguments, random_seed=seed).fit(dataset)
        new = np.full(len(test.first), -1)
        return np.asarray(model.calculate_similarity(new, new, bags[test.first], bags[test.second]))

    return predict


METHODS: dict[str, Callable[[Items, int], Numbers]] = {
    'shared features by all (Jaccard)': jaccard,
    'cosine, weighed by IDF': idf_cosine,
    'products, LogisticRegression': products('sklearn.linear_model:LogisticRegression', max_iter=1000),
    'products, XGBClassifier': products('XGBClassifier', n_estimators=300, max_depth=5, learning_rate=0.1),
    'bag of features, squared': aggregation(),
    'bag of features, logistic': aggregation(loss='logistic'),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, help='folder with ml-100k; without it, only planted pairs')
    parser.add_argument('--seeds', type=int, default=3)
    options = parser.parse_args(arguments)
    sources: list[Callable[[int], Items]] = [planted]
    if options.data is not None:
        sources.append(lambda seed: movies(options.data, seed))
    for source in sources:
        drawn = [source(seed) for seed in range(options.seeds)]
        rows = [[name, *_measure(method, drawn)] for name, method in METHODS.items()]
        sizes = f'{len(drawn[0].train.first)} pairs, {drawn[0].features.max()} features, new items'
        print_table(f'{drawn[0].name}: {sizes}, {options.seeds} draws', ['method', 'AUC', 'spread', 'CPU s'], rows)


def _measure(method: Callable[[Items, int], Numbers], drawn: list[Items]) -> list[float]:
    values, started = [], time.process_time()
    for seed, items in enumerate(drawn):
        values.append(roc_auc_score(items.test.similar, method(items, seed)))
    return [float(np.mean(values)), float(np.ptp(values)), (time.process_time() - started) / len(drawn)]


if __name__ == '__main__':
    main()
