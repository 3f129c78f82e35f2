"""The range of one parameter of a search space: how it is read and checked, and what is in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from redshells.errors import SearchSpaceError

if TYPE_CHECKING:
    import optuna

_NUMBER_FIELDS = ('low', 'high', 'step', 'log')
_FIELDS = {'int': _NUMBER_FIELDS, 'float': _NUMBER_FIELDS, 'categorical': ('choices',)}
# Optuna accepts a float that is this part of a step away from the grid.
_GRID_TOLERANCE = 1e-8
_SCALARS = (bool, int, float, str, type(None))


@dataclass(frozen=True)
class SearchRange:
    """The values that one parameter may have, and when it has one at all."""

    name: str
    type: str
    low: float = 0
    high: float = 0
    step: float | None = None
    log: bool = False
    choices: tuple[Any, ...] = ()
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that differ from their defaults, as plain data."""
        if self.type == 'categorical':
            data: dict[str, Any] = {'type': self.type, 'choices': list(self.choices)}
        else:
            data = {'type': self.type, 'low': self.low, 'high': self.high}
        if self.step is not None:
            data['step'] = self.step
        if self.log:
            data['log'] = True
        if self.when:
            data['when'] = {parent: list(values) for parent, values in self.when.items()}
        return data

    def with_conditions(self, when: Mapping[str, tuple[Any, ...]]) -> SearchRange:
        """Return the same range under other conditions.

        Args:
            when: Names of other parameters and the values at which this one is searched.
        """
        return replace(self, when=dict(when))

    def is_active(self, params: Mapping[str, Any]) -> bool:
        """Return whether all conditions are met.

        Args:
            params: The values of the parameters that this one depends on.
        """
        return all(
            parent in params and any(same_value(params[parent], value) for value in values)
            for parent, values in self.when.items()
        )

    def at_most(self, bound: float) -> SearchRange:
        """Return the same range with no values above a bound, apart from its lowest.

        Args:
            bound: The largest value; choices stay as they are.
        """
        if self.type == 'categorical' or bound >= self.high:
            return self
        step = self.step or (1 if self.type == 'int' else 0)
        high = self.low + (bound - self.low) // step * step if step else bound
        return replace(self, high=max(self.low, int(high) if self.type == 'int' else high))

    def contains(self, value: Any) -> bool:
        """Return whether a study could draw ``value``.

        Args:
            value: A value of any type.
        """
        value = plain_scalar(value)
        if self.type == 'categorical':
            return any(same_value(value, choice) for choice in self.choices)
        if not _is_number(value) or (self.type == 'int' and not isinstance(value, int)):
            return False
        if not self.low <= value <= self.high:
            return False
        steps = (value - self.low) / (self.step or 1)
        return (self.type == 'float' and self.step is None) or abs(steps - round(steps)) < _GRID_TOLERANCE

    def nearest(self, value: Any) -> Any:
        """Return the value of this range that is nearest to a number; any other value as it is.

        Args:
            value: A value of any type.
        """
        if self.type == 'categorical' or not _is_number(value):
            return value
        value = min(max(value, self.low), self.high)
        if self.type == 'int' or self.step is not None:
            step = self.step or 1
            value = min(self.low + round((value - self.low) / step) * step, self.high)
        return int(value) if self.type == 'int' else float(value)

    def suggest(self, trial: optuna.trial.BaseTrial) -> Any:
        """Draw a value.

        Args:
            trial: The Optuna trial that draws.
        """
        if self.type == 'categorical':
            return trial.suggest_categorical(self.name, self.choices)
        if self.type == 'float':
            return trial.suggest_float(self.name, self.low, self.high, step=self.step, log=self.log)
        return trial.suggest_int(self.name, int(self.low), int(self.high), step=int(self.step or 1), log=self.log)


def plain_scalar(value: Any) -> Any:
    """Return a numpy scalar as the Python value that it stands for, and anything else as it is.

    Args:
        value: A value of any type.
    """
    is_numpy_scalar = hasattr(value, 'dtype') and getattr(value, 'ndim', None) == 0
    return value.item() if is_numpy_scalar else value


def same_value(left: Any, right: Any) -> bool:
    """Return whether two plain values are equal, where a truth value is never equal to a number.

    Args:
        left: A scalar.
        right: A scalar.
    """
    left, right = plain_scalar(left), plain_scalar(right)
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(isinstance(left, _SCALARS) and left == right)


def read_range(name: object, fields: object) -> SearchRange:
    """Check the data form of one parameter.

    Args:
        name: The name of the parameter.
        fields: Its ``type``, and the keys that go with it.

    Raises:
        SearchSpaceError: Something in it can't be searched.
    """
    if not isinstance(name, str) or not name:
        raise SearchSpaceError(f'the search space has the name {name!r}; names are non-empty strings.')
    if not isinstance(fields, Mapping):
        raise SearchSpaceError(
            f"{name!r} is {fields!r}; a mapping such as {{'type': 'float', 'low': 0.0, 'high': 1.0}} is expected."
        )
    kind = fields.get('type')
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise SearchSpaceError(f'{name!r} has the type {kind!r}; one of {list(_FIELDS)} is expected.')
    allowed = ('type', *_FIELDS[kind], 'when')
    unknown = [key for key in fields if key not in allowed]
    if unknown:
        raise SearchSpaceError(f'{name!r}, of type {kind!r}, has the fields {unknown}; only {list(allowed)} are known.')
    when = _read_conditions(name, fields.get('when'))
    if kind == 'categorical':
        choices = _read_values(name, 'choices', fields.get('choices'))
        return SearchRange(name, kind, choices=choices, when=when)
    return _read_numbers(name, kind, fields, when)


def _read_numbers(name: str, kind: str, fields: Mapping[str, Any], when: Mapping[str, tuple[Any, ...]]) -> SearchRange:
    low = _read_number(name, kind, 'low', fields.get('low'))
    high = _read_number(name, kind, 'high', fields.get('high'))
    log = plain_scalar(fields.get('log', False))
    if not isinstance(log, bool):
        raise SearchSpaceError(f'{name!r} has log={log!r}; True or False is expected.')
    if low > high:
        raise SearchSpaceError(f'{name!r} has low={low} and high={high}; low must not be greater than high.')
    if log and low <= 0:
        raise SearchSpaceError(f'{name!r} has log=True and low={low}; a logarithmic range must begin above 0.')
    step = fields.get('step')
    if step is not None:
        step = _read_number(name, kind, 'step', step)
        _check_step(name, low, high, step, log)
        # An int range has steps of 1 anyhow, and equal ranges must be written down equally.
        step = None if kind == 'int' and step == 1 else step
    return SearchRange(name, kind, low=low, high=high, step=step, log=log, when=when)


def _check_step(name: str, low: float, high: float, step: float, log: bool) -> None:
    if log:
        raise SearchSpaceError(f'{name!r} has log=True and step={step}; only one of them is possible.')
    if step <= 0:
        raise SearchSpaceError(f'{name!r} has step={step}; it must be greater than 0.')
    width = Decimal(str(high)) - Decimal(str(low))
    if width % Decimal(str(step)):
        reached = Decimal(str(low)) + width // Decimal(str(step)) * Decimal(str(step))
        raise SearchSpaceError(
            f'{name!r} has low={low}, high={high} and step={step}, which never reaches high. '
            f'Set high={reached}, or another step.'
        )


def _read_number(name: str, kind: str, field_name: str, value: Any) -> float:
    value = plain_scalar(value)
    if kind == 'int':
        if not isinstance(value, int) or isinstance(value, bool):
            raise SearchSpaceError(f'{name!r}, of type int, has {field_name}={value!r}; an int is expected.')
        return value
    if not _is_number(value) or not math.isfinite(value):
        raise SearchSpaceError(f'{name!r}, of type float, has {field_name}={value!r}; a finite number is expected.')
    return float(value)


def _read_values(name: str, field_name: str, values: Any) -> tuple[Any, ...]:
    if not isinstance(values, (list, tuple)) or not values:
        raise SearchSpaceError(f'{name!r} has {field_name}={values!r}; a list with one value at least is expected.')
    read = tuple(plain_scalar(value) for value in values)
    for position, value in enumerate(read):
        if not isinstance(value, _SCALARS) or (isinstance(value, float) and not math.isfinite(value)):
            raise SearchSpaceError(
                f'{name!r} has {value!r} among its {field_name}; '
                'None, truth values, finite numbers and strings are expected.'
            )
        # Optuna finds a choice by ==, for which True and 1 are one.
        if value in read[:position]:
            raise SearchSpaceError(f'{name!r} has {value!r} twice among its {field_name} {list(read)}. Remove one.')
    return read


def _read_conditions(name: str, when: Any) -> dict[str, tuple[Any, ...]]:
    if when is None:
        return {}
    if not isinstance(when, Mapping) or not all(isinstance(parent, str) for parent in when):
        raise SearchSpaceError(
            f'{name!r} has when={when!r}; a mapping of other names to lists of their values is expected, '
            "such as {'boosting': ['dart']}."
        )
    conditions = {parent: _read_values(name, f'values of {parent!r} in when', when[parent]) for parent in sorted(when)}
    return {parent: tuple(sorted(values, key=repr)) for parent, values in conditions.items()}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value)
