"""Fixtures of all tests: the servers of the session, and databases with the schema."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator
from typing import Any

import hypothesis
import json_logic
import pytest
from sqlalchemy import Engine

from app.settings import Settings
from app.storage import ids
from app.storage.engine import make_engine
from tests.fork_server import closing_fork_server
from tests.servers import NOWHERE, Databases, databases, servers
from tests.service import Service, service

# A busy machine makes any example slow now and then.
hypothesis.settings.register_profile("tests", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("tests")

__all__ = ["database_url", "databases", "servers", "settings"]


def pytest_collection_finish() -> None:
    """Leave the collected tests out of garbage collections: visiting them all took a tenth of the CPU of unit tests."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def no_fork_server_is_left() -> Iterator[None]:
    with closing_fork_server():
        yield


@pytest.fixture(autouse=True)
def no_walk_is_left() -> Iterator[None]:
    """Stop the walks that a test has begun in this process; most tests import nothing that begins one."""
    yield
    stack: Any = sys.modules.get("tests.scenarios.stack")
    if stack is not None:
        stack.stop_walks()


@pytest.fixture(autouse=True)
def ids_are_of_now() -> Iterator[None]:
    """Fail a test that sets the clock ahead for the ids of all later ones: every event would seem to be new to them."""
    yield
    ahead = (ids._ticks._last >> 12) / 1000 - time.time()
    assert ahead < 5, f"Ids are {ahead:.0f} s ahead; a test that sets its clock needs the fixture own_ids."


@pytest.fixture
def own_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids of this test do not decide how later ones begin."""
    monkeypatch.setattr(ids, "_ticks", ids._Ticks())


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A migrated database without rows."""
    with databases.lend() as url:
        yield url


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, workflows_dir=NOWHERE)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The pool of connections of one process."""
    made = make_engine(settings)
    yield made
    made.dispose()


@pytest.fixture
def calls() -> Iterator[Service]:
    """A service of the test's own."""
    with service() as started:
        yield started


@pytest.fixture
def operators() -> Iterator[Any]:
    """Registers operators for one test."""
    before = dict(json_logic._custom_operations)
    yield json_logic.add_operation
    json_logic._custom_operations.clear()
    json_logic._custom_operations.update(before)
