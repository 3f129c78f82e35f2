"""What a task has to know of a model of users and items without loading its library, and the specs of all of them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from redshells.errors import require_installed
from redshells.model import load_class
from redshells.model.arguments import Arguments
from redshells.model.execution import Execution
from redshells.model.interactions import Interactions
from redshells.tuning import SearchSpace


@dataclass(frozen=True)
class RecommenderSpec:
    """A model of users and items by name.

    Args:
        name: What it is called in tasks and results.
        model_class: Its class, by import path.
        search_space: What ``Optimize…`` searches unless told otherwise, by the value of ``solver``; that of ``''`` is
            for models without solvers.
        first_trials: By the value of ``solver``, arguments that are known to be good, tried first.
        gone: Names of arguments that it had once, to what to do instead.
        default_solver: The solver that it has unless told otherwise.
    """

    name: str
    model_class: str
    search_space: Mapping[str, SearchSpace]
    first_trials: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)
    default_solver: str = ''

    def check_installed(self, who: str) -> None:
        """Check that its library is installed, without loading it.

        Raises:
            MissingExtraError: It is not; the message has the line that installs it.
        """
        require_installed(who, 'torch', 'torch')

    def solver_of(self, arguments: Mapping[str, Any]) -> str:
        """The solver that a model with these arguments has."""
        return str(arguments.get('solver', self.default_solver))


@dataclass(frozen=True)
class RecommenderBuilder:
    """Trains models of a spec; can be sent to another process.

    Args:
        spec: The model.
        random_seed: Seed of the models.
        execution: Where and how a training runs.
    """

    spec: RecommenderSpec
    random_seed: int
    execution: Execution = field(default_factory=Execution)

    def new_model(self, arguments: Mapping[str, Any]) -> Any:
        """A model with these arguments that is not fitted yet.

        Raises:
            UnknownArgumentError: The model does not take one.
            ParameterError: A value is out of its range, or an argument is one of the task's.
        """
        model_class = load_class(self.spec.model_class)
        known = set(inspect.signature(model_class).parameters) - {'random_seed'}
        reserved = {'random_seed': 'Use the parameter random_seed of the task.', **self.spec.gone}
        names = Arguments(self.spec.name, known | set(reserved), reserved=reserved)
        return model_class(**names.canonical(arguments), random_seed=self.random_seed)

    def __call__(
        self,
        arguments: Mapping[str, Any],
        interactions: Interactions,
        features: Mapping[str, pd.DataFrame] | None = None,
        validation: Interactions | None = None,
    ) -> Any:
        """A model with these arguments, trained on interactions.

        Args:
            arguments: Arguments of the model.
            interactions: One row for each pair.
            features: ``'user_features'`` and ``'item_features'``, as far as there are any.
            validation: Interactions to watch for early stopping.
        """
        return self.new_model(arguments).fit_interactions(
            interactions, **(features or {}), validation=validation, execution=self.execution
        )


_GONE = {
    'scope_name': 'It is gone: there are no variable scopes any more. Leave it out.',
    'save_directory_path': 'It is gone: a task files its model, and its checkpoints, by itself. Leave it out.',
    'epoch_size': 'It is called epochs (of matrix factorization: iterations) now.',
    'try_count': 'It is a parameter of TrainGraphConvolutionalMatrixCompletion; matrix factorization does not need it.',
    'decay_speed': 'It is a parameter of TrainGraphConvolutionalMatrixCompletion.',
    'test_size': 'It is gone: nothing is held out. Use Validate… for scores.',
}
MATRIX_FACTORIZATION = RecommenderSpec(
    name='MatrixFactorization',
    model_class='redshells.model.matrix_factorization:MatrixFactorization',
    search_space={},
    gone=_GONE,
    default_solver='als',
)
GRAPH_CONVOLUTIONAL_MATRIX_COMPLETION = RecommenderSpec(
    name='GraphConvolutionalMatrixCompletion',
    model_class='redshells.model.graph_convolutional_matrix_completion:GraphConvolutionalMatrixCompletion',
    search_space={},
    gone=_GONE,
)
LIGHT_GCN = RecommenderSpec(
    name='LightGCN',
    model_class='redshells.model.light_gcn:LightGCN',
    search_space={},
    default_solver='spectral',
)
