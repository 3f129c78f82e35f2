"""Saved models that are damaged, loaded by many at once, and loaded where pickle is forbidden."""

from __future__ import annotations

import hashlib
import io
import mmap
import random
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.campaign import Child, Outcome, call_in_child
from redshells.archive import Archive
from redshells.errors import ArchiveError
from redshells.model import load_class, model_from_archive
from redshells.target import DurableLocalTarget, ModelProcessor

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    'LightGBM': ('redshells.model.lightgbm:LightGBMModel', {'number_of_rounds': 20}),
    'XGBoost': ('redshells.model.xgboost:XGBoostModel', {'number_of_rounds': 20}),
    'CatBoost': ('redshells.model.catboost:CatBoostModel', {'number_of_rounds': 20}),
    'estimator': ('redshells.model.estimator:EstimatorModel', {'model_kwargs': {'n_estimators': 5, 'max_depth': 4}}),
}
_COPIES = 10_000
_PROCESSES = 8
_LOADS = 1000
_SEAL = 64


def save_models(folder: Path) -> None:
    """Train two small models of each kind, in a process of their own, and save them under ``kind_0`` and ``kind_1``."""
    call_in_child(_save_models, folder)


def _save_models(_: Connection, folder: Path) -> None:
    X = table()
    for kind, (import_path, arguments) in KINDS.items():
        for number in range(2):
            target = np.where(X['number'] + number * X['other'] > 0, 'yes', 'no')
            load_class(import_path)(n_jobs=1, **arguments).fit(X, target).save(str(folder / f'{kind}_{number}'))


def table() -> pd.DataFrame:
    """A small table to train and to predict."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({'number': generator.normal(size=200), 'other': generator.normal(size=200)})
    return frame.assign(category=generator.choice(['a', 'b', 'c'], size=200))


def load(path: Path, content: bytes | None = None) -> Any:
    """Load a model as a task does, or from other bytes in its place."""
    if content is not None:
        return model_from_archive(Archive.read(content, name=str(path)), name=str(path))
    processor = ModelProcessor(str(path))
    with DurableLocalTarget(str(path), format=processor.format()).open('r') as file:
        return processor.load(file)


# damage


def flip_bits(content: bytes, _: bytes, generator: random.Random) -> bytes:
    """Turn one to eight bits over."""
    changed = bytearray(content)
    for bit in generator.sample(range(len(content) * 8), generator.randint(1, 8)):
        changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def cut(content: bytes, _: bytes, generator: random.Random) -> bytes:
    """Take bytes away at the end, at the start, or in the middle."""
    start, end = sorted(generator.sample(range(len(content) + 1), 2))
    return generator.choice([content[:start], content[end:] if end else b'', content[:start] + content[end:]])


def insert(content: bytes, _: bytes, generator: random.Random) -> bytes:
    """Put bytes in, zeros or random ones."""
    position, length = generator.randint(0, len(content)), generator.choice([1, 2, 16, 512, 4096])
    return content[:position] + generator.choice([bytes(length), generator.randbytes(length)]) + content[position:]


def swap_members(content: bytes, other: bytes, generator: random.Random) -> bytes:
    """Take some members from another model of the same kind, in a zip file that is whole."""
    changed = _swapped(content, other, generator)
    return seal(changed) if generator.random() < 0.5 else changed + content[-_SEAL:]


def empty(content: bytes, _: bytes, generator: random.Random) -> bytes:
    """No bytes, or zeros in their place, as after a power failure."""
    return bytes(generator.choice([0, 1, _SEAL, len(content)]))


def reseal(content: bytes, _: bytes, generator: random.Random) -> bytes:
    """Change the bytes behind the manifest, and make the checksum at the end fit."""
    start = content.index(b'PK\x03\x04', 4)
    changed = bytearray(content[:-_SEAL])
    for _number in range(generator.randint(1, 3)):
        changed[generator.randrange(start, len(changed))] ^= 1 << generator.randrange(8)
    return seal(bytes(changed))


DAMAGES: tuple[Callable[[bytes, bytes, random.Random], bytes], ...] = (
    flip_bits,
    cut,
    insert,
    swap_members,
    empty,
    reseal,
)


def seal(content: bytes) -> bytes:
    """Put the checksum at the end."""
    return content + hashlib.sha256(content).hexdigest().encode()


def _swapped(content: bytes, other: bytes, generator: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as one, zipfile.ZipFile(io.BytesIO(other)) as two:
        names = one.namelist()
        taken = set(generator.sample(names, generator.randint(1, len(names) - 1)))
        members = [(name, (two if name in taken else one).read(name)) for name in names]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, member in members:
            archive.writestr(zipfile.ZipInfo(name), member)
        archive.comment = bytes(_SEAL)
    return buffer.getvalue()[:-_SEAL]


def damaged_archives(folder: Path, scale: float, seed: int) -> list[Outcome]:
    """Damaged copies of each kind of archive: refused by name, never loaded wrong, never a crash of the interpreter."""
    save_models(folder)
    copies = max(len(DAMAGES), round(_COPIES * scale))
    outcomes = []
    for kind in KINDS:
        outcome = Outcome('damaged archives', kind)
        progress = mmap.mmap(-1, 8)  # shared with the child: the copy that it is at
        start = 0
        while start < copies:
            child = Child(_load_damaged, folder, kind, seed, range(start, copies), progress)
            try:
                outcome.add(child.result())
                break
            except RuntimeError as error:
                (start,) = struct.unpack('q', progress[:])
                outcome.violations.append(f'{kind}, copy {start}: the interpreter crashed, {error}')
                start += 1
        outcomes.append(outcome)
    return outcomes


def _load_damaged(_: Connection, folder: Path, kind: str, seed: int, copies: range, progress: mmap.mmap) -> Outcome:
    outcome = Outcome('damaged archives', kind)
    content, other = ((folder / f'{kind}_{number}').read_bytes() for number in range(2))
    original = Archive.read(content, name=kind)
    for number in copies:
        progress[:] = struct.pack('q', number)
        damage = DAMAGES[number % len(DAMAGES)]
        outcome.number += 1
        changed = damage(content, other, random.Random(f'{seed} {kind} {number}'))
        try:
            result = judge(kind, content, changed, original)
        except Exception as error:
            result = f'{type(error).__name__}: {error}'
        outcome.count(result if result in ('refused', 'same contents') else 'violation')
        if result not in ('refused', 'same contents'):
            outcome.violations.append(f'{kind}, copy {number}, {damage.__name__}: {result}')
    return outcome


def judge(kind: str, content: bytes, changed: bytes, original: Archive) -> str:
    """Load a damaged copy.

    Returns:
        ``'refused'``, ``'same contents'`` (it was not the contents that were damaged), or what is wrong.
    """
    try:
        load(Path(kind), changed)
    except ArchiveError as error:
        return 'refused' if kind in str(error) else f'the message does not name the file: {error}'
    same = Archive.read(changed, name=kind) == original
    return 'same contents' if same else 'loaded, with other contents'


# many at once


def loads_side_by_side(folder: Path, scale: float, seed: int) -> list[Outcome]:
    """Eight processes that load one model 1,000 times each: no failure."""
    save_models(folder)
    outcomes = []
    for kind in KINDS:
        outcome = Outcome('loads side by side', f'{kind}, {_PROCESSES} processes')
        expected = call_in_child(_predict, folder / f'{kind}_0')
        loads = max(1, round(_LOADS * scale))
        children = [Child(_load_often, folder / f'{kind}_0', loads, expected) for _ in range(_PROCESSES)]
        for child in children:
            try:
                outcome.add(child.result())
            except RuntimeError as error:
                outcome.violations.append(f'{kind}: {error}')
        outcomes.append(outcome)
    return outcomes


def _predict(_: Connection, path: Path) -> Any:
    return _with_one_thread(load(path)).predict_proba(table())


def _with_one_thread(model: Any) -> Any:
    model.n_jobs = 1
    return model


def _load_often(_: Connection, path: Path, loads: int, expected: Any) -> Outcome:
    outcome = Outcome('', '')
    X = table()
    for number in range(loads):
        model = _with_one_thread(load(path))
        outcome.number += 1
        outcome.count('loaded')
        if number % 50 == 0 and not np.array_equal(model.predict_proba(X), expected):
            outcome.violations.append(f'{path}: other predictions at load {number}')
    return outcome


# without pickle


def loads_without_pickle(folder: Path, scale: float, seed: int) -> list[Outcome]:
    """Every archive is loaded where pickle, dill and cloudpickle are poisoned: not one call."""
    save_models(folder)
    return [call_in_child(_load_poisoned, folder, kind) for kind in KINDS]


def _load_poisoned(_: Connection, folder: Path, kind: str) -> Outcome:
    outcome = Outcome('loads without pickle', kind)
    import_module('skops.io')  # it imports PyTorch where that is installed, which has unpicklers of its own
    with poisoned(outcome.violations):
        load(folder / f'{kind}_0')
        outcome.number += 1
        outcome.count('loaded')
    return outcome


@contextmanager
def poisoned(calls: list[str]) -> Iterator[None]:
    """Note every call that unpickles: by name, and by the interpreter's own audit of what a pickle imports."""
    sys.addaudithook(lambda event, _: calls.append(event) if event == 'pickle.find_class' else None)
    kept = []
    for module_name in ('pickle', '_pickle', 'dill', 'dill._dill', 'cloudpickle'):
        module = import_module(module_name)
        for name in ('load', 'loads', 'Unpickler', '_Unpickler'):
            if hasattr(module, name):
                kept.append((module, name, getattr(module, name)))
                setattr(module, name, _poison(f'{module_name}.{name}', calls))
    try:
        yield
    finally:
        for module, name, value in kept:
            setattr(module, name, value)


def _poison(name: str, calls: list[str]) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        calls.append(f'{name} was called')
        raise AssertionError(f'{name} was called')

    return refuse
