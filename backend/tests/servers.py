"""Real servers for the tests: one Postgres and one Valkey for each session, and an empty database for each test."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg2
import pytest
import redis

from app.scripts.stack import embedded
from app.scripts.stack.embedded import Servers
from app.scripts.stack.processes import wait_until
from app.storage.migrate import migrate

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
        skip_waits(both.postgres.url_of("postgres"))
        yield both


def skip_waits(url: str) -> None:
    """
    Let no commit wait for the disk, and no login derive a key: 4 ms of CPU for each of some 20,000 connections.

    A Postgres that is killed keeps what it has written all the same; only the machine could lose it.
    """
    execute(url, "ALTER SYSTEM SET fsync = off")
    execute(url, "SELECT pg_reload_conf()")
    password = unquote(urlsplit(url).password or "")
    execute(url, "SET scram_iterations = 1; ALTER ROLE CURRENT_USER PASSWORD %s", (password,))


@pytest.fixture(scope="session")
def databases(servers: Servers) -> Databases:
    return Databases(servers)


class Databases:
    """Databases on the session's Postgres: each ``prepare`` runs once, on a template that the rest are copies of."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._templates: dict[Prepare, str] = {}
        self._numbers = itertools.count(1)
        #: Migrated databases that nobody uses.
        self._idle: list[str] = []
        #: The shape of a migrated database that no test has changed.
        self._shape: list[tuple[Any, ...]] = []

    @contextmanager
    def fresh(self, prepare: Prepare) -> Iterator[str]:
        """The URL of a new database, as ``prepare`` leaves it; it is dropped at the end."""
        name = self._create(template=self._template(prepare))
        try:
            yield self._servers.postgres.url_of(name)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def lend(self) -> Iterator[str]:
        """
        The URL of a migrated database without rows, which earlier tests may have used: a new one costs ten times more.

        At the end its connections are closed. A database whose schema, rights or settings were changed is dropped.
        """
        name = self._take_idle() or self._create(template=self._template(migrate))
        url = self._servers.postgres.url_of(name)
        with connected(url) as cursor:
            self._shape = self._shape or query(cursor, _SHAPE)
            cursor.execute(_EMPTY)
        try:
            yield url
        finally:
            with connected(url) as cursor:
                cursor.execute(_DISCONNECT)
                shape = query(cursor, _SHAPE)
            if shape == self._shape:
                self._idle.append(name)
            else:
                self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _take_idle(self) -> str | None:
        """A database that nobody uses; one to which a thread of an earlier test has connected again is left to it."""
        while self._idle:
            name = self._idle.pop()
            with connected(self._servers.postgres.url_of(name)) as cursor:
                if wait_until(lambda: query(cursor, _OTHERS) == [(0,)], seconds=2):
                    return name
        return None

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
        execute(self._servers.postgres.url_of("postgres"), statement)


_MINE = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
_OTHERS = f"SELECT count(*) FROM pg_stat_activity WHERE {_MINE}"
_DISCONNECT = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {_MINE}"
# Every object, right and setting has a row in one of these.
_SHAPE = """
SELECT (SELECT count(*) FROM pg_depend), (SELECT count(*) FROM pg_attribute), (SELECT count(*) FROM pg_shdepend),
       (SELECT count(*) FROM pg_db_role_setting), (SELECT version_num FROM alembic_version)"""
# TRUNCATE makes new files for the table and each of its indexes; for a few rows, DELETE is faster.
_EMPTY = """
DO $$ DECLARE name regclass; BEGIN
    FOR name IN
        SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
          AND relname NOT IN ('alembic_version', 'catalog', 'access_revision', 'audit') AND pg_relation_size(oid) > 0
    LOOP
        IF pg_relation_size(name) > 65536 THEN EXECUTE format('TRUNCATE %s', name);
        ELSE EXECUTE format('DELETE FROM %s', name);
        END IF;
    END LOOP;
    UPDATE catalog SET revision = 1;
END $$"""


def empty(database_url: str) -> None:
    """Delete all rows of a migrated database, and begin with the first revision of the catalog again."""
    execute(database_url, _EMPTY)


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """A cursor on a connection of its own, whose statements are committed one by one."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        yield cursor


def execute(url: str, statement: str, values: tuple[Any, ...] = ()) -> None:
    with connected(url) as cursor:
        cursor.execute(statement, values or None)


def fetch(url: str, statement: str) -> list[tuple[Any, ...]]:
    with connected(url) as cursor:
        return query(cursor, statement)


def query(cursor: Any, statement: str) -> list[tuple[Any, ...]]:
    cursor.execute(statement)
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def flush(redis_url: str) -> None:
    """Empty Valkey: what was published before is gone."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
