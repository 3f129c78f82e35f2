"""What a campaign of faults reports, and the forked processes whose crash is a result and not its end."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any


@dataclass
class Outcome:
    """What came of the faults of one kind.

    Args:
        campaign: Name of the campaign.
        case: What was done.
        number: How many faults there were.
        counts: How often each result was seen.
        violations: What must not happen and did; empty when all is well.
    """

    campaign: str
    case: str
    number: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def count(self, result: str) -> None:
        """Count a result."""
        self.counts[result] = self.counts.get(result, 0) + 1

    def add(self, other: Outcome) -> None:
        """Take the results of another process over."""
        self.number += other.number
        for result, number in other.counts.items():
            self.counts[result] = self.counts.get(result, 0) + number
        self.violations += other.violations


class Child:
    """A forked process that makes one call: warm, for it has all that its parent has imported.

    Args:
        function: Called with a connection to the parent, and the arguments. What it returns is sent at the end.
        *args: Its arguments.
    """

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.connection, far_end = Pipe()
        sys.stdout.flush()
        self.process_id = os.fork()
        if self.process_id == 0:
            _be_child(far_end, function, args)
        far_end.close()

    def kill(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.process_id, number)

    def wait(self) -> int:
        """Wait for the end; the exit status, which is negative where a signal was the end."""
        _, status = os.waitpid(self.process_id, 0)
        return os.waitstatus_to_exitcode(status)

    def result(self) -> Any:
        """What the function returned.

        Raises:
            RuntimeError: The process died before.
        """
        message: tuple[Any, ...] = ()
        with suppress(EOFError):
            message = self.connection.recv()
        self.connection.close()
        status = self.wait()
        if status != 0 or not message:
            raise RuntimeError(f'a process ended with exit status {status}')
        return message[0]


def call_in_child(function: Callable[..., Any], *args: Any) -> Any:
    """Make a call in a forked process.

    Raises:
        RuntimeError: The process died.
    """
    return Child(function, *args).result()


def _be_child(connection: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    status = 1
    try:
        connection.send((function(connection, *args),))
        status = 0
    except KeyboardInterrupt:
        status = 130
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)
