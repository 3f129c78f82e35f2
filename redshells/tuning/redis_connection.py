"""Connections to Redis that are asked whether they live, and that send nothing twice."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import redis

_SECONDS_TO_CONNECT = 10
_KEEPALIVE = {'TCP_KEEPIDLE': 30, 'TCP_KEEPINTVL': 10, 'TCP_KEEPCNT': 3}


def connect(url: str) -> redis.Redis:
    """Return a client of a Redis server.

    Args:
        url: URL of the server.
    """
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    keepalive = {getattr(socket, name): value for name, value in _KEEPALIVE.items() if hasattr(socket, name)}
    options: dict[str, Any] = {
        'socket_connect_timeout': _SECONDS_TO_CONNECT,
        'socket_keepalive': True,
        'socket_keepalive_options': keepalive,
    }
    # The default is to send a command again where the answer is lost, though it may have been executed.
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **options)
