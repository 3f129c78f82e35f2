"""What a model has to beat: the prior, a linear model, and its own library with the defaults."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from redshells.analysis.list_features import indicate_items, split_lists
from redshells.model.feature_schema import FeatureSchema
from redshells.model.frame import TableData
from redshells.model.linear_classifier import LinearClassifier
from redshells.model.table_model import TableModel
from redshells.model.target_encoding import TargetEncoding, checked_weights

Array = npt.NDArray[Any]

_MOST_LINEAR_ROWS = 20_000  # a few hundred coefficients are known well enough from them
_MOST_LINEAR_CELLS = 2_000_000
_MOST_LEVELS = 20
_LARGEST_HESSIAN = 500  # coefficients


@dataclass(frozen=True)
class Baseline:
    """What a simple model predicts.

    Attributes:
        name: ``'prior'``, ``'linear'`` or ``'defaults'``.
        prediction: What a metric takes: (rows, classes) of a classification, (rows,) otherwise.
        rows: How many rows it was trained on.
    """

    name: str
    prediction: Array
    rows: int


def predict_baseline(
    name: str, model: TableModel, train: TableData, test: TableData, *, random_seed: int, n_jobs: int = -1
) -> Baseline:
    """Train a simple model on the rows of a model, and predict other rows.

    Args:
        name: ``'prior'``: the shares of the classes, the mean, or a random order. ``'linear'``: a logistic or ridge
            regression on standardised numbers and one-hot categories, of at most 20,000 rows. ``'defaults'``: the class
            of the model with no arguments but the problem and the seed.
        model: The model that is compared with it, fitted.
        train: The rows that the model was trained on.
        test: The rows to predict.
        random_seed: Seed of the sample of rows and of the model.
        n_jobs: Threads of the model with the defaults.
    """
    predict: dict[str, Callable[[], tuple[Array, int]]] = {
        'prior': lambda: _predict_prior(model.target_encoding_, train, test, random_seed),
        'linear': lambda: _predict_linear(model, train, test, random_seed),
        'defaults': lambda: _predict_defaults(model, train, test, random_seed, n_jobs),
    }
    return Baseline(name, *predict[name]())


def _predict_prior(encoding: TargetEncoding, train: TableData, test: TableData, random_seed: int) -> tuple[Array, int]:
    if encoding.problem == 'ranking':  # a constant would leave the order of the table, which may be the right one
        return np.random.default_rng(random_seed).random(len(test)), len(train)
    target = encoding.encode(train.target)
    weight = np.ones(len(train)) if train.weight is None else checked_weights(train.weight)
    if encoding.number_of_classes is None:
        return np.full(len(test), np.average(target, weights=weight)), len(train)
    counts = np.bincount(target, weights=weight, minlength=encoding.number_of_classes)
    return np.tile(counts / counts.sum(), (len(test), 1)), len(train)


def _predict_defaults(
    model: TableModel, train: TableData, test: TableData, random_seed: int, n_jobs: int
) -> tuple[Array, int]:
    default: TableModel = type(model)(**{**model.default_arguments(), 'random_seed': random_seed, 'n_jobs': n_jobs})
    default.fit(train.features, train.target, train.weight, group=train.group, target_encoding=model.target_encoding_)
    return default.predict_for_metric(test.features), len(train)


def _predict_linear(model: TableModel, train: TableData, test: TableData, random_seed: int) -> tuple[Array, int]:
    encoding = model.target_encoding_
    schema, lists = split_lists(model.schema_)
    rows = min(len(train), _MOST_LINEAR_ROWS, max(2_000, _MOST_LINEAR_CELLS // max(_cells_of_a_row(schema, train), 1)))
    if rows < len(train):
        chosen = np.random.default_rng(random_seed).choice(len(train), rows, replace=False)
        train = train.take(np.sort(chosen))
    target = encoding.encode(train.target)
    weight = None if train.weight is None else checked_weights(train.weight)
    if weight is not None:
        weight = weight / weight.mean()  # as if there were none where all are equal: the penalty stays the same
    if encoding.number_of_classes is not None and len(np.unique(target)) < 2:
        return _predict_prior(encoding, train, test, random_seed)
    if schema.is_sparse:
        x, other = _scale_numbers(schema, *(schema.encode_sparse(one.features) for one in (train, test)))
        if encoding.number_of_classes is None:
            return np.asarray(Ridge().fit(x, target, weight).predict(other)), len(train)
        classifier = LinearClassifier(random_seed).fit(x, target, encoding.number_of_classes, weight)
        return classifier.predict_proba(other), len(train)
    matrix, unseen = schema.encode(train.features), schema.encode(test.features)
    for name in lists:
        indicators = indicate_items(train.features[name], test.features[name])
        matrix, unseen = (np.hstack(pair) for pair in zip((matrix, unseen), indicators, strict=True))
    preparation = _LinearFeatures(matrix, schema.categorical_indices)
    x, other = preparation.transform(matrix), preparation.transform(unseen)
    if encoding.number_of_classes is None:
        return np.asarray(Ridge().fit(x, target, weight).predict(other)), len(train)
    size = x.shape[1] * (encoding.number_of_classes if encoding.number_of_classes > 2 else 1)
    regression = LogisticRegression(solver='newton-cholesky' if size <= _LARGEST_HESSIAN else 'lbfgs', max_iter=100)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', ConvergenceWarning)  # it is good enough to be compared with
        warnings.filterwarnings('ignore', message='.*[Hh]essian', category=Warning)
        regression.fit(x, target, weight)
    probabilities = np.zeros((len(test), encoding.number_of_classes))
    probabilities[:, regression.classes_] = regression.predict_proba(other)
    return probabilities, len(train)


def _scale_numbers(schema: FeatureSchema, train: Any, test: Any) -> tuple[Any, Any]:
    """The numbers beside sparse vectors divided by the largest of the training, so that none outweighs the vectors."""
    beside = np.array([column.kind != 'sparse_vector' for column in schema.columns for _ in range(column.size)])
    largest = np.asarray(abs(train).max(axis=0).todense()).ravel()
    scale = sparse.diags_array(1 / np.where(beside & (largest > 0), largest, 1.0))
    return (train @ scale).tocsr(), (test @ scale).tocsr()


def _cells_of_a_row(schema: FeatureSchema, train: TableData) -> int:
    if not schema.is_sparse:
        return len(schema.feature_names)
    return max(1, int(schema.encode_sparse(train.features).nnz) // len(train))  # zeros cost nothing


class _LinearFeatures:
    """From the matrix of a schema to features for a linear model.

    Numbers are standardised, missing ones take the mean and have an indicator; the most frequent levels of categories
    have one each, all others have one together. scikit-learn's transformers do the same, but take longer than the
    regression for categories that are codes already.

    Args:
        matrix: The rows of the training, of shape (rows, features).
        categorical: Positions of the features that hold codes of categories.
    """

    def __init__(self, matrix: Array, categorical: list[int]) -> None:
        self._numeric = [position for position in range(matrix.shape[1]) if position not in set(categorical)]
        self._levels = {position: _frequent_levels(matrix[:, position]) for position in categorical}
        numbers = _finite(matrix[:, self._numeric])
        known = np.isfinite(numbers)
        counts = np.maximum(known.sum(axis=0), 1)
        self._with_missing = np.flatnonzero(~known.all(axis=0))
        self._mean = np.where(known, numbers, 0.0).sum(axis=0) / counts
        spread = np.sqrt((np.where(known, numbers - self._mean, 0.0) ** 2).sum(axis=0) / counts)
        self._scale = np.where(spread > 0, spread, 1.0)

    def transform(self, matrix: Array) -> Array:
        """The features, of shape (rows, features)."""
        numbers = _finite(matrix[:, self._numeric])
        missing = np.isnan(numbers)
        parts = [np.where(missing, 0.0, (numbers - self._mean) / self._scale), missing[:, self._with_missing]]
        for position, levels in self._levels.items():
            places = np.full(int(levels.max(initial=0)) + 2, len(levels))
            places[levels] = np.arange(len(levels))
            codes = np.nan_to_num(matrix[:, position], nan=len(places) - 1).astype(int)
            parts.append(np.eye(len(levels) + 1)[places[np.minimum(codes, len(places) - 1)]])
        return np.concatenate(parts, axis=1)


def _frequent_levels(codes: Array) -> Array:
    counts = np.bincount(codes[np.isfinite(codes)].astype(int))
    return np.argsort(-counts, kind='stable')[: min(_MOST_LEVELS, np.count_nonzero(counts))]


def _finite(matrix: Array) -> Array:
    return np.where(np.abs(matrix) < 1e100, matrix, np.nan)
