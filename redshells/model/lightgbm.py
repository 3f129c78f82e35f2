"""Gradient boosted trees by LightGBM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from redshells.errors import DataError, TargetError
from redshells.model.arguments import Arguments, monotone_by_feature
from redshells.model.boosted_trees import BoostedTreesModel
from redshells.model.early_stopping import EarlyStopping, RoundWatcher
from redshells.model.encoded_table import EncodedTable, Matrix
from redshells.model.native_feature_names import native_feature_names
from redshells.model.objective import Objectives
from redshells.model.tree_size import TreeSize
from redshells.model.watched_score import watched_score

_RESERVED = {
    'seed': 'Use the parameter random_seed.',
    'num_threads': 'Use the parameter n_jobs.',
    'early_stopping_round': 'Use the parameter early_stopping_rounds.',
    'metric': 'Use the parameter metric.',
    'verbosity': "Set the level of Python's logging instead.",
    'categorical_feature': 'Columns of strings and categoricals are categories: give the column that type.',
    'num_class': 'The number of classes is that of the target.',
    'data': 'The data come from the input task.',
    'valid': 'Use validation_data_task or validation_size.',
    'input_model': 'It is not supported here.',
    'output_model': 'Use output_file_path.',
}
_ONE_VERSUS_ALL = ('multiclassova', 'multiclass_ova', 'ova', 'ovr')
# not its mape, which divides by no less than 1
_METRICS = {'auc': 'auc', 'rmse': 'rmse', 'mae': 'l1', 'mse': 'l2'}
# arguments that LightGBM does not let change once a data set has its bins
_BINNING = (
    'max_bin',
    'max_bin_by_feature',
    'min_data_in_bin',
    'bin_construct_sample_cnt',
    'data_random_seed',
    'enable_bundle',
    'is_enable_sparse',
    'use_missing',
    'zero_as_missing',
    'feature_pre_filter',
    'forcedbins_filename',
    'linear_tree',
    'precise_float_parser',
    'device_type',
)
_MAXIMAL_RELEVANCE = 30  # LightGBM's default label_gain has 31 entries
_MAXIMAL_QUERY_SIZE = 10_000  # LightGBM refuses more rows


class LightGBMModel(BoostedTreesModel):
    """Gradient boosted trees by LightGBM.

    Ke et al.: LightGBM: A Highly Efficient Gradient Boosting Decision Tree (NeurIPS 2017,
    https://papers.nips.cc/paper/6907-lightgbm-a-highly-efficient-gradient-boosting-decision-tree). Leaf-wise trees on
    binned features, with native categories and missing values. Infinite values are taken as very large ones.

    The arguments are those of [`BoostedTreesModel`][redshells.model.boosted_trees.BoostedTreesModel].

    Example:
        >>> import pandas as pd
        >>> X = pd.DataFrame({'size': [1.0, 2.0, 3.0, 4.0] * 20, 'colour': ['red', 'red', 'blue', None] * 20})
        >>> model = LightGBMModel(problem='regression', number_of_rounds=20).fit(X, [1.0, 2.0, 3.0, 4.0] * 20)
        >>> [round(float(value)) for value in model.predict(X[:4])]
        [1, 2, 3, 4]
    """

    library = 'LightGBM'
    library_error = lightgbm.basic.LightGBMError
    objectives = Objectives(
        'LightGBM',
        {
            'binary': frozenset({'binary', 'cross_entropy', 'xentropy'}),
            'multiclass': frozenset({'multiclass', 'softmax', 'multiclassova', 'multiclass_ova', 'ova', 'ovr'}),
            'ranking': frozenset({'lambdarank', 'rank_xendcg', 'xendcg', 'xe_ndcg', 'xe_ndcg_mart', 'xendcg_mart'}),
        },
    )

    @classmethod
    def arguments(cls) -> Arguments:
        """All parameters of the installed LightGBM."""
        return _arguments()

    def tree_size(self, arguments: Mapping[str, Any]) -> TreeSize:
        """The size of the trees that canonical arguments make."""
        leaves, depth = arguments.get('num_leaves', 31), arguments.get('max_depth', -1)
        return TreeSize(
            leaves=min(leaves, 2.0**depth) if depth > 0 else leaves,
            bins=arguments.get('max_bin', 255),
            share_of_rows=arguments.get('bagging_fraction', 1.0),
            share_of_columns=arguments.get('feature_fraction', 1.0),
        )

    def _train(
        self,
        table: EncodedTable,
        params: dict[str, Any],
        rounds: int,
        watched: tuple[EncodedTable, EarlyStopping] | None,
    ) -> lightgbm.Booster:
        self._check_relevance(table, params)
        native = {**self._defaults(table.size), **self._for_library(params)}
        if table.reused:  # the bins must do for any min_data_in_leaf
            native['feature_pre_filter'] = False
        train_set = self._dataset(table, native)
        if watched is None:
            return lightgbm.train(native, train_set, num_boost_round=rounds)
        metric = self._native_metric(watched[1].metric.name, native['objective'])
        if watched[0].query_ids is not None and (watched[0].weight is not None or 'label_gain' in params):
            metric = None  # it counts queries without relevant rows otherwise, and gains as it is told
        native.update(metric or {'metric': 'None'})
        booster = self._watched_booster(native, train_set, watched, None if metric else self._feval(watched), rounds)
        return booster if watched[1].score_only else _cut(booster, self.best_round_)

    def _watched_booster(
        self,
        params: dict[str, Any],
        train_set: lightgbm.Dataset,
        watched: tuple[EncodedTable, EarlyStopping],
        feval: Any,
        rounds: int,
    ) -> lightgbm.Booster:
        """What ``lightgbm.train`` does, which takes the score after each round, however long that takes."""
        objective = params['objective'] if callable(params['objective']) else None
        booster = lightgbm.Booster({**params, 'objective': 'none'} if objective else params, train_set)
        booster.add_valid(self._dataset(watched[0], params, reference=train_set), 'validation')
        watcher = RoundWatcher(watched[1])
        for number in range(1, rounds + 1):
            booster.update(fobj=objective)
            if watcher.is_due(number, rounds) and watcher.should_stop(number, booster.eval_valid(feval)[0][2]):
                break
        self.best_round_, self.best_score_ = watcher.best_round or booster.current_iteration(), watcher.best_score
        return booster

    def _defaults(self, size: int) -> dict[str, Any]:
        objective = {'regression': 'regression', 'ranking': 'lambdarank'}.get(self.problem)
        if objective is None:
            objective = 'binary' if len(self.classes_) == 2 else 'multiclass'
        defaults = {
            'objective': objective,
            'seed': self.random_seed,
            'num_threads': self._threads(size),
            'verbosity': -1,
            # the result must depend on neither the number of threads nor on which method was faster in a trial run
            'deterministic': True,
            'force_col_wise': True,
        }
        if self.problem == 'classification' and len(self.classes_) > 2:
            defaults['num_class'] = len(self.classes_)
        return defaults

    def _for_library(self, params: dict[str, Any]) -> dict[str, Any]:
        if 'monotone_constraints' in params:
            names = self.schema_.feature_names
            params['monotone_constraints'] = monotone_by_feature(
                params['monotone_constraints'], names, self.schema_.categorical_indices
            )
        if params.get('force_row_wise'):
            params['force_col_wise'] = False
        if 'bagging_fraction' in params and params['bagging_fraction'] < 1:
            params.setdefault('bagging_freq', 1)  # LightGBM ignores the fraction at its default frequency of 0
        return params

    def _dataset(
        self, table: EncodedTable, params: dict[str, Any], reference: lightgbm.Dataset | None = None
    ) -> lightgbm.Dataset:
        # what the bins depend on
        binning = tuple((name, str(params[name])) for name in _BINNING if name in params)
        whole, rows = table.whole, table.rows
        if whole is None or rows is None:
            return self._binned(table, params, reference)

        def take_part() -> lightgbm.Dataset:
            bins = whole.native(binning, lambda: self._binned(whole, params).construct(), keep=True)
            part = bins.subset(rows).construct()  # type: ignore[arg-type]
            return part if table.weight is None else part.set_weight(table.weight)

        return table.native(binning, take_part)

    def _binned(
        self, table: EncodedTable, params: dict[str, Any], reference: lightgbm.Dataset | None = None
    ) -> lightgbm.Dataset:
        return lightgbm.Dataset(
            table.matrix,
            label=table.target,
            weight=table.weight,
            group=table.query_sizes,
            reference=reference,
            feature_name=native_feature_names(self.schema_),
            categorical_feature=self.schema_.categorical_indices,
            params={key: 'none' if callable(value) else value for key, value in params.items()},
            free_raw_data=True,
        )

    def _native_metric(self, name: str, objective: Any) -> dict[str, Any] | None:
        multiclass = self.problem == 'classification' and len(self.classes_) > 2
        if self.custom_objective_ or objective in _ONE_VERSUS_ALL:  # whose probabilities do not add up to 1
            return None
        if name == 'logloss':
            return {'metric': 'multi_logloss' if multiclass else 'binary_logloss'}
        base, _, position = name.partition('@')
        if base in ('ndcg', 'map') and position:
            return {'metric': base, 'eval_at': [int(position)]}
        if name in _METRICS and not multiclass:
            return {'metric': _METRICS[name]}
        return None

    def _feval(self, watched: tuple[EncodedTable, EarlyStopping]) -> Any:
        metric = watched[1].metric

        def feval(prediction: npt.NDArray[Any], _: lightgbm.Dataset) -> tuple[str, float, bool]:
            return metric.name, watched_score(self, watched, prediction), metric.direction == 'maximize'

        return feval

    def _check_relevance(self, table: EncodedTable, params: dict[str, Any]) -> None:
        if table.query_sizes is not None and table.query_sizes.max() > _MAXIMAL_QUERY_SIZE:
            raise DataError(
                f'a query has {table.query_sizes.max()} rows; LightGBM takes up to {_MAXIMAL_QUERY_SIZE}. '
                'Split or sample large queries, or check that the group column is the query.'
            )
        if self.problem == 'ranking' and 'label_gain' not in params and table.target.max() > _MAXIMAL_RELEVANCE:
            raise TargetError(
                f'the relevances go up to {table.target.max():.0f}; LightGBM takes up to {_MAXIMAL_RELEVANCE}. '
                "Use fewer levels, or give the gain of each level with model_kwargs={'label_gain': [...]}."
            )

    def _predict_native(self, matrix: Matrix, numbers_of_rounds: Sequence[int | None]) -> list[npt.NDArray[Any]]:
        threads = self._threads(matrix.size)
        return [
            np.asarray(self.booster_.predict(matrix, num_iteration=number, num_threads=threads))
            for number in numbers_of_rounds
        ]

    def _contributions_native(self, matrix: Matrix) -> npt.NDArray[Any]:
        values = np.asarray(self.booster_.predict(matrix, pred_contrib=True, num_threads=self._threads(matrix.size)))
        width = matrix.shape[1] + 1
        return values if values.shape[1] == width else values.reshape(len(matrix), -1, width)

    def _importances_native(self) -> npt.NDArray[np.float64]:
        return np.asarray(self.booster_.feature_importance('gain'), dtype=np.float64)

    def _to_part(self) -> tuple[str, bytes]:
        return 'model.txt', self.booster_.model_to_string().encode()

    def _load_part(self, content: bytes) -> lightgbm.Booster:
        return lightgbm.Booster(model_str=content.decode())

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if 'booster_' in state:
            state['booster_'] = self.booster_.model_to_string()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if isinstance(state.get('booster_'), str):
            self.booster_ = lightgbm.Booster(model_str=state['booster_'])


@lru_cache(maxsize=1)
def _arguments() -> Arguments:
    groups = lightgbm.basic._ConfigAliases._get_all_param_aliases()
    aliases = {alias: name for name, names in groups.items() for alias in names if alias != name}
    rounds = {alias: 'number_of_rounds' for alias in ['num_iterations', *groups['num_iterations']]}
    known = {*groups, 'class_weight', 'number_of_rounds'} - {'num_iterations'}
    return Arguments('LightGBM', frozenset(known), {**aliases, **rounds}, _RESERVED)


def _cut(booster: lightgbm.Booster, rounds: int) -> lightgbm.Booster:
    """The booster without the trees after the best round."""
    if booster.current_iteration() == rounds:
        return booster
    return lightgbm.Booster(model_str=booster.model_to_string(num_iteration=rounds))
