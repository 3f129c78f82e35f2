"""Checks of real runs with ``gokart.build``."""

from __future__ import annotations

import logging
from dataclasses import replace

import gokart
import pandas as pd
from gokart.utils import flatten

from redshells.testing.comparison import are_same, expect, expect_same
from redshells.testing.runs import ExampleRuns, started_tasks
from redshells.tuning import TuningResult


def check_output_is_of_its_kind(runs: ExampleRuns) -> None:
    """The output is what the example says: a model, a tuning result, a table, or tables by the names of the targets."""
    output, kind = runs.first.output, runs.example.kind
    is_of_kind = {
        'model': hasattr(output, 'to_archive'),
        'tuning_result': isinstance(output, TuningResult),
        'table': _is_table(output),
        'tables': isinstance(output, dict) and bool(output) and all(map(_is_table, output.values())),
        'other': True,
    }
    expect(is_of_kind[kind], f'{runs.example.name} outputs a {type(output).__name__}, not a {kind}')


def check_two_runs_give_the_same(runs: ExampleRuns) -> None:
    """Runs in two workspaces, with gokart's supplementary logs and its global seeds and without them, give the same."""
    expect_same(runs.observe(runs.first), runs.observe(runs.second), f'the output of {runs.example.name}')


def check_another_seed_gives_another_result(runs: ExampleRuns) -> None:
    """The seed of a random task matters."""
    expect(
        not are_same(runs.observe(runs.first), runs.observe(runs.with_another_seed)),
        f'{runs.example.name} gives the same for another {runs.example.seed_parameter}',
    )
    expect(
        runs.first.task.make_unique_id() != runs.with_another_seed.task.make_unique_id(),
        f'{runs.example.name} has one id for two seeds',
    )


def check_second_build_runs_nothing(runs: ExampleRuns) -> None:
    """What is complete is not run again, and what is loaded is what was computed."""
    first = runs.first
    with runs.workspace('first'), started_tasks() as started:
        output = gokart.build(first.task, reset_register=False, log_level=logging.CRITICAL)
    expect(not started, f'a second build of {runs.example.name} ran {started}')
    expect_same(runs.observe(first), runs.observe(replace(first, output=output)), f'the output of {runs.example.name}')


def check_inputs_are_left_unchanged(runs: ExampleRuns) -> None:
    """The objects that the task loaded are what they were before it ran."""
    for run in (runs.first, runs.second):
        expect_same(dict(run.inputs), dict(run.copies), f'the input of {runs.example.name}')


def check_work_is_done(runs: ExampleRuns) -> None:
    """The functions that do the work are called in a good run: then it means something that a bad one calls none."""
    missing = sorted(set(runs.example.work) - runs.first.work)
    expect(not missing, f'{runs.example.name} does not call {missing}, which its example names as its work')


def check_task_log(runs: ExampleRuns) -> None:
    """The task says in ``task_log`` what it has done."""
    task = runs.first.task
    outputs = [target.path() for target in flatten(task.output())]
    inputs = [target.path() for target in flatten(task.input())]
    if set(outputs) <= set(inputs) or not runs.first.was_run:
        return  # it hands on what another task has made, or what was there before
    facts = set(task.get_task_log()) - {'file_path', 'versions'}
    expect(facts, f'{runs.example.name} writes nothing to its task_log: rows, columns, scores, ...')


def _is_table(value: object) -> bool:
    return isinstance(value, pd.DataFrame) or type(value).__module__.split('.')[0] == 'polars'
