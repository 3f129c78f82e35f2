"""The learning curve that a model has kept."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from redshells.analysis.training_curve import is_cut_short, training_curve
from redshells.model.learning_curve import LearningCurve


def curve_of(scores: list[float], best_epoch: int) -> LearningCurve:
    epochs = list(range(1, len(scores) + 1))
    return LearningCurve('rmse', epochs, [1.0] * len(epochs), scores, best_epoch)


def test_a_curve_is_found_where_a_model_has_it() -> None:
    curve = curve_of([3.0, 2.0], 2)
    assert training_curve(SimpleNamespace(learning_curve_=curve)) is curve
    assert training_curve(SimpleNamespace(training={'learning_curve': curve.to_json()})) == curve
    for nothing in ({}, {'learning_curve': None}, {'learning_curve': curve_of([3.0], 1).to_json()}):
        assert training_curve(SimpleNamespace(training=nothing)) is None
    assert training_curve(object()) is None


@pytest.mark.parametrize(
    ('scores', 'best_epoch', 'cut_short'),
    [
        ([20.0 - one for one in range(20)], 20, True),
        ([1 / 4**one for one in range(20)], 20, False),  # it has long been as good
        ([20.0 - one for one in range(20)], 12, False),
        ([3.0, 2.0, 1.0], 3, False),
        ([], 0, False),
    ],
)
def test_a_training_that_ended_too_early(scores: list[float], best_epoch: int, cut_short: bool) -> None:
    assert is_cut_short(curve_of(scores, best_epoch)) == cut_short
