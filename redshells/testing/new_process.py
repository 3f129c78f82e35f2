"""Calls in a new process, which has nothing of what this one has loaded, registered or trained."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from redshells.testing.comparison import expect

T = TypeVar('T')

# The server is started once, has no library of an extra loaded, and is forked for each call: that saves the import of
# pandas and gokart.
_CONTEXT = multiprocessing.get_context('forkserver')
_CONTEXT.set_forkserver_preload(['redshells.testing', 'redshells.model.estimator', 'sklearn.ensemble', 'skops.io'])


def call_in_new_process(function: Callable[..., T], *args: Any, timeout: float = 120.0) -> T:
    """Call a function in a new process.

    Args:
        function: A function at the top level of a module.
        *args: Its arguments; they and the result go through pickle.
        timeout: Seconds after which the process is killed.

    Returns:
        What the function returns.

    Raises:
        AssertionError: It raised an error, died, or took too long.
    """
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_answer, args=(sender, function, args))
    with receiver:
        process.start()
        sender.close()
        try:
            expect(receiver.poll(timeout), f'{function.__name__} took more than {timeout} s in a new process')
            succeeded, value = receiver.recv()
        except EOFError:
            process.join(timeout=10)
            raise AssertionError(f'a new process died with the status {process.exitcode}') from None
        finally:
            process.join(timeout=10)
            process.kill()
            process.join()
            process.close()
    expect(succeeded, f'in a new process, {function.__name__} raised\n{value}')
    return value  # type: ignore[no-any-return]


def _answer(sender: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        answer = True, function(*args)
    except BaseException:
        answer = False, traceback.format_exc()
    sender.send(answer)
    sender.close()
