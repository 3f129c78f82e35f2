from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from redshells.model.catboost import CatBoostModel
from redshells.model.estimator import EstimatorModel
from redshells.model.lightgbm import LightGBMModel
from redshells.model.table_model import TableModel
from redshells.model.xgboost import XGBoostModel

_PROBLEMS = ('classification', 'regression')
_DRAWS = 'draws rows or features at random, and other ones when a row stands there twice instead of weighing two'
_PRECISION = 'adds up 32-bit floats, so that the models agree to six digits where the check asks for seven'


def _models() -> list[TableModel]:
    forests = {'classification': 'RandomForestClassifier', 'regression': 'RandomForestRegressor'}
    trees: dict[str, Any] = {'learning_rate': 0.3}
    return [
        *(LightGBMModel(problem=p, number_of_rounds=10, n_jobs=1, model_kwargs=trees) for p in _PROBLEMS),
        *(XGBoostModel(problem=p, number_of_rounds=10, n_jobs=1, model_kwargs=trees) for p in _PROBLEMS),
        *(
            CatBoostModel(problem=p, number_of_rounds=10, n_jobs=1, model_kwargs={**trees, 'depth': 3})
            for p in _PROBLEMS
        ),
        *(
            EstimatorModel(
                problem=p, estimator=f'sklearn.ensemble:{forests[p]}', n_jobs=1, model_kwargs={'n_estimators': 5}
            )
            for p in _PROBLEMS
        ),
        EstimatorModel(estimator='sklearn.linear_model:LogisticRegression', n_jobs=1),
        EstimatorModel(estimator='sklearn.linear_model:Ridge', problem='regression'),
    ]


def expected_failed_checks(model: TableModel) -> dict[str, str]:
    """The checks of scikit-learn that do not hold, with the reason."""
    if isinstance(model, CatBoostModel) or (isinstance(model, EstimatorModel) and 'Forest' in model.estimator):
        return {'check_sample_weight_equivalence_on_dense_data': _DRAWS}
    if isinstance(model, XGBoostModel) and model.problem == 'classification':
        return {'check_sample_weight_equivalence_on_dense_data': _PRECISION}
    return {}


@parametrize_with_checks(_models(), expected_failed_checks=expected_failed_checks)
def test_scikit_learns_checks_hold(estimator: TableModel, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize('model', _models(), ids=lambda model: f'{type(model).__name__}-{model.problem}')
def test_the_list_of_failed_checks_is_short(model: TableModel) -> None:
    assert len(expected_failed_checks(model)) <= 1
