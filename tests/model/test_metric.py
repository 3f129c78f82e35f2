"""Metrics: known answers, the peers' answers, and the edges of validation parts."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from redshells.errors import ParameterError, UnknownNameError
from redshells.model.metric import default_metric_name, get_metric, loss_name

CLASSIFICATION = ['accuracy', 'auc', 'balanced_accuracy', 'brier', 'f1', 'logloss', 'mcc', 'precision', 'recall']
REGRESSION = ['mae', 'mape', 'median_absolute_error', 'mse', 'poisson_deviance', 'r2', 'rmse', 'rmsle']
RANKING = ['map', 'map@3', 'mrr', 'ndcg', 'ndcg@3', 'precision@3']
MINIMIZED = {'brier', 'logloss', *REGRESSION} - {'r2'}


def _classes(number_of_rows: int, number_of_classes: int, seed: int = 0) -> tuple[Any, Any, Any]:
    generator = np.random.default_rng(seed)
    target = generator.integers(0, number_of_classes, number_of_rows)
    probability = generator.dirichlet(np.ones(number_of_classes), number_of_rows)
    probability[np.arange(number_of_rows), target] += 0.5
    probability /= probability.sum(axis=1, keepdims=True)
    return target, probability, generator.uniform(0.1, 2, number_of_rows)


def _perfect(problem: str) -> tuple[Any, Any, Any]:
    if problem == 'classification':
        target = np.array([0, 1, 2, 0, 1, 2])
        return target, np.eye(3)[target], None
    target = np.array([0.0, 3, 1, 0, 2, 0, 1, 0])
    return target, target, np.array(['a', 'a', 'a', 'a', 'b', 'b', 'b', 'b'])


@pytest.mark.parametrize('weighted', [False, True])
@pytest.mark.parametrize('number_of_classes', [2, 4])
def test_classification_metrics_equal_those_of_scikit_learn(number_of_classes: int, weighted: bool) -> None:
    target, probability, weight = _classes(300, number_of_classes)
    decision = probability.argmax(axis=1)
    keywords = {'sample_weight': weight if weighted else None}
    mean = {'average': 'binary' if number_of_classes == 2 else 'macro', **keywords}
    expected = {
        'accuracy': sklearn.metrics.accuracy_score(target, decision, **keywords),
        'auc': np.mean(
            [
                sklearn.metrics.roc_auc_score(target == code, probability[:, code], **keywords)
                for code in range(number_of_classes)
            ]
        ),
        'balanced_accuracy': sklearn.metrics.balanced_accuracy_score(target, decision, **keywords),
        'brier': sklearn.metrics.brier_score_loss(target, probability, **keywords),
        'f1': sklearn.metrics.f1_score(target, decision, **mean),
        'logloss': sklearn.metrics.log_loss(target, probability, **keywords),
        'mcc': sklearn.metrics.matthews_corrcoef(target, decision, **keywords),
        'precision': sklearn.metrics.precision_score(target, decision, **mean),
        'recall': sklearn.metrics.recall_score(target, decision, **mean),
    }
    assert set(expected) == set(CLASSIFICATION)
    scores = {
        name: get_metric(name, 'classification', number_of_classes)(
            target, probability, weight=keywords['sample_weight']
        )
        for name in expected
    }
    assert scores == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize('weighted', [False, True])
def test_average_precision_is_that_of_class_1(weighted: bool) -> None:
    target, probability, weight = _classes(200, 2)
    weight = weight if weighted else None
    score = get_metric('average_precision', 'classification', 2)(target, probability, weight=weight)
    assert score == sklearn.metrics.average_precision_score(target, probability[:, 1], sample_weight=weight)
    assert np.isnan(get_metric('average_precision', 'classification', 2)([0, 0], [[0.5, 0.5], [0.1, 0.9]]))


def test_regression_metrics_on_known_answers() -> None:
    target, prediction = [1.0, 2.0, 4.0], [1.0, 4.0, 1.0]
    logarithms = np.log1p(target) - np.log1p(prediction)
    expected = {
        'mae': 5 / 3,
        'mape': (1 + 0.75) / 3,
        'median_absolute_error': 2.0,
        'mse': 13 / 3,
        'poisson_deviance': 2 * (2 * np.log(0.5) + 2 + 4 * np.log(4) - 3) / 3,
        'r2': 1 - 13 / (14 / 3),
        'rmse': (13 / 3) ** 0.5,
        'rmsle': np.mean(logarithms**2) ** 0.5,
    }
    assert set(expected) == set(REGRESSION)
    scores = {name: get_metric(name, 'regression')(target, prediction) for name in expected}
    assert scores == pytest.approx(expected)


@pytest.mark.parametrize(
    ('problem', 'name'),
    [
        *(('classification', name) for name in CLASSIFICATION),
        *(('regression', name) for name in REGRESSION),
        *(('ranking', name) for name in RANKING),
    ],
)
def test_the_direction_prefers_the_better_prediction(problem: str, name: str) -> None:
    metric = get_metric(name, problem)
    target, prediction, group = _perfect(problem)
    perfect = metric(target, prediction, group=group)
    worse = metric(target, 1 - prediction if problem == 'ranking' else np.roll(prediction, 1, axis=0), group=group)
    assert metric.direction == ('minimize' if name in MINIMIZED else 'maximize')
    assert perfect < worse if metric.direction == 'minimize' else perfect > worse


def test_integer_weights_are_repeated_rows() -> None:
    repeats = np.array([1, 2, 3, 1, 2, 1, 1, 3])
    target, probability, _ = _classes(8, 3, seed=3)
    values = np.linspace(1, 9, 8)
    for name in CLASSIFICATION:
        metric = get_metric(name, 'classification', 3)
        repeated = metric(np.repeat(target, repeats), np.repeat(probability, repeats, axis=0))
        assert metric(target, probability, weight=repeats) == pytest.approx(repeated), name
    for name in set(REGRESSION) - {'median_absolute_error'}:
        metric = get_metric(name, 'regression')
        repeated = metric(np.repeat(values, repeats), np.repeat(values[::-1], repeats))
        assert metric(values, values[::-1], weight=repeats) == pytest.approx(repeated), name


def test_rows_of_weight_zero_do_not_count() -> None:
    target, probability, _ = _classes(60, 4)
    weight = (target != 2).astype(float)
    rows = target != 2
    for name in CLASSIFICATION:
        metric = get_metric(name, 'classification', 4)
        assert metric(target, probability, weight=weight) == pytest.approx(metric(target[rows], probability[rows])), (
            name
        )
        assert np.isnan(metric(target, probability, weight=np.zeros(60))), name


@pytest.mark.parametrize('name', CLASSIFICATION)
def test_missing_classes_do_no_harm(name: str) -> None:
    target, probability, _ = _classes(90, 4)
    rows = target != 1
    assert np.isfinite(get_metric(name, 'classification', 4)(target[rows], probability[rows]))


@pytest.mark.parametrize('number_of_classes', [2, 3])
def test_a_single_class_can_be_scored_but_not_ranked(number_of_classes: int) -> None:
    probability = np.full((3, number_of_classes), 1 / number_of_classes)
    for name in CLASSIFICATION:
        score = get_metric(name, 'classification', number_of_classes)([0, 0, 0], probability)
        assert np.isnan(score) if name == 'auc' else np.isfinite(score), name


def test_auc_leaves_out_missing_classes() -> None:
    target, probability, _ = _classes(90, 3)
    rows = target != 1
    parts = [sklearn.metrics.roc_auc_score(target[rows] == code, probability[rows, code]) for code in (0, 2)]
    assert get_metric('auc', 'classification', 3)(target[rows], probability[rows]) == pytest.approx(np.mean(parts))


def test_balanced_accuracy_leaves_out_missing_classes() -> None:
    probability = np.eye(3)[[0, 0, 1, 2]]
    assert get_metric('balanced_accuracy', 'classification', 3)([0, 0, 0, 2], probability) == pytest.approx(
        (2 / 3 + 1) / 2
    )


def test_logloss_of_a_wrong_certainty_is_large_and_finite() -> None:
    logloss = get_metric('logloss', 'classification', 2)
    assert logloss([0], [[0.0, 1.0]]) == pytest.approx(-np.log(np.finfo(float).eps))
    assert logloss([0], np.array([[0, 1]], dtype=np.float32)) == pytest.approx(-np.log(np.finfo(np.float32).eps))


def test_probabilities_that_do_not_sum_to_one_are_taken_as_they_are() -> None:
    score = get_metric('logloss', 'classification', 3)([0, 2], [[0.5, 0.5, 0.5], [0.1, 0.1, 0.25]])
    assert score == pytest.approx((np.log(2) + np.log(4)) / 2)


@pytest.mark.parametrize('bad', [np.nan, np.inf])
def test_a_prediction_that_went_astray_scores_nan(bad: float) -> None:
    assert np.isnan(get_metric('rmse', 'regression')([1.0, 2.0], [1.0, bad]))
    assert np.isnan(get_metric('logloss', 'classification', 2)([0, 1], [[bad, 0], [0, 1]]))


def test_count_metrics_lift_predictions_and_refuse_targets_below_zero() -> None:
    assert get_metric('rmsle', 'regression')([0.0, 1.0], [-5.0, 1.0]) == 0
    assert np.isfinite(get_metric('poisson_deviance', 'regression')([0.0, 1.0], [-5.0, 1.0]))
    for name in ('rmsle', 'poisson_deviance'):
        with pytest.raises(ParameterError, match='at least 0'):
            get_metric(name, 'regression')([-1.0, 1.0], [1.0, 1.0])


def test_r2_of_one_row_is_nan() -> None:
    assert np.isnan(get_metric('r2', 'regression')([1.0], [1.0]))


def test_ranking_metrics_on_known_answers() -> None:
    group = ['x', 'y', 'x', 'y', 'x', 'z']
    target = [0, 1, 2, 0, 1, 0]
    score = [3, 1, 2, 1, 1, 7]  # x is ranked 0 2 1; y is 1 0, by its order; z has no relevant row
    ndcg = (3 / np.log2(3) + 1 / 2) / (3 + 1 / np.log2(3))
    ndcg_at_1 = 0.0
    expected = {
        'ndcg': (ndcg + 1 + 1) / 3,
        'ndcg@1': (ndcg_at_1 + 1 + 1) / 3,
        'map': ((1 / 2 + 2 / 3) / 2 + 1 + 1) / 3,
        'map@2': ((1 / 2) / 2 + 1 + 1) / 3,
        'mrr': (1 / 2 + 1 + 0) / 3,
        'precision@2': (1 / 2 + 1 / 2 + 0) / 3,
        'precision@10': (2 / 10 + 1 / 10 + 0) / 3,
    }
    scores = {name: get_metric(name, 'ranking')(target, score, group=group) for name in expected}
    assert scores == pytest.approx(expected)


@pytest.mark.parametrize('weighted', [False, True])
@pytest.mark.parametrize('name', ['ndcg@1', 'ndcg@5', 'ndcg@100', 'map@1', 'map@5', 'map@100'])
def test_ranking_metrics_equal_those_of_lightgbm(name: str, weighted: bool) -> None:
    lightgbm = pytest.importorskip('lightgbm')
    generator = np.random.default_rng(1)
    sizes = generator.integers(1, 12, 80)
    query = np.repeat(np.arange(len(sizes)), sizes)
    target = generator.choice([0, 0, 0, 1, 2, 3], len(query))
    # Not the weights of queries without relevant rows: LightGBM counts these as 1 without their weight.
    has_relevant = np.bincount(query, weights=target)[query] > 0
    weight = np.where(has_relevant, generator.uniform(0.5, 2, len(query)), 1.0) if weighted else None
    score = generator.integers(0, 4, len(query)).astype(float)  # many ties
    arguments = {'label': target, 'group': sizes, 'weight': weight, 'init_score': score}
    data = lightgbm.Dataset(np.zeros((len(query), 1)), **arguments)
    scores: dict[str, Any] = {}
    metric_name, _, cutoff = name.partition('@')
    lightgbm.train(
        {'objective': 'lambdarank', 'metric': metric_name, 'eval_at': int(cutoff), 'verbose': -1, 'num_threads': 1},
        data,
        num_boost_round=1,
        valid_sets=[data],
        callbacks=[lightgbm.record_evaluation(scores)],
    )
    ((_, values),) = scores['training'].items()
    shuffled = np.argsort(generator.permutation(len(sizes))[query], kind='stable')
    for rows in (np.arange(len(query)), shuffled):
        weights = None if weight is None else weight[rows]
        ours = get_metric(name, 'ranking')(target[rows], score[rows], weight=weights, group=query[rows])
        assert ours == pytest.approx(values[0], rel=1e-6)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_ranking_metrics_equal_their_definition(rows: list[tuple[int, int, int]]) -> None:
    queries: dict[int, list[int]] = {}
    for query, relevance, _ in sorted(rows, key=lambda row: -row[2]):
        queries.setdefault(query, []).append(relevance)

    def gain(relevances: list[int]) -> float:
        return sum((2**relevance - 1) / np.log2(rank + 2) for rank, relevance in enumerate(relevances[:3]))

    ndcg = [gain(q) / gain(sorted(q, reverse=True)) if any(q) else 1.0 for q in queries.values()]
    reciprocal = [max((relevance > 0) / (rank + 1) for rank, relevance in enumerate(q)) for q in queries.values()]
    precision = [sum(relevance > 0 for relevance in q[:3]) / 3 for q in queries.values()]
    group, target, score = np.array(rows).T
    expected = {'ndcg@3': np.mean(ndcg), 'mrr': np.mean(reciprocal), 'precision@3': np.mean(precision)}
    scores = {name: get_metric(name, 'ranking')(target, score, group=group) for name in expected}
    assert scores == pytest.approx(expected)


@pytest.mark.parametrize(
    'group',
    [
        np.array(['b', 'b', 'a']),
        np.array([2.5, 2.5, np.nan]),
        np.array([('a', 1), ('a', 1), ('a', 2)], dtype=[('name', 'U1'), ('number', int)]).astype(object),
        np.array(['2024-01-01', '2024-01-01', '2024-01-02'], dtype='datetime64[D]'),
        pd.Series(['b', 'b', 'a'], dtype='category', index=[5, 6, 7]),
        pd.Series([1, 'a', None]).replace('a', 1),
    ],
)
def test_a_query_may_be_called_anything(group: Any) -> None:
    mrr = get_metric('mrr', 'ranking')
    assert mrr([0, 1, 1], [2, 1, 0], group=group) == pytest.approx((1 / 2 + 1) / 2)
    assert mrr([0, 1, 1], [2, 1, 0], weight=[1, 3, 4], group=group) == pytest.approx((2 * 1 / 2 + 4 * 1) / 6)


def test_a_ranking_metric_needs_groups() -> None:
    with pytest.raises(ParameterError, match='group_column_name'):
        get_metric('ndcg', 'ranking')([0, 1], [0.5, 0.6])


@pytest.mark.parametrize(
    ('alias', 'problem', 'number_of_classes', 'name'),
    [
        ('binary_logloss', 'classification', 2, 'logloss'),
        ('multi_logloss', 'classification', 3, 'logloss'),
        ('log_loss', 'classification', None, 'logloss'),
        ('AUC', 'classification', 2, 'auc'),
        ('l1', 'regression', None, 'mae'),
        ('l2', 'regression', None, 'mse'),
        ('mean_squared_error', 'regression', None, 'mse'),
        ('RMSE', 'regression', None, 'rmse'),
        ('NDCG@7', 'ranking', None, 'ndcg@7'),
    ],
)
def test_aliases(alias: str, problem: str, number_of_classes: int | None, name: str) -> None:
    metric = get_metric(alias, problem, number_of_classes)
    assert metric.name == name
    assert get_metric(metric.name, problem, number_of_classes).name == name


@pytest.mark.parametrize(
    ('name', 'problem', 'number_of_classes'),
    [
        ('rmse', 'classification', 2),
        ('auc', 'regression', None),
        ('average_precision', 'classification', 3),
        ('binary_logloss', 'classification', 3),
        ('multi_logloss', 'classification', 2),
        ('ndcg@0', 'ranking', None),
        ('ndcg@', 'ranking', None),
        ('ndcg@2.5', 'ranking', None),
        ('mrr@5', 'ranking', None),
        ('auc@5', 'classification', 2),
        ('precision', 'ranking', None),
        ('precision@5', 'classification', 2),
        ('nonsense', 'regression', None),
        ('', 'regression', None),
    ],
)
def test_a_name_that_does_not_fit_is_refused_with_those_that_do(
    name: str, problem: str, number_of_classes: int | None
) -> None:
    fitting = {'classification': "'logloss'", 'regression': "'rmse'", 'ranking': "'ndcg@K'"}[problem]
    with pytest.raises(UnknownNameError, match=fitting):
        get_metric(name, problem, number_of_classes)


def test_an_unknown_problem_is_refused() -> None:
    for call in (lambda: get_metric('auc', 'clustering'), lambda: loss_name('binary')):
        with pytest.raises(ParameterError, match='regression'):
            call()


@pytest.fixture
def module_of_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / 'metrics_of_a_user.py').write_text(
        'import numpy as np\n'
        'def plain(target, prediction):\n    return np.abs(target - prediction).max()\n'
        'plain.greater_is_better = False\n'
        'def weighted(target, prediction, *, group=None, weight=None):\n'
        '    return len(np.unique(group)) + weight.sum()\n'
        'weighted.greater_is_better = True\n'
        'def silent(target, prediction):\n    return 0\n'
        'number = 3\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return 'metrics_of_a_user'


def test_a_metric_of_the_user(module_of_user: str) -> None:
    metric = get_metric(f'{module_of_user}:plain', 'regression')
    assert metric([1.0, 2.0], [1.0, 5.0], weight=[1, 2], group=[1, 2]) == 3
    assert (metric.name, metric.direction, metric.problems) == (f'{module_of_user}:plain', 'minimize', {'regression'})
    weighted = get_metric(f'{module_of_user}:weighted', 'ranking')
    assert weighted([1, 2], [1, 5], weight=[1, 2], group=['a', 'b']) == 5
    assert weighted.direction == 'maximize'


def test_a_metric_of_the_user_must_tell_its_direction(module_of_user: str) -> None:
    for name in ('silent', 'number'):
        with pytest.raises(ParameterError, match='greater_is_better'):
            get_metric(f'{module_of_user}:{name}', 'regression')


@pytest.mark.parametrize(
    'path', ['metrics_of_a_user:missing', 'no_such_module:function', 'no_such_module:', ':', 'os:']
)
def test_a_metric_that_can_not_be_imported(module_of_user: str, path: str) -> None:
    with pytest.raises(UnknownNameError, match="'module:function'"):
        get_metric(path, 'regression')


def test_metrics_travel_to_worker_processes(module_of_user: str) -> None:
    for name, problem in (('auc', 'classification'), ('ndcg@5', 'ranking'), (f'{module_of_user}:plain', 'regression')):
        metric = pickle.loads(pickle.dumps(get_metric(name, problem)))
        target, prediction, group = _perfect(problem)
        assert metric(target, prediction, group=group) == get_metric(name, problem)(target, prediction, group=group)


def test_defaults() -> None:
    assert default_metric_name('classification', 2) == 'auc'
    assert default_metric_name('classification', 3) == 'logloss'
    assert default_metric_name('classification') == 'logloss'
    assert [default_metric_name(problem) for problem in ('regression', 'ranking')] == ['rmse', 'ndcg']
    assert [loss_name(problem) for problem in ('classification', 'regression', 'ranking')] == [
        'logloss',
        'rmse',
        'ndcg',
    ]


def test_the_import_loads_no_scikit_learn() -> None:
    code = "import sys, redshells.model.metric; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == 'False'
