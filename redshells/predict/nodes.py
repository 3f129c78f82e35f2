"""Predict the classes of nodes, and give them vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gokart
import pandas as pd
from gokart.target import TargetOnKart

from redshells import parameter
from redshells.errors import ParameterError
from redshells.process import run_safely
from redshells.target import check_table_path
from redshells.task import RedshellsTask

if TYPE_CHECKING:
    from redshells.model.graph import Graph
    from redshells.model.graph_convolutional_network import GraphConvolutionalNetwork


class OfGraph(RedshellsTask[pd.DataFrame]):
    """A trained model of nodes, and a graph that it looks at: that of the training, or another one."""

    model_task: gokart.TaskOnKart[Any] = parameter.task(description='A TrainGraphConvolutionalNetwork task.')
    node_data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs the nodes, one row for each, with the features of the training.'
    )
    edge_data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs the edges, one row for each: a pandas or polars data frame.'
    )
    node_id_column_name: str = parameter.text(
        default='node', description='The column of the nodes with their ids; it is in the output, too.'
    )
    source_column_name: str = parameter.text(
        default='source', description='The column of the edges with the id of one node.'
    )
    target_column_name: str = parameter.text(
        default='target', description='The column of the edges with the id of the other node.'
    )
    weight_column_name: str | None = parameter.text(
        default=None, description='The column of the edges with their weights, at least 0.'
    )
    directed: bool = parameter.flag(
        default=False, description='An edge goes from source to target only; as it was in the training.'
    )
    unknown_nodes: str = parameter.text(
        default='error',
        choices=('error', 'drop'),
        description="What becomes of edges of nodes that are not in the table: 'error' or 'drop'.",
    )
    output_file_path: str = parameter.text(description='Path of the table below the workspace.')

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, and that the inputs are a model and tables.

        Raises:
            ParameterError: One is not.
        """
        check_table_path(self.output_file_path)
        self.check_input('model_task', 'a model')
        self.check_input('node_data_task')
        self.check_input('edge_data_task')

    def output(self) -> TargetOnKart:
        """The table."""
        return self.file_target(self.output_file_path)

    def load_graph(self) -> Graph:
        """The graph of both tables.

        Raises:
            DataError: They are no graph.
        """
        from redshells.model.graph import read_nodes

        node_table, edge_table = self.load_input('node_data_task'), self.load_input('edge_data_task')
        with self.reading('node_data_task'):
            nodes = read_nodes(node_table, node_id_column_name=self.node_id_column_name, directed=self.directed)
        with self.reading('edge_data_task'):
            graph = nodes.with_edges(
                edge_table,
                source_column_name=self.source_column_name,
                target_column_name=self.target_column_name,
                weight_column_name=self.weight_column_name or '',
                unknown_nodes=self.unknown_nodes,
            )
        self.task_log.update({'nodes': len(graph), 'edges': graph.number_of_edges})
        return graph

    def load_model(self) -> GraphConvolutionalNetwork:
        """The trained model.

        Raises:
            ParameterError: The task outputs something else.
        """
        from redshells.model.graph_convolutional_network import GraphConvolutionalNetwork

        model: GraphConvolutionalNetwork = self.load_fitting(
            'model_task',
            lambda one: isinstance(one, GraphConvolutionalNetwork),
            'a TrainGraphConvolutionalNetwork task',
        )
        return model


class PredictNodes(OfGraph):
    """Predict the class of each node of a graph with a trained model.

    Output: a data frame with one row for each node, in order: its id, ``prediction`` and ``probability_<class>``. The
    graph may have other nodes than the training, where these have features.
    """

    output_file_path: str = parameter.text(
        default='predict/predict_nodes.feather', description='Path of the predictions below the workspace.'
    )

    def compute(self) -> pd.DataFrame:
        """The predictions."""
        from redshells.model.node_tables import predict_nodes

        model, graph = self.load_model(), self.load_graph()
        with self.reading('node_data_task'):
            return run_safely(predict_nodes, model, graph, self.node_id_column_name)


class EmbedNodes(OfGraph):
    """Give each node of a graph a vector, near to those of nodes with like features and neighbours.

    Output: a data frame with one row for each node, in order: its id, and ``vector``, what comes out of the last hidden
    layer of the model.
    """

    vector_column_name: str = parameter.text(default='vector', description='The column of the output with the vectors.')
    output_file_path: str = parameter.text(
        default='predict/embed_nodes.feather', description='Path of the vectors below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the columns of the output have names of their own, besides what is checked of all.

        Raises:
            ParameterError: They have not.
        """
        super().check_parameters()
        if self.vector_column_name == self.node_id_column_name:
            raise ParameterError(
                f'vector_column_name={self.vector_column_name!r} was given, which is the column of the ids. Choose '
                'another one.'
            )

    def compute(self) -> pd.DataFrame:
        """The vectors."""
        from redshells.model.node_tables import embed_nodes

        model, graph = self.load_model(), self.load_graph()
        with self.reading('node_data_task'):
            return run_safely(embed_nodes, model, graph, self.node_id_column_name, self.vector_column_name)
