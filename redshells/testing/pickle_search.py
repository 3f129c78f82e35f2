"""Finds pickle: in the bytes of a file, and in what happens while a file is loaded."""

from __future__ import annotations

import io
import pickle
import pickletools
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

_HEADERS = tuple(b'\x80' + bytes([protocol]) for protocol in (2, 3, 4, 5))
_LIBRARIES = ('dill', 'cloudpickle', 'joblib')


def find_pickles(content: bytes, name: str = 'the file') -> list[str]:
    """Names of the parts that are pickles or hold one; zip files are looked into.

    Args:
        content: The bytes of a file.
        name: What the file is called.
    """
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {member: archive.read(member) for member in archive.namelist()}
        return [found for member, part in members.items() for found in find_pickles(part, f'{name}/{member}')]
    if content.startswith(b'\x93NUMPY') and b"|O'" in content[:256]:
        return [f'{name} (an array of objects)']
    starts = {0, *(start for header in _HEADERS for start in _occurrences(content, header))}
    return [name] if any(_is_pickle(content, start) for start in starts) else []


def _occurrences(content: bytes, header: bytes) -> Iterator[int]:
    start = content.find(header)
    while start >= 0:
        yield start
        start = content.find(header, start + 1)


def _is_pickle(content: bytes, start: int) -> bool:
    """Whether a pickle begins at a position: a header or all bytes of the file, and opcodes up to STOP."""
    file = io.BytesIO(content)
    file.seek(start)
    try:
        names = [opcode.name for opcode, _, _ in pickletools.genops(file)]
    except Exception:  # genops raises whatever its readers of arguments raise
        return False
    framed = content.startswith(_HEADERS, start) and len(names) > 3
    return framed or (len(names) > 1 and file.tell() == len(content))


class UnpickledError(Exception):
    """Something was unpickled."""


@contextmanager
def refused_pickle() -> Iterator[None]:
    """Make every call of pickle, dill, cloudpickle or joblib that loads something raise an `UnpickledError`.

    For a process of its own: modules that are imported inside keep what they got.
    """
    for library in _LIBRARIES:
        if find_spec(library) is not None:
            import_module(library)
    replaced = {id(old): (old, new) for old, new in _replacements()}
    places = [
        (module, name, value)
        for module in list(sys.modules.values())
        for name, value in list(getattr(module, '__dict__', {}).items())
        if id(value) in replaced
    ]
    load: Any = pickle._Unpickler.load
    pickle._Unpickler.load = _refuse  # type: ignore[method-assign]
    for module, name, value in places:
        setattr(module, name, replaced[id(value)][1])
    try:
        yield
    finally:
        pickle._Unpickler.load = load  # type: ignore[method-assign]
        for module, name, value in places:
            setattr(module, name, value)


def _refuse(*args: Any, **kwargs: Any) -> Any:
    raise UnpickledError('a pickle was loaded')


class _RefusingUnpickler(pickle._Unpickler):
    """A base class of other unpicklers, as pickle's own is."""

    load = _refuse


def _replacements() -> Iterator[tuple[Any, Any]]:
    yield pickle.Unpickler, _RefusingUnpickler
    for module in ('pickle', '_pickle', *_LIBRARIES):
        for name in ('load', 'loads', '_load', '_loads'):
            function = getattr(sys.modules.get(module), name, None)
            if function is not None:
                yield function, _refuse
