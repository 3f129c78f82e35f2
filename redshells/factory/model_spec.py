"""What a task has to know of a model without loading its library."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from redshells.errors import require_installed
from redshells.model import load_class
from redshells.model.arguments import Arguments
from redshells.tuning import SearchSpace
from redshells.tuning.search_strategy import SearchStrategy


@dataclass(frozen=True)
class ModelSpec:
    """A model by name.

    Args:
        name: What it is called in tasks and results.
        model_class: Its class, by import path.
        library: The module that it needs.
        extra: The extra that installs the library; empty where none does.
        search_space: What ``Optimize…`` searches unless told otherwise.
        first_trials: By problem, arguments that are known to be good, tried before the search samples.
        strategy: How the search of its own space follows the table, for models that are trained in rounds.
        stops_early: Whether it trains in rounds that early stopping can end.
        model_arguments: Further constructor arguments of the model's class.
        has_own_arguments: Whether the class takes its arguments one by one, and not as ``model_kwargs``.
        gone: Of such a class, names of arguments that it had once, to what to do instead.
        trusted_modules: Packages besides scikit-learn's whose classes its saved models may hold.
    """

    name: str
    model_class: str
    library: str
    extra: str
    search_space: SearchSpace
    first_trials: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    strategy: SearchStrategy | None = None
    stops_early: bool = True
    model_arguments: Mapping[str, Any] = field(default_factory=dict)
    has_own_arguments: bool = False
    gone: Mapping[str, str] = field(default_factory=dict)
    trusted_modules: tuple[str, ...] = ()

    def check_installed(self) -> None:
        """Check that the library is installed, without loading it.

        Raises:
            MissingExtraError: It is not; the message has the line that installs it.
        """
        require_installed(self.name, self.library, self.extra)

    def build_with(self, *, problem: str, random_seed: int, n_jobs: int) -> ModelBuilder:
        """What makes the models of a task."""
        return ModelBuilder(self, problem, random_seed, n_jobs)


@dataclass(frozen=True)
class ModelBuilder:
    """Makes models of a spec that are not fitted yet; can be sent to another process.

    Args:
        spec: The model.
        problem: ``'classification'``, ``'regression'`` or ``'ranking'``.
        random_seed: Seed of the models.
        n_jobs: Threads of each model; -1 for as many as there are cores.
    """

    spec: ModelSpec
    problem: str
    random_seed: int
    n_jobs: int = -1

    @property
    def stops_early(self) -> bool:
        """Whether the model trains in rounds that early stopping can end."""
        return self.spec.stops_early

    def __call__(self, params: Mapping[str, Any], number_of_rounds: int | None = None) -> Any:
        """A model with these arguments and at most so many rounds."""
        rounds = {'number_of_rounds': number_of_rounds} if self.spec.stops_early else {}
        params = dict(params)
        if number_of_rounds is not None:
            params = {name: value for name, value in params.items() if not self._is_number_of_rounds(name)}
        given = self._own_arguments(params) if self.spec.has_own_arguments else {'model_kwargs': params}
        return load_class(self.spec.model_class)(
            problem=self.problem,
            **given,
            random_seed=self.random_seed,
            n_jobs=self.n_jobs,
            **rounds,
            **self.spec.model_arguments,
        )

    def canonical(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments under the library's own names, one for each.

        Raises:
            UnknownArgumentError: The library does not take a name.
        """
        if self.spec.has_own_arguments:
            return self._own_arguments(params)
        return dict(self(params).canonical_arguments()) if self.spec.stops_early else dict(params)

    def _own_arguments(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments, all of which the class takes."""
        of_task = ('problem', 'random_seed', 'n_jobs', *self.spec.model_arguments)
        reserved = {name: f'Use the parameter {name} of the task.' for name in of_task}
        known = inspect.signature(load_class(self.spec.model_class)).parameters
        names = {*known, *reserved, *self.spec.gone}
        return Arguments(self.spec.name, names, reserved={**reserved, **self.spec.gone}).canonical(params)

    def named_as_in(self, names: Iterable[str], arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Canonical arguments under the names that a search space has for them; those that it lacks are left out."""
        return {
            name: arguments[self._canonical_name(name)] for name in names if self._canonical_name(name) in arguments
        }

    def override(self, params: Mapping[str, Any], explicit: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments, with canonical explicit ones in the place of those that mean the same."""
        kept = {name: value for name, value in params.items() if self._canonical_name(name) not in explicit}
        return {**kept, **explicit}

    def _is_number_of_rounds(self, name: str) -> bool:
        return self._canonical_name(name) == 'number_of_rounds'

    def _canonical_name(self, name: str) -> str:
        if not self.spec.stops_early:
            return name
        return str(load_class(self.spec.model_class).arguments().aliases.get(name, name))
