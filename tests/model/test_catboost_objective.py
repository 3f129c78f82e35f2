"""Objectives of the user's that CatBoost calls as they are, with numba at hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from redshells.model.catboost import CatBoostModel
from redshells.model.catboost_objective import uncompiled


class AnyNumberOfClasses:
    """Log loss for two classes and for more; numba would not compile it."""

    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> list[tuple[float, float]]:
        probability = 1 / (1 + np.exp(-np.array(approxes)))
        return list(zip(np.array(targets) - probability, -probability * (1 - probability), strict=True))

    def calc_ders_multi(self, approxes: Any, target: Any, weight: Any) -> tuple[list[float], list[list[float]]]:
        exponentials = np.exp(np.array(approxes) - max(approxes))
        probabilities = exponentials / exponentials.sum()
        first = np.eye(len(approxes))[int(target)] - probabilities
        return first.tolist(), (np.outer(probabilities, probabilities) - np.diag(probabilities)).tolist()


@pytest.mark.parametrize('classes', [2, 3])
def test_one_objective_does_for_any_number_of_classes(classes: int) -> None:
    X = np.random.default_rng(0).normal(size=(120, 2))
    y = np.digitize(X[:, 0], [0, 0.7][: classes - 1])
    arguments = {'objective': f'{__name__}:AnyNumberOfClasses', 'n_estimators': 20, 'depth': 3, 'learning_rate': 0.3}

    model = CatBoostModel(problem='classification', model_kwargs=arguments, n_jobs=1).fit(X, y)

    assert model.score(X, y) > 0.9


def test_what_is_no_objective_is_left_as_it_is() -> None:
    assert uncompiled('Logloss') == 'Logloss'
    assert not hasattr(uncompiled(type('Own', (), {'calc_ders_range': None})()), 'calc_ders_multi')
