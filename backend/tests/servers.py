"""Real servers for the tests: one Postgres and one Valkey for each session, and a new database for each test."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
import redis

from app.scripts.stack import embedded
from app.scripts.stack.embedded import Servers

#: A folder that is not there: no definitions are registered at the start.
NOWHERE = "/nowhere"
#: What makes a database ready for tests, given its URL; it leaves no connection open.
Prepare = Callable[[str], None]


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A data folder that is not there yet; Postgres, which is nobody if we are root, may pass to it."""
    above = Path(tempfile.mkdtemp(prefix="trigraph-"))
    above.chmod(0o711)
    try:
        yield above / "data"
    finally:
        embedded.remove(above / "data")
        above.rmdir()


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Postgres and Valkey; each can be stopped and started again by a test that puts it back."""
    with temporary_folder() as folder, embedded.servers(folder) as both:
        yield both


@pytest.fixture(scope="session")
def databases(servers: Servers) -> Databases:
    return Databases(servers)


class Databases:
    """Databases on the session's Postgres: each ``prepare`` runs once, on a template that the rest are copies of."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._templates: dict[Prepare, str] = {}
        self._numbers = itertools.count(1)

    @contextmanager
    def fresh(self, prepare: Prepare) -> Iterator[str]:
        """The URL of a database of one's own, as ``prepare`` leaves it; it is dropped at the end."""
        name = self._create(template=self._template(prepare))
        try:
            yield self._servers.postgres.url_of(name)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _template(self, prepare: Prepare) -> str:
        if prepare not in self._templates:
            name = self._create(template="template0")
            prepare(self._servers.postgres.url_of(name))
            self._templates[prepare] = name
        return self._templates[prepare]

    def _create(self, *, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _execute(self, statement: str) -> None:
        connection = psycopg2.connect(self._servers.postgres.url_of("postgres"))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()


def flush(redis_url: str) -> None:
    """Empty Valkey: what was published before is gone."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
