"""The migrations make what the models say, once, however many ask for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from app.scripts.stack.processes import wait_until
from app.settings import BACKEND
from app.storage.migrate import config, migrate
from app.storage.models.base import Base
from app.storage.schema import bring_up_to_date, head, list_revisions, wait_for_schema
from tests.servers import Databases

COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, 2
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1"
OPTIONS = "SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL AND relkind = 'r' ORDER BY 1"


def create_all(url: str) -> None:
    Base.metadata.create_all(engine_of(url))


def leave_empty(url: str) -> None:
    """No schema at all."""


def engine_of(url: str) -> Engine:
    return create_engine(url.replace("postgresql://", "postgresql+psycopg2://"), poolclass=NullPool)


def schema(url: str) -> list[Any]:
    with engine_of(url).connect() as connection:
        return [list(map(tuple, connection.execute(text(query)))) for query in (COLUMNS, INDEXES, OPTIONS)]


@pytest.fixture
def empty_url(databases: Databases) -> Iterator[str]:
    with databases.fresh(leave_empty) as url:
        yield url


def test_migrations_end_where_the_models_are(database_url: str, databases: Databases) -> None:
    with engine_of(database_url).connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)

    with databases.fresh(create_all) as modelled:
        assert differences == []
        assert schema(database_url) == schema(modelled)


def test_five_processes_may_migrate_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(migrate, [empty_url] * 5))

    with engine_of(empty_url).connect() as connection:
        assert list(connection.execute(text("SELECT id, revision FROM catalog"))) == [(1, 1)]


def test_unknown_workflow_name_fails_at_once(database_url: str) -> None:
    with pytest.raises(OperationalError, match="_typo"):
        migrate(database_url + "_typo", patience=600)


def revision_of(url: str) -> str:
    with engine_of(url).connect() as connection:
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def test_newer_schema_is_left_alone(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with engine_of(database_url).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    migrate(database_url)

    assert revision_of(database_url) == "9999"
    assert "The database has schema 9999, which is newer than this build" in caplog.text


def test_migration_that_waits_for_a_lock_lets_others_pass(empty_url: str) -> None:
    with engine_of(empty_url).connect() as connection:
        command.upgrade(config(connection), "0012")
        connection.commit()
    holder = engine_of(empty_url).connect()
    holder.execute(text("LOCK TABLE events IN ACCESS SHARE MODE"))

    with ThreadPoolExecutor(1) as pool, engine_of(empty_url).connect() as reader:
        migrated = pool.submit(migrate, empty_url)
        # The migration queues for its lock, gives up, and is tried again: meanwhile a reader gets through.
        assert wait_until(lambda: waits_for_lock(reader), seconds=60)
        assert wait_until(lambda: not waits_for_lock(reader), seconds=60)
        reader.execute(text("SET lock_timeout = '20s'"))
        assert reader.scalar(text("SELECT count(*) FROM events")) == 0
        reader.rollback()
        assert not migrated.done()
        holder.close()
        migrated.result(timeout=60)

    assert revision_of(empty_url) == head()


def waits_for_lock(connection: Connection) -> bool:
    waiting = "SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND relation IS NOT NULL"
    found = connection.scalar(text(f"SELECT EXISTS ({waiting} AND datname = current_database())"))
    connection.rollback()
    return bool(found)


def test_index_with_another_definition_is_rebuilt(empty_url: str) -> None:
    with engine_of(empty_url).connect() as connection:
        command.upgrade(config(connection), "0015")
        connection.commit()
        connection.execute(text("CREATE INDEX events_by_cause ON events (depth)"))
        connection.commit()

    migrate(empty_url)

    with engine_of(empty_url).connect() as connection:
        made = connection.scalar(text("SELECT indexdef FROM pg_indexes WHERE indexname = 'events_by_cause'"))
    assert "(cause_execution_id)" in str(made)


def test_each_migration_has_a_way_back(empty_url: str) -> None:
    migrate(empty_url)
    before = schema(empty_url)

    with engine_of(empty_url).connect() as connection:
        command.downgrade(config(connection), "0010")
        command.upgrade(config(connection), "head")
        connection.commit()

    assert schema(empty_url) == before


def test_worker_waits_for_the_schema(empty_url: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        waited = pool.submit(wait_for_schema, empty_url, pause=0.05)
        assert not waited.done()
        migrate(empty_url)
        waited.result(timeout=60)


def test_worker_serves_a_newer_schema(database_url: str) -> None:
    with engine_of(database_url).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    wait_for_schema(database_url)


def test_worker_does_not_wait_for_a_database_that_does_not_exist(database_url: str) -> None:
    with pytest.raises(psycopg2.OperationalError, match="_typo"):
        wait_for_schema(database_url + "_typo")


def test_api_has_a_database_migrated(empty_url: str) -> None:
    bring_up_to_date(empty_url)

    assert revision_of(empty_url) == head()


def test_migration_that_fails_stops_the_api(empty_url: str) -> None:
    with engine_of(empty_url).begin() as connection:
        connection.execute(text("CREATE TABLE workflows (id int)"))

    with pytest.raises(RuntimeError, match="The migration of the database ended with status 1"):
        bring_up_to_date(empty_url)


def test_revisions_are_those_of_alembic() -> None:
    known = ScriptDirectory.from_config(config())

    assert head() == known.get_current_head()
    assert list_revisions() == sorted(script.revision for script in known.walk_revisions())


@pytest.mark.parametrize("module", ["app.main", "app.engine.orchestrator"])
def test_process_that_serves_does_not_load_alembic(module: str) -> None:
    code = f"import sys, {module}; sys.exit('alembic' in sys.modules)"
    env = {**os.environ, "DATABASE_URL": "postgresql:///none", "REDIS_URL": "redis://127.0.0.1:1"}

    assert subprocess.run([sys.executable, "-c", code], cwd=BACKEND, env=env).returncode == 0
