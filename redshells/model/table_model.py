"""What every model on a table is: a scikit-learn estimator with a schema of its features, which saves itself."""

from __future__ import annotations

import inspect
import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError as ScikitLearnNotFittedError
from sklearn.utils import Tags
from sklearn.utils._tags import ClassifierTags, RegressorTags

from redshells.archive import Archive, Part
from redshells.errors import DataError, NotFittedError, ParameterError
from redshells.model.array_input import as_column, frame_of_array, is_data_frame
from redshells.model.feature_schema import FeatureSchema, refuse_infinite
from redshells.model.frame import TableData, read_table
from redshells.model.saved_model import SavedModel
from redshells.model.target_encoding import PROBLEMS, TargetEncoding


class _NotFittedError(NotFittedError, ScikitLearnNotFittedError):  # type: ignore[misc]
    """The error that scikit-learn's tools expect, too."""


class TableModel(BaseEstimator, SavedModel):  # type: ignore[misc]
    """A model on a table.

    Args:
        problem: ``'classification'``, ``'regression'`` or ``'ranking'``.
        random_seed: Seed of all that is random.
        n_jobs: Threads; -1 for as many as there are cores.
    """

    takes_infinity = True
    fitted_attribute: ClassVar[str]
    """Name of the attribute that ``fit`` and loading set last: without it, the model is not fitted."""

    def __init__(self, *, problem: str, random_seed: int, n_jobs: int) -> None:
        self.problem = problem
        self.random_seed = random_seed
        self.n_jobs = n_jobs

    @property
    def takes_missing(self) -> bool:
        """Whether it takes missing values of numbers."""
        return True

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """The labels of a classification, in the order of the columns of ``predict_proba``.

        Raises:
            AttributeError: It is not fitted, or no classification.
        """
        classes = self.target_encoding_.classes
        if classes is None:
            raise AttributeError('Only a classification has classes_.')
        return classes

    @property
    def n_features_in_(self) -> int:
        """How many columns the training table had."""
        return len(self.schema_.columns)

    @property
    def feature_names_in_(self) -> npt.NDArray[Any]:
        """Names of the columns, if the training table was a data frame.

        Raises:
            AttributeError: It was trained on an array.
        """
        if not self.named_columns_:
            raise AttributeError('It was trained on an array, whose columns have no names.')
        return np.array([column.name for column in self.schema_.columns], dtype=object)

    def check_fitted(self) -> None:
        """Raise unless it is fitted.

        Raises:
            NotFittedError: It is not.
        """
        if not self.__sklearn_is_fitted__():
            raise _NotFittedError(f'{type(self).__name__} is not fitted. Call fit, or load a saved model.')

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, self.fitted_attribute)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.takes_missing
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.target_tags.required = True
        if self.problem == 'classification':
            tags.estimator_type, tags.classifier_tags = 'classifier', ClassifierTags()
        elif self.problem == 'regression':
            tags.estimator_type, tags.regressor_tags = 'regressor', RegressorTags()
        return tags

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy of a classification, R² otherwise, as scikit-learn's estimators have it."""
        from sklearn.metrics import accuracy_score, r2_score

        measure = accuracy_score if self.problem == 'classification' else r2_score
        return float(measure(y, self.predict(X), sample_weight=sample_weight))

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
        return self.predict_with_probabilities(X)[0]

    def predict_with_probabilities(self, X: Any) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
        """The label of each row of a classification, and the probabilities (rows, classes)."""
        probabilities = self._predict_probabilities(X)
        return self.classes_[np.argmax(probabilities, axis=1)], probabilities

    @property
    def predict_proba(self) -> Any:
        """Probabilities of the classes: a function of X that gives an array (rows, classes).

        Raises:
            AttributeError: It is no classification.
        """
        if self.problem != 'classification':
            raise AttributeError(f'{type(self).__name__} of a {self.problem} has no predict_proba.')
        return self._predict_probabilities

    @abstractmethod
    def canonical_arguments(self) -> dict[str, Any]:
        """The keyword arguments under the names that are used here; called before any training.

        Raises:
            UnknownArgumentError: The model does not take a name.
        """

    @abstractmethod
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
            sample_weight: Weight of each row.
            group: Group of each row.
            early_stopping: Held-out rows and when to stop, for models that train in rounds.
            target_encoding: The classes, if the rows need not have all of them.
        """

    @abstractmethod
    def predict_for_metric(self, X: Any) -> npt.NDArray[np.float64]:
        """What a metric takes: probabilities (rows, classes) of a classification, predictions (rows,) otherwise."""

    @classmethod
    def from_archive(cls, archive: Archive, *, trusted_modules: tuple[str, ...] = ()) -> Self:
        """The model of an archive's contents."""
        known = inspect.signature(cls).parameters
        model = cls(**{name: value for name, value in archive.parameters.items() if name in known})
        model.target_encoding_ = TargetEncoding.from_json(archive.state['target'])
        model.named_columns_ = archive.state['named_columns']
        model._restore(archive, trusted_modules)
        model.schema_ = FeatureSchema.from_json(archive.state['schema'])
        model.training = archive.training
        model.versions = archive.versions
        return model

    @abstractmethod
    def _restore(self, archive: Archive, trusted_modules: tuple[str, ...]) -> None:
        """Take the native parts of an archive."""

    @abstractmethod
    def _predict_numbers(self, X: Any) -> npt.NDArray[np.float64]:
        """Predictions of a regression or a ranking."""

    @abstractmethod
    def _predict_probabilities(self, X: Any) -> npt.NDArray[np.float64]:
        """Probabilities of a classification."""

    def _shared_state(self) -> dict[str, Any]:
        return {
            'target': self.target_encoding_.to_json(),
            'schema': self.schema_.to_json(),
            'named_columns': self.named_columns_,
        }

    def _archive(self, state: Mapping[str, Any], parts: Mapping[str, Part]) -> Archive:
        parameters = {**self.get_params(deep=False)}
        try:
            parameters = json.loads(json.dumps(parameters, default=_plain))
        except (TypeError, ValueError) as error:
            raise ParameterError(
                f'the model can not be saved with model_kwargs={parameters.get("model_kwargs")!r}: {error}. '
                'Numbers, texts, lists and dicts of them are expected; functions go by their import path.'
            ) from error
        return Archive(self.import_path(), parameters, state, parts, training=self.training)

    def _check_parameters(self) -> None:
        if self.problem not in PROBLEMS:
            raise ParameterError(f'problem={self.problem!r} was given; one of {list(PROBLEMS)} is expected.')

    def _start_fit(
        self, X: Any, y: Any, sample_weight: Any, group: Any, target_encoding: TargetEncoding | None
    ) -> TableData:
        """Check what came in, and learn the schema and the classes."""
        if y is None:
            raise DataError(f'{type(self).__name__} requires y to be passed, but the target y is None.')
        named = is_data_frame(X)
        frame = read_table(X) if named else frame_of_array(X)
        schema = self._learn_schema(frame)
        target = as_column(y, 'target')
        weight = None if sample_weight is None else as_column(sample_weight, 'weight')
        queries = None if group is None else as_column(group, 'group')
        for name, column in (('target', target), ('weight', weight), ('group', queries)):
            if column is not None and len(column) != len(frame):
                raise DataError(
                    f'the {name} has {len(column)} values for {len(frame)} rows (inconsistent numbers of samples). '
                    'One value for each row is expected.'
                )
        self.target_encoding_ = target_encoding or TargetEncoding.of(target, self.problem)
        self.__dict__.pop(self.fitted_attribute, None)  # what fails from here on leaves a model that is not fitted
        self.named_columns_ = named
        self.schema_ = schema
        return TableData(frame, target, weight, queries)

    def check_features(self, frame: pd.DataFrame) -> None:
        """Check features as ``fit`` does, on a model that is not fitted and will not be.

        Raises:
            DataError: They can't be learnt from.
        """
        self.schema_ = self._learn_schema(frame)
        self._to_matrix(frame)

    def feature_arrays(self, frame: pd.DataFrame) -> tuple[npt.NDArray[Any], ...]:
        """What the model sees of a table after ``check_features`` or ``fit``: arrays that differ where tables do."""
        if not self.schema_.is_sparse:
            return (self.schema_.encode(frame),)
        matrix = self.schema_.encode_sparse(frame)
        return matrix.data, matrix.indices, matrix.indptr

    def default_arguments(self) -> dict[str, Any]:
        """The arguments of a model of the same problem that has the defaults otherwise."""
        arguments = {**self.get_params(deep=False), 'model_kwargs': None}
        return {**arguments, 'number_of_rounds': None} if 'number_of_rounds' in arguments else arguments

    def _learn_schema(self, frame: pd.DataFrame) -> FeatureSchema:
        return FeatureSchema.of(frame)

    def _to_matrix(self, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
        matrix = self.schema_.encode(frame)
        if not self.takes_infinity:
            refuse_infinite(matrix, self.schema_, type(self).__name__)
        return matrix

    def _prediction_matrix(self, X: Any) -> npt.NDArray[np.float64]:
        self.check_fitted()
        if is_data_frame(X):
            return self._to_matrix(read_table(X))
        frame = frame_of_array(X)
        if frame.shape[1] != self.n_features_in_:
            raise DataError(
                f'X has {frame.shape[1]} features, but {type(self).__name__} is expecting {self.n_features_in_} '
                'features as input.'
            )
        return self._to_matrix(frame.set_axis([column.name for column in self.schema_.columns], axis=1))


def _plain(value: Any) -> Any:
    """What JSON does not know: numbers and arrays of numpy, and other mappings."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f'{value!r} is no JSON value')
