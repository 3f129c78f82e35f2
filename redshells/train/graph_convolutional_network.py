"""Train, tune and validate the graph convolutional network."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart
import pandas as pd
from gokart.target import TargetOnKart
from gokart.utils import FlattenableItems

from redshells import parameter
from redshells.factory.keyword_model import check_torch_installed
from redshells.factory.node_models import FIRST_TRIALS, NAME, SEARCH_SPACE, NodeModelBuilder
from redshells.model.metric_name import check_metrics
from redshells.process import run_safely
from redshells.target import check_table_path
from redshells.train.argument_search import ArgumentSearch
from redshells.train.execution import RunsOnDevice, WithCheckpoints
from redshells.train.graph_shape import FromGraph
from redshells.train.tuned import load_tuning_result
from redshells.tuning import TuningResult

if TYPE_CHECKING:
    from redshells.model.graph import Graph
    from redshells.model.graph_convolutional_network import GraphConvolutionalNetwork
    from redshells.tuning.argument_tuning import ArgumentTuningPlan
    from redshells.tuning.split import Positions

T = TypeVar('T')
R = TypeVar('R')

_PROBLEM = 'classification'
_USUAL_METRICS = ('accuracy', 'logloss')


class LearnsLabels(FromGraph[T], RunsOnDevice[T], Generic[T]):
    """What all verbs of models of nodes have: labels, the arguments of the model, and where it runs."""

    label_column_name: str = parameter.text(
        default='label', description='The column of the nodes with their classes; missing where they are not known.'
    )
    model_kwargs: dict[str, Any] = parameter.keyword_arguments(
        default={},
        description='Arguments of the model by its own names; they win over tuned ones, and are not searched.',
    )
    random_seed: int = parameter.integer(
        default=0, minimum=0, maximum=2**31 - 1, description='Seed of all that is drawn.'
    )

    def check_parameters(self) -> None:
        """Check that the model's library is installed, besides what the shape checks.

        Raises:
            MissingExtraError: It is not.
        """
        super().check_parameters()
        check_torch_installed(type(self).__name__)

    def label_name(self) -> str:
        """The column of the nodes with their classes."""
        return self.label_column_name

    def explicit_arguments(self) -> dict[str, Any]:
        """The given arguments under the model's own names."""
        return parameter.plain(self.model_kwargs)

    def builder(self) -> NodeModelBuilder:
        """What trains the models of the task."""
        return NodeModelBuilder(self.random_seed, self.execution())


class WithBestNodeModel(LearnsLabels[T], Generic[T]):
    """Verbs that train with tuned arguments."""

    best_params_task: gokart.TaskOnKart[TuningResult] | None = parameter.optional_task(
        description='An OptimizeGraphConvolutionalNetwork task; its best parameters are used.'
    )

    def check_parameters(self) -> None:
        """Check the tuned arguments, besides what all verbs check.

        Raises:
            ParameterError: They are something else.
        """
        super().check_parameters()
        self.check_input('best_params_task', 'a tuning result')

    def training_arguments(self) -> dict[str, Any]:
        """Tuned arguments, and the explicit ones, which win.

        Raises:
            ResultMismatchError: The tuning was of another model, problem or column.
            UnknownArgumentError: The model does not take an argument.
        """
        arguments = self.explicit_arguments()
        if self.best_params_task is not None:
            result = load_tuning_result(self, NAME, _PROBLEM, self.label_column_name)
            arguments = {**result.best_params, **arguments}
        self.builder().new_model(arguments)  # refuses before the data is read
        return arguments


class TrainGraphConvolutionalNetwork(
    WithBestNodeModel['GraphConvolutionalNetwork'], WithCheckpoints['GraphConvolutionalNetwork']
):
    """Learn the classes of nodes from their features and from those of the nodes around them.

    Output: a [`GraphConvolutionalNetwork`][redshells.model.graph_convolutional_network.GraphConvolutionalNetwork].
    """

    output_file_path: str = parameter.text(
        default='model/graph_convolutional_network.zip', description='Path of the model below the workspace.'
    )

    def output(self) -> TargetOnKart:
        """The model."""
        return self.model_target(self.output_file_path)

    def compute(self) -> GraphConvolutionalNetwork:
        """The fitted model."""
        arguments = self.training_arguments()
        model: GraphConvolutionalNetwork = run_safely(self.builder(), arguments, self.load_graph())
        names = ('nodes', 'edges', 'isolated_nodes', 'inputs')
        model.training = {**model.training, **{name: self.task_log[name] for name in names}}
        return model


class SplitsNodes(LearnsLabels[T], Generic[T]):
    """Verbs that hide the labels of nodes."""

    cross_validation_size: int = parameter.integer(default=5, minimum=2, description='Number of folds.')

    def folds_of(self, graph: Graph) -> list[Positions]:
        """The nodes whose label is hidden in each fold.

        Raises:
            SplitError: There are too few.
        """
        from redshells.tuning.node_objective import node_folds

        with self.reading('node_data_task'):
            return node_folds(graph, self.cross_validation_size, self.random_seed)


class OptimizeGraphConvolutionalNetwork(SplitsNodes[TuningResult], ArgumentSearch):
    """Tune the graph convolutional network by its scores on nodes whose label is hidden.

    Output: a [`TuningResult`][redshells.tuning.TuningResult], for ``TrainGraphConvolutionalNetwork``.
    """

    metric: str = parameter.text(
        default='accuracy', description="The score to tune for, of a classification, such as 'accuracy' or 'logloss'."
    )
    cross_validation_size: int = parameter.integer(
        default=3, minimum=2, description='Number of folds, shared by all trials.'
    )
    output_file_path: str = parameter.text(
        default='optimize/graph_convolutional_network.json',
        description='Path of the tuning result below the workspace.',
    )

    def check_parameters(self) -> None:
        """Check the score, besides what all verbs check.

        Raises:
            UnknownNameError: There is no such score.
        """
        super().check_parameters()
        check_metrics([self.metric], _PROBLEM)

    def search_with(self, function: Callable[[Any, ArgumentTuningPlan], R]) -> R:
        """What a function of an objective and a plan makes of the inputs and the parameters."""
        from redshells.tuning.node_objective import NodeObjective, check_labels

        explicit, builder = self.explicit_arguments(), self.builder()
        builder.new_model(explicit)  # refuses before the data is read
        graph = self.load_graph()
        with self.reading('node_data_task'):
            check_labels(graph, [self.metric])
        objective = NodeObjective(
            build=builder,
            graph=graph,
            folds=self.folds_of(graph),
            metric=self.metric,
            fixed=explicit,
            random_seed=self.random_seed,
        )
        plan = self.plan(
            explicit,
            model_name=NAME,
            target_column_name=self.label_column_name,
            search_space=SEARCH_SPACE,
            first_trials=FIRST_TRIALS,
        )
        return run_safely(function, objective, plan)


class ValidateGraphConvolutionalNetwork(
    SplitsNodes[dict[str, pd.DataFrame]], WithBestNodeModel[dict[str, pd.DataFrame]]
):
    """Cross-validate the graph convolutional network on its labels. Output: the ``'scores'`` and ``'predictions'``."""

    metrics: tuple[str, ...] | list[str] = parameter.names(
        default=(), description="Names of the scores of a classification; 'accuracy' and 'logloss' when empty."
    )
    output_file_path: str = parameter.text(
        default='validate/graph_convolutional_network.feather',
        description='Path below the workspace, to which _scores and _predictions are added.',
    )

    def check_parameters(self) -> None:
        """Check that the parameters go together.

        Raises:
            ParameterError: They do not.
        """
        super().check_parameters()
        check_table_path(self.output_file_path)
        check_metrics(self.metrics, _PROBLEM)

    def output(self) -> FlattenableItems[TargetOnKart]:
        """The scores and the predictions."""
        base, extension = os.path.splitext(self.output_file_path)
        return {name: self.file_target(f'{base}_{name}{extension}') for name in ('scores', 'predictions')}

    def compute(self) -> dict[str, pd.DataFrame]:
        """The scores and the predictions."""
        from redshells.tuning.node_objective import check_labels
        from redshells.tuning.node_validation import validate_nodes

        arguments, graph = self.training_arguments(), self.load_graph()
        metrics = self.metrics or _USUAL_METRICS
        with self.reading('node_data_task'):
            check_labels(graph, metrics)
        folds = self.folds_of(graph)
        result = run_safely(validate_nodes, self.builder(), graph, folds, arguments=arguments, metrics=metrics)
        self.task_log['scores'] = result['scores'].groupby('metric', sort=False)['score'].mean().to_dict()
        return result
