"""Checks of what a task has saved: it is read by a new process, holds no code, and is refused when it is damaged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from gokart.target import TargetOnKart
from gokart.utils import flatten

import redshells
from redshells.errors import ArchiveError
from redshells.testing.comparison import expect, expect_same, observation
from redshells.testing.example import Observe
from redshells.testing.new_process import call_in_new_process
from redshells.testing.pickle_search import find_pickles, refused_pickle
from redshells.testing.runs import ExampleRuns

_FLIPS = 24
_readings: WeakKeyDictionary[ExampleRuns, Reading] = WeakKeyDictionary()


@dataclass(frozen=True)
class Reading:
    """What a new process sees in an output.

    Args:
        output: What is seen in what the targets load.
        model: What is seen in what ``redshells.load_model`` loads; None where the output is no model.
        unpickled: The error of loading the targets while nothing may be unpickled; empty where there was none.
    """

    output: Any
    model: Any
    unpickled: str


def check_output_loads_in_a_new_process(runs: ExampleRuns) -> None:
    """A new process loads the output and sees in it what this one saw when it had computed it."""
    expect_same(runs.observe(runs.first), _reading(runs).output, f'the output of {runs.example.name} in a new process')


def check_model_loads_by_its_path(runs: ExampleRuns) -> None:
    """``redshells.load_model`` needs nothing but the path to load the model in a new process."""
    expect_same(
        runs.observe(runs.first), _reading(runs).model, f'the model of {runs.example.name}, loaded by load_model'
    )


def check_loading_unpickles_nothing(runs: ExampleRuns) -> None:
    """Not one call of pickle, dill, cloudpickle or joblib is made while the output is loaded."""
    unpickled = _reading(runs).unpickled
    expect(not unpickled, f'loading the output of {runs.example.name} without pickle fails: {unpickled}')


def check_saved_file_holds_no_pickle(runs: ExampleRuns) -> None:
    """No part of the file is a pickle, for a pickle can run any code when it is loaded."""
    for target in _targets(runs):
        found = find_pickles(Path(target.path()).read_bytes(), Path(target.path()).name)
        expect(not found, f'{runs.example.name} saves pickles: {found}')


def check_damaged_file_is_refused(runs: ExampleRuns) -> None:
    """A file that is empty, cut, or altered by a single bit is refused by an ArchiveError that names the file."""
    for target in _targets(runs):
        path = Path(target.path())
        content = path.read_bytes()
        try:
            for damage, damaged in damaged_copies(content):
                path.write_bytes(damaged)
                _expect_refusal(target, damage, runs.example.name)
        finally:
            path.write_bytes(content)
        target.load()


def damaged_copies(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Damaged copies of the bytes of a file, each with what was done to it."""
    yield 'empty', b''
    for share in (0.01, 0.5, 0.99):
        yield f'cut to {share:.0%}', content[: int(len(content) * share)]
    yield 'without its last byte', content[:-1]
    yield 'with a byte more', content + b'\n\n'
    yield 'with its halves swapped', content[len(content) // 2 :] + content[: len(content) // 2]
    for number in range(_FLIPS):
        position = (len(content) - 1) * number // (_FLIPS - 1)
        flipped = bytearray(content)
        flipped[position] ^= 1 << number % 8
        yield f'with bit {number % 8} of byte {position} flipped', bytes(flipped)


def _expect_refusal(target: TargetOnKart, damage: str, name: str) -> None:
    try:
        target.load()
    except ArchiveError as error:
        stem = Path(target.path()).stem.rpartition('_')[0]
        expect(stem in str(error), f'{name}: the error of a file {damage} does not name the file: {error}')
        return
    except Exception as error:
        raise AssertionError(f'{name}: a file {damage} raises {error!r}, not an ArchiveError') from error
    raise AssertionError(f'{name}: a file {damage} was loaded as if nothing had happened')


def _targets(runs: ExampleRuns) -> list[TargetOnKart]:
    return list(flatten(runs.first.task.output()))


def _load(output: Any) -> Any:
    if isinstance(output, Mapping):
        return {name: target.load() for name, target in output.items()}
    return [target.load() for target in output] if isinstance(output, (list, tuple)) else output.load()


def _reading(runs: ExampleRuns) -> Reading:
    if runs not in _readings:
        first, example = runs.first, runs.example
        path = first.task.output().path() if example.kind == 'model' else ''
        trusted_modules = example.trusted_modules
        arguments = observation(example), first.task.output(), path, trusted_modules, first.copies
        _readings[runs] = call_in_new_process(_read, *arguments)
    return _readings[runs]


def _read(
    observe: Observe, output: Any, model_path: str, trusted_modules: tuple[str, ...], inputs: Mapping[str, Any]
) -> Reading:
    unpickled = ''
    try:
        with refused_pickle():
            _load(output)
    except Exception as error:
        unpickled = repr(error)
    model = redshells.load_model(model_path, trusted_modules=trusted_modules) if model_path else None
    return Reading(observe(_load(output), inputs), model and observe(model, inputs), unpickled)
