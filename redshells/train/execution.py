"""Where and how a training runs, as parameters: they change its speed and not its result."""

from __future__ import annotations

import os
from typing import Generic, TypeVar

from gokart.object_storage import ObjectStorage

from redshells import parameter
from redshells.errors import ParameterError
from redshells.model.execution import DEVICES, Execution
from redshells.task import RedshellsTask

T = TypeVar('T')


class RunsOnDevice(RedshellsTask[T], Generic[T]):
    """A task that trains on the processor or on a GPU."""

    device: str = parameter.text(
        default='auto',
        choices=DEVICES,
        significant=False,
        description="'cpu', 'cuda', or 'auto' for a GPU where there is one.",
    )
    n_jobs: int = parameter.integer(
        default=1,
        minimum=-1,
        significant=False,
        description='Threads of a training; -1 shares the cores among the workers.',
    )
    show_progress: bool = parameter.flag(
        default=True, significant=False, description='Show a progress bar where there is a terminal.'
    )

    def check_parameters(self) -> None:
        """Check the number of threads.

        Raises:
            ParameterError: It is 0.
        """
        super().check_parameters()
        if self.n_jobs == 0:
            raise ParameterError('n_jobs=0 was given; -1, or a number of threads of at least 1, is expected.')

    def execution(self) -> Execution:
        """Where and how the training runs."""
        return Execution(device=self.device, n_jobs=self.n_jobs, show_progress=self.show_progress)


class WithCheckpoints(RunsOnDevice[T], Generic[T]):
    """A task whose training, when it was killed, goes on from a file."""

    checkpoint_every: int = parameter.integer(
        default=50,
        minimum=0,
        significant=False,
        description='Epochs between two checkpoints, from the last of which a training that was killed goes on; 0 for '
        'none.',
    )

    def execution(self) -> Execution:
        """Where and how the training runs, with its checkpoint under the unique id."""
        in_object_storage = ObjectStorage.if_object_storage_path(self.workspace_directory)
        folder = self.local_temporary_directory if in_object_storage else self.workspace_directory
        name = f'{type(self).__name__}_{self.make_unique_id()}.zip'
        return Execution(
            device=self.device,
            n_jobs=self.n_jobs,
            show_progress=self.show_progress,
            checkpoint_path=os.path.abspath(os.path.join(folder, 'checkpoint', name)),
            checkpoint_every=self.checkpoint_every,
        )
