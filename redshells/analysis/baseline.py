"""What a model has to beat: the prior, a linear model, and its own library with the defaults."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from redshells.model.feature_schema import FeatureSchema
from redshells.model.frame import TableData
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
        name: ``'prior'``: the shares of the classes, or the mean. ``'linear'``: a logistic or ridge regression on
            standardised numbers and one-hot categories, of at most 20,000 rows. ``'defaults'``: the class of the model
            with no arguments but the problem and the seed.
        model: The model that is compared with it, fitted.
        train: The rows that the model was trained on.
        test: The rows to predict.
        random_seed: Seed of the sample of rows and of the model.
        n_jobs: Threads of the model with the defaults.
    """
    predict: dict[str, Callable[[], tuple[Array, int]]] = {
        'prior': lambda: _predict_prior(model.target_encoding_, train, test),
        'linear': lambda: _predict_linear(model, train, test, random_seed),
        'defaults': lambda: _predict_defaults(model, train, test, random_seed, n_jobs),
    }
    return Baseline(name, *predict[name]())


def _predict_prior(encoding: TargetEncoding, train: TableData, test: TableData) -> tuple[Array, int]:
    target = encoding.encode(train.target)
    weight = np.ones(len(train)) if train.weight is None else checked_weights(train.weight)
    if encoding.number_of_classes is None:
        return np.full(len(test), np.average(target, weights=weight)), len(train)
    counts = np.bincount(target, weights=weight, minlength=encoding.number_of_classes)
    return np.tile(counts / counts.sum(), (len(test), 1)), len(train)


def _predict_defaults(
    model: TableModel, train: TableData, test: TableData, random_seed: int, n_jobs: int
) -> tuple[Array, int]:
    arguments = {**model.get_params(deep=False), 'random_seed': random_seed, 'n_jobs': n_jobs, 'model_kwargs': None}
    if 'number_of_rounds' in arguments:
        arguments['number_of_rounds'] = None
    default: TableModel = type(model)(**arguments)
    default.fit(train.features, train.target, train.weight, group=train.group, target_encoding=model.target_encoding_)
    return default.predict_for_metric(test.features), len(train)


def _predict_linear(model: TableModel, train: TableData, test: TableData, random_seed: int) -> tuple[Array, int]:
    schema, encoding = model.schema_, model.target_encoding_
    rows = min(len(train), _MOST_LINEAR_ROWS, max(2_000, _MOST_LINEAR_CELLS // len(schema.feature_names)))
    if rows < len(train):
        chosen = np.random.default_rng(random_seed).choice(len(train), rows, replace=False)
        train = train.take(np.sort(chosen))
    target = encoding.encode(train.target)
    weight = None if train.weight is None else checked_weights(train.weight)
    if weight is not None:
        weight = weight / weight.mean()  # as if there were none where all are equal: the penalty stays the same
    if encoding.number_of_classes is not None and len(np.unique(target)) < 2:
        return _predict_prior(encoding, train, test)
    x, other = (_finite(schema.encode(data.features)) for data in (train, test))
    preparation = _preparation(schema)
    x = preparation.fit_transform(x)
    other = preparation.transform(other)
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


def _preparation(schema: FeatureSchema) -> ColumnTransformer:
    categorical = schema.categorical_indices
    numeric = [position for position in range(len(schema.feature_names)) if position not in set(categorical)]
    numbers: Pipeline = make_pipeline(SimpleImputer(add_indicator=True, keep_empty_features=True), StandardScaler())
    levels = OneHotEncoder(max_categories=_MOST_LEVELS, handle_unknown='infrequent_if_exist', sparse_output=False)
    return ColumnTransformer([('numbers', numbers, numeric), ('levels', levels, categorical)])


def _finite(matrix: Array) -> Array:
    return np.where(np.abs(matrix) < 1e100, matrix, np.nan)
