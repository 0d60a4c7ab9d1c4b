"""A stack without workers, for tests that play the worker themselves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from app.scripts.stack.embedded import Servers
from app.storage import connection
from tests.scenarios.stack import Stack, stack
from tests.servers import Databases


@pytest.fixture
def quiet(servers: Servers, databases: Databases, tmp_path: Path) -> Iterator[Stack]:
    """A stack without workers."""
    with stack(servers, databases, tmp_path) as opened:
        yield opened


@pytest.fixture
def engine(quiet: Stack) -> Iterator[Engine]:
    with quiet.engine() as opened:
        yield opened


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """
    What the thread of the test sends from now on, each a round trip.

    Without what is prepared: it depends on the connection that the pool lends.
    """
    queries: list[Any] = []
    execute, thread = connection.Cursor.execute, threading.get_ident()

    def note(self: Any, query: Any, vars: Any = None) -> None:
        if threading.get_ident() == thread and not str(query).startswith("PREPARE "):
            queries.append(query)
        execute(self, query, vars)

    monkeypatch.setattr(connection.Cursor, "execute", note)
    return queries
