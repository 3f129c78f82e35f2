"""What predictions are worth: curves beside those of scikit-learn, lifts and rankings by hand, and odd cases."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from redshells.analysis.classification_quality import judge_classification
from redshells.analysis.ranking_quality import judge_ranking
from redshells.analysis.regression_quality import judge_regression


def two_classes(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Classes that are drawn by the probabilities that come with them."""
    generator = np.random.default_rng(seed)
    probability = generator.beta(1, 3, rows)
    return (generator.random(rows) < probability).astype(int), np.column_stack([1 - probability, probability])


@pytest.mark.parametrize('weighted', [False, True])
def test_curves_are_those_of_scikit_learn(weighted: bool) -> None:
    target, probabilities = two_classes(3_000)
    weight = np.random.default_rng(1).integers(1, 4, 3_000).astype(float) if weighted else None
    quality = judge_classification(target, probabilities, ['no', 'yes'], weight)
    assert quality.curve_classes == ('yes',)
    (roc,), (curve,) = quality.roc, quality.precision_recall
    assert (np.diff(roc.x) >= 0).all()
    assert (np.diff(roc.y) >= 0).all()
    area = metrics.roc_auc_score(target, probabilities[:, 1], sample_weight=weight)
    assert np.trapezoid(roc.y, roc.x) == pytest.approx(area, abs=0.005)
    precision, recall, _ = metrics.precision_recall_curve(target, probabilities[:, 1], sample_weight=weight)
    for position in (20, 50, 80, 100):
        reached = np.flatnonzero(recall >= curve.x[position] - 1e-12)[-1]
        assert curve.y[position] == pytest.approx(precision[reached])
    assert curve.baseline == pytest.approx(np.average(target, weights=weight))
    np.testing.assert_array_equal(quality.confusion, metrics.confusion_matrix(target, probabilities.argmax(axis=1)))
    assert quality.counts == tuple(np.bincount(target))
    assert quality.histogram.sum() == 3_000


def test_a_perfect_and_a_constant_prediction() -> None:
    target = np.repeat([0, 1], 50)
    perfect = judge_classification(target, np.eye(2)[target], [0, 1])
    assert np.trapezoid(perfect.roc[0].y, perfect.roc[0].x) == 1.0
    assert perfect.precision_recall[0].y.min() == 1.0
    assert perfect.calibration_error == 0.0
    constant = judge_classification(target, np.full((100, 2), 0.5), [0, 1])
    assert np.trapezoid(constant.roc[0].y, constant.roc[0].x) == pytest.approx(0.5)
    assert {lift.lift for lift in constant.lifts} == {1.0}  # whatever the order of the rows
    assert constant.calibration_error == 0.0


@pytest.mark.parametrize('rows', [30, 200, 5_000])
def test_right_probabilities_are_within_chance_and_wrong_ones_are_not(rows: int) -> None:
    beyond = []
    for seed in range(40):
        target, probabilities = two_classes(rows, seed)
        quality = judge_classification(target, probabilities, [0, 1])
        beyond.append(quality.calibration_error > quality.calibration_chance)
    assert np.mean(beyond) <= 0.05
    wrong = np.clip(probabilities[:, 1] + 0.4, 0, 1)
    quality = judge_classification(target, np.column_stack([1 - wrong, wrong]), [0, 1])
    assert quality.calibration_error == pytest.approx(0.4, abs=0.1)
    assert quality.calibration_error > quality.calibration_chance


def test_two_predicted_values_are_two_points_of_the_calibration() -> None:
    probability = np.repeat([0.1, 0.9], [95, 5])
    quality = judge_classification(np.repeat([0, 1], [95, 5]), np.column_stack([1 - probability, probability]), [0, 1])
    np.testing.assert_allclose(quality.calibration[0].x, [0.1, 0.9])
    np.testing.assert_allclose(quality.calibration[0].y, [0.0, 1.0])


def test_lifts_by_hand() -> None:
    probability = np.linspace(1, 0, 200)
    target = np.zeros(200, dtype=int)
    target[[0, 1, 2, 3, 4, 30, 150, 160]] = 1
    quality = judge_classification(target, np.column_stack([1 - probability, probability]), [0, 1])
    depths = {lift.depth: lift for lift in quality.lifts}
    assert set(depths) == {0.05, 0.1, 0.2, 0.5}  # 1 percent are two rows, which say nothing
    assert (depths[0.05].precision, depths[0.05].recall) == (0.5, 5 / 8)
    assert depths[0.05].lift == pytest.approx(0.5 / 0.04)
    assert depths[0.5].recall == 6 / 8


def test_of_rows_with_one_score_each_is_as_likely_to_be_first() -> None:
    target = np.array([1, 0] * 50)
    probability = np.repeat([0.9, 0.1], 50)
    quality = judge_classification(target, np.column_stack([1 - probability, probability]), [0, 1])
    assert [lift.precision for lift in quality.lifts] == [0.5] * len(quality.lifts)


@pytest.mark.parametrize('present', [[0], [1], [2], [0, 2]])
def test_classes_that_are_not_there(present: list[int]) -> None:
    generator = np.random.default_rng(0)
    target = generator.choice(present, 40)
    quality = judge_classification(target, generator.dirichlet([1, 1, 1], 40), ['a', 'b', 'c'])
    assert len(quality.roc) == (len(present) if len(present) > 1 else 0)
    assert quality.confusion.shape == (3, 3)
    assert sum(quality.counts) == 40
    one = judge_classification(np.zeros(3, dtype=int), np.full((3, 2), 0.5), [False, True])
    assert (one.classes, one.roc, one.lifts) == (('False', 'True'), (), ())


def test_rows_of_weight_zero_do_not_count() -> None:
    target, probabilities = two_classes(400)
    weight = (target == 0).astype(float)
    alone = judge_classification(target, probabilities, [0, 1], weight)
    assert alone.counts == (int((target == 0).sum()), 0)
    assert alone.roc == ()
    some = np.arange(400) % 2.0
    half = judge_classification(target, probabilities, [0, 1], some)
    expected = judge_classification(target[1::2], probabilities[1::2], [0, 1], np.ones(200))
    np.testing.assert_array_equal(half.roc[0].y, expected.roc[0].y)
    assert half.calibration_error == expected.calibration_error


def test_many_classes_have_curves_of_the_most_frequent_ones() -> None:
    generator = np.random.default_rng(0)
    target = np.minimum(generator.geometric(0.2, 2_000) - 1, 34)
    quality = judge_classification(target, generator.dirichlet(np.ones(35), 2_000), range(35))
    assert quality.curve_classes == ('0', '1', '2', '3', '4')  # the sixth colour is for all others
    assert quality.histogram.size == 0
    assert quality.lifts == ()


def test_scores_that_are_no_probabilities_are_not_shown_as_such() -> None:
    target, probabilities = two_classes(100)
    quality = judge_classification(target, probabilities, [0, 1], has_probabilities=False)
    assert quality.calibration == ()
    assert quality.histogram.size == 0
    assert np.isnan([quality.calibration_error, quality.calibration_chance]).all()
    assert quality.roc


def test_residuals() -> None:
    generator = np.random.default_rng(0)
    target = generator.normal(size=2_000)
    prediction = target - np.abs(target)  # the larger it is, the farther off
    quality = judge_regression(target, prediction)
    assert len(quality.truth) == 500
    assert quality.residual_counts.sum() == 2_000
    np.testing.assert_allclose(quality.residual_quantiles, np.quantile(np.abs(target), [0.05, 0.25, 0.5, 0.75, 0.95]))
    assert (np.diff(quality.tenth_prediction) >= 0).all()
    assert quality.tenth_error[0] == pytest.approx(quality.tenth_truth[0] - quality.tenth_prediction[0])


@pytest.mark.parametrize('rows', [1, 2, 5])
@pytest.mark.parametrize('value', [0.0, 1e18])
def test_residuals_of_few_rows_and_of_constants(rows: int, value: float) -> None:
    quality = judge_regression(np.full(rows, value), np.full(rows, value))
    assert quality.residual_counts.sum() == rows
    assert len(quality.tenth_error) == rows
    assert not quality.tenth_error.any()


def test_a_ranking_by_hand() -> None:
    query = np.array(['a', 'b', 'a', 'c', 'b', 'a'])
    relevance = np.array([0, 1, 2, 0, 0, 1.0])
    score = np.array([3, 1, 2, 5, 0, 1.0])
    quality = judge_ranking(relevance, score, query)
    best = 3 / np.log2(2) + 1 / np.log2(3)
    found = 3 / np.log2(3) + 1 / np.log2(4)
    np.testing.assert_allclose(quality.ndcg_by_query, [found / best, 1.0])
    assert quality.without_relevant == 1
    np.testing.assert_allclose(quality.relevance_by_rank, [(0 + 1 + 0) / 3, (2 + 0) / 2, 1])
    assert quality.mean_relevance == 4 / 6
    assert quality.ndcg_at[0] == pytest.approx((0 + 1 + 1) / 3)
    assert quality.ndcg_at[-1] == pytest.approx((found / best + 1 + 1) / 3)
    assert [(one.query, one.rows, one.relevant) for one in quality.worst] == [('a', 3, 2), ('b', 2, 1)]


def test_a_ranking_without_relevant_rows_and_with_queries_of_one_row() -> None:
    nothing = judge_ranking(np.zeros(6), np.arange(6.0), np.array([1, 1, 2, 2, 3, 3]))
    assert len(nothing.ndcg_by_query) == 0
    assert (nothing.without_relevant, nothing.worst) == (3, ())
    alone = judge_ranking(np.ones(4), np.arange(4.0), np.arange(4), np.array([0.0, 1, 1, 1]))
    np.testing.assert_array_equal(alone.ndcg_by_query, np.ones(4))
    assert len(alone.ndcg_at) == 1


def test_the_positive_class_can_be_the_first_one() -> None:
    target, probabilities = two_classes(400)
    first = judge_classification(target, probabilities, ['churned', 'stayed'], positive=0)
    mirrored = judge_classification(1 - target, probabilities[:, ::-1], ['stayed', 'churned'])
    assert first.positive == 'churned'
    np.testing.assert_allclose(first.precision_recall[0].y, mirrored.precision_recall[0].y)
    assert first.lifts == mirrored.lifts


def test_probabilities_that_are_twice_too_high_for_a_rare_class_are_biased() -> None:
    generator = np.random.default_rng(0)
    share = generator.beta(1, 80, 20_000)
    target = (generator.random(20_000) < share).astype(np.int64)
    doubled = np.minimum(2 * share, 1.0)
    assert judge_classification(target, np.column_stack([1 - doubled, doubled]), [0, 1]).is_biased
    assert not judge_classification(target, np.column_stack([1 - share, share]), [0, 1]).is_biased
