"""Workers behind Optuna's gRPC proxy, which knows neither locks nor connections, only studies and trials."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from optuna.storages import BaseStorage

from redshells.errors import StudyStorageError
from redshells.tuning.locking import FileWorkers, Workers
from redshells.tuning.storage import close_storage, is_storage_failure, open_storage, storage_errors

SECONDS_BETWEEN_BEATS = 10.0
SECONDS_UNTIL_DEAD = 60.0
_BEATS = 'redshells:beats:'


class ProxyWorkers(Workers):
    """Workers of a study behind a gRPC proxy, with a gate for those of one machine only.

    Workers that share a temporary folder find each other by the locks of files. To workers elsewhere, each shows that
    it lives by a number in the study that grows: it is dead once the number has stood still for a minute by the clock
    of who looks at it, so that no two clocks are compared.

    Args:
        storage: The URL of the proxy.
        study_name: The name of the study.
        folder: A folder of this machine for the locks.
    """

    def __init__(self, storage: str, study_name: str, folder: Path) -> None:
        super().__init__()
        self._url = storage
        self._study_name = study_name
        self._folder = folder
        self._local = FileWorkers(folder)
        self._place = ''
        self._storage: BaseStorage | None = None
        self._heart: _Heart | None = None
        self._seen: dict[str, tuple[int, float]] = {}

    @contextmanager
    def _held_gate(self) -> Iterator[None]:
        with self._local.gate():
            yield

    def alive(self) -> Container[str]:
        """Return the names of the workers that live, this one included. Call it within ``gate`` only."""
        assert self._storage is not None
        with storage_errors(self._url):
            study_id = self._storage.get_study_id_from_name(self._study_name)
            if self._heart is None:
                self._heart = _Heart(self._url, study_id, _BEATS + self.name)
            attributes = self._storage.get_study_system_attrs(study_id)
        return _Alive(self._place, self._local.alive(), self._moving(attributes))

    def _moving(self, attributes: Mapping[str, Any]) -> set[str]:
        now = time.monotonic()
        beats = {key.removeprefix(_BEATS): beat for key, beat in attributes.items() if key.startswith(_BEATS)}
        for name, beat in beats.items():
            if beat is not None and (name not in self._seen or self._seen[name][0] != beat):
                self._seen[name] = (beat, now)
        ended = {name for name, beat in beats.items() if beat is None}
        return {name for name, (_, when) in self._seen.items() if now - when < SECONDS_UNTIL_DEAD} - ended

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._place = f'@{_identity(self._folder.parent)}'
        except OSError as error:
            raise StudyStorageError(
                f'the workers of the study can not have their locks in {self._folder}: {error.strerror or error}. '
                'Set TMPDIR to a folder in which files can be written and locked.'
            ) from error
        self.name = self._local.name = self.name + self._place
        self._storage = open_storage(self._url)
        self._local.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._storage is not None
        self._local.__exit__(kind, error, traceback)
        if self._heart is not None:
            self._heart.stop()
        close_storage(self._storage)


class _Heart:
    """Writes a growing number into the study, from a thread of its own and through a connection of its own."""

    def __init__(self, url: str, study_id: int, key: str) -> None:
        self._storage = open_storage(url)
        self._write: Callable[[int | None], None] = lambda beat: self._storage.set_study_system_attr(
            study_id, key, beat
        )
        self._stopped = threading.Event()
        self._write(0)
        self._thread = threading.Thread(target=self._beat, daemon=True, name='redshells-heart')
        self._thread.start()

    def _beat(self) -> None:
        beat = 0
        while not self._stopped.wait(SECONDS_BETWEEN_BEATS):
            beat += 1
            self._try_to_write(beat)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._try_to_write(None)
        close_storage(self._storage)

    def _try_to_write(self, beat: int | None) -> None:
        # A proxy that is gone for a moment costs a beat; where it stays away, the search itself finds out.
        try:
            self._write(beat)
        except Exception as error:
            if not is_storage_failure(error):
                raise


class _Alive(Container[str]):
    def __init__(self, place: str, local: Container[str], moving: Container[str]) -> None:
        self._place = place
        self._local = local
        self._moving = moving

    def __contains__(self, name: object) -> bool:
        return name in (self._local if str(name).endswith(self._place) else self._moving)


def _identity(folder: Path) -> str:
    """Return what tells a folder from all other folders, of other machines and containers too."""
    file = folder / 'identity'
    if not file.exists():
        aside = folder / f'identity-{uuid.uuid4().hex}'
        aside.write_text(uuid.uuid4().hex[:12])
        # Whole or absent: the first one stays.
        with suppress(FileExistsError):
            os.link(aside, file)
        aside.unlink()
    return file.read_text()
