"""All checks of a task: one generator for test runners, and one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from redshells.testing import declaration, identity, refusal, running, saved_output
from redshells.testing.comparison import expect
from redshells.testing.example import TaskExample
from redshells.testing.runs import ExampleRuns

Check = Callable[[ExampleRuns], None]

_OF_ALL: tuple[Check, ...] = (
    declaration.check_parameters_are_described,
    declaration.check_parameters_are_annotated,
    declaration.check_docstring,
    declaration.check_class_name_is_unique,
    declaration.check_output_path_is_its_own,
    identity.check_id_survives_serialization,
    identity.check_id_is_independent_of_the_workspace,
    identity.check_id_is_independent_of_earlier_tasks,
    identity.check_insignificant_parameters_do_not_change_the_id,
    identity.check_equal_arguments_give_equal_ids,
    identity.check_requires_is_pure,
    running.check_output_is_of_its_kind,
    running.check_two_runs_give_the_same,
    running.check_second_build_runs_nothing,
    running.check_inputs_are_left_unchanged,
    running.check_task_log,
    saved_output.check_output_loads_in_a_new_process,
)
_OF_SAVED_RESULTS: tuple[Check, ...] = (
    saved_output.check_saved_file_holds_no_pickle,
    saved_output.check_loading_unpickles_nothing,
    saved_output.check_damaged_file_is_refused,
)


def task_checks(example: TaskExample) -> Iterator[tuple[str, Callable[[], None]]]:
    """The checks of a task, which share its runs.

    Args:
        example: The example of the task.

    Yields:
        The name of a check, such as ``'TrainLightGBM-check_docstring'``, and a function without arguments that raises
        an AssertionError where the task does not pass.

    Example:
        With pytest, where ``EXAMPLES`` is a list of examples::

            CHECKS = dict(check for example in EXAMPLES for check in task_checks(example))


            @pytest.mark.parametrize('name', CHECKS)
            def test_task(name):
                CHECKS[name]()
    """
    runs = ExampleRuns(example)
    checks: dict[str, Callable[[], None]] = {check.__name__: partial(check, runs) for check in _checks_for(example)}
    for bad in example.bad_inputs:
        words = 'check_refuses_' + bad.name.replace(' ', '_')
        expect(words not in checks, f'the example of {example.name} has two bad inputs named {bad.name!r}')
        checks[words] = partial(refusal.check_bad_input_is_refused, runs, bad)
    unknown = sorted(set(example.skipped_checks) - set(checks))
    expect(not unknown, f'the example of {example.name} skips {unknown}; it has {sorted(checks)}')
    for name, check in checks.items():
        if name not in example.skipped_checks:
            yield f'{example.name}-{name}', check


def check_task(example: TaskExample) -> None:
    """Run all checks of a task.

    Args:
        example: The example of the task.

    Raises:
        AssertionError: The task does not pass a check. The error has a note with the name of the check.
    """
    for name, check in task_checks(example):
        try:
            check()
        except Exception as error:
            error.add_note(f'in {name}')
            raise


def _checks_for(example: TaskExample) -> Iterator[Check]:
    yield from _OF_ALL
    if example.seed_parameter:
        yield running.check_another_seed_gives_another_result
    if example.work:
        yield running.check_work_is_done
    if example.kind in ('model', 'tuning_result'):
        yield from _OF_SAVED_RESULTS
    if example.kind == 'model':
        yield saved_output.check_model_loads_by_its_path
    if example.libraries:
        yield refusal.check_missing_extra_is_refused
