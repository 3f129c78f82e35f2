"""What a task has to know of models of nodes without loading their library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redshells.factory.keyword_model import new_model
from redshells.model.execution import Execution
from redshells.tuning import SearchSpace

if TYPE_CHECKING:
    from redshells.model.graph import Graph

NAME = 'GraphConvolutionalNetwork'
_CLASS = 'redshells.model.graph_convolutional_network:GraphConvolutionalNetwork'
_RESERVED = {'random_seed': 'Use the parameter random_seed of the task.'}
SEARCH_SPACE = SearchSpace(
    {
        'hidden_size': {'type': 'int', 'low': 8, 'high': 128, 'log': True},
        'number_of_layers': {'type': 'int', 'low': 2, 'high': 3},
        'dropout_rate': {'type': 'float', 'low': 0.0, 'high': 0.8},
        'learning_rate': {'type': 'float', 'low': 0.003, 'high': 0.05, 'log': True},
        'weight_decay': {'type': 'float', 'low': 1e-5, 'high': 1e-2, 'log': True},
    }
)
"""What ``Optimize…`` searches unless told otherwise."""
FIRST_TRIALS: tuple[Mapping[str, Any], ...] = (
    {'hidden_size': 32, 'number_of_layers': 2, 'dropout_rate': 0.5, 'learning_rate': 0.01, 'weight_decay': 5e-4},
    {'hidden_size': 32, 'number_of_layers': 2, 'dropout_rate': 0.8, 'learning_rate': 0.01, 'weight_decay': 5e-4},
)
"""Arguments that are known to be good, tried first."""


@dataclass(frozen=True)
class NodeModelBuilder:
    """Trains models of nodes; can be sent to another process.

    Args:
        random_seed: Seed of the models.
        execution: Where and how a training runs.
    """

    random_seed: int
    execution: Execution = field(default_factory=Execution)

    def new_model(self, arguments: Mapping[str, Any]) -> Any:
        """A model with these arguments that is not fitted yet.

        Raises:
            UnknownArgumentError: The model does not take one.
            ParameterError: A value is out of its range, or an argument is one of the task's.
        """
        return new_model(_CLASS, NAME, arguments, self.random_seed, _RESERVED)

    def __call__(self, arguments: Mapping[str, Any], graph: Graph) -> Any:
        """A model with these arguments, trained on the nodes with a label."""
        return self.new_model(arguments).fit_graph(graph, execution=self.execution)
