"""A cursor for the storage tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app.storage.database import Cursor, driver


@pytest.fixture
def cursor(engine: Engine) -> Iterator[Cursor]:
    """A cursor on the test's database; each statement is a transaction unless the test begins one."""
    with driver(engine) as connection, connection.cursor() as opened:
        yield opened
