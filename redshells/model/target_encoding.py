"""Targets and weights: checked, and brought into the numbers that a library learns from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from redshells.errors import DataError, InfiniteValueError, MissingValueError, ParameterError, TargetError
from redshells.model.feature_schema import is_numeric, to_codes, to_level, to_numbers

PROBLEMS = ('classification', 'regression', 'ranking')


@dataclass(frozen=True)
class TargetEncoding:
    """How the target becomes numbers.

    Args:
        problem: ``'classification'``, ``'regression'`` or ``'ranking'``.
        classes: The labels in the order of their codes; None unless it is a classification.
    """

    problem: str
    classes: npt.NDArray[Any] | None = None

    @classmethod
    def of(cls, target: pd.Series[Any], problem: str) -> TargetEncoding:
        """Of the target of a training table.

        Raises:
            TargetError: It has one class, or it looks like numbers to be predicted rather than classes.
            MissingValueError: It has missing values.
        """
        _refuse_missing(target, 'target')
        if problem != 'classification':
            return cls(problem)
        if is_numeric(target) and not types.is_bool_dtype(target.dtype):
            values = to_numbers(target)
            if np.isinf(values).any():
                raise InfiniteValueError(f'the target {target.name!r} has infinite values (inf); classes are expected.')
            if (values != np.floor(values)).any():
                raise TargetError(
                    f'the target {target.name!r} holds continuous numbers such as '
                    f'{values[values != np.floor(values)][0]}, '
                    "an Unknown label type for a classification. Set problem='regression', or make classes of it."
                )
        try:
            labels = [to_level(label) for label in to_codes(target)[1]]
        except TypeError as error:
            raise TargetError(
                f'the target {target.name!r} holds values that are no labels: {error}. '
                'Strings, integers and booleans are expected.'
            ) from error
        try:
            classes = _label_array(sorted(labels))
        except TypeError as error:
            raise TargetError(
                f'the target {target.name!r} mixes labels of the types '
                f'{sorted({type(label).__name__ for label in labels})}. Convert them to one type.'
            ) from error
        if len(classes) < 2:
            raise TargetError(
                f'the target {target.name!r} has one class, {to_level(classes[0])!r}; at least two are needed to '
                'learn. Check the task that makes the table, and how it was filtered.'
            )
        return cls(problem, classes)

    @property
    def number_of_classes(self) -> int | None:
        """How many classes there are; None unless it is a classification."""
        return None if self.classes is None else len(self.classes)

    def encode(self, target: pd.Series[Any]) -> npt.NDArray[Any]:
        """Codes of the classes (int64), or the numbers themselves (float64).

        Raises:
            TargetError: A class that was not seen, or a target that is no number.
            MissingValueError: Missing values.
            InfiniteValueError: Infinite values.
        """
        _refuse_missing(target, 'target')
        if self.classes is None:
            return self._encode_numbers(target)
        code_of = {to_level(label): code for code, label in enumerate(self.classes)}
        try:
            codes, uniques = to_codes(target)
        except TypeError as error:
            raise TargetError(f'the target {target.name!r} holds values that are no labels: {error}.') from error
        labels = [to_level(label) for label in uniques]
        unseen = [label for label in labels if label not in code_of]
        if unseen:
            raise TargetError(
                f'the target {target.name!r} has the classes {unseen[:5]}, which the training does not have; '
                f'it has {list(code_of)[:20]}. Take the same classes in both tables.'
            )
        return np.array([code_of[label] for label in labels], dtype=np.int64)[codes]

    def _encode_numbers(self, target: pd.Series[Any]) -> npt.NDArray[np.float64]:
        values = to_floats(target, 'target')
        if self.problem == 'ranking' and ((values < 0).any() or (values != np.floor(values)).any()):
            raise TargetError(
                f'the target {target.name!r} of a ranking must hold relevances 0, 1, 2, ...; '
                f'it has values from {values.min()} to {values.max()}.'
            )
        return values

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            'problem': self.problem,
            'classes': None if self.classes is None else [to_level(label) for label in self.classes],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TargetEncoding:
        """Of what ``to_json`` gave."""
        return cls(values['problem'], None if values['classes'] is None else _label_array(values['classes']))


def class_weights(
    target: npt.NDArray[Any],
    weight: npt.NDArray[np.float64] | None,
    class_weight: Any,
    classes: npt.NDArray[Any] | None,
) -> npt.NDArray[np.float64]:
    """Weight of each class.

    Args:
        target: Codes of the classes.
        weight: Weight of each row, if any.
        class_weight: ``'balanced'``, or a dict of the labels (or their text) to weights.
        classes: The labels in the order of their codes.

    Raises:
        ParameterError: Class weights of other classes, or of no classification.
    """
    if classes is None:
        raise ParameterError(
            f'class_weight={class_weight!r} was given, but the problem is no classification. Remove it.'
        )
    if class_weight == 'balanced':
        counts = np.bincount(target, weights=weight, minlength=len(classes))
        return np.asarray(counts.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1e-300)))
    if isinstance(class_weight, Mapping):
        return _weights_by_label(class_weight, classes)
    raise ParameterError(
        f"class_weight={class_weight!r} was given; 'balanced' or a dict of labels to weights is expected."
    )


def _weights_by_label(class_weight: Mapping[Any, float], classes: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    try:
        by_text = {str(label): float(weight) for label, weight in class_weight.items()}  # JSON keys are strings
    except (TypeError, ValueError) as error:
        raise ParameterError(f'class_weight={dict(class_weight)!r} was given, not numbers: {error}.') from error
    if not all(0 <= value < np.inf for value in by_text.values()):
        raise ParameterError(f'class_weight={dict(class_weight)!r} was given; finite numbers from 0 on are expected.')
    texts = [str(label) for label in classes]
    unknown = sorted(set(by_text) - set(texts))
    if unknown:
        raise ParameterError(f'class_weight has the labels {unknown}; the target has {texts}.')
    return np.array([by_text.get(text, 1.0) for text in texts])


def checked_weights(weight: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """Weights as numbers.

    Raises:
        DataError: Weights that are missing, infinite, negative, or all zero.
    """
    _refuse_missing(weight, 'weight')
    values = to_floats(weight, 'weight')
    if (values < 0).any():
        raise DataError(f'the weight {weight.name!r} has negative values such as {values.min()}. Weigh rows 0 or more.')
    if not (values > 0).any():
        raise DataError(f'the weight {weight.name!r} is zero in all rows; some above zero are expected.')
    return values


def to_floats(column: pd.Series[Any], role: str) -> npt.NDArray[np.float64]:
    """A column as finite numbers.

    Raises:
        TargetError: Values that are no numbers.
        InfiniteValueError: Infinite values.
    """
    if not is_numeric(column):
        raise TargetError(
            f'the {role} {column.name!r} of type {column.dtype} does not hold numbers. '
            'Convert it, or choose another column.'
        )
    values = to_numbers(column)
    if not np.isfinite(values).all():
        raise InfiniteValueError(
            f'the {role} {column.name!r} has {int((~np.isfinite(values)).sum())} infinite values (inf). '
            'Drop or replace these rows.'
        )
    return values


def _refuse_missing(column: pd.Series[Any], role: str) -> None:
    missing = int(column.isna().sum())
    if missing:
        raise MissingValueError(
            f'the {role} {column.name!r} is missing (NaN) in {missing} of {len(column)} rows. '
            f'Drop these rows before, for example with df.dropna(subset=[{column.name!r}]).'
        )


def _label_array(labels: list[Any]) -> npt.NDArray[Any]:
    array = np.array(labels)
    # numpy makes text of mixed labels, floats of mixed large integers, and cuts zero bytes off the end of a text
    if array.dtype.kind not in 'biufU' or [*map(repr, array.tolist())] != [*map(repr, labels)]:
        array = np.array(labels, dtype=object)
    return array
