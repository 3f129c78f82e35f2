"""Intervals: they hold the truth as often as they say, for scores of all kinds, few rows and many."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Callable

import numpy as np
import pytest

from redshells.analysis.bootstrap import Bootstrap, Estimate, ScoredRows
from redshells.errors import ParameterError
from redshells.model.metric import Metric, get_metric

Draw = Callable[[np.random.Generator, int], tuple[ScoredRows, np.ndarray]]

ACCURACY = get_metric('accuracy', 'classification', 2)
AUC = get_metric('auc', 'classification', 2)
RMSE = get_metric('rmse', 'regression')


def two_classes(generator: np.random.Generator, rows: int, share: float = 0.1) -> tuple[ScoredRows, np.ndarray]:
    """Rows of two classes, and their true probabilities."""
    target = (generator.random(rows) < share).astype(int)
    signal = generator.normal(size=rows) + 1.5 * target
    odds = share / (1 - share) * np.exp(1.5 * signal - 1.5**2 / 2)
    probability = odds / (1 + odds)
    return ScoredRows(target, is_classification=True), np.column_stack([1 - probability, probability])


def numbers(generator: np.random.Generator, rows: int) -> tuple[ScoredRows, np.ndarray]:
    return ScoredRows(generator.normal(size=rows)), np.zeros(rows)


def queries(generator: np.random.Generator, rows: int) -> tuple[ScoredRows, np.ndarray]:
    relevance = generator.integers(0, 3, rows).astype(float)
    rows_of_queries = ScoredRows(relevance, group=np.repeat(np.arange(rows // 8), 8))
    return rows_of_queries, relevance + generator.normal(scale=1.5, size=rows)


@pytest.mark.parametrize(
    ('name', 'problem', 'draw', 'rows', 'repeats'),
    [
        ('auc', 'classification', two_classes, 300, 100),
        ('logloss', 'classification', two_classes, 300, 100),
        ('brier', 'classification', two_classes, 300, 100),
        ('rmse', 'regression', numbers, 30, 60),
        ('ndcg', 'ranking', queries, 240, 60),
        ('auc', 'classification', lambda *given: two_classes(*given, share=0.01), 12_000, 30),  # m out of n
    ],
)
def test_an_interval_holds_the_truth_in_about_95_of_100_cases(
    name: str, problem: str, draw: Draw, rows: int, repeats: int
) -> None:
    metric = get_metric(name, problem, 2 if problem == 'classification' else None)
    many, prediction = draw(np.random.default_rng(10_000), 320_000)
    truth = many.score(metric, prediction, np.arange(320_000), many.group)
    hits = 0
    for repeat in range(repeats):
        few, prediction = draw(np.random.default_rng(repeat), rows)
        estimate = Bootstrap(few, number_of_resamples=60, random_seed=repeat).estimate(metric, prediction)
        hits += estimate.low <= truth <= estimate.high
    assert hits / repeats >= 0.87  # fewer than 95 of 100, for 60 resamples do not know the ends well


def test_fewer_rows_than_there_are_give_the_width_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, prediction = two_classes(np.random.default_rng(0), 30_000, share=0.002)  # some 60 rows of the rarer class
    fewer = Bootstrap(rows, number_of_resamples=100).estimate(AUC, prediction)
    monkeypatch.setattr('redshells.analysis.bootstrap._MOST_ROWS', 30_000)
    whole = Bootstrap(rows, number_of_resamples=100).estimate(AUC, prediction)
    assert fewer.value == whole.value
    assert (fewer.high - fewer.low) / (whole.high - whole.low) == pytest.approx(1, abs=0.3)


def test_the_same_rows_tell_a_small_gain_that_intervals_apart_would_not() -> None:
    generator = np.random.default_rng(0)
    target = generator.normal(size=400)
    other = target + generator.normal(size=400)
    better = target + 0.95 * (other - target)
    bootstrap = Bootstrap(ScoredRows(target))
    scores = [bootstrap.estimate(RMSE, one) for one in (better, other)]
    gain = bootstrap.estimate_gain(RMSE, better, other)
    assert scores[0].high > scores[1].low  # they overlap
    assert gain.low > 0
    assert gain.excludes_zero
    assert gain.value == pytest.approx(scores[1].value - scores[0].value)
    assert bootstrap.estimate_gain(RMSE, other, better).value == -gain.value


def test_the_same_seed_gives_the_same_interval_and_another_one_does_not() -> None:
    rows, prediction = two_classes(np.random.default_rng(0), 200)
    first, again, other = (Bootstrap(rows, random_seed=seed).estimate(AUC, prediction) for seed in (0, 0, 1))
    assert first == again
    assert (first.low, first.high) != (other.low, other.high)


def test_a_prediction_that_is_gone_does_not_lend_its_scores_to_another() -> None:
    rows, prediction = two_classes(np.random.default_rng(0), 100)
    bootstrap = Bootstrap(rows, number_of_resamples=20)
    other = prediction.copy()
    reference = weakref.ref(other)
    bootstrap.estimate(AUC, other)
    del other
    gc.collect()
    assert reference() is not None  # or a new prediction could get its id, by which scores are kept


@pytest.mark.parametrize('rows', [1, 2, 4])
def test_of_hardly_any_rows_there_is_no_interval(rows: int) -> None:
    estimate = Bootstrap(ScoredRows(np.arange(rows, dtype=float))).estimate(RMSE, np.zeros(rows))
    assert np.isfinite(estimate.value)
    assert np.isnan([estimate.low, estimate.high]).all()
    assert not estimate.excludes_zero
    one_group = ScoredRows(np.arange(50.0), group=np.zeros(50))
    assert np.isnan(Bootstrap(one_group).estimate(RMSE, np.zeros(50)).low)


def test_a_class_that_is_missing_or_hardly_there() -> None:
    target = np.zeros(60, dtype=int)
    prediction = np.column_stack([1 - np.linspace(0, 1, 60), np.linspace(0, 1, 60)])
    alone = Bootstrap(ScoredRows(target, is_classification=True))
    assert np.isnan(alone.estimate(AUC, prediction).value)
    accuracy = alone.estimate(get_metric('accuracy', 'classification', 2), prediction)
    assert accuracy.low < accuracy.value < accuracy.high
    target[:2] = 1
    rare = Bootstrap(ScoredRows(target, is_classification=True)).estimate(AUC, prediction)
    assert np.isfinite(rare.value)
    assert np.isnan(rare.low)  # two rows do not tell how they spread


def test_no_interval_goes_beyond_the_ends_of_a_metric() -> None:
    generator = np.random.default_rng(0)
    target = generator.integers(0, 2, 40)
    probability = np.clip(0.5 * target + generator.uniform(0, 0.6, 40), 0, 1)
    prediction = np.column_stack([1 - probability, probability])
    estimate = Bootstrap(ScoredRows(target, is_classification=True)).estimate(AUC, prediction)
    assert estimate.high <= 1.0


def test_weights_of_zero_leave_rows_out() -> None:
    rows, prediction = two_classes(np.random.default_rng(0), 200)
    weight = np.ones(200)
    weight[rows.target == 1] = 0.0
    weight[np.flatnonzero(rows.target == 1)[:6]] = 1.0
    weighted = ScoredRows(rows.target, is_classification=True, weight=weight)
    estimate = Bootstrap(weighted).estimate(AUC, prediction)
    assert estimate.value == pytest.approx(AUC(rows.target[weight > 0], prediction[weight > 0]))
    assert estimate.low < estimate.value


def test_groups_are_drawn_as_a_whole() -> None:
    sizes: list[int] = []

    def count(target: np.ndarray, prediction: np.ndarray, weight: object, group: np.ndarray | None) -> float:
        assert group is not None
        sizes.extend(np.bincount(np.unique(group, return_inverse=True)[1]))
        return float(target.mean())

    metric = Metric('count', 'maximize', frozenset({'ranking'}), count)
    group = np.repeat(['a', 'b', 'c', 'd', 'e', 'f'], [1, 2, 2, 2, 2, 2])
    Bootstrap(ScoredRows(np.arange(11.0), group=group), number_of_resamples=20).estimate(metric, np.zeros(11))
    assert set(sizes) == {1, 2}


def test_too_few_resamples_are_refused() -> None:
    with pytest.raises(ParameterError, match='number_of_resamples=19'):
        Bootstrap(ScoredRows(np.arange(9.0)), number_of_resamples=19)


def test_where_zero_lies() -> None:
    assert Estimate(1.0, 0.5, 2.0).excludes_zero
    assert Estimate(-1.0, -2.0, -0.5).excludes_zero
    assert not Estimate(0.0, 0.0, 0.0).excludes_zero


def test_where_all_rows_are_right_there_is_no_interval() -> None:
    target = np.tile([0, 1], 25)
    prediction = np.column_stack([1.0 - target, target])
    estimate = Bootstrap(ScoredRows(target, is_classification=True)).estimate(ACCURACY, prediction)
    assert estimate.value == 1.0
    assert math.isnan(estimate.low)
    assert math.isnan(estimate.high)


def test_the_interval_of_a_near_perfect_score_ends_at_the_end_of_the_metric() -> None:
    target = np.tile([0, 1], 50)
    prediction = np.column_stack([1.0 - target, target]).astype(float)
    prediction[0] = [0.0, 1.0]
    estimate = Bootstrap(ScoredRows(target, is_classification=True)).estimate(ACCURACY, prediction)
    assert estimate.low < 0.99 < estimate.high == 1.0
