"""Models that are trained side by side, and held at checkpoints until all of them are there."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

from redshells.model.early_stopping import OnRound

T = TypeVar('T')

_SECONDS_OF_A_WAIT = 0.2


class _EndedError(Exception):
    """Ends a training because of what another one raised."""


class Lockstep:
    """Trains models side by side, in a thread each.

    What is decided at a checkpoint depends on the scores of all models there, and not on which of them was faster, so
    that a search is the same on any number of cores.

    Args:
        checkpoints: Round and step of each checkpoint, in growing order.
        direction: ``'maximize'`` or ``'minimize'``.
        on_checkpoint: Called with the step and the best score of each model so far, in the order of the models; it may
            raise to end all trainings.
        is_late: Asked after each round of each model: whether it is to stop with what there is.
        side_by_side: How many of them run at the same time; the others wait for their turn.
    """

    def __init__(
        self,
        checkpoints: Sequence[tuple[int, int]],
        direction: str,
        on_checkpoint: Callable[[int, list[float]], None],
        is_late: Callable[[], bool],
        side_by_side: int,
    ) -> None:
        self._checkpoints = checkpoints
        self._better = max if direction == 'maximize' else min
        self._on_checkpoint = on_checkpoint
        self._is_late = is_late
        self._turns = threading.Semaphore(side_by_side)
        self._changed = threading.Condition()
        self._ended: BaseException | None = None

    def is_over(self) -> bool:
        """Return whether all are to end, or to stop with what there is."""
        return self._ended is not None or self._is_late()

    def run(self, trainings: Sequence[Callable[[OnRound], T]]) -> list[T]:
        """Train, and return what the trainings return.

        Args:
            trainings: Each gets a function to call with the round and the score after it.

        Raises:
            BaseException: What a training or ``on_checkpoint`` has raised first.
        """
        self._best: list[float | None] = [None] * len(trainings)
        self._passed: list[float] = [0] * len(trainings)  # how many checkpoints each has come to; infinite at its end
        self._decided = 0
        if len(trainings) == 1:
            return [trainings[0](self._watch(0))]
        with ThreadPoolExecutor(len(trainings), 'fold') as pool:
            try:
                futures = [pool.submit(self._train, index, training) for index, training in enumerate(trainings)]
                # In slices, for some libraries keep Ctrl-C from ending a wait.
                while wait(futures, timeout=_SECONDS_OF_A_WAIT, return_when=FIRST_EXCEPTION).not_done:
                    pass
                results = [future.result() for future in futures]
            except BaseException as error:
                self._end(error)  # Ctrl-C reaches this thread only, and the threads that have begun wait for the others
                raise self._ended or error from None
        return results

    def _train(self, index: int, training: Callable[[OnRound], T]) -> T:
        try:
            with self._turns:
                result = training(self._watch(index))
            with self._changed:
                self._passed[index] = math.inf
                self._decide()
        except BaseException as error:
            self._end(error)
            raise
        return result

    def _watch(self, index: int) -> OnRound:
        def on_round(number: int, score: float) -> bool:
            best = self._best[index]
            if best is None or math.isnan(best):
                self._best[index] = score
            elif not math.isnan(score):
                self._best[index] = self._better(best, score)
            with self._changed:
                while self._is_at_checkpoint(int(self._passed[index]), number):
                    self._passed[index] += 1
                    self._decide()
            if self._decided < self._passed[index]:
                self._wait(index)
            if self._ended is not None:
                raise _EndedError
            return self._is_late()

        return on_round

    def _is_at_checkpoint(self, position: int, number: int) -> bool:
        return position < len(self._checkpoints) and number >= self._checkpoints[position][0]

    def _wait(self, index: int) -> None:
        self._turns.release()
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._ended or self._decided >= self._passed[index])
        finally:
            self._turns.acquire()

    def _decide(self) -> None:
        """Decide at each checkpoint that all have come to, if not all have ended; what is raised here ends all."""
        while self._decided < min(self._passed) < math.inf and self._ended is None:
            scores = [score for score in self._best if score is not None]
            self._on_checkpoint(self._checkpoints[self._decided][1], scores)
            self._decided += 1
        self._changed.notify_all()

    def _end(self, error: BaseException) -> None:
        with self._changed:
            if self._ended is None:
                self._ended = error
            self._changed.notify_all()
