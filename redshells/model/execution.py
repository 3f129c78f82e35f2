"""Where and how a training runs: what changes its speed and not its result."""

from __future__ import annotations

from dataclasses import dataclass

from redshells.errors import ParameterError

DEVICES = ('auto', 'cpu', 'cuda')


@dataclass(frozen=True, kw_only=True)
class Execution:
    """Where and how a training runs.

    Args:
        device: ``'cpu'``, ``'cuda'``, or ``'auto'`` for a GPU where there is one.
        n_jobs: Threads; -1 for this worker's share of the cores.
        show_progress: Show a progress bar where there is a terminal.
        checkpoint_path: A local file, from which a training that was killed goes on; None for none.
        checkpoint_every: Epochs between two checkpoints; 0 for none.

    Raises:
        ParameterError: A value is none of these.
    """

    device: str = 'auto'
    n_jobs: int = 1
    show_progress: bool = False
    checkpoint_path: str | None = None
    checkpoint_every: int = 0

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise ParameterError(f'device={self.device!r} was given; one of {list(DEVICES)} is expected.')
        if self.n_jobs == 0 or self.n_jobs < -1:
            raise ParameterError(
                f'n_jobs={self.n_jobs} was given; -1, or a number of threads of at least 1, is expected.'
            )
        if self.checkpoint_every < 0:
            raise ParameterError(f'checkpoint_every={self.checkpoint_every} was given; at least 0 is expected.')
