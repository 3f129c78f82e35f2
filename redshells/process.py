"""Processes: what a fork breaks, and a fresh process where it matters.

``gokart.build(workers=2)`` forks. A forked process has no threads but one, while the libraries in it still count on
those that they had started, and wait for them for ever. Importing this module cures what can be cured: from then on,
each ``os.fork`` first stops the idle threads of GNU OpenMP (LightGBM, XGBoost, scikit-learn, PyTorch); they start again
when they are needed. What is left is named by `fork_hazards`, and `run_safely` keeps clear of it.
"""

from __future__ import annotations

import ctypes
import logging
import os
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from logging.handlers import QueueHandler
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import IO, Any, ParamSpec, TypeVar, cast

from redshells.cores import set_worker_count, worker_count
from redshells.errors import ProcessError

P = ParamSpec('P')
T = TypeVar('T')

_OPENMP_LIBRARIES = ('lightgbm', 'xgboost', 'sklearn', 'torch')
_OMP_PAUSE_SOFT = 1  # of omp_pause_resource_t: give the threads back, keep the settings
_PR_SET_PDEATHSIG = 1  # of prctl: the signal to get when the parent ends
_WAY_OUT = 'Build with workers=1'

_hazards: tuple[str, ...] = ()
_hazards_of_next_fork: tuple[str, ...] = ()


def fork_hazards() -> tuple[str, ...]:
    """Name the libraries that can hang in this process, because their threads were lost when it was forked.

    Returns:
        Import names such as ``'polars'``; empty in a process that was not forked, and in one that was forked before
        this module was imported.
    """
    return _hazards


def prepare_fork() -> tuple[str, ...]:
    """Stop the threads that would be missed after a fork, as far as they can be stopped.

    It runs by itself before each ``os.fork``.

    Returns:
        The import names of the libraries whose threads can't be stopped: what `fork_hazards` would be in a child.
    """
    return tuple(dict.fromkeys((*_hazards, *_running_openmp(), *_running_polars())))


def _running_openmp() -> tuple[str, ...]:
    loaded = tuple(name for name in _OPENMP_LIBRARIES if name in sys.modules)
    try:
        maps = Path('/proc/self/maps').read_bytes()
    except OSError:
        return loaded
    # Each wheel may bring a GNU OpenMP of its own, with threads of its own.
    runtimes = {os.fsdecode(path) for path in re.findall(rb'(/[^\n]*/libgomp[^/\n]*)$', maps, re.MULTILINE)}
    stopped = [_stop_openmp_threads(path) for path in runtimes]
    return () if all(stopped) else loaded or ('libgomp',)


def _stop_openmp_threads(path: str) -> bool:
    try:
        return bool(ctypes.CDLL(path).omp_pause_resource_all(_OMP_PAUSE_SOFT) == 0)
    except (OSError, AttributeError):  # AttributeError: older than GCC 9
        return False


def _running_polars() -> tuple[str, ...]:
    # To be imported does no harm, and gokart imports it wherever it is installed.
    if 'polars' not in sys.modules:
        return ()
    names = []
    for thread in Path('/proc/self/task').glob('*/comm'):
        with suppress(OSError):  # a thread that has just ended
            names.append(thread.read_text(errors='replace').strip())
    running = any(re.fullmatch(r'polars-\d+', name) for name in names)
    return ('polars',) if running or not names else ()


def _before_fork() -> None:
    global _hazards_of_next_fork
    _hazards_of_next_fork = prepare_fork()


def _after_fork_in_child() -> None:
    global _hazards
    _hazards = _hazards_of_next_fork


if hasattr(os, 'register_at_fork'):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)


def end_with_parent() -> None:
    """Let this forked process end when the one that forked it ends, however that happens; Linux only."""
    if sys.platform == 'linux':
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def run_safely(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function where no library can hang: here, or in a fresh Python process if there are `fork_hazards`.

    The fresh process knows the caller's ``sys.path``, working directory, environment and log levels; log records come
    back to the caller's handlers, and the output goes where the caller's goes. It knows nothing else: not what the
    caller's code has registered or set in other modules. It ends when the caller ends, however that happens.

    Args:
        function: A function that can be imported from a module.
        *args: Its arguments. They and the result go through pickle where a fresh process is needed.
        **kwargs: Its keyword arguments.

    Returns:
        What the function returns.

    Raises:
        ProcessError: The fresh process died, or something can't be handed over to it.
        BaseException: Whatever the function raises, with the traceback of the fresh process as a note.
    """
    if not fork_hazards():
        return function(*args, **kwargs)
    name = f'{getattr(function, "__module__", "?")}.{getattr(function, "__qualname__", function)}'
    with tempfile.TemporaryFile() as call, tempfile.TemporaryFile() as answer:
        _write_call(call, name, function, args, kwargs)
        _run_fresh_process(call, answer, name)
        answer.seek(0)
        succeeded, value = pickle.load(answer)
    if not succeeded:
        raise load_error(cast(bytes, value))
    return cast(T, value)


def dump_error(error: BaseException) -> bytes:
    """Turn an exception and its traceback into bytes for another process.

    Args:
        error: Any exception; one that can't be pickled is replaced by a ProcessError with its type and message.

    Returns:
        Bytes for `load_error`.
    """
    try:
        pickled = pickle.dumps(error)
    except Exception:
        pickled = b''
    summary = f'{type(error).__name__}: {error}'
    return pickle.dumps((pickled, summary, ''.join(traceback.format_exception(error))))


def load_error(data: bytes) -> BaseException:
    """Turn bytes of `dump_error` into the exception.

    Args:
        data: What `dump_error` returned in another process.

    Returns:
        The exception, with the traceback of the other process as a note.
    """
    pickled, summary, text = pickle.loads(data)
    try:
        error: BaseException = pickle.loads(pickled)
    except Exception:
        error = ProcessError(summary)
    error.add_note(f'In the process where it was raised:\n{text.rstrip()}')
    return error


class _ImportablePickler(pickle.Pickler):
    """Refuses what a fresh process can't import: whatever the user's script itself defines."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, (type, FunctionType)) and value.__module__ == '__main__':
            raise pickle.PicklingError(f'{value.__qualname__} is defined in the script that runs (__main__)')
        return NotImplemented


def _write_call(call: IO[bytes], name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    loggers = {'': logging.getLogger(), **logging.root.manager.loggerDict}
    levels = {key: logger.level for key, logger in loggers.items() if isinstance(logger, logging.Logger)}
    settings = {'levels': levels, 'disabled': logging.root.manager.disable, 'workers': worker_count()}
    pickle.dump(sys.path, call)
    pickle.dump((name, settings), call)
    try:
        _ImportablePickler(call, protocol=5).dump((function, args, kwargs))
    except Exception as error:
        raise ProcessError(
            f'{name} needs a fresh process, because {" and ".join(fork_hazards())} had been used before this process '
            f'was forked, but {_name_unpicklable(function, args, kwargs)} can not be handed over to it: {error}. '
            f'{_WAY_OUT}, or move its class or function from the script to a module.'
        ) from error
    call.seek(0)


def _name_unpicklable(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    parts = {'the function': function}
    parts |= {f'argument {number}': value for number, value in enumerate(args, start=1)}
    parts |= {f'argument {key!r}': value for key, value in kwargs.items()}
    with open(os.devnull, 'wb') as nowhere:
        for part, value in parts.items():
            try:
                _ImportablePickler(nowhere, protocol=5).dump(value)
            except Exception:
                return part if value is function else f'{part} ({type(value).__qualname__})'
    return 'an argument'


_BOOTSTRAP = """
import pickle, sys
number, *others = (int(number) for number in sys.argv[1:])
with open(number, 'rb') as call:
    sys.path[:] = pickle.load(call)
    from redshells.process import _serve
    _serve(call, *others)
"""


def _run_fresh_process(call: IO[bytes], answer: IO[bytes], name: str) -> None:
    link, far_end = Pipe()
    numbers = (call.fileno(), answer.fileno(), far_end.fileno())
    with link:
        with far_end:
            process = subprocess.Popen(
                [sys.executable, '-P', '-c', _BOOTSTRAP, *map(str, numbers)],
                stdin=subprocess.DEVNULL,
                pass_fds=numbers,
                process_group=0,  # so that it can be killed together with the processes that it starts
            )
        try:
            answered = _listen(link, process)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    if not answered:
        raise ProcessError(f'the helper process of {name} {_describe_end(process.returncode)}')


def _listen(link: Connection, process: subprocess.Popen[bytes]) -> bool:
    """Pass log records on until the process ends; tell whether it gave an answer."""
    answered = False
    running = True
    # The end of the link does not suffice: a process that the other one started may hold it open.
    with suppress(EOFError, ConnectionError):
        while running:
            running = process.poll() is None
            while link.poll(0.2 if running else 0):
                message = link.recv()
                if isinstance(message, logging.LogRecord):
                    logger = logging.getLogger(message.name)
                    if logger.isEnabledFor(message.levelno):
                        logger.handle(message)
                else:
                    answered = True
    process.wait()
    return answered


def _describe_end(status: int) -> str:
    if status >= 0:
        return f'ended with exit status {status} and gave no result. What it wrote to stderr says why.'
    name = signal.Signals(-status).name
    if name == 'SIGKILL':
        reason = 'Usually the memory ran out: give it fewer rows or columns, or build with fewer workers'
    elif name in ('SIGTERM', 'SIGINT', 'SIGHUP'):
        reason = 'Somebody stopped it: build again'
    else:
        reason = f'A native library crashed. {_WAY_OUT} to see it happen in one process'
    return f'was killed by {name}. {reason}.'


def _serve(call: IO[bytes], answer_number: int, link_number: int) -> None:
    """Be the fresh process: read the call, make it, write the answer."""
    link = Connection(link_number)
    threading.Thread(target=_die_with_caller, args=(link,), daemon=True).start()
    with open(answer_number, 'wb') as answer:
        try:
            value = _make_call(call, link)
            try:
                pickle.dump((True, value), answer, protocol=5)
            except Exception as error:
                kind = type(value).__qualname__
                raise ProcessError(f'the result ({kind}) can not leave its fresh process: {error}.') from error
        except BaseException as error:
            answer.seek(0)
            answer.truncate()
            pickle.dump((False, dump_error(error)), answer)
    link.send(True)


def _make_call(call: IO[bytes], link: Connection) -> Any:
    name, settings = pickle.load(call)
    set_worker_count(settings['workers'])
    logging.getLogger().addHandler(QueueHandler(cast(Any, SimpleNamespace(put_nowait=link.send))))
    try:
        function, args, kwargs = pickle.load(call)
    except Exception as error:
        raise ProcessError(
            f'{name} needs a fresh process, but its arguments can not be read there: {error!r}. '
            f'{_WAY_OUT}, or make their classes importable from a module.'
        ) from error
    # Only now: a library may set the level of its logger when it is imported.
    for key, level in settings['levels'].items():
        logging.getLogger(key).setLevel(level)
    logging.disable(settings['disabled'])
    return function(*args, **kwargs)


def _die_with_caller(link: Connection) -> None:
    with suppress(EOFError, OSError):
        link.recv()  # the caller never sends anything: this returns when it is gone
    os.killpg(0, signal.SIGKILL)
