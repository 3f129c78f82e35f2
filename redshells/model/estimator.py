"""Any estimator with scikit-learn's ``fit`` and ``predict``, on tables, and saved without pickle."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from threadpoolctl import threadpool_limits

from redshells.archive import Archive
from redshells.cores import thread_count
from redshells.errors import ColumnTypeError, EmptyTableError, MissingValueError, ParameterError
from redshells.model.arguments import Arguments, load_function
from redshells.model.estimator_part import bytes_to_estimator, estimator_to_bytes
from redshells.model.feature_schema import FeatureSchema, refuse_infinite
from redshells.model.table_model import TableModel
from redshells.model.target_encoding import TargetEncoding, checked_weights, class_weights

_PART = 'estimator.skops'
# scikit-learn 1.8 and later warn where it is given n_jobs, which has no effect
_WITHOUT_THREADS = ':LogisticRegression'


class EstimatorModel(TableModel):
    """Any estimator with scikit-learn's ``fit`` and ``predict``, on tables.

    Strings and categoricals become indicators (one for each level seen in training; others are all zero), vectors one
    column for each position; with sparse vectors the estimator is given a sparse matrix. Missing values are handed on
    to estimators that take them and refused for others.

    Args:
        estimator: Import path of its class, such as ``'sklearn.ensemble:ExtraTreesClassifier'``.
        problem: ``'classification'`` or ``'regression'``.
        model_kwargs: Its constructor arguments.
        random_seed: Its ``random_state``, where it takes one and ``model_kwargs`` has none.
        n_jobs: Its ``n_jobs``, where it takes one and ``model_kwargs`` has none.

    Shapes:
        * X: (rows, columns), a pandas or polars data frame or a two-dimensional array
        * y: (rows,)
        * predictions: (rows,); probabilities (rows, classes)

    Example:
        >>> import pandas as pd
        >>> X = pd.DataFrame({'size': [1.0, 2.0, 3.0, 4.0] * 5, 'colour': ['red', 'red', 'blue', 'blue'] * 5})
        >>> model = EstimatorModel(estimator='sklearn.tree:DecisionTreeClassifier').fit(X, ['a', 'a', 'b', 'b'] * 5)
        >>> model.predict(X[:3]).tolist()
        ['a', 'a', 'b']
    """

    takes_infinity = False
    fitted_attribute = 'estimator_'

    def __init__(
        self,
        *,
        estimator: str = 'sklearn.ensemble:RandomForestClassifier',
        problem: str = 'classification',
        model_kwargs: Mapping[str, Any] | None = None,
        random_seed: int = 0,
        n_jobs: int = -1,
    ) -> None:
        super().__init__(problem=problem, random_seed=random_seed, n_jobs=n_jobs)
        self.estimator = estimator
        self.model_kwargs = model_kwargs

    def canonical_arguments(self) -> dict[str, Any]:
        """The constructor arguments of the estimator, seed and threads among them; called before any training.

        Raises:
            UnknownArgumentError: The estimator does not take a name.
            ParameterError: The estimator can't be imported.
        """
        known, takes_others = _constructor_arguments(load_function(self.estimator, 'the estimator'))
        given = dict(self.model_kwargs or {})
        arguments = given if takes_others else Arguments(self.estimator, known).canonical(given)
        for name, value in (('random_state', self.random_seed), ('n_jobs', thread_count(self.n_jobs))):
            if name in known and not (name == 'n_jobs' and self.estimator.endswith(_WITHOUT_THREADS)):
                arguments.setdefault(name, value)
        return arguments

    @property
    def takes_missing(self) -> bool:
        """Whether the estimator takes missing values."""
        if hasattr(self, 'takes_missing_'):
            return self.takes_missing_
        return _takes_missing(load_function(self.estimator, 'the estimator')(**self.canonical_arguments()))

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        group: Any = None,
        early_stopping: Any = None,
        target_encoding: TargetEncoding | None = None,
    ) -> Self:
        """Train.

        Args:
            X: Features.
            y: Target.
            sample_weight: Weight of each row, for estimators that take it.
            group: Not used; groups matter to splits only.
            early_stopping: Not used.
            target_encoding: The classes, if the rows need not have all of them.

        Returns:
            Itself, fitted.

        Raises:
            RedshellsError: The data or the arguments can't be used; raised before the training.
        """
        self._check_parameters()
        if self.problem == 'ranking':
            raise ParameterError("problem='ranking' was given; estimators do 'classification' and 'regression'.")
        arguments = self.canonical_arguments()
        data = self._start_fit(X, y, sample_weight, None, target_encoding)
        estimator = load_function(self.estimator, 'the estimator')(**self._with_coded_classes(arguments))
        _check_kind(estimator, self.problem, self.estimator)
        if self.schema_.is_sparse:
            _check_takes_sparse(estimator, self.schema_, self.estimator)
        self.takes_missing_ = _takes_missing(estimator)
        target = self.target_encoding_.encode(data.target)
        weight = None if data.weight is None else checked_weights(data.weight)
        matrix = self._to_matrix(data.features)
        # not all estimators ask for n_jobs: some take as many threads of OpenMP or BLAS as there are cores
        with threadpool_limits(thread_count(self.n_jobs)):
            estimator.fit(matrix, target, **_weight_argument(estimator, weight, self.estimator))
        self.estimator_ = estimator
        return self

    def _with_coded_classes(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments, with class weights by the codes that the estimator sees in place of the labels."""
        weights = arguments.get('class_weight')
        if not isinstance(weights, Mapping):
            return arguments
        by_code = class_weights(np.empty(0), None, weights, self.target_encoding_.classes)
        return {**arguments, 'class_weight': dict(enumerate(by_code.tolist()))}

    def _to_matrix(self, frame: pd.DataFrame) -> Any:
        if self.schema_.is_sparse:
            return self._to_sparse_matrix(frame)
        codes = super()._to_matrix(frame)
        categorical = set(self.schema_.categorical_indices)
        numeric = [i for i in range(codes.shape[1]) if i not in categorical]
        self._refuse_missing(codes, numeric)
        if not categorical:
            return codes
        levels = [column.levels for column in self.schema_.columns for _ in range(column.size)]
        columns = [
            (codes[:, [i]] == np.arange(len(levels[i]))).astype(np.float64) if i in categorical else codes[:, [i]]
            for i in range(codes.shape[1])
        ]
        features = np.hstack(columns)
        if features.shape[1] == 0:
            raise EmptyTableError(
                f'the columns {[column.name for column in self.schema_.columns][:10]} have no values at all, so that '
                f'{self.estimator} has nothing to learn from. Check the task that makes the table.'
            )
        return features

    def _to_sparse_matrix(self, frame: pd.DataFrame) -> sparse.csr_matrix:
        if self.schema_.categorical_indices:
            names = [column.name for column in self.schema_.columns if column.kind == 'category']
            raise ColumnTypeError(
                f'the columns {names} hold categories, and others hold sparse vectors; numbers are expected beside '
                'them. Leave them out with feature_column_names, or encode them before.'
            )
        matrix = self.schema_.encode_sparse(frame)
        refuse_infinite(matrix, self.schema_, type(self).__name__)
        missing = np.unique(matrix.indices[np.isnan(matrix.data)])
        if len(missing):
            names = [self.schema_.feature_names[position] for position in missing[:10]]
            raise MissingValueError(
                f'the features {names} have missing values beside sparse vectors. Fill them before.'
            )
        return sparse.csr_matrix(matrix)  # which more estimators take than take an array

    def _refuse_missing(self, codes: npt.NDArray[np.float64], numeric: list[int]) -> None:
        if self.takes_missing:
            return
        missing = [self.schema_.feature_names[i] for i in numeric if np.isnan(codes[:, i]).any()]
        if missing:
            raise MissingValueError(
                f'{self.estimator} can not take missing values (NaN); the features {missing[:10]} have some. '
                'Fill them before, or choose an estimator that takes them, such as TrainLightGBM.'
            )

    @property
    def matrix_feature_names(self) -> list[str]:
        """Names of the columns that the estimator sees, indicators among them."""
        names = []
        for column in self.schema_.columns:
            indicators = [f'{column.name}={level}' for level in column.levels]
            names.extend(indicators if column.kind == 'category' else column.feature_names)
        return names

    def predict_for_metric(self, X: Any) -> npt.NDArray[np.float64]:
        """What a metric takes: probabilities (rows, classes), as good as the estimator has them, or predictions."""
        if self.problem != 'classification':
            return self._predict_numbers(X)
        return self._expand(*self._class_scores(self._prediction_matrix(X)))

    def _class_scores(self, matrix: Any) -> tuple[Any, npt.NDArray[Any]]:
        classes = self.estimator_.classes_
        if hasattr(self.estimator_, 'predict_proba'):
            return classes, self.estimator_.predict_proba(matrix)
        if hasattr(self.estimator_, 'decision_function'):  # squashed, which keeps the order and so the ranking metrics
            scores = np.asarray(self.estimator_.decision_function(matrix))
            scores = np.column_stack([-scores, scores]) / 2 if scores.ndim == 1 else scores
            exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
            return classes, exponentials / exponentials.sum(axis=1, keepdims=True)
        labels = self.estimator_.predict(matrix)
        return classes, (labels[:, None] == classes[None, :]).astype(np.float64)

    def _expand(self, present: Any, scores: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Columns for all classes; those that the training rows did not have get 0."""
        result = np.zeros((len(scores), len(self.classes_)))
        result[:, np.asarray(present, dtype=np.int64)] = scores
        return result

    def _predict_numbers(self, X: Any) -> npt.NDArray[np.float64]:
        matrix = self._prediction_matrix(X)
        return np.asarray(self.estimator_.predict(matrix), dtype=np.float64) if matrix.shape[0] else np.empty(0)

    def _predict_probabilities(self, X: Any) -> npt.NDArray[np.float64]:
        matrix = self._prediction_matrix(X)
        if not matrix.shape[0]:
            return np.empty((0, len(self.classes_)))
        return self._expand(self.estimator_.classes_, self.estimator_.predict_proba(matrix))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The label of each row of a classification, a number otherwise.

        Args:
            X: Features, as in training; columns are found by name.

        Raises:
            NotFittedError: It is not fitted.
            DataError: A column is missing or has another type than in training.
        """
        self.check_fitted()
        if self.problem != 'classification':
            return self._predict_numbers(X)
        matrix = self._prediction_matrix(X)
        if not matrix.shape[0]:
            return self.classes_[:0]
        return self.classes_[np.asarray(self.estimator_.predict(matrix), dtype=np.int64)]

    def predict_with_probabilities(self, X: Any) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
        """The label of each row, which need not be the most probable one, and the probabilities (rows, classes)."""
        return self.predict(X), self._predict_probabilities(X)

    @property
    def predict_proba(self) -> Any:
        """Probabilities of the classes: a function of X that gives an array (rows, classes).

        Raises:
            AttributeError: It is no classification, or the estimator has none.
        """
        if hasattr(self, 'estimator_') and not hasattr(self.estimator_, 'predict_proba'):
            raise AttributeError(f'{self.estimator} has no predict_proba.')
        return super().predict_proba

    @property
    def feature_importances(self) -> pd.Series[float]:
        """The estimator's importances, or the sizes of its coefficients, the largest first; they add up to 1.

        Raises:
            AttributeError: It has neither.
        """
        self.check_fitted()
        values = getattr(self.estimator_, 'feature_importances_', None)
        if values is None:
            values = np.abs(np.atleast_2d(self.estimator_.coef_)).sum(axis=0)
        total = float(np.sum(values))
        shares = pd.Series(np.asarray(values) / (total or 1.0), index=self.matrix_feature_names, name='importance')
        return shares.sort_values(ascending=False, kind='stable')

    def to_archive(self) -> Archive:
        """The contents of the saved model.

        Raises:
            UntrustedTypeError: The estimator holds objects of packages other than its own and scikit-learn's.
        """
        self.check_fitted()
        own_package = self.estimator.split(':')[0].split('.')[0]
        content = estimator_to_bytes(self.estimator_, self.estimator, (own_package,))
        return self._archive({**self._shared_state(), 'takes_missing': self.takes_missing_}, {_PART: content})

    def _restore(self, archive: Archive, trusted_modules: tuple[str, ...]) -> None:
        self.estimator_ = bytes_to_estimator(bytes(archive.parts[_PART]), self.estimator, trusted_modules)
        self.takes_missing_ = archive.state['takes_missing']


def _constructor_arguments(estimator: Any) -> tuple[set[str], bool]:
    """Names of the constructor arguments, those that go on to base classes included; and whether others are taken."""
    known: set[str] = set()
    for one in getattr(estimator, '__mro__', (estimator,)):
        if isinstance(one, type) and '__init__' not in vars(one):
            continue
        parameters = inspect.signature(one).parameters.values()
        known |= {parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_KEYWORD}
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
            return known, False
    return known, True


def _check_kind(estimator: Any, problem: str, name: str) -> None:
    from sklearn.utils import get_tags

    try:
        kind = get_tags(estimator).estimator_type
    except (AttributeError, TypeError):
        return  # no scikit-learn tags: it is what the user says
    made_for = {'classifier': 'classification', 'regressor': 'regression'}.get(str(kind), problem)
    if made_for != problem:
        raise ParameterError(f'{name} is a {kind}; an estimator for {problem} is expected. Give the name of one.')


def _check_takes_sparse(estimator: Any, schema: FeatureSchema, name: str) -> None:
    from sklearn.utils import get_tags

    try:
        takes_sparse = get_tags(estimator).input_tags.sparse
    except (AttributeError, TypeError):
        return  # no scikit-learn tags: the estimator says so itself
    if not takes_sparse:
        columns = [column.name for column in schema.columns if column.kind == 'sparse_vector']
        raise ColumnTypeError(
            f'the columns {columns} hold sparse vectors, which {name} does not take. Choose an estimator that does, '
            "such as 'sklearn.linear_model:LogisticRegression', or make dense ones of fewer numbers."
        )


def _takes_missing(estimator: Any) -> bool:
    from sklearn.utils import get_tags

    try:
        return bool(get_tags(estimator).input_tags.allow_nan)
    except (AttributeError, TypeError):
        return True  # no scikit-learn tags: the estimator says so itself


def _weight_argument(estimator: Any, weight: Any, name: str) -> dict[str, Any]:
    from sklearn.utils.validation import has_fit_parameter

    if weight is None:
        return {}
    if not has_fit_parameter(estimator, 'sample_weight'):
        raise ParameterError(
            f'a weight column was given, but {name} takes no sample_weight. Leave weight_column_name out.'
        )
    return {'sample_weight': weight}
