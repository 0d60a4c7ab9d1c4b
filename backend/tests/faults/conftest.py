"""Stacks for the fault tests: a new one for each test, with short heartbeats, on servers that can be stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from app.scripts.stack.embedded import Servers
from tests.scenarios.stack import Stack, stack
from tests.servers import Databases


@pytest.fixture
def make_stack(servers: Servers, databases: Databases, tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """Makes a stack without workers, on the environment that it is given."""
    with ExitStack() as opened:
        yield lambda **env: opened.enter_context(stack(servers, databases, tmp_path, **env))


@pytest.fixture
def fresh(make_stack: Callable[..., Stack]) -> Stack:
    return make_stack()


@pytest.fixture
def without_postgres(servers: Servers) -> Callable[..., object]:
    """A block in which Postgres is not there."""

    @contextmanager
    def gone(*, killed: bool = False) -> Iterator[None]:
        servers.postgres.child.kill() if killed else servers.postgres.stop()
        try:
            yield
        finally:
            servers.postgres.start()

    return gone


@pytest.fixture
def without_redis(servers: Servers) -> Callable[..., object]:
    """A block in which the broker is not there."""

    @contextmanager
    def gone(*, killed: bool = False) -> Iterator[None]:
        servers.redis.child.kill() if killed else servers.redis.stop()
        try:
            yield
        finally:
            servers.redis.start()

    return gone
