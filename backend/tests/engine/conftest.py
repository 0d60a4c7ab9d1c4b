"""A stack without workers, for tests that play the worker themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.scripts.stack.embedded import Servers
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
