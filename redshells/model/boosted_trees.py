"""What the models of gradient boosted trees share: from a table to a matrix, from a native booster to predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from redshells.archive import Archive
from redshells.cores import thread_count
from redshells.errors import MissingColumnError, ParameterError
from redshells.model.booster_library import BoosterLibrary
from redshells.model.early_stopping import EarlyStopping
from redshells.model.encoded_table import EncodedTable
from redshells.model.frame import TableData
from redshells.model.magnitude import check_magnitudes
from redshells.model.native_probabilities import native_to_probabilities
from redshells.model.table_model import TableModel
from redshells.model.target_encoding import TargetEncoding, checked_weights

_CELLS_PER_THREAD = 250_000


class BoostedTreesModel(BoosterLibrary, TableModel):
    """Gradient boosted trees on a table.

    The native booster, its objective and its hyperparameters are the library's; the table, the target, early stopping
    and the saved file are the same for all libraries.

    Args:
        problem: ``'classification'`` (binary or multi-class by the number of classes), ``'regression'`` or
            ``'ranking'``.
        model_kwargs: Arguments of the library, by its own names or their aliases. ``objective`` may be the import path
            of a function, ``class_weight`` is ``'balanced'`` or a dict, ``monotone_constraints`` may be a dict by
            column name.
        number_of_rounds: How many trees (of each class) at most. When None, ``default_rounds`` without early stopping
            (LightGBM 100, XGBoost 100, CatBoost 1,000) and ``maximal_rounds`` with it (10,000; CatBoost 1,000).
        random_seed: Seed of all that is random.
        n_jobs: Threads; -1 for as many as there are cores and the table is worth.

    Shapes:
        * X: (rows, columns), a pandas or polars data frame or a two-dimensional array
        * y: (rows,)
        * predictions: (rows,); probabilities (rows, classes)
        * contributions: (rows, features + 1), or (rows, classes, features + 1) for more than two classes
    """

    fitted_attribute = 'booster_'

    def __init__(
        self,
        *,
        problem: str = 'classification',
        model_kwargs: Mapping[str, Any] | None = None,
        number_of_rounds: int | None = None,
        random_seed: int = 0,
        n_jobs: int = -1,
    ) -> None:
        super().__init__(problem=problem, random_seed=random_seed, n_jobs=n_jobs)
        self.model_kwargs = model_kwargs
        self.number_of_rounds = number_of_rounds

    # training

    def canonical_arguments(self) -> dict[str, Any]:
        """The keyword arguments under the names that are used here; called before any training.

        Raises:
            UnknownArgumentError: The library does not take a name.
            ParameterError: An argument is given twice, or belongs to a parameter of the model.
        """
        return self.arguments().canonical(self.model_kwargs or {})

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        group: Any = None,
        early_stopping: EarlyStopping | None = None,
        target_encoding: TargetEncoding | None = None,
    ) -> Self:
        """Train.

        Args:
            X: Features.
            y: Target.
            sample_weight: Weight of each row.
            group: Query of each row, for a ranking.
            early_stopping: Held-out rows and when to stop.
            target_encoding: The classes, if the rows need not have all of them.

        Returns:
            Itself, fitted.

        Raises:
            RedshellsError: The data or the arguments can't be used; raised before the training.
        """
        self._check_parameters()
        self.canonical_arguments()
        data = self._start_fit(X, y, sample_weight, group, target_encoding)
        self._check_rounds(early_stopping)
        table = self._encode_table(data)
        if early_stopping is not None and isinstance(early_stopping.data, TableData):
            early_stopping = replace(early_stopping, data=self._encode_table(early_stopping.data))
        return self._fit_encoded(table, early_stopping)

    def encode(self, data: TableData, target_encoding: TargetEncoding | None = None) -> EncodedTable:
        """Learn the schema and the classes of rows, and encode them once for many trainings on parts of them.

        Args:
            data: All rows.
            target_encoding: The classes, if the rows need not have all of them.

        Raises:
            RedshellsError: The data can't be used.
        """
        self._check_parameters()
        return self._encode_table(self._start_fit(data.features, data.target, data.weight, data.group, target_encoding))

    def fit_encoded(self, table: EncodedTable, encoder: Self, early_stopping: EarlyStopping | None = None) -> Self:
        """Train on rows that another model has encoded.

        Args:
            table: The rows.
            encoder: The model whose ``encode`` made the table.
            early_stopping: Held-out rows, encoded by the same model, and when to stop.

        Returns:
            Itself, fitted.

        Raises:
            RedshellsError: The arguments can't be used; raised before the training.
        """
        self._check_parameters()
        self.__dict__.pop(self.fitted_attribute, None)
        self.target_encoding_, self.schema_ = encoder.target_encoding_, encoder.schema_
        self.named_columns_ = encoder.named_columns_
        return self._fit_encoded(table, early_stopping)

    def _fit_encoded(self, table: EncodedTable, early_stopping: EarlyStopping | None) -> Self:
        rounds = self._check_rounds(early_stopping)
        params = self._library_params()
        table = table.weighted_by_class(params.pop('class_weight', None), self.target_encoding_.classes)
        check_magnitudes(table, self.library)
        self.custom_objective_ = callable(params.get(self.objectives.argument))
        self.best_round_ = rounds
        watched = None if early_stopping is None else (cast(EncodedTable, early_stopping.data), early_stopping)
        try:
            self.booster_ = self._train(table, params, rounds, watched)
        except self.library_error as error:
            raise ParameterError(
                f'{self.library} refuses to train with the arguments {dict(self.model_kwargs or {})}: {error}. '
                'Check their values.'
            ) from error
        return self

    def _check_rounds(self, early_stopping: EarlyStopping | None) -> int:
        rounds = self.canonical_arguments().get('number_of_rounds')
        rounds = self.number_of_rounds if rounds is None else rounds
        if rounds is None:
            rounds = self.maximal_rounds if early_stopping and early_stopping.rounds else self.default_rounds
        if not isinstance(rounds, (int, np.integer)) or rounds < 1:
            raise ParameterError(f'number_of_rounds={rounds!r} was given; an integer of at least 1 is expected.')
        return int(rounds)

    def _library_params(self) -> dict[str, Any]:
        params, argument = self.canonical_arguments(), self.objectives.argument
        params.pop('number_of_rounds', None)
        if params.get(argument) is None:
            params.pop(argument, None)
        else:
            params[argument] = self.objectives.resolve(params[argument], self._kind_of_problem())
        return params

    def _kind_of_problem(self) -> str:
        if self.problem != 'classification':
            return self.problem
        return 'binary' if len(self.classes_) == 2 else 'multiclass'

    @staticmethod
    def useful_threads(size: int) -> int:
        """How many threads a table of so many values is worth.

        More of them gain little on a quiet machine, and lose much on a busy one, where they wait for each other.
        """
        return 1 + size // _CELLS_PER_THREAD

    def _threads(self, size: int) -> int:
        """Threads for so many values; few values are done before further threads have started."""
        threads = thread_count(self.n_jobs)
        return threads if self.n_jobs != -1 else min(threads, self.useful_threads(size))

    def _encode_table(self, data: TableData) -> EncodedTable:
        target = self.target_encoding_.encode(data.target)
        weight = None if data.weight is None else checked_weights(data.weight)
        matrix = self._to_matrix(data.features)
        if self.problem != 'ranking':
            table = EncodedTable(matrix, target, weight)
        elif data.group is None:
            raise MissingColumnError('a ranking needs the query of each row. Set group_column_name.')
        else:
            table = EncodedTable.of_queries(matrix, target, weight, data.group)
        check_magnitudes(table, self.library)
        return table

    # prediction

    def predict_for_metric(self, X: Any) -> npt.NDArray[np.float64]:
        """What a metric takes: probabilities (rows, classes) of a classification, predictions (rows,) otherwise."""
        return self.predict_proba(X) if self.problem == 'classification' else self._predict_numbers(X)

    def predict_for_metric_after(self, X: Any, numbers_of_rounds: Sequence[int]) -> list[npt.NDArray[np.float64]]:
        """What ``predict_for_metric`` would give had the model only its first rounds, for several numbers of them.

        Args:
            X: Features.
            numbers_of_rounds: From 1 to ``best_round_``, at which it is what ``predict_for_metric`` gives.

        Returns:
            For each number, an array (rows, classes) or (rows,).

        Raises:
            NotFittedError: It is not fitted.
            ParameterError: The model has not so many rounds.
        """
        self.check_fitted()
        for number in numbers_of_rounds:
            if not isinstance(number, (int, np.integer)) or not 1 <= number <= self.best_round_:
                raise ParameterError(
                    f'numbers_of_rounds={list(numbers_of_rounds)} was given; integers from 1 to {self.best_round_}, '
                    'the rounds of the model, are expected.'
                )
        values = self._predict_after(X, [int(number) for number in numbers_of_rounds])
        return [self.to_probabilities(native) for native in values] if self.problem == 'classification' else values

    def _predict_numbers(self, X: Any) -> npt.NDArray[np.float64]:
        return self._predict_after(X, [None])[0]

    def _predict_probabilities(self, X: Any) -> npt.NDArray[np.float64]:
        return self.to_probabilities(self._predict_after(X, [None])[0])

    def _predict_after(self, X: Any, numbers_of_rounds: Sequence[int | None]) -> list[npt.NDArray[np.float64]]:
        matrix = self._prediction_matrix(X)
        if len(matrix) == 0:
            multiclass = self.problem == 'classification' and len(self.classes_) > 2
            return [np.empty((0, len(self.classes_)) if multiclass else 0) for _ in numbers_of_rounds]
        values = self._predict_native(matrix, numbers_of_rounds)
        return [np.asarray(native, dtype=np.float64) for native in values]

    def to_probabilities(self, native: npt.NDArray[np.float64], *, raw: bool = False) -> npt.NDArray[np.float64]:
        """Probabilities (rows, classes) of what the booster predicts; raw scores, as of custom objectives, squashed."""
        return native_to_probabilities(native, raw=raw or self.custom_objective_)

    def contributions(self, X: Any) -> npt.NDArray[np.float64]:
        """What each feature adds to the raw score of each row (SHAP values, computed by the library itself).

        Lundberg, Erion, Lee: Consistent Individualized Feature Attribution for Tree Ensembles (https://arxiv.org/abs/1802.03888).

        Args:
            X: Features.

        Returns:
            Of shape (rows, features + 1), or (rows, classes, features + 1) for more than two classes; the last column
            is the expected value. The sum over the last axis is the raw score.
        """
        matrix = self._prediction_matrix(X)
        width = len(self.schema_.feature_names) + 1
        if len(matrix) == 0:
            multiclass = self.problem == 'classification' and len(self.classes_) > 2
            return np.empty((0, len(self.classes_), width) if multiclass else (0, width))
        return np.asarray(self._contributions_native(matrix), dtype=np.float64)

    @property
    def feature_importances(self) -> pd.Series[float]:
        """Importance of each feature, the largest first; they add up to 1."""
        values = pd.Series(self.feature_importances_, index=self.schema_.feature_names, name='importance')
        return values.sort_values(ascending=False, kind='stable')

    @property
    def feature_importances_(self) -> npt.NDArray[np.float64]:
        """Share of each feature in the total gain of all splits (CatBoost: in the change of the predictions)."""
        self.check_fitted()
        gain = np.asarray(self._importances_native(), dtype=np.float64)
        return gain / gain.sum() if gain.sum() > 0 else gain

    @property
    def booster(self) -> Any:
        """The native booster; its features are numbers, the categories codes (see ``schema_``)."""
        self.check_fitted()
        return self.booster_

    # saving

    def to_archive(self) -> Archive:
        """The contents of the saved model."""
        self.check_fitted()
        name, content = self._to_part()
        state = {**self._shared_state(), 'best_round': self.best_round_, 'custom_objective': self.custom_objective_}
        return self._archive(state, {name: content})

    def _restore(self, archive: Archive, trusted_modules: tuple[str, ...]) -> None:
        self.best_round_ = archive.state['best_round']
        self.custom_objective_ = archive.state['custom_objective']
        (content,) = archive.parts.values()
        self.booster_ = self._load_part(bytes(content))
