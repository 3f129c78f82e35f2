"""Split interactions of users and items, and sample pairs without one."""

from __future__ import annotations

from typing import Any

import gokart
from gokart.target import TargetOnKart
from gokart.utils import FlattenableItems

from redshells import parameter
from redshells.errors import ParameterError
from redshells.target import check_table_path
from redshells.task import RedshellsTask


class SplitInteractions(RedshellsTask[dict[str, Any]]):
    """Split a table of interactions into a training and a test part. Rows are split: merge those of one pair before.

    - ``'random'``: rows are drawn at random, but for one row of each user that must train.
    - ``'leave_last_out'``: the last rows of each user are the test part; a user that must train keeps the first one.
    - ``'time'``: the latest rows are the test part, rows of equal time together; those of users that do not train are
      left out of both parts.

    With ``keep_items`` the same holds for items, whose later rows are left out where the split is not random.

    Output: ``'train'`` and ``'test'``, data frames of the kind that came in (pandas or polars), each in the order of
    the input. Use [`LoadDataOfTask`][redshells.data.LoadDataOfTask] to hand one of them to another task.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(description='A task that outputs a pandas or polars data frame.')
    split: str = parameter.text(
        default='random', choices=('random', 'leave_last_out', 'time'), description='Which rows are the test part.'
    )
    user_column_name: str = parameter.text(
        default='user', description='The column with the ids of users, integers or strings.'
    )
    item_column_name: str = parameter.text(
        default='item', description='The column with the ids of items, integers or strings.'
    )
    time_column_name: str | None = parameter.text(
        default=None, description="The column with the time of each row, numbers or dates; for all but 'random'."
    )
    test_size: float = parameter.number(
        default=0.2,
        minimum=0.0,
        maximum=1.0,
        description="Share of the rows in the test part, between 0 and 1, of 'random' and 'time'.",
    )
    number_of_test_items: int = parameter.integer(
        default=1, minimum=1, description="Rows of each user in the test part, of 'leave_last_out'."
    )
    keep_users: bool = parameter.flag(default=True, description='Whether no user is in the test part alone.')
    keep_items: bool = parameter.flag(default=False, description='Whether no item is in the test part alone.')
    random_seed: int = parameter.integer(
        default=0, minimum=0, maximum=2**31 - 1, description='Seed of the random split.'
    )
    train_output_file_path: str = parameter.text(
        default='data/train_interactions.pkl', description='Path of the training part below the workspace.'
    )
    test_output_file_path: str = parameter.text(
        default='data/test_interactions.pkl', description='Path of the test part below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the outputs are files that hold tables, that the input is a table, and how it is split.

        Raises:
            ParameterError: One is not so.
        """
        from redshells.model.held_out_interactions import check_split

        check_table_path(self.train_output_file_path)
        check_table_path(self.test_output_file_path)
        self.check_input('data_task')
        has_times = self.time_column_name is not None
        check_split(self.split, self.test_size, self.number_of_test_items, has_times=has_times)

    def output(self) -> FlattenableItems[TargetOnKart]:
        """The two parts."""
        return {
            'train': self.file_target(self.train_output_file_path),
            'test': self.file_target(self.test_output_file_path),
        }

    def compute(self) -> dict[str, Any]:
        """The two parts."""
        from redshells.data.either_frame import collect
        from redshells.model.frame import take_rows
        from redshells.model.held_out_interactions import hold_out_interactions
        from redshells.model.interactions import cut_interactions

        with self.reading('data_task'):
            table = collect(self.load_input('data_task'))
            interactions = cut_interactions(
                table,
                user_column_name=self.user_column_name,
                item_column_name=self.item_column_name,
                time_column_name='' if self.split == 'random' else self.time_column_name or '',
            )
            for path in (self.train_output_file_path, self.test_output_file_path):
                self.check_table(table, path)
            held_out = hold_out_interactions(
                interactions,
                split=self.split,
                test_size=self.test_size,
                number_of_test_items=self.number_of_test_items,
                keep_users=self.keep_users,
                keep_items=self.keep_items,
                random_seed=self.random_seed,
            )
        self.task_log.update(
            {
                'train_rows': len(held_out.train),
                'test_rows': len(held_out.test),
                'rows_left_out': len(held_out.left_out),
            }
        )
        return {'train': take_rows(table, held_out.train), 'test': take_rows(table, held_out.test)}


class SampleNegatives(RedshellsTask[Any]):
    """Sample pairs without an interaction, to train a classifier on what users do and do not do.

    A user with p of the n items gets ``number_of_negatives`` times p of the others, each once; all n - p others where
    these are fewer, and so none where the user had all items. The log counts such users.

    Output: a pandas data frame with the columns of users, items and labels: the pairs of the input, each once and in
    order, with the label 1, and then the sampled ones, in the order of users, with the label 0.
    """

    data_task: gokart.TaskOnKart[Any] = parameter.task(
        description='A task that outputs the interactions, a pandas or polars data frame.'
    )
    number_of_negatives: int = parameter.integer(
        default=1, minimum=1, description='Sampled pairs for each pair of the input.'
    )
    strategy: str = parameter.text(
        default='uniform',
        choices=('uniform', 'popularity'),
        description='How items are drawn: each as likely, or in proportion to its number of users.',
    )
    user_column_name: str = parameter.text(
        default='user', description='The column with the ids of users, integers or strings.'
    )
    item_column_name: str = parameter.text(
        default='item', description='The column with the ids of items, integers or strings.'
    )
    label_column_name: str = parameter.text(default='label', description='The column of the labels in the output.')
    random_seed: int = parameter.integer(default=0, minimum=0, maximum=2**31 - 1, description='Seed of the draws.')
    output_file_path: str = parameter.text(
        default='data/sample_negatives.pkl', description='Path of the table below the workspace.'
    )

    def check_parameters(self) -> None:
        """Check that the output is a file that holds a table, that the input is a table, and the names of columns.

        Raises:
            ParameterError: One is not so.
        """
        check_table_path(self.output_file_path)
        self.check_input('data_task')
        names = [self.user_column_name, self.item_column_name, self.label_column_name]
        if len(set(names)) < len(names):
            raise ParameterError(
                f'the columns of users, items and labels are named {names}; three different names are expected. Change '
                'user_column_name, item_column_name or label_column_name.'
            )

    def output(self) -> TargetOnKart:
        """The pairs."""
        return self.file_target(self.output_file_path)

    def compute(self) -> Any:
        """The pairs."""
        import numpy as np
        import pandas as pd

        from redshells.model.interactions import concatenate_interactions, cut_interactions
        from redshells.model.negative_sampling import sample_negatives

        with self.reading('data_task'):
            interactions = cut_interactions(
                self.load_input('data_task'),
                user_column_name=self.user_column_name,
                item_column_name=self.item_column_name,
            )
        drawn = sample_negatives(
            interactions,
            number_of_negatives=self.number_of_negatives,
            strategy=self.strategy,
            random_seed=self.random_seed,
        )
        pairs = concatenate_interactions([drawn.pairs, drawn.negatives])
        self.task_log.update(
            {
                'positives': len(drawn.pairs),
                'negatives': len(drawn.negatives),
                'users_with_fewer_negatives': drawn.users_with_fewer,
            }
        )
        columns = {
            self.user_column_name: pairs.users,
            self.item_column_name: pairs.items,
            self.label_column_name: np.repeat([1, 0], [len(drawn.pairs), len(drawn.negatives)]),
        }
        return pd.DataFrame(columns)
