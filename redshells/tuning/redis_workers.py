"""Workers that find each other by their connections to Redis."""

from __future__ import annotations

import random
import time
from collections.abc import Container
from typing import Any

from redshells.tuning.redis_connection import connect
from redshells.tuning.sessions import SessionWorkers

_SECONDS_BETWEEN_TRIES = 0.003
# Takes the gate where it is free or still has the holder that was found dead.
_TAKE = """
local holder = redis.call('get', KEYS[1])
if not holder or holder == ARGV[2] then
    redis.call('set', KEYS[1], ARGV[1])
    return false
end
return holder
"""
_GIVE_BACK = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end"


class RedisWorkers(SessionWorkers):
    """Workers of a study on Redis: each is alive while ``CLIENT LIST`` shows a connection of its name.

    The gate is a key with the name of its holder. A dead holder's is taken by whoever sees first that it is dead.
    """

    def __init__(self, storage: str, study_name: str) -> None:
        super().__init__(storage, study_name)
        self._client = connect(storage)
        self._connection: Any = None

    def _open(self) -> int:
        self._connection = self._client.connection_pool.get_connection()
        return int(self._connection._sock.fileno())

    def _announce(self) -> None:
        self._execute('CLIENT', 'SETNAME', self.name)

    def _ask(self) -> None:
        self._execute('PING')

    def _alive(self) -> Container[str]:
        text = self._execute('CLIENT', 'LIST')
        return set(_names(text.decode() if isinstance(text, bytes) else text))

    def _lock_gate(self) -> None:
        dead = ''
        while True:
            holder = self._execute('EVAL', _TAKE, 1, self._gate_name, self.name, dead)
            if holder is None:
                return
            name = holder.decode() if isinstance(holder, bytes) else holder
            # Our own: an answer was lost with the session in which it was taken.
            dead = name if name == self.name or name not in self._alive() else ''
            if not dead:
                time.sleep(random.uniform(0.5, 1.5) * _SECONDS_BETWEEN_TRIES)

    def _unlock_gate(self) -> None:
        self._execute('EVAL', _GIVE_BACK, 1, self._gate_name, self.name)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
            self._client.connection_pool.release(self._connection)
            self._connection = None
        self._client.close()

    def _execute(self, *command: Any) -> Any:
        import redis

        # It would connect again by itself, and without its name.
        if self._connection is None or self._connection._sock is None:
            raise redis.ConnectionError('the session of the worker is closed')
        self._connection.send_command(*command)
        return self._connection.read_response()


def _names(client_list: str) -> list[str]:
    fields = [field for line in client_list.splitlines() for field in line.split(' ')]
    return [field.removeprefix('name=') for field in fields if field.startswith('name=')]
