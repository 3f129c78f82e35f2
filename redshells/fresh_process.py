"""Fresh Python processes, started rather than forked, that make a call for this one."""

from __future__ import annotations

import logging
import mmap
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from logging.handlers import QueueHandler
from multiprocessing.connection import Connection, Pipe
from types import FunctionType, SimpleNamespace, TracebackType
from typing import IO, Any, Generic, Self, TypeVar, cast

from redshells.cores import set_worker_count, worker_count
from redshells.errors import ProcessError

T = TypeVar('T')


class FreshCall(Generic[T]):
    """A call that any number of fresh processes can make: it is pickled once, to a file that all of them read.

    Use it as a context manager.

    Args:
        function: A function that can be imported from a module.
        args: Its arguments.
        kwargs: Its keyword arguments.
        why: Why a fresh process is needed, for errors.
        way_out: What can be done instead, for errors.

    Raises:
        ProcessError: Something can't be handed over to another process.
    """

    def __init__(
        self,
        function: Callable[..., T],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        why: str,
        way_out: str,
    ) -> None:
        self.name = f'{getattr(function, "__module__", "?")}.{getattr(function, "__qualname__", function)}'
        loggers = {'': logging.getLogger(), **logging.root.manager.loggerDict}
        levels = {key: logger.level for key, logger in loggers.items() if isinstance(logger, logging.Logger)}
        settings = {'levels': levels, 'disabled': logging.root.manager.disable, 'workers': worker_count()}
        arguments = (tuple(args), dict(kwargs or {}))
        self._file = tempfile.TemporaryFile()
        try:
            pickle.dump(sys.path, self._file)
            pickle.dump((self.name, settings, way_out), self._file)
            _ImportablePickler(self._file, protocol=5).dump((function, *arguments))
            self._file.flush()
        except Exception as error:
            self._file.close()
            raise ProcessError(
                f'{self.name} needs a fresh process, {why}, but {_name_unpicklable(function, *arguments)} can not be '
                f'handed over to it: {error}. {way_out}, or move its class or function from the script to a module.'
            ) from error

    def start(self) -> FreshProcess[T]:
        """Begin to make the call in one more process."""
        return FreshProcess(self._file, self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


class _ImportablePickler(pickle.Pickler):
    """Refuses what a fresh process can't import: whatever the user's script itself defines."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, (type, FunctionType)) and value.__module__ == '__main__':
            raise pickle.PicklingError(f'{value.__qualname__} is defined in the script that runs (__main__)')
        return NotImplemented


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
import mmap, pickle, sys
number, *others = (int(number) for number in sys.argv[1:])
with mmap.mmap(number, 0, access=mmap.ACCESS_READ) as call:
    sys.path[:] = pickle.load(call)
    from redshells.fresh_process import _serve
    _serve(call, *others)
"""


class FreshProcess(Generic[T]):
    """A fresh process that makes one call while this one goes on.

    It knows this process's ``sys.path``, working directory, environment and log levels; its log records come back to
    the handlers here, and its output goes where the output here goes. It ends when this process ends, however that
    happens. Use it as a context manager, at whose end it is killed, with the processes that it started.

    Args:
        call: The file of a `FreshCall`.
        name: What the call is called in errors.
    """

    def __init__(self, call: IO[bytes], name: str) -> None:
        self._name = name
        self._future: Future[T] = Future()
        self._answered = False
        self._answer = tempfile.TemporaryFile()
        self._link, far_end = Pipe()
        numbers = (call.fileno(), self._answer.fileno(), far_end.fileno())
        with far_end:
            self._process = subprocess.Popen(
                [sys.executable, '-P', '-c', _BOOTSTRAP, *map(str, numbers)],
                stdin=subprocess.DEVNULL,
                pass_fds=numbers,
                process_group=0,  # so that it can be killed together with the processes that it starts
            )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def has_ended(self) -> bool:
        """Whether ``result`` need not wait."""
        return self._future.done()

    @property
    def has_answered(self) -> bool:
        """Whether the call came to its end, by a value or by an error; False where the process died before."""
        return self._answered

    def result(self) -> T:
        """Wait for the end of the call, and return its value.

        Raises:
            ProcessError: The process died.
            BaseException: Whatever the function raises, with the traceback of the process as a note.
        """
        # In slices: where polars has been used, Ctrl-C does not end a wait for a lock.
        while self._listener.is_alive():
            self._listener.join(0.2)
        return self._future.result()

    def kill(self) -> None:
        """End the process, and those that it started."""
        with suppress(ProcessLookupError):
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._listener.join()
        self._link.close()
        self._answer.close()

    def _listen(self) -> None:
        try:
            self._forward_logs()
            if not self._answered:
                end = _describe_end(self._process.returncode)
                raise ProcessError(f'the helper process of {self._name} {end}')
            self._answer.seek(0)
            succeeded, value = pickle.load(self._answer)
            if not succeeded:
                raise load_error(cast(bytes, value))
            self._future.set_result(cast(T, value))
        except BaseException as error:
            self._future.set_exception(error)

    def _forward_logs(self) -> None:
        """Pass log records on until the process ends."""
        running = True
        # The end of the link does not suffice: a process that the other one started may hold it open.
        with suppress(EOFError, ConnectionError):
            while running:
                running = self._process.poll() is None
                while self._link.poll(0.2 if running else 0):
                    message = self._link.recv()
                    if isinstance(message, logging.LogRecord):
                        logger = logging.getLogger(message.name)
                        if logger.isEnabledFor(message.levelno):
                            logger.handle(message)
                    else:
                        self._answered = True
        self._process.wait()


def _describe_end(status: int) -> str:
    if status >= 0:
        return f'ended with exit status {status} and gave no result. What it wrote to stderr says why.'
    name = signal.Signals(-status).name
    if name == 'SIGKILL':
        reason = 'Usually the memory ran out: give it fewer rows or columns, or run fewer processes side by side'
    elif name in ('SIGTERM', 'SIGINT', 'SIGHUP'):
        reason = 'Somebody stopped it: build again'
    else:
        reason = 'A native library crashed. Build with workers=1 and n_jobs=1 to see it happen in one process'
    return f'was killed by {name}. {reason}.'


def _serve(call: mmap.mmap, answer_number: int, link_number: int) -> None:
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


def _make_call(call: mmap.mmap, link: Connection) -> Any:
    name, settings, way_out = pickle.load(cast(Any, call))
    set_worker_count(settings['workers'])
    logging.getLogger().addHandler(QueueHandler(cast(Any, SimpleNamespace(put_nowait=link.send))))
    try:
        function, args, kwargs = pickle.load(cast(Any, call))
    except Exception as error:
        raise ProcessError(
            f'{name} needs a fresh process, but its arguments can not be read there: {error!r}. '
            f'{way_out}, or make their classes importable from a module.'
        ) from error
    call.close()
    # Only now: a library may set the level of its logger when it is imported.
    for key, level in settings['levels'].items():
        logging.getLogger(key).setLevel(level)
    logging.disable(settings['disabled'])
    return function(*args, **kwargs)


def _die_with_caller(link: Connection) -> None:
    with suppress(EOFError, OSError):
        link.recv()  # the caller never sends anything: this returns when it is gone
    os.killpg(0, signal.SIGKILL)


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
