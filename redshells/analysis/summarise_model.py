"""Find out what a report on a model says."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.analysis.baseline import predict_baseline
from redshells.analysis.baseline_names import check_baselines
from redshells.analysis.bootstrap import Bootstrap, ScoredRows
from redshells.analysis.classification_quality import ClassificationQuality, judge_classification
from redshells.analysis.column_profile import ColumnProfile, profile_table
from redshells.analysis.drift import compare_column
from redshells.analysis.explanation import explain
from redshells.analysis.learning_curve import learning_curve
from redshells.analysis.model_summary import ColumnSummary, Comparison, ModelSummary, SummaryPlan
from redshells.analysis.ranking_quality import RankingQuality, judge_ranking
from redshells.analysis.regression_quality import RegressionQuality, judge_regression
from redshells.analysis.search_summary import summarise_search
from redshells.analysis.shared_rows import find_shared_rows
from redshells.analysis.training_curve import training_curve
from redshells.analysis.training_facts import OF_THE_RUN
from redshells.errors import DataError, ParameterError
from redshells.model.boosted_trees import BoostedTreesModel
from redshells.model.frame import TableData
from redshells.model.metric import Metric, default_metric_name, get_metric
from redshells.model.table_model import TableModel
from redshells.model.target_encoding import checked_weights
from redshells.tuning.cross_validation import default_metrics
from redshells.tuning.result import TuningResult

Array = npt.NDArray[Any]

logger = logging.getLogger(__name__)

_OF_PROBABILITIES = ('logloss', 'brier')  # the metrics that say nothing of scores which only tell the order


def summarise_model(
    model: TableModel,
    train: TableData,
    test: TableData,
    plan: SummaryPlan,
    tuning: TuningResult | None = None,
    validation: pd.DataFrame | None = None,
) -> ModelSummary:
    """Find out what a report on a model says.

    Args:
        model: The fitted model.
        train: The rows that it was trained on.
        test: Rows that it was not trained on, with their target.
        plan: What is found out, and how.
        tuning: The search that gave its parameters.
        validation: The scores of a Validate… task.

    Raises:
        RedshellsError: The rows do not fit the model, or a metric does not fit the problem.
        DataError: The model predicts no numbers.
    """
    clock = _Clock()
    encoding = model.target_encoding_
    positive = _positive_code(model, train, plan.positive_class)
    metrics = choose_metrics(model, plan.metrics, tuning)
    target = encoding.encode(test.target)
    weight = None if test.weight is None else checked_weights(test.weight)
    group = None if test.group is None else test.group.to_numpy()
    prediction = model.predict_for_metric(test.features)
    _refuse_not_finite(prediction)
    clock.lap('prediction')
    rows = ScoredRows(target, model.problem == 'classification', weight, group)
    bootstrap = Bootstrap(rows, number_of_resamples=plan.number_of_resamples, random_seed=plan.random_seed)
    scores = {metric.name: bootstrap.estimate(metric, prediction) for metric in metrics}
    clock.lap('scores')
    comparisons = _compare(model, train, test, plan, bootstrap, metrics[0], prediction, clock)
    learning = None
    if isinstance(model, BoostedTreesModel):
        learning = learning_curve(model, {'train': train, 'test': test}, metrics[0], plan.random_seed)
    clock.lap('learning curve')
    explanation = explain(model, test, metrics[0], plan.random_seed)
    clock.lap('explanation')
    names = [column.name for column in model.schema_.columns]
    profiles = profile_table(train.features[names], random_seed=plan.random_seed)
    columns = tuple(_summarise_column(profile, test.features[profile.name], len(profiles)) for profile in profiles)
    clock.lap('columns')
    shared_rows = find_shared_rows(model.schema_, encoding, train, test)
    search = None if tuning is None else summarise_search(tuning)
    clock.lap('search')
    logger.info('report: %s', clock)
    return ModelSummary(
        name=model_name(model),
        problem=model.problem,
        target=profile_table(_target_column(train.target, model).to_frame())[0],
        classes=() if encoding.classes is None else tuple(str(label) for label in encoding.classes),
        class_counts=_count_classes(model, train, target),
        metrics=tuple(metrics),
        train_rows=len(train),
        test_rows=len(test),
        is_weighted=test.weight is not None,
        test_groups=0 if test.group is None else int(test.group.nunique(dropna=False)),
        scores=scores,
        comparisons=comparisons,
        quality=_judge(model, rows, prediction, positive, plan.random_seed),
        learning=learning,
        epochs=training_curve(model),
        explanation=explanation,
        columns=columns,
        predictions=_prediction_column(model, prediction),
        shared_rows=shared_rows,
        search=search,
        validation=validation,
        training=model.training,
        arguments=_arguments(model),
        feature_count=len(model.schema_.feature_names),
    )


def model_name(model: TableModel) -> str:
    """What a model is called: its library, or the class of its estimator."""
    estimator = model.get_params(deep=False).get('estimator')
    return str(getattr(model, 'library', '')) or str(estimator or type(model).__name__).rpartition(':')[2]


def choose_metrics(model: TableModel, names: Sequence[str], tuning: TuningResult | None) -> list[Metric]:
    """The metrics of a report, the most important one first.

    Args:
        model: The fitted model.
        names: Names that were asked for.
        tuning: The search, whose metric is the most important one where no names were asked for.

    Raises:
        UnknownNameError: There is no such metric for the problem.
    """
    classes = model.target_encoding_.number_of_classes
    if not names:
        first = default_metric_name(model.problem, classes) if tuning is None else tuning.metric
        names = [first, *default_metrics(model.problem, classes)]
        if model.problem == 'classification' and not hasattr(model, 'predict_proba'):
            names = [name for name in names if name not in _OF_PROBABILITIES]
    metrics = {metric.name: metric for metric in (get_metric(name, model.problem, classes) for name in names)}
    return list(metrics.values())


def _refuse_not_finite(prediction: Array) -> None:
    wrong = np.flatnonzero(~np.isfinite(prediction.reshape(len(prediction), -1)).all(axis=1))
    if len(wrong):
        raise DataError(
            f'the model predicts NaN or infinity for {len(wrong)} of {len(prediction)} rows; numbers are expected. '
            'Check its objective and its learning rate, and train it again.'
        )


def _prediction_column(model: TableModel, prediction: Array) -> pd.Series[Any]:
    if model.problem != 'classification':
        return pd.Series(prediction, name='prediction')
    if prediction.shape[1] == 2:
        return pd.Series(prediction[:, 1], name=f'probability_{model.classes_[1]}')
    return pd.Series(model.classes_[prediction.argmax(axis=1)], name='prediction').astype(str)


def _compare(
    model: TableModel,
    train: TableData,
    test: TableData,
    plan: SummaryPlan,
    bootstrap: Bootstrap,
    metric: Metric,
    prediction: Array,
    clock: _Clock,
) -> tuple[Comparison, ...]:
    check_baselines(plan.baselines)
    found = []
    for name in plan.baselines:
        try:
            one = predict_baseline(name, model, train, test, random_seed=plan.random_seed, n_jobs=plan.n_jobs)
        except (TypeError, ValueError, ArithmeticError) as error:  # such as of an estimator that needs arguments
            logger.warning('the report has no comparison with %r: %s', name, error)
            continue
        clock.lap(name)
        score = bootstrap.estimate(metric, one.prediction)
        found.append(Comparison(name, score, bootstrap.estimate_gain(metric, prediction, one.prediction), one.rows))
        clock.lap('scores')
    return tuple(found)


def _judge(
    model: TableModel, rows: ScoredRows, prediction: Array, positive: int, random_seed: int
) -> ClassificationQuality | RegressionQuality | RankingQuality:
    if model.problem == 'classification':
        labels, has_probabilities = list(model.classes_), hasattr(model, 'predict_proba')
        return judge_classification(rows.target, prediction, labels, rows.weight, has_probabilities, positive)
    if model.problem == 'ranking':
        assert rows.group is not None  # the metric has refused it
        return judge_ranking(rows.target, prediction, rows.group, rows.weight)
    return judge_regression(rows.target, prediction, random_seed)


def _positive_code(model: TableModel, train: TableData, positive_class: str) -> int:
    """The code of the class that curves and lifts are of, where there are two."""
    classes = model.target_encoding_.classes
    if classes is None or len(classes) != 2:
        if positive_class:
            raise ParameterError(f'positive_class={positive_class!r} was given; it is for two classes. Leave it out.')
        return 1
    labels = [str(label) for label in classes]
    if positive_class:
        if positive_class not in labels:
            raise ParameterError(f'positive_class={positive_class!r} was given; one of {labels} is expected.')
        return labels.index(positive_class)
    counts = np.bincount(model.target_encoding_.encode(train.target), minlength=2)
    return 0 if isinstance(model.classes_[0], str) and counts[0] < counts[1] else 1


def _summarise_column(profile: ColumnProfile, column: pd.Series[Any], number_of_columns: int) -> ColumnSummary:
    return ColumnSummary(profile, float(column.isna().mean()), compare_column(profile, column, number_of_columns))


def _target_column(target: pd.Series[Any], model: TableModel) -> pd.Series[Any]:
    return target.astype(str) if model.problem == 'classification' else target


def _count_classes(model: TableModel, train: TableData, test_target: Array) -> Array:
    number = model.target_encoding_.number_of_classes
    if number is None:
        return np.empty((2, 0), dtype=int)
    codes = model.target_encoding_.encode(train.target)
    return np.stack([np.bincount(one, minlength=number) for one in (codes, test_target)])


def _arguments(model: TableModel) -> dict[str, Any]:
    given = model.get_params(deep=False)
    if 'model_kwargs' not in given:  # the arguments are its own
        return {name: value for name, value in given.items() if name != 'problem' and name not in OF_THE_RUN}
    own = {name: given[name] for name in ('estimator',) if name in given}
    return {**own, **dict(given.get('model_kwargs') or {})}


class _Clock:
    """How long each part has taken, for the log."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._seconds[name] = self._seconds.get(name, 0.0) + now - self._last
        self._last = now

    def __str__(self) -> str:
        return ', '.join(f'{name} {seconds:.2f} s' for name, seconds in self._seconds.items())
