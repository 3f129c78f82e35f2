"""The kinds of storage, as parameters of tests; each server is started once, by the worker that runs its group."""

from __future__ import annotations

import pytest

SERVERS = [
    pytest.param(kind, marks=pytest.mark.xdist_group('postgresql' if kind == 'grpc' else kind))
    for kind in ('postgresql', 'mysql', 'redis', 'grpc')
]
ALL = ['file', 'sqlite', *SERVERS]
