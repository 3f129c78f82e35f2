"""The keyword arguments of a library: one name for each, none that the library does not know, none that is ours."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from redshells.errors import ParameterError, UnknownArgumentError

_IMPORT_PATH = re.compile(r'[A-Za-z_][\w.]*:[A-Za-z_]\w*')


@dataclass(frozen=True)
class Arguments:
    """What a library takes.

    Args:
        library: Its name, for messages.
        known: The names that it takes.
        aliases: Other names to the one that is used here.
        reserved: Names that can't be given, to what to do instead.
    """

    library: str
    known: Collection[str]
    aliases: Mapping[str, str] = field(default_factory=dict)
    reserved: Mapping[str, str] = field(default_factory=dict)

    def canonical(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values under the names that are used here.

        Raises:
            UnknownArgumentError: The library does not take a name.
            ParameterError: A name is reserved, or one argument is given under two names.
        """
        result: dict[str, Any] = {}
        for name, value in values.items():
            used = self.aliases.get(name, name)
            if used in self.reserved:
                raise ParameterError(
                    f'{self.library} was given {name}={value!r} in model_kwargs. {self.reserved[used]}'
                )
            if used not in self.known:
                raise UnknownArgumentError(self._unknown(name))
            if used in result:
                names = [given for given in values if self.aliases.get(given, given) == used]
                raise ParameterError(
                    f'{self.library} was given {used} twice, as {" and as ".join(names)}. Give one of them.'
                )
            result[used] = value
        return result

    def _unknown(self, name: str) -> str:
        close = difflib.get_close_matches(name, [*self.known, *self.aliases], n=3)
        advice = f'Did you mean {" or ".join(close)}?' if close else "See the library's documentation."
        return f'{self.library} does not take the argument {name!r}. {advice}'


def is_import_path(value: Any, native_prefixes: Collection[str] = ()) -> bool:
    """Whether a value is an import path such as ``'my_package.losses:focal'``, and no library's name with a colon."""
    return isinstance(value, str) and bool(_IMPORT_PATH.fullmatch(value)) and value.split(':')[0] not in native_prefixes


def load_function(path: str, role: str) -> Any:
    """The function or class of an import path.

    Raises:
        ParameterError: There is no such module or name.
    """
    module, _, name = path.partition(':')
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ParameterError(
            f'{role} {path!r} can not be imported: {error}. Expected is module:name of something that every '
            'process can import.'
        ) from error


def monotone_by_feature(constraints: Any, feature_names: list[str], categorical: Collection[int] = ()) -> list[int]:
    """Monotone constraints in the order of the features, of a dict by column name or of a list.

    Args:
        constraints: -1, 0 or 1 for each feature, in a list, in text such as ``'(1,0)'``, or in a dict by name.
        feature_names: Names of the features.
        categorical: Positions of the features that are categories, which have no order.

    Raises:
        ParameterError: A column is not there, the list has another length than there are features, or a value is none
            of -1, 0, 1 or belongs to a category.
    """
    if isinstance(constraints, Mapping):
        unknown = [name for name in constraints if name not in feature_names]
        if unknown:
            raise ParameterError(
                f'monotone_constraints names {unknown}, which are no features; the features are {feature_names}.'
            )
        constraints = [constraints.get(name, 0) for name in feature_names]
    if isinstance(constraints, str):
        constraints = constraints.strip('()[] ').split(',')
    try:
        values = [int(value) for value in constraints]
    except (TypeError, ValueError) as error:
        raise ParameterError(f'monotone_constraints={constraints!r} was given; -1, 0 and 1 are expected.') from error
    if not set(values) <= {-1, 0, 1}:
        raise ParameterError(f'monotone_constraints has the values {sorted(set(values))}; -1, 0 and 1 are expected.')
    if len(values) != len(feature_names):
        raise ParameterError(
            f'monotone_constraints has {len(values)} values for {len(feature_names)} features. '
            "Give a dict by column name, such as {'age': 1}, or one of -1, 0, 1 for each feature."
        )
    unordered = [feature_names[position] for position in categorical if values[position]]
    if unordered:
        raise ParameterError(
            f'monotone_constraints has {unordered}, which are categories without an order. '
            'Leave them out, or make them ordered categoricals or numbers.'
        )
    return values
