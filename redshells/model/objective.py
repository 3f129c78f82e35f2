"""The objective of boosted trees: a name that the library has for the problem, or a function of the user's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redshells.errors import ParameterError
from redshells.model.arguments import is_import_path, load_function


@dataclass(frozen=True)
class Objectives:
    """The objectives of a library.

    Args:
        library: Its name, for messages.
        names: The objectives that make probabilities of two classes (``'binary'``) or more (``'multiclass'``), and
            those of a ranking (``'ranking'``).
        argument: The argument that takes one.
        prefixes: First parts of names with a colon, which would look like import paths.
    """

    library: str
    names: Mapping[str, frozenset[str]]
    argument: str = 'objective'
    prefixes: tuple[str, ...] = ()

    def resolve(self, objective: Any, kind: str) -> Any:
        """The objective as the library takes it.

        Args:
            objective: A name, or the import path of a function.
            kind: ``'binary'``, ``'multiclass'``, ``'regression'`` or ``'ranking'``.

        Raises:
            ParameterError: It is of another kind of problem, neither a name nor an import path, or can't be imported.
        """
        if is_import_path(objective, self.prefixes):
            return load_function(objective, 'the objective')
        if not isinstance(objective, str):
            raise ParameterError(
                f'{self.argument}={objective!r} was given; a name of {self.library} or the import path of a '
                "function, such as 'my_package.losses:focal', is expected."
            )
        if not self._fits(objective, kind):
            fitting = f'one of {sorted(self.names[kind])}' if kind in self.names else 'one for numbers'
            raise ParameterError(
                f'{self.argument}={objective!r} was given for a {kind} problem of {self.library}; {fitting}, or the '
                'import path of a function, is expected.'
            )
        return objective

    def _fits(self, objective: str, kind: str) -> bool:
        """Whether its predictions would be taken for what they are."""
        names = {objective, objective.split(':')[0]}  # CatBoost's have arguments after a colon
        if kind in ('binary', 'multiclass'):
            return bool(names & self.names[kind])
        others = ('multiclass', 'ranking') if kind == 'regression' else ('multiclass',)
        return not any(names & self.names[other] for other in others)
