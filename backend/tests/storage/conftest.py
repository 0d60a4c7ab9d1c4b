"""Fixtures of the storage tests: the pool of one process, and a cursor of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app.settings import Settings
from app.storage.database import Cursor, driver, make_engine


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def cursor(engine: Engine) -> Iterator[Cursor]:
    """A cursor on the test's database; each statement is a transaction unless the test begins one."""
    with driver(engine) as connection, connection.cursor() as opened:
        yield opened
