"""Gradient boosted trees by CatBoost."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import catboost
import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.errors import DataError
from redshells.model.arguments import Arguments, monotone_by_feature
from redshells.model.boosted_trees import BoostedTreesModel
from redshells.model.early_stopping import EarlyStopping, RoundWatcher
from redshells.model.encoded_table import EncodedTable, Matrix
from redshells.model.native_feature_names import native_feature_names
from redshells.model.objective import Objectives
from redshells.model.tree_size import TreeSize
from redshells.model.watched_score import watched_score

_ALIASES = {
    'eta': 'learning_rate',
    'max_bin': 'border_count',
    'max_depth': 'depth',
    'colsample_bylevel': 'rsm',
    'random_state': 'random_seed',
    'reg_lambda': 'l2_leaf_reg',
    'iterations': 'number_of_rounds',
    'n_estimators': 'number_of_rounds',
    'num_boost_round': 'number_of_rounds',
    'num_trees': 'number_of_rounds',
    'num_leaves': 'max_leaves',
    'min_child_samples': 'min_data_in_leaf',
    'objective': 'loss_function',
    'custom_loss': 'custom_metric',
    'silent': 'verbose',
    'od_wait': 'early_stopping_rounds',
}
_RESERVED = {
    'random_seed': 'Use the parameter random_seed.',
    'thread_count': 'Use the parameter n_jobs.',
    'early_stopping_rounds': 'Use the parameter early_stopping_rounds.',
    'od_type': 'Use the parameter early_stopping_rounds.',
    'od_pval': 'Use the parameter early_stopping_rounds.',
    'use_best_model': 'The best round is kept anyway.',
    'eval_metric': 'Use the parameter metric.',
    'custom_metric': 'Use the parameter metric.',
    'verbose': "Set the level of Python's logging instead.",
    'logging_level': "Set the level of Python's logging instead.",
    'metric_period': 'The metric is taken after each round.',
    'cat_features': 'Columns of strings and categoricals are categories: give the column that type.',
    'allow_writing_files': 'Nothing is written but the output of the task.',
    'train_dir': 'Nothing is written but the output of the task.',
    'save_snapshot': 'Nothing is written but the output of the task.',
    'snapshot_file': 'Nothing is written but the output of the task.',
    'snapshot_interval': 'Nothing is written but the output of the task.',
    'class_names': 'The classes are those of the target.',
    'classes_count': 'The classes are those of the target.',
    'callback': 'It is not supported here.',
    'name': 'It is not supported here.',
}
_METRICS = {'auc': 'AUC', 'rmse': 'RMSE', 'mae': 'MAE'}
_RANKING = (
    'YetiRank YetiRankPairwise PairLogit PairLogitPairwise QueryRMSE QuerySoftMax QueryCrossEntropy GroupQuantile '
    'LambdaMart StochasticFilter StochasticRank'
).split()
_REFUSALS = {
    'All features are either constant or ignored': 'no feature has two values that differ as 32-bit floats, of which '
    'CatBoost needs one. Check the task that makes the table, or take LightGBM or XGBoost, which learn the mean then.',
    'All train targets are equal': 'all rows have the same target, from which CatBoost does not learn. Check the task '
    'that makes the table, or take LightGBM or XGBoost, which learn a constant then.',
    'Target contains only one unique value': 'the rows to train on have one class, from which CatBoost does not learn. '
    'Give it rows of at least two classes.',
}
_LOG_LINKS = ('Poisson', 'Tweedie')  # the raw score is the logarithm of the prediction
_ONE_VERSUS_ALL = 'MultiClassOneVsAll'
_LARGEST_SCORE = 1e300
_MISSING = -1  # the code of a missing or unseen category


class CatBoostModel(BoostedTreesModel):
    """Gradient boosted trees by CatBoost.

    Prokhorenkova et al.: CatBoost: unbiased boosting with categorical features (NeurIPS 2018,
    https://arxiv.org/abs/1706.09516). Symmetric trees, target statistics of categories. Features are taken as 32-bit
    floats. Unlike the other libraries, CatBoost may add up floats in another order with another number of threads, and
    the model differs then: give ``n_jobs`` where machines must agree.

    The arguments are those of [`BoostedTreesModel`][redshells.model.boosted_trees.BoostedTreesModel].

    Example:
        >>> import pandas as pd
        >>> X = pd.DataFrame({'size': [1.0, 2.0, 3.0, 4.0] * 20, 'colour': ['red', 'red', 'blue', None] * 20})
        >>> model = CatBoostModel(problem='regression', number_of_rounds=200).fit(X, [1.0, 2.0, 3.0, 4.0] * 20)
        >>> [round(float(value)) for value in model.predict(X[:4])]
        [1, 2, 3, 4]
    """

    library = 'CatBoost'
    library_error = catboost.CatBoostError
    objectives = Objectives(
        'CatBoost',
        {
            'binary': frozenset({'Logloss', 'CrossEntropy', 'Focal'}),
            'multiclass': frozenset({'MultiClass', 'MultiClassOneVsAll'}),
            'ranking': frozenset(_RANKING),
        },
        argument='loss_function',
    )
    default_rounds = 1000
    maximal_rounds = 1000  # the default learning rate gets lower with the number of rounds

    @classmethod
    def arguments(cls) -> Arguments:
        """The arguments of CatBoost's classifier, regressor and ranker."""
        return _arguments()

    def tree_size(self, arguments: Mapping[str, Any]) -> TreeSize:
        """The size of the trees that canonical arguments make."""
        return TreeSize(
            leaves=2.0 ** arguments.get('depth', 6),
            bins=arguments.get('border_count', 254),
            share_of_columns=arguments.get('rsm', 1.0),
        )

    def _train(
        self,
        table: EncodedTable,
        params: dict[str, Any],
        rounds: int,
        watched: tuple[EncodedTable, EarlyStopping] | None,
    ) -> catboost.CatBoost:
        native = {**self._defaults(table.size), **params, 'iterations': rounds}
        if 'monotone_constraints' in native:
            native['monotone_constraints'] = monotone_by_feature(
                native['monotone_constraints'], self.schema_.feature_names, self.schema_.categorical_indices
            )
        if self.custom_objective_ and inspect.isclass(native['loss_function']):
            native['loss_function'] = native['loss_function']()
        pool = self._pool_of(table)
        if watched is None:
            if self.custom_objective_:
                native['eval_metric'] = (
                    'RMSE' if self.problem != 'classification' else self._defaults(table.size)['loss_function']
                )
            return _fit(catboost.CatBoost(native), pool)
        early_stopping = watched[1]
        watcher = RoundWatcher(early_stopping)
        loss = str(native['loss_function'])
        metric = self._native_metric(early_stopping.metric.name, loss, watched[0].weight is not None)
        native['eval_metric'] = metric or _Score(self, watched, loss)
        watch = _Watch(watcher, metric or _Score.__name__)
        booster = catboost.CatBoost({**native, 'use_best_model': False})
        _fit(booster, pool, eval_set=self._pool_of(watched[0]), callbacks=[watch])
        if watch.error is not None:
            raise watch.error
        self.best_round_, self.best_score_ = watcher.best_round or booster.tree_count_, watcher.best_score
        if self.best_round_ < booster.tree_count_ and not watched[1].score_only:
            booster.shrink(self.best_round_)
        return booster

    def _defaults(self, size: int) -> dict[str, Any]:
        loss = {'regression': 'RMSE', 'ranking': 'YetiRank'}.get(self.problem)
        if loss is None:
            loss = 'Logloss' if len(self.classes_) == 2 else 'MultiClass'
        defaults = {
            'loss_function': loss,
            'random_seed': self.random_seed,
            'thread_count': self._threads(size),
            'verbose': False,
            'allow_writing_files': False,
        }
        if self.problem == 'classification' and len(self.classes_) > 2:
            defaults['classes_count'] = len(self.classes_)
        return defaults

    def _pool_of(self, table: EncodedTable) -> catboost.Pool:
        def make() -> catboost.Pool:
            sizes = table.query_sizes
            if table.weight is None or sizes is None:
                return self._pool(table.matrix, table.target, weight=table.weight, group_id=table.query_ids)
            # CatBoost weighs queries, not rows
            weight = np.add.reduceat(table.weight, np.r_[0, np.cumsum(sizes)[:-1]]) / sizes
            return self._pool(
                table.matrix, table.target, group_id=table.query_ids, group_weight=np.repeat(weight, sizes)
            )

        return table.native('Pool', make)

    def _pool(self, matrix: Matrix, label: Any = None, **information: Any) -> catboost.Pool:
        categorical = self.schema_.categorical_indices
        names = native_feature_names(self.schema_)
        with np.errstate(over='ignore'):  # too large a number is infinite, which CatBoost takes
            data: Any = np.ascontiguousarray(matrix, dtype=np.float32)
        if categorical:
            data = pd.DataFrame(data, columns=names)
            for position in categorical:
                codes = np.nan_to_num(matrix[:, position], nan=_MISSING)
                data[names[position]] = codes.astype(np.int32)
        return catboost.Pool(data, label=label, cat_features=categorical or None, feature_names=names, **information)

    def _native_metric(self, name: str, loss: str, weighted: bool) -> str | None:
        if self.custom_objective_ or loss.startswith((*_LOG_LINKS, _ONE_VERSUS_ALL)):  # it would take raw scores
            return None
        multiclass = self.problem == 'classification' and len(self.classes_) > 2
        if name == 'logloss':
            return 'MultiClass' if multiclass else 'Logloss'
        if name == 'auc' and weighted:  # CatBoost's leaves the weights out unless told, and can not always be told
            return None
        return None if multiclass else _METRICS.get(name)

    def _predict_native(self, matrix: Matrix, numbers_of_rounds: Sequence[int | None]) -> list[npt.NDArray[Any]]:
        kind, pool, threads = self._prediction_kind(), self._pool(matrix), self._threads(matrix.size)
        binary = self.problem == 'classification' and len(self.classes_) == 2
        predictions = []
        for number in numbers_of_rounds:
            trees = min(number or 0, self.booster_.tree_count_)  # 0 are all; it may have stopped before the last round
            values = self.booster_.predict(pool, prediction_type=kind, ntree_end=trees, thread_count=threads)
            values = np.asarray(values, dtype=np.float64)
            predictions.append(values[:, 1] if binary and values.ndim == 2 else values)
        return predictions

    def _prediction_kind(self) -> str:
        if self.custom_objective_:
            return 'RawFormulaVal'
        if self.problem == 'classification':
            return 'Probability'
        loss = str(self.booster_.get_all_params().get('loss_function', ''))
        return 'Exponent' if loss.startswith(_LOG_LINKS) else 'RawFormulaVal'

    def _contributions_native(self, matrix: Matrix) -> npt.NDArray[Any]:
        return np.asarray(
            self.booster_.get_feature_importance(
                self._pool(matrix), type='ShapValues', thread_count=self._threads(matrix.size)
            )
        )

    def _importances_native(self) -> npt.NDArray[np.float64]:
        return np.asarray(self.booster_.get_feature_importance(type='PredictionValuesChange'), dtype=np.float64)

    def _to_part(self) -> tuple[str, bytes]:
        return 'model.cbm', bytes(self.booster_._serialize_model())

    def _load_part(self, content: bytes) -> catboost.CatBoost:
        booster = catboost.CatBoost()
        booster.load_model(blob=content)
        return booster


@lru_cache(maxsize=1)
def _arguments() -> Arguments:
    parameters: set[str] = set()
    for wrapper in (catboost.CatBoostClassifier, catboost.CatBoostRegressor, catboost.CatBoostRanker):
        parameters |= set(inspect.signature(wrapper.__init__).parameters)
    known = {*parameters, 'class_weight', 'number_of_rounds'} - {'self', *_ALIASES}
    return Arguments('CatBoost', frozenset(known), _ALIASES, _RESERVED)


def _fit(booster: catboost.CatBoost, pool: catboost.Pool, **kwargs: Any) -> catboost.CatBoost:
    with warnings.catch_warnings():  # metrics and objectives in Python work without numba, too
        warnings.filterwarnings('ignore', message='Failed to import numba')
        warnings.filterwarnings('ignore', message="Can't optimze method")  # where numba is installed
        try:
            return booster.fit(pool, **kwargs)
        except catboost.CatBoostError as error:  # of its checks before the training
            for symptom, message in _REFUSALS.items():
                if symptom in str(error):
                    raise DataError(f'in the table (n_samples={pool.num_row()}) {message}') from error
            raise


class _Watch:
    """A callback of CatBoost; an error in it must wait until the training has ended, for it would end the process."""

    def __init__(self, watcher: RoundWatcher, metric: str) -> None:
        self._watcher = watcher
        self._metric = metric
        self.error: BaseException | None = None

    def after_iteration(self, info: Any) -> bool:
        by_metric = info.metrics['validation']  # of the loss and of the evaluation metric, in no order
        name = next((name for name in by_metric if name.split(':')[0] == self._metric), None) or next(iter(by_metric))
        scores = by_metric[name]
        try:
            score = float(scores[-1])
            return not self._watcher.should_stop(info.iteration, score if abs(score) < _LARGEST_SCORE else np.nan)
        except BaseException as error:
            self.error = error
            return False


class _Score:
    """A metric of ours for CatBoost, which hands over raw scores by class."""

    def __init__(self, model: CatBoostModel, watched: tuple[EncodedTable, EarlyStopping], loss: str) -> None:
        self._model = model
        self._watched = watched
        self._loss = loss

    def __deepcopy__(self, memo: dict[int, Any]) -> _Score:
        return self  # CatBoost copies its parameters; the pools of a search can not be copied, and need not be

    def is_max_optimal(self) -> bool:
        return self._watched[1].metric.direction == 'maximize'

    def evaluate(self, approxes: Any, target: Any, weight: Any) -> tuple[float, float]:
        raw = np.array(approxes).T
        if len(raw) != len(self._watched[0].target):  # the rows of the training, which nobody asked for
            return 0.0, 1.0
        prediction, is_raw = raw[:, 0] if raw.shape[1] == 1 else raw, True
        if self._loss.startswith(_LOG_LINKS):
            prediction = np.exp(prediction)
        elif self._loss.startswith(_ONE_VERSUS_ALL):
            prediction, is_raw = np.exp(-np.logaddexp(0.0, -prediction)), False
        score = watched_score(self._model, self._watched, prediction, raw=is_raw)
        worst = -_LARGEST_SCORE if self.is_max_optimal() else _LARGEST_SCORE  # CatBoost can not write down NaN
        return score if np.isfinite(score) else worst, 1.0

    def get_final_error(self, error: float, weight: float) -> float:
        return error
