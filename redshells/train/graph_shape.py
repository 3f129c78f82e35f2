"""The shape of graphs: a table of nodes and a table of edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gokart

from redshells import parameter
from redshells.task import RedshellsTask

if TYPE_CHECKING:
    from redshells.model.graph import Graph

T = TypeVar('T')


class FromGraph(RedshellsTask[T], Generic[T]):
    """Rows of a data frame that are nodes, and rows of another one that are edges between them."""

    node_data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs the nodes, one row for each: a pandas or polars data frame.'
    )
    edge_data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs the edges, one row for each: a pandas or polars data frame.'
    )
    node_id_column_name: str = parameter.text(
        default='node', description='The column of the nodes with their ids, integers or strings.'
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
    feature_column_names: tuple[str, ...] | list[str] = parameter.names(
        default=(),
        description='The columns of the nodes to learn from; all but the id and the label when empty. Without any, a '
        'node is known by itself.',
    )
    directed: bool = parameter.flag(default=False, description='An edge goes from source to target only.')
    unknown_nodes: str = parameter.text(
        default='error',
        choices=('error', 'drop'),
        description="What becomes of edges of nodes that are not in the table: 'error' or 'drop'.",
    )

    def check_parameters(self) -> None:
        """Check that nodes and edges are one output of a task each.

        Raises:
            ParameterError: They are not.
        """
        super().check_parameters()
        self.check_input('node_data_task')
        self.check_input('edge_data_task')

    def label_name(self) -> str:
        """The column of the nodes with their classes; empty where none is looked at."""
        return ''

    def load_graph(self) -> Graph:
        """The graph of both tables.

        Raises:
            DataError: They are no graph.
        """
        from redshells.model.graph import read_nodes

        node_table, edge_table = self.load_input('node_data_task'), self.load_input('edge_data_task')
        with self.reading('node_data_task'):
            nodes = read_nodes(
                node_table,
                node_id_column_name=self.node_id_column_name,
                label_column_name=self.label_name(),
                feature_column_names=self.feature_column_names,
                directed=self.directed,
            )
        with self.reading('edge_data_task'):
            graph = nodes.with_edges(
                edge_table,
                source_column_name=self.source_column_name,
                target_column_name=self.target_column_name,
                weight_column_name=self.weight_column_name or '',
                unknown_nodes=self.unknown_nodes,
            )
        self.task_log.update(
            {'nodes': len(graph), 'edges': graph.number_of_edges, 'isolated_nodes': graph.number_of_isolated_nodes}
        )
        return graph
