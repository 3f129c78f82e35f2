"""Checks of what every task of redshells promises, for tasks of your own as well.

A task is checked with a minimal example of it: real runs of ``gokart.build`` on real files, nothing replaced.
Some checks load what was saved in a new process: call them from pytest, or below ``if __name__ == '__main__':``.
"""

from redshells.testing.bad_tables import bad_prediction_tables, bad_table, bad_training_tables, unknown_keyword
from redshells.testing.checks import check_task, task_checks
from redshells.testing.comparison import expect_same
from redshells.testing.example import BadInput, TaskExample
from redshells.testing.example_input import ExampleInput, workspace
from redshells.testing.identity import unique_id

__all__ = [
    'BadInput',
    'ExampleInput',
    'TaskExample',
    'bad_prediction_tables',
    'bad_table',
    'bad_training_tables',
    'check_task',
    'expect_same',
    'task_checks',
    'unique_id',
    'unknown_keyword',
    'workspace',
]
