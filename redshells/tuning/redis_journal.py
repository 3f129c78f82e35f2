"""Optuna's journal in Redis: the keys are those of Optuna, whose own tools read them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from optuna.storages.journal import BaseJournalBackend

from redshells.errors import StudyStorageError
from redshells.tuning.redis_connection import connect

_NUMBER_KEY = ':log_number'
_RECORD_KEY = ':log:%d'
_RECORDS_AT_ONCE = 1000
# All or nothing, whatever is killed.
_APPEND = """
for _, record in ipairs(ARGV) do
    local number = tonumber(redis.call('get', KEYS[1]) or '-1') + 1
    redis.call('set', string.format(':log:%d', number), record)
    redis.call('set', KEYS[1], number)
end
"""


class RedisJournalBackend(BaseJournalBackend):
    """Optuna's ``JournalRedisBackend`` without three of its habits.

    It neither pickles nor unpickles snapshots, as what is in a shared database is not to be run; it reads many records
    at once; and it does not send a record again whose answer was lost, which would begin a trial twice.

    Args:
        url: URL of the server.
    """

    def __init__(self, url: str) -> None:
        self._client = connect(url)

    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        """Return the records from a number on.

        Args:
            log_number_from: The number of the first record that is wanted.

        Raises:
            StudyStorageError: The server has lost records.
        """
        number = self._client.get(_NUMBER_KEY)
        end = 0 if number is None else int(number) + 1
        if end < log_number_from:
            raise StudyStorageError(
                f'Redis has {end} records of its studies, but {log_number_from} had been read before: it lost some, '
                'perhaps in a restart. Set appendonly and appendfsync in its configuration, and run the search again.'
            )
        records: list[dict[str, Any]] = []
        for start in range(log_number_from, end, _RECORDS_AT_ONCE):
            numbers = range(start, min(end, start + _RECORDS_AT_ONCE))
            found = self._client.mget([_RECORD_KEY % one for one in numbers])
            records += [_parse(text, one) for one, text in zip(numbers, found, strict=True)]
        return records

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Write records, all or none of them.

        Args:
            logs: The records.
        """
        self._client.eval(_APPEND, 1, _NUMBER_KEY, *[json.dumps(log) for log in logs])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _parse(text: bytes | str | None, number: int) -> dict[str, Any]:
    try:
        record = json.loads(text or b'')
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise StudyStorageError(
            f'record {number} of the studies in Redis is missing or damaged. Restore the database, or name another '
            'storage.'
        )
    return record
