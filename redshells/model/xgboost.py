"""Gradient boosted trees by XGBoost."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost

from redshells.errors import ParameterError, TargetError
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
    'lambda': 'reg_lambda',
    'alpha': 'reg_alpha',
    'min_split_loss': 'gamma',
    'n_estimators': 'number_of_rounds',
    'num_boost_round': 'number_of_rounds',
    'num_round': 'number_of_rounds',
    'seed': 'random_state',
    'nthread': 'n_jobs',
}
_RESERVED = {
    'random_state': 'Use the parameter random_seed.',
    'n_jobs': 'Use the parameter n_jobs.',
    'early_stopping_rounds': 'Use the parameter early_stopping_rounds.',
    'eval_metric': 'Use the parameter metric.',
    'verbosity': "Set the level of Python's logging instead.",
    'callbacks': 'It is not supported here.',
    'enable_categorical': 'Columns of strings and categoricals are categories: give the column that type.',
    'feature_types': 'Columns of strings and categoricals are categories: give the column that type.',
    'missing': 'Missing values are NaN or None.',
    'validate_parameters': 'Unknown arguments are refused anyway.',
    'num_class': 'The number of classes is that of the target.',
}
# what xgboost.train takes besides the constructor arguments of xgboost.XGBModel
_NATIVE_ONLY = (
    'sample_type normalize_type rate_drop one_drop skip_drop updater feature_selector top_k refresh_leaf process_type '
    'max_cached_hist_node tweedie_variance_power huber_slope quantile_alpha aft_loss_distribution '
    'aft_loss_distribution_scale lambdarank_pair_method lambdarank_num_pair_per_sample lambdarank_normalization '
    'lambdarank_score_normalization lambdarank_unbiased lambdarank_bias_norm ndcg_exp_gain seed_per_iteration '
    'sketch_ratio extmem_single_page expectile_alpha'
).split()
# not its mape, which is infinite where a target is 0
_METRICS = {'auc': 'auc', 'rmse': 'rmse', 'mae': 'mae'}
_MAXIMAL_RELEVANCE = 31  # of XGBoost's exponential gain


class XGBoostModel(BoostedTreesModel):
    """Gradient boosted trees by XGBoost.

    Chen, Guestrin: XGBoost: A Scalable Tree Boosting System (KDD 2016, https://arxiv.org/abs/1603.02754). Features are
    taken as 32-bit floats; infinite values are refused.

    The arguments are those of [`BoostedTreesModel`][redshells.model.boosted_trees.BoostedTreesModel].

    Example:
        >>> import pandas as pd
        >>> X = pd.DataFrame({'size': [1.0, 2.0, 3.0, 4.0] * 20, 'colour': ['red', 'red', 'blue', None] * 20})
        >>> model = XGBoostModel(problem='regression', number_of_rounds=30).fit(X, [1.0, 2.0, 3.0, 4.0] * 20)
        >>> [round(float(value)) for value in model.predict(X[:4])]
        [1, 2, 3, 4]
    """

    library = 'XGBoost'
    library_error = xgboost.core.XGBoostError
    objectives = Objectives(
        'XGBoost',
        {
            'binary': frozenset({'binary:logistic', 'reg:logistic'}),
            'multiclass': frozenset({'multi:softprob'}),
            'ranking': frozenset({'rank:ndcg', 'rank:map', 'rank:pairwise'}),
        },
        prefixes=('binary', 'multi', 'reg', 'rank', 'count', 'survival'),
    )
    takes_infinity = False

    @classmethod
    def arguments(cls) -> Arguments:
        """The arguments of scikit-learn's wrapper and those of ``xgboost.train``."""
        return _arguments()

    def tree_size(self, arguments: Mapping[str, Any]) -> TreeSize:
        """The size of the trees that canonical arguments make."""
        by_tree, by_level = arguments.get('colsample_bytree', 1.0), arguments.get('colsample_bylevel', 1.0)
        return TreeSize(
            leaves=2.0 ** (arguments.get('max_depth', 6) or 8),
            bins=arguments.get('max_bin', 256),
            share_of_columns=by_tree * by_level,
        )

    def _train(
        self,
        table: EncodedTable,
        params: dict[str, Any],
        rounds: int,
        watched: tuple[EncodedTable, EarlyStopping] | None,
    ) -> xgboost.Booster:
        if self.problem == 'ranking' and params.get('ndcg_exp_gain', True) and table.target.max() > _MAXIMAL_RELEVANCE:
            raise TargetError(
                f'the relevances go up to {table.target.max():.0f}; XGBoost takes up to {_MAXIMAL_RELEVANCE} with its '
                "exponential gain. Use fewer levels, or model_kwargs={'ndcg_exp_gain': False}."
            )
        defaults = self._defaults(table.size)
        native = {**defaults, **params}
        if native.get('booster') == 'gblinear':
            raise ParameterError("booster='gblinear' was given, which makes no trees; 'gbtree' or 'dart' is expected.")
        if 'monotone_constraints' in native:
            constraints = monotone_by_feature(
                native['monotone_constraints'], self.schema_.feature_names, self.schema_.categorical_indices
            )
            native['monotone_constraints'] = tuple(constraints)
        objective = None
        if self.custom_objective_:  # what stands in its place tells the shape of the predictions, which are raw scores
            objective, native['objective'] = native['objective'], defaults['objective']
        train_set = self._dmatrix(table)
        if watched is None:
            return xgboost.train({**native, 'disable_default_eval_metric': 1}, train_set, rounds, obj=objective)
        metric = self._native_metric(watched[1].metric.name)
        native.update({'eval_metric': metric} if metric else {'disable_default_eval_metric': 1})
        watcher = RoundWatcher(watched[1])
        booster = xgboost.train(
            native,
            train_set,
            rounds,
            obj=objective,
            callbacks=[_Watch(watcher, rounds, self._score_of_round(watched, native_metric=metric is not None))],
            verbose_eval=False,
        )
        self.best_round_, self.best_score_ = watcher.best_round or booster.num_boosted_rounds(), watcher.best_score
        whole = watched[1].score_only or self.best_round_ == booster.num_boosted_rounds()
        return booster if whole else booster[: self.best_round_]

    def _defaults(self, size: int) -> dict[str, Any]:
        objective = {'regression': 'reg:squarederror', 'ranking': 'rank:ndcg'}.get(self.problem)
        if objective is None:
            objective = 'binary:logistic' if len(self.classes_) == 2 else 'multi:softprob'
        defaults = {
            'objective': objective,
            'seed': self.random_seed,
            'nthread': self._threads(size),
            'verbosity': 0,
        }
        if self.problem == 'classification' and len(self.classes_) > 2:
            defaults['num_class'] = len(self.classes_)
        return defaults

    def _dmatrix(self, table: EncodedTable) -> xgboost.DMatrix:
        def make() -> xgboost.DMatrix:
            weight = table.weight
            sizes = table.query_sizes
            if weight is not None and sizes is not None:  # XGBoost weighs queries, not rows
                weight = np.add.reduceat(weight, np.r_[0, np.cumsum(sizes)[:-1]]) / sizes
            matrix = self._matrix_of(table.matrix, label=table.target, weight=weight)
            if sizes is not None:
                matrix.set_group(sizes)
            return matrix

        return table.native('DMatrix', make)  # it keeps its bins for the next training with the same max_bin

    def _matrix_of(self, matrix: Matrix, **information: Any) -> xgboost.DMatrix:
        categorical = set(self.schema_.categorical_indices)
        return xgboost.DMatrix(
            matrix,
            feature_names=_feature_names(self),
            feature_types=['c' if i in categorical else 'q' for i in range(matrix.shape[1])],
            enable_categorical=True,
            nthread=self._threads(matrix.size),
            **information,
        )

    def _native_metric(self, name: str) -> str | None:
        multiclass = self.problem == 'classification' and len(self.classes_) > 2
        if self.custom_objective_:
            return None
        if name == 'logloss':
            return 'mlogloss' if multiclass else 'logloss'
        return None if multiclass else _METRICS.get(name)

    def _score_of_round(
        self, watched: tuple[EncodedTable, EarlyStopping], *, native_metric: bool
    ) -> Callable[[xgboost.Booster, int], float]:
        validation = self._dmatrix(watched[0])

        def score(booster: xgboost.Booster, epoch: int) -> float:
            if native_metric:
                return float(booster.eval(validation, 'validation', epoch).rpartition(':')[2])
            prediction = booster.predict(validation, output_margin=self.custom_objective_, training=False)
            return watched_score(self, watched, prediction)

        return score

    def _predict_native(self, matrix: Matrix, numbers_of_rounds: Sequence[int | None]) -> list[npt.NDArray[Any]]:
        self.booster_.set_param({'nthread': self._threads(matrix.size)})
        data, raw = self._matrix_of(matrix), self.custom_objective_
        return [  # (0, 0) are all rounds
            np.asarray(self.booster_.predict(data, output_margin=raw, iteration_range=(0, number or 0)))
            for number in numbers_of_rounds
        ]

    def _contributions_native(self, matrix: Matrix) -> npt.NDArray[Any]:
        return np.asarray(self.booster_.predict(self._matrix_of(matrix), pred_contribs=True))

    def _importances_native(self) -> npt.NDArray[np.float64]:
        gains = self.booster_.get_score(importance_type='total_gain')
        values = [gains.get(name, 0.0) for name in _feature_names(self)]
        return np.array([np.sum(value) for value in values], dtype=np.float64)

    def _to_part(self) -> tuple[str, bytes]:
        return 'model.ubj', bytes(self.booster_.save_raw('ubj'))

    def _load_part(self, content: bytes) -> xgboost.Booster:
        booster = xgboost.Booster()
        booster.load_model(bytearray(content))
        return booster


def _feature_names(model: XGBoostModel) -> list[str]:
    return native_feature_names(model.schema_)


@lru_cache(maxsize=1)
def _arguments() -> Arguments:
    wrapper = set(inspect.signature(xgboost.XGBModel.__init__).parameters) - {'self', 'kwargs', 'importance_type'}
    known = {*wrapper, *_NATIVE_ONLY, 'class_weight', 'number_of_rounds'} - set(_ALIASES)
    return Arguments('XGBoost', frozenset(known), _ALIASES, _RESERVED)


class _Watch(xgboost.callback.TrainingCallback):
    """Takes the score itself, for ``xgboost.train`` takes it after each round, however long that takes."""

    def __init__(self, watcher: RoundWatcher, rounds: int, score: Callable[[xgboost.Booster, int], float]) -> None:
        super().__init__()
        self._watcher = watcher
        self._rounds = rounds
        self._score = score

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        number = epoch + 1
        return self._watcher.is_due(number, self._rounds) and self._watcher.should_stop(
            number, self._score(model, epoch)
        )
