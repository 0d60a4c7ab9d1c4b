"""Stacks with workers for the scenarios: one of each pool, started once a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.scripts.stack.embedded import Servers
from tests.api.client import Api
from tests.scenarios.door import door
from tests.scenarios.stack import Stack, stack
from tests.servers import Databases

#: What ``{{ secret.TOKEN }}`` reads.
SECRETS = {"SECRET_TOKEN": 's3cr3t/"ü" token', "SECRET_DIGITS": "73577357"}


@pytest.fixture(scope="session")
def prefork(servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with one worker of two processes."""
    with stack(servers, databases, tmp_path_factory.mktemp("prefork"), **SECRETS) as opened:
        opened.start_worker()
        yield opened


@pytest.fixture(scope="session")
def threads(servers: Servers, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with one worker of four threads."""
    with stack(servers, databases, tmp_path_factory.mktemp("threads"), **SECRETS) as opened:
        opened.start_worker(pool="threads", concurrency=4)
        yield opened


@pytest.fixture(scope="session")
def threads_api(threads: Stack) -> Iterator[Api]:
    """An API of the stack with threads."""
    with door(threads) as api:
        yield api


@pytest.fixture
def api(threads_api: Api) -> Api:
    return threads_api


@pytest.fixture(params=["prefork", "threads"])
def either(request: pytest.FixtureRequest) -> Stack:
    """The test runs on both kinds of pool."""
    opened: Stack = request.getfixturevalue(request.param)
    return opened
