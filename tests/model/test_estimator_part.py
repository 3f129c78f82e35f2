from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.utils._testing
from sklearn.datasets import load_svmlight_file
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from redshells.errors import UntrustedTypeError
from redshells.model.estimator_part import bytes_to_estimator, estimator_to_bytes

X = np.random.default_rng(0).normal(size=(60, 3))
NAME = 'sklearn.pipeline:Pipeline'


@pytest.mark.parametrize(
    'function',
    [
        np.testing.assert_equal,
        sklearn.utils._testing.check_output,  # of subprocess, imported there
        load_svmlight_file,
    ],
)
@pytest.mark.parametrize('trusted', [(), ('sklearn',)])
def test_functions_that_reach_the_machine_are_not_trusted(function: Any, trusted: tuple[str, ...]) -> None:
    estimator = make_pipeline(FunctionTransformer(function), LinearRegression())

    with pytest.raises(UntrustedTypeError, match=function.__name__):
        estimator_to_bytes(estimator, NAME, trusted)


@pytest.mark.parametrize(
    'estimator',
    [
        GridSearchCV(LogisticRegression(), {'C': [0.1, 1.0]}, scoring='roc_auc'),
        make_pipeline(SelectKBest(k=2), LogisticRegression()),
        make_pipeline(FunctionTransformer(np.exp), LogisticRegression()),
    ],
    ids=['scorer', 'selection', 'ufunc'],
)
def test_what_scikit_learn_defines_is_trusted(estimator: Any) -> None:
    estimator.fit(X, X[:, 0] > 0)

    again = bytes_to_estimator(estimator_to_bytes(estimator, NAME, ()), NAME, ())

    np.testing.assert_array_equal(again.predict_proba(X), estimator.predict_proba(X))


def test_a_named_package_is_trusted() -> None:
    estimator = make_pipeline(FunctionTransformer(np.clip, kw_args={'a_min': 0, 'a_max': 1}), LinearRegression())
    estimator.fit(X, X[:, 0])

    with pytest.raises(UntrustedTypeError, match="trusted_modules=\\('numpy',\\)"):
        estimator_to_bytes(estimator, NAME, ())
    content = estimator_to_bytes(estimator, NAME, ('numpy',))
    np.testing.assert_array_equal(bytes_to_estimator(content, NAME, ('numpy',)).predict(X), estimator.predict(X))
