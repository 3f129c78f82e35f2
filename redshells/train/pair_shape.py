"""The shape of pairs: a table of pairs of items that are similar or not, and the vectors of the items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import gokart

from redshells import parameter
from redshells.task import RedshellsTask

if TYPE_CHECKING:
    from redshells.model.frame import TableData

T = TypeVar('T')


class FromPairs(RedshellsTask[T], Generic[T]):
    """Pairs of items, each with whether they are similar; what is learnt from are the products of their vectors."""

    rows_parameter_name: ClassVar[str] = 'similarity_data_task'

    item2embedding_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs the vectors of the items: a dict of vectors by id; or a data frame with a '
        'column of ids and a column of vectors, such as InferDocumentVectors, or a column for each number.'
    )
    similarity_data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs the pairs to train on: a pandas or polars data frame. Pairs of an item '
        'without a vector are left out, and so are rows of one pair and label but the first.'
    )
    item0_column_name: str = parameter.text(default='item0', description='The column with one item of each pair.')
    item1_column_name: str = parameter.text(
        default='item1', description='The column with the other item; which is which does not matter.'
    )
    similarity_column_name: str = parameter.text(
        default='similarity', description='The column that says whether a pair is similar, such as 0 and 1.'
    )
    item_id_column_name: str = parameter.text(
        default='item', description='The column with the ids of the vectors, where they are a data frame.'
    )
    vector_column_name: str | None = parameter.text(
        default=None,
        description="The column with the vectors, where they are a data frame; by default 'vector' where there is "
        'one, and otherwise every column but the ids is a number of the vectors.',
    )

    def check_parameters(self) -> None:
        """Check that the vectors are one output of a task, besides what the verb checks.

        Raises:
            ParameterError: They are not.
        """
        super().check_parameters()
        self.check_input('item2embedding_task', 'a dict or a table of vectors')

    def has_times(self) -> bool:
        """Whether the rows have times: they have none."""
        return False

    def problem_name(self) -> str:
        """The problem."""
        return 'classification'

    def target_name(self) -> str:
        """The column to predict."""
        return self.similarity_column_name

    def load_rows(self, parameter_name: str) -> TableData:
        """The products and labels of the pairs of an input task.

        Args:
            parameter_name: The parameter that holds the task.

        Raises:
            DataError: The vectors or the pairs can't be used.
        """
        from redshells.model.item_vectors import read_item_vectors
        from redshells.model.pair_products import PairNames, cut_pairs

        vectors = self.load_input('item2embedding_task')
        with self.reading('item2embedding_task'):
            items = read_item_vectors(vectors, self.item_id_column_name, self.vector_column_name or '')
        names = PairNames(
            item0=self.item0_column_name, item1=self.item1_column_name, similarity=self.similarity_column_name
        )
        table = self.load_input(parameter_name)
        with self.reading(parameter_name):
            pairs = cut_pairs(table, items, names)
        left_out = {'unknown_pairs': pairs.unknown_pairs, 'repeated_pairs': pairs.repeated_pairs}
        self.task_log.update({'pairs': pairs.rows, **left_out, 'rows': len(pairs.data), 'vector_size': items.size})
        return pairs.data
