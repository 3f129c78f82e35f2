"""A search space as data: names, ranges and conditions, in a form that can be written down and compared.

>>> space = SearchSpace(
...     {
...         'boosting': {'type': 'categorical', 'choices': ['gbdt', 'dart']},
...         'drop_rate': {'type': 'float', 'low': 0.0, 'high': 1.0, 'when': {'boosting': ['dart']}},
...         'num_leaves': {'type': 'int', 'low': 4, 'high': 512, 'log': True},
...     }
... )
>>> space.names
('boosting', 'num_leaves', 'drop_rate')
>>> space.without({'boosting': 'gbdt'}).names
('num_leaves',)
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from redshells.errors import SearchSpaceError
from redshells.tuning.search_range import SearchRange, plain_scalar, read_range, same_value

if TYPE_CHECKING:
    import optuna


class SearchSpace:
    """The parameters that a study searches. Immutable, hashable, and equal whatever the order of its names.

    Each name, which is the model's own argument, has a mapping with these keys:

    - ``type``: ``'int'``, ``'float'`` or ``'categorical'``;
    - ``low`` and ``high`` (both are included), ``step`` or ``log`` for numbers; ``choices`` for a categorical one;
    - ``when``, optional: ``{'other_name': [values]}``. The parameter is searched only where each of the named ones has
      one of its values.
    """

    __slots__ = ('_ranges', '_text')

    _ranges: dict[str, SearchRange]
    _text: str

    def __init__(self, ranges: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """Check and take over the ranges.

        Args:
            ranges: Parameter names and their ranges. None or an empty mapping is a space without parameters.

        Raises:
            SearchSpaceError: A range that can't be searched. The message names the parameter.
        """
        if ranges is not None and not isinstance(ranges, Mapping):
            raise SearchSpaceError(
                f'the search space is {ranges!r}; a mapping of parameter names to ranges is expected, such as '
                "{'num_leaves': {'type': 'int', 'low': 4, 'high': 512}}."
            )
        self._set([read_range(name, fields) for name, fields in (ranges or {}).items()])

    def _set(self, ranges: Iterable[SearchRange]) -> None:
        by_name = {one.name: one for one in ranges}
        _check_conditions(by_name)
        ordered = {name: by_name[name] for name in _parents_first(by_name)}
        object.__setattr__(self, '_ranges', ordered)
        text = json.dumps(self.to_dict(), sort_keys=True, separators=(',', ':'), allow_nan=False)
        object.__setattr__(self, '_text', text)

    @classmethod
    def from_mapping(cls, ranges: Mapping[str, Mapping[str, Any]] | SearchSpace) -> SearchSpace:
        """Return the space of a mapping, or the space itself where it is one already.

        Args:
            ranges: Parameter names and their ranges, or a search space.

        Raises:
            SearchSpaceError: A range that can't be searched.
        """
        return ranges if isinstance(ranges, SearchSpace) else cls(ranges)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameter names in the order in which they are drawn: by name, but each after those it depends on."""
        return tuple(self._ranges)

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return the space as plain dicts and lists, from which an equal space can be built."""
        return {name: one.to_dict() for name, one in self._ranges.items()}

    def gokart_serialize(self) -> str:
        """Return the space as canonical JSON: equal spaces have equal texts."""
        return self._text

    @classmethod
    def gokart_deserialize(cls, s: str) -> SearchSpace:
        """Return the space that ``gokart_serialize`` wrote.

        Args:
            s: JSON of a mapping of parameter names to ranges.

        Raises:
            SearchSpaceError: The text is no JSON, or holds a range that can't be searched.
        """
        try:
            ranges = json.loads(s)
        except ValueError as error:
            raise SearchSpaceError(f'the search space is {s!r}; a JSON object is expected ({error}).') from error
        return cls(ranges)

    def without(self, fixed: Mapping[str, Any]) -> SearchSpace:
        """Return the space of what remains to be searched when some parameters are given.

        A parameter that depends on a given one loses the condition where the given value satisfies it, and is dropped,
        with all that depends on it, where it doesn't. Names that are not in the space are ignored.

        Args:
            fixed: Parameter names and the values they are given.
        """
        kept: dict[str, SearchRange] = {}
        for name, one in self._ranges.items():
            if name in fixed:
                continue
            open_conditions = {parent: values for parent, values in one.when.items() if parent not in fixed}
            met = all(
                any(same_value(fixed[parent], value) for value in values)
                for parent, values in one.when.items()
                if parent in fixed
            )
            if met and all(parent in kept for parent in open_conditions):
                kept[name] = one.with_conditions(open_conditions)
        space = SearchSpace()
        space._set(kept.values())
        return space

    def at_most(self, bounds: Mapping[str, float]) -> SearchSpace:
        """Return the space with lower upper ends of ranges of numbers; no range becomes empty.

        Args:
            bounds: Names of parameters and their largest values. Names that are not in the space are ignored.
        """
        space = SearchSpace()
        space._set(one.at_most(bounds.get(name, math.inf)) for name, one in self._ranges.items())
        return space

    def suggest(self, trial: optuna.trial.BaseTrial) -> dict[str, Any]:
        """Draw a value for each parameter whose conditions are met.

        Args:
            trial: The Optuna trial that draws, and records what it drew.
        """
        params: dict[str, Any] = {}
        for name, one in self._ranges.items():
            if one.is_active(params):
                params[name] = one.suggest(trial)
        return params

    def contains(self, params: Mapping[str, Any]) -> bool:
        """Return whether ``params`` is a whole configuration of this space: one that a study could have drawn.

        Args:
            params: Parameter names and values.
        """
        active = [name for name, one in self._ranges.items() if one.is_active(params)]
        return set(active) == set(params) and all(self._ranges[name].contains(params[name]) for name in active)

    def clip(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return what of a known configuration can be tried in this space.

        Numbers move to the nearest value of their range. Names that the space doesn't have, parameters whose condition
        isn't met and values that no range has are left out. Nothing is added, so the result may be a part of a whole.

        Args:
            params: Parameter names and values.
        """
        clipped: dict[str, Any] = {}
        for name, one in self._ranges.items():
            if name in params and one.is_active(clipped):
                value = one.nearest(plain_scalar(params[name]))
                if one.contains(value):
                    clipped[name] = value
        return clipped

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f'a SearchSpace is immutable; build a new one instead of setting {name!r}')

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f'a SearchSpace is immutable; {name!r} can not be deleted')

    def __reduce__(self) -> tuple[Any, ...]:
        return SearchSpace.gokart_deserialize, (self._text,)

    def __len__(self) -> int:
        return len(self._ranges)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ranges)

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, SearchSpace) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return f'SearchSpace({self.to_dict()!r})'


def _parents_first(ranges: Mapping[str, SearchRange]) -> list[str]:
    sorter = TopologicalSorter({name: list(one.when) for name, one in ranges.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        raise SearchSpaceError(
            f'the conditions of the search space form a circle: {" -> ".join(error.args[1])}. Remove one of them.'
        ) from error
    names: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        names += ready
        sorter.done(*ready)
    return names


def _check_conditions(ranges: Mapping[str, SearchRange]) -> None:
    for name, one in ranges.items():
        for parent, values in one.when.items():
            if parent not in ranges:
                raise SearchSpaceError(
                    f'{name!r} is searched where {parent!r} is one of {list(values)}, but the search space has no '
                    f'{parent!r}; it has {sorted(ranges)}. Add it, or remove the condition.'
                )
            if ranges[parent].type == 'float':
                raise SearchSpaceError(
                    f'{name!r} depends on {parent!r}, which is a float; '
                    'conditions are on int or categorical parameters.'
                )
            impossible = [value for value in values if not ranges[parent].contains(value)]
            if impossible:
                raise SearchSpaceError(
                    f'{name!r} is searched where {parent!r} is one of {list(values)}, but {parent!r} never is '
                    f'{impossible}. Correct the condition.'
                )
