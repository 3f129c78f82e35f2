"""PyTorch on the device and with the threads that were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from redshells.cores import thread_count
from redshells.errors import ParameterError
from redshells.model.execution import Execution


@contextmanager
def running_on(execution: Execution) -> Iterator[torch.device]:
    """The device of a training, with its number of threads set for the time of the block.

    Args:
        execution: Where and how it runs.

    Raises:
        ParameterError: There is no such device.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(thread_count(execution.n_jobs))
    try:
        yield choose_device(execution.device)
    finally:
        torch.set_num_threads(before)


def choose_device(name: str) -> torch.device:
    """The device of a name.

    Args:
        name: ``'cpu'``, ``'cuda'``, or ``'auto'`` for a GPU where there is one.

    Raises:
        ParameterError: There is no GPU.
    """
    available = torch.cuda.is_available()
    if name == 'cuda' and not available:
        raise ParameterError("device='cuda' was given, but PyTorch sees no GPU here. Use device='auto' or 'cpu'.")
    return torch.device('cuda' if available and name != 'cpu' else 'cpu')
